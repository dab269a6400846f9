/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what is put into a journal comes back as it was, in each order, from the same open file,
 *         from one opened again and from one that was open before; a transaction counts as a whole
 *         or not at all.
 * Method: trials of a space with every kind of parameter, written and read through the class. */
#include "journals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "store/journal.h"

/* ---- one trial ---- */

typedef struct compared {
    hpi_record expected;
    bool       is_met;
} compared;

static void assert_same_attrs(const hpt_attr *a, const hpt_attr *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(a[i].name, b[i].name);
        assert_true(hpt_value_equal(a[i].value, b[i].value));
    }
}

static bool compare(void *user, const hpi_record *got) {
    compared         *all = user;
    const hpi_record *want = &all->expected;
    all->is_met = true;
    assert_int_equal(got->number, want->number);
    assert_int_equal(got->order, want->order);
    assert_int_equal(got->asked, want->asked);
    assert_int_equal(got->state, want->state);
    assert_int_equal(got->worker, want->worker);
    assert_int_equal(got->start_wall_ns, want->start_wall_ns);
    assert_int_equal(got->end_wall_ns, want->end_wall_ns);
    assert_int_equal(got->duration_ns, want->duration_ns);
    assert_int_equal(got->value_count, want->value_count);
    assert_memory_equal(got->point, want->point, JOURNALS_DIMS * sizeof *want->point);
    assert_memory_equal(got->values, want->values, want->value_count * sizeof(double));
    assert_int_equal(got->attr_count, want->attr_count);
    assert_int_equal(got->constraint_count, want->constraint_count);
    assert_same_attrs(got->attrs, want->attrs, want->attr_count);
    assert_same_attrs(got->constraints, want->constraints, want->constraint_count);
    assert_string_equal(got->reason, want->reason);
    assert_int_equal(got->has_report, want->has_report);
    if (!want->has_report) return true;
    assert_int_equal(got->last_step, want->last_step);
    assert_float_equal(got->last_value, want->last_value, 0);
    return true;
}

static void assert_is_first(hpi_backend *backend, hpi_record expected) {
    compared all = { .expected = expected };
    hpt_err  err = { 0 };
    assert_int_equal(backend->class->scan(backend, HPI_SCAN_ALL, 0, compare, &all, &err), HPT_OK);
    assert_true(all.is_met);
}

/* ... also after the file was opened again. Closes it. */
static void assert_stays_first(hpi_backend *backend, const char *path, hpi_record expected) {
    assert_is_first(backend, expected);
    backend->class->close(backend);
    backend = journals_open(path, HPI_OPEN_READ);
    assert_is_first(backend, expected);
    backend->class->close(backend);
}

static hpi_record full_trial(void) {
    static hpt_attr attrs[] = { { "note", { .type = HPT_TYPE_TEXT } },
                                { "epochs", { .type = HPT_TYPE_INT } } };
    static hpt_attr constraints[] = { { "memory", { .type = HPT_TYPE_REAL } } };
    hpi_record      record = journals_trial(0, 0);
    attrs[0].value = hpt_text("line\nquote\" \xc3\xa9 \xf0\x9f\x98\x80 tab\t");
    attrs[1].value = hpt_int(INT64_MIN);
    constraints[0].value = hpt_real(-INFINITY);
    record.attrs = attrs;
    record.attr_count = 2;
    record.constraints = constraints;
    record.constraint_count = 1;
    record.reason = "because \\ of it";
    record.has_report = true;
    record.last_step = -3;
    record.last_value = 0.25;
    return record;
}

static void a_trial_comes_back_as_it_was(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = journals_make(path);
    hpi_record   record = full_trial();
    journals_begin_tx(backend);
    journals_put(backend, record);
    journals_commit(backend);
    assert_stays_first(backend, path, record);
}

static void a_running_trial_becomes_what_it_ends_as(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = journals_make(path);
    journals_begin_tx(backend);
    uint64_t id = journals_put(backend, journals_running(0));
    journals_commit(backend);
    assert_is_first(backend, journals_running(0));
    hpi_record record = full_trial();
    record.id = id;
    journals_begin_tx(backend);
    assert_int_equal(journals_put(backend, record), id);
    journals_commit(backend);
    assert_stays_first(backend, path, record);
}

/* Optuna's journal cannot take an end back, but hpt's part of it can. */
static void an_ended_trial_can_be_cancelled_after_all(void **state) {
    (void)state;
    const char   *path = journals_path("a.journal");
    hpi_backend  *backend = journals_make(path);
    journals_seen seen;
    char          finding[240];
    journals_begin_tx(backend);
    uint64_t id = journals_put(backend, journals_trial(0, 0));
    journals_commit(backend);
    hpi_record record = journals_trial(0, HPI_UNKNOWN);
    record.id = id;
    record.state = HPT_TRIAL_CANCELLED;
    record.value_count = 0;
    journals_begin_tx(backend);
    journals_put(backend, record);
    journals_commit(backend);
    assert_is_first(backend, record);
    journals_scan(backend, HPI_SCAN_OPEN, 0, &seen);
    assert_int_equal(seen.count, 1);
    journals_scan(backend, HPI_SCAN_TOLD, 0, &seen);
    assert_int_equal(seen.count, 0);
    record = journals_trial(0, 5);
    record.id = id;
    journals_begin_tx(backend);
    journals_put(backend, record);
    journals_commit(backend);
    backend->class->close(backend);
    backend = journals_open(path, HPI_OPEN_READ);
    assert_is_first(backend, record);
    assert_int_equal(journals_check(backend, finding), 0);
    backend->class->close(backend);
}

/* ---- orders ---- */

/* Told 2, 0, 3, 1, and put as they were told. */
static hpi_backend *told_otherwise(const char *path, uint64_t *ids) {
    static const uint64_t numbers[] = { 2, 0, 3, 1 };
    hpi_backend          *backend = journals_make(path);
    journals_begin_tx(backend);
    for (uint64_t i = 0; i < 4; i++)
        ids[numbers[i]] = journals_put(backend, journals_trial(numbers[i], i));
    journals_commit(backend);
    return backend;
}

static void trials_come_by_number_or_as_they_were_told(void **state) {
    (void)state;
    journals_seen seen;
    uint64_t      ids[4];
    hpi_backend  *backend = told_otherwise(journals_path("a.journal"), ids);
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    assert_int_equal(seen.count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(seen.records[i].number, i);
        assert_int_equal(seen.records[i].id, ids[i]);
    }
    journals_scan(backend, HPI_SCAN_TOLD, 0, &seen);
    assert_int_equal(seen.count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(seen.records[i].order, i);
    journals_scan(backend, HPI_SCAN_TOLD, 2, &seen);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.records[0].number, 3);
    journals_scan(backend, HPI_SCAN_ALL, 3, &seen);
    assert_int_equal(seen.count, 1);
    backend->class->close(backend);
}

/* Whoever reads the file sees Optuna's numbers, which are the trials' places in it. */
static void trials_of_a_commit_are_in_the_file_by_number(void **state) {
    (void)state;
    uint64_t     ids[4];
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = told_otherwise(path, ids);
    backend->class->close(backend);
    backend = journals_open(path, HPI_OPEN_READ);
    journals_seen seen;
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(seen.records[i].id, i + 1);
    backend->class->close(backend);
}

static void an_id_stays_the_trials_in_later_commits(void **state) {
    (void)state;
    uint64_t      ids[4], id;
    journals_seen seen;
    hpi_backend  *backend = told_otherwise(journals_path("a.journal"), ids);
    journals_begin_tx(backend);
    id = journals_put(backend, journals_running(4));
    journals_commit(backend);
    hpi_record record = journals_trial(2, 9);
    record.id = ids[2];
    journals_begin_tx(backend);
    journals_put(backend, record);
    record = journals_trial(4, 4);
    record.id = id;
    journals_put(backend, record);
    journals_commit(backend);
    journals_scan(backend, HPI_SCAN_TOLD, 0, &seen);
    assert_int_equal(seen.count, 5);
    assert_int_equal(seen.records[4].number, 2);
    assert_int_equal(seen.records[3].number, 4);
    assert_int_equal(seen.records[3].id, id);
    backend->class->close(backend);
}

/* What it would have made of the ids is no more than the rest of it. */
static void a_commit_that_fails_gives_no_ids(void **state) {
    static const char by_others[] = "{\"op_code\": 2, \"worker_id\": \"x\", \"study_id\": 0, "
                                    "\"user_attr\": {\"a\": 1}}\n";
    journals_seen     seen;
    hpt_err           err = { 0 };
    (void)state;
    const char  *path = journals_path("j.log");
    hpi_backend *backend = journals_make(path);
    journals_begin_tx(backend);
    journals_put(backend, journals_running(1));
    journals_put(backend, journals_running(0));
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    fputs(by_others, file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(backend->class->commit(backend, true, &err), HPT_EBUSY);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->attr_put(backend, true, "k", "1", &err), HPT_OK);
    journals_commit(backend);
    journals_begin_tx(backend);
    uint64_t id = journals_put(backend, journals_running(0));
    journals_put(backend, journals_running(1));
    journals_commit(backend);
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.records[0].id, id);
    backend->class->close(backend);
}

static void counts_are_of_numbers_and_of_ends(void **state) {
    (void)state;
    uint64_t     next, told;
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    assert_int_equal(backend->class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 0);
    assert_int_equal(told, 0);
    journals_begin_tx(backend);
    journals_put(backend, journals_trial(0, 0));
    journals_put(backend, journals_running(1));
    hpi_record cancelled = journals_running(2);
    cancelled.state = HPT_TRIAL_CANCELLED;
    journals_put(backend, cancelled);
    journals_commit(backend);
    assert_int_equal(backend->class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 3);
    assert_int_equal(told, 1);
    backend->class->close(backend);
}

/* ---- reports ---- */

typedef struct reported {
    size_t   count;
    uint64_t ids[16];
    int64_t  steps[16];
    double   values[16];
} reported;

static bool see_report(void *user, uint64_t id, int64_t step, const double *values) {
    reported *all = user;
    all->ids[all->count] = id;
    all->steps[all->count] = step;
    all->values[all->count++] = values[0];
    return all->count < 16;
}

static void put_report(hpi_backend *backend, uint64_t id, int64_t step, double value) {
    assert_int_equal(backend->class->put_report(backend, id, step, (double[]){ value, 2, 3 }, NULL),
                     HPT_OK);
}

static void reports_come_by_trial_and_step(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = journals_make(path);
    reported     all = { 0 };
    journals_begin_tx(backend);
    uint64_t b = journals_put(backend, journals_running(1));
    uint64_t a = journals_put(backend, journals_trial(0, 0));
    put_report(backend, a, 2, 0.5);
    put_report(backend, a, -1, INFINITY);
    put_report(backend, a, 2, 0.75);
    put_report(backend, b, 0, NAN);
    journals_commit(backend);
    journals_begin_tx(backend);
    put_report(backend, b, 1, 4);
    put_report(backend, b, 0, 3);
    journals_commit(backend);
    backend->class->close(backend);
    backend = journals_open(path, HPI_OPEN_READ);
    assert_int_equal(backend->class->scan_reports(backend, see_report, &all, NULL), HPT_OK);
    assert_int_equal(all.count, 4);
    static const int64_t steps[] = { -1, 2, 0, 1 };
    static const double  values[] = { INFINITY, 0.75, 3, 4 };
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(all.ids[i], i < 2 ? 1 : 2);
        assert_int_equal(all.steps[i], steps[i]);
        assert_true(all.values[i] == values[i]);
    }
    backend->class->close(backend);
}

/* A study of two goals with a trial that was written as a whole, and one that reports later. */
static hpi_backend *make_of_two_goals(const char *path) {
    hpi_backend *backend = NULL;
    hpi_head     head = journals_head("two", 2);
    assert_int_equal(hpi_backend_journal.open(path, HPI_OPEN_CREATE, &backend, NULL), HPT_OK);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->create(backend, &head, NULL), HPT_OK);
    put_report(backend, journals_put(backend, journals_running(0)), 3, 0.5);
    uint64_t later = journals_put(backend, journals_running(1));
    journals_commit(backend);
    journals_begin_tx(backend);
    put_report(backend, later, 4, 0.25);
    journals_commit(backend);
    hpi_head_fini(&head);
    return backend;
}

static bool see_second(void *user, uint64_t id, int64_t step, const double *values) {
    double *seconds = user;
    (void)step;
    seconds[id - 1] = values[1];
    return true;
}

static void reports_of_several_goals_are_a_member_that_optuna_ignores(void **state) {
    (void)state;
    const char  *path = journals_path("two.journal");
    hpi_backend *backend = make_of_two_goals(path);
    double       seconds[2] = { 0, 0 };
    size_t       bytes;
    assert_int_equal(backend->class->scan_reports(backend, see_second, seconds, NULL), HPT_OK);
    assert_true(seconds[0] == 2 && seconds[1] == 2);
    backend->class->close(backend);
    char *text = journals_read(path, &bytes);
    assert_non_null(
        strstr(text, "\"intermediate_values\":{\"3\":0.5},\"hpt_values\":{\"3\":[0.5,2.0]}"));
    assert_non_null(strstr(text, "\"intermediate_value\":0.25,\"hpt_values\":[0.25,2.0]}"));
    hpi_free(text);
}

static void what_others_call_as_we_do_is_not_ours(void **state) {
    (void)state;
    static const char theirs[] = "{\"op_code\":7,\"worker_id\":\"x\",\"trial_id\":1,\"step\":5,"
                                 "\"intermediate_value\":1.0,\"hpt_values\":[1.0,9.0]}\n";
    const char       *path = journals_path("two.journal");
    double            seconds[2] = { 0, 0 };
    size_t            bytes;
    hpi_backend      *backend = make_of_two_goals(path);
    backend->class->close(backend);
    char    *text = journals_read(path, &bytes);
    char    *whole = malloc(bytes + sizeof theirs);
    hpi_head head = { 0 };
    memcpy(whole, text, bytes);
    memcpy(whole + bytes, theirs, sizeof theirs);
    journals_write(path, whole, bytes + sizeof theirs - 1);
    assert_int_equal(hpi_backend_journal.open(path, HPI_OPEN_READ, &backend, NULL), HPT_OK);
    assert_int_equal(backend->class->select(backend, "two", &head, NULL), HPT_OK);
    assert_int_equal(backend->class->scan_reports(backend, see_second, seconds, NULL), HPT_OK);
    assert_true(seconds[0] == 2 && isnan(seconds[1])); /* that of the later step */
    hpi_head_fini(&head);
    backend->class->close(backend);
    free(whole);
    hpi_free(text);
}

/* ---- attributes ---- */

static void attributes_are_read_in_their_transaction_and_after_it(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = journals_make(path);
    char        *json = NULL;
    hpt_err      err = { 0 };
    assert_int_equal(backend->class->attr_get(backend, true, "k", &json, &err), HPT_EABSENT);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->attr_put(backend, true, "k", "{\"a\":[1,\"\\u00e9\"]}", &err),
                     HPT_OK);
    assert_int_equal(backend->class->attr_put(backend, false, "k", "2", &err), HPT_OK);
    assert_int_equal(backend->class->attr_get(backend, true, "k", &json, &err), HPT_OK);
    assert_string_equal(json, "{\"a\":[1,\"\\u00e9\"]}");
    hpi_free(json);
    journals_commit(backend);
    backend->class->close(backend);
    backend = journals_open(path, HPI_OPEN_READ);
    assert_int_equal(backend->class->attr_get(backend, false, "k", &json, &err), HPT_OK);
    assert_string_equal(json, "2");
    hpi_free(json);
    backend->class->close(backend);
}

/* ---- transactions ---- */

static void what_is_rolled_back_has_never_been(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = journals_make(path);
    size_t       before, after;
    hpi_free(journals_read(path, &before));
    journals_begin_tx(backend);
    journals_put(backend, journals_trial(0, 0));
    assert_int_equal(backend->class->attr_put(backend, true, "k", "1", NULL), HPT_OK);
    assert_true(journals_exists(journals_path("a.journal.lock")));
    backend->class->rollback(backend);
    assert_false(journals_exists(journals_path("a.journal.lock")));
    hpi_free(journals_read(path, &after));
    assert_int_equal(after, before);
    journals_seen seen;
    char         *json;
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    assert_int_equal(seen.count, 0);
    assert_int_equal(backend->class->attr_get(backend, true, "k", &json, NULL), HPT_EABSENT);
    journals_fill(backend, 0, 3);
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    assert_int_equal(seen.count, 3);
    backend->class->close(backend);
}

static void closing_rolls_back(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpi_backend *backend = journals_make(path);
    journals_begin_tx(backend);
    journals_put(backend, journals_trial(0, 0));
    backend->class->close(backend);
    assert_false(journals_exists(journals_path("a.journal.lock")));
    journals_seen seen;
    backend = journals_open(path, HPI_OPEN_READ);
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    assert_int_equal(seen.count, 0);
    backend->class->close(backend);
}

static void a_study_that_is_rolled_back_is_not_chosen(void **state) {
    (void)state;
    hpi_backend *backend = NULL;
    hpi_head     head = journals_head("s", 2);
    uint64_t     next, told;
    assert_int_equal(
        hpi_backend_journal.open(journals_path("a.journal"), HPI_OPEN_CREATE, &backend, NULL),
        HPT_OK);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->create(backend, &head, NULL), HPT_OK);
    backend->class->rollback(backend);
    assert_int_equal(backend->class->counts(backend, &next, &told, NULL), HPT_EINVAL);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->create(backend, &head, NULL), HPT_OK);
    journals_put(backend, journals_trial(0, 0));
    journals_commit(backend);
    assert_int_equal(backend->class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 1);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->create(backend, &head, NULL), HPT_EBUSY);
    backend->class->rollback(backend);
    hpi_head_fini(&head);
    backend->class->close(backend);
}

static void an_open_file_sees_what_another_appends(void **state) {
    (void)state;
    const char   *path = journals_path("a.journal");
    hpi_backend  *writer = journals_make(path), *reader = journals_open(path, HPI_OPEN_READ);
    journals_seen seen;
    for (uint64_t i = 0; i < 3; i++) {
        journals_fill(writer, 5 * i, 5);
        journals_scan(reader, HPI_SCAN_TOLD, 0, &seen);
        assert_int_equal(seen.count, 5 * i + 5);
    }
    hpi_backend *second = journals_open(path, HPI_OPEN_WRITE);
    journals_fill(second, 15, 1);
    journals_begin_tx(writer);
    journals_put(writer, journals_trial(16, 16));
    journals_commit(writer);
    journals_scan(reader, HPI_SCAN_TOLD, 0, &seen);
    assert_int_equal(seen.count, 17);
    for (size_t i = 0; i < 17; i++)
        assert_int_equal(seen.records[i].id, i + 1);
    writer->class->close(writer);
    reader->class->close(reader);
    second->class->close(second);
}

static void a_head_comes_back_with_its_goals_and_space(void **state) {
    (void)state;
    hpi_backend *backend = NULL;
    hpi_head     head = journals_head("a \"name\" / \xf0\x9f\x98\x80", 3), got = { 0 };
    const char  *path = journals_path("a.journal");
    assert_int_equal(hpi_backend_journal.open(path, HPI_OPEN_CREATE, &backend, NULL), HPT_OK);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->create(backend, &head, NULL), HPT_OK);
    journals_commit(backend);
    backend->class->close(backend);
    assert_int_equal(hpi_backend_journal.open(path, HPI_OPEN_READ, &backend, NULL), HPT_OK);
    assert_int_equal(backend->class->select(backend, head.name, &got, NULL), HPT_OK);
    assert_true(got.is_ours);
    assert_string_equal(got.name, head.name);
    assert_int_equal(got.goal_count, 3);
    assert_int_equal(got.goals[1].direction, HPT_MAXIMISE);
    assert_int_equal(hpt_space_count(got.space), JOURNALS_DIMS);
    assert_int_equal(got.seed, 7);
    hpi_head_fini(&got);
    hpi_head_fini(&head);
    backend->class->close(backend);
}

/* Whatever was asked for before; Optuna wants local time. */
static void a_time_is_local_to_the_microsecond(void **state) {
    (void)state;
    static const int64_t seconds[] = { 1700000000, 1700000000, 1700000001, 0, -1, 1719792000, -1 };
    hpi_journal_second   last = { 0 };
    for (size_t i = 0; i < sizeof seconds / sizeof *seconds; i++) {
        char       expected[64];
        time_t     second = (time_t)seconds[i];
        struct tm  local;
        hpi_writer text = { 0 };
        assert_non_null(localtime_r(&second, &local));
        strftime(expected, sizeof expected, "\"%Y-%m-%dT%H:%M:%S.001234\"", &local);
        hpi_journal_write_time(&last, &text, seconds[i] * 1000000000 + 1234999);
        assert_string_equal(text.text, expected);
        hpi_writer_fini(&text);
    }
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, journals_begin, journals_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_trial_comes_back_as_it_was),
        EACH(a_running_trial_becomes_what_it_ends_as),
        EACH(an_ended_trial_can_be_cancelled_after_all),
        EACH(trials_come_by_number_or_as_they_were_told),
        EACH(trials_of_a_commit_are_in_the_file_by_number),
        EACH(an_id_stays_the_trials_in_later_commits),
        EACH(a_commit_that_fails_gives_no_ids),
        EACH(counts_are_of_numbers_and_of_ends),
        EACH(reports_come_by_trial_and_step),
        EACH(reports_of_several_goals_are_a_member_that_optuna_ignores),
        EACH(what_others_call_as_we_do_is_not_ours),
        EACH(attributes_are_read_in_their_transaction_and_after_it),
        EACH(what_is_rolled_back_has_never_been),
        EACH(closing_rolls_back),
        EACH(a_study_that_is_rolled_back_is_not_chosen),
        EACH(an_open_file_sees_what_another_appends),
        EACH(a_head_comes_back_with_its_goals_and_space),
        EACH(a_time_is_local_to_the_microsecond),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
