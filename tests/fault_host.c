/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever kind of run a program makes, it is afterwards what it was before, and nothing is
 *         left; what it has set holds in its objectives; files do not depend on its locale.
 * Method: host.h, around every kind of run. */
#include "host.h"
#include "runs.h"

#include <float.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>

#ifdef __SSE2__
#include <xmmintrin.h>
enum { CAN_FLUSH = 1, FLUSH = 0x8040 }; /* results and operands below the normal numbers: zero */
static void set_flush(bool is_on) {
    _mm_setcsr((_mm_getcsr() & ~(unsigned)FLUSH) | (is_on ? FLUSH : 0));
}
#else
enum { CAN_FLUSH = 0 };
static void set_flush(bool is_on) {
    (void)is_on;
}
#endif

static char folder[64], path[128], lines[128];

static int begin(void **state) {
    (void)state;
    return fixture_folder(folder, "hpt_host") ? 0 : -1;
}

static int end(void **state) {
    (void)state;
    set_flush(false);
    setlocale(LC_ALL, "C");
    return rmdir(folder);
}

/* Two study files, the lines of an observer, and nothing else. */
static void remove_files(void) {
    static const char *const names[] = { "a.journal", "b.journal", "lines.jsonl", NULL };
    host_assert_holds(folder, names);
    for (size_t i = 0; names[i]; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]);
        assert_int_equal(unlink(path), 0);
    }
}

static void name_files(const char *study, hpt_options *options) {
    snprintf(path, sizeof path, "%s/%s", folder, study);
    snprintf(lines, sizeof lines, "jsonl:path=%s/lines.jsonl; log:path=/dev/null", folder);
    options->study = path;
    options->observe = lines;
}

static hpt_status some_fail(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    hpt_trial_report(trial, 1, *value_out);
    hpt_trial_set_attr(trial, "half", hpt_real(*value_out / 2));
    if (hpt_trial_number(trial) % 5 == 1) return HPT_EFAILED;
    return hpt_trial_number(trial) % 5 == 2 ? hpt_trial_prune(trial) : HPT_OK;
}

static void run_pools(void) {
    static const char *const pools[] = { "threads", "inline", "processes" };
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        hpt_options options = runs_options(3, 40 + 40 * i); /* goes on with the same study */
        options.pool = pools[i];
        options.trial_s_max = 60; /* which needs a watch */
        name_files("a.journal", &options);
        hpt_result *result = runs_do(some_fail, NULL, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 8 + 8 * i);
        hpt_result_destroy(result);
    }
}

static void ask_and_tell(void) {
    hpt_options options = runs_options(0, 20);
    name_files("b.journal", &options);
    hpt_study *study = runs_study(&options);
    for (int i = 0; i < 20; i++)
        runs_tell(study, runs_ask(study), i);
    hpt_result_destroy(runs_close(study));
}

static void run_every_kind(void) {
    hpt_options refused = runs_options(3, 0);
    run_pools();
    ask_and_tell();
    runs_assert_refused(&refused, HPT_EINVAL, "");
    remove_files();
}

static void every_kind_of_run_leaves_its_host_as_it_was(void **state) {
    (void)state;
    host before;
    run_every_kind(); /* what the C library opens once is not the run's doing */
    host_note(&before);
    run_every_kind();
    host_assert_unchanged(&before);
}

/* Flushing to zero is set for each thread. */
static hpt_status sees_flushing(hpt_trial *trial, void *user, double *value_out) {
    volatile double least = DBL_MIN;
    (void)trial, (void)user;
    *value_out = 0;
    return least / 2 == 0 ? HPT_OK : HPT_EFAILED;
}

static void a_host_that_flushes_to_zero_does_so_in_its_objectives(void **state) {
    (void)state;
    if (!CAN_FLUSH) skip();
    static const char *const pools[] = { "threads", "inline", "processes" };
    host                     before;
    set_flush(true);
    host_note(&before);
    if (!before.flushes) skip(); /* memcheck and emulators have no such thing */
    for (size_t i = 0; i < sizeof pools / sizeof *pools; i++) {
        hpt_options options = runs_options(3, 20);
        options.pool = pools[i];
        hpt_result *result = runs_do(sees_flushing, NULL, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 20);
        hpt_result_destroy(result);
    }
    host_assert_unchanged(&before);
}

static void assert_reads_back(void) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    snprintf(path, sizeof path, "%s/a.journal", folder);
    if (hpt_history_load(path, NULL, &history, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_history_count(history), 120);
    for (size_t i = 0; i < 120; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        if (record->state != HPT_TRIAL_COMPLETE) continue;
        assert_true(record->values[0] == record->params[0].as.real);
        assert_true(record->attrs[0].value.as.real == record->values[0] / 2);
    }
    hpt_history_destroy(history);
}

/* A comma between two digits: none of the names and dates here has one. */
static bool has_decimal_comma(const char *name) {
    char whole[128];
    int  before = 0, at = 0, c;
    snprintf(whole, sizeof whole, "%s/%s", folder, name);
    FILE *file = fopen(whole, "r");
    assert_non_null(file);
    while ((c = getc(file)) != EOF && !(before == '0' && at == ',' && c >= '0' && c <= '9')) {
        before = at;
        at = c;
    }
    fclose(file);
    return c != EOF;
}

static void a_comma_in_the_locale_is_in_no_file(void **state) {
    (void)state;
    if (!setlocale(LC_ALL, "de_DE.UTF-8")) skip();
    char number[8];
    snprintf(number, sizeof number, "%.1f", 0.5);
    assert_string_equal(number, "0,5");
    run_pools();
    ask_and_tell();
    assert_reads_back();
    setlocale(LC_ALL, "C");
    assert_reads_back();
    assert_false(has_decimal_comma("lines.jsonl"));
    remove_files();
}

/* An observer that hangs. */

static hpt_status hang(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    runs_gate *gate = user;
    (void)events, (void)count, (void)err;
    atomic_fetch_add(&gate->inside, 1);
    return runs_wait_for(&gate->is_open, 1) ? HPT_OK : HPT_EFAILED;
}

static uint64_t ended(const hpt_run *run) {
    hpt_stats stats = { .struct_size = sizeof stats };
    assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
    return stats.state_count[HPT_TRIAL_COMPLETE];
}

static void an_observer_that_hangs_keeps_the_end_and_nothing_else(void **state) {
    (void)state;
    host         before;
    runs_gate    gate = { 0, 0 };
    hpt_observer observer = hpt_observer_default();
    hpt_options  options = runs_options(2, 20000);
    host_note(&before);
    observer.events = hang;
    observer.user = &gate;
    observer.buffer_count = 16;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_run *run = runs_start(runs_count, NULL, &options);
    assert_true(runs_wait_for(&gate.inside, 1));
    for (int i = 0; ended(run) < 20000 && i < 30000; i++)
        runs_sleep_ms(1);
    assert_int_equal(ended(run), 20000);
    assert_int_equal(hpt_run_poll(run), HPT_EAGAIN);
    atomic_store(&gate.is_open, 1);
    hpt_result *result = runs_end(run);
    assert_true(hpt_result_stats(result)->observer_lost > 0);
    hpt_result_destroy(result);
    host_assert_unchanged(&before);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(every_kind_of_run_leaves_its_host_as_it_was),
        TEST(a_host_that_flushes_to_zero_does_so_in_its_objectives),
        TEST(a_comma_in_the_locale_is_in_no_file),
        TEST(an_observer_that_hangs_keeps_the_end_and_nothing_else),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
