/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the SQLite form has all values of a report, also where Optuna's table has room for one:
 *         in a table of its own, which may be missing, damaged, or come later; and it says what has
 *         been reported since, once.
 * Method: a study of two goals is written, and its file is looked at and changed with SQL. */
#include "sqlite_files.h"

#include <math.h>

enum { STEPS = 3 };

/* A study of so many goals with two trials that run and have reported. */
static hpi_backend *open_study(uint32_t goal_count) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    hpi_head     head;
    form_head(&head, "first");
    uint32_t all = head.goal_count;
    head.goal_count = goal_count;
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(class->create(backend, &head, NULL), HPT_OK);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    head.goal_count = all;
    hpi_head_fini(&head);
    for (uint64_t number = 0; number < 2; number++) {
        form_trial trial;
        form_full_trial(&trial, number, HPT_TRIAL_RUNNING);
        form_put(backend, &trial.record);
    }
    return backend;
}

static void put(hpi_backend *backend, uint64_t id, int64_t step, double first, double second) {
    double values[] = { first, second };
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(class->put_report(backend, id, step, values, NULL), HPT_OK);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
}

static void put_all(hpi_backend *backend) {
    for (uint64_t id = 1; id <= 2; id++)
        for (int64_t step = 0; step < STEPS; step++)
            put(backend, id, step, (double)id, (double)step);
}

static form_reports read_all(hpi_backend *backend) {
    form_reports seen = { .count = 0 };
    hpt_err      err = { 0 };
    if (class->scan_reports(backend, form_note_report, &seen, &err) != HPT_OK)
        fail_msg("%s", err.text);
    return seen;
}

static void make(void) {
    hpi_backend *backend = open_study(2);
    put_all(backend);
    class->close(backend);
}

/* ------------------------------------------------------------------------------------ the tables
 */

static void optunas_table_has_the_first_values(void **state) {
    (void)state;
    make();
    assert_answer(form_path,
                  "SELECT step, intermediate_value, intermediate_value_type "
                  "FROM trial_intermediate_values WHERE trial_id = 2",
                  "0|2.0|FINITE\n1|2.0|FINITE\n2|2.0|FINITE\n");
    assert_answer(form_path, "SELECT count(*), max(length(report)) FROM hpt_reports", "6|20\n");
}

static void assert_no_table(void) {
    assert_answer(form_path, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'hpt_reports%'",
                  "0\n");
}

static void a_study_of_one_goal_has_no_table_of_ours(void **state) {
    (void)state;
    hpi_backend *backend = open_study(1);
    put_all(backend);
    class->close(backend);
    assert_no_table();
}

static void a_study_without_reports_has_no_table_of_ours(void **state) {
    (void)state;
    make_study(2);
    assert_no_table();
}

static void a_trial_that_is_deleted_takes_its_reports_along(void **state) {
    (void)state;
    make();
    change("DELETE FROM trials WHERE trial_id = 1");
    assert_answer(form_path, "SELECT DISTINCT trial_id FROM hpt_reports", "2\n");
}

static void what_is_rolled_back_leaves_no_table(void **state) {
    (void)state;
    hpi_backend *backend = open_study(2);
    double       values[] = { 1, 2 };
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    assert_int_equal(class->put_report(backend, 1, 0, values, NULL), HPT_OK);
    class->rollback(backend);
    assert_int_equal(read_all(backend).count, 0);
    put(backend, 1, 0, 3, 4);
    form_reports seen = read_all(backend);
    assert_int_equal(seen.count, 1);
    assert_true(seen.values[0][1] == 4);
    class->close(backend);
}

/* --------------------------------------------------------------------------------- earlier files
 */

static void a_study_of_an_earlier_hpt_has_the_first_values_and_goes_on_with_all(void **state) {
    (void)state;
    make();
    change("DROP TABLE hpt_reports; DROP TRIGGER hpt_reports_gone");
    hpi_backend *backend = form_reselect(class, HPI_OPEN_WRITE, "first");
    form_assert_sound(backend);
    form_reports seen = read_all(backend);
    assert_int_equal(seen.count, 2 * STEPS);
    for (size_t i = 0; i < seen.count; i++)
        assert_true(seen.values[i][0] >= 1 && isnan(seen.values[i][1]));
    put(backend, 2, STEPS, 7, 8);
    seen = read_all(backend);
    size_t last = seen.count - 1;
    assert_int_equal(last, 2 * STEPS);
    assert_true(seen.values[last][0] == 7 && seen.values[last][1] == 8);
    class->close(backend);
}

static void a_reader_finds_a_table_that_was_made_after_it_had_opened(void **state) {
    (void)state;
    hpi_backend *writer = open_study(2);
    hpi_backend *reader = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(read_all(reader).count, 0);
    put(writer, 1, 0, 1, 2);
    assert_true(read_all(reader).values[0][1] == 2);
    class->close(reader);
    class->close(writer);
}

/* --------------------------------------------------------------------------------------- damage */

static void a_report_that_is_damaged_is_found(void **state) {
    static const char *const damages[] = {
        "UPDATE hpt_reports SET report = x'00' WHERE trial_id = 1 AND step = 1",
        "UPDATE hpt_reports SET report = zeroblob(20) WHERE trial_id = 1 AND step = 1",
        "UPDATE hpt_reports SET report = (SELECT report FROM hpt_reports WHERE trial_id = 1 "
        "AND step = 0) WHERE trial_id = 1 AND step = 1",
        "UPDATE hpt_reports SET report = (SELECT report FROM hpt_reports WHERE trial_id = 2 "
        "AND step = 1) WHERE trial_id = 1 AND step = 1",
    };
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        make();
        change(damages[i]);
        hpi_backend *backend = form_reselect(class, HPI_OPEN_READ, "first");
        form_reports seen = { .count = 0 };
        hpt_err      err = { 0 };
        if (form_findings(backend) != 1) fail_msg("not found: %s", damages[i]);
        assert_int_equal(class->scan_reports(backend, form_note_report, &seen, &err), HPT_EPARSE);
        assert_non_null(strstr(err.text, "of trial id 1 at step 1 has a wrong checksum"));
        class->close(backend);
    }
}

static bool mend_it(void *user, const hpi_record *record) {
    assert_int_equal(class->mend(user, record, NULL), HPT_OK);
    return true;
}

static void what_was_changed_beside_a_report_is_found_and_mended(void **state) {
    static const char *const damages[] = {
        "UPDATE trial_intermediate_values SET intermediate_value = 9 WHERE trial_id = 1 AND step = "
        "2",
        "DELETE FROM trial_intermediate_values WHERE trial_id = 1 AND step = 2",
        "UPDATE trial_intermediate_values SET intermediate_value_type = 'NAN' WHERE trial_id = 1 "
        "AND step = 2",
    };
    (void)state;
    for (size_t i = 0; i < sizeof damages / sizeof *damages; i++) {
        make();
        change(damages[i]);
        hpi_backend *backend = form_reselect(class, HPI_OPEN_WRITE, "first");
        if (form_findings(backend) != 1) fail_msg("not found: %s", damages[i]);
        assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
        assert_int_equal(class->scan(backend, HPI_SCAN_OPEN, 0, mend_it, backend, NULL), HPT_OK);
        assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
        assert_int_equal(form_findings(backend), 0);
        class->close(backend);
        assert_answer(form_path,
                      "SELECT intermediate_value, intermediate_value_type FROM "
                      "trial_intermediate_values WHERE trial_id = 1 AND step = 2",
                      "1.0|FINITE\n");
    }
}

/* ------------------------------------------------------------------------------------------ news
 */

typedef struct news {
    uint64_t numbers[16];
    int64_t  steps[16];
    size_t   count;
} news;

static bool note_news(void *user, uint64_t number, int64_t step, const double *values) {
    news *all = user;
    assert_true(all->count < 16 && !isnan(values[0]) && !isnan(values[1]));
    all->numbers[all->count] = number;
    all->steps[all->count++] = step;
    return true;
}

static news hear(hpi_backend *backend, uint64_t told_from, hpi_news_place *place) {
    news all = { .count = 0 };
    assert_int_equal(class->scan_news(backend, told_from, place, note_news, &all, NULL), HPT_OK);
    return all;
}

static void news_come_once_in_the_order_of_reporting(void **state) {
    (void)state;
    hpi_backend   *backend = open_study(2);
    hpi_news_place place = { 0 };
    put(backend, 2, 5, 1, 1);
    put(backend, 1, 7, 1, 1);
    put(backend, 2, 3, 1, 1);
    news heard = hear(backend, 0, &place);
    assert_int_equal(heard.count, 3);
    assert_int_equal(heard.numbers[0], 1);
    assert_int_equal(heard.numbers[1], 0);
    assert_int_equal(heard.steps[0], 5);
    assert_int_equal(heard.steps[2], 3);
    assert_int_equal(hear(backend, 0, &place).count, 0);
    put(backend, 1, 8, 1, 1);
    assert_int_equal(hear(backend, 0, &place).count, 1);
    class->close(backend);
}

static void a_step_that_is_reported_again_is_news(void **state) {
    (void)state;
    hpi_backend   *backend = open_study(2);
    hpi_news_place place = { 0 };
    put_all(backend);
    hear(backend, 0, &place);
    put(backend, 2, STEPS - 1, 4, 4); /* the very last */
    put(backend, 1, 0, 4, 4);
    news heard = hear(backend, 0, &place);
    assert_int_equal(heard.count, 2);
    assert_int_equal(heard.numbers[0], 1);
    assert_int_equal(heard.numbers[1], 0);
    class->close(backend);
}

static void what_was_passed_over_is_no_news(void **state) {
    (void)state;
    hpi_backend   *backend = open_study(2);
    hpi_news_place place = { 0 };
    put_all(backend);
    assert_int_equal(class->news_end(backend, &place, NULL), HPT_OK);
    assert_int_equal(hear(backend, 0, &place).count, 0);
    class->close(backend);
}

/* SQLite gives the ids of the last rows again. */
static void what_is_deleted_under_a_listener_keeps_no_news_from_it(void **state) {
    (void)state;
    for (int more = 0; more < 4; more++) {
        hpi_backend   *backend = open_study(2);
        hpi_news_place place = { 0 };
        put_all(backend);
        assert_int_equal(hear(backend, 0, &place).count, 2 * STEPS);
        change("DELETE FROM trial_intermediate_values WHERE trial_id = 2 AND step > 0");
        for (int i = 0; i <= more; i++)
            put(backend, 1, 10 + i, 1, 1); /* fewer than were deleted, as many, more */
        news   heard = hear(backend, 0, &place);
        size_t found = 0;
        for (size_t i = 0; i < heard.count; i++)
            found += heard.steps[i] >= 10;
        assert_int_equal(found, more + 1);
        assert_int_equal(hear(backend, 0, &place).count, 0);
        change("DELETE FROM trial_intermediate_values");
        assert_int_equal(hear(backend, 0, &place).count, 0);
        put(backend, 1, 20, 1, 1);
        assert_int_equal(hear(backend, 0, &place).count, 1);
        class->close(backend);
    }
}

static void trials_whose_end_was_heard_have_no_news(void **state) {
    (void)state;
    hpi_backend *backend = open_study(2);
    form_trial   trial;
    put_all(backend);
    form_full_trial(&trial, 0, HPT_TRIAL_COMPLETE); /* its order is 0 */
    trial.record.id = 1;
    form_put(backend, &trial.record);
    assert_int_equal(hear(backend, 0, &(hpi_news_place){ 0 }).count, 2 * STEPS);
    news heard = hear(backend, 1, &(hpi_news_place){ 0 });
    assert_int_equal(heard.count, STEPS);
    assert_int_equal(heard.numbers[0], 1);
    class->close(backend);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(optunas_table_has_the_first_values),
        cmocka_unit_test(a_study_of_one_goal_has_no_table_of_ours),
        cmocka_unit_test(a_study_without_reports_has_no_table_of_ours),
        cmocka_unit_test(a_trial_that_is_deleted_takes_its_reports_along),
        cmocka_unit_test(what_is_rolled_back_leaves_no_table),
        cmocka_unit_test(a_study_of_an_earlier_hpt_has_the_first_values_and_goes_on_with_all),
        cmocka_unit_test(a_reader_finds_a_table_that_was_made_after_it_had_opened),
        cmocka_unit_test(a_report_that_is_damaged_is_found),
        cmocka_unit_test(what_was_changed_beside_a_report_is_found_and_mended),
        cmocka_unit_test(news_come_once_in_the_order_of_reporting),
        cmocka_unit_test(a_step_that_is_reported_again_is_news),
        cmocka_unit_test(what_was_passed_over_is_no_news),
        cmocka_unit_test(what_is_deleted_under_a_listener_keeps_no_news_from_it),
        cmocka_unit_test(trials_whose_end_was_heard_have_no_news),
    };
    return cmocka_run_group_tests(tests, form_setup, form_teardown);
}
