/* SPDX-License-Identifier: BSD-3-Clause */
/* The path for a pool with a virtual clock: the same steps as in coordinate.c and worker.c, with
 * the pool between them, which lets time pass. All of it on one thread, so that one ring does for
 * all workers and the turn need not be taken: the pool says whose it is. */
#include <math.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"
#include "run/run.h"

/* What an objective said at the beginning of its trial, and is believed at the end. */
typedef struct said {
    hpt_status status;
    double     value;
} said;

struct hpi_simulated {
    said      *said;         /* one for each worker                             */
    hpi_block *first, *last; /* worker > ring > feedback: one for all           */
    uint32_t   depth;
};

hpt_status hpi_simulate_open(hpt_run *run, hpt_err *err) {
    hpi_simulated *it = run->simulated = hpi_alloc(1, sizeof *it);
    if (it) it->said = hpi_alloc(run->plan.worker_count, sizeof *it->said);
    if (it && it->said) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for %u simulated workers",
                    (unsigned)run->plan.worker_count);
}

void hpi_simulate_close(hpt_run *run) {
    if (!run->simulated) return;
    hpi_free(run->simulated->said);
    hpi_free(run->simulated);
}

/* queue > worker */

static hpi_taken take(void *context, uint32_t index) {
    hpt_run    *run = context;
    hpi_worker *worker = &run->workers[index];
    if (worker->block) return HPI_TAKEN_OWN;
    worker->block = hpi_queue_pop_mc(run->queue);
    return worker->block ? HPI_TAKEN_QUEUED : HPI_TAKEN_NONE;
}

static void open(void *context, uint32_t index) {
    hpt_run    *run = context;
    hpi_worker *worker = &run->workers[index];
    hpi_block_begin(worker, worker->block);
    hpi_meter_begin(&worker->meter, hpi_run_now(run));
}

static bool end_block(hpi_worker *worker) {
    hpi_block_end(worker, worker->block);
    worker->block->took_ns = hpi_meter_end(&worker->meter, hpi_run_now(worker->run));
    return false;
}

/* The objective is called when its trial begins, because it may say how long it would take. */
static bool begin(void *context, uint32_t index, double pace, hpi_begun *begun_out) {
    hpt_run    *run = context;
    hpi_worker *worker = &run->workers[index];
    hpi_block  *block = worker->block;
    hpt_trial  *trial = &worker->trial;
    said       *answer = &run->simulated->said[index];
    if (hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE) {
        hpi_block_mark(block);
        hpi_cancel_rest(worker, block, block->done);
        return end_block(worker);
    }
    answer->value = NAN;
    trial->pace = pace;
    hpi_stamped_begin(worker, block, hpi_point_of(run, block, block->done), hpi_run_now(run));
    answer->status = hpi_stamped_call(worker, &answer->value);
    *begun_out = (hpi_begun){ .number = trial->head.number,
                              .spent_ns = trial->has_spent ? trial->spent_ns : -1,
                              .until_ns = trial->deadline_ns < run->until_ns ? trial->deadline_ns
                                                                             : run->until_ns };
    return true;
}

/* worker > ring */

/* As evaluate_all() in worker.c. */
static bool goes_on(const hpi_block *block, int64_t took_ns) {
    uint32_t piece = block->count / HPI_BLOCK_LOOKS + 1;
    if (block->done == block->count) return false;
    if (block->notes_used > HPI_BLOCK_NOTE_BYTES - HPI_TRIAL_NOTE_BYTES) return false;
    return block->done % piece != 0 || took_ns <= HPI_BLOCK_NS_MAX;
}

static bool end(void *context, uint32_t index, int64_t start_ns, hpi_ending ending) {
    hpt_run    *run = context;
    hpi_worker *worker = &run->workers[index];
    hpi_block  *block = worker->block;
    said       *answer = &run->simulated->said[index];
    int64_t     now_ns = hpi_run_now(run);
    if (ending == HPI_ENDING_CUT) worker->trial.was_stopped = worker->trial.is_marked = true;
    if (ending == HPI_ENDING_FAIL)
        answer->status = hpt_trial_fail(&worker->trial, "the simulation made it fail");
    hpi_stamped_end(worker, block, answer->status, answer->value, start_ns, now_ns - start_ns);
    return goes_on(block, now_ns - worker->meter.start_ns) || end_block(worker);
}

static void hand_in(void *context, uint32_t index) {
    hpt_run       *run = context;
    hpi_simulated *it = run->simulated;
    hpi_block     *block = run->workers[index].block;
    run->workers[index].block = NULL;
    block->next = NULL;
    if (it->first)
        it->last->next = block;
    else
        it->first = block;
    it->last = block;
    it->depth++;
}

/* ring > feedback */

static uint32_t fetch(hpt_run *run) {
    hpi_simulated *it = run->simulated;
    uint32_t       depth = it->depth;
    hpi_block     *block = it->first;
    if (depth > run->turn.ring_depth_max) {
        run->turn.ring_depth_max = depth;
        run->turn.has_news = true;
    }
    it->first = it->last = NULL;
    it->depth = 0;
    while (block) {
        hpi_block *next = block->next; /* feedback puts it on a list of its own */
        hpi_feedback(run, block);
        block = next;
    }
    return depth;
}

static void pass(void *context, uint32_t index, bool has_own, hpi_passed *passed_out) {
    hpt_run    *run = context;
    hpi_turn   *turn = &run->turn;
    hpi_worker *worker = &run->workers[index];
    hpi_block  *own = has_own ? worker->block : NULL;
    uint64_t    told = turn->told, asked = turn->asked;
    if (has_own) {
        worker->block = NULL;
        hpi_feedback(run, own);
    }
    uint32_t fetched = fetch(run);
    unsigned wanted = hpi_coordinate_pass(run, worker, NULL);
    *passed_out = (hpi_passed){ .told = run->strategy.class->tell ? turn->told - told : 0,
                                .asked = run->is_pure ? 0 : turn->asked - asked,
                                .fetched = fetched,
                                .wanted = wanted };
}

static bool is_pending(const void *context) {
    const hpt_run *run = context;
    return run->simulated->depth > 0;
}

static bool is_askable(const void *context) {
    const hpt_run *run = context;
    return atomic_load_explicit(&run->is_askable, memory_order_relaxed); /* our own */
}

static bool is_stopping(const void *context) {
    const hpt_run *run = context;
    return hpi_cancels_level(&run->cancels) >= HPT_CANCEL_NOW;
}

static bool is_finished(const void *context) {
    const hpt_run *run = context;
    return atomic_load_explicit(&run->is_finished, memory_order_relaxed); /* our own */
}

const hpi_steps hpi_simulate_steps = {
    .take = take,
    .open = open,
    .begin = begin,
    .end = end,
    .hand_in = hand_in,
    .pass = pass,
    .is_pending = is_pending,
    .is_askable = is_askable,
    .is_stopping = is_stopping,
    .is_finished = is_finished,
};
