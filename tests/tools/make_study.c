/* SPDX-License-Identifier: BSD-3-Clause */
/* A study for the tests of the command, with what the observers jsonl and csv say of the same run.
 *
 * usage: make_study <study file> <trials> <goals> [hold]
 *   hold   say "held", and evaluate the first trial until standard input ends */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hpt/hpt.h>

typedef struct made {
    uint32_t goal_count;
    bool     holds;
} made;

static void report(hpt_trial *trial, int64_t step, double value, uint32_t goal_count) {
    double values[] = { value, (double)step };
    hpt_trial_report_values(trial, step, values, goal_count);
}

/* Every state that an objective can give, and values of every kind. */
static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    const made *it = user;
    uint64_t    number = hpt_trial_number(trial);
    double      x = hpt_trial_real(trial, "x");
    int64_t     layers = hpt_trial_int(trial, "layers");
    if (it->holds && number == 0) {
        puts("held");
        fflush(stdout);
        while (getchar() != EOF)
            ;
    }
    for (int64_t step = 0; step < 3; step++)
        report(trial, step, x / (double)(step + 1), it->goal_count);
    hpt_trial_set_attr(trial, "epochs", hpt_int((int64_t)number));
    hpt_trial_set_attr(trial, "note", hpt_text("a \"b\", c"));
    if (number % 7 == 3)
        return hpt_trial_fail(trial, "no convergence in %d steps, \033[31mred\033[0m", (int)number);
    if (number % 7 == 5) return hpt_trial_prune(trial);
    if (number % 7 == 6) hpt_trial_constraint(trial, "memory", x);
    value_out[0] = fabs(log10(x) + 2) + (double)llabs(layers - 5);
    for (uint32_t i = 1; i < it->goal_count; i++)
        value_out[i] = x * i - (double)layers;
    return HPT_OK;
}

static hpt_space *make_space(void) {
    static const char *const kernels[] = { "rbf", "po\"ly", "日本" };
    hpt_space               *space = hpt_space_create();
    hpt_space_set_log(space, hpt_space_add_real(space, "x", 1e-6, 10));
    hpt_space_add_int(space, "layers", 1, 40);
    hpt_space_add_choice(space, "kernel 🚀", kernels, 3);
    hpt_param momentum = hpt_space_add_real(space, "momentum", 0, 1);
    hpt_space_set_condition(space, momentum, "layers > 10");
    return space;
}

int main(int count, char **words) {
    static const hpt_goal goals[] = { { "error", HPT_MINIMISE, NAN },
                                      { "time, ms", HPT_MAXIMISE, NAN } };
    hpt_err               err = { 0 };
    hpt_options           options = hpt_options_default();
    hpt_result           *result = NULL;
    if (count < 4) return 2;
    made it = { .goal_count = (uint32_t)strtoul(words[3], NULL, 10), .holds = count > 4 };
    options.study = words[1];
    options.trial_count_max = strtoull(words[2], NULL, 10);
    options.worker_count = 1;
    options.strategy = "random";
    options.seed = 7;
    options.goals = goals;
    options.goal_count = it.goal_count;
    options.observe = "jsonl:path=observed.jsonl;csv:path=observed.csv";
    hpt_space *space = make_space();
    hpt_status status = hpt_parallel_run(space, objective, &it, &options, &result, &err);
    if (status != HPT_OK) fprintf(stderr, "%s\n", err.text);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status == HPT_OK ? 0 : 1;
}
