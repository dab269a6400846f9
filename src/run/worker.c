/* SPDX-License-Identifier: BSD-3-Clause */
/* queue > worker > ring: evaluating a block. */
#include <math.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"

/* The worker whose objective the thread is in. A run inside an objective makes a chain. */
static _Thread_local hpi_worker *innermost;

bool hpi_is_inside(const hpt_run *run) {
    for (const hpi_worker *worker = innermost; worker; worker = worker->outer)
        if (worker->run == run) return true;
    return false;
}

/* Facts of the worker's own stream. They come after the facts that stream 0 had when the block was
 * made, which is what `after` says. */
static void push_fact(hpi_worker *worker, hpt_event_kind kind, uint64_t after) {
    const hpt_trial *trial = &worker->trial;
    hpi_fact         fact = { .kind = kind,
                              .worker = worker->index,
                              .trial = trial->number,
                              .after = after,
                              .time_ns = hpi_now_ns() - worker->run->start_ns,
                              .step = trial->last_step,
                              .value = trial->last_value };
    hpi_dispatch_push(worker->run->dispatch, 1 + worker->index, &fact);
}

static void tell_report(hpt_trial *trial) {
    hpi_worker *worker = trial->reporter;
    if (hpi_wants(worker->run->wants, HPT_EVENT_TRIAL_REPORTED))
        push_fact(worker, HPT_EVENT_TRIAL_REPORTED, worker->block ? worker->block->mark : 0);
}

void hpi_trial_seat(hpi_worker *worker, hpt_trial *trial) {
    hpt_run *run = worker->run;
    *trial = (hpt_trial){ .space = run->space,
                          .kinds = run->kinds,
                          .dims = run->dims,
                          .worker = worker->index,
                          .seed = run->plan.options.seed,
                          .run = run,
                          .cancels = &run->cancels,
                          .run_until_ns = run->until_ns,
                          .report = tell_report,
                          .reporter = worker };
}

void hpi_trial_begin(const hpt_run *run, hpt_trial *trial, hpi_block *block, uint32_t index) {
    trial->point = hpi_point_of(run, block, index);
    trial->number = block->first + index;
    trial->notes =
        (hpi_notes){ .bytes = block->notes + block->notes_used, .room = HPI_TRIAL_NOTE_BYTES };
    trial->deadline_ns = INT64_MAX;
    trial->was_stopped = false;
    trial->was_late = false;
    trial->read_wrongly = false;
    trial->has_report = false;
    trial->said = HPT_OK;
}

/* The detail of a trial must be kept when it has one, and then of the whole block: those before it
 * that had none get an empty one. */
static void need_details(hpi_block *block, uint32_t index) {
    if (block->has_details) return;
    block->has_details = true;
    for (uint32_t i = 0; i < index; i++)
        block->details[i] = (hpi_detail){ .start_ns = -1 };
}

void hpi_trial_end(hpt_trial *trial, hpi_block *block, uint32_t index, hpt_trial_state state,
                   double value) {
    block->values[index] = value;
    block->states[index] = (uint8_t)state;
    if (trial->notes.used > 0 || trial->has_report) need_details(block, index);
    if (!block->has_details) return;
    block->details[index] = (hpi_detail){ .start_ns = -1,
                                          .has_report = trial->has_report,
                                          .last_step = trial->last_step,
                                          .last_value = trial->last_value,
                                          .notes_at = block->notes_used,
                                          .notes_bytes = trial->notes.used };
    block->notes_used += trial->notes.used;
}

/* Whether each trial needs time stamps of its own: about 20 ns each. */
static bool is_stamped(const hpt_run *run) {
    return run->plan.trial_limit_ns > 0 ||
           hpi_wants(run->wants,
                     HPT_EVENT_TRIAL_STARTED | HPT_EVENT_TRIAL_REPORTED | HPT_EVENT_TRIAL_ENDED);
}

/* A trial as most are: it returned a finite value and said nothing. */
static bool is_plain(const hpt_trial *trial, hpt_status status, double value) {
    bool is_silent = trial->notes.used == 0 && !trial->has_report && trial->said == HPT_OK;
    return status == HPT_OK && isfinite(value) && is_silent && !trial->was_stopped;
}

static void evaluate_plain(hpi_worker *worker, hpi_block *block, uint32_t index) {
    hpt_run   *run = worker->run;
    hpt_trial *trial = &worker->trial;
    double     value = NAN;
    hpi_trial_begin(run, trial, block, index);
    hpt_status status = run->objective(trial, run->user, &value);
    if (is_plain(trial, status, value) && !block->has_details) {
        block->values[index] = value;
        block->states[index] = HPT_TRIAL_COMPLETE;
        return;
    }
    block->is_plain = false;
    hpi_trial_end(trial, block, index, hpi_trial_judge(trial, status, value, -1, 0), value);
    /* An observer may have come in mid-trial: its reports go before its end all the same. */
    if (trial->has_report)
        block->details[index].mark = hpi_dispatch_mark(run->dispatch, 1 + worker->index);
}

/* When a trial starts: with the end of the one before it in its block, because nothing lies between
 * them and a look at the clock costs more than an empty trial. Limits are held to the letter. */
static int64_t start_of(const hpt_run *run, const hpi_block *block, uint32_t index) {
    if (index == 0 || !block->has_details || run->plan.trial_limit_ns > 0) return hpi_now_ns();
    const hpi_detail *before = &block->details[index - 1];
    if (before->start_ns < 0) return hpi_now_ns(); /* it had no stamp */
    return run->start_ns + before->start_ns + before->duration_ns;
}

static void evaluate_stamped(hpi_worker *worker, hpi_block *block, uint32_t index) {
    hpt_run   *run = worker->run;
    hpt_trial *trial = &worker->trial;
    int64_t    limit = run->plan.trial_limit_ns, start = start_of(run, block, index);
    double     value = NAN;
    hpi_trial_begin(run, trial, block, index);
    if (limit > 0 && limit < INT64_MAX - start) trial->deadline_ns = start + limit;
    if (hpi_wants(run->wants, HPT_EVENT_TRIAL_STARTED))
        push_fact(worker, HPT_EVENT_TRIAL_STARTED, block->mark);
    hpt_status status = run->objective(trial, run->user, &value);
    int64_t    took = hpi_now_ns() - start;
    need_details(block, index);
    if (limit == 0 && is_plain(trial, status, value)) {
        block->values[index] = value;
        block->states[index] = HPT_TRIAL_COMPLETE;
        block->details[index] = (hpi_detail){ 0 };
    } else {
        hpt_trial_state state = hpi_trial_judge(trial, status, value, took, limit);
        hpi_trial_end(trial, block, index, state, value);
    }
    block->details[index].start_ns = start - run->start_ns;
    block->details[index].duration_ns = took;
    block->details[index].mark = hpi_dispatch_mark(run->dispatch, 1 + worker->index);
}

/* The run is stopping: what has not started does not start. */
void hpi_cancel_rest(hpi_worker *worker, hpi_block *block, uint32_t index) {
    for (; index < block->count; index++) {
        block->values[index] = NAN;
        block->states[index] = HPT_TRIAL_CANCELLED;
        if (!block->has_details) continue;
        block->details[index] =
            (hpi_detail){ .start_ns = -1,
                          .mark = hpi_dispatch_mark(worker->run->dispatch, 1 + worker->index) };
    }
    block->done = block->count;
}

/* Trials from `block->done` on, until `end` or until the run stops or the notes need room: false.
 */
static bool evaluate_until(hpi_worker *worker, hpi_block *block, uint32_t end) {
    hpt_run *run = worker->run;
    while (block->done < end) {
        if (hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE) {
            block->is_plain = false;
            hpi_cancel_rest(worker, block, block->done);
            return false;
        }
        if (is_stamped(run)) {
            block->is_plain = false;
            evaluate_stamped(worker, block, block->done);
        } else {
            evaluate_plain(worker, block, block->done);
        }
        block->done++;
        if (block->notes_used > HPI_BLOCK_NOTE_BYTES - HPI_TRIAL_NOTE_BYTES) return false;
    }
    return true;
}

/* In some pieces, with a look at the clock after each: trials may be slower than those from which
 * the size of the block was worked out. */
static void evaluate_all(hpi_worker *worker, hpi_block *block, int64_t start_ns) {
    uint32_t piece = block->count / HPI_BLOCK_LOOKS + 1;
    block->is_plain = true;
    while (block->done < block->count) {
        uint32_t left = block->count - block->done;
        uint32_t end = block->done + (left < piece ? left : piece);
        if (!evaluate_until(worker, block, end)) return;
        if (end < block->count && hpi_now_ns() - start_ns > HPI_BLOCK_NS_MAX) return;
    }
}

void hpi_evaluate(hpi_worker *worker, hpi_block *block) {
    int64_t start = hpi_now_ns();
    worker->outer = innermost;
    innermost = worker;
    block->worker = worker->index;
    block->done = 0;
    hpi_busy_begin(&worker->busy, start);
    evaluate_all(worker, block, start);
    int64_t end = hpi_now_ns();
    hpi_busy_end(&worker->busy, end);
    block->took_ns = end - start;
    innermost = worker->outer;
}
