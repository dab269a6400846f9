/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/tpe_trials.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "strategy/approx.h"

enum { COMPLETE, PRUNED, PRUNED_UNSEEN, INFEASIBLE };
enum { ROOM_FIRST = 64, GOOD_FRONT_MAX = 1000 };

static size_t at_most(size_t a, size_t b) {
    return a < b ? a : b;
}

hpt_status hpi_tpe_trials_init(hpi_tpe_trials *trials, const hpi_parzen_rule *rule, hpt_err *err) {
    trials->axis_count = rule->axis_count;
    hpi_parzen_init(&trials->good_density, rule);
    hpi_parzen_init(&trials->rest_density, rule);
    hpi_parzen_init(&trials->failed_density, rule);
    if (trials->goal_count <= 1) return HPT_OK;
    trials->good_max = at_most(trials->good_max, GOOD_FRONT_MAX);
    return hpi_tpe_front_init(&trials->front, trials->goal_count, trials->good_max, err);
}

void hpi_tpe_trials_fini(hpi_tpe_trials *trials) {
    hpi_parzen_fini(&trials->good_density);
    hpi_parzen_fini(&trials->rest_density);
    hpi_parzen_fini(&trials->failed_density);
    hpi_free(trials->x);
    hpi_free(trials->keys);
    hpi_free(trials->parts);
    hpi_free(trials->good);
    hpi_free(trials->heap);
    hpi_free(trials->losses);
    hpi_tpe_front_fini(&trials->front);
}

/* ---- room ---- */

/* An array that grew stays so when the next one cannot: `room` is the least of them. */
static bool grow(hpi_tpe_trials *trials) {
    size_t room = trials->room ? trials->room + trials->room / 2 : ROOM_FIRST;
    size_t axes = trials->axis_count ? 2 * trials->axis_count : 1;
    bool   is_grown =
        hpi_resize_array(&trials->x, room * axes, sizeof *trials->x) &&
        hpi_resize_array(&trials->keys, room, sizeof *trials->keys) &&
        hpi_resize_array(&trials->parts, room, sizeof *trials->parts) &&
        hpi_resize_array(&trials->good, room, sizeof *trials->good) &&
        hpi_resize_array(&trials->heap, room, sizeof *trials->heap) &&
        (trials->goal_count <= 1 ||
         hpi_resize_array(&trials->losses, room * trials->goal_count, sizeof *trials->losses));
    if (is_grown) trials->room = room;
    return is_grown;
}

bool hpi_tpe_trials_reserve(hpi_tpe_trials *trials) {
    if (trials->count == trials->room && !grow(trials)) return false;
    size_t good = at_most(trials->count + 1, trials->good_max) + 1; /* one more while two change */
    return hpi_parzen_reserve(&trials->good_density, good) &&
           hpi_parzen_reserve(&trials->rest_density, trials->count + 2) &&
           hpi_parzen_reserve(&trials->failed_density, trials->failed + trials->pending + 2);
}

/* ---- order ---- */

static bool has_bound(const hpt_outcome *outcome) {
    return outcome->state == HPT_TRIAL_PRUNED && !isnan(outcome->bound);
}

static hpi_tpe_key key_of(const hpi_tpe_trials *trials, const hpt_outcome *outcome) {
    hpi_tpe_key key = { .class = INFEASIBLE, .first = outcome->violation };
    if (outcome->state == HPT_TRIAL_COMPLETE) {
        key.class = COMPLETE;
        key.first = outcome->loss;
    } else if (has_bound(outcome)) {
        key.class = COMPLETE;
        key.first = outcome->bound;
    } else if (outcome->state == HPT_TRIAL_PRUNED) {
        double report = trials->is_maximising ? -outcome->last_value : outcome->last_value;
        key.class = outcome->has_report ? PRUNED : PRUNED_UNSEEN;
        key.first = outcome->has_report ? -(double)outcome->last_step : 0;
        key.second = outcome->has_report ? report : 0;
    }
    if (isnan(key.first)) key.first = INFINITY;
    if (isnan(key.second)) key.second = INFINITY;
    return key;
}

static bool is_better(const hpi_tpe_trials *trials, uint32_t a, uint32_t b) {
    const hpi_tpe_key *x = &trials->keys[a], *y = &trials->keys[b];
    if (x->class != y->class) return x->class < y->class;
    if (x->first != y->first) return x->first < y->first;
    if (x->second != y->second) return x->second < y->second;
    return a < b;
}

static void swap(uint32_t *a, uint32_t *b) {
    uint32_t held = *a;
    *a = *b;
    *b = held;
}

static void push(hpi_tpe_trials *trials, uint32_t trial) {
    uint32_t *heap = trials->heap;
    size_t    at = trials->heap_count++;
    heap[at] = trial;
    for (; at > 0 && is_better(trials, heap[at], heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&heap[at], &heap[(at - 1) / 2]);
}

static uint32_t pop(hpi_tpe_trials *trials) {
    uint32_t *heap = trials->heap, top = heap[0];
    size_t    count = --trials->heap_count, at = 0;
    heap[0] = heap[count];
    for (size_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && is_better(trials, heap[child + 1], heap[child])) child++;
        if (!is_better(trials, heap[child], heap[at])) break;
        swap(&heap[child], &heap[at]);
        at = child;
    }
    return top;
}

/* ---- the two parts ---- */

static bool has_front(const hpi_tpe_trials *trials, uint32_t trial) {
    return trials->goal_count > 1 && trials->keys[trial].class == COMPLETE;
}

static size_t count_good(const hpi_tpe_trials *trials) {
    return trials->good_count + trials->front.fronts.count;
}

static void sort_in(hpi_tpe_trials *trials, uint32_t trial) {
    size_t at = trials->good_count++;
    for (; at > 0 && is_better(trials, trial, trials->good[at - 1]); at--)
        trials->good[at] = trials->good[at - 1];
    trials->good[at] = trial;
}

static void promote(hpi_tpe_trials *trials, uint32_t trial) {
    if (has_front(trials, trial))
        hpi_tpe_front_add(&trials->front, trial, trials->losses + trial * trials->goal_count);
    else
        sort_in(trials, trial);
    trials->parts[trial] = HPI_TPE_GOOD;
    hpi_parzen_remove(&trials->rest_density, trial);
    hpi_parzen_add(&trials->good_density, trial,
                   trials->x + (size_t)trial * 2 * trials->axis_count);
}

static uint32_t take_last(hpi_tpe_trials *trials) {
    if (trials->good_count > 0) return trials->good[--trials->good_count];
    size_t   rank;
    uint32_t trial = hpi_tpe_front_drop(&trials->front, &rank);
    trials->keys[trial].first = (double)rank;
    return trial;
}

static void demote_last(hpi_tpe_trials *trials) {
    uint32_t trial = take_last(trials);
    trials->parts[trial] = HPI_TPE_REST;
    push(trials, trial);
    hpi_parzen_remove(&trials->good_density, trial);
    hpi_parzen_add(&trials->rest_density, trial,
                   trials->x + (size_t)trial * 2 * trials->axis_count);
}

/* Trials in flight take three times as many of those that were told out of the count of which a
 * share is good: what the good ones led to is not known yet, so the search has to follow the very
 * best. With 8 in flight on BBOB, 50 and 100 trials in 5 dimensions, 0 to 4 times left 0.273 /
 * 0.141, 0.251 / 0.132, 0.251 / 0.129, 0.263 / 0.130, 0.266 / 0.131 of random's error; 100 and 200
 * trials in 10, 0.196 / 0.148 (0 times) and 0.158 / 0.117 (3 times). */
static const double lag = 3;

/* A pruned trial is as much of one as it came far: a pruner lets a search begin many more trials,
 * most of which it stops at once, and what is good must not become common because of that. With
 * Hyperband, after 0.4 of the epochs of 50 whole trainings, it is left with 1.07 times the loss
 * that 50 unpruned ones leave (tools/bench pruning, formulas but `crossing`, geometric mean); with
 * 1.29 times when each counts as a whole one. */
static double count_told(const hpi_tpe_trials *trials) {
    double share = trials->furthest > 0 ? trials->pruned_steps / trials->furthest : 0;
    return (double)(trials->told - trials->pruned) + share;
}

static void note_steps(hpi_tpe_trials *trials, const hpt_outcome *outcome) {
    double steps = outcome->has_report ? fmax((double)outcome->last_step, 0) : 0;
    trials->furthest = fmax(trials->furthest, steps);
    if (outcome->state != HPT_TRIAL_PRUNED) return;
    trials->pruned++;
    trials->pruned_steps += steps;
}

static void rebalance(hpi_tpe_trials *trials) {
    double known = count_told(trials) - lag * (double)trials->pending;
    double share = fmax(1, ceil(trials->gamma * known));
    size_t target = share < (double)trials->good_max ? (size_t)share : trials->good_max;
    while (count_good(trials) > target)
        demote_last(trials);
    while (count_good(trials) < target && trials->heap_count > 0)
        promote(trials, pop(trials));
    while (trials->good_count > 0 && trials->heap_count > 0 &&
           is_better(trials, trials->heap[0], trials->good[trials->good_count - 1])) {
        promote(trials, pop(trials));
        demote_last(trials);
    }
}

uint32_t hpi_tpe_trials_add(hpi_tpe_trials *trials, const float *x) {
    size_t trial = trials->count++;
    HPI_ASSERT(trial < trials->room);
    if (trials->axis_count > 0)
        memcpy(trials->x + trial * 2 * trials->axis_count, x, 2 * trials->axis_count * sizeof *x);
    trials->parts[trial] = HPI_TPE_PENDING;
    trials->pending++;
    hpi_parzen_add(&trials->rest_density, trial, x);
    return (uint32_t)trial;
}

static bool has_rank(hpt_trial_state state) {
    return state == HPT_TRIAL_COMPLETE || state == HPT_TRIAL_PRUNED ||
           state == HPT_TRIAL_INFEASIBLE;
}

bool hpi_tpe_is_lost(const hpt_outcome *outcome) {
    return !has_rank(outcome->state) && !outcome->is_failure;
}

/* It has no rank and is never good. A point to be avoided stays with the rest. */
static void set_aside(hpi_tpe_trials *trials, uint32_t trial, const hpt_outcome *outcome) {
    bool is_lost = hpi_tpe_is_lost(outcome);
    trials->parts[trial] = is_lost ? HPI_TPE_LOST : HPI_TPE_FAILED;
    if (is_lost) {
        hpi_parzen_remove(&trials->rest_density, trial);
        return;
    }
    trials->told++;
    trials->failed++;
    hpi_parzen_add(&trials->failed_density, trial,
                   trials->x + (size_t)trial * 2 * trials->axis_count);
    rebalance(trials);
}

/* Whatever it would have come to, it is no better than what there is. */
static bool is_worse(const hpi_tpe_trials *trials, const hpt_outcome *outcome) {
    return has_bound(outcome) && trials->has_best && outcome->bound >= trials->best;
}

static void note_best(hpi_tpe_trials *trials, const hpt_outcome *outcome) {
    if (outcome->state != HPT_TRIAL_COMPLETE || isnan(outcome->loss)) return;
    if (trials->has_best && outcome->loss >= trials->best) return;
    trials->has_best = true;
    trials->best = outcome->loss;
}

/* Densities of few trials prove nothing, so it is not taken for less than a fifth:
 * docs/strategies.md has what was measured. */
static const double chance_least = 0.2;

float hpi_tpe_log_chance(const hpi_tpe_trials *trials, float good, float rest, float failed) {
    double of_good = (double)trials->good_density.total + 0.5;
    double of_rest = (double)trials->rest_density.total + 0.5;
    double most = fmax((double)good, (double)rest);
    double all = of_good * hpi_exp((double)good - most) + of_rest * hpi_exp((double)rest - most);
    double part = (double)trials->failed_density.total * hpi_exp((double)failed - most) / all;
    return (float)hpi_log(fmax(1 - part, chance_least));
}

static void keep_losses(hpi_tpe_trials *trials, uint32_t trial, const hpt_outcome *outcome) {
    double *losses = trials->losses + trial * trials->goal_count;
    for (size_t goal = 0; goal < trials->goal_count; goal++)
        losses[goal] = outcome->losses ? outcome->losses[goal] : INFINITY;
}

void hpi_tpe_trials_tell(hpi_tpe_trials *trials, uint32_t trial, const hpt_outcome *outcome) {
    HPI_ASSERT(trials->parts[trial] == HPI_TPE_PENDING);
    trials->pending--;
    if (!has_rank(outcome->state)) {
        set_aside(trials, trial, outcome);
        return;
    }
    if (is_worse(trials, outcome)) {
        trials->parts[trial] = HPI_TPE_WORSE;
        trials->told++;
        rebalance(trials);
        return;
    }
    note_best(trials, outcome);
    note_steps(trials, outcome);
    trials->keys[trial] = key_of(trials, outcome);
    trials->parts[trial] = HPI_TPE_REST;
    trials->told++;
    if (has_front(trials, trial)) {
        keep_losses(trials, trial, outcome);
        promote(trials, trial); /* and the least good one goes */
    } else {
        push(trials, trial);
    }
    rebalance(trials);
}
