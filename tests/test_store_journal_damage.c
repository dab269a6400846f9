/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever happens to the bytes of a journal, it is noticed or harmless: no crash, no trial
 *         that is other than it was written, and what is torn is only what nobody was told is kept.
 * Method: bytes of a small journal cut off, changed and put to zero in turn, every one of them in
 * the long form; torn ends of every kind; the check. */
#include "journals.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

/* ---- a small journal, and what is in it after each of its commits ---- */

enum { COMMITS = 6 };

typedef struct sample {
    char  *text;
    size_t bytes;
    size_t ends[COMMITS]; /* how long it was after each commit */
    size_t told[COMMITS];
} sample;

static void note_commit(sample *made, int commit, size_t told) {
    hpi_free(made->text);
    made->text = journals_read(journals_path("a.journal"), &made->bytes);
    made->ends[commit] = made->bytes;
    made->told[commit] = told;
}

/* A study; 2 trials at once; one that runs; an attribute; its end; another one. */
static sample make_sample(void) {
    sample made = { 0 };
    unlink(journals_path("a.journal"));
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    note_commit(&made, 0, 0);
    journals_fill(backend, 0, 2);
    note_commit(&made, 1, 2);
    journals_begin_tx(backend);
    uint64_t id = journals_put(backend, journals_running(2));
    journals_commit(backend);
    note_commit(&made, 2, 2);
    journals_begin_tx(backend);
    assert_int_equal(backend->class->attr_put(backend, true, "k", "1", NULL), HPT_OK);
    journals_commit(backend);
    note_commit(&made, 3, 2);
    hpi_record record = journals_trial(2, 2);
    record.id = id;
    journals_begin_tx(backend);
    journals_put(backend, record);
    assert_int_equal(backend->class->put_report(backend, id, 1, (double[]){ 0.5, 2, 3 }, NULL),
                     HPT_OK);
    journals_commit(backend);
    note_commit(&made, 4, 3);
    journals_fill(backend, 3, 1);
    note_commit(&made, 5, 4);
    backend->class->close(backend);
    return made;
}

/* A copy to change byte by byte. In place: to write it anew each time is to wait for the disk. */
static int open_copy(const char *path, const sample *made) {
    journals_write(path, made->text, made->bytes);
    int file = open(path, O_RDWR | O_CLOEXEC);
    assert_true(file >= 0);
    return file;
}

static void set_byte(int file, size_t at, char byte) {
    assert_int_equal(pwrite(file, &byte, 1, (off_t)at), 1);
}

/* Open what a changed journal is now, and read all of it. */
static hpt_status read_all(const char *path, journals_seen *seen, uint64_t *torn, hpt_err *err) {
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    hpt_status   status = hpi_backend_journal.open(path, HPI_OPEN_READ, &backend, err);
    seen->count = 0;
    *torn = 0;
    if (status != HPT_OK) return status;
    status = backend->class->select(backend, "s", &head, err);
    if (status == HPT_OK) status = journals_try_scan(backend, HPI_SCAN_TOLD, seen, err);
    *torn = backend->torn_bytes;
    hpi_head_fini(&head);
    backend->class->close(backend);
    return status;
}

static bool is_as_written(const journals_seen *seen) {
    for (size_t i = 0; i < seen->count; i++) {
        hpi_record wanted = journals_trial(seen->records[i].number, seen->records[i].number);
        if (seen->records[i].order != wanted.order || seen->values[i] != wanted.values[0])
            return false;
    }
    return true;
}

/* ---- cut ---- */

static void a_file_cut_anywhere_has_the_commits_before(void **state) {
    (void)state;
    sample      made = make_sample();
    const char *path = journals_path("b.journal");
    int         file = open_copy(path, &made);
    size_t      apart = fixture_apart(3);
    for (size_t bytes = made.bytes; bytes > 0; bytes -= bytes < apart ? bytes : apart) {
        journals_seen seen;
        hpt_err       err = { 0 };
        uint64_t      torn;
        int           commit = COMMITS;
        assert_int_equal(ftruncate(file, (off_t)bytes), 0);
        while (commit > 0 && made.ends[commit - 1] > bytes)
            commit--;
        hpt_status status = read_all(path, &seen, &torn, &err);
        if (commit == 0) {
            assert_int_equal(status, HPT_EABSENT);
            assert_int_equal(torn, bytes);
            continue;
        }
        assert_int_equal(status, HPT_OK);
        assert_int_equal(seen.count, made.told[commit - 1]);
        assert_int_equal(torn, bytes - made.ends[commit - 1]);
        assert_true(is_as_written(&seen));
    }
    close(file);
    hpi_free(made.text);
}

static void a_torn_end_is_kept_beside_and_cut_before_the_next_commit(void **state) {
    (void)state;
    sample      made = make_sample();
    const char *path = journals_path("b.journal");
    size_t      cut = made.ends[4] + 100, bytes;
    journals_write(path, made.text, cut);
    hpi_backend *backend = journals_open(path, HPI_OPEN_WRITE);
    assert_int_equal(backend->torn_bytes, 100);
    journals_fill(backend, 3, 1);
    assert_int_equal(backend->torn_bytes, 100);
    backend->class->close(backend);
    char *text = journals_read(journals_path("b.journal.torn"), &bytes);
    assert_int_equal(bytes, 100);
    assert_memory_equal(text, made.text + made.ends[4], 100);
    hpi_free(text);
    text = journals_read(path, &bytes);
    assert_int_equal(bytes, made.bytes);
    assert_memory_equal(text, made.text, made.bytes);
    hpi_free(text);
    hpi_free(made.text);
}

static void a_reader_changes_nothing(void **state) {
    (void)state;
    sample        made = make_sample();
    const char   *path = journals_path("b.journal");
    journals_seen seen;
    uint64_t      torn;
    size_t        bytes;
    journals_write(path, made.text, made.bytes - 7);
    assert_int_equal(read_all(path, &seen, &torn, NULL), HPT_OK);
    char *text = journals_read(path, &bytes);
    assert_int_equal(bytes, made.bytes - 7);
    assert_memory_equal(text, made.text, bytes);
    assert_false(journals_exists(journals_path("b.journal.torn")));
    hpi_free(text);
    hpi_free(made.text);
}

/* ---- changed ---- */

/* Noticed: an error, or that there is a torn end. Harmless: all ends, as they were. */
static bool is_noticed_or_harmless(const char *path) {
    journals_seen seen;
    hpt_err       err = { 0 };
    uint64_t      torn;
    hpt_status    status = read_all(path, &seen, &torn, &err);
    if (!is_as_written(&seen)) return false;
    if (status != HPT_OK) return err.text[0] != '\0';
    return torn > 0 || seen.count == 4;
}

static void change_everywhere(unsigned char mask, size_t first, size_t apart) {
    sample      made = make_sample();
    const char *path = journals_path("b.journal");
    int         file = open_copy(path, &made);
    for (size_t at = first; at < made.bytes; at += fixture_apart(apart)) {
        char changed = (char)((unsigned char)made.text[at] ^ mask);
        set_byte(file, at, mask ? changed : '\0');
        if (!is_noticed_or_harmless(path)) fail_msg("byte %zu ^ %02x goes by unseen", at, mask);
        set_byte(file, at, made.text[at]);
    }
    close(file);
    hpi_free(made.text);
}

static void a_changed_byte_is_noticed_or_harmless(void **state) {
    (void)state;
    change_everywhere(0x01, 0, 4);
    change_everywhere(0x80, 1, 9);
}

static void a_byte_that_becomes_zero_is_noticed_or_harmless(void **state) {
    (void)state;
    change_everywhere(0, 2, 9);
}

/* Also of what only Optuna reads. */
static void the_check_finds_every_changed_byte(void **state) {
    (void)state;
    sample      made = make_sample();
    const char *path = journals_path("b.journal");
    char        finding[240];
    int         file = open_copy(path, &made);
    for (size_t at = 0; at < made.bytes; at += fixture_apart(13)) {
        hpi_backend *backend = NULL;
        hpt_err      err = { 0 };
        set_byte(file, at, made.text[at] ^ 1);
        hpt_status status = hpi_backend_journal.open(path, HPI_OPEN_READ, &backend, &err);
        if (status == HPT_OK) {
            if (journals_check(backend, finding) == 0) fail_msg("byte %zu goes by unseen", at);
            backend->class->close(backend);
        }
        set_byte(file, at, made.text[at]);
    }
    close(file);
    hpi_free(made.text);
}

static void a_sound_journal_has_no_findings(void **state) {
    (void)state;
    sample       made = make_sample();
    char         finding[240];
    hpi_backend *backend = journals_open(journals_path("a.journal"), HPI_OPEN_READ);
    if (journals_check(backend, finding) != 0) fail_msg("\"%s\"", finding);
    journals_seen seen; /* what was chosen is chosen still */
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    assert_int_equal(seen.count, 4);
    backend->class->close(backend);
    hpi_free(made.text);
}

static void a_damaged_line_is_named(void **state) {
    (void)state;
    sample        made = make_sample();
    const char   *path = journals_path("b.journal");
    journals_seen seen;
    uint64_t      torn;
    hpt_err       err = { 0 };
    char          words[64];
    /* In the base64 of the first trial's record: the line after the study's two. */
    char *record = strstr(made.text, "hpt:record") + 30;
    *record = *record == 'A' ? 'B' : 'A';
    journals_write(path, made.text, made.bytes);
    snprintf(words, sizeof words, "line 4 (at byte %zu)", made.ends[0]);
    journals_assert_fails(read_all(path, &seen, &torn, &err), HPT_EPARSE, &err, words);
    hpi_free(made.text);
}

/* ---- what power loss leaves ---- */

/* A page of a commit was not written, a later one was. */
static void a_hole_in_the_last_commit_takes_all_of_it(void **state) {
    (void)state;
    sample        made = make_sample();
    const char   *path = journals_path("b.journal");
    journals_seen seen;
    uint64_t      torn;
    size_t        start = made.ends[4], bytes = made.bytes - start;
    for (size_t hole = 0; hole < bytes; hole += fixture_apart(97)) {
        char   kept[64];
        size_t length = bytes - hole < 64 ? bytes - hole : 64;
        memcpy(kept, made.text + start + hole, length);
        memset(made.text + start + hole, 0, length);
        journals_write(path, made.text, made.bytes);
        assert_int_equal(read_all(path, &seen, &torn, NULL), HPT_OK);
        /* A hole in what only Optuna reads does not keep hpt from reading. */
        if (torn > 0) {
            assert_int_equal(torn, bytes);
            assert_int_equal(seen.count, 3);
        }
        memcpy(made.text + start + hole, kept, length);
    }
    hpi_free(made.text);
}

static void a_hole_before_other_commits_is_damage(void **state) {
    (void)state;
    sample        made = make_sample();
    const char   *path = journals_path("b.journal");
    journals_seen seen;
    uint64_t      torn;
    hpt_err       err = { 0 };
    memset(made.text + made.ends[0], 0, 50);
    journals_write(path, made.text, made.bytes);
    journals_assert_fails(read_all(path, &seen, &torn, &err), HPT_EPARSE, &err, "line 4");
    hpi_free(made.text);
}

static void zeros_at_the_end_are_torn(void **state) {
    (void)state;
    sample        made = make_sample();
    const char   *path = journals_path("b.journal");
    char         *longer = hpi_alloc(made.bytes + 5000, 1);
    journals_seen seen;
    uint64_t      torn;
    memcpy(longer, made.text, made.bytes);
    journals_write(path, longer, made.bytes + 5000);
    assert_int_equal(read_all(path, &seen, &torn, NULL), HPT_OK);
    assert_int_equal(torn, 5000);
    assert_int_equal(seen.count, 4);
    hpi_free(longer);
    hpi_free(made.text);
}

/* ---- what others leave ---- */

static void a_wrong_last_line_of_others_is_torn_and_one_before_the_last_is_not(void **state) {
    (void)state;
    sample        made = make_sample();
    const char   *path = journals_path("b.journal");
    char          text[65536];
    journals_seen seen;
    uint64_t      torn;
    hpt_err       err = { 0 };
    int bytes = snprintf(text, sizeof text, "%s{\"op_code\": 4, \"worker_id\": \"a\"\n", made.text);
    journals_write(path, text, (size_t)bytes);
    assert_int_equal(read_all(path, &seen, &torn, NULL), HPT_OK);
    assert_int_equal(torn, (size_t)bytes - made.bytes);
    bytes += snprintf(text + bytes, sizeof text - (size_t)bytes,
                      "{\"op_code\": 1, \"worker_id\": \"a\", \"study_id\": 3}\n");
    journals_write(path, text, (size_t)bytes);
    journals_assert_fails(read_all(path, &seen, &torn, &err), HPT_EPARSE, &err,
                          "it is no JSON object");
    hpi_free(made.text);
}

static void a_trial_that_others_changed_for_optuna_is_a_finding(void **state) {
    (void)state;
    sample        made = make_sample();
    const char   *path = journals_path("b.journal");
    char          text[65536], finding[240];
    journals_seen seen;
    made.text[made.ends[2]] = '\0'; /* trial 2 runs */
    int bytes =
        snprintf(text, sizeof text,
                 "%s{\"op_code\":6,\"worker_id\":\"a\",\"trial_id\":2,\"state\":1,"
                 "\"values\":[-9.0],\"datetime_complete\":\"2026-01-01T00:00:00.000000\"}\n",
                 made.text);
    journals_write(path, text, (size_t)bytes);
    hpi_backend *backend = journals_open(path, HPI_OPEN_READ);
    assert_int_equal(journals_check(backend, finding), 1);
    assert_string_equal(
        finding, "study \"s\", trial 2: it is COMPLETE for Optuna, and RUNNING by its record");
    journals_scan(backend, HPI_SCAN_TOLD, 0, &seen);
    assert_int_equal(seen.count, 2); /* and the value of -9 is nowhere */
    assert_true(is_as_written(&seen));
    backend->class->close(backend);
    hpi_free(made.text);
}

static void two_trials_of_one_number_are_a_finding(void **state) {
    (void)state;
    char         finding[240];
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    journals_fill(backend, 0, 3);
    journals_begin_tx(backend);
    journals_put(backend, journals_trial(1, 3));
    journals_commit(backend);
    assert_int_equal(journals_check(backend, finding), 1);
    assert_string_equal(finding, "study \"s\": there are two trials of number 1");
    backend->class->close(backend);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, journals_begin, journals_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_file_cut_anywhere_has_the_commits_before),
        EACH(a_torn_end_is_kept_beside_and_cut_before_the_next_commit),
        EACH(a_reader_changes_nothing),
        EACH(a_changed_byte_is_noticed_or_harmless),
        EACH(a_byte_that_becomes_zero_is_noticed_or_harmless),
        EACH(the_check_finds_every_changed_byte),
        EACH(a_sound_journal_has_no_findings),
        EACH(a_damaged_line_is_named),
        EACH(a_hole_in_the_last_commit_takes_all_of_it),
        EACH(a_hole_before_other_commits_is_damage),
        EACH(zeros_at_the_end_are_torn),
        EACH(a_wrong_last_line_of_others_is_torn_and_one_before_the_last_is_not),
        EACH(a_trial_that_others_changed_for_optuna_is_a_finding),
        EACH(two_trials_of_one_number_are_a_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
