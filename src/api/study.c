/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt/study.h: a run whose workers are its callers. One lock stands for the turn. */
#include "hpt/study.h"

#include <math.h>
#include <string.h>

#include "api/replay.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "run/limits.h"
#include "run/result.h"
#include "run/run.h"

/* A trial in its caller's hands. */
typedef struct seat {
    hpt_trial    trial; /* first: the caller's pointer is to it */
    hpi_block   *block; /* NULL: free                           */
    hpi_caps     caps;  /* with a window                        */
    int64_t      start_ns;
    struct seat *next; /* free ones, the one that is free longest first */
} seat;

/* More seats than can be taken: a trial that is told twice, which is a mistake of the caller's, is
 * recognised as long as nobody else sits where it sat. */
enum { SPARE_SEATS = HPI_STUDY_IN_FLIGHT };

struct hpt_study {
    hpt_run *run;
    hpi_lock lock;
    seat    *seats, *free, *free_last;
    uint32_t seat_count;
    bool     is_finished; /* by hpt_study_finish() */
};

static void free_seat(hpt_study *study, seat *it) {
    it->block = NULL;
    it->next = NULL;
    if (study->free)
        study->free_last->next = it;
    else
        study->free = it;
    study->free_last = it;
}

static hpt_status open_seats(hpt_study *study, hpt_err *err) {
    study->seat_count = study->run->blocks.count + SPARE_SEATS;
    study->seats = hpi_alloc(study->seat_count, sizeof *study->seats);
    if (!study->seats) return hpi_fail(err, HPT_ENOMEM, "out of memory for the study");
    for (uint32_t i = 0; i < study->seat_count; i++)
        free_seat(study, &study->seats[i]);
    return HPT_OK;
}

hpt_status hpt_study_create(const hpt_space *space, const hpt_options *options,
                            hpt_study **study_out, hpt_err *err) {
    if (!study_out) return hpi_fail(err, HPT_EINVAL, "study_out is NULL");
    if (hpi_replay_is_asked(options))
        return hpi_fail(err, HPT_EINVAL,
                        "HPT_REPLAY is set, and hpt cannot run a trial of this study again: its "
                        "program asks and tells by itself");
    hpt_study *study = hpi_alloc(1, sizeof *study);
    if (!study) return hpi_fail(err, HPT_ENOMEM, "out of memory for the study");
    hpt_status status = hpi_lock_init(&study->lock, err);
    if (status != HPT_OK) goto no_lock;
    if ((status = hpi_run_open(space, NULL, NULL, options, &study->run, err)) != HPT_OK)
        goto no_run;
    if ((status = open_seats(study, err)) != HPT_OK) goto no_seats;
    if ((status = hpi_run_watch(study->run, options, err)) != HPT_OK) goto not_watched;
    atomic_store_explicit(&study->run->started, 1, memory_order_relaxed);
    *study_out = study;
    return HPT_OK;

not_watched:
    hpi_free(study->seats);
no_seats:
    hpi_run_refuse(study->run);
no_run:
    hpi_lock_fini(&study->lock);
no_lock:
    hpi_free(study);
    return status;
}

/* With a window candidates are asked for ahead, and an earlier run of the study may have left some;
 * those that nobody took end as CANCELLED. Holding the lock. */
static void cancel_queued(hpt_run *run) {
    hpi_block *block;
    while ((block = hpi_queue_pop_mc(run->queue)) || (block = hpi_owed_take(run, 1))) {
        hpi_cancel_rest(&run->workers[0], block, 0);
        hpi_feedback(run, block);
    }
}

/* Limits that time or a cancel reach, and the end. Holding the lock. */
static void settle(hpt_study *study) {
    hpt_run *run = study->run;
    if (run->keep) hpi_hold_pass(run);
    hpi_budget_now(run);
    if (hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE) cancel_queued(run);
    if (!hpi_is_done(run))
        hpi_stats_publish(run);
    else if (!atomic_load_explicit(&run->is_finished, memory_order_relaxed))
        hpi_finish(run);
}

static hpi_block *next_block(hpt_run *run) {
    if (run->plan.options.window == 0) return hpi_ask_block(run);
    hpi_ask_window(run);
    hpi_publish_filling(run);
    return hpi_queue_pop_mc(run->queue);
}

static bool may_wait_for_others(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    return run->keep && run->keep->is_shared && turn->stop == HPT_STOP_NONE && !turn->is_waiting &&
           run->blocks.free;
}

/* A number of a study that is shared has to come from the file first, if there is one. Holding the
 * lock, which others get meanwhile. */
static hpi_block *await_block(hpt_study *study) {
    hpt_run   *run = study->run;
    hpi_block *block = next_block(run);
    if (block || !may_wait_for_others(run)) return block;
    uint64_t question = hpi_share_ask(run);
    hpi_lock_give(&study->lock);
    hpi_share_wait(run, question);
    hpi_lock_take(&study->lock);
    settle(study);
    return study->is_finished ? NULL : next_block(run);
}

static void tell_report(hpt_trial *trial, const double *values, uint32_t count) {
    hpt_study *study = trial->reporter;
    seat      *mine = (seat *)(void *)trial;
    hpi_fact   fact = { .kind = HPT_EVENT_TRIAL_REPORTED,
                        .trial = trial->head.number,
                        .time_ns = hpi_run_now(study->run) - study->run->start_ns,
                        .step = trial->last_step,
                        .value = trial->last_value };
    hpi_lock_take(&study->lock); /* all seats share the one worker's stream */
    if (mine->block) {           /* else hpt_study_finish() has cancelled it meanwhile */
        fact.after = mine->block->mark;
        hpi_show_report(study->run, 1, &fact, values, count);
    }
    hpi_lock_give(&study->lock);
}

static void seat_trial(hpt_study *study, hpi_block *block, hpt_trial **trial_out) {
    hpt_run *run = study->run;
    seat    *mine = study->free;
    study->free = mine->next;
    mine->block = block;
    mine->start_ns = hpi_run_now(run);
    hpi_trial_seat(&run->workers[0], &mine->trial);
    hpi_trial_begin(&mine->trial, block, 0, hpi_point_of(run, block, 0));
    mine->trial.run = NULL;
    mine->trial.report = tell_report;
    mine->trial.reporter = study;
    mine->trial.start_ns = mine->start_ns;
    if (run->cap_values) mine->trial.caps = &mine->caps;
    if (run->cap_values) hpi_cap_begin(&run->workers[0], &mine->trial, &mine->caps);
    int64_t limit = run->plan.trial_limit_ns;
    if (limit > 0) mine->trial.deadline_ns = hpi_later_ns(mine->start_ns, limit);
    if (hpi_dispatch_wants(run->dispatch, HPT_EVENT_TRIAL_STARTED)) {
        hpi_fact fact = { .kind = HPT_EVENT_TRIAL_STARTED,
                          .trial = block->first,
                          .after = block->mark,
                          .time_ns = mine->start_ns - run->start_ns };
        hpi_dispatch_push(run->dispatch, 1, &fact);
    }
    *trial_out = &mine->trial;
}

/* Why there is no trial: a limit, or others have to end first. */
static hpt_status no_trial(const hpt_run *run, hpt_err *err) {
    const hpi_turn *turn = &run->turn;
    if (turn->stop == HPT_STOP_STRATEGY)
        return hpi_fail(err, turn->stop_err.code, "strategy \"%s\": %s", run->strategy.class->name,
                        turn->stop_err.text);
    if (turn->stop != HPT_STOP_NONE)
        return hpi_fail(err, HPT_EDONE, "%s", hpt_stop_text(turn->stop));
    if (may_wait_for_others(run))
        return hpi_fail(
            err, HPT_EAGAIN,
            "others who share the study have all trials that are left: ask again later");
    if (turn->is_waiting)
        return hpi_fail(err, HPT_EAGAIN, "strategy \"%s\" waits for results: tell one first",
                        run->strategy.class->name);
    return hpi_fail(err, HPT_EAGAIN,
                    "%llu trials are in flight, no more are allowed: tell one first",
                    (unsigned long long)(turn->asked - turn->told));
}

/* Every call may push facts, and so wait for an observer: which must not be the caller. */
static hpt_status check_caller(const hpt_study *study, hpt_err *err) {
    if (!study) return hpi_fail(err, HPT_EINVAL, "study is NULL");
    if (hpi_is_forked(study->run))
        return hpi_fail(err, HPT_EFORKED,
                        "the study belongs to another process, of which this one is a fork");
    if (hpi_dispatch_is_own_thread(study->run->dispatch))
        return hpi_fail(err, HPT_EREENTRANT, "an observer cannot use the study that it observes");
    return HPT_OK;
}

/* Holding the lock. */
static void end_trial(hpt_study *study, seat *mine, hpt_trial_state state, double value) {
    hpt_run   *run = study->run;
    hpi_block *block = mine->block;
    int64_t    now_ns = hpi_run_now(run), took = now_ns - mine->start_ns;
    hpi_glance_at_observers(run, now_ns);
    block->has_details = true;
    hpi_trial_end(&mine->trial, block, 0, state, value);
    block->details[0].start_ns = mine->start_ns - run->start_ns;
    block->details[0].duration_ns = took;
    block->details[0].mark = hpi_dispatch_mark(run->dispatch, 1);
    block->done = 1;
    block->worker = 0;
    block->took_ns = 0; /* blocks of one: nothing to learn */
    free_seat(study, mine);
    hpi_feedback(run, block);
}

/* What breaks a constraint is told at once, and nobody sees it; but a strategy that knows nothing
 * of constraints must not keep the caller for ever. Holding the lock. */
static hpt_status seat_valid_trial(hpt_study *study, hpi_block *block, hpt_trial **trial_out,
                                   hpt_err *err) {
    hpt_run *run = study->run;
    for (int refused = 1; block; refused++) {
        hpt_trial *trial;
        seat_trial(study, block, &trial);
        if (hpi_guard_permits(run, trial)) {
            *trial_out = trial;
            return HPT_OK;
        }
        end_trial(study, (seat *)(void *)trial, HPT_TRIAL_INFEASIBLE, NAN);
        hpi_hold_settle(run);
        settle(study);
        if (refused == HPI_STUDY_REFUSALS)
            return hpi_fail(err, HPT_EAGAIN,
                            "strategy \"%s\" gave %d candidates in a row that break constraints",
                            run->strategy.class->name, HPI_STUDY_REFUSALS);
        block = await_block(study);
    }
    return no_trial(run, err);
}

hpt_status hpt_study_ask(hpt_study *study, hpt_trial **trial_out, hpt_err *err) {
    hpt_status status = check_caller(study, err);
    if (status != HPT_OK) return status;
    if (!trial_out) return hpi_fail(err, HPT_EINVAL, "trial_out is NULL");
    hpi_lock_take(&study->lock);
    hpt_run *run = study->run;
    if (run->turn.asked_max == 0) hpi_stop(run, HPT_STOP_EXHAUSTED);
    settle(study);
    hpi_block *block = study->is_finished ? NULL : await_block(study);
    status = block ? seat_valid_trial(study, block, trial_out, err) : no_trial(run, err);
    settle(study);
    hpi_lock_give(&study->lock);
    return status;
}

/* Holding the lock, which others get while this one waits until what it has told is on the disk, if
 * that is what is asked for. Whoever comes first then tells the strategy of all that is there. */
static void wait_kept(hpt_study *study) {
    uint64_t mark = hpi_hold_mark(study->run);
    if (mark == 0) return;
    hpi_lock_give(&study->lock);
    hpi_hold_wait(study->run, mark);
    hpi_lock_take(&study->lock);
    hpi_hold_pass(study->run);
}

/* The seat of a trial that is in flight; NULL for any other pointer. */
static seat *seat_of(hpt_study *study, const hpt_trial *trial) {
    uintptr_t offset = (uintptr_t)trial - (uintptr_t)study->seats;
    uintptr_t index = offset / sizeof(seat);
    if (offset % sizeof(seat) != 0 || index >= study->seat_count) return NULL;
    return study->seats[index].block ? &study->seats[index] : NULL;
}

static hpt_status not_in_flight(hpt_err *err) {
    return hpi_fail(err, HPT_EINVAL,
                    "the trial is not in flight: told already, or of another study");
}

/* What the pruner said is advice here: what the caller makes of the trial counts. */
static void overrule(hpt_trial *trial) {
    if (trial->was_pruned) hpi_notes_set_reason(&trial->notes, "");
    trial->was_pruned = trial->was_capped = trial->was_stopped = false;
}

/* A value told is a value meant: a caller who asked hpt_trial_should_stop() and tells anyway knows.
 * Holding the lock. */
static void tell_values(hpt_study *study, seat *mine, const double *values) {
    const hpi_plan *plan = &study->run->plan;
    hpt_trial      *trial = &mine->trial;
    int64_t         took_ns = hpi_run_now(study->run) - mine->start_ns;
    hpt_status      status = HPT_OK;
    overrule(trial);
    if (plan->goal_count > 1) status = hpi_goals_take(plan, trial, values);
    hpt_trial_state state =
        hpi_trial_judge(trial, status, values[0], took_ns, plan->trial_limit_ns);
    end_trial(study, mine, state, values[0]);
    wait_kept(study);
    settle(study);
}

hpt_status hpt_study_tell_values(hpt_study *study, hpt_trial *trial, const double *values,
                                 size_t count, hpt_err *err) {
    hpt_status status = check_caller(study, err);
    if (status != HPT_OK) return status;
    uint32_t goal_count = study->run->plan.goal_count;
    if (!values) return hpi_fail(err, HPT_EINVAL, "values is NULL");
    if (count != goal_count)
        return hpi_fail(err, HPT_EINVAL, "%zu value%s for %u goal%s", count, count == 1 ? "" : "s",
                        (unsigned)goal_count, goal_count == 1 ? "" : "s");
    hpi_lock_take(&study->lock);
    seat *mine = seat_of(study, trial);
    if (mine) tell_values(study, mine, values);
    hpi_lock_give(&study->lock);
    return mine ? HPT_OK : not_in_flight(err);
}

hpt_status hpt_study_tell(hpt_study *study, hpt_trial *trial, double value, hpt_err *err) {
    return hpt_study_tell_values(study, trial, &value, 1, err);
}

static void keep_reason(hpt_trial *trial, const char *reason) {
    char text[HPI_REASON_BYTES];
    if (reason) hpi_notes_set_reason(&trial->notes, hpi_quote(text, sizeof text, reason));
}

hpt_status hpt_study_tell_state(hpt_study *study, hpt_trial *trial, hpt_trial_state state,
                                const char *reason, hpt_err *err) {
    hpt_status status = check_caller(study, err);
    if (status != HPT_OK) return status;
    if ((unsigned)state >= HPT_TRIAL_STATE_COUNT || state == HPT_TRIAL_RUNNING ||
        state == HPT_TRIAL_COMPLETE)
        return hpi_fail(err, HPT_EINVAL, "state %d (%s) is not one to tell without a value",
                        (int)state, hpt_trial_state_text(state));
    hpi_lock_take(&study->lock);
    seat *mine = seat_of(study, trial);
    if (mine) {
        if (state != HPT_TRIAL_PRUNED) overrule(&mine->trial);
        if (mine->trial.was_capped) hpi_trial_say_capped(&mine->trial);
        keep_reason(trial, reason);
        end_trial(study, mine, state, NAN);
        wait_kept(study);
        settle(study);
    }
    hpi_lock_give(&study->lock);
    return mine ? HPT_OK : not_in_flight(err);
}

hpt_run *hpt_study_run(hpt_study *study) {
    return study ? study->run : NULL;
}

/* What is in flight, with callers or in the queue, ends as CANCELLED. Holding the lock. */
static void cancel_all(hpt_study *study) {
    hpt_run *run = study->run;
    if (!hpi_is_done(run)) hpi_stop(run, HPT_STOP_CLOSED);
    cancel_queued(run);
    for (uint32_t i = 0; i < study->seat_count; i++)
        if (study->seats[i].block) end_trial(study, &study->seats[i], HPT_TRIAL_CANCELLED, NAN);
    hpi_hold_settle(run);
    cancel_queued(run); /* for which there was no room before */
}

static void finish(hpt_study *study) {
    hpi_lock_take(&study->lock);
    if (!study->is_finished) cancel_all(study);
    study->is_finished = true;
    settle(study);
    hpi_lock_give(&study->lock);
    hpi_lock_take(&study->run->over);
    while (!study->run->is_over) {
        int64_t look_ns = hpi_mind_observers(study->run);
        if (!study->run->is_over) hpi_lock_wait_until(&study->run->over, look_ns);
    }
    hpi_lock_give(&study->run->over);
}

hpt_status hpt_study_finish(hpt_study *study, hpt_result **result_out, hpt_err *err) {
    hpt_status status = check_caller(study, err);
    if (status != HPT_OK) return status;
    if (!result_out) return hpi_fail(err, HPT_EINVAL, "result_out is NULL");
    hpt_result *result = NULL;
    status = hpi_result_reserve(study->run, &result, err);
    if (status != HPT_OK) return status;
    finish(study);
    hpi_result_fill(result, study->run);
    *result_out = result;
    return HPT_OK;
}

void hpt_study_destroy(hpt_study *study) {
    if (check_caller(study, NULL) != HPT_OK) return;
    finish(study);
    hpi_free(study->seats);
    hpi_run_close(study->run);
    hpi_lock_fini(&study->lock);
    hpi_free(study);
}
