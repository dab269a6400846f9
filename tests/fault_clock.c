/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a clock on the wall that is set forth or back by a year in the middle of a run ends no
 *         trial and no run, and is seen in nothing but the dates in the file.
 * Method: the linker puts our clock_gettime() before the system's, which adds what the test says to
 *         the wall's time; the monotonic clock is the system's. */
#include "host.h"
#include "runs.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int __real_clock_gettime(clockid_t clock, struct timespec *now);
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);

enum { YEAR_S = 365 * 24 * 3600, TRIALS = 40 };

static atomic_long set_forth_s;

int __wrap_clock_gettime(clockid_t clock, struct timespec *now) {
    int status = __real_clock_gettime(clock, now);
    if (clock == CLOCK_REALTIME) now->tv_sec += atomic_load(&set_forth_s);
    return status;
}

static char folder[64], path[96];

static int begin(void **state) {
    (void)state;
    atomic_store(&set_forth_s, 0);
    if (!fixture_folder(folder, "hpt_clock")) return -1;
    snprintf(path, sizeof path, "%s/study.journal", folder);
    return 0;
}

static int end(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* Forth at number 10, back at 20, and to what it was at 30; in the middle of a trial. */
static hpt_status sets_the_clock(hpt_trial *trial, void *user, double *value_out) {
    uint64_t number = hpt_trial_number(trial) % TRIALS;
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    runs_sleep_ms(1);
    if (number == 10) atomic_store(&set_forth_s, YEAR_S);
    if (number == 20) atomic_store(&set_forth_s, -YEAR_S);
    if (number == 30) atomic_store(&set_forth_s, 0);
    return hpt_trial_should_stop(trial) ? HPT_ESTOPPED : HPT_OK;
}

static void run_once(const char *pool, uint64_t trials) {
    hpt_options options = runs_options(2, trials);
    options.pool = pool;
    options.study = path;
    options.trial_s_max = 3600;
    options.wall_s_max = 7200;
    hpt_result      *result = runs_do(sets_the_clock, NULL, &options);
    const hpt_stats *stats = hpt_result_stats(result);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TRIALS);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), trials);
    assert_true(stats->wall_s >= 0 && stats->wall_s < 600);
    hpt_result_destroy(result);
}

static bool is_a_year_off(int64_t ns) {
    int64_t off_s = ns / 1000000000 - (int64_t)time(NULL);
    return off_s < -YEAR_S / 2 || off_s > YEAR_S / 2;
}

static void assert_durations(uint64_t trials) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    assert_int_equal(hpt_history_load(path, NULL, &history, &err), HPT_OK);
    assert_int_equal(hpt_history_count(history), trials);
    for (uint64_t i = 0; i < trials; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        assert_in_range(record->duration_ns, 1000000, 600000000000);
        assert_int_equal(record->end_ns - record->start_ns, record->duration_ns);
    }
    assert_false(is_a_year_off(hpt_history_at(history, 0)->start_ns));
    hpt_history_destroy(history);
}

static void a_clock_that_jumps_a_year_ends_nothing(void **state) {
    (void)state;
    host before;
    host_note(&before);
    run_once("threads", TRIALS);
    assert_durations(TRIALS);
    run_once("threads", 2 * TRIALS); /* goes on, and counts the time of the run before */
    assert_durations(2 * TRIALS);
    host_assert_unchanged(&before);
}

static void a_clock_that_stays_wrong_does_not_keep_a_study_from_going_on(void **state) {
    (void)state;
    atomic_store(&set_forth_s, 5L * YEAR_S);
    run_once("inline", TRIALS / 8);
    atomic_store(&set_forth_s, 0);
    run_once("inline", TRIALS / 4);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clock_that_jumps_a_year_ends_nothing, begin, end),
        cmocka_unit_test_setup_teardown(
            a_clock_that_stays_wrong_does_not_keep_a_study_from_going_on, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
