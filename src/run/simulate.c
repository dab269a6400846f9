/* SPDX-License-Identifier: BSD-3-Clause */
/* The path for a pool with a virtual clock: the same steps as in coordinate.c and worker.c, with
 * the pool between them, which lets time pass. All of it on one thread, so that one ring does for
 * all workers and the turn need not be taken: the pool says whose it is. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"
#include "run/run.h"

/* What an objective said at the beginning of its trial, and is believed at the end. */
typedef struct said {
    hpt_status status;
    double     value;
    bool       is_again; /* it has failed, and the next attempt is to begin */
} said;

/* What a trial reports, kept until its time has come. */
typedef struct saying {
    int64_t  spent_ns, step;
    uint32_t count;
    double   values[HPI_GOALS_MAX];
} saying;

typedef struct sayings {
    saying  *all;
    uint32_t count, room, next;
    bool     is_spread; /* nobody said when: evenly over the trial */
} sayings;

struct hpi_simulated {
    sayings   *reports;      /* one for each worker; NULL: nobody decides by them */
    said      *said;         /* one for each worker                             */
    hpi_block *first, *last; /* worker > ring > feedback: one for all           */
    uint32_t   depth;
    uint64_t   passed; /* trials asked or told in the last pass, whichever were more */
};

hpt_status hpi_simulate_open(hpt_run *run, hpt_err *err) {
    hpi_simulated *it = run->simulated = hpi_alloc(1, sizeof *it);
    if (it) it->said = hpi_alloc(run->plan.worker_count, sizeof *it->said);
    if (it && it->said) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for %u simulated workers",
                    (unsigned)run->plan.worker_count);
}

hpt_status hpi_simulate_reports(hpt_run *run, hpt_err *err) {
    if (!run->pool.is_report_timed) return HPT_OK;
    run->simulated->reports = hpi_alloc(run->plan.worker_count, sizeof(sayings));
    if (run->simulated->reports) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for the reports of trials");
}

void hpi_simulate_close(hpt_run *run) {
    if (!run->simulated) return;
    for (uint32_t i = 0; run->simulated->reports && i < run->plan.worker_count; i++)
        hpi_free(run->simulated->reports[i].all);
    hpi_free(run->simulated->reports);
    hpi_free(run->simulated->said);
    hpi_free(run->simulated);
}

void hpi_simulate_break_off(hpt_run *run, hpi_worker *worker) {
    hpi_block *block = worker->block;
    int64_t    now_ns = hpi_run_now(run);
    hpi_clock_set(run->pool.clock, now_ns); /* it may have run with the objective */
    hpi_cancels_raise(&run->cancels, HPT_CANCEL_NOW, now_ns);
    worker->block = NULL;
    hpi_feedback(run, block);
    hpi_coordinate_pass(run, NULL, NULL);
    hpi_cancel_queued(run);
    hpi_coordinate_pass(run, NULL, NULL);
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

/* Reports. An objective is called when its trial begins, and may say how long it has taken so far;
 * what it reports is told then, and not before: a trial that has not begun yet may be the one that
 * makes it hopeless. So it is the trial that is stopped, and not its objective, which never knows.
 */

static bool keep_report(hpt_trial *trial, const double *values, uint32_t count) {
    hpi_worker *worker = trial->reporter;
    sayings    *mine = &worker->run->simulated->reports[worker->index];
    if (mine->count == mine->room) {
        uint32_t room = mine->room ? 2 * mine->room : 64;
        saying  *all = hpi_resize(mine->all, room, sizeof *all);
        if (!all) {
            hpt_trial_fail(trial, "out of memory for what it reports");
            return false;
        }
        mine->all = all;
        mine->room = room;
    }
    saying *one = &mine->all[mine->count++];
    *one = (saying){ .spent_ns = trial->spent_ns, .step = trial->last_step, .count = count };
    memcpy(one->values, values, count * sizeof *values);
    return false;
}

/* As hpi_stamped_call(), with its reports for later. */
static hpt_status call_ahead(hpi_worker *worker, double *value_out) {
    hpt_trial *trial = &worker->trial;
    sayings   *mine = &worker->run->simulated->reports[worker->index];
    bool (*decide)(hpt_trial *, const double *, uint32_t) = trial->decide;
    void (*report)(hpt_trial *, const double *, uint32_t) = trial->report;
    mine->count = mine->next = 0;
    trial->decide = keep_report;
    trial->report = NULL;
    hpt_status status = hpi_stamped_call(worker, value_out);
    trial->decide = decide;
    trial->report = report;
    trial->has_report = false;
    mine->is_spread = !trial->has_spent;
    return status;
}

static int64_t next_report(const void *context, uint32_t index, int64_t start_ns,
                           int64_t whole_ns) {
    const hpt_run *run = context;
    const sayings *mine = run->simulated->reports ? &run->simulated->reports[index] : NULL;
    if (!mine || mine->next == mine->count) return INT64_MAX;
    if (!mine->is_spread) return start_ns + mine->all[mine->next].spent_ns;
    return start_ns + (int64_t)((double)whole_ns * (mine->next + 1) / mine->count);
}

static bool report(void *context, uint32_t index) {
    hpt_run      *run = context;
    hpt_trial    *trial = &run->workers[index].trial;
    sayings      *mine = &run->simulated->reports[index];
    const saying *one = &mine->all[mine->next++];
    trial->spent_ns = 0; /* it is now */
    return hpi_trial_take_report(trial, one->step, one->values, one->count);
}

/* When its time is up, as far as that is known. */
static int64_t end_of(const hpt_run *run, const hpt_trial *trial) {
    int64_t end_ns = trial->deadline_ns < run->until_ns ? trial->deadline_ns : run->until_ns;
    int64_t limit_ns = INT64_MAX;
    if (trial->caps) limit_ns = atomic_load_explicit(&trial->caps->time_ns, memory_order_relaxed);
    bool is_capped = limit_ns < end_ns - trial->start_ns;
    return is_capped ? trial->start_ns + limit_ns : end_ns;
}

/* The objective is called when its trial begins, because it may say how long it would take. */
static bool begin(void *context, uint32_t index, double pace, hpi_begun *begun_out) {
    hpt_run    *run = context;
    hpi_worker *worker = &run->workers[index];
    hpi_block  *block = worker->block;
    hpt_trial  *trial = &worker->trial;
    said       *answer = &run->simulated->said[index];
    if (hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE) {
        answer->is_again = false;
        hpi_block_mark(block);
        hpi_cancel_rest(worker, block, block->done);
        return end_block(worker);
    }
    answer->value = NAN;
    trial->pace = pace;
    if (!answer->is_again)
        hpi_stamped_begin(worker, block, hpi_point_of(run, block, block->done), hpi_run_now(run));
    answer->is_again = false;
    answer->status = run->simulated->reports ? call_ahead(worker, &answer->value)
                                             : hpi_stamped_call(worker, &answer->value);
    *begun_out = (hpi_begun){ .number = trial->head.number,
                              .attempt = trial->attempt,
                              .spent_ns = trial->has_spent ? trial->spent_ns : -1,
                              .until_ns = end_of(run, trial) };
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

/* It looks, now, and does as it is told. What it said it would have taken has nothing to do with
 * it.
 */
static void cut(hpt_trial *trial) {
    trial->spent_ns = 0;
    hpt_trial_should_stop(trial);
    trial->was_stopped = trial->is_marked = true;
}

static bool end(void *context, uint32_t index, int64_t start_ns, hpi_ending ending) {
    hpt_run    *run = context;
    hpi_worker *worker = &run->workers[index];
    hpi_block  *block = worker->block;
    said       *answer = &run->simulated->said[index];
    int64_t     now_ns = hpi_run_now(run);
    if (ending == HPI_ENDING_CUT) cut(&worker->trial);
    if (ending == HPI_ENDING_FAIL)
        answer->status = hpt_trial_fail(&worker->trial, "the simulation made it fail");
    answer->is_again = hpi_retry(worker, answer->status, answer->value, now_ns - start_ns);
    if (answer->is_again) return true;
    start_ns -= worker->trial.failed_ns;
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
    uint64_t   *passed = &run->simulated->passed;
    if (has_own) {
        worker->block = NULL;
        hpi_feedback(run, own);
    }
    uint32_t fetched = fetch(run);
    unsigned wanted = hpi_coordinate_pass(run, worker, NULL);
    told = turn->told - told;
    asked = turn->asked - asked;
    *passed = told > asked ? told : asked;
    *passed_out = (hpi_passed){ .told = run->strategy.class->tell ? told : 0,
                                .asked = run->is_pure ? 0 : asked,
                                .fetched = fetched,
                                .queued = hpi_queue_depth(run->queue),
                                .wanted = wanted };
}

static void held(void *context, int64_t ns) {
    hpt_run *run = context;
    uint64_t trials = run->simulated->passed;
    hpi_learn_hold(&run->turn, (double)ns, trials);
}

static bool is_queued(const void *context) {
    const hpt_run *run = context;
    return hpi_queue_depth(run->queue) > 0;
}

static bool is_pending(const void *context) {
    const hpt_run *run = context;
    return run->simulated->depth > 0;
}

static bool is_askable(const void *context) {
    const hpt_run *run = context;
    return atomic_load_explicit(&run->is_askable, memory_order_relaxed); /* our own */
}

static int64_t stops_at(const void *context) {
    const hpt_run *run = context;
    return hpi_cancels_now_from(&run->cancels, hpi_run_now(run));
}

/* With a window each trial keeps the one it began with. */
static int64_t cap_ns(const void *context) {
    const hpt_run *run = context;
    if (run->cap_values) return INT64_MAX;
    return atomic_load_explicit(&run->caps.time_ns, memory_order_relaxed); /* our own */
}

static bool is_finished(const void *context) {
    const hpt_run *run = context;
    return atomic_load_explicit(&run->is_finished, memory_order_relaxed); /* our own */
}

const hpi_steps hpi_simulate_steps = {
    .take = take,
    .open = open,
    .begin = begin,
    .next_report = next_report,
    .report = report,
    .end = end,
    .hand_in = hand_in,
    .pass = pass,
    .held = held,
    .is_queued = is_queued,
    .is_pending = is_pending,
    .is_askable = is_askable,
    .stops_at = stops_at,
    .cap_ns = cap_ns,
    .is_finished = is_finished,
};
