/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a file that hpt makes has Optuna's tables and what Optuna's tables hold, as Optuna itself
 *         would have written it; what else is in it lies in tables of our own.
 * Method: the file of a run beside a file made by Optuna, by what SQLite says of both. */
#include "fixture.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <hpt/hpt.h>

#include "runs.h"

static char     path[64];
static sqlite3 *ours, *theirs;

/* The parameters of the fixture's study "plain" that hpt writes the same way. */
static const char space_json[] =
    "{\"x\": {\"kind\": \"real\", \"min\": -5, \"max\": 5},"
    "\"rate\": {\"kind\": \"real\", \"min\": 1e-5, \"max\": 0.1, \"log\": true},"
    "\"step\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"step\": 0.25},"
    "\"count\": {\"kind\": \"int\", \"min\": 1, \"max\": 10},"
    "\"units\": {\"kind\": \"int\", \"min\": 16, \"max\": 1024, \"log\": true},"
    "\"even\": {\"kind\": \"int\", \"min\": 0, \"max\": 20, \"step\": 2},"
    "\"kind\": {\"kind\": \"categorical\", \"values\": [null, true, false, 7, 0.5, \"text\","
    " \"é \\\"q\\\"\"]}}";

static hpt_status all_ends(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    uint64_t number = hpt_trial_number(trial);
    if (number % 5 == 1) return hpt_trial_fail(trial, "no luck");
    hpt_trial_report(trial, 0, (double)number);
    hpt_trial_report(trial, 1, number % 2 ? INFINITY : NAN);
    if (number % 5 == 2) return hpt_trial_prune(trial);
    if (number % 5 == 3) hpt_trial_constraint(trial, "low", (double)number - 10);
    hpt_trial_set_attr(trial, "text", hpt_text("é \"q\""));
    hpt_trial_set_attr(trial, "whole", hpt_int((int64_t)number));
    hpt_trial_set_attr(trial, "truth", hpt_bool(true));
    *value_out = hpt_trial_real(trial, "x");
    return HPT_OK;
}

static int make_files(void **state) {
    (void)state;
    char        fixture[300];
    hpt_space  *space = NULL;
    hpt_err     err = { 0 };
    hpt_options options = runs_options(1, 30);
    hpt_result *result = NULL;
    snprintf(path, sizeof path, "/tmp/hpt_schema_%d.db", (int)getpid());
    unlink(path);
    options.study = path;
    assert_int_equal(hpt_space_parse(space_json, strlen(space_json), &space, &err), HPT_OK);
    if (hpt_parallel_run(space, all_ends, NULL, &options, &result, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    snprintf(fixture, sizeof fixture, "%s/data/optuna/five.db", FIXTURE_FOLDER);
    assert_int_equal(sqlite3_open_v2(path, &ours, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_open_v2(fixture, &theirs, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    sqlite3_close(ours);
    sqlite3_close(theirs);
    unlink(path);
    return 0;
}

static sqlite3_stmt *ask(sqlite3 *file, const char *text, const char *argument) {
    sqlite3_stmt *query = NULL;
    if (sqlite3_prepare_v2(file, text, -1, &query, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(file));
    if (argument) sqlite3_bind_text(query, 1, argument, -1, SQLITE_STATIC);
    return query;
}

static const char *column(sqlite3_stmt *query, int index) {
    const char *text = (const char *)sqlite3_column_text(query, index);
    return text ? text : "(null)";
}

/* Both answer the same rows. */
static void assert_same_answers(const char *text, const char *argument) {
    sqlite3_stmt *one = ask(ours, text, argument), *two = ask(theirs, text, argument);
    for (;;) {
        int found = sqlite3_step(one);
        if (found != sqlite3_step(two)) fail_msg("%s (%s): more or fewer rows", text, argument);
        if (found != SQLITE_ROW) break;
        for (int i = 0; i < sqlite3_column_count(two); i++)
            if (strcmp(column(one, i), column(two, i)) != 0)
                fail_msg("%s (%s): %s is %s instead of %s", text, argument,
                         sqlite3_column_name(two, i), column(one, i), column(two, i));
    }
    sqlite3_finalize(one);
    sqlite3_finalize(two);
}

static void for_each_table(void (*judge)(const char *table)) {
    sqlite3_stmt *query =
        ask(theirs, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name", NULL);
    while (sqlite3_step(query) == SQLITE_ROW)
        judge(column(query, 0));
    sqlite3_finalize(query);
}

static void judge_columns(const char *table) {
    assert_same_answers("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?)",
                        table);
}

static void every_table_of_optuna_is_there_with_its_columns(void **state) {
    (void)state;
    for_each_table(judge_columns);
}

/* By columns, for the names of those that a UNIQUE makes are SQLite's. */
static void judge_indices(const char *table) {
    assert_same_answers("SELECT list.\"unique\", list.origin, list.partial, "
                        "(SELECT group_concat(name) FROM pragma_index_info(list.name)) AS columns "
                        "FROM pragma_index_list(?) AS list ORDER BY columns",
                        table);
    assert_same_answers("SELECT \"table\", \"from\", \"to\", on_update, on_delete FROM "
                        "pragma_foreign_key_list(?) ORDER BY \"from\"",
                        table);
}

static void every_index_and_foreign_key_of_optuna_is_there(void **state) {
    (void)state;
    for_each_table(judge_indices);
    assert_same_answers("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL "
                        "AND name LIKE 'ix\\_%' ESCAPE '\\' ORDER BY name",
                        NULL);
}

static void what_else_is_there_is_called_hpt(void **state) {
    (void)state;
    sqlite3_stmt *query = ask(ours,
                              "SELECT name FROM sqlite_master WHERE tbl_name NOT LIKE "
                              "'sqlite\\_%' ESCAPE '\\' ORDER BY name",
                              NULL);
    while (sqlite3_step(query) == SQLITE_ROW) {
        const char   *name = column(query, 0);
        sqlite3_stmt *known = ask(theirs, "SELECT 1 FROM sqlite_master WHERE name = ?", name);
        if (sqlite3_step(known) != SQLITE_ROW && strncmp(name, "hpt_", 4) != 0 &&
            strncmp(name, "sqlite_", 7) != 0)
            fail_msg("%s is neither Optuna's nor called hpt_", name);
        sqlite3_finalize(known);
    }
    sqlite3_finalize(query);
}

static void the_versions_are_those_that_optuna_asks_for(void **state) {
    (void)state;
    assert_same_answers("SELECT version_info_id, schema_version FROM version_info", NULL);
    assert_same_answers("SELECT version_num FROM alembic_version", NULL);
}

/* What SQLite stores is typed by value: a text where Optuna has a number would be read as one. */
static void judge_types(const char *table) {
    sqlite3_stmt *names = ask(theirs, "SELECT name FROM pragma_table_info(?)", table);
    while (sqlite3_step(names) == SQLITE_ROW) {
        char text[400];
        snprintf(text, sizeof text, "SELECT group_concat(DISTINCT typeof(\"%s\")) FROM \"%s\"",
                 column(names, 0), table);
        sqlite3_stmt *one = ask(ours, text, NULL), *two = ask(theirs, text, NULL);
        assert_int_equal(sqlite3_step(one), SQLITE_ROW);
        assert_int_equal(sqlite3_step(two), SQLITE_ROW);
        char found[100], *rest = found;
        snprintf(found, sizeof found, "%s", column(one, 0));
        for (const char *type; (type = strtok_r(rest, ",", &rest));)
            if (strcmp(type, "(null)") != 0 && !strstr(column(two, 0), type))
                fail_msg("%s.%s has a %s", table, column(names, 0), type);
        sqlite3_finalize(one);
        sqlite3_finalize(two);
    }
    sqlite3_finalize(names);
}

static void every_column_has_values_of_the_types_that_optuna_stores(void **state) {
    (void)state;
    for_each_table(judge_types);
}

/* The texts, but that Optuna writes \u00e9 for what is not ASCII. */
static void a_distribution_is_what_optuna_writes(void **state) {
    (void)state;
    assert_same_answers("SELECT DISTINCT param_name, distribution_json FROM trial_params JOIN "
                        "trials USING (trial_id) WHERE study_id = 1 AND param_name IN "
                        "('x', 'rate', 'step', 'count', 'units', 'even') ORDER BY 1",
                        NULL);
    assert_same_answers("SELECT DISTINCT path, key, type, atom FROM trial_params JOIN trials USING "
                        "(trial_id), json_tree(distribution_json) WHERE study_id = 1 AND "
                        "param_name = 'kind' ORDER BY path, key",
                        NULL);
}

/* Rows for which the condition does not hold. */
static void assert_always(const char *table, const char *condition) {
    char text[600];
    snprintf(text, sizeof text, "SELECT count(*), sum(NOT (%s)) FROM %s", condition, table);
    sqlite3_stmt *query = ask(ours, text, NULL);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    if (sqlite3_column_int(query, 0) == 0) fail_msg("%s is empty", table);
    if (sqlite3_column_int(query, 1) != 0)
        fail_msg("%s: %s, not so in %d rows", table, condition, sqlite3_column_int(query, 1));
    sqlite3_finalize(query);
}

static void words_times_and_numbers_are_in_optunas_form(void **state) {
    (void)state;
    assert_always("trials", "state IN ('COMPLETE', 'PRUNED', 'FAIL')");
    assert_always("trials", "datetime_start GLOB '[0-9][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9] "
                            "[0-2][0-9]:[0-5][0-9]:[0-5][0-9].[0-9][0-9][0-9][0-9][0-9][0-9]'");
    assert_always("trials", "datetime_complete >= datetime_start");
    assert_always("trials", "number = (SELECT count(*) FROM trials AS t WHERE t.study_id = "
                            "trials.study_id AND t.number < trials.number)");
    assert_always("study_directions", "direction IN ('MINIMIZE', 'MAXIMIZE')");
    assert_always("trial_values", "CASE value_type WHEN 'FINITE' THEN value IS NOT NULL WHEN "
                                  "'INF_POS' THEN value IS NULL ELSE 0 END");
    assert_always("trial_intermediate_values",
                  "CASE intermediate_value_type WHEN 'FINITE' THEN intermediate_value IS NOT NULL "
                  "ELSE intermediate_value IS NULL END");
    assert_always("trial_intermediate_values",
                  "intermediate_value_type IN ('FINITE', 'INF_POS', 'INF_NEG', 'NAN')");
    assert_always("trial_user_attributes", "json_valid(value_json)");
    assert_always("trial_params", "json_valid(distribution_json)");
    assert_always("study_system_attributes", "json_valid(value_json)");
}

static void constraints_are_the_list_that_dashboards_read(void **state) {
    (void)state;
    assert_always("trial_system_attributes", "json_valid(value_json)");
    assert_always("(SELECT value_json FROM trial_system_attributes WHERE \"key\" = 'constraints')",
                  "json_type(value_json) = 'array' AND json_array_length(value_json) = 1");
    assert_always("(SELECT value_json FROM trial_system_attributes WHERE \"key\" = "
                  "'constraints:low')",
                  "json_type(value_json) IN ('real', 'integer')");
}

static void no_row_points_to_one_that_is_not_there(void **state) {
    (void)state;
    sqlite3_stmt *query = ask(ours, "PRAGMA foreign_key_check", NULL);
    assert_int_equal(sqlite3_step(query), SQLITE_DONE);
    sqlite3_finalize(query);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_table_of_optuna_is_there_with_its_columns),
        cmocka_unit_test(every_index_and_foreign_key_of_optuna_is_there),
        cmocka_unit_test(what_else_is_there_is_called_hpt),
        cmocka_unit_test(the_versions_are_those_that_optuna_asks_for),
        cmocka_unit_test(every_column_has_values_of_the_types_that_optuna_stores),
        cmocka_unit_test(a_distribution_is_what_optuna_writes),
        cmocka_unit_test(words_times_and_numbers_are_in_optunas_form),
        cmocka_unit_test(constraints_are_the_list_that_dashboards_read),
        cmocka_unit_test(no_row_points_to_one_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
