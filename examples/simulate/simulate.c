/* SPDX-License-Identifier: BSD-3-Clause */
/* How many workers are worth booking, and what does a window cost? 364 trials of examples/svm were
 * recorded on two cores (the observer "csv" writes such files); here 10 000 like them run on any
 * number of virtual workers, in virtual time. Whole days take a moment.
 *
 *     simulate [FILE.csv] */
#include <hpt/hpt.h>
#include <stdio.h>

/* Nothing to evaluate: only how long it takes matters, and that comes from the file. An objective
 * that looks values up as well says how long each would have taken with hpt_trial_spend(). */
static hpt_status nothing(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real(trial, "x");
    return HPT_OK;
}

static bool simulate(const char *file, uint32_t workers, uint32_t window) {
    char       pool[1024];
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 1);

    hpt_options options = hpt_options_default();
    snprintf(pool, sizeof pool, "sim:time=table,table=\"%s\",resample=yes", file);
    options.pool = pool;
    options.worker_count = workers;
    options.window = window;
    options.trial_count_max = 10000;

    hpt_result *result = NULL;
    hpt_status  status = hpt_parallel_run(space, nothing, NULL, &options, &result, &err);
    if (status == HPT_OK) {
        const hpt_stats *stats = hpt_result_stats(result);
        printf("%8u %8u %10.2f %8.1f %12.2f\n", (unsigned)workers, (unsigned)window,
               stats->wall_s / 60, 100 * stats->busy_fraction, stats->wall_s / 3600 * workers);
    } else {
        fprintf(stderr, "%s\n", err.text);
    }
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

int main(int argc, char **argv) {
    const char *file = argc > 1 ? argv[1] : TRIALS_FILE;
    printf("%8s %8s %10s %8s %12s\n", "workers", "window", "minutes", "busy, %", "core-hours");
    for (uint32_t workers = 4; workers <= 1024; workers *= 4)
        for (uint32_t per_worker = 0; per_worker <= 32;
             per_worker = per_worker ? 4 * per_worker : 2)
            if (!simulate(file, workers, per_worker * workers)) return 1;
    return 0;
}
