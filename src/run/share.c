/* SPDX-License-Identifier: BSD-3-Clause */
/* A run that shares its study with others. Numbers come from the file, where they are handed out to
 * all (store/shared.c), and what others found is told as soon as it is heard of.
 *
 * A strategy that learns goes its own way in each process, with a seed of its own: it is asked by
 * numbers of its own, and told the results of others as known ones. One that does not learn is the
 * same everywhere, and asked by the common numbers, so that no candidate is proposed twice. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "run/replay.h"

static bool learns(const hpt_run *run) {
    return run->strategy.class->tell != NULL;
}

/* The first member ever goes the way that it would go alone. */
static uint64_t seed_of(const hpt_run *run) {
    uint64_t seed = run->plan.options.seed, member = hpi_store_member(run->keep->store), word;
    if (member == 0) return seed;
    hpt_random(seed, member, HPI_STREAM_MEMBER, &word, 1);
    return word;
}

/* What limits a run besides its budget is held against all that is known, not against the way
 * there. */
static hpt_status teach_all(hpt_run *run, hpt_err *err) {
    hpi_replay   it = { .run = run, .way = HPI_WAY_TAUGHT, .err = err, .has_reports = true };
    hpt_options *o = &run->plan.options, before = *o;
    *o = hpi_without_limits(o);
    hpt_status status = hpi_store_replay(run->keep->store, hpi_replay_end, &it, err);
    *o = before;
    return status == HPT_OK ? it.status : status;
}

static void begin_asking(hpt_run *run) {
    run->keep->asked_next = run->head_end - run->head_first;
}

hpt_status hpi_share_resume(hpt_run *run, hpt_err *err) {
    const hpi_store_found *found = hpi_store_found_of(run->keep->store);
    hpt_status             status = HPT_OK;
    if (learns(run)) {
        run->setup.seed = seed_of(run);
        status = hpi_run_reopen_strategy(run, err);
    }
    hpi_run_set_first(run, found->foreign_count);
    run->turn.asked_max = UINT64_MAX; /* the file knows */
    if (status == HPT_OK) status = teach_all(run, err);
    if (status != HPT_OK) return status;
    begin_asking(run);
    run->turn.in_flight_max = 0; /* whoever would ask takes a number */
    run->keep->may_claim = true;
    run->keep->spare = hpi_block_take(&run->blocks);
    HPI_ASSERT(run->keep->spare);
    if (run->turn.told > 0) hpi_budget_judge(run, run->turn.told - 1, run->turn.has_best);
    hpi_stats_publish(run);
    return HPT_OK;
}

/* Candidates. */

/* One that does not learn and cannot be asked for just any number: from the first on. */
static hpt_status skip_to(hpt_run *run, uint64_t number, hpt_coord *room) {
    hpi_keep  *keep = run->keep;
    hpt_err   *err = &run->turn.stop_err;
    hpt_status status = HPT_OK;
    if (number < keep->asked_next) {
        status = hpi_run_reopen_strategy(run, err);
        begin_asking(run);
    }
    for (; status == HPT_OK && keep->asked_next < number; keep->asked_next++)
        status = run->strategy.class->ask(run->strategy.state, keep->asked_next, room, err);
    return status;
}

/* Number `number` of all as number *as_out of the strategy's. */
static hpt_status ask(hpt_run *run, uint64_t number, uint64_t *as_out, hpt_coord *point_out) {
    hpi_keep  *keep = run->keep;
    hpt_status status = HPT_OK;
    *as_out = number;
    if (run->is_pure || number < run->head_end) {
        hpi_make_points(run, number, 1, point_out);
        return HPT_OK;
    }
    if (!learns(run)) status = skip_to(run, number - run->head_first, point_out);
    if (status != HPT_OK) return status;
    *as_out = keep->asked_next;
    status = hpi_ask_as(run, keep->asked_next, point_out);
    if (status == HPT_OK) keep->asked_next++;
    return status;
}

/* Whether a claim goes on where a block ends. The strategy's own numbers need not follow those of
 * the user's points. */
static bool is_next(const hpt_run *run, const hpi_block *block, const hpi_claim *claim) {
    if (block->count == 0) return true;
    bool is_again = block->mask != 0, is_head = block->first < run->head_end;
    return claim->number == block->first + block->count && (claim->point != NULL) == is_again &&
           (claim->number < run->head_end) == is_head;
}

static hpt_status append(hpt_run *run, hpi_block *block, const hpi_claim *claim) {
    hpt_coord *point = block->points + (size_t)block->count * run->dims;
    uint64_t   as = claim->number;
    hpt_status status = HPT_OK;
    if (claim->point)
        memcpy(point, claim->point, run->dims * sizeof *point);
    else
        status = ask(run, claim->number, &as, point);
    if (status != HPT_OK) return status;
    if (block->count == 0) {
        block->first = claim->number;
        block->shift = as - claim->number;
        block->mask = claim->point ? HPT_NUMBER_NONE : 0;
    }
    block->count++;
    run->turn.asked++;
    hpi_show_created(run, HPI_LANES_ALL, claim->number, point);
    return HPT_OK;
}

/* A strategy that is the same everywhere has no more anywhere, and others may have earlier numbers
 * still. One that learns is only at the end of its own way. */
static bool is_common_end(const hpt_run *run, hpt_status status) {
    return status == HPT_EDONE && !learns(run);
}

static bool next_claim(hpt_run *run, hpi_claim *claim_out) {
    bool is_first;
    if (hpi_store_claim(run->keep->store, claim_out, &is_first)) return true;
    run->keep->may_claim = false; /* until there is news */
    if (is_first) hpi_dispatch_hurry_store(run->dispatch);
    return false;
}

static void fill(hpt_run *run, hpi_block *block, uint32_t most) {
    hpi_store *store = run->keep->store;
    hpi_claim  claim;
    while (block->count < most && next_claim(run, &claim)) {
        if (!is_next(run, block, &claim)) {
            hpi_store_unclaim(store, &claim);
            return;
        }
        hpt_status status = append(run, block, &claim);
        if (is_common_end(run, status)) {
            hpi_store_end_at(store, run->head_first + run->keep->asked_next);
            status = HPT_OK;
        }
        if (status != HPT_OK) {
            hpi_store_unclaim(store, &claim);
            hpi_no_candidate(run, status);
            return;
        }
        hpi_free(claim.point);
    }
}

bool hpi_share_may_take(const hpt_run *run) {
    return run->keep && run->keep->may_claim && run->turn.stop == HPT_STOP_NONE &&
           !run->turn.is_waiting;
}

hpi_block *hpi_share_take(hpt_run *run, uint32_t most) {
    if (!hpi_share_may_take(run)) return NULL;
    hpi_block *block = hpi_block_take(&run->blocks);
    if (!block) return NULL;
    fill(run, block, most < block->room ? most : block->room);
    block->mark = hpi_dispatch_mark(run->dispatch, 0);
    if (block->count > 0) return block;
    hpi_block_give(&run->blocks, block);
    return NULL;
}

/* What others found. */

/* Whoever watches hears of it as of a trial of this run, which nobody here has evaluated. */
static void hear(hpt_run *run, hpi_record *record) {
    hpi_replay it = { .run = run, .way = HPI_WAY_TAUGHT };
    record->worker = UINT32_MAX;
    hpi_show_created(run, HPI_LANES_WATCHING, record->number, record->point);
    hpi_replay_end(&it, record);
}

void hpi_share_pass(hpt_run *run) {
    hpi_keep  *keep = run->keep;
    hpi_record record;
    /* What others find after the end is none of this run's: its result may be read by now. Relaxed:
     * whoever is here was the last to coordinate, or comes after him. */
    if (atomic_load_explicit(&run->is_finished, memory_order_relaxed)) return;
    if (!hpi_store_has_news(keep->store) || !hpi_store_read_news(keep->store)) return;
    hpi_block_give(&run->blocks, keep->spare);
    while (hpi_store_hear(keep->store, &record))
        hear(run, &record);
    keep->spare = hpi_block_take(&run->blocks);
    keep->may_claim = hpi_store_may_claim(keep->store);
    if (run->turn.stop != HPT_STOP_NONE || !hpi_store_is_over(keep->store)) return;
    bool by_budget = run->plan.options.trial_count_max == hpi_store_end(keep->store);
    hpi_stop(run, by_budget ? HPT_STOP_TRIALS : HPT_STOP_EXHAUSTED);
}

/* For who waits himself. */

uint64_t hpi_share_ask(hpt_run *run) {
    uint64_t question = hpi_store_ask(run->keep->store, run->keep->shown);
    hpi_dispatch_hurry_store(run->dispatch);
    return question;
}

void hpi_share_wait(hpt_run *run, uint64_t question) {
    const hpi_keep *keep = run->keep;
    while (!hpi_store_has_answered(keep->store, question) && !hpi_keep_has_failed(keep)) {
        uint64_t ticket = hpi_park_prepare(&run->driver);
        if (hpi_store_has_answered(keep->store, question) || hpi_keep_has_failed(keep))
            hpi_park_cancel(&run->driver);
        else
            hpi_park_sleep(&run->driver, ticket, INT64_MAX);
    }
}
