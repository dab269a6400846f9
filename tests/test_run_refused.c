/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run that is refused after its study was opened leaves no study behind that it has made,
 *         and nothing of one that was there is lost.
 * Method: an observer that cannot write what it should, in a file of other columns; each form. */
#include "host.h"
#include "runs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <hpt/history.h>

enum { TRIALS = 5 };

static const char *const forms[] = { "study.db", "study.journal" };

static char folder[64], study[96], observe[128];

static void empty_folder(void) {
    char path[512];
    DIR *directory = opendir(folder);
    assert_non_null(directory);
    for (struct dirent *entry; (entry = readdir(directory));) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.') assert_int_equal(unlink(path), 0);
    }
    closedir(directory);
}

static int setup(void **state) {
    (void)state;
    return fixture_folder(folder, "hpt-refused-") ? 0 : -1;
}

static int teardown(void **state) {
    (void)state;
    empty_folder();
    return rmdir(folder);
}

static hpt_options options_of(const char *form, const char *name) {
    hpt_options options = runs_options(1, TRIALS);
    snprintf(study, sizeof study, "%s/%s", folder, form);
    options.study = study;
    options.study_name = name;
    return options;
}

/* The observer finds a file with other columns, which stays as it is. */
static hpt_options refused_options(const char *form, const char *name) {
    hpt_options options = options_of(form, name);
    fixture_put(folder, "trials.csv", "a,b\n1,2\n");
    snprintf(observe, sizeof observe, "csv:path=%s/trials.csv", folder);
    options.observe = observe;
    return options;
}

static void assert_refused(hpt_options options) {
    runs_assert_refused(&options, HPT_EINVAL, "has other columns than this run");
}

static void run_it(hpt_options options) {
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
}

static void assert_trials(const char *name, size_t count) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    if (hpt_history_load(study, name, &history, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_history_count(history), count);
    hpt_history_destroy(history);
}

static void assert_studies(size_t count) {
    hpt_study_list *list = NULL;
    size_t          findings = 1;
    assert_int_equal(hpt_study_list_load(study, &list, NULL), HPT_OK);
    assert_int_equal(hpt_study_list_count(list), count);
    hpt_study_list_destroy(list);
    assert_int_equal(hpt_study_check(study, HPT_CHECK_LOOK, NULL, NULL, &findings, NULL), HPT_OK);
    assert_int_equal(findings, 0);
}

static void a_refused_run_leaves_no_new_file(void **state) {
    static const char *const left[] = { "trials.csv", NULL };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        assert_refused(refused_options(forms[i], NULL));
        host_assert_holds(folder, left);
    }
}

static void a_refused_run_that_would_share_its_study_leaves_no_new_file(void **state) {
    static const char *const left[] = { "trials.csv", NULL };
    (void)state;
    hpt_options options = refused_options("study.db", NULL);
    options.shared = true;
    assert_refused(options);
    host_assert_holds(folder, left);
}

static void a_refused_study_of_ones_own_loop_leaves_no_new_file(void **state) {
    static const char *const left[] = { "trials.csv", NULL };
    hpt_space               *space = runs_space();
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = refused_options(forms[i], NULL);
        hpt_study  *made = NULL;
        assert_int_equal(hpt_study_create(space, &options, &made, NULL), HPT_EINVAL);
        host_assert_holds(folder, left);
    }
    hpt_space_destroy(space);
}

static void a_refused_run_leaves_no_new_study_in_a_file_that_was_there(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        run_it(options_of(forms[i], "first"));
        assert_refused(refused_options(forms[i], "second"));
        assert_studies(1);
        assert_trials("first", TRIALS);
        run_it(options_of(forms[i], "second")); /* its name is free */
        assert_studies(2);
        assert_trials("second", TRIALS);
    }
}

static void a_refused_run_takes_nothing_from_a_study_that_was_there(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        run_it(options_of(forms[i], NULL));
        assert_refused(refused_options(forms[i], NULL));
        assert_studies(1);
        assert_trials(NULL, TRIALS);
        hpt_options more = options_of(forms[i], NULL);
        more.trial_count_max = TRIALS + 1;
        run_it(more);
        assert_trials(NULL, TRIALS + 1);
    }
}

/* Of no trial, as its program has not asked for any yet: it is not the refused run's. */
static void a_refused_run_leaves_an_empty_study_that_was_there(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = options_of(forms[i], NULL);
        hpt_result_destroy(runs_close(runs_study(&options)));
        assert_refused(refused_options(forms[i], NULL));
        assert_studies(1);
        assert_trials(NULL, 0);
    }
}

#define refused_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void) {
    const struct CMUnitTest tests[] = {
        refused_test(a_refused_run_leaves_no_new_file),
        refused_test(a_refused_run_that_would_share_its_study_leaves_no_new_file),
        refused_test(a_refused_study_of_ones_own_loop_leaves_no_new_file),
        refused_test(a_refused_run_leaves_no_new_study_in_a_file_that_was_there),
        refused_test(a_refused_run_takes_nothing_from_a_study_that_was_there),
        refused_test(a_refused_run_leaves_an_empty_study_that_was_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
