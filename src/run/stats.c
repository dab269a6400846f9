/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/stats.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "run/limits.h"
#include "run/run.h"

/* The words of a snapshot. */
enum {
    WORD_TOLD_STATES, /* HPT_TRIAL_STATE_COUNT words */
    WORD_ASKED = WORD_TOLD_STATES + HPT_TRIAL_STATE_COUNT,
    WORD_TOLD,
    WORD_STOP,
    WORD_HAS_BEST,
    WORD_BEST_TRIAL,
    WORD_BEST_VALUE,
    WORD_QUEUE_DEPTH_MAX,
    WORD_RING_DEPTH_MAX,
    WORD_FRONT_COUNT,
    WORD_RETRY_COUNT,
    WORD_COUNT
};
_Static_assert((int)WORD_COUNT == (int)HPI_SNAPSHOT_WORDS,
               "the slots have room for just these words");

static uint64_t bits_of(double real) {
    uint64_t bits;
    memcpy(&bits, &real, sizeof bits);
    return bits;
}

static double real_of(uint64_t bits) {
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

void hpi_stats_publish(hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    hpi_stats      *stats = &run->stats;
    uint64_t        words[WORD_COUNT];
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++)
        words[WORD_TOLD_STATES + i] = turn->state_count[i];
    words[WORD_ASKED] = turn->asked;
    words[WORD_TOLD] = turn->told;
    words[WORD_STOP] = turn->stop;
    words[WORD_HAS_BEST] = turn->has_best;
    words[WORD_BEST_TRIAL] = turn->best_trial;
    words[WORD_BEST_VALUE] = bits_of(turn->best_value);
    words[WORD_QUEUE_DEPTH_MAX] = turn->queue_depth_max;
    words[WORD_RING_DEPTH_MAX] = turn->ring_depth_max;
    words[WORD_FRONT_COUNT] = turn->front ? turn->front->count : turn->has_best;
    words[WORD_RETRY_COUNT] = turn->retry_count;

    uint64_t version = atomic_load_explicit(&stats->version, memory_order_relaxed) + 1;
    /* Readers of this slot's former version must see that it is gone before they see new words:
     * pairs with the acquire fence in read_words(). */
    atomic_thread_fence(memory_order_release);
    for (int i = 0; i < WORD_COUNT; i++)
        atomic_store_explicit(&stats->slots[version & 1][i], words[i], memory_order_relaxed);
    atomic_store_explicit(&stats->version, version, memory_order_release);
}

void hpi_stats_show(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    if (turn->has_news) {
        turn->has_news = false;
        hpi_stats_publish(run);
    }
    /* Who sees that they were told sees that they were asked for, and the snapshot before. */
    atomic_store_explicit(&turn->asked_shown, turn->asked, memory_order_relaxed);
    atomic_store_explicit(&turn->told_shown, turn->told, memory_order_release);
}

/* The slot of version v is written again for version v + 2, and only after v + 1 was published:
 * while the version is v, or even v + 1 for a moment, v's words stand. So "unchanged" is enough.
 * The counters may be older or newer than the snapshot, never newer than a later one. */
static void read_words(const hpt_run *run, uint64_t words[WORD_COUNT]) {
    const hpi_stats *stats = &run->stats;
    uint64_t         before, after, asked, told;
    do {
        before = atomic_load_explicit(&stats->version, memory_order_acquire);
        for (int i = 0; i < WORD_COUNT; i++)
            words[i] = atomic_load_explicit(&stats->slots[before & 1][i], memory_order_relaxed);
        /* acquire: pairs with hpi_stats_show() */
        told = atomic_load_explicit(&run->turn.told_shown, memory_order_acquire);
        asked = atomic_load_explicit(&run->turn.asked_shown, memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire); /* pairs with hpi_stats_publish() */
        after = atomic_load_explicit(&stats->version, memory_order_relaxed);
    } while (before != after);
    if (told > words[WORD_TOLD]) words[WORD_TOLD] = told;
    if (asked > words[WORD_ASKED]) words[WORD_ASKED] = asked;
}

/* The meter. A span is closed before its time is added, and a reader looks at the sum first: it may
 * miss a span, but never counts one twice. */

static int64_t since(const hpi_meter *meter) {
    return atomic_load_explicit(&meter->since_ns, memory_order_relaxed); /* our own */
}

static void close_span(hpi_meter *meter, int64_t span_ns) {
    int64_t busy_ns = atomic_load_explicit(&meter->busy_ns, memory_order_relaxed) + span_ns;
    atomic_store_explicit(&meter->since_ns, 0, memory_order_relaxed);
    /* Pairs with the acquire in hpi_meter_busy_ns(): who sees the sum sees the span closed. */
    atomic_store_explicit(&meter->busy_ns, busy_ns, memory_order_release);
}

static void open_span(hpi_meter *meter, int64_t now_ns) {
    atomic_store_explicit(&meter->since_ns, now_ns, memory_order_release);
}

/* The span of blocks that were not measured. In a far longer one than they should have taken some
 * trial has been long. */
static void close_unmeasured(hpi_meter *meter, int64_t now_ns) {
    if (!hpi_meter_is_open(meter)) return;
    int64_t span_ns = now_ns - since(meter), short_ns = span_ns;
    if (span_ns > HPI_METER_NS_MAX) {
        meter->wary = HPI_METER_WARY;
        short_ns = HPI_METER_NS;
    }
    close_span(meter, span_ns - (int64_t)((double)short_ns * (1 - meter->share)));
}

void hpi_meter_begin(hpi_meter *meter, int64_t now_ns) {
    close_unmeasured(meter, now_ns);
    open_span(meter, now_ns);
    meter->start_ns = now_ns;
}

int64_t hpi_meter_end(hpi_meter *meter, int64_t now_ns) {
    int64_t took_ns = now_ns - meter->start_ns;
    close_span(meter, took_ns);
    meter->took_ns = took_ns > 1 ? took_ns : 1;
    meter->end_ns = now_ns;
    meter->share = 1;
    return meter->took_ns;
}

/* How many blocks may go unmeasured, if one takes so long. */
static uint32_t blocks_within(int64_t block_ns) {
    int64_t count = HPI_METER_NS / block_ns;
    return count < HPI_METER_BLOCKS ? (uint32_t)count : HPI_METER_BLOCKS;
}

void hpi_meter_skip(hpi_meter *meter) {
    meter->untimed = meter->wary > 0 ? 0 : blocks_within(meter->took_ns);
    if (meter->wary > 0) meter->wary--;
    if (meter->untimed > 0) open_span(meter, meter->end_ns);
}

int64_t hpi_meter_turn(hpi_meter *meter, int64_t now_ns) {
    int64_t took_ns = now_ns > meter->end_ns ? now_ns - meter->end_ns : 0;
    int64_t both_ns = meter->took_ns + took_ns;
    if (meter->untimed == 0) return took_ns;
    meter->share = (double)meter->took_ns / (double)both_ns;
    meter->untimed = blocks_within(both_ns);
    if (meter->untimed == 0) close_span(meter, 0);
    return took_ns;
}

void hpi_meter_idle(hpi_meter *meter, int64_t now_ns) {
    close_unmeasured(meter, now_ns);
    meter->untimed = 0;
}

int64_t hpi_meter_busy_ns(const hpi_meter *meter, int64_t now_ns) {
    int64_t busy = atomic_load_explicit(&meter->busy_ns, memory_order_acquire);
    int64_t since = atomic_load_explicit(&meter->since_ns, memory_order_acquire);
    return since > 0 && now_ns > since ? busy + now_ns - since : busy;
}

/* All together. */

static double busy_fraction(const hpt_run *run, uint32_t worker_count, int64_t now_ns) {
    double busy = 0, wall = (double)(now_ns - run->start_ns) * worker_count;
    for (uint32_t i = 0; i < run->slot_count; i++)
        busy += (double)hpi_meter_busy_ns(&run->workers[i].meter, now_ns);
    return wall > 0 ? fmin(busy / wall, 1) : 0;
}

static double turn_fraction(const hpt_run *run, int64_t now_ns) {
    if (!run->simulated || now_ns <= run->start_ns) return NAN;
    double held = (double)atomic_load_explicit(&run->pool.turn_ns, memory_order_relaxed);
    return fmin(held / (double)(now_ns - run->start_ns), 1);
}

static void fill_counts(hpt_stats *stats, const uint64_t words[WORD_COUNT]) {
    stats->stop = (hpt_stop)words[WORD_STOP];
    stats->trial_count = words[WORD_ASKED];
    stats->has_best = words[WORD_HAS_BEST] != 0;
    stats->best_trial = stats->has_best ? words[WORD_BEST_TRIAL] : UINT64_MAX;
    stats->best_value = stats->has_best ? real_of(words[WORD_BEST_VALUE]) : NAN;
    stats->queue_depth_max = (uint32_t)words[WORD_QUEUE_DEPTH_MAX];
    stats->ring_depth_max = (uint32_t)words[WORD_RING_DEPTH_MAX];
    stats->front_count = (uint32_t)words[WORD_FRONT_COUNT];
    stats->retry_count = words[WORD_RETRY_COUNT];
    uint64_t complete = words[WORD_TOLD];
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++) {
        stats->state_count[i] = words[WORD_TOLD_STATES + i];
        complete -= stats->state_count[i];
    }
    stats->state_count[HPT_TRIAL_COMPLETE] = complete;
    stats->state_count[HPT_TRIAL_RUNNING] = words[WORD_ASKED] - words[WORD_TOLD];
}

void hpi_stats_of(const void *context, hpt_stats *stats_out) {
    const hpt_run *run = context;
    uint64_t       words[WORD_COUNT];
    /* acquire: pairs with the release in hpi_finish(), behind which end_ns is set */
    bool             is_finished = atomic_load_explicit(&run->is_finished, memory_order_acquire);
    int64_t          now_ns = is_finished ? run->end_ns : hpi_run_now(run);
    hpt_stats        stats = { .struct_size = sizeof stats };
    hpt_cancel_level level = hpi_cancels_level(&run->cancels);
    atomic_thread_fence(memory_order_acquire); /* pairs with the fence in hpi_stop() */
    read_words(run, words);
    fill_counts(&stats, words);
    stats.queue_depth = hpi_queue_depth(run->queue); /* workers take from it between snapshots */
    /* A cancel counts from the moment it is asked for, though trials may run on for long. */
    if (stats.stop == HPT_STOP_NONE && level != HPT_CANCEL_NONE)
        stats.stop = hpi_pool_broken(&run->pool)      ? HPT_STOP_WORKERS
                     : hpi_keep_has_failed(run->keep) ? HPT_STOP_STORE
                                                      : HPT_STOP_CANCELLED;
    stats.trial_count_max = run->plan.options.trial_count_max;
    stats.wall_s_max = run->plan.options.wall_s_max;
    stats.wall_s = (double)(now_ns - run->start_ns + hpi_keep_before_ns(run->keep)) * 1e-9;
    stats.restart_count = atomic_load_explicit(&run->pool.restart_count, memory_order_relaxed);
    stats.worker_count = atomic_load_explicit(&run->started, memory_order_relaxed);
    stats.lost_count = atomic_load_explicit(&run->lost.count, memory_order_relaxed);
    stats.worker_count_wanted = run->plan.worker_count_wanted;
    stats.cpu_count = run->plan.grant.count;
    stats.threads_per_trial = hpi_plan_threads(&run->plan);
    /* A pool without threads may have many workers, but not at the same time. */
    bool is_one = run->pool.class && run->pool.class->is_on_caller;
    stats.is_oversubscribed =
        hpi_plan_is_oversubscribed(&run->plan, is_one ? 1 : stats.worker_count);
    stats.busy_fraction = busy_fraction(run, stats.worker_count, now_ns);
    stats.turn_fraction = turn_fraction(run, now_ns);
    hpi_dispatch_totals(run->dispatch, &stats.observer_lost, &stats.observer_failures);
    *stats_out = stats;
}
