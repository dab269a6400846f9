/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   hpt_replay() runs a recorded trial as it was run: the same point, number and random
 * numbers, so that an objective which is a function of them ends the same; and the study stays as
 * it is. Method: runs with a study file; then each of its trials again. */
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hpt/study.h>

static char folder[64], path[96];

static int set_up(void **state) {
    (void)state;
    assert_true(fixture_folder(folder, "replay"));
    snprintf(path, sizeof path, "%s/s.journal", folder);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(path);
    assert_int_equal(0, rmdir(folder));
    return 0;
}

/* Every kind of parameter, one of them conditional. */
static hpt_space *whole_space(void) {
    static const char *const kernels[] = { "rbf", "poly", "日本" };
    static const hpt_value   sizes[] = {
          { .type = HPT_TYPE_INT, .as.integer = 16 },
          { .type = HPT_TYPE_INT, .as.integer = 64 },
    };
    hpt_space *space = hpt_space_create();
    hpt_space_set_log(space, hpt_space_add_real(space, "x", 1e-6, 10));
    hpt_space_add_int(space, "n", -5, 5);
    hpt_space_add_choice(space, "kernel", kernels, 3);
    hpt_space_add_ordinal(space, "size", sizes, 2);
    hpt_space_add_constant(space, "tag", hpt_text("fixed"));
    hpt_space_set_condition(space, hpt_space_add_real(space, "degree", 0, 1), "kernel == \"poly\"");
    return space;
}

/* A function of all that a trial is told, with every state it can give itself. */
static hpt_status of_all(hpt_trial *trial, void *user, double *value_out) {
    uint64_t number = hpt_trial_number(trial), seed = hpt_trial_seed(trial, 3);
    double   x = hpt_trial_real(trial, "x") + (double)hpt_trial_int(trial, "n");
    (void)user;
    if (hpt_trial_is_active(trial, "degree")) x += hpt_trial_real(trial, "degree");
    x += hpt_trial_choice(trial, "kernel") + (double)(seed >> 44);
    x += (double)hpt_trial_int(trial, "size") + hpt_trial_repeat(trial);
    assert_string_equal("fixed", hpt_trial_text(trial, "tag"));
    for (int64_t step = 0; step < 6; step++)
        if (hpt_trial_report(trial, step, x - (double)step) == HPT_EPRUNED) return HPT_EPRUNED;
    if (number % 7 == 2) return hpt_trial_fail(trial, "x is %.17g", x);
    if (number % 7 == 3) hpt_trial_constraint(trial, "c", x);
    if (number % 7 == 4) return hpt_trial_prune(trial);
    if (number % 7 == 5) x = NAN;
    *value_out = x;
    return HPT_OK;
}

static hpt_options study_options(uint64_t trials) {
    hpt_options options = runs_options(2, trials);
    options.study = path;
    return options;
}

static void search(const hpt_space *space, hpt_objective objective, void *user,
                   const hpt_options *options) {
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    if (hpt_parallel_run(space, objective, user, options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_result_destroy(result);
}

static hpt_replayed again(const hpt_space *space, hpt_objective objective, void *user,
                          const hpt_options *options, uint64_t trial) {
    hpt_err      err = { 0 };
    hpt_replayed now = { .struct_size = sizeof now, .trial = trial };
    if (hpt_replay(space, objective, user, options, &now, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(trial, now.trial);
    return now;
}

static void assert_all_same(const hpt_space *space, hpt_objective objective, void *user,
                            const hpt_options *options, uint64_t trials) {
    for (uint64_t i = 0; i < trials; i++) {
        hpt_replayed now = again(space, objective, user, options, i);
        if (!now.is_same)
            fail_msg("trial %u: %s %g \"%s\"", (unsigned)i, hpt_trial_state_text(now.state),
                     now.values[0], now.reason);
        assert_int_equal(now.recorded_state, now.state);
    }
}

static void every_trial_ends_as_it_did(void **state) {
    (void)state;
    hpt_space  *space = whole_space();
    hpt_options options = study_options(60);
    options.strategy = "tpe";
    options.seed = 11;
    search(space, of_all, NULL, &options);
    options.seed = 0; /* what is the study's need not be said */
    options.strategy = NULL;
    assert_all_same(space, of_all, NULL, &options, 60);
    hpt_space_destroy(space);
}

static void a_pruned_trial_is_told_so_again(void **state) {
    (void)state;
    uint32_t    pruned = 0;
    hpt_space  *space = whole_space();
    hpt_options options = study_options(80);
    options.window = 4;
    options.pruner = "median:startup_trials=3";
    search(space, of_all, NULL, &options);
    for (uint64_t i = 0; i < 80; i++) {
        hpt_replayed now = again(space, of_all, NULL, &options, i);
        assert_int_equal(now.recorded_state, now.state);
        assert_true(now.is_same);
        pruned += strstr(now.reason, "by the recorded run") != NULL;
    }
    assert_true(pruned > 5);
    hpt_space_destroy(space);
}

static void several_calls_for_a_trial_are_made_again(void **state) {
    (void)state;
    hpt_space  *space = whole_space();
    hpt_options options = study_options(30);
    options.repeat_count = 3;
    options.repeat_take = HPT_TAKE_MEDIAN;
    search(space, of_all, NULL, &options);
    options.repeat_count = 0;
    assert_all_same(space, of_all, NULL, &options, 30);
    hpt_space_destroy(space);
}

static hpt_status two_values(hpt_trial *trial, void *user, double *values_out) {
    hpt_status status = of_all(trial, user, values_out);
    values_out[1] = -3 * values_out[0];
    return status;
}

static void a_metric_without_a_name_is_no_hindrance(void **state) {
    (void)state;
    hpt_space  *space = whole_space();
    hpt_options options = study_options(8);
    options.metric = NULL;
    search(space, of_all, NULL, &options);
    assert_all_same(space, of_all, NULL, &options, 8);
    hpt_space_destroy(space);
}

static void values_of_several_goals_are_compared(void **state) {
    (void)state;
    static const hpt_goal goals[] = { { "error", HPT_MINIMISE, NAN },
                                      { "time", HPT_MAXIMISE, NAN } };
    hpt_space            *space = whole_space();
    hpt_options           options = study_options(30);
    options.goals = goals;
    options.goal_count = 2;
    search(space, two_values, NULL, &options);
    assert_all_same(space, two_values, NULL, &options, 30);
    hpt_replayed now = again(space, two_values, NULL, &options, 0);
    assert_int_equal(2, now.value_count);
    assert_true(now.values[1] == -3 * now.values[0]);
    hpt_space_destroy(space);
}

/* Fails at first. */
static hpt_status stubborn(hpt_trial *trial, void *user, double *value_out) {
    uint32_t attempt = hpt_trial_attempt(trial);
    (void)user;
    if (attempt < hpt_trial_number(trial) % 4) return hpt_trial_fail(trial, "attempt %u", attempt);
    *value_out = hpt_trial_real(trial, "x") + attempt;
    return HPT_OK;
}

static void of_several_attempts_it_is_the_last(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    hpt_options options = study_options(20);
    options.on_failed.retry_count = 2;
    search(space, stubborn, NULL, &options);
    assert_all_same(space, stubborn, NULL, &options, 20);
    hpt_space_destroy(space);
}

/* What is different is said to be. */

static hpt_status as_told(hpt_trial *trial, void *user, double *value_out) {
    int what = *(int *)user;
    *value_out = hpt_trial_real(trial, "x");
    if (what == 1) *value_out += 1;
    if (what == 2) return hpt_trial_fail(trial, "one way");
    if (what == 3) return hpt_trial_fail(trial, "another way");
    if (what == 4) hpt_trial_report(trial, 1, 1);
    if (what == 5) hpt_trial_report(trial, 1, 2);
    return HPT_OK;
}

static void whatever_differs_is_not_the_same(void **state) {
    (void)state;
    hpt_space *space = runs_space();
    for (int then = 0; then < 6; then++) {
        hpt_options options = study_options(1);
        search(space, as_told, &then, &options);
        for (int now = 0; now < 6; now++)
            assert_int_equal(then == now, again(space, as_told, &now, &options, 0).is_same);
        unlink(path);
    }
    hpt_space_destroy(space);
}

static hpt_status patient(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    for (int i = 0; i < 60 && !hpt_trial_should_stop(trial); i++)
        runs_sleep_ms(1);
    return HPT_OK;
}

static void there_is_no_time_limit_unless_it_is_asked_for(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    hpt_options options = study_options(1);
    runs_ask_to_stop_after(&options, 0.01);
    search(space, patient, NULL, &options);
    hpt_replayed now = again(space, patient, NULL, &options, 0);
    assert_int_equal(HPT_TRIAL_TIMEOUT, now.recorded_state);
    assert_int_equal(HPT_TRIAL_TIMEOUT, now.state);
    assert_true(now.is_same);
    options.trial_s_max = 0;
    now = again(space, patient, NULL, &options, 0);
    assert_int_equal(HPT_TRIAL_COMPLETE, now.state);
    assert_false(now.is_same);
    assert_true(now.duration_s > 0.05);
    hpt_space_destroy(space);
}

/* The study is only read. */

static char *read_whole(size_t *bytes_out) {
    FILE *file = fopen(path, "rb");
    char *text = malloc(1 << 20);
    assert_non_null(file);
    assert_non_null(text);
    *bytes_out = fread(text, 1, 1 << 20, file);
    fclose(file);
    return text;
}

static void the_file_stays_as_it_is(void **state) {
    (void)state;
    size_t      bytes, bytes_then, threads = runs_threads(), files = runs_files();
    hpt_space  *space = whole_space();
    hpt_options options = study_options(20);
    search(space, of_all, NULL, &options);
    char *then = read_whole(&bytes_then);
    assert_all_same(space, of_all, NULL, &options, 20);
    char *now = read_whole(&bytes);
    assert_int_equal(bytes_then, bytes);
    assert_memory_equal(then, now, bytes);
    free(then);
    free(now);
    hpt_space_destroy(space);
    runs_assert_threads(threads);
    assert_int_equal(files, runs_files());
    assert_int_equal(HPT_OK, hpt_allocator_set(NULL)); /* no memory is in use */
}

static void a_study_that_is_being_written_can_be_replayed(void **state) {
    (void)state;
    runs_gate   gate = { 0 };
    hpt_space  *space = runs_space();
    hpt_options options = study_options(4);
    options.commit_interval_ms = 1;
    hpt_run *run = runs_start(runs_pass, &gate, &options);
    assert_true(runs_wait_for(&gate.inside, 2));
    gate.is_open = 1;
    hpt_replayed now = { .struct_size = sizeof now, .trial = 0 };
    hpt_err      err = { 0 };
    for (int i = 0; i < 5000; i++) { /* until the trial is in the file */
        if (hpt_replay(space, runs_count, NULL, &options, &now, &err) == HPT_OK) break;
        runs_sleep_ms(1);
    }
    assert_int_equal(HPT_TRIAL_COMPLETE, now.state);
    hpt_result_destroy(runs_end(run));
    assert_true(again(space, runs_count, NULL, &options, 0).is_same);
    hpt_space_destroy(space);
}

static hpt_status replay_within(hpt_trial *trial, void *user, double *value_out) {
    hpt_replayed now =
        again(hpt_trial_space(trial), runs_count, NULL, user, hpt_trial_number(trial));
    *value_out = now.is_same;
    return HPT_OK;
}

static void an_objective_may_replay(void **state) {
    (void)state;
    hpt_space  *space = runs_space();
    hpt_options options = study_options(12), outer = runs_options(3, 12);
    outer.direction = HPT_MAXIMISE;
    search(space, runs_count, NULL, &options);
    hpt_result *result = runs_do(replay_within, &options, &outer);
    assert_int_equal(12, hpt_result_count(result, HPT_TRIAL_COMPLETE));
    assert_true(hpt_result_value(result) == 1);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

/* Other spaces. */

static void assert_refused(const hpt_space *space, const hpt_options *options, uint64_t trial,
                           hpt_status status, const char *words) {
    hpt_err      err = { 0 };
    atomic_ulong calls = 0;
    hpt_replayed now = { .struct_size = sizeof now, .trial = trial, .duration_s = 77 };
    assert_int_equal(status, hpt_replay(space, runs_count, &calls, options, &now, &err));
    runs_assert_says(err.text, words);
    assert_true(now.duration_s == 77); /* not written */
    assert_int_equal(0, calls);
}

static void a_range_may_be_another_one_if_the_trial_lies_in_it(void **state) {
    (void)state;
    hpt_space  *space = runs_space(), *wide = hpt_space_create(), *narrow = hpt_space_create();
    hpt_options options = study_options(5);
    hpt_space_add_real(wide, "x", -3, 7);
    hpt_space_add_real(narrow, "x", 0, 1e-9);
    search(space, runs_count, NULL, &options);
    assert_all_same(wide, runs_count, NULL, &options, 5);
    assert_refused(narrow, &options, 1, HPT_EINVAL, "trial 1: ");
    hpt_space_destroy(narrow);
    hpt_space_destroy(wide);
    hpt_space_destroy(space);
}

static void other_parameters_are_refused(void **state) {
    (void)state;
    hpt_space  *space = runs_space(), *more = runs_space(), *other = hpt_space_create();
    hpt_options options = study_options(3);
    hpt_space_add_int(more, "y", 0, 1);
    hpt_space_add_real(other, "z", 0, 1);
    search(space, runs_count, NULL, &options);
    assert_refused(more, &options, 0, HPT_EINVAL, "parameter \"y\" is not in the study");
    assert_refused(other, &options, 0, HPT_EINVAL, "parameter \"x\" is not in the space");
    hpt_space_destroy(other);
    hpt_space_destroy(more);
    hpt_space_destroy(space);
}

static hpt_space *conditional(const char *condition) {
    hpt_space *space = runs_space();
    hpt_space_set_condition(space, hpt_space_add_real(space, "y", 0, 1), condition);
    return space;
}

static void another_condition_is_refused_where_it_matters(void **state) {
    (void)state;
    hpt_space *space = conditional("x > 0.5"), *never = conditional("x > 2"),
              *always = conditional("x < 2");
    hpt_options  options = study_options(40);
    hpt_replayed now = { .struct_size = sizeof now };
    int          refused[2] = { 0 };
    search(space, runs_count, NULL, &options);
    for (now.trial = 0; now.trial < 40; now.trial++) {
        bool is_never = hpt_replay(never, runs_count, NULL, &options, &now, NULL) == HPT_EINVAL;
        bool is_always = hpt_replay(always, runs_count, NULL, &options, &now, NULL) == HPT_EINVAL;
        assert_true(is_never != is_always);
        refused[is_never]++;
    }
    assert_true(refused[0] > 0 && refused[1] > 0);
    hpt_space_destroy(space);
    hpt_space_destroy(never);
    hpt_space_destroy(always);
}

static void mistakes_are_told(void **state) {
    (void)state;
    static const hpt_goal goals[2] = { { "a", HPT_MINIMISE, NAN }, { "b", HPT_MINIMISE, NAN } };
    hpt_space            *space = runs_space();
    hpt_options           options = study_options(3), other = options;
    hpt_replayed          now = { .struct_size = 4 };
    search(space, runs_count, NULL, &options);
    assert_refused(space, &options, 3, HPT_EABSENT, "has no trial 3: the last is 2");
    assert_refused(space, &options, UINT64_MAX, HPT_EABSENT, "has no trial");
    assert_refused(NULL, &options, 0, HPT_EINVAL, "");
    assert_refused(space, NULL, 0, HPT_EINVAL, "options is NULL");
    other.study = NULL;
    assert_refused(space, &other, 0, HPT_EINVAL, "options.study is NULL");
    other.study = "/nonesuch.journal";
    assert_refused(space, &other, 0, HPT_EIO, "nonesuch");
    other = options;
    other.study_name = "t";
    assert_refused(space, &other, 0, HPT_EABSENT, "there is only: s");
    other = options;
    other.goals = goals;
    other.goal_count = 2;
    assert_refused(space, &other, 0, HPT_EINVAL, "goal_count is 2, in study \"s\" it is 1");
    assert_int_equal(HPT_EINVAL, hpt_replay(space, NULL, NULL, &options, &now, NULL));
    assert_int_equal(HPT_EINVAL, hpt_replay(space, runs_count, NULL, &options, &now, NULL));
    assert_int_equal(HPT_EINVAL, hpt_replay(space, runs_count, NULL, &options, NULL, NULL));
    hpt_space_destroy(space);
}

/* Optuna's. Nobody but its program knows what a value is made of. */
static hpt_status say_one(hpt_trial *trial, void *user, double *value_out) {
    *(uint64_t *)user = hpt_trial_number(trial);
    *value_out = 1;
    return HPT_OK;
}

static void trials_of_another_tool_can_be_replayed(void **state) {
    (void)state;
    hpt_err      err = { 0 };
    hpt_history *history = NULL;
    hpt_options  options = hpt_options_default();
    options.study = FIXTURE_FOLDER "/data/optuna/importance.journal";
    options.study_name = "tpe";
    if (hpt_history_load(options.study, "tpe", &history, &err) != HPT_OK) fail_msg("%s", err.text);
    const hpt_space *space = hpt_history_space(history);
    for (size_t i = 0; i < hpt_history_count(history); i += fixture_apart(20)) {
        uint64_t number = hpt_history_at(history, i)->number, seen = UINT64_MAX;
        again(space, say_one, &seen, &options, number);
        assert_int_equal(number, seen);
    }
    hpt_history_destroy(history);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(every_trial_ends_as_it_did),
        TEST(a_pruned_trial_is_told_so_again),
        TEST(several_calls_for_a_trial_are_made_again),
        TEST(a_metric_without_a_name_is_no_hindrance),
        TEST(values_of_several_goals_are_compared),
        TEST(of_several_attempts_it_is_the_last),
        TEST(whatever_differs_is_not_the_same),
        TEST(there_is_no_time_limit_unless_it_is_asked_for),
        TEST(the_file_stays_as_it_is),
        TEST(a_study_that_is_being_written_can_be_replayed),
        TEST(an_objective_may_replay),
        TEST(a_range_may_be_another_one_if_the_trial_lies_in_it),
        TEST(other_parameters_are_refused),
        TEST(another_condition_is_refused_where_it_matters),
        TEST(mistakes_are_told),
        cmocka_unit_test(trials_of_another_tool_can_be_replayed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
