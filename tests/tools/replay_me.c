/* SPDX-License-Identifier: BSD-3-Clause */
/* A program whose study is replayed by tests of the command.
 *
 * usage: replay_me <study file> <study name> <how>...
 *   run, start, ask     which way it runs the study
 *   crash, exit         its trials do that if DIE is in the environment
 *   other               values are other ones
 *   slow                trials wait until they are told to stop
 *   narrow, more, less  the space is another one
 *   goals               there are two
 *   isolated            workers are processes */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hpt/hpt.h>

static bool has(char **words, const char *word) {
    for (; *words; words++)
        if (strcmp(*words, word) == 0) return true;
    return false;
}

/* Every state that an objective can give, and some randomness of the trial's own. */
static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    char   **words = user;
    uint64_t number = hpt_trial_number(trial);
    double   x = hpt_trial_real(trial, "x"), noise = (double)(hpt_trial_seed(trial, 0) >> 40);
    fprintf(stderr, "trial %llu at x = %.17g\n", (unsigned long long)number, x);
    if (getenv("DIE") && has(words, "crash")) raise(SIGABRT);
    if (getenv("DIE") && has(words, "exit")) _exit(3);
    for (int step = 0; step < 10; step++)
        if (hpt_trial_report(trial, step, x - step) == HPT_EPRUNED) return HPT_EPRUNED;
    if (number % 5 == 2) return hpt_trial_fail(trial, "no convergence\nat x = %g", x);
    if (number % 5 == 3) {
        hpt_trial_constraint(trial, "memory", x + 1);
        hpt_trial_set_attr(trial, "kernel", hpt_text(hpt_trial_text(trial, "kernel")));
    }
    while (has(words, "slow") && !hpt_trial_should_stop(trial))
        usleep(1000);
    value_out[0] = x + noise + (has(words, "other") ? 1 : 0);
    if (has(words, "goals")) value_out[1] = -x;
    return HPT_OK;
}

static hpt_space *make_space(char **words) {
    static const char *const kernels[] = { "rbf", "poly", "日本" };
    hpt_space               *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, has(words, "narrow") ? 1e-9 : 1);
    if (!has(words, "less")) hpt_space_add_choice(space, "kernel", kernels, 3);
    hpt_param degree = hpt_space_add_int(space, "degree", 1, 5);
    if (!has(words, "less")) hpt_space_set_condition(space, degree, "kernel == \"poly\"");
    if (has(words, "more")) hpt_space_add_real(space, "extra", 0, 1);
    return space;
}

static hpt_status search(const hpt_space *space, char **words, const hpt_options *options,
                         hpt_err *err) {
    hpt_result *result = NULL;
    hpt_run    *run = NULL;
    hpt_study  *study = NULL;
    hpt_status  status = HPT_OK;
    if (has(words, "run"))
        status = hpt_parallel_run(space, objective, words, options, &result, err);
    if (has(words, "start")) status = hpt_run_start(space, objective, words, options, &run, err);
    if (has(words, "ask")) status = hpt_study_create(space, options, &study, err);
    hpt_study_destroy(study);
    hpt_run_destroy(run);
    hpt_result_destroy(result);
    return status;
}

int main(int count, char **words) {
    static const hpt_goal goals[] = { { "error", HPT_MINIMISE, NAN },
                                      { "time", HPT_MAXIMISE, NAN } };
    hpt_err               err = { 0 };
    hpt_options           options = hpt_options_default();
    if (count < 4) return 2;
    options.study = words[1];
    options.study_name = words[2];
    options.trial_count_max = 20;
    options.strategy = "random";
    options.seed = 7;
    if (has(words, "isolated")) options.pool = "processes";
    options.window = 4; /* the same trials are pruned each time */
    options.pruner = "median:startup_trials=2,warmup_steps=3";
    if (has(words, "goals")) {
        options.goals = goals;
        options.goal_count = 2;
        options.pruner = NULL;
    }
    hpt_space *space = make_space(words);
    hpt_status status = search(space, words, &options, &err);
    if (status != HPT_OK) fprintf(stderr, "%s: %s\n", hpt_status_text(status), err.text);
    hpt_space_destroy(space);
    return status == HPT_OK ? 0 : 1;
}
