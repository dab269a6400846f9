/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "hpt/observe.h"

const char *hpt_event_kind_text(hpt_event_kind kind) {
    switch (kind) {
    case HPT_EVENT_TRIAL_CREATED:
        return "TRIAL_CREATED";
    case HPT_EVENT_TRIAL_STARTED:
        return "TRIAL_STARTED";
    case HPT_EVENT_TRIAL_REPORTED:
        return "TRIAL_REPORTED";
    case HPT_EVENT_TRIAL_ENDED:
        return "TRIAL_ENDED";
    case HPT_EVENT_BEST_IMPROVED:
        return "BEST_IMPROVED";
    case HPT_EVENT_FINISHED:
        return "FINISHED";
    case HPT_EVENT_ALL:
        break;
    }
    return "UNKNOWN";
}

void hpt_observer_init(hpt_observer *observer, size_t size) {
    hpt_observer initial = { .struct_size =
                                 (uint32_t)(size < sizeof initial ? size : sizeof initial) };
    if (observer) memcpy(observer, &initial, initial.struct_size);
}
