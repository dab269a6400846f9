/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop is yours: ask for a trial, evaluate it however you like, tell its value. */
#include <hpt/hpt.h>
#include <math.h>

/* Stands for something that cannot be called as an objective: a machine, a queue, a person. */
static double bake(double degrees, int64_t minutes) {
    return 10 - pow((degrees - 210) / 20, 2) - pow(((double)minutes - 35) / 5, 2);
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "degrees", 150, 250);
    hpt_space_add_int(space, "minutes", 20, 60);

    hpt_options options = hpt_options_default();
    options.strategy = "qmc";
    options.trial_count_max = 40;
    options.direction = HPT_MAXIMISE;

    hpt_study *study = NULL;
    if (hpt_study_create(space, &options, &study, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;

    hpt_trial *trial = NULL;
    while (hpt_study_ask(study, &trial, &err) == HPT_OK) {
        double  degrees = hpt_trial_real(trial, "degrees");
        int64_t minutes = hpt_trial_int(trial, "minutes");
        if (degrees > 240)
            hpt_study_tell_state(study, trial, HPT_TRIAL_FAILED, "burnt", &err);
        else
            hpt_study_tell(study, trial, bake(degrees, minutes), &err);
    }

    hpt_result *result = NULL;
    if (hpt_study_finish(study, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    printf("best taste %.2f: %.0f degrees for %d minutes; %d loaves were burnt (%s)\n",
           hpt_result_value(result), hpt_result_real(result, "degrees"),
           (int)hpt_result_int(result, "minutes"), (int)hpt_result_count(result, HPT_TRIAL_FAILED),
           hpt_result_stop_text(result));
    hpt_result_destroy(result);
    hpt_study_destroy(study);
    hpt_space_destroy(space);
    return 0;
}
