/* SPDX-License-Identifier: BSD-3-Clause */
/* Trials that go wrong are data: they are counted, they have reasons, and the run goes on. What
 * each way to fail means for the search is an option (docs/reliability.md). */
#include <hpt/hpt.h>
#include <math.h>
#include <time.h>

/* A step that takes a millisecond. */
static void work(void) {
    nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static hpt_status simulate(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double  step = hpt_trial_real(trial, "step");
    int64_t cells = hpt_trial_int(trial, "cells");

    bool is_taken = hpt_trial_seed(trial, 0) % 8 == 0 && hpt_trial_attempt(trial) == 0;
    if (is_taken)
        return hpt_trial_fail(trial, "no licence was free"); /* the next attempt has one */
    if (step * (double)cells > 4) return hpt_trial_infeasible(trial, "needs a finer step");
    if (step > 0.3) return hpt_trial_fail(trial, "diverged with step %.2f", step);
    for (int64_t i = 0; i < cells; i++) {
        if (hpt_trial_should_stop(trial)) return HPT_ESTOPPED; /* longer than trial_s_max */
        work();
        double residual = step + 1.0 / (double)(i + 1);
        hpt_trial_report(trial, i, residual);
        if (i == 5 && step < 0.06) return hpt_trial_prune(trial); /* hardly moves: hopeless */
    }
    *value_out = cells == 1 ? NAN : step + 1.0 / (double)cells; /* NaN is FAILED, never best */
    return HPT_OK;
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "step", 0, 0.5);
    hpt_space_add_int(space, "cells", 1, 40);

    hpt_options options = hpt_options_default();
    options.trial_count_max = 60;
    options.trial_s_max = 0.03;
    options.on_failed.retry_count = 1; /* a licence may be free the next time ... */
    options.on_failed.policy = HPT_FAILURE_FEASIBILITY; /* ... else such points are avoided */
    options.on_timeout.policy = HPT_FAILURE_WORST;      /* a slow point is as bad as the worst */
    options.failure_in_row_max = 30;                    /* then something is wrong with all of it */

    hpt_result *result = NULL;
    if (hpt_parallel_run(space, simulate, NULL, &options, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++) {
        hpt_trial_state state = (hpt_trial_state)i;
        if (hpt_result_count(result, state) > 0)
            printf("%-10s %3llu\n", hpt_trial_state_text(state),
                   (unsigned long long)hpt_result_count(result, state));
    }
    printf("%llu of them were tried again; %s\n",
           (unsigned long long)hpt_result_stats(result)->retry_count, hpt_result_stop_text(result));
    printf("best %g with step=%g cells=%d\n", hpt_result_value(result),
           hpt_result_real(result, "step"), (int)hpt_result_int(result, "cells"));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return 0;
}
