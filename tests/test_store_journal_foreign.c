/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a journal that others wrote is read by Optuna's rules: which operations count, which mean
 *         nothing, and which nobody understands.
 * Method: journals of a few lines, written by hand as Optuna and Rustuna write them. What Optuna
 *         itself wrote is read elsewhere. */
#include "journals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define W   "\"worker_id\":\"w-1\""
#define NEW "{\"op_code\":0," W ",\"study_name\":\"s\",\"directions\":[1]}\n"
#define TRIAL(study)                                                                               \
    "{\"op_code\":4," W ",\"study_id\":" study                                                     \
    ",\"datetime_start\":\"2026-01-02T03:04:05.000006+00:00\"}\n"
#define FLOAT(low, high)                                                                           \
    "\"{\\\"name\\\": \\\"FloatDistribution\\\", \\\"attributes\\\": {\\\"step\\\": null, "        \
    "\\\"low\\\": " low ", \\\"high\\\": " high ", \\\"log\\\": false}}\""
#define PARAM(trial, name, value, distribution)                                                    \
    "{\"op_code\":5," W ",\"trial_id\":" trial ",\"param_name\":\"" name                           \
    "\",\"param_value_internal\":" value ",\"distribution\":" distribution "}\n"
#define END(trial, state, values)                                                                  \
    "{\"op_code\":6," W ",\"trial_id\":" trial ",\"state\":" state ",\"values\":" values           \
    ",\"datetime_complete\":\"2026-01-02T03:04:06.000006+00:00\"}\n"

static hpi_backend *open_text(const char *text) {
    hpi_backend *backend = NULL;
    const char  *path = journals_path("f.journal");
    journals_write(path, text, strlen(text));
    assert_int_equal(hpi_backend_journal.open(path, HPI_OPEN_READ, &backend, NULL), HPT_OK);
    return backend;
}

static hpi_backend *select_text(const char *text, hpi_head *head) {
    hpi_backend *backend = open_text(text);
    hpt_err      err = { 0 };
    if (backend->class->select(backend, "s", head, &err) != HPT_OK) fail_msg("%s", err.text);
    return backend;
}

static void see_all(const char *text, int what, journals_seen *seen) {
    hpi_head     head = { 0 };
    hpi_backend *backend = select_text(text, &head);
    journals_scan(backend, what, 0, seen);
    hpi_head_fini(&head);
    backend->class->close(backend);
}

static bool list_name(void *user, const hpi_study_row *row) {
    char  *names = user;
    size_t used = strlen(names);
    snprintf(names + used, 200 - used, "%s:%d ", row->name, (int)row->trial_count);
    return true;
}

/* ---- studies ---- */

static void studies_that_were_deleted_are_gone_and_names_are_taken_once(void **state) {
    (void)state;
    char         names[200] = "";
    hpi_backend *backend = open_text(
        NEW "{\"op_code\":0," W ",\"study_name\":\"t\",\"directions\":[2]}\n" NEW TRIAL("0")
            TRIAL("1") TRIAL("1") TRIAL("7") "{\"op_code\":1," W ",\"study_id\":0}\n" TRIAL(
                "0") "{\"op_code\":1," W ",\"study_id\":9}\n" NEW TRIAL("2"));
    assert_int_equal(backend->class->studies(backend, list_name, names, NULL), HPT_OK);
    assert_string_equal(names, "t:2 s:1 ");
    backend->class->close(backend);
}

/* Of all studies together, and what no study takes has none. */
static void ids_of_trials_count_what_was_accepted(void **state) {
    (void)state;
    journals_seen seen;
    see_all(NEW "{\"op_code\":0," W ",\"study_name\":\"t\",\"directions\":[2]}\n" TRIAL("1")
                TRIAL("5") TRIAL("0") END("1", "1", "[3.5]"),
            HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.records[0].number, 0);
    assert_int_equal(seen.records[0].id, 2);
    assert_int_equal(seen.records[0].state, HPT_TRIAL_COMPLETE);
    assert_true(seen.values[0] == 3.5);
}

/* ---- trials ---- */

static void a_trial_line_by_line_is_put_together(void **state) {
    (void)state;
    journals_seen seen;
    see_all(NEW TRIAL("0") PARAM("0", "x", "0.25", FLOAT("0.0", "1.0")) END("0", "1", "[0.5]"),
            HPI_SCAN_TOLD, &seen);
    assert_int_equal(seen.count, 1);
    const hpi_record *record = &seen.records[0];
    assert_int_equal(record->order, HPI_UNKNOWN);
    assert_int_equal(record->asked, HPI_UNKNOWN);
    assert_int_equal(record->worker, UINT32_MAX);
    assert_int_equal(record->start_wall_ns, INT64_C(1767323045000006000));
    assert_int_equal(record->duration_ns, INT64_C(1000000000));
}

static void what_comes_after_the_end_means_nothing(void **state) {
    (void)state;
    journals_seen seen;
    see_all(NEW TRIAL("0") END("0", "3", "null") END("0", "1", "[0.5]")
                PARAM("0", "x", "0.25", FLOAT("0.0", "1.0")),
            HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.records[0].state, HPT_TRIAL_FAILED);
    assert_int_equal(seen.records[0].value_count, 0);
}

/* WAITING, then claimed twice: the first claim has the start. */
static void the_first_claim_of_a_trial_counts(void **state) {
    (void)state;
#define CLAIM(second)                                                                              \
    "{\"op_code\":6," W                                                                            \
    ",\"trial_id\":0,\"state\":0,\"values\":null,\"datetime_start\":\"2026-01-02T03:04:" second    \
    "+00:00\"}\n"
    journals_seen seen;
    see_all(NEW "{\"op_code\":4," W
                ",\"study_id\":0,\"datetime_start\":null,\"state\":4}\n" CLAIM("10.5")
                    CLAIM("20.5"),
            HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.records[0].state, HPT_TRIAL_RUNNING);
    assert_int_equal(seen.records[0].start_wall_ns, INT64_C(1767323050500000000));
}

static void what_others_run_is_known_as_theirs(void **state) {
    (void)state;
    journals_seen seen;
    see_all(NEW TRIAL("0"), HPI_SCAN_OPEN, &seen);
    assert_int_equal(seen.count, 1);
    assert_true(seen.records[0].asked == HPI_UNKNOWN);
    see_all(NEW TRIAL("0"), HPI_SCAN_TOLD, &seen);
    assert_int_equal(seen.count, 0);
    see_all(NEW TRIAL("0"), HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.count, 1);
}

static void values_may_be_infinite_but_not_nan(void **state) {
    (void)state;
    journals_seen seen;
    see_all(NEW TRIAL("0") END("0", "1", "[-Infinity]") TRIAL("0") END("1", "1", "[NaN]") TRIAL("0")
                END("2", "1", "[1.0,2.0]"),
            HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.records[0].state, HPT_TRIAL_COMPLETE);
    assert_true(seen.values[0] == -INFINITY);
    assert_int_equal(seen.records[1].state, HPT_TRIAL_FAILED);
    assert_int_equal(seen.records[2].state, HPT_TRIAL_FAILED);
}

static void a_constraint_above_0_makes_it_infeasible(void **state) {
    (void)state;
    journals_seen seen;
    see_all(NEW TRIAL("0") "{\"op_code\":9," W
                           ",\"trial_id\":0,\"system_attr\":{\"constraints\":[-1.0,0.5]}}\n" END(
                               "0", "1", "[1.0]"),
            HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.records[0].state, HPT_TRIAL_INFEASIBLE);
    assert_int_equal(seen.records[0].constraint_count, 2);
    assert_true(seen.values[0] == 1);
}

/* ---- the space ---- */

static void the_space_is_the_union_of_what_was_drawn_from(void **state) {
    (void)state;
    hpi_head       head = { 0 };
    hpt_param_info info = { .struct_size = sizeof info };
    hpi_backend   *backend = select_text(
          NEW TRIAL("0") PARAM("0", "x", "0.25", FLOAT("0.0", "1.0")) TRIAL("0")
              PARAM("1", "x", "3.0", FLOAT("-1.0", "2.0"))
                  PARAM("1", "k", "1",
                        "\"{\\\"name\\\": \\\"CategoricalDistribution\\\", \\\"attributes\\\": "
                          "{\\\"choices\\\": [\\\"a\\\", NaN]}}\"")
                      PARAM("0", "k", "0.5", FLOAT("0.0", "1.0")),
          &head);
    assert_false(head.is_ours);
    assert_int_equal(hpt_space_count(head.space), 2);
    assert_int_equal(hpt_space_info(head.space, 0, &info, NULL), HPT_OK);
    assert_true(info.min.as.real == -1 && info.max.as.real == 3); /* 3 was enqueued */
    assert_int_equal(hpt_space_info(head.space, 1, &info, NULL), HPT_OK);
    hpi_head_fini(&head);
    backend->class->close(backend);
}

static void names_of_old_distributions_are_read(void **state) {
    (void)state;
#define OLD(name, rest)                                                                            \
    "\"{\\\"name\\\": \\\"" name "\\\", \\\"attributes\\\": {\\\"low\\\": 1, \\\"high\\\": 8" rest \
    "}}\""
    hpi_head       head = { 0 };
    hpt_param_info info = { .struct_size = sizeof info };
    hpi_backend   *backend = select_text(
          NEW TRIAL("0") PARAM("0", "a", "2", OLD("UniformDistribution", ""))
              PARAM("0", "b", "2", OLD("LogUniformDistribution", ""))
                  PARAM("0", "c", "2", OLD("DiscreteUniformDistribution", ", \\\"q\\\": 0.5"))
                      PARAM("0", "d", "2", OLD("IntUniformDistribution", ", \\\"step\\\": 1"))
                          PARAM("0", "e", "2", OLD("IntLogUniformDistribution", ", \\\"step\\\": 1"))
                              PARAM("0", "f", "2",
                                    "\"{\\\"type\\\":\\\"int\\\",\\\"low\\\":1,\\\"high\\\":9}\""),
          &head);
    static const struct {
        hpt_kind kind;
        bool     is_log, has_step;
    } wanted[] = { { HPT_KIND_REAL, false, false }, { HPT_KIND_REAL, true, false },
                   { HPT_KIND_REAL, false, true },  { HPT_KIND_INT, false, false },
                   { HPT_KIND_INT, true, false },   { HPT_KIND_INT, false, false } };
    assert_int_equal(hpt_space_count(head.space), 6);
    for (hpt_param i = 0; i < 6; i++) {
        assert_int_equal(hpt_space_info(head.space, i, &info, NULL), HPT_OK);
        assert_int_equal(info.kind, wanted[i].kind);
        assert_int_equal(info.is_log, wanted[i].is_log);
        assert_int_equal(info.has_step, wanted[i].has_step);
    }
    hpi_head_fini(&head);
    backend->class->close(backend);
}

/* ---- what nobody understands ---- */

static void assert_refused_as(hpt_status wanted, const char *text, const char *words) {
    hpi_head     head = { 0 };
    hpt_err      err = { 0 };
    hpi_backend *backend = open_text(text);
    hpt_status   status = backend->class->select(backend, "s", &head, &err);
    journals_assert_fails(status, wanted, &err, words);
    backend->class->close(backend);
}

static void assert_refused(const char *text, const char *words) {
    assert_refused_as(HPT_EPARSE, text, words);
}

#define MORE NEW /* so that it is not the last line */

static void operations_that_are_none_are_named(void **state) {
    (void)state;
    assert_refused(NEW "{" W "}\n" MORE, "has no op_code");
    assert_refused(NEW "[4]\n" MORE, "is no JSON object");
    assert_refused(NEW "\n" MORE, "is no JSON object");
    assert_refused(NEW "{\"op_code\":4," W ",\"datetime_start\":null}\n" MORE, "has no study_id");
    assert_refused(NEW "{\"op_code\":4," W ",\"study_id\":0}\n" MORE, "has no datetime_start");
    assert_refused(NEW TRIAL("0") "{\"op_code\":6," W ",\"trial_id\":0,\"state\":7}\n" MORE,
                   "has no state");
    assert_refused(NEW "{\"op_code\":5," W ",\"trial_id\":0}\n" MORE, "has no param_name");
    assert_refused(NEW "{\"op_code\":3," W ",\"study_id\":0,\"system_attr\":{}}\n" MORE,
                   "has no attribute");
}

static void a_study_that_cannot_be_read_does_not_hide_the_others(void **state) {
    (void)state;
    hpt_study_list   *list = NULL;
    const char       *path = journals_path("f.journal");
    static const char text[] = NEW TRIAL("0") PARAM("0", "a\\nb", "0.25", FLOAT("0.0", "1.0"))
        END("0", "1", "[0.5]") "{\"op_code\":0," W ",\"study_name\":\"t\",\"directions\":[2]}\n";
    journals_write(path, text, sizeof text - 1);
    assert_int_equal(hpt_study_list_load(path, &list, NULL), HPT_OK);
    assert_int_equal(hpt_study_list_count(list), 2);
    const hpt_study_info *bad = hpt_study_list_at(list, 0), *good = hpt_study_list_at(list, 1);
    assert_string_equal(bad->name, "s");
    assert_non_null(strstr(bad->problem, "has a control character"));
    assert_int_equal(bad->trial_count, 0);
    assert_false(bad->has_best);
    assert_string_equal(good->name, "t");
    assert_string_equal(good->problem, "");
    assert_int_equal(good->goals[0].direction, HPT_MAXIMISE);
    hpt_study_list_destroy(list);
}

static void an_operation_that_is_not_known_yet_is_a_newer_ones(void **state) {
    (void)state;
    static const char newer[] = NEW "{\"op_code\":11," W "}\n",
                      sentence[] = "line 2 (at byte 66): it is of the unknown kind 11";
    assert_refused_as(HPT_ELIMIT, newer, sentence); /* no torn one: it is not to be cut off */
    assert_refused_as(HPT_ELIMIT, NEW "{\"op_code\":11," W "}\n" MORE, sentence);
}

static void rustunas_discard_means_nothing(void **state) {
    (void)state;
    journals_seen seen;
    see_all(NEW TRIAL("0") "{\"op_code\":10," W ",\"trial_ids\":[0]}\n", HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.count, 1);
}

static void spaces_and_carriage_returns_are_json_too(void **state) {
    (void)state;
    journals_seen seen;
    see_all("{\"op_code\": 0, \"study_name\" : \"s\" , \"directions\":[ 1 ], " W "}\r\n"
            "{\"op_code\":4.0, \"study_id\":0, \"datetime_start\":null, " W "} \r\n",
            HPI_SCAN_ALL, &seen);
    assert_int_equal(seen.count, 1);
}

/* Ours go on in a study of others, and both are there. */
static void hpt_goes_on_in_a_study_of_others(void **state) {
    (void)state;
    journals_seen     seen;
    char              finding[240];
    hpt_coord         point = { .real = 0.75 };
    hpi_head          head = { 0 };
    hpi_backend      *backend = NULL;
    uint64_t          next, told;
    const char       *path = journals_path("f.journal");
    static const char text[] =
        NEW TRIAL("0") PARAM("0", "x", "0.25", FLOAT("0.0", "1.0")) END("0", "1", "[0.5]");
    journals_write(path, text, sizeof text - 1);
    assert_int_equal(hpi_backend_journal.open(path, HPI_OPEN_WRITE, &backend, NULL), HPT_OK);
    assert_int_equal(backend->class->select(backend, "s", &head, NULL), HPT_OK);
    assert_int_equal(backend->class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 1);
    assert_int_equal(told, 0);
    hpi_record record = journals_trial(1, 1);
    record.point = &point;
    journals_begin_tx(backend);
    journals_put(backend, record);
    journals_commit(backend);
    journals_scan(backend, HPI_SCAN_TOLD, 0, &seen);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.records[0].order, HPI_UNKNOWN);
    assert_int_equal(seen.records[1].order, 1);
    assert_int_equal(journals_check(backend, finding), 0);
    hpi_head_fini(&head);
    backend->class->close(backend);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, journals_begin, journals_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(studies_that_were_deleted_are_gone_and_names_are_taken_once),
        EACH(ids_of_trials_count_what_was_accepted),
        EACH(a_trial_line_by_line_is_put_together),
        EACH(what_comes_after_the_end_means_nothing),
        EACH(the_first_claim_of_a_trial_counts),
        EACH(what_others_run_is_known_as_theirs),
        EACH(values_may_be_infinite_but_not_nan),
        EACH(a_constraint_above_0_makes_it_infeasible),
        EACH(the_space_is_the_union_of_what_was_drawn_from),
        EACH(names_of_old_distributions_are_read),
        EACH(operations_that_are_none_are_named),
        EACH(a_study_that_cannot_be_read_does_not_hide_the_others),
        EACH(an_operation_that_is_not_known_yet_is_a_newer_ones),
        EACH(rustunas_discard_means_nothing),
        EACH(spaces_and_carriage_returns_are_json_too),
        EACH(hpt_goes_on_in_a_study_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
