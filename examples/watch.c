/* SPDX-License-Identifier: BSD-3-Clause */
/* Two ways to watch a run: a function that is called, and a receiver that you poll. */
#include <hpt/hpt.h>
#include <math.h>
#include <time.h>

static hpt_status bowl(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = pow(hpt_trial_real(trial, "x") - 0.3, 2);
    return HPT_OK;
}

/* Called on a thread of its own, never on a worker: it may take its time. */
static hpt_status print_best(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user;
    (void)err;
    for (size_t i = 0; i < count; i++)
        printf("trial %llu is the best so far: %g\n", (unsigned long long)events[i].trial,
               events[i].value);
    return HPT_OK;
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", 0, 1);

    hpt_observer observer = hpt_observer_default();
    observer.events = print_best;
    observer.kinds = HPT_EVENT_BEST_IMPROVED;
    observer.policy = HPT_POLICY_BLOCK; /* miss none, if need be by making the run wait */

    hpt_options options = hpt_options_default();
    options.observers = &observer;
    options.observer_count = 1;

    hpt_run      *run = NULL; /* without a limit: it goes on until it is cancelled */
    hpt_receiver *receiver = NULL;
    if (hpt_run_start(space, bowl, NULL, &options, &run, &err) != HPT_OK ||
        hpt_run_subscribe(run, HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED, 0, &receiver, &err))
        return fprintf(stderr, "%s\n", err.text), 1;

    uint64_t seen_count = 0, missed_count = 0;
    for (bool is_over = false; !is_over;) {
        const hpt_event *events;
        uint64_t         missed;
        size_t           count = hpt_receiver_poll(receiver, &events, &missed);
        seen_count += count;
        missed_count += missed;
        if (seen_count >= 10000) hpt_run_cancel(run, HPT_CANCEL_FINISH);
        is_over = count > 0 && events[count - 1].kind == HPT_EVENT_FINISHED;
        if (count == 0) nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
    }
    printf("the receiver saw %llu events and missed %llu\n", (unsigned long long)seen_count,
           (unsigned long long)missed_count);

    hpt_receiver_destroy(receiver);
    hpt_run_destroy(run);
    hpt_space_destroy(space);
    return 0;
}
