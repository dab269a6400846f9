/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/stats.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/run.h"

/* The words of a snapshot. */
enum {
    WORD_TOLD_STATES, /* HPT_TRIAL_STATE_COUNT words */
    WORD_ASKED = WORD_TOLD_STATES + HPT_TRIAL_STATE_COUNT,
    WORD_STOP,
    WORD_HAS_BEST,
    WORD_BEST_TRIAL,
    WORD_BEST_VALUE,
    WORD_QUEUE_DEPTH_MAX,
    WORD_RING_DEPTH_MAX,
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
    words[WORD_TOLD_STATES + HPT_TRIAL_RUNNING] = turn->asked - turn->told;
    words[WORD_ASKED] = turn->asked;
    words[WORD_STOP] = turn->stop;
    words[WORD_HAS_BEST] = turn->has_best;
    words[WORD_BEST_TRIAL] = turn->best_trial;
    words[WORD_BEST_VALUE] = bits_of(turn->best_value);
    words[WORD_QUEUE_DEPTH_MAX] = turn->queue_depth_max;
    words[WORD_RING_DEPTH_MAX] = turn->ring_depth_max;

    uint64_t version = atomic_load_explicit(&stats->version, memory_order_relaxed) + 1;
    /* Readers of this slot's former version must see that it is gone before they see new words:
     * pairs with the acquire fence in read_words(). */
    atomic_thread_fence(memory_order_release);
    for (int i = 0; i < WORD_COUNT; i++)
        atomic_store_explicit(&stats->slots[version & 1][i], words[i], memory_order_relaxed);
    atomic_store_explicit(&stats->version, version, memory_order_release);
}

/* The slot of version v is written again for version v + 2, and only after v + 1 was published:
 * while the version is v, or even v + 1 for a moment, v's words stand. So "unchanged" is enough. */
static void read_words(const hpi_stats *stats, uint64_t words[WORD_COUNT]) {
    uint64_t before, after;
    do {
        before = atomic_load_explicit(&stats->version, memory_order_acquire);
        for (int i = 0; i < WORD_COUNT; i++)
            words[i] = atomic_load_explicit(&stats->slots[before & 1][i], memory_order_relaxed);
        atomic_thread_fence(memory_order_acquire); /* pairs with hpi_stats_publish() */
        after = atomic_load_explicit(&stats->version, memory_order_relaxed);
    } while (before != after);
}

/* Busy time. The total is stored before the start of the next block, and read after it. */

void hpi_busy_begin(hpi_busy *busy, int64_t now_ns) {
    atomic_store_explicit(&busy->since_ns, now_ns, memory_order_release);
}

void hpi_busy_end(hpi_busy *busy, int64_t now_ns) {
    int64_t total = atomic_load_explicit(&busy->total_ns, memory_order_relaxed);
    int64_t since = atomic_load_explicit(&busy->since_ns, memory_order_relaxed);
    atomic_store_explicit(&busy->since_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&busy->total_ns, total + now_ns - since, memory_order_release);
}

int64_t hpi_busy_ns(const hpi_busy *busy, int64_t now_ns) {
    int64_t total = atomic_load_explicit(&busy->total_ns, memory_order_acquire);
    int64_t since = atomic_load_explicit(&busy->since_ns, memory_order_acquire);
    return since > 0 && now_ns > since ? total + now_ns - since : total;
}

/* All together. */

static double busy_fraction(const hpt_run *run, uint32_t worker_count, int64_t now_ns) {
    double busy = 0, wall = (double)(now_ns - run->start_ns) * worker_count;
    for (uint32_t i = 0; i < worker_count; i++)
        busy += (double)hpi_busy_ns(&run->workers[i].busy, now_ns);
    return wall > 0 ? fmin(busy / wall, 1) : 0;
}

static void fill_counts(hpt_stats *stats, const uint64_t words[WORD_COUNT]) {
    stats->stop = (hpt_stop)words[WORD_STOP];
    stats->trial_count = words[WORD_ASKED];
    stats->has_best = words[WORD_HAS_BEST] != 0;
    stats->best_trial = stats->has_best ? words[WORD_BEST_TRIAL] : UINT64_MAX;
    stats->best_value = stats->has_best ? real_of(words[WORD_BEST_VALUE]) : NAN;
    stats->queue_depth_max = (uint32_t)words[WORD_QUEUE_DEPTH_MAX];
    stats->ring_depth_max = (uint32_t)words[WORD_RING_DEPTH_MAX];
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++)
        stats->state_count[i] = words[WORD_TOLD_STATES + i];
}

void hpi_stats_of(const void *context, hpt_stats *stats_out) {
    const hpt_run *run = context;
    uint64_t       words[WORD_COUNT];
    /* acquire: pairs with the release in hpi_finish(), behind which end_ns is set */
    bool             is_finished = atomic_load_explicit(&run->is_finished, memory_order_acquire);
    int64_t          now_ns = is_finished ? run->end_ns : hpi_now_ns();
    hpt_stats        stats = { .struct_size = sizeof stats };
    hpt_cancel_level level = hpi_cancels_level(&run->cancels);
    atomic_thread_fence(memory_order_acquire); /* pairs with hpt_cancel_raise() behind a publish */
    read_words(&run->stats, words);
    fill_counts(&stats, words);
    stats.queue_depth = hpi_queue_depth(run->queue); /* workers take from it between snapshots */
    /* A cancel counts from the moment it is asked for, though trials may run on for long. */
    if (stats.stop == HPT_STOP_NONE && level != HPT_CANCEL_NONE) stats.stop = HPT_STOP_CANCELLED;
    stats.trial_count_max = run->plan.options.trial_count_max;
    stats.wall_s_max = run->plan.options.wall_s_max;
    stats.wall_s = (double)(now_ns - run->start_ns) * 1e-9;
    stats.worker_count = atomic_load_explicit(&run->started, memory_order_relaxed);
    stats.worker_count_wanted = run->plan.worker_count_wanted;
    stats.cpu_count = run->plan.grant.count;
    stats.threads_per_trial = hpi_plan_threads(&run->plan);
    stats.is_oversubscribed = hpi_plan_is_oversubscribed(&run->plan, stats.worker_count);
    stats.busy_fraction = busy_fraction(run, stats.worker_count, now_ns);
    hpi_dispatch_totals(run->dispatch, &stats.observer_lost, &stats.observer_failures);
    *stats_out = stats;
}
