/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_PACE_H
#define HPI_PRUNER_PACE_H

/* At which of its reports a trial is looked at: from a step on, and of every so many steps at the
 * first that is reported. A report that goes back behind an earlier one is not looked at. */

#include <stdbool.h>
#include <stdint.h>

/* Options: both at least what their names say, the interval above 0. */
typedef struct hpi_pace {
    int64_t warmup_steps, interval;
} hpi_pace;

/* Of one trial; start from zero. */
typedef struct hpi_paced {
    int64_t highest, before; /* the two highest of its steps, which differ */
    uint8_t count;           /* of them */
} hpi_paced;

/* Every report of it, in turn. */
static inline bool hpi_pace_is_due(const hpi_pace *pace, hpi_paced *trial, int64_t step) {
    if (trial->count > 0 && step < trial->highest) {
        if (trial->count == 1 || step > trial->before) trial->before = step;
        trial->count = 2;
        return false;
    }
    if (trial->count > 0 && step > trial->highest) trial->before = trial->highest;
    trial->count = trial->count == 0 ? 1 : step > trial->highest ? 2 : trial->count;
    trial->highest = step;
    if (step < pace->warmup_steps) return false;
    int64_t since = (step - pace->warmup_steps) / pace->interval * pace->interval;
    return trial->count == 1 || trial->before < pace->warmup_steps + since;
}

#endif
