/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials that failed are evaluated again, as often as the options say: by the same worker at once,
 * so that number, order and seed of the trial stay what they are, and nobody else hears of it. */
#include <string.h>

#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"

hpt_status hpi_retry_open(const hpt_run *run, hpt_err *err) {
    if (run->objective || run->plan.retry_max == 0) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL,
                    "a retry_count is %u, but a study has no objective to call again: its caller "
                    "may try again before he tells",
                    (unsigned)run->plan.retry_max);
}

static bool is_stopping(const hpt_run *run) {
    if (hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE) return true;
    return run->until_ns != INT64_MAX && hpi_run_now(run) >= run->until_ns;
}

static const char attempts[] = "attempts"; /* the attribute, if there was more than one */

void hpi_retry_note(hpt_trial *trial) {
    trial->is_marked = true;
    hpi_notes_set_attr(&trial->notes, attempts, hpt_int((int64_t)trial->attempt + 1));
}

/* A file may say anything. */
uint32_t hpi_retry_count(const hpt_attr *attrs, uint32_t attr_count) {
    for (uint32_t i = 0; i < attr_count; i++) {
        hpt_value value = attrs[i].value;
        if (strcmp(attrs[i].name, attempts) != 0 || value.type != HPT_TYPE_INT) continue;
        if (value.as.integer > 1 && value.as.integer <= HPI_RETRIES_MAX + 1)
            return (uint32_t)(value.as.integer - 1);
    }
    return 0;
}

/* As new, but for its number, its point and when it first began. */
static void begin_again(hpt_trial *trial, int64_t limit_ns, int64_t took_ns) {
    uint32_t attempt = trial->attempt + 1;
    hpi_trial_clear(trial, trial->notes.bytes, HPI_TRIAL_NOTE_BYTES - HPI_NOTE_VALUES_BYTES);
    trial->attempt = attempt;
    trial->repeat = 0;
    trial->refused_by = 0;
    trial->waited_ns = 0;
    if (took_ns > 0) trial->failed_ns += took_ns;
    hpi_retry_note(trial);
    if (limit_ns <= 0 && !trial->caps) return;
    int64_t now_ns = hpi_clock_now(trial->clock);
    trial->start_ns = now_ns;
    if (limit_ns > 0) trial->deadline_ns = hpi_later_ns(now_ns, limit_ns);
}

bool hpi_retry(hpi_worker *worker, hpt_status status, double value, int64_t took_ns) {
    const hpt_run *run = worker->run;
    hpt_trial     *trial = &worker->trial;
    int64_t        limit_ns = took_ns < 0 ? 0 : run->plan.trial_limit_ns;
    if (run->plan.retry_max <= trial->attempt) return false;
    hpt_trial_state    state = hpi_trial_judge(trial, status, value, took_ns, limit_ns);
    const hpt_failure *failure = hpi_failure_of(&run->plan.options, state);
    if (!failure || failure->retry_count <= trial->attempt || is_stopping(run)) return false;
    begin_again(trial, limit_ns, took_ns);
    return true;
}
