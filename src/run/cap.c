/* SPDX-License-Identifier: BSD-3-Clause */
/* Limits that follow the best: a trial that cannot beat it any more is stopped, and what is known
 * is that its value would be at least so much. The holder of the turn lowers the cap of the run,
 * and trials that run see it at once. With a window a trial keeps the cap that was known when it
 * was asked for, so that what becomes of it does not depend on who is how fast. */
#include <math.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "run/run.h"

/* What a trial may come to; INFINITY while there is no best. */
static double cap_of(const hpt_run *run) {
    const hpt_options *o = &run->plan.options;
    double             best = run->turn.best_value;
    if (!run->turn.has_best) return INFINITY;
    return best + (o->cap_factor - 1) * fabs(best) + o->cap_slack;
}

/* A time that is not above 0 is no time: the value is something else, and says nothing. */
static void set_caps(const hpt_run *run, hpi_caps *caps, double cap) {
    if (run->plan.options.cap == HPT_CAP_TIME)
        hpi_caps_set(caps, cap > 0 ? hpi_seconds_to_ns(cap) : INT64_MAX, INFINITY);
    else
        hpi_caps_set(caps, INT64_MAX, cap);
}

hpt_status hpi_cap_open(hpt_run *run, hpt_err *err) {
    const hpt_options *o = &run->plan.options;
    hpi_caps_init(&run->caps);
    run->has_limits = run->plan.trial_limit_ns > 0 || o->cap != HPT_CAP_NONE;
    if (o->cap == HPT_CAP_NONE || o->window == 0) return HPT_OK;
    run->cap_values = hpi_alloc(o->window, sizeof *run->cap_values);
    return run->cap_values ? HPT_OK : hpi_fail(err, HPT_ENOMEM, "out of memory for the run");
}

void hpi_cap_lower(hpt_run *run) {
    set_caps(run, &run->caps, cap_of(run));
    if (run->plan.options.cap == HPT_CAP_TIME) hpi_watch_wake(run);
}

/* Its place was that of a trial that has been told. The queue hands it over to the worker. */
void hpi_cap_asked(hpt_run *run, uint64_t number) {
    if (run->cap_values) run->cap_values[number % run->plan.options.window] = cap_of(run);
}

/* What an earlier run of the study has left was asked for before the window began. */
void hpi_cap_begin(const hpi_worker *worker, const hpt_trial *trial, hpi_caps *caps) {
    const hpt_run *run = worker->run;
    uint64_t       number = trial->head.number;
    if (!run->cap_values) return;
    if (number >= run->turn.window_from)
        set_caps(run, caps, run->cap_values[number % run->plan.options.window]);
    else
        hpi_caps_set(caps, atomic_load_explicit(&run->caps.time_ns, memory_order_relaxed),
                     hpi_caps_value(&run->caps));
}

/* What was stopped by its cap says so itself, also in a file that was written when there was one.
 */
double hpi_cap_bound(const hpt_run *run, const hpi_block *block, uint32_t index,
                     hpt_trial_state state) {
    const hpi_detail *detail = &block->details[index];
    bool              is_time = run->plan.options.cap == HPT_CAP_TIME;
    if (state == HPT_TRIAL_TIMEOUT && is_time && run->plan.trial_limit_ns > 0)
        return (double)run->plan.trial_limit_ns / 1e9;
    if (state != HPT_TRIAL_PRUNED || !block->has_details) return NAN;
    hpt_value bound =
        hpi_notes_attr(block->notes + detail->notes_at, detail->notes_bytes, HPI_ATTR_BOUND);
    return bound.type == HPT_TYPE_REAL ? bound.as.real : NAN;
}
