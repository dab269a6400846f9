/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/lost.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"
#include "run/run.h"
#include "trial/grace.h"

/* Why a trial should have ended, and since when it is to. */
typedef struct cause {
    hpt_trial_state state;
    int64_t         told_ns, grace_ns;
    double          limit_s; /* of its limit or cap */
} cause;

/* Whether there is anything to do. */

static bool has_grace(const hpt_run *run) {
    return !isnan(run->plan.options.grace_s);
}

bool hpi_lost_is_possible(const hpt_run *run) {
    bool is_limited = run->plan.trial_limit_ns > 0 || has_grace(run);
    return run->objective && run->pool.class->replace && is_limited;
}

/* Looking. */

static int64_t sooner(int64_t a_ns, int64_t b_ns) {
    return a_ns < b_ns ? a_ns : b_ns;
}

/* When trials are told that the run ends. */
static int64_t stop_ns(const hpt_run *run, int64_t now_ns) {
    return sooner(hpi_cancels_now_from(&run->cancels, now_ns), run->until_ns);
}

static int64_t cap_ns(const hpt_run *run, const hpi_worker *worker) {
    const hpi_caps *caps = worker->trial.caps;
    if (run->plan.options.cap != HPT_CAP_TIME) return INT64_MAX;
    return atomic_load_explicit(&caps->time_ns, memory_order_relaxed);
}

/* A cap may fall below what a trial has had already: then it is told when that is seen. */
static int64_t told_by_cap_ns(hpi_grip *grip, uint64_t word, int64_t now_ns) {
    word |= HPI_PHASE_MASK; /* whatever phase it is in */
    if (grip->told_word == word) return grip->told_ns;
    grip->told_word = word;
    return grip->told_ns = now_ns;
}

static int64_t given_up_ns(const cause *why) {
    return hpi_later_ns(why->told_ns, why->grace_ns);
}

static void take_sooner(cause *why, cause other) {
    if (given_up_ns(&other) < given_up_ns(why)) *why = other;
}

/* Of all reasons the one that ends the trial first. What the watch is to see before that, it sees
 * at *look_ns_out. */
static cause cause_of(hpt_run *run, hpi_worker *worker, uint64_t word, int64_t stopped_ns,
                      int64_t now_ns, int64_t *look_ns_out) {
    const hpi_lost *lost = &run->lost;
    int64_t         begun_ns = atomic_load_explicit(&worker->grip.begun_ns, memory_order_relaxed);
    int64_t         limit_ns = run->plan.trial_limit_ns, cap = cap_ns(run, worker);
    cause           why = { .state = HPT_TRIAL_TIMEOUT,
                            .told_ns = limit_ns > 0 ? hpi_later_ns(begun_ns, limit_ns) : INT64_MAX,
                            .grace_ns = lost->limit_grace_ns,
                            .limit_s = (double)limit_ns / 1e9 };
    if (lost->grace_ns == INT64_MAX) return why;
    int64_t capped_ns = hpi_later_ns(begun_ns, cap);
    if (capped_ns > now_ns)
        *look_ns_out = capped_ns;
    else
        take_sooner(&why, (cause){ .state = HPT_TRIAL_PRUNED,
                                   .told_ns = told_by_cap_ns(&worker->grip, word, now_ns),
                                   .grace_ns = lost->grace_ns,
                                   .limit_s = (double)cap / 1e9 });
    take_sooner(
        &why,
        (cause){ .state = HPT_TRIAL_CANCELLED, .told_ns = stopped_ns, .grace_ns = lost->grace_ns });
    return why;
}

/* Ending a trial in its worker's name. What the worker wrote before it was lost is known here; it
 * writes nothing more. */

static void give_reason(hpi_notes *notes, const cause *why) {
    char   text[HPI_REASON_BYTES];
    double grace_s = (double)why->grace_ns * 1e-9;
    if (why->state == HPT_TRIAL_CANCELLED)
        snprintf(text, sizeof text,
                 "did not return within %.3g s of being told to stop: its worker was written off",
                 grace_s);
    else
        snprintf(text, sizeof text,
                 "did not return within %.3g s of its %s of %.6g s: its worker was written off",
                 grace_s, why->state == HPT_TRIAL_PRUNED ? "cap" : "limit", why->limit_s);
    hpi_notes_set_reason(notes, text);
    if (why->state == HPT_TRIAL_PRUNED)
        hpi_notes_set_attr(notes, HPI_ATTR_BOUND, hpt_real(why->limit_s));
}

static void end_trial(hpi_worker *worker, const cause *why, int64_t now_ns) {
    const hpt_trial *trial = &worker->trial;
    hpt_trial        ended; /* of the trial itself nothing else is ours to read */
    memset(&ended, 0, sizeof ended);
    hpi_trial_clear(&ended, trial->notes.bytes, trial->notes.room);
    ended.notes.used = trial->notes.used;
    ended.has_report = trial->has_report;
    ended.last_step = trial->last_step;
    ended.last_value = trial->last_value;
    ended.attempt = trial->attempt;
    HPI_ASSERT(worker->block->first + worker->block->done == trial->head.number);
    give_reason(&ended.notes, why);
    int64_t begun_ns = atomic_load_explicit(&worker->grip.begun_ns, memory_order_relaxed);
    hpi_stamped_put(worker, &ended, why->state, NAN, begun_ns, now_ns - begun_ns);
}

/* Evaluating it again, by whoever gets what is left of the block. */

static bool is_worth_another(const hpt_run *run, const hpi_worker *worker, const cause *why,
                             int64_t now_ns) {
    const hpi_lost *lost = &run->lost;
    if (why->state != HPT_TRIAL_TIMEOUT || !lost->again) return false;
    bool is_stopping =
        hpi_cancels_level(&run->cancels) != HPT_CANCEL_NONE || now_ns >= run->until_ns;
    /* Without memory for a spare worker a trial is noted, and no spare is used up. */
    bool has_spare =
        lost->replaced_count < lost->spare_count &&
        atomic_load_explicit(&lost->again_count, memory_order_relaxed) < lost->spare_count;
    return !is_stopping && has_spare &&
           worker->trial.attempt < run->plan.options.on_timeout.retry_count;
}

static void note_attempt(hpi_lost *lost, const hpt_trial *trial) {
    unsigned count = atomic_load_explicit(&lost->again_count, memory_order_relaxed);
    HPI_ASSERT(count < lost->spare_count);
    lost->again[count] = (struct hpi_again){ trial->head.number, trial->attempt + 1 };
    /* release: pairs with the acquire in hpi_lost_attempt() */
    atomic_store_explicit(&lost->again_count, count + 1, memory_order_release);
}

uint32_t hpi_lost_attempt(const hpt_run *run, uint64_t number) {
    const hpi_lost *lost = &run->lost;
    unsigned        count = atomic_load_explicit(&lost->again_count, memory_order_acquire);
    while (count-- > 0) /* the last one counts */
        if (lost->again[count].number == number) return lost->again[count].attempt;
    return 0;
}

/* Writing a worker off. */

static uint32_t slot_of(const hpt_run *run, const hpi_worker *worker) {
    return (uint32_t)(worker - run->workers);
}

/* It stands where the lost one stood: the same number, and the same ring and stream of facts, which
 * that one does not use any more. NULL: there is none left. */
static hpi_worker *seat_spare(hpt_run *run, const hpi_worker *lost) {
    hpi_lost   *it = &run->lost;
    hpi_worker *spare = &run->workers[run->plan.worker_count + it->replaced_count];
    if (it->replaced_count == it->spare_count) {
        hpi_fail(&it->err, HPT_ELIMIT, "lost_count_max is %u", (unsigned)it->spare_count);
        return NULL;
    }
    if (hpi_worker_seat(run, slot_of(run, spare), lost->index, &it->err) != HPT_OK) return NULL;
    spare->ring = lost->ring;
    it->replaced_count++;
    return spare;
}

static void replace(hpt_run *run, const hpi_worker *lost, const hpi_worker *spare) {
    hpi_pool *pool = &run->pool;
    uint32_t  next = spare ? slot_of(run, spare) : HPI_NOBODY;
    hpt_err   why;
    if (pool->class->replace(pool, slot_of(run, lost), next, &why) == HPT_OK && spare) return;
    if (spare) run->lost.err = why;
    atomic_fetch_add_explicit(&run->lost.gone_count, 1, memory_order_relaxed);
}

/* Let whoever coordinates know that there is a block in a ring. */
static void pass_on(hpt_run *run) {
    if (run->caller == HPI_CALLER_COORDINATES)
        hpi_call_driver(run);
    else
        hpi_coordinate_left(run);
}

static void write_off(hpt_run *run, hpi_worker *worker, const cause *why, int64_t now_ns) {
    unsigned   count = atomic_load_explicit(&run->lost.count, memory_order_relaxed);
    hpi_block *block = worker->block;
    if (count < HPI_LOST_NAMED) run->lost.named[count] = worker->trial.head.number;
    atomic_store_explicit(&run->lost.count, count + 1, memory_order_relaxed);
    hpi_dispatch_write_off(run->dispatch, worker->stream);
    if (is_worth_another(run, worker, why, now_ns))
        note_attempt(&run->lost, &worker->trial);
    else
        end_trial(worker, why, now_ns);
    hpi_block_end(worker, block);
    hpi_evaluate_end(worker, block);
    const hpi_worker *spare = seat_spare(run, worker);
    hpi_ring_push_sp(worker->ring, block);
    atomic_fetch_add_explicit(&run->pending, 1, memory_order_relaxed);
    replace(run, worker, spare);
    pass_on(run);
}

/* False: the trial has ended by itself, or cannot be ended just now. The thread may find out at
 * once, so it is counted among the holders before. */
static bool lose(hpt_run *run, hpi_grip *grip, uint64_t word) {
    atomic_fetch_add_explicit(&run->holders, 1, memory_order_relaxed);
    if (hpi_grip_lose(grip, word)) return true;
    atomic_fetch_sub_explicit(&run->holders, 1, memory_order_relaxed); /* not the last */
    return false;
}

/* Returns when to look at it again. */
static int64_t look_at(hpt_run *run, hpi_worker *worker, int64_t stopped_ns, int64_t now_ns) {
    /* acquire: pairs with hpi_grip_begin() */
    uint64_t word = atomic_load_explicit(&worker->grip.phase, memory_order_acquire);
    uint64_t phase = word & HPI_PHASE_MASK;
    int64_t  look_ns = INT64_MAX;
    if (phase != HPI_PHASE_RUNNING && phase != HPI_PHASE_BUSY) return INT64_MAX;
    cause   why = cause_of(run, worker, word, stopped_ns, now_ns, &look_ns);
    int64_t due_ns = given_up_ns(&why);
    if (due_ns > now_ns) return sooner(due_ns, look_ns);
    if (!lose(run, &worker->grip, word)) return now_ns;
    write_off(run, worker, &why, now_ns);
    return INT64_MAX;
}

static bool is_deserted(hpt_run *run) {
    unsigned gone = atomic_load_explicit(&run->lost.gone_count, memory_order_relaxed);
    if (gone == 0 || gone < atomic_load_explicit(&run->started, memory_order_relaxed)) return false;
    atomic_store_explicit(&run->lost.is_deserted, true, memory_order_relaxed);
    return true;
}

/* The watch's duties. */

static bool is_finished(const hpt_run *run) {
    return atomic_load_explicit(&run->is_finished, memory_order_relaxed);
}

/* When to look for trials that begin after this look. */
static int64_t next_look_ns(const hpt_run *run, int64_t now_ns) {
    const hpi_lost *lost = &run->lost;
    int64_t         limit_ns = run->plan.trial_limit_ns, look_ns = INT64_MAX;
    if (limit_ns > 0) look_ns = hpi_later_ns(hpi_later_ns(now_ns, limit_ns), lost->limit_grace_ns);
    bool is_asked_often = lost->grace_ns != INT64_MAX; /* nobody calls who raises a switch */
    return is_asked_often ? sooner(look_ns, now_ns + HPI_WATCH_NS) : look_ns;
}

static int64_t watch_trials(void *context, int64_t now_ns) {
    hpt_run *run = context;
    if (is_finished(run)) return INT64_MAX;
    int64_t  stopped_ns = stop_ns(run, now_ns), look_ns = next_look_ns(run, now_ns);
    uint32_t count = run->plan.worker_count + run->lost.replaced_count;
    for (uint32_t i = 0; i < count; i++)
        look_ns = sooner(look_ns, look_at(run, &run->workers[i], stopped_ns, now_ns));
    if (is_deserted(run)) {
        pass_on(run); /* until all is told that waits for a file */
        look_ns = now_ns;
    }
    int64_t earliest_ns = now_ns + HPI_WATCH_NS_MIN;
    return look_ns > earliest_ns ? look_ns : earliest_ns;
}

/* Somebody has to see when a switch is raised that says FINISH. */
static int64_t watch_switches(void *context, int64_t now_ns) {
    const hpt_run *run = context;
    bool           is_dated = hpi_cancels_now_from(&run->cancels, now_ns) != INT64_MAX;
    return is_dated || is_finished(run) ? INT64_MAX : now_ns + HPI_WATCH_NS;
}

hpt_status hpi_lost_open(hpt_run *run, hpt_err *err) {
    const hpt_options *o = &run->plan.options;
    hpi_lost          *lost = &run->lost;
    hpt_status         status = HPT_OK;
    int64_t            grace_ns = has_grace(run) ? hpi_seconds_to_ns(o->grace_s) : INT64_MAX;
    if (!run->objective || !run->pool.class->replace) return HPT_OK;
    if (run->cancels.drain_ns != INT64_MAX) status = hpi_watch_add(run, watch_switches, run, err);
    if (status != HPT_OK || !hpi_lost_is_possible(run)) return status;
    lost->spare_count = o->lost_count_max > 0 ? o->lost_count_max : HPI_LOST_MAX;
    if (lost->spare_count > run->turn.asked_max) lost->spare_count = (uint32_t)run->turn.asked_max;
    run->has_limits = true;
    run->pool.spare_count = lost->spare_count;
    lost->grace_ns = grace_ns;
    lost->limit_grace_ns = has_grace(run) ? grace_ns : hpi_grace_ns(run->plan.trial_limit_ns);
    if (o->on_timeout.retry_count > 0) {
        lost->again = hpi_alloc(lost->spare_count, sizeof *lost->again);
        if (!lost->again) return hpi_fail(err, HPT_ENOMEM, "out of memory for the run");
    }
    return hpi_watch_add(run, watch_trials, run, err);
}

void hpi_lost_close(hpt_run *run) {
    hpi_free(run->lost.again);
}

void hpi_lost_settle(hpt_run *run) {
    if (!atomic_load_explicit(&run->lost.is_deserted, memory_order_relaxed)) return;
    hpi_stop(run, HPT_STOP_WORKERS);
    hpi_cancel_queued(run);
}

/* What the user is told. */

static void name_trials(const hpt_run *run, unsigned count, char *text_out, size_t bytes) {
    unsigned named = count < HPI_LOST_NAMED ? count : HPI_LOST_NAMED;
    size_t   used = (size_t)snprintf(text_out, bytes, "trial%s", count == 1 ? "" : "s");
    for (unsigned i = 0; i < named; i++)
        used += (size_t)snprintf(text_out + used, bytes - used, "%s %llu",
                                 i == 0           ? ""
                                 : i + 1 == count ? " and"
                                                  : ",",
                                 (unsigned long long)run->lost.named[i]);
    if (named < count) snprintf(text_out + used, bytes - used, " and %u more", count - named);
}

size_t hpi_lost_warnings(const hpt_run *run, char (*warnings)[640], size_t count) {
    const hpi_lost *lost = &run->lost;
    unsigned        lost_count = atomic_load_explicit(&lost->count, memory_order_relaxed);
    unsigned        gone_count = atomic_load_explicit(&lost->gone_count, memory_order_relaxed);
    char            trials[40 + 24 * HPI_LOST_NAMED];
    if (lost_count == 0) return count;
    name_trials(run, lost_count, trials, sizeof trials);
    snprintf(warnings[count++], sizeof *warnings,
             "%u worker%s written off, because %s did not return when told to stop. What a thread "
             "uses that was written off must stay until it has left the objective",
             lost_count, lost_count == 1 ? " was" : "s were", trials);
    if (gone_count > 0)
        snprintf(warnings[count++], sizeof *warnings, "%u of them %s not replaced: %s", gone_count,
                 gone_count == 1 ? "was" : "were", lost->err.text);
    return count;
}
