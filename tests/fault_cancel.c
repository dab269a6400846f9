/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run may be cancelled by any number of threads at once, before its first trial, while it
 *         runs and after its end, and ends once.
 * Method: 32 threads that cancel and look from before the start to after the end. */
#include "host.h"
#include "runs.h"

#include <pthread.h>
#include <string.h>

enum { CANCELLERS = 32, EACH = 300 };

typedef struct crowd {
    hpt_run     *run;
    hpt_cancel   switch_;
    size_t       each; /* how often everybody cancels */
    atomic_ulong ready, go, is_over, is_gone, wrong;
} crowd;

static void look(crowd *it) {
    hpt_stats  stats = { .struct_size = sizeof stats };
    hpt_status status = hpt_run_poll(it->run);
    bool       is_right = status == HPT_OK || status == HPT_EAGAIN;
    if (hpt_run_stats(it->run, &stats, NULL) != HPT_OK) is_right = false;
    if (!is_right || runs_sum(&stats) != stats.trial_count) atomic_fetch_add(&it->wrong, 1);
}

/* Before there is a run the switch is all that there is; then both ways, gently first. */
static void *cancel(void *user) {
    crowd *it = user;
    hpt_cancel_raise(&it->switch_, HPT_CANCEL_NONE);
    atomic_fetch_add(&it->ready, 1);
    runs_wait_for(&it->go, 1);
    for (size_t i = 0; i < it->each; i++) {
        hpt_cancel_level level = i < it->each / 2 ? HPT_CANCEL_FINISH : HPT_CANCEL_NOW;
        if (i % 2 == 0)
            hpt_run_cancel(it->run, level);
        else
            hpt_cancel_raise(&it->switch_, level);
        if (i % 16 == 0) look(it);
    }
    runs_wait_for(&it->is_over, 1);
    for (size_t i = 0; i < it->each; i++)
        hpt_run_cancel(it->run, HPT_CANCEL_NOW);
    look(it);
    atomic_fetch_add(&it->is_gone, 1);
    return NULL;
}

static void cancel_from_everywhere(const char *pool, uint32_t window) {
    host        before;
    crowd       it = { .each = fixture_scaled(EACH) };
    pthread_t   threads[CANCELLERS];
    hpt_options options = runs_options(4, HPT_UNLIMITED);
    host_note(&before);
    for (int i = 0; i < CANCELLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, cancel, &it), 0);
    assert_true(runs_wait_for(&it.ready, CANCELLERS));
    options.cancel = &it.switch_;
    options.pool = pool;
    options.window = window;
    it.run = runs_start(runs_count, NULL, &options);
    atomic_store(&it.go, 1);
    assert_int_equal(hpt_run_wait(it.run, -1), HPT_OK);
    atomic_store(&it.is_over, 1);
    assert_true(runs_wait_for(&it.is_gone, CANCELLERS));
    for (int i = 0; i < CANCELLERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&it.wrong), 0);
    hpt_result *result = runs_end(it.run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    hpt_result_destroy(result);
    host_assert_unchanged(&before);
}

static void many_threads_may_cancel_a_run_at_any_time(void **state) {
    (void)state;
    cancel_from_everywhere("threads", 0);
    cancel_from_everywhere("threads", 8);
}

static void many_threads_may_cancel_a_run_of_processes_at_any_time(void **state) {
    (void)state;
    cancel_from_everywhere("processes", 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_threads_may_cancel_a_run_at_any_time),
        cmocka_unit_test(many_threads_may_cancel_a_run_of_processes_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
