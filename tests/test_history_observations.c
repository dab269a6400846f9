/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the ended trials of a study file are what a later run may start from; those that do not
 * fit its space are left out and told. Method: a run with every kind of end keeps a study; it is
 * read as observations, of its own space and of others, and given to a run. */
#include "histories.h"

#include <math.h>

#include "failing.h"

enum { TRIALS = 40 };

static hpt_space *space_of(const char *json) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

#define WIDE                                                                                       \
    "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"                                        \
    "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]},"                           \
    "\"deep\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"mode == 'a'\"}}"

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real(trial, "x");
    switch (hpt_trial_number(trial) % 4) {
    case 1:
        return hpt_trial_fail(trial, "no");
    case 2:
        hpt_trial_constraint(trial, "memory", 2.5);
        return HPT_OK;
    case 3:
        hpt_trial_report(trial, 7, 0.5);
        return hpt_trial_prune(trial);
    default:
        return HPT_OK;
    }
}

static void make_study(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE); /* removes what was there */
    hpt_space   *space = space_of(WIDE);
    hpt_options  options = hpt_options_default();
    hpt_result  *result = NULL;
    hpt_err      err = { 0 };
    class->close(backend);
    options.strategy = "random";
    options.trial_count_max = TRIALS;
    options.worker_count = 1;
    options.study = form_path;
    if (hpt_parallel_run(space, objective, NULL, &options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static const hpt_observation *load(const char *json, hpt_observations **observations_out,
                                   size_t *count_out) {
    hpt_space *space = space_of(json);
    hpt_err    err = { 0 };
    if (hpt_observations_load(space, form_path, observations_out, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_space_destroy(space);
    return hpt_observations_list(*observations_out, count_out);
}

static void every_end_comes_as_it_was(const hpi_backend_class *class) {
    static const hpt_trial_state ends[] = { HPT_TRIAL_COMPLETE, HPT_TRIAL_FAILED,
                                            HPT_TRIAL_INFEASIBLE, HPT_TRIAL_PRUNED };
    hpt_observations            *observations = NULL;
    size_t                       count = 0;
    make_study(class);
    const hpt_observation *list = load(WIDE, &observations, &count);
    hpt_history           *history = histories_load(form_path, NULL);
    assert_int_equal(count, TRIALS);
    assert_string_equal(hpt_observations_warning(observations), "");
    for (size_t i = 0; i < count; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        assert_int_equal(list[i].state, ends[i % 4]);
        for (size_t j = 0; j < 3; j++)
            assert_true(histories_same_value(list[i].point[j], record->params[j]));
        assert_int_equal(list[i].value_count, i % 4 == 0 || i % 4 == 2);
        if (list[i].value_count > 0) assert_true(list[i].values[0] == record->values[0]);
        assert_true(list[i].violation == (i % 4 == 2 ? 2.5 : 0));
        assert_int_equal(list[i].has_report, i % 4 == 3);
        if (i % 4 == 3) assert_true(list[i].last_step == 7 && list[i].last_value == 0.5);
    }
    hpt_history_destroy(history);
    hpt_observations_destroy(observations);
}

/* Half of the range, and a value of the list less. */
#define NARROW                                                                                     \
    "{\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"c\"]},"                          \
    "\"deep\": {\"kind\": \"int\", \"min\": 1, \"max\": 9},"                                       \
    "\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 0.5}}"

static void what_lies_outside_is_left_out_and_told(const hpi_backend_class *class) {
    hpt_observations *observations = NULL;
    size_t            count = 0, expected = 0;
    char              words[64];
    make_study(class);
    const hpt_observation *list = load(NARROW, &observations, &count);
    hpt_history           *history = histories_load(form_path, NULL);
    for (size_t i = 0; i < TRIALS; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        if (record->params[0].as.real > 0.5 || *record->params[1].as.text != 'a') continue;
        assert_true(list[expected].point[2].as.real == record->params[0].as.real);
        assert_int_equal(list[expected].point[1].as.integer, record->params[2].as.integer);
        expected++;
    }
    assert_int_equal(count, expected);
    assert_true(expected > 0 && expected < TRIALS);
    snprintf(words, sizeof words, "%zu trials were left out", TRIALS - expected);
    assert_non_null(strstr(hpt_observations_warning(observations), words));
    hpt_history_destroy(history);
    hpt_observations_destroy(observations);
}

/* Active where it was not. */
#define TURNED                                                                                     \
    "{\"x\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"                                        \
    "\"mode\": {\"kind\": \"categorical\", \"values\": [\"a\", \"b\"]},"                           \
    "\"deep\": {\"kind\": \"int\", \"min\": 1, \"max\": 9, \"condition\": \"x < 0.5\"}}"

static void what_a_trial_did_not_have_it_cannot_tell(const hpi_backend_class *class) {
    hpt_observations *observations = NULL;
    size_t            count = 0, expected = 0;
    make_study(class);
    load(TURNED, &observations, &count);
    hpt_history *history = histories_load(form_path, NULL);
    for (size_t i = 0; i < TRIALS; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        expected += record->params[0].as.real >= 0.5 || *record->params[1].as.text == 'a';
    }
    assert_int_equal(count, expected);
    assert_non_null(strstr(hpt_observations_warning(observations), "\"deep\""));
    hpt_history_destroy(history);
    hpt_observations_destroy(observations);
}

static void a_parameter_that_no_trial_has_is_refused(const hpi_backend_class *class) {
    hpt_observations *observations = NULL;
    hpt_err           err = { 0 };
    hpt_space        *space = space_of("{\"y\": {\"kind\": \"real\", \"min\": 0, \"max\": 1}}");
    make_study(class);
    hpt_history *history = histories_load(form_path, NULL);
    assert_int_equal(hpt_history_observations(history, space, &observations, &err), HPT_EINVAL);
    assert_non_null(strstr(err.text, "\"y\""));
    assert_int_equal(hpt_history_observations(NULL, space, &observations, &err), HPT_EINVAL);
    assert_int_equal(hpt_history_observations(history, NULL, &observations, &err), HPT_EINVAL);
    assert_null(observations);
    hpt_history_destroy(history);
    hpt_space_destroy(space);
}

static void a_run_starts_from_a_study(const hpi_backend_class *class) {
    hpt_observations *observations = NULL;
    hpt_space        *space = space_of(WIDE);
    hpt_options       options = hpt_options_default();
    hpt_result       *result = NULL;
    hpt_err           err = { 0 };
    make_study(class);
    hpt_history *history = histories_load(form_path, NULL);
    assert_int_equal(hpt_history_observations(history, space, &observations, &err), HPT_OK);
    hpt_history_destroy(history);
    options.observations = hpt_observations_list(observations, &options.observation_count);
    options.trial_count_max = 5;
    options.strategy = "tpe";
    options.worker_count = 1;
    if (hpt_parallel_run(space, objective, NULL, &options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_result_destroy(result);
    hpt_observations_destroy(observations);
    hpt_space_destroy(space);
}

static bool try_load(void *user) {
    hpt_observations *observations = NULL;
    hpt_space        *space = NULL;
    hpt_err           err = { 0 };
    (void)user;
    if (hpt_space_parse(WIDE, sizeof WIDE - 1, &space, &err) != HPT_OK) return false;
    hpt_status status = hpt_observations_load(space, form_path, &observations, &err);
    if (status != HPT_OK) assert_null(observations);
    hpt_observations_destroy(observations);
    hpt_space_destroy(space);
    return status == HPT_OK;
}

static void without_memory_nothing_is_read(const hpi_backend_class *class) {
    make_study(class);
    failing_tolerated(try_load, NULL);
}

int main(void) {
    static const histories_test tests[] = {
        HISTORIES_TEST(every_end_comes_as_it_was),
        HISTORIES_TEST(what_lies_outside_is_left_out_and_told),
        HISTORIES_TEST(what_a_trial_did_not_have_it_cannot_tell),
        HISTORIES_TEST(a_parameter_that_no_trial_has_is_refused),
        HISTORIES_TEST(a_run_starts_from_a_study),
        HISTORIES_TEST(without_memory_nothing_is_read),
    };
    return histories_run(tests, sizeof tests / sizeof *tests);
}
