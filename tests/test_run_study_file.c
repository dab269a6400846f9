/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run whose process is killed, at any moment and any number of times, ends with the
 * trials and the result of one that was not; its options are checked; its file is its own. Method:
 * real files of both forms; a child runs the search and kills itself in the middle of an objective,
 * until one comes through. The study is then held against one of a run that was left alone, trial
 * by trial. */
#include "fixture.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hpt/history.h>

#include "runs.h"
#include "store/backend.h"

static const char *forms[] = { "db", "journal" };
static hpt_space  *space;
static char        folder[64];

static unsigned trial_ms; /* how long a trial takes */

static int begin(void **state) {
    (void)state;
    trial_ms = 0;
    assert_true(fixture_folder(folder, "hpt_study_"));
    space = trace_space();
    return 0;
}

static int end(void **state) {
    (void)state;
    char command[96];
    hpt_space_destroy(space);
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static const char *path_of(const char *name, const char *form) {
    static char path[2][128];
    static int  turn;
    turn = !turn;
    snprintf(path[turn], sizeof path[turn], "%s/%s.%s", folder, name, form);
    return path[turn];
}

static hpt_options options_of(const char *strategy, uint32_t window, const char *path) {
    hpt_options options = hpt_options_default();
    options.strategy = strategy;
    options.worker_count = 2;
    options.window = window;
    options.trial_count_max = 40;
    options.seed = 3;
    options.study = path;
    options.commit_interval_ms = 1;
    return options;
}

/* Killing. */

static atomic_long calls_left;

static hpt_status mortal(hpt_trial *trial, void *user, double *value_out) {
    if (atomic_fetch_sub(&calls_left, 1) == 1) raise(SIGKILL);
    if (trial_ms > 0) runs_sleep_ms(trial_ms);
    hpt_trial_report(trial, 1, 0.5);
    hpt_trial_set_attr(trial, "number", hpt_int((int64_t)hpt_trial_number(trial)));
    if (hpt_trial_number(trial) % 9 == 4) return hpt_trial_fail(trial, "it is one of those");
    return trace_slow_sphere(trial, user, value_out);
}

static hpt_status search(const hpt_options *options, long calls) {
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    atomic_store(&calls_left, calls);
    hpt_status status = hpt_parallel_run(space, mortal, NULL, options, &result, &err);
    if (status != HPT_OK) fprintf(stderr, "%s\n", err.text);
    hpt_result_destroy(result);
    return status;
}

/* In a process of its own. True: it came through. */
static bool search_apart(const hpt_options *options, long calls) {
    int   how = 0;
    pid_t child = fork();
    if (child == 0) _exit(search(options, calls) == HPT_OK ? 0 : 1);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &how, 0), child);
    if (WIFEXITED(how)) assert_int_equal(WEXITSTATUS(how), 0);
    return WIFEXITED(how);
}

static hpt_history *load(const char *path) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    if (hpt_history_load(path, NULL, &history, &err) != HPT_OK) fail_msg("%s", err.text);
    return history;
}

static void assert_same_value(hpt_value a, hpt_value b) {
    assert_int_equal(a.type, b.type);
    if (a.type == HPT_TYPE_TEXT)
        assert_string_equal(a.as.text, b.as.text);
    else if (a.type == HPT_TYPE_REAL)
        assert_memory_equal(&a.as.real, &b.as.real, sizeof a.as.real);
    else
        assert_int_equal(a.as.integer, b.as.integer);
}

static void assert_same_study(const char *a_path, const char *b_path) {
    hpt_history *a = load(a_path), *b = load(b_path);
    assert_int_equal(hpt_history_count(a), hpt_history_count(b));
    for (size_t i = 0; i < hpt_history_count(a); i++) {
        const hpt_record *left = hpt_history_at(a, i), *right = hpt_history_at(b, i);
        assert_int_equal(left->number, right->number);
        assert_int_equal(left->state, right->state);
        for (size_t j = 0; j < hpt_space_count(space); j++)
            assert_same_value(left->params[j], right->params[j]);
        assert_int_equal(left->value_count, right->value_count);
        if (left->value_count > 0) assert_true(left->values[0] == right->values[0]);
        assert_string_equal(left->reason, right->reason);
        assert_int_equal(left->attr_count, right->attr_count);
    }
    assert_int_equal(hpt_history_best(a), hpt_history_best(b));
    hpt_history_destroy(a);
    hpt_history_destroy(b);
}

static void check_killed(const char *strategy, uint32_t window, const char *form, hpt_sync sync) {
    char        whole[128] = "", killed[128] = "";
    hpt_options options = options_of(strategy, window, whole);
    snprintf(whole, sizeof whole, "%s", path_of("whole", form));
    snprintf(killed, sizeof killed, "%s", path_of("killed", form));
    remove(whole);
    remove(killed);
    assert_int_equal(search(&options, -1), HPT_OK);
    options.study = killed;
    options.sync = sync;
    trial_ms = sync == HPT_SYNC_GROUP ? 4 : 0; /* so that some are written before it dies */
    int deaths = 0;
    for (long calls = 17; !search_apart(&options, calls); calls += 6)
        deaths++;
    assert_true(deaths > 0);
    assert_same_study(whole, killed);
}

static hpt_status reporting(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    uint64_t number = hpt_trial_number(trial);
    for (int64_t step = 0; step < (int64_t)number % 4; step++)
        hpt_trial_report(trial, step, (double)number + 0.25 * (double)step);
    *value_out = (double)number;
    return number % 5 == 0 ? hpt_trial_prune(trial) : HPT_OK;
}

/* Some are written while their trial runs, some with its end. */
static void intermediate_values_of_every_trial_are_kept(void **state) {
    (void)state;
    for (size_t f = 0; f < 2; f++) {
        hpt_err      err = { 0 };
        hpt_result  *result = NULL;
        hpt_history *history = NULL;
        const char  *path = path_of("reports", forms[f]);
        hpt_options  options = options_of("random", 0, path);
        assert_int_equal(hpt_parallel_run(space, reporting, NULL, &options, &result, &err), HPT_OK);
        hpt_result_destroy(result);
        assert_int_equal(hpt_history_load(path, NULL, &history, &err), HPT_OK);
        for (size_t i = 0; i < hpt_history_count(history); i++) {
            size_t            count = 77;
            const hpt_report *reports = hpt_history_reports(history, i, &count);
            uint64_t          number = hpt_history_at(history, i)->number;
            assert_int_equal(count, number % 4);
            for (size_t k = 0; k < count; k++)
                assert_true(reports[k].value == (double)number + 0.25 * (double)k);
        }
        hpt_history_destroy(history);
    }
}

static void a_killed_run_ends_as_if_it_had_not_been(void **state) {
    (void)state;
    static const char *const strategies[] = { "cmaes", "random", "tpe" };
    static const uint32_t    windows[] = { 1, 4, 16 };
    for (size_t i = 0; i < 3; i++)
        check_killed(strategies[i % 3], windows[i % 3], forms[i % 2],
                     i == 0 ? HPT_SYNC_GROUP : HPT_SYNC_EACH);
}

/* What was told before it died is there, whatever the window. */
static void nothing_told_is_lost(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = options_of("cmaes", 0, path_of("told", forms[i]));
        options.sync = HPT_SYNC_EACH;
        options.worker_count = 1;
        assert_false(search_apart(&options, 30));
        hpt_history *history = load(options.study);
        size_t       ended = 0;
        for (size_t k = 0; k < hpt_history_count(history); k++)
            ended += hpt_history_at(history, k)->state != HPT_TRIAL_RUNNING;
        assert_in_range(ended, 28, 29);
        hpt_history_destroy(history);
    }
}

/* The third trial ends long after those behind it, which are on the disk by then, and with it the
 * run. */
static hpt_status third_is_enough(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    uint64_t number = hpt_trial_number(trial);
    if (number == 2) runs_sleep_ms(30);
    *value_out = number == 2 ? -1 : (double)number;
    return HPT_OK;
}

static void what_a_target_takes_back_leaves_a_study_to_go_on_with(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = options_of("cmaes", 16, path_of("target", forms[i]));
        options.sync = HPT_SYNC_EACH;
        for (int turn = 0; turn < 2; turn++) {
            hpt_result *result = NULL;
            hpt_err     err = { 0 };
            options.target = turn == 0 ? -1 : NAN;
            if (hpt_parallel_run(space, third_is_enough, NULL, &options, &result, &err) != HPT_OK)
                fail_msg("%s", err.text);
            assert_int_equal(hpt_result_stop(result),
                             turn == 0 ? HPT_STOP_TARGET : HPT_STOP_TRIALS);
            assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), turn == 0 ? 3 : 40);
            hpt_result_destroy(result);
            hpt_history *history = load(options.study);
            assert_true(hpt_history_count(history) >= 3);
            hpt_history_destroy(history);
        }
    }
}

/* When it returns, everything is there. */
static void a_run_that_has_returned_is_kept_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = options_of("random", 0, path_of("whole", forms[i]));
        options.commit_interval_ms = 3600 * 1000;
        assert_int_equal(search(&options, -1), HPT_OK);
        hpt_history *history = load(options.study);
        assert_int_equal(hpt_history_count(history), 40);
        for (size_t k = 0; k < 40; k++)
            assert_true(hpt_history_at(history, k)->state != HPT_TRIAL_RUNNING);
        hpt_history_destroy(history);
    }
}

static void a_file_is_one_run_s(void **state) {
    (void)state;
    hpt_options options = options_of("random", 0, path_of("one", forms[0]));
    hpt_run    *run = NULL, *other = NULL;
    hpt_err     err = { 0 };
    options.trial_count_max = HPT_UNLIMITED;
    trial_ms = 2;
    atomic_store(&calls_left, -1);
    assert_int_equal(hpt_run_start(space, mortal, NULL, &options, &run, NULL), HPT_OK);
    assert_int_equal(hpt_run_start(space, mortal, NULL, &options, &other, &err), HPT_EBUSY);
    runs_assert_says(err.text, "is held by");
    assert_null(other);
    hpt_run_destroy(run);
    options.trial_count_max = 0;
    options.wall_s_max = 1e-9;
    assert_int_equal(search(&options, -1), HPT_OK);
}

static hpt_status ignore(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user;
    (void)events;
    (void)count;
    (void)err;
    return HPT_OK;
}

static void its_writer_is_no_observer(void **state) {
    (void)state;
    hpt_options  options = options_of("random", 0, path_of("seats", "journal"));
    hpt_observer observers[64];
    hpt_run     *run = NULL;
    for (int i = 0; i < 64; i++) {
        observers[i] = hpt_observer_default();
        observers[i].events = ignore;
    }
    options.observers = observers;
    options.observer_count = 64;
    options.trial_count_max = HPT_UNLIMITED;
    trial_ms = 2;
    atomic_store(&calls_left, -1);
    assert_int_equal(hpt_run_start(space, mortal, NULL, &options, &run, NULL), HPT_OK);
    assert_int_equal(hpt_run_attach(run, observers, NULL, NULL), HPT_ELIMIT);
    size_t detached = 0;
    for (uint64_t id = 0; id < 200; id++)
        detached += hpt_run_detach(run, id, NULL) == HPT_OK;
    assert_int_equal(detached, 64);
    hpt_run_destroy(run);
    hpt_history *history = load(options.study);
    assert_true(hpt_history_count(history) > 0);
    hpt_history_destroy(history);
}

/* Nor by another name. */
static void no_observer_writes_into_it(void **state) {
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        char        observe[200], link_path[160];
        hpt_result *result = NULL;
        hpt_err     err = { 0 };
        hpt_options options = options_of("random", 0, path_of(i < 2 ? "new" : "old", forms[i % 2]));
        if (i >= 2) assert_int_equal(search(&options, -1), HPT_OK);
        snprintf(link_path, sizeof link_path, "%s.link", options.study);
        assert_int_equal(symlink(options.study, link_path), 0);
        snprintf(observe, sizeof observe, "jsonl:path=%s", i % 2 ? link_path : options.study);
        options.observe = observe;
        atomic_store(&calls_left, -1);
        assert_int_equal(hpt_parallel_run(space, mortal, NULL, &options, &result, &err),
                         HPT_EINVAL);
        runs_assert_says(err.text, "is a study file that is in use");
        options.observe = NULL;
        assert_int_equal(search(&options, -1), HPT_OK);
        hpt_history *history = load(options.study);
        assert_int_equal(hpt_history_count(history), 40);
        hpt_history_destroy(history);
    }
}

/* Options. */

static void assert_refused(hpt_options options, hpt_status status, const char *words) {
    hpt_result *result = NULL;
    hpt_study  *study = NULL;
    hpt_err     err = { 0 };
    atomic_store(&calls_left, -1);
    assert_int_equal(hpt_parallel_run(space, mortal, NULL, &options, &result, &err), status);
    runs_assert_says(err.text, words);
    assert_null(result);
    assert_int_equal(hpt_study_create(space, &options, &study, &err), status);
    runs_assert_says(err.text, words);
    if (options.study) assert_int_not_equal(access(options.study, F_OK), 0);
}

static void what_is_no_option_is_refused(void **state) {
    (void)state;
    const hpt_options good = options_of("random", 0, path_of("none", forms[0]));
    char              name[600];
    hpt_options       bad;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
#define REFUSED(member, value, words)                                                              \
    bad = good;                                                                                    \
    bad.member = value;                                                                            \
    assert_refused(bad, HPT_EINVAL, words)
    REFUSED(study, "", "study is \"\"");
    REFUSED(study_name, "", "study_name \"\" is empty");
    REFUSED(study_name, name, "is too long (1 to 511 bytes of UTF-8");
    REFUSED(study_name, "\xff", "is not UTF-8");
    REFUSED(sync, (hpt_sync)2, "sync 2");
    REFUSED(store_failure, (hpt_store_failure)7, "store_failure 7");
    REFUSED(interrupted, (hpt_interrupted)-1, "interrupted -1");
    REFUSED(commit_interval_ms, 3600001, "commit_interval_ms 3600001");
    REFUSED(lease_s, -1, "lease_s is -1");
    REFUSED(lease_s, NAN, "lease_s is nan");
#undef REFUSED
    bad = good;
    bad.shared = true;
    bad.window = 4;
    assert_refused(bad, HPT_EINVAL, "window is 4");
}

static void what_needs_a_file_wants_one(void **state) {
    (void)state;
    hpt_options options = options_of("random", 0, NULL);
    options.study_name = "svm";
    assert_refused(options, HPT_EINVAL, "study_name is given");
    options.study_name = NULL;
    options.shared = true;
    assert_refused(options, HPT_EINVAL, "study is NULL");
}

static void another_study_is_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = options_of("random", 0, path_of("other", forms[i]));
        hpt_result *result = NULL;
        hpt_err     err = { 0 };
        assert_int_equal(search(&options, -1), HPT_OK);
        options.seed = 4;
        assert_int_equal(hpt_parallel_run(space, mortal, NULL, &options, &result, &err),
                         HPT_EINVAL);
        runs_assert_says(err.text, "seed");
        options.seed = 3;
        options.strategy = "cmaes";
        assert_int_equal(hpt_parallel_run(space, mortal, NULL, &options, &result, &err),
                         HPT_EINVAL);
        runs_assert_says(err.text, "cmaes");
    }
}

/* Without SQLite a second journal stands in for what is its file elsewhere. */
static void choose_forms(void) {
    const hpi_backend_class *class = NULL;
    if (hpi_backend_find("none.db", &class, NULL) != HPT_OK) forms[0] = "second.journal";
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_killed_run_ends_as_if_it_had_not_been, begin, end),
        cmocka_unit_test_setup_teardown(nothing_told_is_lost, begin, end),
        cmocka_unit_test_setup_teardown(what_a_target_takes_back_leaves_a_study_to_go_on_with,
                                        begin, end),
        cmocka_unit_test_setup_teardown(intermediate_values_of_every_trial_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(a_run_that_has_returned_is_kept_whole, begin, end),
        cmocka_unit_test_setup_teardown(a_file_is_one_run_s, begin, end),
        cmocka_unit_test_setup_teardown(its_writer_is_no_observer, begin, end),
        cmocka_unit_test_setup_teardown(no_observer_writes_into_it, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_option_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(what_needs_a_file_wants_one, begin, end),
        cmocka_unit_test_setup_teardown(another_study_is_refused, begin, end),
    };
    choose_forms();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
