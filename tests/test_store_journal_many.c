/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a journal that is only written needs no more memory for more trials, and whoever asks
 *         for one that was left out of its index finds it as it was.
 * Method: commits of many trials, some put in another order than their numbers, some running
 *         meanwhile; then every way to ask. */
#include "journals.h"

#include "base/err.h"
#include "store/journal.h"

enum { COMMITS = 30, TRIALS = 1000, ALL = COMMITS * TRIALS };

static hpi_journal_state *state_of(hpi_backend *backend) {
    return &((hpi_journal *)backend)->state;
}

/* One commit: its trials by pairs, the later of each first. Returns the id of the first. */
static uint64_t fill_crossed(hpi_backend *backend, uint64_t first) {
    uint64_t id = 0;
    journals_begin_tx(backend);
    for (uint64_t i = first; i < first + TRIALS; i++) {
        uint64_t got = journals_put(backend, journals_trial(i ^ 1, i ^ 1));
        if ((i ^ 1) == first) id = got;
    }
    journals_commit(backend);
    return id;
}

static hpi_backend *make_many(const char *path) {
    hpi_backend *backend = journals_make(path);
    for (uint64_t i = 0; i < COMMITS; i++)
        fill_crossed(backend, i * TRIALS);
    assert_true(state_of(backend)->left_out > 0);
    return backend;
}

static void the_index_of_a_writer_does_not_grow_with_the_number_of_trials(void **state) {
    (void)state;
    hpi_backend *backend = make_many(journals_path("a.journal"));
    assert_true(state_of(backend)->trial_room < ALL / 2);
    assert_true(((hpi_journal *)backend)->place_room - ((hpi_journal *)backend)->map_from <
                ALL / 2);
    backend->class->close(backend);
}

static void all_trials_are_scanned_though_they_were_left_out(void **state) {
    (void)state;
    journals_seen seen;
    uint64_t      next = 0, told = 0;
    hpi_backend  *backend = make_many(journals_path("a.journal"));
    journals_scan(backend, HPI_SCAN_TOLD, 0, &seen);
    assert_int_equal(seen.count, ALL);
    for (uint64_t i = 0; i < 64; i++) {
        assert_int_equal(seen.records[i].number, i);
        assert_true(seen.values[i] == *journals_trial(i, i).values);
    }
    assert_int_equal(backend->class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(next, ALL);
    assert_int_equal(told, ALL);
    backend->class->close(backend);
}

static void note_number(void *user, const hpi_record *record) {
    *(uint64_t *)user = record->number;
}

static void one_that_was_left_out_is_found(void **state) {
    (void)state;
    uint64_t     found = 0;
    hpi_backend *backend = make_many(journals_path("a.journal"));
    assert_int_equal(backend->class->find(backend, 7, note_number, &found, NULL), HPT_OK);
    assert_int_equal(found, 7);
    backend->class->close(backend);
}

static void note_id(void *user, const hpi_record *record) {
    *(uint64_t *)user = record->id;
}

/* It is CANCELLED after all: its record is another one, in a new line. */
static void one_that_was_left_out_may_be_put_again(void **state) {
    (void)state;
    journals_seen seen;
    uint64_t      id = 0;
    hpi_backend  *reader, *backend = make_many(journals_path("a.journal"));
    reader = journals_open(journals_path("a.journal"), HPI_OPEN_READ);
    assert_int_equal(reader->class->find(reader, 6, note_id, &id, NULL), HPT_OK);
    reader->class->close(reader);
    hpi_record record = journals_trial(6, HPI_UNKNOWN);
    record.state = HPT_TRIAL_CANCELLED;
    record.id = id;
    journals_begin_tx(backend);
    journals_put(backend, record);
    journals_commit(backend);
    journals_scan(backend, HPI_SCAN_OPEN, 0, &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.records[0].number, 6);
    backend->class->close(backend);
}

/* Another hpt amends it: the writer that left it out sees that when it looks again. */
static void a_change_of_one_that_was_left_out_is_not_missed(void **state) {
    (void)state;
    journals_seen seen;
    uint64_t      id = 0;
    hpi_backend  *other, *backend = make_many(journals_path("a.journal"));
    other = journals_open(journals_path("a.journal"), HPI_OPEN_WRITE);
    assert_int_equal(other->class->find(other, 9, note_id, &id, NULL), HPT_OK);
    hpi_record record = journals_trial(9, HPI_UNKNOWN);
    record.state = HPT_TRIAL_CANCELLED;
    record.id = id;
    journals_begin_tx(other);
    journals_put(other, record);
    journals_commit(other);
    other->class->close(other);
    uint64_t next = 0, told = 0;
    assert_int_equal(backend->class->counts(backend, &next, &told, NULL), HPT_OK);
    assert_int_equal(told, ALL - 1);
    journals_scan(backend, HPI_SCAN_OPEN, 0, &seen);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.records[0].number, 9);
    backend->class->close(backend);
}

/* Of each commit one trial runs on, the later one of a pair of which the earlier has its id. */
static void one_that_runs_on_keeps_its_id(void **state) {
    (void)state;
    char         finding[240];
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    uint64_t     first = 0;
    for (int turn = 0; turn < 12; turn++, first += 2 * (uint64_t)TRIALS) {
        uint64_t running = first + TRIALS / 2 + 1, id = 0;
        journals_begin_tx(backend);
        for (uint64_t i = first; i < first + TRIALS; i++)
            if ((i ^ 1) == running)
                id = journals_put(backend, journals_running(running));
            else
                journals_put(backend, journals_trial(i ^ 1, i ^ 1));
        journals_commit(backend);
        fill_crossed(backend, first + TRIALS);
        hpi_record record = journals_trial(running, running);
        record.id = id;
        journals_begin_tx(backend);
        journals_put(backend, record);
        journals_commit(backend);
    }
    assert_true(state_of(backend)->left_out > 4 * TRIALS);
    journals_seen seen;
    journals_scan(backend, HPI_SCAN_OPEN, 0, &seen);
    assert_int_equal(seen.count, 0);
    if (journals_check(backend, finding) > 0) fail_msg("%s", finding);
    backend->class->close(backend);
}

/* What is left out goes up to the trial that runs; then there are enough for another time. */
static void one_that_runs_among_thousands_keeps_its_id(void **state) {
    (void)state;
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    uint64_t     id = 0, running = 4 * (uint64_t)TRIALS + 501;
    for (uint64_t i = 0; i < 4; i++)
        fill_crossed(backend, i * TRIALS);
    journals_begin_tx(backend);
    for (uint64_t i = 4 * (uint64_t)TRIALS; i < 5 * (uint64_t)TRIALS; i++)
        if ((i ^ 1) == running)
            id = journals_put(backend, journals_running(running));
        else
            journals_put(backend, journals_trial(i ^ 1, i ^ 1));
    journals_commit(backend);
    assert_int_equal(state_of(backend)->left_out, running - 1); /* the other of the pair stays */
    hpi_record record = journals_trial(running, running);
    record.id = id;
    journals_begin_tx(backend);
    journals_put(backend, record);
    journals_commit(backend);
    journals_seen seen;
    journals_scan(backend, HPI_SCAN_OPEN, 0, &seen);
    assert_int_equal(seen.count, 0);
    backend->class->close(backend);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, journals_begin, journals_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(the_index_of_a_writer_does_not_grow_with_the_number_of_trials),
        EACH(all_trials_are_scanned_though_they_were_left_out),
        EACH(one_that_was_left_out_is_found),
        EACH(one_that_was_left_out_may_be_put_again),
        EACH(a_change_of_one_that_was_left_out_is_not_missed),
        EACH(one_that_runs_on_keeps_its_id),
        EACH(one_that_runs_among_thousands_keeps_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
