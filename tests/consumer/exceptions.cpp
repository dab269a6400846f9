/* SPDX-License-Identifier: BSD-3-Clause */
/* A user's objective throws on half of the trials. */
#include <hpt/hpt.h>

#include <cstdio>
#include <cstring>
#include <stdexcept>

static hpt_status objective(hpt_trial *trial, void *, double *value_out) {
    double x = hpt_trial_real(trial, "x");
    if (x > 0.5) throw std::domain_error("x is too large");
    *value_out = x;
    return HPT_OK;
}

static void show(void *user, hpt_level, const char *line) {
    if (std::strstr(line, "the objective threw: x is too large")) ++*static_cast<int *>(user);
}

int main() {
    hpt_err     err = {};
    hpt_space  *space = hpt_space_create();
    hpt_result *result = nullptr;
    int         shown = 0;
    hpt_space_add_real(space, "x", 0, 1);
    hpt_observer observer = hpt_observer_default();
    observer.name = "log";
    observer.line = show;
    observer.user = &shown;
    observer.policy = HPT_POLICY_BLOCK;
    hpt_options options = hpt_options_default();
    options.strategy = "random";
    options.trial_count_max = 200;
    options.worker_count = 4;
    options.observers = &observer;
    options.observer_count = 1;
    if (hpt_parallel_run(space, objective, nullptr, &options, &result, &err) != HPT_OK) {
        std::printf("%s\n", err.text);
        return 1;
    }
    unsigned long failed = hpt_result_count(result, HPT_TRIAL_FAILED);
    unsigned long complete = hpt_result_count(result, HPT_TRIAL_COMPLETE);
    std::printf("%lu complete, %lu failed, %d shown\n", complete, failed, shown);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return failed > 0 && complete > 0 && failed + complete == 200 && shown == (int)failed ? 0 : 1;
}
