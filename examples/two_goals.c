/* SPDX-License-Identifier: BSD-3-Clause */
/* Two goals and a constraint: a beam that is to be light and stiff, and must not break. No beam is
 * the best; the result is a front, from which you choose. */
#include <hpt/hpt.h>
#include <math.h>

/* A cantilever of 2 m with a load of 5 kN at its end; width and height in mm. */
static hpt_status measure(hpt_trial *trial, void *user, double *values_out) {
    double width = hpt_trial_real(trial, "width") / 1e3,
           height = hpt_trial_real(trial, "height") / 1e3;
    double load = 5e3, length = 2, inertia = width * pow(height, 3) / 12;
    (void)user;
    values_out[0] = 7850 * length * width * height;                       /* mass, kg       */
    values_out[1] = 1e3 * load * pow(length, 3) / (3 * 210e9 * inertia);  /* deflection, mm */
    double stress = load * length * height / 2 / inertia;                 /* Pa             */
    return hpt_trial_constraint(trial, "stress_MPa", stress / 1e6 - 200); /* feasible: <= 0 */
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "width", 10, 100);
    hpt_space_add_real(space, "height", 20, 200);

    const hpt_goal goals[] = { { "mass", HPT_MINIMISE, 200 }, { "deflection", HPT_MINIMISE, 50 } };
    hpt_options    options = hpt_options_default();
    options.goals = goals;
    options.goal_count = 2;
    options.strategy = "nsga2";
    options.trial_count_max = 2000;

    hpt_result *result = NULL;
    if (hpt_parallel_run(space, measure, NULL, &options, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    size_t count = hpt_result_front_count(result);
    for (size_t i = 0; i < count; i += 1 + count / 8)
        printf("%5.1f kg  %5.2f mm  width=%.0f height=%.0f\n", hpt_result_front_value(result, i, 0),
               hpt_result_front_value(result, i, 1), hpt_result_front_real(result, i, "width"),
               hpt_result_front_real(result, i, "height"));
    printf("%zu on the front, %llu of %d would break; hypervolume %.0f kg mm\n", count,
           (unsigned long long)hpt_result_count(result, HPT_TRIAL_INFEASIBLE), 2000,
           hpt_result_hypervolume(result));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return 0;
}
