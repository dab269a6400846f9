/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the SQLite form is a file of Optuna's: its tables, its values; and what is not is
 * refused. Method: files are written and then looked at with SQL of the test's own; conform_store.c
 * has what every form promises. */
#include "failing.h"
#include "sqlite_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ----------------------------------------------------------------------------------- the tables */

/* The text of each table and index, to the last space: tools compare models with it. */
static void the_tables_are_those_that_optuna_made(void **state) {
    static const char sql[] = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT "
                              "LIKE 'hpt!_%' ESCAPE '!' AND name = ";
    static const char *const names[] = { "'studies'",
                                         "'study_directions'",
                                         "'study_user_attributes'",
                                         "'study_system_attributes'",
                                         "'trials'",
                                         "'trial_user_attributes'",
                                         "'trial_system_attributes'",
                                         "'trial_params'",
                                         "'trial_values'",
                                         "'trial_intermediate_values'",
                                         "'trial_heartbeats'",
                                         "'version_info'",
                                         "'alembic_version'",
                                         "'ix_studies_study_name'",
                                         "'ix_trials_study_id'" };
    (void)state;
    make_study(0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        static char theirs[4096];
        char        query[256];
        sqlite3    *db = NULL;
        snprintf(query, sizeof query, "%s%s", sql, names[i]);
        theirs[0] = '\0';
        assert_int_equal(sqlite3_open(FIXTURE_FOLDER "/data/optuna/five.db", &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, query, add_row, theirs, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_true(strlen(theirs) > 20);
        assert_answer(form_path, query, theirs);
    }
}

static void the_versions_are_those_that_optuna_expects(void **state) {
    (void)state;
    make_study(0);
    assert_answer(form_path, "SELECT * FROM version_info", "1|12|4.6.0\n");
    assert_answer(form_path, "SELECT * FROM alembic_version", "v3.2.0.a\n");
}

static void a_study_has_its_directions_and_the_names_of_its_values(void **state) {
    (void)state;
    make_study(0);
    assert_answer(form_path, "SELECT study_name FROM studies", "first\n");
    assert_answer(form_path, "SELECT direction, objective FROM study_directions ORDER BY objective",
                  "MINIMIZE|0\nMAXIMIZE|1\n");
    assert_answer(form_path,
                  "SELECT value_json FROM study_system_attributes WHERE key = "
                  "'study:metric_names'",
                  "[\"error\", \"speed\"]\n");
}

static void a_trial_is_there_in_optunas_words(void **state) {
    (void)state;
    make_study(1);
    assert_answer(form_path, "SELECT number, state, datetime_start, datetime_complete FROM trials",
                  "0|COMPLETE|2026-09-21 14:13:20.123456|2026-09-21 14:13:21.123456\n");
    assert_answer(form_path,
                  "SELECT objective, value = 0.1 + 0.2, value_type FROM trial_values "
                  "WHERE objective = 0",
                  "0|1|FINITE\n");
    assert_answer(form_path, "SELECT key, value_json FROM trial_user_attributes ORDER BY key",
                  "iterations|9223372036854775807\nnote \xF0\x9F\x9A\x80|\"line\\n\\\"quoted\\\" "
                  "'text'\"\nratio|0.30000000000000004\n");
    assert_answer(form_path, "SELECT key, value_json FROM trial_system_attributes ORDER BY key",
                  "constraints|[-1.5, -0.0]\nconstraints:memory|-1.5\nconstraints:time|-0.0\n");
}

static void parameters_have_their_distributions(void **state) {
    (void)state;
    make_study(1);
    assert_answer(form_path,
                  "SELECT param_name, distribution_json FROM trial_params "
                  "WHERE param_name IN ('x', 'depth', 'level') ORDER BY param_id",
                  "x|{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": null, \"low\": "
                  "-1000000000.0, \"high\": 1000000000.0, \"log\": false}}\n"
                  "level|{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": "
                  "[\"low\", \"middle\", \"high\"]}}\n"
                  "depth|{\"name\": \"IntDistribution\", \"attributes\": {\"log\": false, "
                  "\"step\": 2, \"low\": 2, \"high\": 64}}\n");
    assert_answer(form_path, "SELECT count(*) FROM trial_params", "6\n");
}

/* By state: what Optuna has no word for has failed, and says more in an attribute. */
static void every_state_has_optunas_word(void **state) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    (void)state;
    form_create(backend, "first");
    for (int i = HPT_TRIAL_RUNNING; i < HPT_TRIAL_STATE_COUNT; i++) {
        form_trial trial;
        form_full_trial(&trial, (uint64_t)i, (hpt_trial_state)i);
        if (trial.record.order != HPI_UNKNOWN) trial.record.order = (uint64_t)i - 1;
        form_put(backend, &trial.record);
    }
    class->close(backend);
    assert_answer(form_path,
                  "SELECT number, state, (SELECT value_json FROM trial_user_attributes AS a WHERE "
                  "a.trial_id = t.trial_id AND key = 'hpt:state') FROM trials AS t ORDER BY number",
                  "0|RUNNING|NULL\n1|COMPLETE|NULL\n2|PRUNED|NULL\n3|FAIL|NULL\n"
                  "4|COMPLETE|\"INFEASIBLE\"\n5|FAIL|\"TIMEOUT\"\n6|FAIL|\"CRASHED\"\n"
                  "7|FAIL|\"CANCELLED\"\n");
}

static void what_a_trial_no_longer_says_is_gone(void **state) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    (void)state;
    form_create(backend, "first");
    form_full_trial(&trial, 0, HPT_TRIAL_INFEASIBLE);
    form_put(backend, &trial.record);
    uint64_t id = trial.record.id;
    change("INSERT INTO trial_user_attributes (trial_id, key, value_json) VALUES (1, 'note', '1')");
    form_full_trial(&trial, 0, HPT_TRIAL_RUNNING);
    trial.record.id = id;
    form_put(backend, &trial.record);
    form_assert_sound(backend);
    class->close(backend);
    assert_answer(form_path, "SELECT count(*) FROM trial_values", "0\n");
    assert_answer(form_path, "SELECT key FROM trial_user_attributes", "note\n"); /* another's */
    assert_answer(form_path, "SELECT count(*) FROM trial_system_attributes", "0\n");
    assert_answer(form_path, "SELECT state, datetime_complete FROM trials", "RUNNING|NULL\n");
}

/* ---------------------------------------------------------------------------------- with Optuna */

/* As Optuna does when it continues a study. */
static const char optuna_trial[] =
    "INSERT INTO trials (number, study_id, state, datetime_start, datetime_complete) VALUES "
    "((SELECT count(*) FROM trials), 1, 'COMPLETE', '2026-09-21 15:00:00.5', '2026-09-21 "
    "15:00:01');"
    "INSERT INTO trial_params (trial_id, param_name, param_value, distribution_json) VALUES "
    "((SELECT max(trial_id) FROM trials), 'x', 2.5, '{\"name\": \"FloatDistribution\", "
    "\"attributes\": {\"step\": null, \"low\": -5.0, \"high\": 5.0, \"log\": false}}'), "
    "((SELECT max(trial_id) FROM trials), 'other', 1.0, '{\"name\": \"IntDistribution\", "
    "\"attributes\": {\"log\": false, \"step\": 1, \"low\": 0, \"high\": 5}}');"
    "INSERT INTO trial_values (trial_id, objective, value, value_type) VALUES "
    "((SELECT max(trial_id) FROM trials), 0, NULL, 'INF_NEG'), "
    "((SELECT max(trial_id) FROM trials), 1, 7.0, 'FINITE')";

typedef struct mixture {
    size_t     count;
    hpi_record first, last;
    bool       first_given[FORM_DIMS];
    double     first_values[2];
} mixture;

static bool note_mixture(void *user, const hpi_record *record) {
    mixture *at = user;
    if (at->count++ == 0) {
        at->first = *record;
        if (record->given) memcpy(at->first_given, record->given, sizeof at->first_given);
        memcpy(at->first_values, record->values, sizeof at->first_values);
    }
    at->last = *record;
    return true;
}

static void optuna_may_continue_a_study_and_hpt_again(void **state) {
    uint64_t next = 0, told = 0;
    mixture  seen = { .count = 0 };
    (void)state;
    make_study(3);
    change(optuna_trial);
    hpi_backend *backend = form_reselect(class, HPI_OPEN_WRITE, "first");
    assert_int_equal(class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 4);
    assert_int_equal(told, 3);
    form_trial trial;
    form_full_trial(&trial, 4, HPT_TRIAL_COMPLETE);
    trial.record.order = 3;
    form_put(backend, &trial.record);
    assert_int_equal(class->scan(backend, HPI_SCAN_TOLD, 0, note_mixture, &seen, NULL), HPT_OK);
    assert_int_equal(seen.count, 5);
    assert_int_equal(seen.first.number, 3);
    assert_int_equal(seen.first.order, HPI_UNKNOWN);
    assert_int_equal(seen.first.duration_ns, 500000000);
    assert_true(seen.first_values[0] < -1e308 && seen.first_values[1] == 7);
    assert_true(seen.first_given[0]);
    assert_false(seen.first_given[1]);
    assert_int_equal(seen.last.number, 4);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 5);
    form_assert_sound(backend);
    class->close(backend);
}

static void a_study_that_optuna_deletes_takes_its_records_along(void **state) {
    (void)state;
    make_study(3);
    change(
        "DELETE FROM trial_params; DELETE FROM trial_values; DELETE FROM trial_user_attributes;"
        "DELETE FROM trial_system_attributes; DELETE FROM trials;"
        "DELETE FROM study_directions; DELETE FROM study_system_attributes; DELETE FROM studies");
    assert_answer(form_path, "SELECT count(*) FROM hpt_trials", "0\n");
    hpi_backend *backend = form_reopen(class, HPI_OPEN_WRITE);
    form_create(backend, "second"); /* gets the number of the first */
    form_put_ended(backend, 0, 2);
    form_assert_sound(backend);
    class->close(backend);
}

/* hpt goes on with what Optuna began: from when its head is in the file, it is a study of ours. */
static void a_study_of_optunas_may_become_ours(void **state) {
    char command[256];
    (void)state;
    snprintf(command, sizeof command, "cp '%s/data/optuna/five.db' '%s/five.db'", FIXTURE_FOLDER,
             form_folder);
    assert_int_equal(system(command), 0);
    snprintf(command, sizeof command, "%s/five.db", form_folder);
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    char        *json = NULL;
    assert_int_equal(class->open(command, HPI_OPEN_WRITE, &backend, NULL), HPT_OK);
    assert_int_equal(class->select(backend, "plain", &head, NULL), HPT_OK);
    assert_false(head.is_ours);
    assert_int_equal(hpt_space_count(head.space), 8);
    size_t before = form_count(backend, HPI_SCAN_ALL);
    assert_int_equal(hpi_head_print(&head, &json, NULL), HPT_OK);
    form_put_attr(backend, true, "hpt:study", json);
    hpt_free(json);
    hpi_head_fini(&head);
    assert_int_equal(class->select(backend, "plain", &head, NULL), HPT_OK);
    assert_true(head.is_ours);
    hpt_coord  point[8] = { { .real = 1 },     { .real = 1e-3 }, { .real = 0.25 }, { .integer = 3 },
                            { .integer = 16 }, { .integer = 2 }, { .integer = 1 }, { .real = 2.5 } };
    double     value = 1;
    hpi_record record = { .number = before,
                          .order = 0,
                          .asked = 1,
                          .state = HPT_TRIAL_COMPLETE,
                          .start_wall_ns = HPI_NO_TIME,
                          .end_wall_ns = HPI_NO_TIME,
                          .duration_ns = -1,
                          .point = point,
                          .values = &value,
                          .value_count = 1,
                          .reason = "" };
    form_put(backend, &record);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), before + 1);
    form_assert_sound(backend);
    hpi_head_fini(&head);
    class->close(backend);
}

/* ------------------------------------------------------------------------------------- checking */

static bool mend_it(void *user, const hpi_record *record) {
    hpt_err err = { 0 };
    if (class->mend(user, record, &err) != HPT_OK) fail_msg("%s", err.text);
    return true;
}

static void what_was_changed_beside_the_record_is_found_and_mended(void **state) {
    static const char *const damages[] = {
        "UPDATE trial_values SET value = 5 WHERE trial_id = 2",
        "UPDATE trials SET state = 'FAIL' WHERE trial_id = 2",
        "UPDATE trials SET datetime_start = NULL WHERE trial_id = 2",
        "DELETE FROM trial_params WHERE trial_id = 2 AND param_name = 'x'",
        "UPDATE trial_params SET param_value = 1 WHERE trial_id = 2 AND param_name = 'x'",
        "DELETE FROM trial_user_attributes WHERE trial_id = 2",
        "DELETE FROM trial_system_attributes WHERE trial_id = 2",
        "PRAGMA foreign_keys = OFF; DELETE FROM trial_values WHERE trial_id = 2",
        "UPDATE trials SET number = 77 WHERE trial_id = 2",
    };
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        make_study(3);
        change(damages[i]);
        hpi_backend *backend = form_reselect(class, HPI_OPEN_WRITE, "first");
        if (form_findings(backend) == 0) fail_msg("nothing is found after: %s", damages[i]);
        assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
        assert_int_equal(class->scan(backend, HPI_SCAN_TOLD, 0, mend_it, backend, NULL), HPT_OK);
        assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
        if (form_findings(backend) != 0) fail_msg("something is left after: %s", damages[i]);
        class->close(backend);
    }
}

static void a_record_that_is_lost_is_found(void **state) {
    static const char *const damages[] = {
        "DELETE FROM hpt_trials WHERE trial_id = 2",
        "DELETE FROM hpt_trials WHERE trial_id = 3",
        "DELETE FROM hpt_trials",
        "UPDATE hpt_trials SET told = 9 WHERE trial_id = 3",
        "UPDATE hpt_trials SET record = x'00' WHERE trial_id = 1",
        "UPDATE hpt_trials SET record = (SELECT record FROM hpt_trials WHERE trial_id = 1) "
        "WHERE trial_id = 2",
        "DELETE FROM study_system_attributes WHERE key = 'hpt:counts'",
        "UPDATE study_system_attributes SET value_json = replace(value_json, '\"told\": 3', "
        "'\"told\": 2') WHERE key = 'hpt:counts'",
        "DROP TABLE hpt_trials",
    };
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        make_study(3);
        change(damages[i]);
        hpi_backend *backend = form_reselect(class, HPI_OPEN_READ, "first");
        form_numbers told = { .count = 0 }, all = { .count = 0 };
        hpt_err      err = { 0 };
        if (form_findings(backend) == 0) fail_msg("nothing is found after: %s", damages[i]);
        assert_int_equal(class->scan(backend, HPI_SCAN_TOLD, 0, form_note, &told, &err),
                         HPT_EPARSE);
        assert_int_equal(class->scan(backend, HPI_SCAN_ALL, 0, form_note, &all, &err), HPT_EPARSE);
        class->close(backend);
    }
}

/* --------------------------------------------------------------------------------------- memory */

/* Everything that is done to a study, in short; false when memory was out. */
static bool do_everything(void *user) {
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    form_trial   trial;
    uint64_t     next, told;
    size_t       count = 0;
    form_numbers seen = { .count = 0 };
    form_reports reports = { .count = 0 };
    (void)user;
    hpt_status status = class->open(form_path, HPI_OPEN_WRITE, &backend, NULL);
    if (status == HPT_OK) status = class->select(backend, "first", &head, NULL);
    if (status == HPT_OK) status = class->begin(backend, 0, NULL);
    form_full_trial(&trial, 3, HPT_TRIAL_INFEASIBLE);
    if (status == HPT_OK) status = class->put(backend, &trial.record, &trial.record.id, NULL);
    if (status == HPT_OK) status = class->put(backend, &trial.record, NULL, NULL);
    if (status == HPT_OK)
        status = class->put_report(backend, trial.record.id, 1, (double[]){ 1, 2 }, NULL);
    if (status == HPT_OK) status = class->scan_reports(backend, form_note_report, &reports, NULL);
    if (status == HPT_OK) class->rollback(backend);
    if (status == HPT_OK) status = class->counts(backend, &next, &told, NULL);
    if (status == HPT_OK) status = class->scan(backend, HPI_SCAN_TOLD, 0, form_note, &seen, NULL);
    if (status == HPT_OK) status = class->check(backend, form_count_finding, &count, NULL);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    assert_true(status != HPT_OK || (count == 0 && seen.count == 4));
    hpi_head_fini(&head);
    class->close(backend);
    return status == HPT_OK;
}

static void out_of_memory_is_said_and_leaves_nothing_behind(void **state) {
    (void)state;
    make_study(3);
    change(optuna_trial);
    failing_install();
    failing_everywhere(do_everything, NULL);
    failing_remove();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_are_those_that_optuna_made),
        cmocka_unit_test(the_versions_are_those_that_optuna_expects),
        cmocka_unit_test(a_study_has_its_directions_and_the_names_of_its_values),
        cmocka_unit_test(a_trial_is_there_in_optunas_words),
        cmocka_unit_test(parameters_have_their_distributions),
        cmocka_unit_test(every_state_has_optunas_word),
        cmocka_unit_test(what_a_trial_no_longer_says_is_gone),
        cmocka_unit_test(optuna_may_continue_a_study_and_hpt_again),
        cmocka_unit_test(a_study_that_optuna_deletes_takes_its_records_along),
        cmocka_unit_test(a_study_of_optunas_may_become_ours),
        cmocka_unit_test(what_was_changed_beside_the_record_is_found_and_mended),
        cmocka_unit_test(a_record_that_is_lost_is_found),
        cmocka_unit_test(out_of_memory_is_said_and_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, form_setup, form_teardown);
}
