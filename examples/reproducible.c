/* SPDX-License-Identifier: BSD-3-Clause */
/* With a window, the same seed gives the same trials, told in the same order, at any number of
 * workers, although each trial takes a time of its own. */
#include <hpt/hpt.h>
#include <math.h>
#include <string.h>
#include <time.h>

enum { TRIALS = 200 };

static hpt_status noisy_bowl(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    /* Random numbers that belong to the trial, not to the thread or the moment. */
    double noise = 0.01 * (double)(hpt_trial_seed(trial, 0) >> 11) * 0x1p-53;
    nanosleep(&(struct timespec){ .tv_nsec = (long)(hpt_trial_seed(trial, 1) % 1000000) }, NULL);
    *value_out = pow(hpt_trial_real(trial, "x") - 0.3, 2) + noise;
    return HPT_OK;
}

/* The values in the order in which the strategy was told. */
typedef struct trace {
    double values[TRIALS];
    size_t count;
} trace;

static hpt_status keep(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)err;
    trace *kept = user;
    for (size_t i = 0; i < count; i++)
        kept->values[kept->count++] = events[i].value;
    return HPT_OK;
}

static bool run(uint32_t workers, trace *trace_out) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 1);

    hpt_observer observer = hpt_observer_default();
    observer.events = keep;
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.policy = HPT_POLICY_BLOCK; /* lose nothing */
    observer.user = trace_out;

    hpt_options options = hpt_options_default();
    options.worker_count = workers;
    options.window = 16;
    options.seed = 42;
    options.trial_count_max = TRIALS;
    options.observers = &observer;
    options.observer_count = 1;

    hpt_result *result = NULL;
    hpt_status  status = hpt_parallel_run(space, noisy_bowl, NULL, &options, &result, &err);
    if (status == HPT_OK)
        printf("%u workers: best %.17g in trial %llu\n", (unsigned)workers,
               hpt_result_value(result), (unsigned long long)hpt_result_trial(result));
    else
        fprintf(stderr, "%s\n", err.text);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

int main(void) {
    trace traces[3] = { 0 };
    for (uint32_t i = 0; i < 3; i++)
        if (!run(i + 1, &traces[i])) return 1;
    bool is_same = memcmp(&traces[0], &traces[1], sizeof(trace)) == 0 &&
                   memcmp(&traces[0], &traces[2], sizeof(trace)) == 0;
    printf("%zu trials each: %s\n", traces[0].count, is_same ? "the same bits" : "not the same");
    return is_same ? 0 : 1;
}
