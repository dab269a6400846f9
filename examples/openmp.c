/* SPDX-License-Identifier: BSD-3-Clause */
/* An objective that has threads of its own. Workers times threads should be the number of cores:
 * here each trial gets two threads, so there are half as many workers as cores. */
#include <hpt/hpt.h>
#include <math.h>
#include <omp.h>

enum { THREADS_PER_TRIAL = 2 };

/* The integral of 4 / (1 + x^2) from 0 to 1, which is pi, by the rule that the trial names. */
static hpt_status integrate(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double offset = hpt_trial_real(trial, "offset"), sum = 0;
    int    count = 100000;
    /* Said here and not by omp_set_num_threads(), which counts only for the thread that calls it.
     */
#pragma omp parallel for reduction(+ : sum) num_threads(THREADS_PER_TRIAL)
    for (int i = 0; i < count; i++) {
        double x = (i + offset) / count;
        sum += 4 / (1 + x * x);
    }
    *value_out = fabs(sum / count - acos(-1));
    return HPT_OK;
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "offset", 0, 1);

    hpt_options options = hpt_options_default();
    int         cores = omp_get_num_procs();
    options.worker_count = cores > THREADS_PER_TRIAL ? (uint32_t)(cores / THREADS_PER_TRIAL) : 1;
    options.trial_count_max = 200;
    /* Do not pin: OpenMP's threads would inherit the one core of their worker. */

    hpt_result *result = NULL;
    if (hpt_parallel_run(space, integrate, NULL, &options, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    printf("%u workers x %d threads on %d cores: off by %.3g with offset %g\n",
           (unsigned)hpt_result_stats(result)->worker_count, THREADS_PER_TRIAL, cores,
           hpt_result_value(result), hpt_result_real(result, "offset"));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return 0;
}
