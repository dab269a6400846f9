/* SPDX-License-Identifier: BSD-3-Clause */
/* A search as a job of a batch system, which warns it with a signal before it kills it. At the
 * first signal no new trials begin, those that run may finish, within some seconds; at the second,
 * or when those are over, they are told to stop. Whatever ended is in the study file by then, and
 * the exit code says whether the job is to be put into the queue again: docs/batch.md.
 *
 * usage: batch [STUDY [TRIALS [SECONDS [GRACE]]]]   of the study, of a trial, for running trials */
#include <hpt/hpt.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

enum { ALL_DONE = 0, WRONG = 1, REQUEUE_ME = 75 }; /* EX_TEMPFAIL of sysexits.h */

static hpt_cancel stop; /* {0}: nobody has asked */

static void on_signal(int number) {
    static volatile sig_atomic_t count;
    (void)number;
    hpt_cancel_raise(&stop, count++ == 0 ? HPT_CANCEL_FINISH : HPT_CANCEL_NOW);
}

/* SIGUSR1: the warning that was ordered. SIGTERM: the job is to end. SIGINT: by hand. */
static void heed_signals(void) {
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    const int        numbers[] = { SIGUSR1, SIGTERM, SIGINT };
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        sigaction(numbers[i], &action, NULL);
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Your solver. What matters here is that it asks now and then whether it should stop. */
static hpt_status solve(hpt_trial *trial, void *user, double *value_out) {
    double end_s = now_s() + *(const double *)user;
    while (now_s() < end_s) {
        if (hpt_trial_should_stop(trial)) return HPT_ESTOPPED;
        nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    *value_out = pow(hpt_trial_real(trial, "x") - 1, 2) + pow(hpt_trial_real(trial, "y") + 2, 2);
    return HPT_OK;
}

static int report(const hpt_result *result, uint64_t wanted) {
    const hpt_stats   *stats = hpt_result_stats(result);
    unsigned long long done = 0;
    for (int state = HPT_TRIAL_COMPLETE; state < HPT_TRIAL_CANCELLED; state++)
        done += stats->state_count[state];
    printf("%s: %llu of %llu trials have ended, best %g\n", hpt_result_stop_text(result), done,
           (unsigned long long)wanted, hpt_result_value(result));
    for (size_t i = 0; hpt_result_warning(result, i); i++)
        fprintf(stderr, "%s\n", hpt_result_warning(result, i));
    switch (hpt_result_stop(result)) {
    case HPT_STOP_CANCELLED:
    case HPT_STOP_WALL:
        return REQUEUE_ME;
    case HPT_STOP_STORE:
    case HPT_STOP_STRATEGY:
    case HPT_STOP_WORKERS:
        return WRONG;
    default:
        return ALL_DONE;
    }
}

int main(int count, char **words) {
    double      trial_s = count > 3 ? strtod(words[3], NULL) : 0.1;
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_options options = hpt_options_default();
    options.study = count > 1 ? words[1] : "batch.db";
    options.trial_count_max = count > 2 ? strtoull(words[2], NULL, 10) : 100;
    options.drain_s = count > 4 ? strtod(words[4], NULL) : 20; /* Slurm kills after 30 */
    options.grace_s = 1; /* a trial that does not ask is given up then */
    options.cancel = &stop;
    heed_signals(); /* before the study is opened: not a moment without */

    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", -10, 10);
    hpt_space_add_real(space, "y", -10, 10);
    int code = WRONG;
    if (hpt_parallel_run(space, solve, &trial_s, &options, &result, &err) == HPT_OK)
        code = report(result, options.trial_count_max);
    else
        fprintf(stderr, "%s\n", err.text);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return code;
}
