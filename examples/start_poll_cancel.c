/* SPDX-License-Identifier: BSD-3-Clause */
/* Not blocking: start a run, do something else, look at its numbers, stop it, take the result. */
#include <hpt/hpt.h>
#include <math.h>
#include <time.h>

static void sleep_ms(long ms) {
    nanosleep(&(struct timespec){ .tv_nsec = ms * 1000000 }, NULL);
}

static hpt_status slow_bowl(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    sleep_ms(2);
    *value_out = pow(hpt_trial_real(trial, "x") - 0.3, 2);
    return HPT_OK;
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_run   *run = NULL;
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 1);

    /* Without any limit: this run goes on until it is cancelled. */
    if (hpt_run_start(space, slow_bowl, NULL, NULL, &run, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;

    while (hpt_run_poll(run) == HPT_EAGAIN) {
        hpt_stats stats = { .struct_size = sizeof stats };
        sleep_ms(50); /* your program's own work */
        hpt_run_stats(run, &stats, NULL);
        printf("%llu trials, %u workers %.0f %% busy, best %g\n",
               (unsigned long long)stats.trial_count, (unsigned)stats.worker_count,
               100 * stats.busy_fraction, stats.has_best ? stats.best_value : NAN);
        if (stats.has_best && stats.best_value < 1e-6) hpt_run_cancel(run, HPT_CANCEL_FINISH);
    }

    hpt_result *result = NULL;
    if (hpt_run_result(run, &result, &err) != HPT_OK) return fprintf(stderr, "%s\n", err.text), 1;
    printf("%s: best %g at x=%g\n", hpt_result_stop_text(result), hpt_result_value(result),
           hpt_result_real(result, "x"));
    hpt_result_destroy(result);
    hpt_run_destroy(run);
    hpt_space_destroy(space);
    return 0;
}
