/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/replay.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "run/limits.h"
#include "run/prune.h"

/* A record as a worker would have left it in a block. */

static bool has_values(const hpi_replay *it, const hpi_record *record) {
    bool is_whole = record->value_count == it->run->plan.goal_count;
    for (uint32_t i = 0; is_whole && i < record->value_count; i++)
        is_whole = isfinite(record->values[i]);
    return is_whole;
}

static void write_notes(const hpi_record *record, hpi_notes *notes, bool with_values) {
    if (*record->reason) hpi_notes_set_reason(notes, record->reason);
    for (uint32_t i = 0; i < record->attr_count; i++)
        hpi_notes_set_attr(notes, record->attrs[i].name, record->attrs[i].value);
    for (uint32_t i = 0; i < record->constraint_count; i++)
        hpi_notes_set_constraint(notes, record->constraints[i].name,
                                 record->constraints[i].value.as.real);
    if (with_values) hpi_notes_set_values(notes, record->values, record->value_count);
}

/* Some of its parameters nobody knows: it cannot be evaluated, nor learnt from. */
static bool is_partial(const hpi_replay *it, const hpi_record *record) {
    for (uint32_t j = 0; record->given && j < it->run->dims; j++)
        if (!record->given[j] && hpt_space_is_active(it->run->space, j, record->point)) return true;
    return false;
}

/* Somebody else's study may have a trial that says too little, or that is complete with an infinite
 * value. */
static hpt_trial_state state_of(const hpi_replay *it, const hpi_record *record) {
    bool is_lost = record->state == HPT_TRIAL_COMPLETE && !has_values(it, record);
    return is_lost || is_partial(it, record) ? HPT_TRIAL_FAILED : record->state;
}

static void write_result(const hpi_replay *it, const hpi_record *record, hpi_block *block) {
    hpi_notes       notes = { .bytes = block->notes,
                              .room = HPI_TRIAL_NOTE_BYTES - HPI_NOTE_VALUES_BYTES };
    hpt_trial_state state = state_of(it, record);
    bool            completed = state == HPT_TRIAL_COMPLETE;
    bool            is_plain = completed && it->run->plan.goal_count == 1;
    bool            may_have = completed || state == HPT_TRIAL_INFEASIBLE;
    write_notes(record, &notes, may_have && !is_plain && has_values(it, record));
    block->values[0] = completed ? record->values[0] : NAN;
    block->states[0] = (uint8_t)state;
    block->details[0] =
        (hpi_detail){ .start_ns = -1,
                      .duration_ns = record->duration_ns,
                      .last_step = record->last_step,
                      .last_value = record->last_value,
                      .has_report = record->has_report,
                      .notes_bytes = notes.used,
                      .retry_count = (uint16_t)hpi_retry_count(record->attrs, record->attr_count) };
    block->notes_used = notes.used;
    block->has_details = true;
    block->is_plain = false;
    block->is_kept = true;
    block->worker = record->worker < it->run->plan.worker_count ? record->worker : UINT32_MAX;
    block->done = 1;
    block->took_ns = 0;
}

static bool is_same(const hpi_replay *it, const hpt_coord *a, const hpt_coord *b) {
    return memcmp(a, b, it->run->dims * sizeof *a) == 0;
}

static void note_difference(hpi_replay *it, uint64_t number) {
    if (!it->has_differed) it->differs_at = number;
    it->has_differed = true;
}

/* False: the way ends here, also for a strategy that does not listen. */
static bool differ(hpi_replay *it, uint64_t number) {
    note_difference(it, number);
    it->is_cut = true;
    return false;
}

/* What a strategy that does not listen would have proposed is of no consequence. */
static bool is_deaf(const hpi_replay *it) {
    return it->run->strategy.class->tell == NULL;
}

static bool stop(hpi_replay *it, hpt_status status, const char *why) {
    it->status = hpi_fail(it->err, status, "%s", why);
    return false;
}

static hpi_block *take_block(hpt_run *run) {
    hpi_block *block = hpi_block_take(&run->blocks);
    HPI_ASSERT(block); /* none is on its way but those of a window, and there is one more */
    return block;
}

/* Told without having been asked for: the numbers have to follow each other no more. A point of
 * which a part is made up is no news of any place: the trial counts, and the strategy hears nothing
 * of it. */
static bool teach(hpi_replay *it, const hpi_record *record) {
    hpt_run   *run = it->run;
    hpi_block *block = take_block(run);
    block->first = record->number;
    block->count = 1;
    memcpy(block->points, record->point, run->dims * sizeof *block->points);
    write_result(it, record, block);
    run->turn.asked++;
    run->turn.teaching = HPT_NUMBER_NONE;
    run->turn.is_mute = is_partial(it, record);
    hpi_feedback_one(run, block);
    run->turn.is_mute = false;
    run->turn.teaching = 0;
    it->fed++;
    return true;
}

/* Of somebody else's: before all others, or the numbers are not what the strategy was asked for. */
static bool teach_foreign(hpi_replay *it, const hpi_record *record) {
    const hpi_turn *turn = &it->run->turn;
    if (it->way == HPI_WAY_TAUGHT) return teach(it, record);
    bool is_next = record->number == turn->asked && turn->asked == turn->told;
    if (is_next) return teach(it, record);
    it->by_others = !it->has_differed;
    return differ(it, record->number);
}

/* By the window. Blocks of one trial are on their way; none of them is in the queue, where asking
 * puts them. */

static void empty_queue(hpt_run *run) {
    while (hpi_queue_pop_mc(run->queue))
        continue;
}

static hpi_block *in_window(const hpt_run *run, uint64_t number) {
    const hpi_turn *turn = &run->turn;
    if (number < turn->told || number >= turn->asked) return NULL;
    hpi_block *block = turn->window[number % run->plan.options.window];
    return block->back == 0 ? block : NULL;
}

static bool end_in_window(hpi_replay *it, const hpi_record *record) {
    hpt_run *run = it->run;
    hpi_ask_window(run);
    empty_queue(run);
    hpi_block *block = in_window(run, record->number);
    if (!block && run->turn.stop != HPT_STOP_NONE && record->number >= run->turn.asked) {
        it->is_beyond = true;
        return false;
    }
    if (!block) return differ(it, record->number);
    if (!is_same(it, block->points, record->point)) {
        note_difference(it, record->number);
        if (!is_deaf(it)) return false;
        memcpy(block->points, record->point, run->dims * sizeof *block->points);
    }
    write_result(it, record, block);
    hpi_feedback_now(run, block);
    empty_queue(run);
    it->fed++;
    return true;
}

/* By the counts. What was asked for and has not ended yet is owed. */

static bool ask_until(hpi_replay *it, uint64_t target) {
    hpt_run  *run = it->run;
    hpi_turn *turn = &run->turn;
    bool      has_room = true;
    if (target > turn->asked && turn->stop != HPT_STOP_NONE) {
        it->is_beyond = true;
        return false;
    }
    if (run->is_pure) {
        if (target > turn->asked_max) it->is_beyond = true;
        if (target > turn->asked) turn->asked = target;
        if (turn->asked == turn->asked_max) hpi_stop_at_last(run);
        return !it->is_beyond;
    }
    while (turn->asked < target && has_room) {
        uint64_t number = turn->asked;
        if (turn->stop == HPT_STOP_TRIALS || turn->stop == HPT_STOP_EXHAUSTED) {
            it->is_beyond = true;
            return false;
        }
        hpi_block *block = take_block(run);
        if (hpi_ask_one(run, block))
            has_room = hpi_owed_add(&run->keep->owed, number, block->points, run->dims);
        hpi_block_give(&run->blocks, block);
        if (turn->asked == number) return differ(it, number);
    }
    return has_room || stop(it, HPT_ENOMEM, "out of memory for trials of the study");
}

/* The point of a trial that was asked for, or NULL. */
static const hpt_coord *asked_point(hpi_replay *it, uint64_t number, hpt_coord *room) {
    hpt_run *run = it->run;
    if (run->is_pure) {
        hpi_make_points(run, number, 1, room);
        return room;
    }
    return hpi_owed_point(&run->keep->owed, number, run->dims);
}

static bool end_by_count(hpi_replay *it, const hpi_record *record) {
    hpt_run *run = it->run;
    uint64_t target = record->number + 1;
    uint64_t asked = record->asked + it->run->head_first; /* others' numbers come before */
    if (record->asked <= it->number_next && asked > target) target = asked;
    if (!ask_until(it, target)) return false;
    hpi_block       *block = take_block(run);
    const hpt_coord *point = asked_point(it, record->number, block->points);
    bool             is_known = point && is_same(it, point, record->point);
    if (!is_known) note_difference(it, record->number);
    if (!is_known && !is_deaf(it)) {
        hpi_block_give(&run->blocks, block);
        return false;
    }
    block->first = record->number;
    block->count = 1;
    memcpy(block->points, record->point, run->dims * sizeof *block->points);
    write_result(it, record, block);
    hpi_owed_remove(&run->keep->owed, record->number, run->dims);
    hpi_feedback_one(run, block);
    it->fed++;
    return true;
}

/* Its reports, for the pruner. */

typedef struct reported {
    hpt_run *run;
    uint64_t number;
} reported;

static void report_one(void *user, int64_t step, const double *values) {
    const reported *it = user;
    hpi_prune_told(it->run, it->number, step, values);
}

static bool report_all(hpi_replay *it, const hpi_record *record) {
    reported   trial = { it->run, record->number };
    hpi_store *store = it->run->keep->store;
    it->status = hpi_store_reports(store, record->id, report_one, &trial, it->err);
    return it->status == HPT_OK;
}

bool hpi_replay_end(void *replay, const hpi_record *record) {
    hpi_replay *it = replay;
    bool        is_told = it->has_reports && it->run->prune && record->has_report;
    if (is_told && !report_all(it, record)) return false;
    if (record->order == HPI_UNKNOWN) return teach_foreign(it, record);
    switch (it->way) {
    case HPI_WAY_WINDOW:
        return end_in_window(it, record);
    case HPI_WAY_COUNTS:
        return end_by_count(it, record);
    case HPI_WAY_TAUGHT:
        break;
    }
    return teach(it, record);
}

/* What has not ended. */

/* The point that the trial will be evaluated at. */
static hpt_coord *open_point(const hpi_replay *it, uint64_t number) {
    const hpt_run *run = it->run;
    if (it->way != HPI_WAY_WINDOW) return hpi_owed_point(&run->keep->owed, number, run->dims);
    hpi_block *block = in_window(run, number);
    return block ? block->points : NULL;
}

bool hpi_replay_open(void *replay, const hpi_record *record) {
    hpi_replay *it = replay;
    hpt_run    *run = it->run;
    if (record->asked == HPI_UNKNOWN) { /* somebody else may be at it */
        hpi_owed_remove(&run->keep->owed, record->number, run->dims);
        return true;
    }
    hpt_coord *point = open_point(it, record->number);
    if (is_partial(it, record)) return true;
    if (point && !is_same(it, point, record->point)) {
        note_difference(it, record->number);
        if (!is_deaf(it)) return false;
        memcpy(point, record->point, run->dims * sizeof *point);
    }
    if (point) return true;
    if (it->way == HPI_WAY_WINDOW) return differ(it, record->number);
    return hpi_owed_add(&run->keep->owed, record->number, record->point, run->dims) ||
           stop(it, HPT_ENOMEM, "out of memory for trials of the study");
}

void hpi_replay_asks(hpi_replay *it) {
    hpt_run *run = it->run;
    if (it->way == HPI_WAY_WINDOW) {
        hpi_ask_window(run);
        empty_queue(run);
        if (run->turn.asked < it->number_next) {
            if (run->turn.stop != HPT_STOP_NONE)
                it->is_beyond = true;
            else
                differ(it, run->turn.asked);
        }
    } else if (it->way == HPI_WAY_COUNTS) {
        ask_until(it, it->number_next);
    } else if (run->turn.asked < it->number_next) {
        run->turn.asked = it->number_next;
    }
}
