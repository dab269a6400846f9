/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/function.h"

static hpt_status function_events(void *state, const hpt_event *events, size_t count,
                                  hpt_err *err) {
    hpi_function *function = state;
    return function->events(function->user, events, count, err);
}

const hpt_observer_class hpi_observer_function = {
    .struct_size = sizeof(hpt_observer_class),
    .name = "function",
    .summary = "a function of the caller's",
    .state_size = sizeof(hpi_function),
    .kinds = HPT_EVENT_ALL,
    .policy = HPT_POLICY_DROP,
    .events = function_events,
};
