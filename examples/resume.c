/* SPDX-License-Identifier: BSD-3-Clause */
/* A search that may be killed at any moment: its study file remembers, and the next start goes on.
 * This one is killed three times, and still ends with what it would have ended with anyway. */
#include <hpt/hpt.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static hpt_status bowl(hpt_trial *trial, void *user, double *value_out) {
    const uint64_t *deadly = user; /* the trial in which the machine goes down */
    if (deadly && hpt_trial_number(trial) == *deadly) raise(SIGKILL);
    *value_out = pow(hpt_trial_real(trial, "x") - 1, 2) + pow(hpt_trial_real(trial, "y") + 2, 2);
    return HPT_OK;
}

static double search(const char *study, uint64_t *deadly) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_space_add_real(space, "x", -10, 10);
    hpt_space_add_real(space, "y", -10, 10);
    hpt_options options = hpt_options_default();
    options.strategy = "cmaes";
    options.trial_count_max = 120; /* of all runs of the study together */
    options.window = 8;            /* the same result, bit for bit */
    options.study = study;
    options.sync = HPT_SYNC_EACH;
    if (hpt_parallel_run(space, bowl, deadly, &options, &result, &err) != HPT_OK)
        fprintf(stderr, "%s\n", err.text);
    double best = hpt_result_value(result);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return best;
}

int main(void) {
    char study[] = "/tmp/hpt_resume_XXXXXX";
    close(mkstemp(study)); /* an empty file: it becomes a study */
    for (uint64_t deadly = 30; deadly < 120; deadly += 30) {
        pid_t child = fork();
        if (child == 0) _exit(search(study, &deadly) < 0);
        waitpid(child, NULL, 0);
        printf("killed in trial %llu\n", (unsigned long long)deadly);
    }
    double killed = search(study, NULL), whole = search(NULL, NULL);
    printf("best %.6g, never killed %.6g\n", killed, whole);
    unlink(study);
    return killed != whole;
}
