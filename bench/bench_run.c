/* SPDX-License-Identifier: BSD-3-Clause */
/* What hpt adds to a trial. Base: a static split of the same work over plain threads that share
 * nothing. Same work for all: 4 uniform reals from the trial's number, some operations, the best
 * kept. */
#include "bench.h"

#include <hpt/extend.h>
#include <hpt/hpt.h>

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { DIMS = 4, THREADS = 2 };

static double ops_per_ns;

static double evaluate(const double point[DIMS], double ns) {
    double sum = 0;
    for (int j = 0; j < DIMS; j++)
        sum += point[j] * point[j];
    return ns > 0 ? sum + 1e-300 * bench_work(ns * ops_per_ns, sum) : sum;
}

/* The floor. */

typedef struct share {
    pthread_t thread;
    uint64_t  first, end;
    double    ns, best;
} share;

static void *run_share(void *argument) {
    share *mine = argument;
    mine->best = INFINITY;
    for (uint64_t i = mine->first; i < mine->end; i++) {
        uint64_t words[DIMS];
        double   point[DIMS];
        hpt_random(1, i, 1, words, DIMS);
        for (int j = 0; j < DIMS; j++)
            point[j] = -5 + 10 * ((double)(words[j] >> 11) * 0x1p-53);
        double value = evaluate(point, mine->ns);
        if (value < mine->best) mine->best = value;
    }
    return NULL;
}

static void static_split(const bench_row *row) {
    share shares[THREADS];
    for (unsigned i = 0; i < row->threads; i++) {
        shares[i] = (share){ .first = row->ops * i / row->threads,
                             .end = row->ops * (i + 1) / row->threads,
                             .ns = row->cost };
        pthread_create(&shares[i].thread, NULL, run_share, &shares[i]);
    }
    for (unsigned i = 0; i < row->threads; i++)
        pthread_join(shares[i].thread, NULL);
}

/* hpt. */

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    double point[DIMS];
    for (hpt_param j = 0; j < DIMS; j++)
        point[j] = hpt_trial_real_at(trial, j);
    *value_out = evaluate(point, *(const double *)user);
    return HPT_OK;
}

static hpt_status run_hpt(const bench_row *row, hpt_options options) {
    static const char *const names[DIMS] = { "a", "b", "c", "d" };
    hpt_space               *space = hpt_space_create();
    for (int j = 0; j < DIMS; j++)
        hpt_space_add_real(space, names[j], -5, 5);
    double      ns = row->cost;
    hpt_err     err;
    hpt_result *result = NULL;
    options.worker_count = row->threads;
    options.trial_count_max = row->ops;
    hpt_status status = hpt_parallel_run(space, objective, &ns, &options, &result, &err);
    if (status != HPT_OK) {
        fprintf(stderr, "%s: %s\n", row->name, err.text);
        exit(1);
    }
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status;
}

static void run_random(const bench_row *row) {
    run_hpt(row, hpt_options_default());
}

/* Any strategy: asked for each point, told each result. */

typedef struct asked_state {
    const hpt_space *space;
    double           best;
} asked_state;

static hpt_status asked_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    asked_state *mine = state;
    (void)err;
    mine->space = setup->space;
    mine->best = INFINITY;
    return HPT_OK;
}

static hpt_status asked_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    asked_state *mine = state;
    uint64_t     words[DIMS];
    (void)err;
    hpt_random(1, number, 1, words, DIMS);
    for (hpt_param j = 0; j < DIMS; j++)
        point_out[j] = hpt_space_at_fraction(mine->space, j, words[j]);
    return HPT_OK;
}

static void asked_tell(void *state, const hpt_outcome *outcome) {
    asked_state *mine = state;
    if (outcome->loss < mine->best) mine->best = outcome->loss;
}

static hpt_strategy_class asked = { .struct_size = sizeof(hpt_strategy_class),
                                    .name = "asked",
                                    .state_size = sizeof(asked_state),
                                    .init = asked_init,
                                    .ask = asked_ask,
                                    .tell = asked_tell };

static void run_asked(const bench_row *row) {
    hpt_options options = hpt_options_default();
    options.strategy_class = &asked;
    run_hpt(row, options);
}

static void run_strict(const bench_row *row) {
    hpt_strategy_class strict = asked;
    strict.batch_max = 1;
    hpt_options options = hpt_options_default();
    options.strategy_class = &strict;
    run_hpt(row, options);
}

static void run_window(const bench_row *row) {
    hpt_options options = hpt_options_default();
    options.strategy_class = &asked;
    options.window = 64;
    run_hpt(row, options);
}

static hpt_status ignore(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

static void run_observed(const bench_row *row) {
    hpt_options  options = hpt_options_default();
    hpt_observer observer = hpt_observer_default();
    observer.events = ignore;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    options.observers = &observer;
    options.observer_count = 1;
    run_hpt(row, options);
}

/* The design hpt replaces: workers that lock a mutex around the strategy, per trial. */

typedef struct locked {
    pthread_mutex_t mutex;
    uint64_t        next, end;
    double          ns, best;
} locked;

static void *run_locked(void *argument) {
    locked *it = argument;
    for (;;) {
        uint64_t words[DIMS];
        double   point[DIMS];
        pthread_mutex_lock(&it->mutex);
        uint64_t number = it->next++;
        hpt_random(1, number, 1, words, DIMS);
        pthread_mutex_unlock(&it->mutex);
        if (number >= it->end) return NULL;
        for (int j = 0; j < DIMS; j++)
            point[j] = -5 + 10 * ((double)(words[j] >> 11) * 0x1p-53);
        double value = evaluate(point, it->ns);
        pthread_mutex_lock(&it->mutex);
        if (value < it->best) it->best = value;
        pthread_mutex_unlock(&it->mutex);
    }
}

static void mutex_around_strategy(const bench_row *row) {
    pthread_t threads[THREADS];
    locked    it = { .end = row->ops, .ns = row->cost, .best = INFINITY };
    pthread_mutex_init(&it.mutex, NULL);
    for (unsigned i = 0; i < row->threads; i++)
        pthread_create(&threads[i], NULL, run_locked, &it);
    for (unsigned i = 0; i < row->threads; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&it.mutex);
}

#define FLOOR "run.static_split"
#define ROWS(ops_, ns_)                                                                            \
    { FLOOR, THREADS, ops_, static_split, ns_, FLOOR },                                            \
        { "run.random", THREADS, ops_, run_random, ns_, FLOOR },                                   \
        { "run.any_strategy", THREADS, ops_, run_asked, ns_, FLOOR },                              \
        { "run.strict", THREADS, ops_, run_strict, ns_, FLOOR },                                   \
        { "run.window_64", THREADS, ops_, run_window, ns_, FLOOR },                                \
        { "run.observed", THREADS, ops_, run_observed, ns_, FLOOR }, {                             \
        "run.mutex_and_strategy", THREADS, ops_, mutex_around_strategy, ns_, FLOOR                 \
    }

int main(void) {
    static const bench_row empty[] = { ROWS(1000000, 0) };
    static const bench_row short_[] = { ROWS(200000, 1000) };
    static const bench_row middle[] = { ROWS(20000, 10000) };
    static const bench_row long_[] = { ROWS(3000, 100000) };
    enum { COUNT = sizeof empty / sizeof *empty };
    ops_per_ns = bench_ops_per_ns();
    return bench_main("objective: empty", empty, COUNT, 9) |
           bench_main("objective: 1 us", short_, COUNT, 9) |
           bench_main("objective: 10 us", middle, COUNT, 9) |
           bench_main("objective: 100 us", long_, COUNT, 5);
}
