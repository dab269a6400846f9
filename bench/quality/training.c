/* SPDX-License-Identifier: BSD-3-Clause */
#include "training.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A trial in flight. */
typedef struct in_flight {
    hpt_trial *trial; /* NULL: none */
    learner    learner;
    int        epoch; /* how many it has been trained for */
} in_flight;

typedef struct searching {
    const training *it;
    hpt_study      *study;
    in_flight       flights[TRAINING_PENDING_MAX];
    double          best_observed, best_truth;
    training_counts counts;
} searching;

static _Noreturn void stop(const training *it, const char *text) {
    fprintf(stderr, "%s, %s, %s: %s\n", it->problem->name, it->strategy, it->pruner, text);
    exit(1);
}

static hpt_study *open_study(const training *it, const hpt_space *space) {
    hpt_err     err = { 0 };
    hpt_study  *study = NULL;
    hpt_options options = hpt_options_default();
    options.strategy = it->strategy;
    options.pruner = it->pruner;
    options.seed = it->seed;
    options.worker_count = (uint32_t)it->pending;
    options.trial_count_max = HPT_UNLIMITED;
    options.fruitless_count_max = 0;
    if (hpt_study_create(space, &options, &study, &err) != HPT_OK) stop(it, err.text);
    return study;
}

/* False: the strategy has none until more has ended. */
static bool begin(searching *search, in_flight *flight) {
    const training *it = search->it;
    hpt_err         err = { 0 };
    hpt_status      status = hpt_study_ask(search->study, &flight->trial, &err);
    if (status == HPT_EAGAIN || status == HPT_EDONE) return false;
    if (status != HPT_OK) stop(it, err.text);
    flight->epoch = 0;
    flight->learner.trial = flight->trial;
    it->problem->begin(&flight->learner, flight->trial);
    search->counts.begun++;
    return true;
}

static void end_whole(searching *search, in_flight *flight, double last) {
    double  truth = search->it->problem->truth(&flight->learner, last);
    hpt_err err = { 0 };
    if (last < search->best_observed) {
        search->best_observed = last;
        search->best_truth = truth;
    }
    search->counts.whole++;
    if (hpt_study_tell(search->study, flight->trial, last, &err) != HPT_OK)
        stop(search->it, err.text);
    flight->trial = NULL;
}

static void end_pruned(searching *search, in_flight *flight) {
    hpt_err err = { 0 };
    search->counts.pruned++;
    if (hpt_study_tell_state(search->study, flight->trial, HPT_TRIAL_PRUNED, NULL, &err) != HPT_OK)
        stop(search->it, err.text);
    flight->trial = NULL;
}

/* One more epoch. A trial that is whole has nothing to be saved by pruning it. */
static void train(searching *search, in_flight *flight) {
    const learning_problem *problem = search->it->problem;
    double                  observed = problem->train(&flight->learner, ++flight->epoch);
    hpt_status              status = hpt_trial_report(flight->trial, flight->epoch, observed);
    if (flight->epoch == problem->epochs)
        end_whole(search, flight, observed);
    else if (status == HPT_EPRUNED)
        end_pruned(search, flight);
    else if (status != HPT_OK)
        stop(search->it, "a report was refused");
}

/* Trials that are cut off are not told. */
static void spend(searching *search, double *found_out) {
    const training *it = search->it;
    int             spent = 0;
    found_out[0] = INFINITY;
    while (spent < it->epochs) {
        bool is_idle = true;
        for (int i = 0; i < it->pending && spent < it->epochs; i++) {
            in_flight *flight = &search->flights[i];
            if (!flight->trial && !begin(search, flight)) continue;
            train(search, flight);
            found_out[++spent] = search->best_truth;
            is_idle = false;
        }
        if (is_idle) stop(it, "nothing is in flight, and the strategy has no more");
    }
}

void training_run(const training *it, double *found_out, training_counts *counts_out) {
    searching  search = { .it = it, .best_observed = INFINITY, .best_truth = INFINITY };
    hpt_space *space = it->problem->space();
    char      *states = malloc((size_t)it->pending * it->problem->state_bytes);
    if (!states) stop(it, "out of memory");
    for (int i = 0; i < it->pending; i++)
        search.flights[i].learner =
            (learner){ it->problem, NULL, states + (size_t)i * it->problem->state_bytes };
    search.study = open_study(it, space);
    spend(&search, found_out);
    *counts_out = search.counts;
    hpt_study_destroy(search.study);
    hpt_space_destroy(space);
    free(states);
}

/* ---- how much an early look tells ---- */

static void rank(const double *values, int count, double *ranks_out) {
    for (int i = 0; i < count; i++) {
        ranks_out[i] = 0;
        for (int j = 0; j < count; j++)
            ranks_out[i] += values[j] < values[i] ? 1 : values[j] == values[i] ? 0.5 : 0;
    }
}

static double correlate(const double *a, const double *b, int count) {
    double mean = count / 2.0, ab = 0, aa = 0, bb = 0; /* an own rank counts one half */
    for (int i = 0; i < count; i++) {
        ab += (a[i] - mean) * (b[i] - mean);
        aa += (a[i] - mean) * (a[i] - mean);
        bb += (b[i] - mean) * (b[i] - mean);
    }
    return ab / sqrt(aa * bb);
}

typedef struct sample {
    int     count; /* of points */
    double *ranks; /* of the truth; then room for 4 x count */
} sample;

/* Of the points whose truth ranks below `limit`. */
static double correlate_below(const sample *it, const double *observed, double limit) {
    double *truths = it->ranks + it->count, *values = truths + it->count;
    double *truth_ranks = values + it->count, *value_ranks = truth_ranks + it->count;
    int     count = 0;
    for (int i = 0; i < it->count; i++) {
        if (it->ranks[i] >= limit) continue;
        truths[count] = it->ranks[i];
        values[count++] = observed[i];
    }
    rank(truths, count, truth_ranks);
    rank(values, count, value_ranks);
    return correlate(truth_ranks, value_ranks, count);
}

void training_correlate(const learning_problem *problem, int points, training_correlations *out) {
    const training it = {
        .problem = problem, .strategy = "random", .pruner = "none", .seed = 1, .pending = 1
    };
    size_t     count = (size_t)points, rows = (size_t)problem->epochs + 6;
    hpt_space *space = problem->space();
    hpt_study *study = open_study(&it, space);
    double    *values = malloc(rows * count * sizeof *values);
    double    *truth = values + (size_t)problem->epochs * count;
    sample     all = { points, truth + count };
    learner    who = { problem, NULL, malloc(problem->state_bytes) };
    if (!values || !who.state) stop(&it, "out of memory");
    for (size_t i = 0; i < count; i++) {
        hpt_trial *trial;
        double     last = 0;
        if (hpt_study_ask(study, &trial, NULL) != HPT_OK) stop(&it, "no point");
        who.trial = trial;
        problem->begin(&who, trial);
        for (int epoch = 1; epoch <= problem->epochs; epoch++)
            values[(size_t)(epoch - 1) * count + i] = last = problem->train(&who, epoch);
        truth[i] = problem->truth(&who, last);
        hpt_study_tell(study, trial, last, NULL);
    }
    rank(truth, points, all.ranks);
    for (int epoch = 1; epoch <= problem->epochs; epoch++) {
        const double *observed = values + (size_t)(epoch - 1) * count;
        out->all[epoch] = correlate_below(&all, observed, points);
        out->best[epoch] = correlate_below(&all, observed, (double)points / TRAINING_BEST);
    }
    free(who.state);
    free(values);
    hpt_study_destroy(study);
    hpt_space_destroy(space);
}
