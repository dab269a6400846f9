/* SPDX-License-Identifier: BSD-3-Clause */
/* queue > worker > ring: evaluating a block. */
#include <math.h>
#include <string.h>

#include "base/apart.h"
#include "base/err.h"
#include "base/process.h"
#include "base/thread.h"
#include "run/limits.h"
#include "run/prune.h"
#include "run/run.h"

/* The worker that the thread is. A run inside an objective makes a chain. */
static _Thread_local hpi_worker *innermost;

void hpi_worker_enter(hpi_worker *worker) {
    worker->frame = HPI_FRAME_HERE;
    worker->outer = innermost;
    innermost = worker;
}

void hpi_worker_leave(hpi_worker *worker) {
    if (innermost != worker) hpi_longjmp_look(worker->frame, NULL, NULL);
    innermost = worker->outer;
}

hpi_worker *hpi_worker_innermost(void) {
    return innermost;
}

hpi_worker *hpi_worker_here(const hpt_run *run) {
    hpi_worker *worker = innermost;
    while (worker && worker->run != run)
        worker = worker->outer;
    return worker;
}

bool hpi_is_inside(const hpt_run *run) {
    return hpi_worker_here(run) != NULL;
}

bool hpi_visit_begin(const hpt_run *run, hpt_trial **visitor_out) {
    hpi_worker *worker = hpi_worker_here(run);
    *visitor_out = worker ? &worker->trial : NULL;
    return !worker || hpi_trial_enter(&worker->trial);
}

void hpi_visit_end(hpt_trial *visitor) {
    if (visitor) hpi_trial_leave(visitor);
}

/* Facts of the worker's own stream. They come after the facts that stream 0 had when the block was
 * made, which is what `after` says. */
static hpi_fact fact_of(const hpi_worker *worker, hpt_event_kind kind, uint64_t after) {
    const hpt_trial *trial = &worker->trial;
    return (hpi_fact){ .kind = kind,
                       .worker = worker->index,
                       .trial = trial->head.number,
                       .after = after,
                       .time_ns = hpi_trial_now(trial) - worker->run->start_ns,
                       .step = trial->last_step,
                       .value = trial->last_value };
}

HPI_APART static void push_start(hpi_worker *worker, uint64_t after) {
    hpi_fact fact = fact_of(worker, HPT_EVENT_TRIAL_STARTED, after);
    hpi_dispatch_push(worker->run->dispatch, worker->stream, &fact);
}

static void tell_report(hpt_trial *trial, const double *values, uint32_t count) {
    const hpi_worker *worker = trial->reporter;
    uint64_t          after = worker->block ? worker->block->mark : 0;
    if (!hpi_wants(worker->run->wants, HPT_EVENT_TRIAL_REPORTED)) return;
    hpi_fact fact = fact_of(worker, HPT_EVENT_TRIAL_REPORTED, after);
    hpi_show_report(worker->run, worker->stream, &fact, values, count);
}

void hpi_trial_seat(hpi_worker *worker, hpt_trial *trial) {
    hpt_run *run = worker->run;
    *trial = (hpt_trial){ .space = run->space,
                          .head = { .kinds = run->kinds, .dims = run->dims },
                          .worker = worker->index,
                          .seed = run->plan.options.seed,
                          .run = run,
                          .cancels = &run->cancels,
                          .caps = run->plan.options.cap == HPT_CAP_NONE ? NULL
                                  : run->cap_values                     ? &worker->caps
                                                                        : &run->caps,
                          .phase = worker->grip.point ? &worker->grip.phase : NULL,
                          .run_until_ns = run->until_ns,
                          .clock = run->clock,
                          .goal_count = run->plan.goal_count,
                          .report = tell_report,
                          .reporter = worker };
    hpi_prune_seat(run, trial);
}

void hpi_trial_begin(hpt_trial *trial, hpi_block *block, uint32_t index, const hpt_coord *point) {
    hpi_trial_clear(trial, block->notes + block->notes_used,
                    HPI_TRIAL_NOTE_BYTES - HPI_NOTE_VALUES_BYTES);
    trial->head.point = point;
    trial->head.number = block->first + index;
    trial->attempt = 0;
    trial->failed_ns = 0;
    trial->waited_ns = 0;
    trial->deadline_ns = INT64_MAX;
}

/* The detail of a trial must be kept when it has one, and then of the whole block: those before it
 * that had none get an empty one. */
HPI_APART static void need_details(hpi_block *block, uint32_t index) {
    if (block->has_details) return;
    block->has_details = true;
    for (uint32_t i = 0; i < index; i++)
        block->details[i] = (hpi_detail){ .start_ns = -1 };
}

void hpi_trial_end(const hpt_trial *trial, hpi_block *block, uint32_t index, hpt_trial_state state,
                   double value) {
    block->values[index] = value;
    block->states[index] = (uint8_t)state;
    if (trial->notes.used > 0 || trial->has_report) need_details(block, index);
    if (!block->has_details) return;
    unsigned char *notes = block->notes + block->notes_used;
    if (notes != trial->notes.bytes) memcpy(notes, trial->notes.bytes, trial->notes.used);
    block->details[index] = (hpi_detail){ .start_ns = -1,
                                          .has_report = trial->has_report,
                                          .last_step = trial->last_step,
                                          .last_value = trial->last_value,
                                          .notes_at = block->notes_used,
                                          .notes_bytes = trial->notes.used,
                                          .retry_count = (uint16_t)trial->attempt };
    block->notes_used += trial->notes.used;
}

enum { STAMPED = HPT_EVENT_TRIAL_STARTED | HPT_EVENT_TRIAL_REPORTED | HPT_EVENT_TRIAL_ENDED };

/* Whether each trial needs time stamps of its own: about 20 ns each. */
static bool is_stamped(const hpt_run *run) {
    return run->has_limits || hpi_wants(run->wants, STAMPED);
}

/* The objective has returned, and there is more to say of the trial than a value. */
HPI_APART static void end_marked(hpi_worker *worker, hpi_block *block, uint32_t index,
                                 hpt_status status) {
    const hpt_run *run = worker->run;
    hpt_trial     *trial = &worker->trial;
    double         value = block->values[index];
    hpi_process_end_fork(run->process); /* before it tries again */
    while (hpi_retry(worker, status, value, -1)) {
        value = NAN;
        status = run->objective(trial, run->user, &value);
    }
    hpi_block_mark(block);
    hpi_trial_end(trial, block, index, hpi_trial_judge(trial, status, value, -1, 0), value);
    /* An observer may have come in mid-trial: its reports go before its end all the same. */
    if (trial->has_report)
        block->details[index].mark = hpi_dispatch_mark(run->dispatch, worker->stream);
}

static bool is_cancelled(const hpt_run *run) {
    return hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE;
}

/* Trials as most are: they return a finite value and say nothing. So nothing but the point and the
 * number changes from one to the next, and nothing is kept but the value. Ends behind one that is
 * not so, or when something else has to be done first. What is fixed stands in locals, because the
 * compiler must think that an objective could change it. */
HPI_APART static void evaluate_plain(hpi_worker *worker, hpi_block *block, uint32_t end,
                                     const hpt_coord *point) {
    const hpt_run              *run = worker->run;
    const hpt_cancel           *own = &run->cancels.own;
    const hpt_cancel           *users = run->cancels.users ? run->cancels.users : own;
    const atomic_uint_fast64_t *wants = run->wants;
    const hpt_objective         objective = run->objective;
    void *const                 user = run->user;
    const size_t                dims = run->dims;
    hpt_trial *const            trial = &worker->trial;
    double                     *value = block->values + block->done;
    double *const               last = block->values + end - 1;
    hpt_status                  status;
    hpi_trial_begin(trial, block, block->done, point);
    trial->is_marked = block->has_details; /* then each needs an entry */
    for (;; value++) {
        *value = NAN;
        status = objective(trial, user, value);
        if (status != HPT_OK || !isfinite(*value) || trial->is_marked) break;
        if (value == last || hpi_cancel_is_raised(own, users) || hpi_wants(wants, STAMPED)) {
            block->done = (uint32_t)(value - block->values) + 1;
            return;
        }
        trial->head.number++;
        trial->head.point = point += dims;
    }
    uint32_t index = (uint32_t)(value - block->values);
    block->done = index + 1;
    end_marked(worker, block, index, status);
}

void hpi_stamped_begin(hpi_worker *worker, hpi_block *block, const hpt_coord *point,
                       int64_t start_ns) {
    const hpt_run *run = worker->run;
    hpt_trial     *trial = &worker->trial;
    int64_t        limit = run->plan.trial_limit_ns;
    hpi_trial_begin(trial, block, block->done, point);
    trial->start_ns = start_ns;
    if (limit > 0) trial->deadline_ns = hpi_later_ns(start_ns, limit);
    if (run->cap_values) hpi_cap_begin(worker, trial, &worker->caps);
    if (trial->phase) hpi_grip_take(worker);
    if (hpi_wants(run->wants, HPT_EVENT_TRIAL_STARTED)) push_start(worker, block->mark);
}

void hpi_stamped_put(hpi_worker *worker, const hpt_trial *trial, hpt_trial_state state,
                     double value, int64_t start_ns, int64_t took_ns) {
    const hpt_run *run = worker->run;
    hpi_block     *block = worker->block;
    uint32_t       index = block->done++;
    hpi_block_mark(block);
    need_details(block, index);
    hpi_trial_end(trial, block, index, state, value);
    block->details[index].start_ns = start_ns - run->start_ns;
    block->details[index].duration_ns = took_ns;
    block->details[index].mark = hpi_dispatch_mark(run->dispatch, worker->stream);
}

void hpi_stamped_end(hpi_worker *worker, hpi_block *block, hpt_status status, double value,
                     int64_t start_ns, int64_t took_ns) {
    const hpt_run *run = worker->run;
    hpt_trial     *trial = &worker->trial;
    int64_t        limit = run->plan.trial_limit_ns;
    bool is_plain = block->is_plain && status == HPT_OK && isfinite(value) && !trial->is_marked;
    if (is_plain && limit == 0) {
        uint32_t index = block->done++;
        need_details(block, index);
        block->values[index] = value;
        block->details[index] =
            (hpi_detail){ .start_ns = start_ns - run->start_ns,
                          .duration_ns = took_ns,
                          .mark = hpi_dispatch_mark(run->dispatch, worker->stream) };
    } else {
        hpt_trial_state state =
            hpi_trial_judge(trial, status, value, took_ns - trial->failed_ns, limit);
        hpi_stamped_put(worker, trial, state, value, start_ns, took_ns);
    }
}

/* False: the trial was ended without it, and is nobody's business here any more. */
static bool call(hpi_worker *worker, int64_t start_ns, hpt_status *status_out, double *value_out) {
    const hpt_run *run = worker->run;
    hpt_trial     *trial = &worker->trial;
    *value_out = NAN;
    if (!trial->phase) {
        *status_out = run->objective(trial, run->user, value_out);
        return true;
    }
    hpi_grip_begin(worker, start_ns);
    *status_out = run->objective(trial, run->user, value_out);
    return hpi_grip_end(worker);
}

/* The objective was called and has returned at these times: further attempts, and the trial's end.
 */
HPI_APART static void end_stamped(hpi_worker *worker, hpi_block *block, hpt_status status,
                                  double value, int64_t start_ns, int64_t now_ns) {
    const hpt_run *run = worker->run;
    int64_t        begun_ns = start_ns;
    hpi_process_end_fork(run->process); /* before it tries again */
    while (hpi_retry(worker, status, value, now_ns - begun_ns)) {
        begun_ns = now_ns;
        if (!call(worker, begun_ns, &status, &value)) return;
        now_ns = hpi_run_now(run);
    }
    hpi_stamped_end(worker, block, status, value, start_ns, now_ns - start_ns);
}

/* Whether times are all that there is to do. */
static bool is_only_timed(const hpt_run *run) {
    return !run->has_limits && hpi_wants(run->wants, STAMPED) &&
           !hpi_wants(run->wants, HPT_EVENT_TRIAL_STARTED);
}

/* When a trial starts: with the end of the one before it in its block, because nothing lies between
 * them and a look at the clock costs more than an empty trial. Limits are held to the letter. */
static int64_t start_of(const hpt_run *run, const hpi_block *block, uint32_t index) {
    if (index == 0 || !block->has_details || run->has_limits) return hpi_run_now(run);
    const hpi_detail *before = &block->details[index - 1];
    if (before->start_ns < 0) return hpi_run_now(run); /* it had no stamp */
    return run->start_ns + before->start_ns + before->duration_ns;
}

HPI_APART static void evaluate_stamped(hpi_worker *worker, hpi_block *block,
                                       const hpt_coord *point) {
    hpt_run   *run = worker->run;
    int64_t    start = start_of(run, block, block->done);
    double     value;
    hpt_status status;
    hpi_stamped_begin(worker, block, point, start);
    if (call(worker, start, &status, &value))
        end_stamped(worker, block, status, value, start, hpi_run_now(run));
}

/* As evaluate_plain(), with a time for each. No fact of the worker's own comes between those
 * trials: a report is a mark, and starts are looked for. */
HPI_APART static void evaluate_timed(hpi_worker *worker, hpi_block *block, uint32_t end,
                                     const hpt_coord *point) {
    const hpt_run *run = worker->run;
    hpt_trial     *trial = &worker->trial;
    int64_t        start_ns = start_of(run, block, block->done);
    const uint64_t mark = hpi_dispatch_mark(run->dispatch, worker->stream);
    need_details(block, block->done);
    hpi_trial_begin(trial, block, block->done, point);
    for (;;) {
        double     value = NAN;
        hpt_status status = run->objective(trial, run->user, &value);
        int64_t    now_ns = hpi_run_now(run), took_ns = now_ns - start_ns;
        if (status != HPT_OK || !isfinite(value) || trial->is_marked) {
            end_stamped(worker, block, status, value, start_ns, now_ns);
            return;
        }
        block->values[block->done] = value;
        block->details[block->done++] = (hpi_detail){ .start_ns = start_ns - run->start_ns,
                                                      .duration_ns = took_ns,
                                                      .mark = mark };
        if (block->done == end || is_cancelled(run) || !is_only_timed(run)) return;
        trial->head.number++;
        trial->head.point = point += run->dims;
        start_ns = now_ns;
    }
}

/* The run is stopping: what has not started does not start. */
void hpi_cancel_rest(hpi_worker *worker, hpi_block *block, uint32_t index) {
    for (; index < block->count; index++) {
        block->values[index] = NAN;
        block->states[index] = HPT_TRIAL_CANCELLED;
        if (!block->has_details) continue;
        block->details[index] =
            (hpi_detail){ .start_ns = -1,
                          .mark = hpi_dispatch_mark(worker->run->dispatch, worker->stream) };
    }
    block->done = block->count;
}

/* Points of a range are made some at a time, where feedback will look for them if it needs them. */
static const hpt_coord *points_of(const hpt_run *run, hpi_block *block, uint32_t end) {
    bool       has_rows = block->has_points || block->keeps_points;
    hpt_coord *rows = block->points + (has_rows ? (size_t)block->done * run->dims : 0);
    if (block->has_points) return rows;
    hpi_make_points(run, block->first + block->done, end - block->done, rows);
    if (block->keeps_points) block->made = end;
    return rows;
}

/* Trials from `block->done` on, until `end` or until the run stops or the notes need room: false.
 */
static bool evaluate_until(hpi_worker *worker, hpi_block *block, uint32_t end) {
    hpt_run         *run = worker->run;
    const hpt_coord *point = points_of(run, block, end);
    while (block->done < end) {
        uint32_t before = block->done;
        if (is_cancelled(run)) {
            hpi_block_mark(block);
            hpi_cancel_rest(worker, block, block->done);
            return false;
        }
        if (block->is_plain && is_only_timed(run))
            evaluate_timed(worker, block, end, point);
        else if (is_stamped(run))
            evaluate_stamped(worker, block, point);
        else
            evaluate_plain(worker, block, end, point);
        hpi_process_end_fork(run->process);
        if (worker->grip.is_lost) return false;
        point += (size_t)(block->done - before) * run->dims;
        if (block->notes_used > HPI_BLOCK_NOTE_BYTES - HPI_TRIAL_NOTE_BYTES) return false;
    }
    return true;
}

/* In some pieces, with a look at the clock after each: trials may be slower than those from which
 * the size of the block was worked out. */
static void evaluate_all(hpi_worker *worker, hpi_block *block, int64_t start_ns) {
    const hpt_run *run = worker->run;
    uint32_t       piece = block->count / HPI_BLOCK_LOOKS + 1;
    while (block->done < block->count) {
        uint32_t left = block->count - block->done;
        uint32_t end = block->done + (left < piece ? left : piece);
        if (!evaluate_until(worker, block, end)) return;
        if (end < block->count && hpi_run_now(run) - start_ns > HPI_BLOCK_NS_MAX) return;
    }
}

/* Done here, where many can do it at once, and not in the turn. */
HPI_APART static void find_best(hpi_block *block, double sign) {
    const double *values = block->values;
    uint32_t      best = 0;
    double        loss = sign * values[0];
    for (uint32_t i = 1; i < block->done; i++) {
        if (sign * values[i] >= loss) continue;
        loss = sign * values[i];
        best = i;
    }
    block->best = best;
}

void hpi_block_begin(hpi_worker *worker, hpi_block *block) {
    block->worker = worker->index;
    block->done = 0;
    block->took_ns = 0;
    block->is_plain = true;
}

void hpi_block_end(hpi_worker *worker, hpi_block *block) {
    block->best = 0;
    if (block->is_plain && block->done > 1)
        find_best(block, worker->run->plan.is_maximising ? -1 : 1);
}

hpt_status hpi_stamped_call(hpi_worker *worker, double *value_out) {
    hpt_run *run = worker->run;
    hpi_worker_enter(worker);
    worker->is_evaluating = true;
    hpt_status status = run->objective(&worker->trial, run->user, value_out);
    hpi_process_end_fork(run->process);
    worker->is_evaluating = false;
    hpi_worker_leave(worker);
    return status;
}

/* A look at the clock costs what some trials cost. While blocks take no time, one of a few is
 * measured, and stands for those between. */
void hpi_evaluate(hpi_worker *worker, hpi_block *block) {
    const hpt_run *run = worker->run;
    hpi_meter     *meter = &worker->meter;
    bool           is_timed = meter->untimed == 0 || block->count > 1;
    int64_t        start_ns = is_timed ? hpi_run_now(run) : 0;
    if (is_timed) hpi_meter_begin(meter, start_ns);
    hpi_block_begin(worker, block);
    worker->is_evaluating = true;
    evaluate_all(worker, block, start_ns);
    worker->is_evaluating = false;
    if (worker->grip.is_lost) return;
    hpi_block_end(worker, block);
    if (is_timed) {
        block->took_ns = hpi_meter_end(meter, hpi_run_now(run));
        hpi_meter_skip(meter);
    } else {
        meter->untimed--;
    }
}

void hpi_evaluate_end(hpi_worker *worker, hpi_block *block) {
    hpi_meter *meter = &worker->meter;
    int64_t    now_ns = hpi_run_now(worker->run);
    if (meter->untimed == 0 || block->count > 1) /* as above */
        block->took_ns = hpi_meter_end(meter, now_ns);
    else
        hpi_meter_idle(meter, now_ns);
}
