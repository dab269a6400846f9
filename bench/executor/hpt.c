/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt as a variant of the work: three strategies that propose the same candidates, and the options
 * that cost something. */
#include "executor/executor.h"

#include "machine.h"

#include <stdlib.h>
#include <string.h>

/* The strategies. Their state is the hook, and is read after the run: so it is here, not in the
 * core's hands. */

static const work_job *asked_job;
static work_hook       hook;

static hpt_status begin(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    (void)state, (void)setup, (void)err;
    work_hook_init(&hook);
    return HPT_OK;
}

static void point(const void *state, uint64_t number, hpt_coord *point_out) {
    (void)state;
    work_ask(asked_job, number, &point_out->real);
}

static void points(const void *state, uint64_t first, size_t count, hpt_coord *points_out) {
    (void)state;
    for (size_t i = 0; i < count; i++)
        work_ask(asked_job, first + i, &points_out[i * WORK_DIMS].real);
}

static hpt_status ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)err;
    point(state, number, point_out);
    return HPT_OK;
}

static void tell(void *state, const hpt_outcome *outcome) {
    (void)state;
    work_tell(&hook, outcome->number, outcome->loss);
}

static const hpt_strategy_class classes[] = {
    [EXECUTOR_PURE] = { .struct_size = sizeof(hpt_strategy_class),
                        .name = "pure",
                        .init = begin,
                        .point = point,
                        .points = points,
                        .tell = tell },
    [EXECUTOR_ANY] = { .struct_size = sizeof(hpt_strategy_class),
                       .name = "any",
                       .init = begin,
                       .ask = ask,
                       .tell = tell },
    [EXECUTOR_STRICT] = { .struct_size = sizeof(hpt_strategy_class),
                          .name = "strict",
                          .batch_max = 1,
                          .init = begin,
                          .ask = ask,
                          .tell = tell },
};

const hpt_strategy_class *executor_class(executor_strategy strategy, const work_job *job) {
    asked_job = job;
    return &classes[strategy];
}

hpt_options executor_options(executor_strategy strategy, const work_job *job) {
    hpt_options options = hpt_options_default();
    options.strategy_class = executor_class(strategy, job);
    options.worker_count = job->workers;
    options.trial_count_max = job->trials;
    options.pin = bench_is_pinning();
    return options;
}

static hpt_space *space;

hpt_space *executor_space(void) {
    static const char *const names[WORK_DIMS] = { "a", "b", "c", "d" };
    if (space) return space;
    space = hpt_space_create();
    for (int j = 0; j < WORK_DIMS; j++)
        hpt_space_add_real(space, names[j], -5, 5);
    return space;
}

void executor_space_forget(void) {
    hpt_space_destroy(space);
    space = NULL;
}

hpt_status executor_objective(hpt_trial *trial, void *user, double *value_out) {
    const hpt_coord *point = hpt_trial_point(trial);
    *value_out = work_evaluate(user, hpt_trial_number(trial), &point->real);
    return HPT_OK;
}

/* A run. What it says of itself must fit what the hook saw. */
static void run(const work_job *job, work_answer *answer, const hpt_options *options) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_status  status = hpt_parallel_run(executor_space(), executor_objective,
                                          (void *)(uintptr_t)job, options, &result, &err);
    if (status != HPT_OK) {
        fprintf(stderr, "hpt: %s\n", err.text);
        return;
    }
    work_answer_by_hook(answer, &hook);
    answer->evaluated = hpt_result_count(result, HPT_TRIAL_COMPLETE);
    answer->best.id = hpt_result_trial(result);
    hpt_result_destroy(result);
}

static void run_pure(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_PURE, job);
    run(job, answer, &options);
}

/* A strategy of the library's own, which nobody has to tell anything. */
static void run_random(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_PURE, job);
    options.strategy_class = NULL;
    options.strategy = "random";
    options.seed = 1;
    run(job, answer, &options);
}

static void run_any(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_ANY, job);
    run(job, answer, &options);
}

static void run_strict(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_STRICT, job);
    run(job, answer, &options);
}

/* Results in order of number, at most 32 trials in flight: the same run at any number of workers.
 */
static void run_window(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_ANY, job);
    options.window = 32;
    run(job, answer, &options);
}

static void run_inline(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_ANY, job);
    options.pool = "inline";
    bench_pin_self(0);
    run(job, answer, &options);
    bench_unpin_self();
}

static void run_free(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_ANY, job);
    options.pin = false;
    run(job, answer, &options);
}

/* The strategy stays on the calling thread, which evaluates nothing. */
static void run_caller(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_ANY, job);
    options.coordinator = HPT_COORDINATOR_CALLER;
    run(job, answer, &options);
}

static void run_strict_caller(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_STRICT, job);
    options.coordinator = HPT_COORDINATOR_CALLER;
    run(job, answer, &options);
}

/* With an observer: an event with time stamps for each trial, none lost. */

typedef struct seen {
    uint64_t events;
    bool     is_stamped;
} seen;

static hpt_status count_events(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    seen *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++)
        if (events[i].time_ns <= 0) it->is_stamped = false;
    it->events += count;
    return HPT_OK;
}

static void run_observed(const work_job *job, work_answer *answer, hpt_options *options,
                         hpt_policy policy) {
    seen         it = { .is_stamped = true };
    hpt_observer observer = hpt_observer_default();
    observer.events = count_events;
    observer.user = &it;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.policy = policy;
    options->observers = &observer;
    options->observer_count = 1;
    run(job, answer, options);
    if (!it.is_stamped || (policy == HPT_POLICY_BLOCK && it.events != job->trials))
        answer->evaluated = it.events; /* so that the row has no figures */
}

static void run_pure_observed(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_PURE, job);
    run_observed(job, answer, &options, HPT_POLICY_BLOCK);
}

static void run_any_observed(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_ANY, job);
    run_observed(job, answer, &options, HPT_POLICY_BLOCK);
}

static void run_any_watched(const work_job *job, work_answer *answer) {
    hpt_options options = executor_options(EXECUTOR_ANY, job);
    run_observed(job, answer, &options, HPT_POLICY_DROP);
}

enum { BOTH = WORK_ASKS | WORK_TELLS };

static const work_variant variants[] = {
    { "run.pure", run_pure, WORK_TELLS, NULL },
    { "run.random", run_random, 0, "the strategy \"random\", which is not told" },
    { "run.any", run_any, BOTH, NULL },
    { "run.strict", run_strict, BOTH, NULL },
    { "run.pure_observed", run_pure_observed, WORK_TELLS, "stamp and event per trial, none lost" },
    { "run.any_observed", run_any_observed, BOTH, "stamp and event per trial, none lost" },
    { "run.any_watched", run_any_watched, BOTH, "the same, losing what the observer is late for" },
    { "run.any_window_32", run_window, BOTH, NULL },
    { "run.any_free", run_free, BOTH, "workers not bound" },
    { "run.any_caller", run_caller, BOTH, "the calling thread coordinates" },
    { "run.strict_caller", run_strict_caller, BOTH, "the calling thread coordinates" },
    { "run.any_inline", run_inline, BOTH, "on the calling thread" },
    { NULL, NULL, 0, NULL },
};

const work_family executor_hpt = { "hpt", NULL, variants };
