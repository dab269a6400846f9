/* SPDX-License-Identifier: BSD-3-Clause */
/* The study file of a run: opened before the first trial, closed after the last event. */
#include "run/keep.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/prune.h"
#include "run/result.h"
#include "run/run.h"

/* What the run wants to be. Borrowed from the run. */
static hpi_head head_of(const hpt_run *run) {
    const hpi_plan    *plan = &run->plan;
    const hpt_options *o = &plan->options;
    bool               is_named = *plan->strategy && *plan->strategy != ':';
    hpi_head           head = { .is_ours = true,
                                .goal_count = plan->goal_count,
                                .space = run->space,
                                .strategy =
                          is_named ? plan->strategy : (char *)(uintptr_t)run->strategy.class->name,
                                .version = (char *)(uintptr_t)hpt_version(),
                                .seed = o->seed,
                                .window = o->window,
                                .repeat_count = o->repeat_count > 1 ? o->repeat_count : 1,
                                .repeat_take = o->repeat_count > 1 ? o->repeat_take : HPT_TAKE_MEAN,
                                .known_digest = hpi_known_digest(plan, run->dims),
                                .trial_count_max = o->trial_count_max };
    for (uint32_t i = 0; i < plan->goal_count; i++)
        head.goals[i] = plan->goals[i];
    return head;
}

/* The lane's thread: nothing here waits. What runs goes on, what waits does not start, and the
 * holder of the turn finds out why. */
static void failed(void *context) {
    hpt_run *run = context;
    atomic_store_explicit(&run->keep->has_failed, true, memory_order_relaxed);
    atomic_thread_fence(memory_order_release); /* who sees the switch sees why */
    hpt_cancel_raise(&run->cancels.own, HPT_CANCEL_FINISH);
    hpi_hold_news(run);
}

/* What earlier runs took is gone from the time of this one. */
static void shorten(hpt_run *run, int64_t spent_ns) {
    run->keep->before_ns = spent_ns;
    if (run->until_ns == INT64_MAX) return;
    int64_t least_ns = run->start_ns;
    run->until_ns = run->until_ns - least_ns > spent_ns ? run->until_ns - spent_ns : least_ns;
    for (uint32_t i = 0; i < run->plan.worker_count; i++)
        run->workers[i].trial.run_until_ns = run->until_ns;
}

/* How many candidates there are: the user's points, and the strategy's. */
static uint64_t size_of(const hpt_run *run) {
    uint64_t size = hpi_strategy_size(&run->strategy), head = run->head_end - run->head_first;
    return size < UINT64_MAX - head ? size + head : UINT64_MAX;
}

hpt_status hpi_keep_open(hpt_run *run, hpt_err *err) {
    const hpi_plan *plan = &run->plan;
    uint64_t        budget = plan->options.trial_count_max;
    if (plan->options.shared && run->simulated)
        return hpi_fail(err, HPT_EINVAL, "shared is true, and pool \"sim\" has a time of its own");
    hpi_keep *keep = hpi_alloc(1, sizeof *keep);
    if (!keep) return hpi_fail(err, HPT_ENOMEM, "out of memory for the study file");
    atomic_init(&keep->due, UINT64_MAX);
    atomic_init(&keep->has_failed, false);
    hpi_store_setup setup = { .path = plan->study,
                              .name = plan->study_name,
                              .head = head_of(run),
                              .options = &plan->options,
                              .run_id = run->id,
                              .limit = budget ? budget : HPT_UNLIMITED,
                              .size = size_of(run),
                              .failed = failed,
                              .news = hpi_hold_news,
                              .reported = run->prune ? hpi_prune_told : NULL,
                              .context = run };
    hpt_status      status = hpi_store_open(&setup, &keep->store, err);
    if (status != HPT_OK) {
        hpi_free(keep);
        return status;
    }
    run->keep = keep;
    shorten(run, hpi_store_found_of(keep->store)->wall_ns);
    keep->is_shared = hpi_store_is_shared(keep->store);
    status = keep->is_shared ? hpi_share_resume(run, err) : hpi_resume(run, err);
    if (status != HPT_OK) return status;
    keep->is_each = plan->options.sync == HPT_SYNC_EACH;
    return hpi_dispatch_attach_store(run->dispatch, &hpi_store_observer, keep->store, err);
}

void hpi_keep_close(hpt_run *run) {
    if (!run->keep) return;
    hpi_store_close(run->keep->store);
    hpi_owed_fini(&run->keep->owed);
    hpi_free(run->keep);
    run->keep = NULL;
}

/* Warnings. */

void hpi_keep_warn(hpi_keep *keep, const char *format, ...) {
    va_list list;
    if (keep->warning_count == HPI_KEEP_WARNINGS) return;
    va_start(list, format);
    vsnprintf(keep->warnings[keep->warning_count++], HPI_KEEP_WARNING_BYTES, format, list);
    va_end(list);
}

size_t hpi_keep_warnings(const hpt_run *run, char (*warnings)[HPI_WARNING_BYTES], size_t count) {
    const hpi_keep *keep = run->keep;
    if (!keep) return count;
    for (uint32_t i = 0; i < keep->warning_count; i++)
        hpi_cut(warnings[count++], HPI_WARNING_BYTES, keep->warnings[i]);
    for (size_t i = 0; i < HPI_KEEP_WARNINGS; i++)
        if (hpi_store_warning(keep->store, i, warnings[count], HPI_WARNING_BYTES)) count++;
    return count;
}
