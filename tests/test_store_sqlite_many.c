/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   many trials of one commit are in the file each for itself, as if they had been put one
 *         at a time, and are seen as soon as they were put.
 * Method: commits of more trials than one statement and one batch take, in every mixture; what is
 *         read is compared, Optuna's rows by the check. */
#include "fixture.h"
#include "study_forms.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "store/sqlite.h"

static const hpi_backend_class *const class = &hpi_backend_sqlite;

enum { DIMS = 3, MANY = 700 }; /* more than two batches */

/* Without conditions, which would make each trial's rows differ in number. */
static hpi_backend *make_plain(void) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    hpt_err      err = { 0 };
    hpt_space   *space = hpt_space_create();
    hpt_space_add_real(space, "x", -1, 1);
    hpt_space_add_int(space, "n", 0, 100000);
    hpt_space_add_real(space, "y", 0, 1);
    hpi_head head = { .name = hpi_copy_text("first"),
                      .is_ours = true,
                      .goal_count = 2,
                      .space = space,
                      .strategy = hpi_copy_text("random"),
                      .version = hpi_copy_text(hpt_version()),
                      .repeat_count = 1 };
    head.goals[0] = (hpt_goal){ hpi_copy_text("error"), HPT_MINIMISE, NAN };
    head.goals[1] = (hpt_goal){ hpi_copy_text("speed"), HPT_MAXIMISE, NAN };
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    if (class->create(backend, &head, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    hpi_head_fini(&head);
    return backend;
}

typedef struct plain_trial {
    hpi_record record;
    hpt_coord  point[DIMS];
    double     values[2];
} plain_trial;

/* Every seventh is running, every eleventh failed with a reason, some are infinite. */
static void make_trial(plain_trial *it, uint64_t number, uint64_t order) {
    bool is_running = number % 7 == 3, has_failed = !is_running && number % 11 == 5;
    it->point[0] = (hpt_coord){ .real = (double)number / 1e6 };
    it->point[1] = (hpt_coord){ .integer = (int64_t)number };
    it->point[2] = (hpt_coord){ .real = 1 / (1 + (double)number) };
    it->values[0] = 1 / (3 + (double)number);
    it->values[1] = number % 13 == 4 ? INFINITY : -(double)number;
    it->record =
        (hpi_record){ .number = number,
                      .order = is_running ? HPI_UNKNOWN : order,
                      .asked = number + 1,
                      .state = is_running   ? HPT_TRIAL_RUNNING
                               : has_failed ? HPT_TRIAL_FAILED
                                            : HPT_TRIAL_COMPLETE,
                      .worker = 0,
                      .start_wall_ns = INT64_C(1700000000123456789) + (int64_t)number,
                      .end_wall_ns =
                          is_running ? HPI_NO_TIME : INT64_C(1700000001000000000) + (int64_t)number,
                      .duration_ns = is_running ? -1 : 5,
                      .point = it->point,
                      .values = it->values,
                      .value_count = is_running || has_failed ? 0 : 2,
                      .reason = has_failed ? "it broke" : "" };
}

static uint64_t put(hpi_backend *backend, plain_trial *it) {
    uint64_t id = it->record.id;
    hpt_err  err = { 0 };
    if (class->put(backend, &it->record, &id, &err) != HPT_OK) fail_msg("%s", err.text);
    return id;
}

static void count_finding(void *user, const char *finding) {
    if (++*(size_t *)user == 1) print_message("%s\n", finding);
}

static void assert_sound(hpi_backend *backend) {
    size_t count = 0;
    assert_int_equal(class->check(backend, count_finding, &count, NULL), HPT_OK);
    assert_int_equal(count, 0);
}

/* Numbers come by pairs, the later of each first; ids follow the order of putting. */
static uint64_t put_many(hpi_backend *backend, uint64_t first, uint64_t count, uint64_t order) {
    plain_trial it;
    for (uint64_t i = 0; i < count; i++) {
        make_trial(&it, first + (i ^ 1), order);
        assert_int_equal(put(backend, &it), first + i + 1);
        order += it.record.order != HPI_UNKNOWN;
    }
    return order;
}

typedef struct seen {
    uint64_t count;
    bool     is_same;
} seen;

static bool compare(void *user, const hpi_record *found) {
    seen       *it = user;
    plain_trial wanted;
    make_trial(&wanted, found->number, found->order);
    const hpi_record *record = &wanted.record;
    it->is_same =
        it->is_same && found->number == it->count && found->state == record->state &&
        found->start_wall_ns == record->start_wall_ns &&
        found->end_wall_ns == record->end_wall_ns && found->value_count == record->value_count &&
        memcmp(found->point, record->point, sizeof wanted.point) == 0 &&
        (found->value_count == 0 || /* then it may be NULL */
         memcmp(found->values, record->values, found->value_count * sizeof(double)) == 0) &&
        strcmp(found->reason, record->reason) == 0;
    it->count++;
    return true;
}

/* The trials are those that were made, as many as said. */
static void assert_kept(hpi_backend *backend, uint64_t count) {
    seen    it = { .is_same = true };
    hpt_err err = { 0 };
    if (class->scan(backend, HPI_SCAN_ALL, 0, compare, &it, &err) != HPT_OK)
        fail_msg("%s", err.text);
    assert_true(it.is_same);
    assert_int_equal(it.count, count);
}

static void each_trial_of_a_large_commit_is_kept_for_itself(void **state) {
    (void)state;
    static const uint64_t counts[] = { 2, 20, 22, 256, 258, MANY };
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        hpi_backend *backend = make_plain();
        assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
        put_many(backend, 0, counts[i], 0);
        assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
        class->close(backend);
        backend = form_reselect(class, HPI_OPEN_WRITE, "first");
        assert_kept(backend, counts[i]);
        assert_sound(backend);
        class->close(backend);
        form_teardown(state);
        form_setup(state);
    }
}

static void what_was_put_is_seen_before_it_is_committed(void **state) {
    (void)state;
    uint64_t     next = 0, told = 0;
    hpi_backend *backend = make_plain();
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    uint64_t ends = put_many(backend, 0, 30, 0);
    assert_int_equal(class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, 30);
    assert_int_equal(told, ends);
    put_many(backend, 30, 4, ends);
    assert_kept(backend, 34);
    class->rollback(backend);
    assert_kept(backend, 0);
    class->close(backend);
}

static void what_was_rolled_back_does_not_come_with_the_next_commit(void **state) {
    (void)state;
    hpi_backend *backend = make_plain();
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    put_many(backend, 0, 50, 0);
    class->rollback(backend);
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    put_many(backend, 0, 6, 0);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    assert_kept(backend, 6);
    assert_sound(backend);
    class->close(backend);
}

static void a_trial_may_end_and_report_in_the_transaction_that_made_it(void **state) {
    (void)state;
    plain_trial  it;
    hpi_backend *backend = make_plain();
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    make_trial(&it, 3, 0);
    uint64_t id = put(backend, &it);
    assert_int_equal(class->put_report(backend, id, 1, (const double[]){ 0.5, 2 }, NULL), HPT_OK);
    it.record.id = id;
    it.record.state = HPT_TRIAL_COMPLETE;
    it.record.order = 0;
    it.record.value_count = 2;
    it.record.end_wall_ns = it.record.start_wall_ns + 5;
    it.record.has_report = true;
    it.record.last_step = 1;
    it.record.last_value = 0.5;
    assert_int_equal(put(backend, &it), id);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    assert_int_equal(form_count(backend, HPI_SCAN_TOLD), 1);
    assert_sound(backend);
    class->close(backend);
}

/* Their rows are put at once; ids go on behind them. */
static void trials_of_others_may_be_put_between_ours(void **state) {
    (void)state;
    plain_trial  it;
    bool         given[DIMS] = { true, false, true };
    hpi_backend *backend = make_plain();
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    for (uint64_t i = 0, order = 0; i < 6; i++) {
        bool is_theirs = i % 3 == 1;
        make_trial(&it, 7 * i, 0);
        it.record.number = i;
        it.record.order = it.record.asked = is_theirs ? HPI_UNKNOWN : order++;
        it.record.given = is_theirs ? given : NULL;
        assert_int_equal(put(backend, &it), i + 1);
    }
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 6);
    assert_int_equal(form_count(backend, HPI_SCAN_TOLD), 6);
    assert_sound(backend);
    class->close(backend);
}

static int mind_references(sqlite3 *db, char **said, const struct sqlite3_api_routines *api) {
    (void)said;
    (void)api;
    return sqlite3_exec(db, "PRAGMA foreign_keys = ON", NULL, NULL, NULL);
}

/* A program may have every database that it opens checked so, and SQLite may be built so: what is
 * said of a trial is put before its row. */
static void references_may_be_checked_for_all_of_the_program(void **state) {
    (void)state;
    plain_trial it;
    union {
        int (*real)(sqlite3 *, char **, const struct sqlite3_api_routines *);
        void (*plain)(void);
    } entry = { .real = mind_references };
    assert_int_equal(sqlite3_auto_extension(entry.plain), SQLITE_OK);
    hpi_backend *backend = make_plain();
    assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
    make_trial(&it, 5, 0); /* has a reason */
    uint64_t   id = put(backend, &it);
    hpt_status status = class->put_report(backend, id, 1, (double[]){ 0.5, 2 }, NULL);
    assert_int_equal(status, HPT_OK);
    assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    sqlite3_cancel_auto_extension(entry.plain);
    assert_sound(backend);
    class->close(backend);
}

/* The last id that SQLite can give: none is behind it. */
static void an_id_without_a_next_one_is_damage(void **state) {
    plain_trial it;
    (void)state;
    for (int64_t id = INT64_MAX; id > INT64_MAX - 2; id--) {
        hpt_err      err = { 0 };
        char         sql[128];
        sqlite3     *db = NULL;
        hpi_backend *backend = make_plain();
        snprintf(
            sql, sizeof sql,
            "INSERT INTO trials (trial_id, number, study_id, state) VALUES (%lld, 0, 1, 'FAIL')",
            (long long)id);
        assert_int_equal(sqlite3_open(form_path, &db), SQLITE_OK);
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
        sqlite3_close(db);
        assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
        make_trial(&it, 1, 0);
        assert_int_equal(class->put(backend, &it.record, NULL, &err), HPT_EPARSE);
        class->rollback(backend);
        class->close(backend);
        assert_int_equal(unlink(form_path), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define EACH(test) cmocka_unit_test_setup_teardown(test, form_setup, form_teardown)
        EACH(each_trial_of_a_large_commit_is_kept_for_itself),
        EACH(what_was_put_is_seen_before_it_is_committed),
        EACH(what_was_rolled_back_does_not_come_with_the_next_commit),
        EACH(a_trial_may_end_and_report_in_the_transaction_that_made_it),
        EACH(trials_of_others_may_be_put_between_ours),
        EACH(references_may_be_checked_for_all_of_the_program),
        EACH(an_id_without_a_next_one_is_damage),
#undef EACH
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
