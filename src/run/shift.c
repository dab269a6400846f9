/* SPDX-License-Identifier: BSD-3-Clause */
/* The host's threads that work for a run, and those that have left it in the middle.
 *
 * Objectives that were left by longjmp(): that is forbidden, because nothing can be undone on the
 * way; but it is done, and a run that waits for ever for a trial that nobody evaluates would be a
 * bad answer. The worker that the thread was is still the innermost of the thread though it has
 * been left, which the next call of hpt on that thread sees by where it stands: the trial has
 * failed, and its block goes on as one whose thread has ended. docs/threads.md says what is not
 * seen. */
#include "base/err.h"
#include "run/run.h"

/* Whoever calls from there, an objective or a strategy, cannot wait for the run. */
void hpi_shift_begin(hpt_run *run) {
    atomic_store_explicit(&run->on_shift, hpi_thread_mark(), memory_order_relaxed);
}

bool hpi_is_on_shift(const hpt_run *run) {
    return atomic_load_explicit(&run->on_shift, memory_order_relaxed) == hpi_thread_mark();
}

void hpi_shift_end(hpt_run *run) {
    atomic_store_explicit(&run->on_shift, 0, memory_order_relaxed);
}

/* Where a function stands depends on how it was called, by a little. */
static bool is_left(const hpi_worker *worker, const void *here) {
    return hpi_frame_is_left((const char *)worker->frame + HPI_LONGJMP_GAP_BYTES / 8, here);
}

/* False: the run cannot go on. What the trial had noted goes: it may have been in the middle of
 * that. */
static bool break_off(hpi_worker *worker) {
    hpt_trial *trial = &worker->trial;
    hpi_block *block = worker->block;
    uint64_t   index = block ? trial->head.number - block->first : 0;
    if (!block || index >= block->count) worker->is_evaluating = false;
    if (worker->is_evaluating) hpi_trial_clear(trial, trial->notes.bytes, trial->notes.room);
    return hpi_work_broken_off(worker, "was left by longjmp()");
}

/* Of the run: it may be worked on again, or never ends. */
static void free_caller(hpt_run *run, bool is_broken) {
    hpi_shift_end(run);
    hpi_place_leave(&run->pool.place, &run->caller_saved);
    hpi_lock_take(&run->over);
    run->is_worked_on = false;
    run->is_broken = run->is_broken || is_broken;
    hpi_lock_give(&run->over);
    hpi_lock_wake_all(&run->over);
}

/* Nobody else would: its caller never got a handle. What it says, once. */
static hpt_status end_run(hpt_run *run, uint64_t number, hpt_err *err) {
    hpi_fail(err, HPT_EREENTRANT,
             "the objective of an earlier run was left by longjmp() in trial %llu, which is "
             "forbidden: that run has been cancelled; call again",
             (unsigned long long)number);
    hpt_run_destroy(run);
    return HPT_EREENTRANT;
}

hpt_status hpi_longjmp_look(const void *here, const hpt_run *known, hpt_err *err) {
    hpi_worker *worker;
    hpt_status  status = HPT_OK;
    while ((worker = hpi_worker_innermost()) && is_left(worker, here)) {
        hpt_run *run = worker->run;
        uint64_t number = worker->trial.head.number;
        free_caller(run, !break_off(worker));
        if (run->result && run != known) status = end_run(run, number, err);
    }
    return status;
}
