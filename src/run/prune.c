/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/prune.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/thread.h"
#include "run/limits.h"
#include "run/reports.h"

struct hpi_prune {
    hpi_pruner       pruner;
    hpt_pruner_setup setup; /* here because the pruner may keep a pointer to it */
    hpi_lock         lock;  /* for all that is asked of the pruner and told     */

    /* For the watch to decide; NULL: reports decide at once. One for each worker. */
    hpi_reports *reports;
    uint32_t     reports_count;
    int64_t      pause_ns; /* the watch's: until it looks again */
};

/* Opening. */

static hpt_status open_pruner(hpi_prune *it, const hpi_plan *plan, hpt_err *err) {
    return hpi_pruner_open(&it->pruner, plan->pruner, plan->options.pruner_class, &it->setup, err);
}

static hpt_pruner_setup setup_of(const hpt_run *run) {
    const hpi_plan    *plan = &run->plan;
    const hpt_options *o = &plan->options;
    return (hpt_pruner_setup){ .struct_size = sizeof(hpt_pruner_setup),
                               .space = run->space,
                               .seed = o->seed,
                               .trial_count_max = o->trial_count_max,
                               .in_flight_max = hpi_in_flight_max(run),
                               .goal_count = plan->goal_count,
                               .window = o->window,
                               .is_maximising = plan->is_maximising };
}

hpt_status hpi_prune_open(hpt_run *run, hpt_err *err) {
    hpi_prune *it = hpi_alloc(1, sizeof *it);
    if (!it) return hpi_fail(err, HPT_ENOMEM, "out of memory for the pruner");
    it->setup = setup_of(run);
    hpt_status status = open_pruner(it, &run->plan, err);
    bool       is_none = status == HPT_OK && !it->pruner.class;
    if (status == HPT_OK && !is_none) status = hpi_lock_init(&it->lock, err);
    if (status == HPT_OK && !is_none) {
        run->prune = it;
        return HPT_OK;
    }
    hpi_pruner_close(&it->pruner);
    hpi_free(it);
    return status;
}

void hpi_prune_close(hpt_run *run) {
    hpi_prune *it = run->prune;
    if (!it) return;
    for (uint32_t i = 0; i < it->reports_count; i++)
        hpi_reports_fini(&it->reports[i]);
    hpi_free_aligned(it->reports);
    hpi_lock_fini(&it->lock);
    hpi_pruner_close(&it->pruner);
    hpi_free(it);
    run->prune = NULL;
}

hpt_status hpi_prune_reopen(hpt_run *run, hpt_err *err) {
    hpi_prune *it = run->prune;
    if (!it) return HPT_OK;
    hpi_pruner_close(&it->pruner);
    return open_pruner(it, &run->plan, err);
}

const char *hpi_prune_name(const hpt_run *run) {
    return run->prune->pruner.class->name;
}

/* Brackets. What the strategy calls a trial is not what the pruner does when several processes
 * share a study: then there are none for it. */

static uint32_t bracket_of(const void *context, uint64_t number) {
    const hpi_prune *it = context;
    return number == HPT_NUMBER_NONE ? 0 : it->pruner.class->bracket(it->pruner.state, number);
}

void hpi_prune_brackets(const hpt_run *run, hpt_strategy_setup *setup) {
    const hpi_prune *it = run->prune;
    const hpt_pruner_class *class = it ? it->pruner.class : NULL;
    if (!class || !class->bracket || run->plan.options.shared) return;
    setup->bracket_count = class->bracket_count(it->pruner.state);
    setup->bracket = bracket_of;
    setup->bracket_context = it;
}

/* With a window: the trials that had been told when this one was asked for. One that an earlier run
 * of the study has left, and that is evaluated before the window begins, is compared with nobody:
 * which others have ended by then depends on who is how fast. */
static uint64_t known_below(const hpt_run *run, uint64_t number) {
    uint64_t window = run->plan.options.window, first = run->turn.window_from;
    if (window == 0) return UINT64_MAX;
    if (first < run->head_first) first = run->head_first;
    if (number < first) return 0;
    return number >= window && number - window + 1 > first ? number - window + 1 : first;
}

/* Reports that decide at once. */

/* Holding the lock. */
static bool ask(const hpt_run *run, uint64_t number, int64_t step, const double *losses) {
    const hpi_prune  *it = run->prune;
    hpt_pruner_report report = { .struct_size = sizeof report,
                                 .number = number,
                                 .step = step,
                                 .goal_count = run->plan.goal_count,
                                 .losses = losses,
                                 .known_below = known_below(run, number) };
    return it->pruner.class->report(it->pruner.state, &report);
}

static bool decide(hpt_trial *trial, const double *values, uint32_t count) {
    hpt_run        *run = trial->decider;
    const hpi_plan *plan = &run->plan;
    double          losses[HPI_GOALS_MAX];
    if (count != plan->goal_count) return false; /* the first of several says too little */
    for (uint32_t i = 0; i < count; i++)
        losses[i] = plan->signs[i] * values[i];
    hpi_lock_take(&run->prune->lock);
    bool is_hopeless = ask(run, trial->head.number, trial->last_step, losses);
    hpi_lock_give(&run->prune->lock);
    return is_hopeless;
}

/* Reports for the watch. */

/* Holding the lock. A verdict on a trial that has ended meanwhile is nobody's news. */
static void take_all(const hpt_run *run, hpi_reports *reports) {
    const hpi_report *report;
    for (; (report = hpi_reports_first(reports)); hpi_reports_drop(reports)) {
        if (!ask(run, report->number, report->step, report->losses)) continue;
        /* Relaxed: the trial learns nothing by it but that. */
        atomic_store_explicit(&reports->pruned, report->number + 1, memory_order_relaxed);
    }
}

static void take_all_locked(hpt_run *run, hpi_reports *reports) {
    hpi_lock_take(&run->prune->lock);
    take_all(run, reports);
    hpi_lock_give(&run->prune->lock);
}

/* Who reports faster than the watch looks decides himself, rather than wait. */
static hpi_report *reserve_report(hpt_run *run, hpi_reports *reports) {
    hpi_report *report = hpi_reports_begin(reports);
    if (report) return report;
    take_all_locked(run, reports);
    return hpi_reports_begin(reports);
}

static bool pass_on(hpt_trial *trial, const double *values, uint32_t count) {
    hpt_run        *run = trial->decider;
    const hpi_plan *plan = &run->plan;
    hpi_reports    *reports = &run->prune->reports[trial->worker];
    if (count != plan->goal_count) return false; /* the first of several says too little */
    hpi_report *report = reserve_report(run, reports);
    report->number = trial->head.number;
    report->step = trial->last_step;
    for (uint32_t i = 0; i < count; i++)
        report->losses[i] = plan->signs[i] * values[i];
    hpi_reports_done(reports);
    return false;
}

/* Soon while there are reports, and then less and less often. */
static int64_t look(void *context, int64_t now_ns) {
    hpt_run   *run = context;
    hpi_prune *it = run->prune;
    bool       has_any = false;
    for (uint32_t i = 0; i < it->reports_count; i++) {
        if (!hpi_reports_are_there(&it->reports[i])) continue;
        take_all_locked(run, &it->reports[i]);
        has_any = true;
    }
    it->pause_ns = has_any ? HPI_PRUNE_NS_MIN : 2 * it->pause_ns;
    if (it->pause_ns > HPI_PRUNE_NS_MAX) it->pause_ns = HPI_PRUNE_NS_MAX;
    return now_ns + it->pause_ns;
}

/* Where several threads evaluate at once, and the order of their reports decides about nothing that
 * is to come again. */
static bool is_for_watch(const hpt_run *run) {
    if (run->plan.options.window > 0 || !run->objective || run->simulated) return false;
    return !run->pool.class->is_on_caller && run->plan.worker_count > 1;
}

hpt_status hpi_prune_reserve(hpt_run *run, hpt_err *err) {
    hpi_prune *it = run->prune;
    uint32_t   count = run->plan.worker_count;
    if (it && run->simulated) return hpi_simulate_reports(run, err);
    if (!it || !is_for_watch(run)) return HPT_OK;
    it->pause_ns = HPI_PRUNE_NS_MIN;
    it->reports = hpi_alloc_aligned(count, sizeof *it->reports);
    bool is_whole = it->reports != NULL;
    for (; is_whole && it->reports_count < count; it->reports_count++)
        is_whole = hpi_reports_init(&it->reports[it->reports_count], run->plan.goal_count);
    if (!is_whole) return hpi_fail(err, HPT_ENOMEM, "out of memory for the reports of trials");
    return hpi_watch_add(run, look, run, err);
}

void hpi_prune_seat(hpt_run *run, hpt_trial *trial) {
    hpi_prune *it = run->prune;
    if (!it) return;
    trial->pruner = it->pruner.class->name;
    trial->decider = run;
    trial->decide = it->reports ? pass_on : decide;
    if (it->reports) trial->pruned = &it->reports[trial->worker].pruned;
}

void hpi_prune_told(void *context, uint64_t number, int64_t step, const double *values) {
    const hpt_run  *run = context;
    const hpi_plan *plan = &run->plan;
    double          losses[HPI_GOALS_MAX];
    for (uint32_t i = 0; i < plan->goal_count; i++) {
        if (isnan(values[i])) return;
        losses[i] = plan->signs[i] * values[i];
    }
    hpi_lock_take(&run->prune->lock);
    ask(run, number, step, losses);
    hpi_lock_give(&run->prune->lock);
}

/* Ends. */

void hpi_prune_ended(hpt_run *run, hpi_block *block, uint32_t index, const double *losses) {
    const hpi_prune *it = run->prune;
    hpi_ended        ended;
    if (!it->pruner.class->end) return;
    hpi_ended_read(run, block, index, losses, &ended);
    hpi_lock_take(&run->prune->lock);
    if (block->worker < it->reports_count) take_all(run, &it->reports[block->worker]);
    it->pruner.class->end(it->pruner.state, &ended.outcome);
    hpi_lock_give(&run->prune->lock);
}
