/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the file is text format 0.0.4 that promtool accepts, is replaced as a whole, and is never
 *         put in the place of something else.
 * Method: the file compared line by line; promtool, when it is installed. */
#include "observing.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96], name[160];

static void run_once(const char *observer, long wait_ms) {
    observing o;
    observing_start(&o, 1);
    observing_attach_named(&o, observer);
    for (uint64_t trial = 0; trial < 10; trial++)
        observing_push_trial(&o, trial, 0);
    observing_push_ended_with(&o, 11, HPT_TRIAL_FAILED, NAN, "", NULL, 0, NULL);
    observing_sleep_ms(wait_ms);
    observing_finish(&o);
    uint64_t lost = 0, failures = 0;
    hpi_dispatch_totals(o.dispatch, &lost, &failures);
    assert_int_equal(lost + failures, 0);
    observing_stop(&o);
}

static void read_file(char *text, size_t bytes) {
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, bytes - 1, file)] = '\0';
    fclose(file);
}

static void assert_has(const char *text, const char *line) {
    if (!strstr(text, line)) fail_msg("no line %s in:\n%s", line, text);
}

static void the_file_says_what_the_statistics_say(void **state) {
    (void)state;
    char text[8000];
    run_once(name, 0);
    read_file(text, sizeof text);
    assert_has(text, "# TYPE hpt_trials_total counter\nhpt_trials_total{state=\"COMPLETE\"} 7\n");
    assert_has(text, "\nhpt_trials_total{state=\"FAILED\"} 1\n");
    assert_has(text, "\nhpt_trials_in_flight 2\n");
    assert_has(text, "\nhpt_best_value{metric=\"error\"} 0.25\n");
    assert_has(text, "# TYPE hpt_trial_duration_seconds histogram\n");
    assert_has(text, "\nhpt_trial_duration_seconds_bucket{le=\"1e-06\"} 10\n");
    assert_has(text, "\nhpt_trial_duration_seconds_bucket{le=\"0.0025\"} 10\n");
    assert_has(text, "\nhpt_trial_duration_seconds_bucket{le=\"0.005\"} 11\n");
    assert_has(text, "\nhpt_trial_duration_seconds_bucket{le=\"+Inf\"} 11\n");
    assert_has(text, "\nhpt_trial_duration_seconds_sum 0.003005\n");
    assert_has(text, "\nhpt_trial_duration_seconds_count 11\n");
    assert_has(text, "\nhpt_busy_ratio 0.875\n");
    assert_has(text, "\nhpt_run_duration_seconds 4\n");
    assert_int_equal(text[strlen(text) - 1], '\n');
}

static void promtool_accepts_it(void **state) {
    (void)state;
    char command[256];
    if (system("command -v promtool >/dev/null 2>&1") != 0) skip();
    run_once(name, 0);
    snprintf(command, sizeof command, "promtool check metrics < %s", path);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s,prefix=_My:x9", name);
    run_once(command, 0);
    snprintf(command, sizeof command, "grep -q '^_My:x9_build_info' %s", path);
    assert_int_equal(system(command), 0);
}

static void a_new_version_comes_every_interval_and_leaves_nothing_behind(void **state) {
    (void)state;
    char        short_name[192];
    observing   o;
    struct stat first = { 0 }, second = { 0 };
    snprintf(short_name, sizeof short_name, "%s,interval=0.1", name);
    observing_start(&o, 1);
    observing_attach_named(&o, short_name);
    for (int i = 0; i < 5000 && stat(path, &first) != 0; i++)
        observing_sleep_ms(1);
    for (int i = 0; i < 5000; i++) {
        assert_int_equal(stat(path, &second), 0); /* it is there at every moment */
        if (second.st_ino != first.st_ino) break;
        observing_sleep_ms(1);
    }
    assert_true(second.st_ino != first.st_ino);
    observing_finish(&o);
    observing_stop(&o);
    DIR *entries = opendir(folder);
    int  count = 0;
    while (readdir(entries))
        count++;
    closedir(entries);
    assert_int_equal(count, 3); /* ., .., and the file */
}

static void what_is_wrong_is_refused(void **state) {
    (void)state;
    static const char *const settings[] = { "prefix=9x", "prefix=a-b", "prefix=\"\"",
                                            "prefix=\"a b\"", "interval=0" };
    hpt_observer             observer = hpt_observer_default();
    hpt_err                  err = { 0 };
    observing                o;
    observing_start(&o, 1);
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        char wrong[256];
        snprintf(wrong, sizeof wrong, "%s,%s", name, settings[i]);
        observer.name = wrong;
        assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    }
    observer.name = "prometheus";
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EINVAL);
    observer.name = "prometheus:path=/dev/null";
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EIO);
    assert_non_null(strstr(err.text, "/dev/null is no regular file"));
    observing_stop(&o);
    struct stat about;
    assert_int_equal(stat("/dev/null", &about), 0);
    assert_false(S_ISREG(about.st_mode));
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hpt_prometheus_XXXXXX");
    if (!mkdtemp(folder)) return -1;
    snprintf(path, sizeof path, "%s/hpt.prom", folder);
    snprintf(name, sizeof name, "prometheus:path=%s", path);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void) {
    const struct CMUnitTest tests[] = {
        CASE(the_file_says_what_the_statistics_say),
        CASE(promtool_accepts_it),
        CASE(a_new_version_comes_every_interval_and_leaves_nothing_behind),
        CASE(what_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
