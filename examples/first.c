/* SPDX-License-Identifier: BSD-3-Clause */
/* The first program: the lowest point of a banana-shaped valley, with every core. */
#include <hpt/hpt.h>
#include <math.h>

/* One trial: read the parameters, do the work, return the value. Runs on a worker thread. */
static hpt_status rosenbrock(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double x = hpt_trial_real(trial, "x");
    double y = hpt_trial_real(trial, "y");
    *value_out = pow(1 - x, 2) + 100 * pow(y - x * x, 2);
    return HPT_OK;
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_real(space, "y", -5, 5);

    hpt_options options = hpt_options_default();
    options.strategy = "cmaes";
    options.trial_count_max = 2000;
    options.observe = "progress";

    hpt_result *result = NULL;
    if (hpt_parallel_run(space, rosenbrock, NULL, &options, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    printf("best %g at x=%g y=%g\n", hpt_result_value(result), hpt_result_real(result, "x"),
           hpt_result_real(result, "y"));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return 0;
}
