/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of a run against its number of trials. Strategies that do not learn: the peak of the
 * process after 10^3, 10^5 and 10^7 trials must not grow. Those that learn: what the heap has
 * gained with each trial. */
#include <hpt/hpt.h>

#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "quality/search.h"

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

/* False: it grew. */
static bool check_run(const char *strategy, const hpt_space *space) {
    bool has_grown = false;
    long first = 0;
    for (uint64_t trials = 1000; trials <= 10000000; trials *= 100) {
        hpt_err     err;
        hpt_result *result = NULL;
        hpt_options options = hpt_options_default();
        options.strategy = strategy;
        options.trial_count_max = trials;
        if (hpt_parallel_run(space, sphere, NULL, &options, &result, &err) != HPT_OK) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        long peak = peak_kib();
        if (first == 0) first = peak;
        if (peak > first + 1024) has_grown = true;
        printf("%-22s %12llu %12ld %10.3f\n", strategy, (unsigned long long)trials, peak,
               hpt_result_stats(result)->wall_s);
        hpt_result_destroy(result);
    }
    return !has_grown;
}

/* ---- those that learn ---- */

/* Bytes that the program has allocated and not freed. */
static double heap_bytes(void) {
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

typedef struct memory_row {
    const char *strategy;
    int trials; /* a model's memory, which they do not add to, is that after a tenth of them */
} memory_row;

static void step(hpt_study *study, int count) {
    hpt_err err;
    for (int i = 0; i < count; i++) {
        hpt_trial *trial;
        double     value;
        if (hpt_study_ask(study, &trial, &err) != HPT_OK || sphere(trial, NULL, &value) != HPT_OK ||
            hpt_study_tell(study, trial, value, &err) != HPT_OK) {
            fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
    }
}

/* At most 16 (d + 8) bytes for each trial. */
static bool check_learning(const memory_row *row, int dim) {
    hpt_err     err;
    hpt_study  *study = NULL;
    hpt_space  *space = quality_cube(dim);
    hpt_options options = hpt_options_default();
    options.strategy = row->strategy;
    if (hpt_study_create(space, &options, &study, &err) != HPT_OK) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    step(study, row->trials / 2);
    double before = heap_bytes();
    step(study, row->trials / 2);
    double per_trial = (heap_bytes() - before) / (row->trials / 2);
    int    most = 16 * (dim + 8);
    printf("%-10s d=%-3d %8d trials %10.1f bytes per trial, at most %d: %s\n", row->strategy, dim,
           row->trials, per_trial, most, per_trial <= most ? "pass" : "falls short");
    hpt_study_destroy(study);
    hpt_space_destroy(space);
    return per_trial <= most;
}

int main(void) {
    static const char *const strategies[] = { "random", "grid:points=1000000", "qmc" };
    static const memory_row  learning[] = {
         { "tpe", 20000 },   { "cmaes", 20000 }, { "de", 20000 },
         { "nsga2", 20000 }, { "local", 5000 },  { "gp", 3000 },
    };
    bool       passes = true;
    hpt_space *space = quality_cube(2);
    printf("%-22s %12s %12s %10s\n", "strategy", "trials", "peak KiB", "seconds");
    for (size_t i = 0; i < sizeof strategies / sizeof strategies[0]; i++)
        passes = check_run(strategies[i], space) && passes;
    printf("verdict: %s\n\n", passes ? "pass (no growth above 1 MiB)" : "falls short");
    hpt_space_destroy(space);
    for (size_t i = 0; i < sizeof learning / sizeof learning[0]; i++)
        for (int dim = 5; dim <= 20; dim += 15)
            passes = check_learning(&learning[i], dim) && passes;
    return passes ? 0 : 1;
}
