/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the studies in a file of Optuna's, their goals, their best and the ranges they searched
 *         are those that Optuna names, and reading leaves no trace.
 * Method: files made by Optuna 4.9 and 5.0, SQLite and journal, and beside each what Optuna read
 *         from it, as JSON. */
#include "optuna.h"

#include <sys/stat.h>

static bool is_minimised(const hpi_json_node *direction) {
    return strcmp(text_of(direction), "MINIMIZE") == 0;
}

static void judge_list(const known *it) {
    hpt_study_list *list = NULL;
    hpt_err         err = { 0 };
    size_t          index = 0;
    if (hpt_study_list_load(it->path, &list, &err) != HPT_OK) fail_msg("%s", err.text);
    for (const hpi_json_node *study = it->studies; study; study = hpi_json_next(study)) {
        const hpt_study_info *info = hpt_study_list_at(list, index++);
        assert_non_null(info);
        assert_string_equal(info->name, text_of(member(study, "name")));
        assert_int_equal(info->trial_count, length(member(study, "trials")));
        assert_false(info->is_ours);
    }
    assert_int_equal(hpt_study_list_count(list), index);
    hpt_study_list_destroy(list);
}

static void the_list_has_every_study_that_was_not_deleted(void **state) {
    (void)state;
    for_each_file(judge_list);
}

static void judge_goals(const hpi_json_node *study, const hpt_history *history) {
    const hpt_study_info *info = hpt_history_info(history);
    const hpi_json_node  *direction = hpi_json_first(member(study, "directions"));
    assert_int_equal(info->goal_count, length(member(study, "directions")));
    for (uint32_t goal = 0; goal < info->goal_count; goal++, direction = hpi_json_next(direction))
        assert_int_equal(info->goals[goal].direction,
                         is_minimised(direction) ? HPT_MINIMISE : HPT_MAXIMISE);
}

static void the_goals_are_those_of_the_study(void **state) {
    (void)state;
    for_each_study(judge_goals);
}

static void judge_best(const hpi_json_node *study, const hpt_history *history) {
    const hpi_json_node *best = member(study, "best");
    size_t               index = hpt_history_best(history);
    if (hpi_json_type_of(best) == HPI_JSON_NUMBER)
        assert_int_equal(hpt_history_at(history, index)->number, hpi_json_scalar(best).as.integer);
    else if (hpt_history_info(history)->goal_count == 1)
        assert_true(index == SIZE_MAX);
}

static void the_best_trial_is_the_one_that_optuna_names(void **state) {
    (void)state;
    for_each_study(judge_best);
}

static bool is_listed(const hpi_json_node *list, uint64_t number) {
    const hpi_json_node *node = hpi_json_first(list);
    while (node && (uint64_t)hpi_json_scalar(node).as.integer != number)
        node = hpi_json_next(node);
    return node != NULL;
}

/* Ours has the first of several trials with the same values, theirs all of them. */
static void judge_front(const hpi_json_node *study, const hpt_history *history) {
    if (hpt_history_info(history)->goal_count != 2) return;
    const hpi_json_node *wanted = hpi_json_first(member(study, "front"));
    size_t               indices[64], count = 0;
    hpt_err              err = { 0 };
    assert_in_range(hpt_history_count(history), 1, 64);
    assert_int_equal(hpt_history_front(history, indices, &count, &err), HPT_OK);
    for (size_t i = 0; i < count; i++)
        assert_true(is_listed(member(study, "front"), hpt_history_at(history, indices[i])->number));
    for (; wanted; wanted = hpi_json_next(wanted)) {
        size_t      number = (size_t)hpi_json_scalar(wanted).as.integer, i = 0;
        const void *values = hpt_history_at(history, number)->values;
        while (i < count &&
               memcmp(hpt_history_at(history, indices[i])->values, values, 2 * sizeof(double)) != 0)
            i++;
        assert_true(i < count);
    }
}

static void the_front_has_the_feasible_trials_that_optuna_names(void **state) {
    (void)state;
    for_each_study(judge_front);
}

static void judge_range(const known *it) {
    hpt_history     *history = load(it->path, "con'dit\"ional; DROP 😀 /..\\%s");
    const hpt_space *space = hpt_history_space(history);
    hpt_param_info   info = { .struct_size = sizeof info };
    hpt_err          err = { 0 };
    int64_t          grown = 0;
    for (size_t i = 0; i < hpt_history_count(history); i++)
        if (hpt_history_at(history, i)->params[hpt_space_find(space, "depth")].type !=
            HPT_TYPE_NULL)
            grown = 2 + (int64_t)i;
    assert_int_equal(hpt_space_info(space, hpt_space_find(space, "depth"), &info, &err), HPT_OK);
    assert_int_equal(info.min.as.integer, 1);
    assert_int_equal(info.max.as.integer, grown);
    hpt_history_destroy(history);
}

static void a_range_that_grew_is_the_widest(void **state) {
    (void)state;
    for_each_file(judge_range);
}

static void judge_names(const known *it) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    assert_int_not_equal(hpt_history_load(it->path, NULL, &history, &err), HPT_OK);
    assert_non_null(strstr(err.text, "plain"));
    err.text[0] = '\0';
    assert_int_equal(hpt_history_load(it->path, "gone", &history, &err), HPT_EABSENT);
    assert_null(history);
    assert_non_null(strstr(err.text, "plain"));
}

static void without_a_name_the_sentence_lists_the_studies(void **state) {
    (void)state;
    for_each_file(judge_names);
}

static void judge_traces(const known *it) {
    static const char *const beside[] = { "-wal", "-shm", "-journal", ".lock", ".torn" };
    struct stat              before, after;
    char                     path[300];
    assert_int_equal(stat(it->path, &before), 0);
    hpt_history_destroy(load(it->path, "plain"));
    assert_int_equal(stat(it->path, &after), 0);
    assert_true(before.st_size == after.st_size && before.st_ino == after.st_ino &&
                before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
                before.st_mtim.tv_nsec == after.st_mtim.tv_nsec);
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        snprintf(path, sizeof path, "%s%s", it->path, beside[i]);
        assert_int_not_equal(stat(path, &after), 0);
    }
}

static void reading_changes_nothing_and_leaves_nothing(void **state) {
    (void)state;
    for_each_file(judge_traces);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_list_has_every_study_that_was_not_deleted),
        cmocka_unit_test(the_goals_are_those_of_the_study),
        cmocka_unit_test(the_best_trial_is_the_one_that_optuna_names),
        cmocka_unit_test(the_front_has_the_feasible_trials_that_optuna_names),
        cmocka_unit_test(a_range_that_grew_is_the_widest),
        cmocka_unit_test(without_a_name_the_sentence_lists_the_studies),
        cmocka_unit_test(reading_changes_nothing_and_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
