/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   hpt_parallel_run() works on the calling thread, which stays the host's; hpt_run_start()
 *         leaves it alone.
 * Method: objectives note which thread they are on, and with which settings. */
#define _GNU_SOURCE /* sched_getaffinity, pthread_getname_np */
#include "runs.h"
#include "trace.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

typedef struct witness {
    pthread_t    host;
    char         name[16];
    cpu_set_t    cpus; /* the host's */
    atomic_ulong on_host, elsewhere, wrong;
} witness;

static void note_host(witness *it) {
    memset(it, 0, sizeof *it);
    it->host = pthread_self();
    pthread_getname_np(it->host, it->name, sizeof it->name);
    sched_getaffinity(0, sizeof it->cpus, &it->cpus);
}

/* Waits for the other workers' first trials, so that every worker has one. */
static hpt_status testify(hpt_trial *trial, void *user, double *value_out) {
    witness *it = user;
    char     name[16] = "";
    bool     is_host = pthread_equal(it->host, pthread_self()) != 0;
    (void)trial;
    *value_out = 0;
    pthread_getname_np(pthread_self(), name, sizeof name);
    atomic_fetch_add(is_host ? &it->on_host : &it->elsewhere, 1);
    if (is_host != (strcmp(name, it->name) == 0)) atomic_fetch_add(&it->wrong, 1);
    runs_sleep_ms(1);
    return HPT_OK;
}

static void the_caller_is_one_of_the_workers(void **state) {
    (void)state;
    witness it;
    note_host(&it);
    hpt_options options = runs_options(3, 60);
    hpt_result *result = runs_do(testify, &it, &options);
    assert_true(atomic_load(&it.on_host) > 0);
    assert_true(atomic_load(&it.elsewhere) > 0);
    assert_int_equal(atomic_load(&it.wrong), 0);
    assert_int_equal(hpt_result_stats(result)->worker_count, 3);
    assert_true(hpt_result_busy(result, 0) > 0);
    hpt_result_destroy(result);
}

static void the_only_worker_is_the_caller(void **state) {
    (void)state;
    witness it;
    note_host(&it);
    hpt_options options = runs_options(1, 10);
    hpt_result_destroy(runs_do(testify, &it, &options));
    assert_int_equal(atomic_load(&it.on_host), 10);
}

static void a_run_that_was_started_leaves_its_caller_alone(void **state) {
    (void)state;
    witness it;
    note_host(&it);
    hpt_options options = runs_options(1, 10);
    hpt_result_destroy(runs_end(runs_start(testify, &it, &options)));
    assert_int_equal(atomic_load(&it.on_host), 0);
    assert_int_equal(atomic_load(&it.elsewhere), 10);
}

static hpt_status count_cpus(hpt_trial *trial, void *user, double *value_out) {
    witness  *it = user;
    cpu_set_t now;
    (void)trial;
    sched_getaffinity(0, sizeof now, &now);
    if (CPU_COUNT(&now) != 1) atomic_fetch_add(&it->wrong, 1);
    *value_out = 0;
    return HPT_OK;
}

static void the_caller_is_bound_for_the_run_and_no_longer(void **state) {
    (void)state;
    for (uint32_t workers = 1; workers <= 4; workers++) {
        witness   it;
        cpu_set_t after;
        note_host(&it);
        hpt_options options = runs_options(workers, 50);
        options.pin = true;
        hpt_result_destroy(runs_do(count_cpus, &it, &options));
        sched_getaffinity(0, sizeof after, &after);
        assert_int_equal(atomic_load(&it.wrong), 0);
        assert_true(CPU_EQUAL(&it.cpus, &after));
    }
}

/* The other worker has the run wait for its trial, long after the caller found no more to do. */
static hpt_status linger_elsewhere(hpt_trial *trial, void *user, double *value_out) {
    witness *it = user;
    (void)trial;
    *value_out = 1;
    if (pthread_equal(it->host, pthread_self())) {
        runs_wait_for(&it->elsewhere, 1); /* so that the other one has a trial */
        return HPT_OK;
    }
    atomic_fetch_add(&it->elsewhere, 1);
    runs_sleep_ms(60);
    return HPT_OK;
}

static void the_caller_waits_for_the_others_last_trials(void **state) {
    (void)state;
    witness it;
    note_host(&it);
    hpt_options options = runs_options(2, 2);
    hpt_result *result = runs_do(linger_elsewhere, &it, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 2);
    assert_true(hpt_result_stats(result)->wall_s >= 0.05);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_caller_is_one_of_the_workers),
        cmocka_unit_test(the_only_worker_is_the_caller),
        cmocka_unit_test(a_run_that_was_started_leaves_its_caller_alone),
        cmocka_unit_test(the_caller_is_bound_for_the_run_and_no_longer),
        cmocka_unit_test(the_caller_waits_for_the_others_last_trials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
