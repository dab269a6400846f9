/* SPDX-License-Identifier: BSD-3-Clause */
/* A worker whose trial may end without it, and one whose thread ends without its trial. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"
#include "run/run.h"

/* What stands in for the block's room, which goes its own way when the trial is lost. */
hpt_status hpi_grip_open(hpi_worker *worker, hpt_err *err) {
    hpi_grip *grip = &worker->grip;
    grip->point = hpi_alloc(worker->run->dims, sizeof *grip->point);
    grip->notes = hpi_alloc_room(1, HPI_TRIAL_NOTE_BYTES);
    if (grip->point && grip->notes) return HPT_OK;
    hpi_grip_close(worker); /* the next one that is lost may try again */
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a worker");
}

void hpi_grip_close(hpi_worker *worker) {
    hpi_free(worker->grip.point);
    hpi_free(worker->grip.notes);
    worker->grip.point = NULL;
    worker->grip.notes = NULL;
}

void hpi_grip_take(hpi_worker *worker) {
    hpi_grip  *grip = &worker->grip;
    hpt_trial *trial = &worker->trial;
    if (worker->run->dims > 0)
        memcpy(grip->point, trial->head.point, worker->run->dims * sizeof *grip->point);
    trial->head.point = grip->point;
    trial->notes.bytes = grip->notes;
    trial->attempt = hpi_lost_attempt(worker->run, trial->head.number);
    if (trial->attempt > 0) hpi_retry_note(trial);
}

void hpi_grip_begin(hpi_worker *worker, int64_t start_ns) {
    hpi_grip     *grip = &worker->grip;
    uint_fast64_t word = atomic_load_explicit(&grip->phase, memory_order_relaxed);
    HPI_ASSERT((word & HPI_PHASE_MASK) == HPI_PHASE_OWN);
    atomic_store_explicit(&grip->begun_ns, start_ns, memory_order_relaxed);
    /* release: who ends the trial sees what it is. Pairs with the acquire in look_at(), lost.c. */
    atomic_store_explicit(&grip->phase, (word | HPI_PHASE_MASK) + 1 + HPI_PHASE_RUNNING,
                          memory_order_release);
}

bool hpi_grip_end(hpi_worker *worker) {
    hpi_grip *grip = &worker->grip;
    grip->is_lost = !hpi_phase_enter(&grip->phase);
    if (grip->is_lost) return false;
    uint_fast64_t word = atomic_load_explicit(&grip->phase, memory_order_relaxed);
    atomic_store_explicit(&grip->phase, word & ~(uint_fast64_t)HPI_PHASE_MASK,
                          memory_order_relaxed);
    return true;
}

bool hpi_grip_lose(hpi_grip *grip, uint64_t word) {
    uint_fast64_t is = word;
    if ((word & HPI_PHASE_MASK) != HPI_PHASE_RUNNING) return false;
    /* acquire: what the trial has noted, see hpi_phase_leave() */
    return atomic_compare_exchange_strong_explicit(&grip->phase, &is,
                                                   word ^ HPI_PHASE_RUNNING ^ HPI_PHASE_LOST,
                                                   memory_order_acquire, memory_order_relaxed);
}

/* An objective that does not return. Whatever way the trial was evaluated, its number says which of
 * its block it is, and those before it are as they should be. */
static void fail_trial(hpi_worker *worker, const char *why) {
    hpt_trial *trial = &worker->trial;
    hpi_block *block = worker->block;
    int64_t    now_ns = hpi_run_now(worker->run);
    block->done = (uint32_t)(trial->head.number - block->first);
    HPI_ASSERT(block->done < block->count);
    hpt_status      status = hpt_trial_fail(trial, "the objective %s", why);
    hpt_trial_state state = hpi_trial_judge(trial, status, NAN, -1, 0);
    hpi_stamped_put(worker, trial, state, NAN, now_ns, 0);
    block->details[block->done - 1].start_ns = -1; /* nobody knows */
    block->details[block->done - 1].duration_ns = 0;
    hpi_block_end(worker, block);
    block->took_ns = 0;
}

bool hpi_work_broken_off(hpi_worker *worker, const char *why) {
    hpt_run *run = worker->run;
    bool     was_inside = worker->is_evaluating;
    worker->is_evaluating = false;
    if (was_inside) fail_trial(worker, why);
    hpi_worker_leave(worker);
    if (was_inside && run->simulated) hpi_simulate_break_off(run, worker);
    if (was_inside && !run->simulated) worker->has_left = true;
    return was_inside;
}

bool hpi_work_left(void *context, uint32_t index) {
    hpt_run    *run = context;
    hpi_worker *worker = &run->workers[index];
    bool        is_lost = worker->trial.phase && !hpi_grip_end(worker);
    if (!is_lost) fail_trial(worker, "called pthread_exit()");
    worker->is_evaluating = false;
    worker->has_left = true;
    hpi_worker_leave(worker);
    if (is_lost) hpi_run_release(run);
    return !is_lost;
}
