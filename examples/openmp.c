/* SPDX-License-Identifier: BSD-3-Clause */
/* An objective that has threads of its own. Workers times threads should be the number of CPUs:
 * threads_per_trial makes it so, and tells OpenMP in each worker. */
#include <hpt/hpt.h>
#include <math.h>
#include <omp.h>

/* The integral of 4 / (1 + x^2) from 0 to 1, which is pi, by the rule that the trial names. */
static hpt_status integrate(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double offset = hpt_trial_real(trial, "offset"), sum = 0;
    int    count = 100000, threads = 1;
#pragma omp parallel
    {
#pragma omp single
        threads = omp_get_num_threads();
#pragma omp for reduction(+ : sum)
        for (int i = 0; i < count; i++) {
            double x = (i + offset) / count;
            sum += 4 / (1 + x * x);
        }
    }
    *value_out = fabs(sum / count - acos(-1));
    return hpt_trial_set_attr(trial, "threads", hpt_int(threads));
}

int main(void) {
    hpt_err      err = { 0 };
    hpt_cpu_info cpus = { .struct_size = sizeof cpus };
    hpt_space   *space = hpt_space_create();
    hpt_space_add_real(space, "offset", 0, 1);
    if (hpt_cpus(&cpus, &err) == HPT_OK) printf("%s\n", cpus.text);

    hpt_options options = hpt_options_default();
    options.threads_per_trial = 2; /* half as many workers as CPUs, each with two threads */
    options.trial_count_max = 200;
    options.placement = "core"; /* each worker's threads keep to its two CPUs */

    hpt_result *result = NULL;
    if (hpt_parallel_run(space, integrate, NULL, &options, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    const hpt_stats *stats = hpt_result_stats(result);
    int64_t          threads = hpt_result_attr(result, "threads").as.integer;
    printf("%u workers x %d threads: off by %.3g with offset %g\n", (unsigned)stats->worker_count,
           (int)threads, hpt_result_value(result), hpt_result_real(result, "offset"));
    for (size_t i = 0; hpt_result_warning(result, i); i++)
        printf("%s\n", hpt_result_warning(result, i));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return 0;
}
