/* SPDX-License-Identifier: BSD-3-Clause */
/* Peaks of memory are a process's own, so what is to have one is a process: this program, called
 * with "--child load PATH" or "--child run PATH TRIALS". It prints seconds, peak KiB and trials. */
#include "study.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static double peak_kib(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss;
}

static int load(const char *path) {
    hpt_err      err = { 0 };
    hpt_history *history = NULL;
    double       start = bench_now_ns();
    if (hpt_history_load(path, NULL, &history, &err) != HPT_OK) study_die(path, err.text);
    double seconds = (bench_now_ns() - start) / 1e9;
    printf("%.6f %.0f %zu\n", seconds, peak_kib(), hpt_history_count(history));
    hpt_history_destroy(history);
    return 0;
}

static int run(const char *path, uint64_t trials) {
    study_measured it =
        study_do(&(study_run){ .path = path, .dim = 5, .trials = trials, .workers = 1 });
    printf("%.6f %.0f %llu\n", it.total_ns / 1e9, peak_kib(), (unsigned long long)trials);
    return 0;
}

int study_child_main(int count, char **words) {
    if (count < 4 || strcmp(words[1], "--child") != 0) return -1;
    if (strcmp(words[2], "load") == 0) return load(words[3]);
    if (strcmp(words[2], "run") == 0 && count == 5)
        return run(words[3], strtoull(words[4], NULL, 10));
    return -1;
}

static study_child start(const char *command) {
    study_child it = { 0 };
    FILE       *pipe = popen(command, "r");
    if (!pipe) study_die(command, "could not be started");
    int found = fscanf(pipe, "%lf %lf %lf", &it.seconds, &it.peak_kib, &it.trials);
    if (pclose(pipe) != 0 || found != 3) study_die(command, "failed");
    return it;
}

study_child study_child_load(const study_settings *settings, const char *path) {
    char command[3 * STUDY_PATH_BYTES];
    snprintf(command, sizeof command, "'%s' --child load '%s'", settings->program, path);
    return start(command);
}

study_child study_child_run(const study_settings *settings, const char *path, uint64_t trials) {
    char command[3 * STUDY_PATH_BYTES];
    snprintf(command, sizeof command, "'%s' --child run '%s' %llu", settings->program, path,
             (unsigned long long)trials);
    return start(command);
}
