/* SPDX-License-Identifier: BSD-3-Clause */
/* Four processes join one study: one budget for all of them, each trial is evaluated once, and each
 * ends with the best that any of them found. One is killed; the others do its trials. */
#include <hpt/hpt.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MEMBERS = 4, TRIALS = 200 };

static hpt_status bowl(hpt_trial *trial, void *user, double *value_out) {
    const int *member = user;
    if (*member == 0 && hpt_trial_number(trial) >= 50) raise(SIGKILL);
    usleep(2000); /* it would be longer */
    *value_out = pow(hpt_trial_real(trial, "x") - 1, 2) + pow(hpt_trial_real(trial, "y") + 2, 2);
    return HPT_OK;
}

static int join(const char *study, int member) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_space  *space = hpt_space_create();
    hpt_space_add_real(space, "x", -10, 10);
    hpt_space_add_real(space, "y", -10, 10);
    hpt_options options = hpt_options_default();
    options.strategy = "tpe";
    options.trial_count_max = TRIALS; /* of all together */
    options.worker_count = 2;
    options.study = study;
    options.shared = true;
    if (hpt_parallel_run(space, bowl, &member, &options, &result, &err) != HPT_OK)
        fprintf(stderr, "%s\n", err.text);
    printf("member %d: best %.6g\n", member, hpt_result_value(result));
    fflush(stdout);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return err.code != HPT_OK;
}

int main(void) {
    char         study[] = "/tmp/hpt_shared_XXXXXX";
    hpt_history *history = NULL;
    close(mkstemp(study)); /* an empty file: it becomes a study */
    for (int i = 0; i < MEMBERS; i++)
        if (fork() == 0) _exit(join(study, i));
    while (wait(NULL) > 0)
        continue;
    hpt_history_load(study, NULL, &history, NULL);
    size_t count = hpt_history_count(history);
    printf("%zu trials in all\n", count);
    hpt_history_destroy(history);
    unlink(study);
    return count != TRIALS;
}
