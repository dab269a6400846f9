/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what a run says at its end is true, and it ends when it should although trials are not
 * alike. Method: objectives whose duration or luck changes in mid-run, and counted calls. */
#include "runs.h"

#include <string.h>

static hpt_status keep_worker_count(void *user, const hpt_event *events, size_t count,
                                    hpt_err *err) {
    (void)err;
    assert_int_equal(count, 1);
    assert_int_equal(events[0].kind, HPT_EVENT_FINISHED);
    *(uint32_t *)user = events[0].stats->worker_count;
    return HPT_OK;
}

static void the_last_event_knows_the_workers_of_a_run_that_ended_while_they_started(void **state) {
    (void)state;
    for (int i = 0; i < 50; i++) {
        uint32_t     worker_count = 0;
        hpt_options  options = runs_options(16, 1);
        hpt_observer observer = hpt_observer_default();
        observer.events = keep_worker_count;
        observer.user = &worker_count;
        observer.kinds = HPT_EVENT_FINISHED;
        options.observers = &observer;
        options.observer_count = 1;
        hpt_result *result = runs_do(runs_count, NULL, &options);
        assert_int_equal(worker_count, 16);
        hpt_result_destroy(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_event_knows_the_workers_of_a_run_that_ended_while_they_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
