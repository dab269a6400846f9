/* SPDX-License-Identifier: BSD-3-Clause */
/* Read what a study file has: how many trials, the best, those that nearly were, and which
 * parameters mattered. Any program may do so while a run is still writing. */
#include <hpt/hpt.h>
#include <math.h>
#include <stdlib.h>

static hpt_status solve(hpt_trial *trial, void *user, double *value_out) {
    double tolerance = hpt_trial_real(trial, "tolerance");
    (void)user;
    *value_out = pow(log10(tolerance) + 4, 2) + 0.1 * (double)hpt_trial_int(trial, "smoothing");
    return HPT_OK;
}

static hpt_status run(const char *path, hpt_err *err) {
    hpt_result *result = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_space_set_log(space, hpt_space_add_real(space, "tolerance", 1e-8, 1e-1));
    hpt_space_add_int(space, "smoothing", 1, 5);
    hpt_space_add_choice(space, "colour", (const char *const[]){ "red", "blue" }, 2);
    hpt_options options = hpt_options_default();
    options.trial_count_max = 200;
    options.study = path;
    hpt_status status = hpt_parallel_run(space, solve, NULL, &options, &result, err);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status;
}

static hpt_status show(const hpt_history *history, hpt_err *err) {
    size_t            count = 0, *indices = calloc(hpt_history_count(history), sizeof *indices);
    double            importance[3];
    const hpt_record *best = hpt_history_at(history, hpt_history_best(history));
    hpt_filter        near = { .where = "value < 0.5 and smoothing <= 2" };
    hpt_status        status = hpt_history_filter(history, &near, indices, &count, err);
    free(indices);
    if (status == HPT_OK) status = hpt_history_importance(history, NULL, importance, err);
    if (status != HPT_OK || !best) return status;
    printf("%zu trials; the best, number %llu, has %g; %zu are near it\n",
           hpt_history_count(history), (unsigned long long)best->number, best->values[0], count);
    printf("importance: tolerance %.2f, smoothing %.2f, colour %.2f\n", importance[0],
           importance[1], importance[2]);
    return HPT_OK;
}

int main(void) {
    hpt_err      err = { 0 };
    hpt_history *history = NULL;
    remove("analyse.journal"); /* or the run would go on where the last one ended */
    hpt_status status = run("analyse.journal", &err);
    if (status == HPT_OK) status = hpt_history_load("analyse.journal", NULL, &history, &err);
    if (status == HPT_OK) status = show(history, &err);
    if (status != HPT_OK) fprintf(stderr, "%s\n", err.text);
    hpt_history_destroy(history);
    return status != HPT_OK;
}
