/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run that is refused after its study was opened leaves no study behind that it has made,
 *         and nothing of one that was there is lost.
 * Method: an observer that cannot write what it should, in a file of other columns; each form. */
#include "host.h"
#include "runs.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hpt/extend.h>
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

/* A link that led nowhere leads there again. */
static void a_refused_run_leaves_a_link_to_its_new_file(void **state) {
    static const char *const left[] = { "trials.csv", "link.db", "link.journal", NULL };
    static const char *const links[] = { "link.db", "link.journal" };
    char                     link[96];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        snprintf(link, sizeof link, "%s/%s", folder, links[i]);
        assert_int_equal(symlink(forms[i], link), 0);
    }
    for (size_t i = 0; i < 2; i++)
        assert_refused(refused_options(links[i], NULL));
    host_assert_holds(folder, left);
}

/* Somebody puts a file of his own in the place of the new one, and the run is refused. */
static hpt_status open_replacing(void *none, const hpt_observer_setup *setup, hpt_err *err) {
    char from[96];
    (void)none;
    (void)setup;
    snprintf(from, sizeof from, "%s/from", folder);
    fixture_put(folder, "from", "theirs");
    assert_int_equal(rename(from, study), 0);
    (void)err;
    return HPT_EINVAL;
}

static hpt_status hear_nothing(void *none, const hpt_event *events, size_t count, hpt_err *err) {
    (void)none;
    (void)events;
    (void)count;
    (void)err;
    return HPT_OK;
}

/* A process elsewhere is told that this one is gone, and takes the study. */
static hpt_status open_taken(void *none, const hpt_observer_setup *setup, hpt_err *err) {
    FILE *file = fopen(study, "a");
    (void)none;
    (void)setup;
    (void)err;
    assert_non_null(file);
    fputs("{\"op_code\": 3, \"worker_id\": \"other\", \"study_id\": 0, \"system_attr\": "
          "{\"hpt:hold\": {\"pid\": 1, \"host\": \"elsewhere\", \"run\": \"other\"}}}\n",
          file);
    assert_int_equal(fclose(file), 0);
    return HPT_EINVAL;
}

static void a_refused_run_leaves_a_study_that_was_taken_from_it(void **state) {
    static const hpt_observer_class taking = { .struct_size = sizeof taking,
                                               .name = "taking",
                                               .summary = "has somebody take the study",
                                               .state_size = 1,
                                               .open = open_taken,
                                               .events = hear_nothing };
    hpt_space                      *space = runs_space();
    hpt_result                     *none = NULL;
    hpt_options                     options = options_of("study.journal", NULL);
    (void)state;
    assert_int_equal(hpt_observer_register(&taking, NULL), HPT_OK);
    options.observe = "taking";
    assert_int_equal(hpt_parallel_run(space, runs_count, NULL, &options, &none, NULL), HPT_EINVAL);
    options.observe = NULL;
    runs_assert_refused(&options, HPT_EBUSY, "process 1 on host elsewhere");
    hpt_space_destroy(space);
}

static void a_refused_run_leaves_a_file_that_has_come_in_the_place_of_its_own(void **state) {
    static const hpt_observer_class replacing = { .struct_size = sizeof replacing,
                                                  .name = "replacing",
                                                  .summary = "replaces the study",
                                                  .state_size = 1,
                                                  .open = open_replacing,
                                                  .events = hear_nothing };
    hpt_space                      *space = runs_space();
    hpt_result                     *none = NULL;
    (void)state;
    assert_int_equal(hpt_observer_register(&replacing, NULL), HPT_OK);
    for (size_t i = 0; i < 2; i++) {
        struct stat about;
        hpt_options options = options_of(forms[i], NULL);
        options.observe = "replacing";
        assert_int_equal(hpt_parallel_run(space, runs_count, NULL, &options, &none, NULL),
                         HPT_EINVAL);
        assert_int_equal(stat(study, &about), 0);
        assert_int_equal(about.st_size, strlen("theirs"));
    }
    hpt_space_destroy(space);
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
        refused_test(a_refused_run_leaves_a_link_to_its_new_file),
        refused_test(a_refused_run_leaves_a_study_that_was_taken_from_it),
        refused_test(a_refused_run_leaves_a_file_that_has_come_in_the_place_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
