/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of a run against its number of trials: the peak of the process after 10^3, 10^5 and 10^7
 * trials, for each strategy that does not learn. It must not grow. */
#include <hpt/hpt.h>

#include <math.h>
#include <string.h>
#include <sys/resource.h>

static hpt_status sphere(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double x = hpt_trial_real_at(trial, 0), y = hpt_trial_real_at(trial, 1);
    *value_out = x * x + y * y;
    return HPT_OK;
}

static long peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

int main(void) {
    static const char *const strategies[] = { "random", "grid:points=1000000", "qmc" };
    int                      grown = 0;
    hpt_space               *space = hpt_space_create();
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_real(space, "y", -5, 5);
    printf("%-22s %12s %12s %10s\n", "strategy", "trials", "peak KiB", "seconds");
    for (size_t i = 0; i < 3; i++) {
        long first = 0;
        for (uint64_t trials = 1000; trials <= 10000000; trials *= 100) {
            hpt_err     err;
            hpt_result *result = NULL;
            hpt_options options = hpt_options_default();
            options.strategy = strategies[i];
            options.trial_count_max = trials;
            if (hpt_parallel_run(space, sphere, NULL, &options, &result, &err) != HPT_OK)
                return fprintf(stderr, "%s\n", err.text), 1;
            long peak = peak_kib();
            if (first == 0) first = peak;
            if (peak > first + 1024) grown = 1;
            printf("%-22s %12llu %12ld %10.3f\n", strategies[i], (unsigned long long)trials, peak,
                   hpt_result_stats(result)->wall_s);
            hpt_result_destroy(result);
        }
    }
    hpt_space_destroy(space);
    printf("verdict: %s\n", grown ? "falls short" : "pass (no growth above 1 MiB)");
    return grown;
}
