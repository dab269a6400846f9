/* SPDX-License-Identifier: BSD-3-Clause */
/* Going on where a study ends. The strategy is asked and told again what it was asked and told, by
 * the very code that did it (replay.c), so that it knows what it knew. When it does something else
 * than it did (other CPU, other hpt, other limits), a new one is told the results as known ones. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "run/prune.h"
#include "run/replay.h"

/* What limits the run beside its budget. Strategies know no difference between the policies
 * HPT_FAILURE_STOP and _FEASIBILITY. */
hpt_options hpi_without_limits(const hpt_options *limited) {
    hpt_options  o = *limited;
    hpt_failure *causes[] = { &o.on_failed, &o.on_timeout, &o.on_crashed };
    o.target = NAN;
    o.stale_count_max = o.fruitless_count_max = 0;
    o.failure_count_max = o.failure_in_row_max = 0;
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (causes[i]->policy == HPT_FAILURE_STOP) causes[i]->policy = HPT_FAILURE_FEASIBILITY;
    return o;
}

/* The order of asks says nothing where others have asked too, or the ranges were others. */
static hpi_way first_way(const hpt_run *run, const hpi_store_found *found) {
    bool has_others = found->foreign_open_count > 0;
    bool is_lost = found->is_widened || found->was_shared || has_others;
    if (is_lost && run->strategy.class->tell) return HPI_WAY_TAUGHT;
    bool has_window = run->plan.options.window > 0 && !has_others;
    return has_window && found->is_same_window ? HPI_WAY_WINDOW : HPI_WAY_COUNTS;
}

static hpi_block *at_number(const hpt_run *run, uint64_t number) {
    return run->turn.window[number % run->plan.options.window];
}

static void empty_window(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    for (uint64_t i = turn->told; i < turn->asked; i++)
        hpi_block_give(&run->blocks, at_number(run, i));
    if (turn->filling) hpi_block_give(&run->blocks, turn->filling);
    turn->filling = NULL;
}

/* Back to before the first trial. */
static void rewind_turn(hpt_run *run, hpi_way way) {
    hpi_turn *turn = &run->turn;
    if (way == HPI_WAY_WINDOW) empty_window(run);
    turn->asked = turn->told = 0;
    memset(turn->state_count, 0, sizeof turn->state_count);
    turn->stale_count = turn->fruitless_count = turn->valued_count = 0;
    turn->has_best = false;
    turn->best_notes_bytes = 0;
    turn->stop = turn->cut_by = HPT_STOP_NONE;
    turn->stop_err = (hpt_err){ 0 };
    turn->is_waiting = false;
    turn->keep_below = UINT64_MAX;
    *turn->first_reason = '\0';
    hpi_failure_begin(run);
    if (turn->front) hpi_front_clear(turn->front);
    hpi_owed_cut(&run->keep->owed, 0);
    /* Nobody has seen them yet. */
    hpi_cancels_init(&run->cancels, run->cancels.users, run->cancels.drain_ns);
    hpi_caps_init(&run->caps);
}

static bool goes_on(const hpi_replay *it, hpt_status status) {
    bool is_astray = it->has_differed && (it->is_cut || it->run->strategy.class->tell);
    return status == HPT_OK && it->status == HPT_OK && !it->is_beyond && !is_astray;
}

static hpt_status go(hpi_replay *it, hpt_err *err) {
    hpi_store *store = it->run->keep->store;
    hpt_status status = hpi_store_replay(store, hpi_replay_end, it, err);
    if (goes_on(it, status)) hpi_replay_asks(it);
    if (goes_on(it, status)) status = hpi_store_open_trials(store, hpi_replay_open, it, err);
    return status == HPT_OK ? it->status : status;
}

/* One way through all of it. Without the limits: they are held against the whole afterwards. */
static hpt_status go_without_limits(hpi_replay *it, hpt_err *err) {
    hpt_run          *run = it->run;
    uint64_t          asked_max = run->turn.asked_max;
    const hpt_options kept = run->plan.options;
    hpt_status        status;
    run->plan.options = hpi_without_limits(&kept);
    run->turn.asked_max = UINT64_MAX;
    status = go(it, err);
    run->turn.asked_max = asked_max;
    run->plan.options = kept;
    return status;
}

/* The strategy plans by the budget that the study was begun with: it would not be the same with
 * another one. What it has not asked for tells it nothing of plans. */
static hpt_status renew_strategy(hpt_run *run, hpi_way way, hpt_err *err) {
    const hpi_store_found *found = hpi_store_found_of(run->keep->store);
    run->setup.trial_count_max =
        way == HPI_WAY_TAUGHT ? run->plan.options.trial_count_max : found->trial_count_max;
    return hpi_run_reopen_strategy(run, err);
}

/* At most once more because of the limits, and once more because it differs. */
static hpt_status find_way(hpt_run *run, hpi_replay *found_out, bool *is_judged_out, hpt_err *err) {
    const hpi_store_found *found = hpi_store_found_of(run->keep->store);
    hpi_way                way = first_way(run, found), before = HPI_WAY_TAUGHT;
    hpi_replay             first = { .differs_at = UINT64_MAX };
    bool                   has_limits = way != HPI_WAY_TAUGHT;
    for (bool is_again = found->trial_count_max != run->plan.options.trial_count_max;;
         is_again = true) {
        hpi_replay it = { .run = run,
                          .way = way,
                          .err = err,
                          .number_next = found->number_next,
                          .has_reports = true };
        hpt_status status = is_again ? hpi_prune_reopen(run, err) : HPT_OK;
        if (status == HPT_OK && is_again) status = renew_strategy(run, way, err);
        if (status != HPT_OK) return status;
        rewind_turn(run, before);
        before = way;
        hpi_run_set_first(run, found->foreign_count);
        status = has_limits ? go(&it, err) : go_without_limits(&it, err);
        if (status != HPT_OK) return status;
        if (it.has_differed && !first.has_differed) first = it;
        if (goes_on(&it, status) || way == HPI_WAY_TAUGHT) {
            it.has_differed = first.has_differed;
            it.differs_at = first.differs_at;
            it.by_others = first.by_others;
            *found_out = it;
            *is_judged_out = has_limits;
            return HPT_OK;
        }
        bool was_beyond = it.is_beyond && has_limits;
        if (!was_beyond) way = HPI_WAY_TAUGHT;
        has_limits = false;
    }
}

/* What follows from it. */

/* Numbers that were given out and of which the file has nothing that could be evaluated. */
static void count_missing(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    uint64_t  known = turn->told + run->keep->owed.count;
    if (turn->asked <= known) return;
    turn->state_count[HPT_TRIAL_CANCELLED] += turn->asked - known;
    turn->told += turn->asked - known;
}

/* Ends that were written and count for nothing, as they lie behind the one that stopped the run: it
 * died before it said so (sync = each). They wait among the owed ones for the file to be told. */
static bool take_discarded(void *user, const hpi_record *record) {
    hpt_run *run = user;
    if (record->order == HPI_UNKNOWN || record->number < run->turn.keep_below) return true;
    return hpi_owed_add(&run->keep->owed, record->number, record->point, run->dims);
}

static hpt_status find_discarded(hpt_run *run, hpt_err *err) {
    if (run->turn.state_count[HPT_TRIAL_CANCELLED] == 0) return HPT_OK;
    hpt_status status = hpi_store_replay(run->keep->store, take_discarded, run, err);
    run->keep->owed.next = run->keep->owed.count;
    return status;
}

static void show_discarded(hpt_run *run) {
    hpi_owed *owed = &run->keep->owed;
    for (size_t i = 0; i < owed->count; i++) {
        hpi_fact fact = { .kind = HPT_EVENT_TRIAL_ENDED,
                          .state = HPT_TRIAL_CANCELLED,
                          .worker = UINT32_MAX,
                          .trial = owed->numbers[i],
                          .time_ns = hpi_run_now(run) - run->start_ns,
                          .start_ns = -1,
                          .value = NAN,
                          .point = owed->points + i * run->dims };
        hpi_dispatch_push_to(run->dispatch, HPI_LANES_STORE, 0, &fact);
        run->keep->shown++;
    }
    hpi_owed_cut(owed, 0);
}

/* Beyond the budget nothing is evaluated, whatever was asked for once. */
static void cut_window(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    uint64_t  end = turn->told > turn->asked_max ? turn->told : turn->asked_max;
    for (; turn->asked > end; turn->asked--)
        hpi_block_give(&run->blocks, at_number(run, turn->asked - 1));
}

static void cut_owed(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    hpi_owed *owed = &run->keep->owed;
    uint64_t  left = turn->asked_max > turn->told ? turn->asked_max - turn->told : 0;
    if (owed->count > left) {
        turn->asked -= owed->count - left;
        owed->count = (size_t)left;
    }
    turn->in_flight_max = owed->count > 0 ? 0 : turn->in_flight_max;
    if (turn->window) turn->window_from = turn->asked;
}

static void judge(hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    if (turn->told > 0) hpi_budget_judge(run, turn->told - 1, turn->has_best);
}

static void warn(hpt_run *run, const hpi_replay *it) {
    hpi_keep              *keep = run->keep;
    const hpi_store_found *found = hpi_store_found_of(keep->store);
    const char            *name = run->strategy.class->name;
    bool is_loose = run->plan.options.window == 0 && run->plan.options.sync == HPT_SYNC_EACH;
    if (it->by_others && !run->strategy.class->tell) return; /* it does not matter to it */
    if (it->by_others)
        hpi_keep_warn(keep,
                      "another program has added trials to the study, the first of them trial "
                      "%llu: strategy \"%s\" was told the %llu results as known ones and begins "
                      "anew with them",
                      (unsigned long long)it->differs_at, name, (unsigned long long)it->fed);
    else if (it->has_differed && !run->strategy.class->tell)
        hpi_keep_warn(keep,
                      "the study's trial %llu is not what strategy \"%s\" proposes here: another "
                      "version of hpt or of the C library may have made it",
                      (unsigned long long)it->differs_at, name);
    else if (it->has_differed && !is_loose)
        hpi_keep_warn(keep,
                      "strategy \"%s\" would not have done here what it did in the study, first at "
                      "trial %llu: it was told the %llu results as known ones and begins anew "
                      "with them",
                      name, (unsigned long long)it->differs_at, (unsigned long long)it->fed);
    else if (it->way == HPI_WAY_TAUGHT && found->is_widened)
        hpi_keep_warn(keep,
                      "ranges are wider than in the study: strategy \"%s\" was told its %llu "
                      "results as known ones and begins anew with them",
                      name, (unsigned long long)it->fed);
    else if (it->way == HPI_WAY_TAUGHT && found->foreign_open_count > 0 && it->fed > 0)
        hpi_keep_warn(keep,
                      "another program has %llu trial%s in the study that have not ended: strategy "
                      "\"%s\" was told the %llu results as known ones and begins anew with them",
                      (unsigned long long)found->foreign_open_count,
                      found->foreign_open_count == 1 ? "" : "s", name, (unsigned long long)it->fed);
}

hpt_status hpi_resume(hpt_run *run, hpt_err *err) {
    const hpi_store_found *found = hpi_store_found_of(run->keep->store);
    hpi_turn              *turn = &run->turn;
    hpi_replay             it = { .run = run };
    bool                   is_judged = true;
    run->keep->number_known = found->number_next;
    run->keep->is_in_time = run->plan.options.window > 0;
    bool is_planned = found->trial_count_max == run->plan.options.trial_count_max;
    if (found->number_next == 0)
        return is_planned ? HPT_OK : renew_strategy(run, HPI_WAY_COUNTS, err);
    hpt_status status = find_way(run, &it, &is_judged, err);
    if (status != HPT_OK) return status;
    run->keep->is_in_time = it.way == HPI_WAY_WINDOW;
    if (!run->keep->is_in_time) count_missing(run);
    if (!is_judged) judge(run);
    if (run->keep->is_in_time) {
        cut_window(run);
        status = find_discarded(run, err);
    } else {
        cut_owed(run);
    }
    if (turn->stop == HPT_STOP_NONE && turn->asked >= turn->asked_max) hpi_stop_at_last(run);
    warn(run, &it);
    turn->queued = turn->drained = 0;
    turn->queue_depth_max = 0;
    hpi_stats_publish(run);
    return status;
}

/* The beginning of the run. */

static void fail(hpt_run *run, hpi_block *block) {
    hpi_notes notes = { .bytes = block->notes,
                        .room = HPI_TRIAL_NOTE_BYTES - HPI_NOTE_VALUES_BYTES };
    hpi_notes_set_reason(&notes, "interrupted: an earlier run of the study ended before it did");
    block->values[0] = NAN;
    block->states[0] = HPT_TRIAL_FAILED;
    block->details[0] = (hpi_detail){ .start_ns = -1, .notes_bytes = notes.used };
    block->notes_used = notes.used;
    block->has_details = true;
    block->worker = UINT32_MAX;
    block->done = 1;
    hpi_feedback(run, block);
}

static void fail_owed(hpt_run *run) {
    while (hpi_owes(run->keep)) {
        if (!run->blocks.free) hpi_hold_settle(run);
        fail(run, hpi_owed_take(run, 1));
    }
}

static bool has_ended(const hpi_block *block) {
    return block->back > 0;
}

/* Trials that are in flight, in their order. Those that ended ahead of others wait for these. */
static void begin_window(hpt_run *run, bool is_failing) {
    const hpi_turn *turn = &run->turn;
    uint64_t        known = run->keep->number_known, end = turn->asked;
    show_discarded(run);
    for (uint64_t i = turn->told; i < end; i++) {
        hpi_block *block = at_number(run, i);
        hpi_show_created(run, i < known ? HPI_LANES_WATCHING : HPI_LANES_ALL, i, block->points);
        block->mark = hpi_dispatch_mark(run->dispatch, 0);
        if (!has_ended(block) && !(is_failing && i < known)) hpi_queue_block(run, block);
    }
    for (uint64_t i = turn->told; is_failing && i < known && i < end; i++)
        if (i >= turn->told && !has_ended(at_number(run, i))) fail(run, at_number(run, i));
}

void hpi_resume_begin(hpt_run *run) {
    bool is_failing = run->plan.options.interrupted == HPT_INTERRUPTED_FAIL;
    if (run->keep->is_in_time)
        begin_window(run, is_failing);
    else if (is_failing)
        fail_owed(run);
}
