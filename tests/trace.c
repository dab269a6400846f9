/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void keep(trace *it, const hpt_event *event) {
    if (it->count == it->room) {
        it->room = it->room ? 2 * it->room : 256;
        it->trials = realloc(it->trials, it->room * sizeof *it->trials);
        assert_non_null(it->trials);
    }
    trace_trial *trial = &it->trials[it->count++];
    memset(trial, 0, sizeof *trial);
    trial->number = event->trial;
    trial->state = event->state;
    trial->value = event->value;
    size_t dims = hpt_space_count(event->space);
    if (event->point)
        memcpy(trial->point, event->point,
               (dims < TRACE_DIMS_MAX ? dims : TRACE_DIMS_MAX) * sizeof(hpt_coord));
    strncpy(trial->reason, event->reason, sizeof trial->reason - 1);
}

hpt_status trace_events(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    trace *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED) keep(it, &events[i]);
        if (events[i].kind == HPT_EVENT_BEST_IMPROVED) it->best_count++;
        if (events[i].kind == HPT_EVENT_FINISHED) it->finished_count++;
    }
    return HPT_OK;
}

void trace_attach(trace *into, hpt_observer *observer, hpt_options *options) {
    *observer = hpt_observer_default();
    observer->events = trace_events;
    observer->user = into;
    observer->policy = HPT_POLICY_BLOCK;
    options->observers = observer;
    options->observer_count = 1;
}

void trace_run(trace *into, const hpt_space *space, hpt_objective objective, void *user,
               const hpt_options *options) {
    hpt_options  mine = *options;
    hpt_observer observer;
    hpt_result  *result = NULL;
    hpt_err      err;
    memset(&err, 0, sizeof err);
    trace_attach(into, &observer, &mine);
    hpt_status status = hpt_parallel_run(space, objective, user, &mine, &result, &err);
    if (status != HPT_OK) fail_msg("%d: %s", (int)status, err.text);
    into->best_trial = hpt_result_trial(result);
    into->best_value = hpt_result_value(result);
    into->stop = hpt_result_stop(result);
    hpt_result_destroy(result);
}

void trace_free(trace *it) {
    free(it->trials);
    memset(it, 0, sizeof *it);
}

static bool same_bits(const void *a, const void *b, size_t bytes) {
    return !memcmp(a, b, bytes);
}

void trace_assert_equal(const trace *a, const trace *b) {
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        const trace_trial *left = &a->trials[i], *right = &b->trials[i];
        assert_int_equal(left->number, right->number);
        assert_int_equal(left->state, right->state);
        bool both_nan = isnan(left->value) && isnan(right->value);
        assert_true(both_nan || same_bits(&left->value, &right->value, sizeof(double)));
        assert_memory_equal(left->point, right->point, sizeof left->point);
        assert_string_equal(left->reason, right->reason);
    }
    assert_int_equal(a->best_count, b->best_count);
    assert_int_equal(a->best_trial, b->best_trial);
    assert_int_equal(a->stop, b->stop);
}

void trace_assert_same_on_threads(const trace *reference, const hpt_space *space,
                                  hpt_objective objective, hpt_options options) {
    static const uint32_t worker_counts[] = { 1, 2, 3, 8 };
    options.pool = "threads";
    for (size_t i = 0; i < 2 * sizeof worker_counts / sizeof *worker_counts; i++) {
        trace other = { 0 };
        options.worker_count = worker_counts[i / 2];
        options.coordinator = i % 2 ? HPT_COORDINATOR_CALLER : HPT_COORDINATOR_WORKERS;
        trace_run(&other, space, objective, NULL, &options);
        trace_assert_equal(reference, &other);
        trace_free(&other);
    }
}

hpt_space *trace_space(void) {
    static const char *const modes[] = { "slow", "fast", "exact" };
    hpt_space               *space = hpt_space_create();
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_real(space, "y", -5, 5);
    hpt_space_add_int(space, "n", -10, 10);
    hpt_space_set_log(space, hpt_space_add_real(space, "r", 1e-3, 1e3));
    hpt_space_add_choice(space, "c", modes, 3);
    hpt_space_add_constant(space, "k", hpt_int(7));
    hpt_err err;
    memset(&err, 0, sizeof err);
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

hpt_status trace_sphere(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double x = hpt_trial_real_at(trial, 0), y = hpt_trial_real_at(trial, 1);
    double n = (double)hpt_trial_int_at(trial, 2), r = log10(hpt_trial_real_at(trial, 3));
    double c = strcmp(hpt_trial_text_at(trial, 4), "exact") == 0 ? 0 : 1;
    *value_out = x * x + y * y + n * n + r * r + c;
    return HPT_OK;
}

static void wait_up_to_ns(long most_ns) {
    static atomic_uint calls;
    unsigned        call = atomic_fetch_add(&calls, 1) * 2654435761u; /* another time each call */
    struct timespec span = { 0, (long)(call >> 12) % most_ns };
    nanosleep(&span, NULL);
}

hpt_status trace_slow_sphere(hpt_trial *trial, void *user, double *value_out) {
    wait_up_to_ns(200000);
    uint64_t number = hpt_trial_number(trial);
    if (number % 7 == 3) return hpt_trial_fail(trial, "trial %d is a seventh", (int)number);
    if (number % 11 == 5) return hpt_trial_prune(trial);
    return trace_sphere(trial, user, value_out);
}

/* The learner. */

typedef struct learner_state {
    const hpt_space *space;
    uint64_t         seed;
    size_t           dims;
    double           best_loss, step;
    hpt_coord        best[TRACE_DIMS_MAX];
    uint64_t         told_count;
} learner_state;

static hpt_status learner_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    learner_state *mine = state;
    mine->space = setup->space;
    mine->seed = setup->seed;
    mine->dims = hpt_space_count(setup->space);
    mine->best_loss = INFINITY;
    mine->step = 0.3;
    if (mine->dims > TRACE_DIMS_MAX)
        return hpt_error(err, HPT_ELIMIT, "%zu parameters are above %d", mine->dims,
                         TRACE_DIMS_MAX);
    return HPT_OK;
}

static hpt_status learner_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    learner_state *mine = state;
    uint64_t       words[TRACE_DIMS_MAX];
    (void)err;
    hpt_random(mine->seed, number, 1, words, mine->dims);
    for (hpt_param j = 0; j < mine->dims; j++) {
        double unit = (double)(words[j] >> 11) * 0x1p-53;
        point_out[j] = hpt_space_from_unit(mine->space, j, unit);
        if (!isfinite(mine->best_loss)) continue;
        double centre = hpt_space_to_unit(mine->space, j, mine->best[j]);
        point_out[j] = hpt_space_from_unit(mine->space, j, centre + mine->step * (2 * unit - 1));
    }
    return HPT_OK;
}

static void learner_tell(void *state, const hpt_outcome *outcome) {
    learner_state *mine = state;
    mine->told_count++;
    mine->step *= 0.999; /* so that even a failed trial changes what comes */
    if (outcome->state != HPT_TRIAL_COMPLETE || outcome->loss >= mine->best_loss) return;
    mine->best_loss = outcome->loss;
    mine->step *= 1.1;
    memcpy(mine->best, outcome->point, mine->dims * sizeof(hpt_coord));
}

const hpt_strategy_class trace_learner = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "learner",
    .summary = "a (1+1) evolution strategy, for tests",
    .state_size = sizeof(learner_state),
    .batch_max = 1,
    .init = learner_init,
    .ask = learner_ask,
    .tell = learner_tell,
};
