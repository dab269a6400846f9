/* SPDX-License-Identifier: BSD-3-Clause */
/* Start from what is known: a point to try first, and the results of an earlier run. The values are
 * noisy: each trial is the mean of three. */
#include <hpt/hpt.h>
#include <math.h>

static hpt_status measure(hpt_trial *trial, void *user, double *value_out) {
    double   x = hpt_trial_real(trial, "x"), y = hpt_trial_real(trial, "y");
    uint64_t random = hpt_trial_seed(trial, 0); /* another one for each call */
    double   noise = ldexp((double)(random >> 11), -53) - 0.5;
    (void)user;
    *value_out = pow(x - 3, 2) + pow(y * y - x, 2) + 0.1 * noise;
    return HPT_OK;
}

static hpt_status run(const hpt_space *space, const hpt_options *options, const char *what,
                      hpt_err *err) {
    hpt_result *result = NULL;
    hpt_status  status = hpt_parallel_run(space, measure, NULL, options, &result, err);
    if (status != HPT_OK) return status;
    printf("%s: %.3f +- %.3f at x=%.2f y=%.2f\n", what, hpt_result_value(result),
           hpt_result_attr(result, "stderr").as.real, hpt_result_real(result, "x"),
           hpt_result_real(result, "y"));
    hpt_result_destroy(result);
    return HPT_OK;
}

int main(void) {
    hpt_err           err = { 0 };
    hpt_observations *earlier = NULL;
    hpt_space        *space = hpt_space_create();
    hpt_space_add_real(space, "x", -10, 10);
    hpt_space_add_real(space, "y", -10, 10);

    hpt_value   guess[] = { hpt_real(1), hpt_real(1) };
    hpt_options options = hpt_options_default();
    options.strategy = "cmaes";
    options.trial_count_max = 100;
    options.repeat_count = 3;
    options.points = guess;
    options.point_count = 1;
    options.observe = "jsonl:path=warm_start.jsonl,append=no";
    hpt_status status = run(space, &options, "from a guess", &err);

    if (status == HPT_OK) status = hpt_observations_load(space, "warm_start.jsonl", &earlier, &err);
    options.observations = hpt_observations_list(earlier, &options.observation_count);
    options.observe = NULL;
    options.seed = 1;
    if (status == HPT_OK) status = run(space, &options, "from what was found", &err);
    if (status != HPT_OK) fprintf(stderr, "%s\n", err.text);
    hpt_observations_destroy(earlier);
    hpt_space_destroy(space);
    return status != HPT_OK;
}
