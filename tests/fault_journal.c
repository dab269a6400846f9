/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a call to the system that fails costs a commit at most: what was kept stays, nothing of
 * the rest is in the file, the lock is gone, and the next commit does well. Method: the linker puts
 * our own calls before the system's; the n-th of a kind fails, for each n, once or from then on,
 * with each error it may have. */
#include "journals.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"

typedef enum call {
    CALL_WRITE,
    CALL_SYNC,
    CALL_CUT,
    CALL_OPEN,
    CALL_LINK,
    CALL_RENAME,
    CALL_UNLINK,
    CALL_READ,
    CALL_STAT,
    CALL_COUNT
} call;

static struct {
    unsigned long count, from, to;
    int           error; /* 0: the write is short; below 0: the first is, the next ones fail */
} plan[CALL_COUNT];

static unsigned long again_count; /* bytes that were written over themselves */

static void plan_nothing(void) {
    for (int i = 0; i < CALL_COUNT; i++)
        plan[i].from = plan[i].to = ULONG_MAX, plan[i].count = 0;
}

/* Calls number `from` to `to` of a kind fail, from now on counted from 0. */
static void plan_failure(call kind, unsigned long from, unsigned long to, int error) {
    plan[kind].count = 0;
    plan[kind].from = from;
    plan[kind].to = to;
    plan[kind].error = error;
}

static bool fails(call kind) {
    unsigned long now = plan[kind].count++;
    if (now < plan[kind].from || now > plan[kind].to) return false;
    errno = plan[kind].error;
    return true;
}

#define WRAP(result, name, arguments)                                                              \
    result __real_##name arguments;                                                                \
    result __wrap_##name arguments;                                                                \
    result __wrap_##name arguments

WRAP(ssize_t, write, (int fd, const void *bytes, size_t count)) {
    if (!fails(CALL_WRITE)) return __real_write(fd, bytes, count);
    bool is_first = plan[CALL_WRITE].count == plan[CALL_WRITE].from + 1;
    if (plan[CALL_WRITE].error < 0) errno = -plan[CALL_WRITE].error;
    if (plan[CALL_WRITE].error > 0 || (plan[CALL_WRITE].error < 0 && !is_first)) return -1;
    return __real_write(fd, bytes, count / 2 + 1);
}

WRAP(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at)) {
    again_count += count;
    return __real_pwrite(fd, bytes, count, at);
}

WRAP(int, fdatasync, (int fd)) {
    return fails(CALL_SYNC) ? -1 : __real_fdatasync(fd);
}

WRAP(int, fsync, (int fd)) {
    return fails(CALL_SYNC) ? -1 : __real_fsync(fd);
}

WRAP(int, ftruncate, (int fd, off_t size)) {
    return fails(CALL_CUT) ? -1 : __real_ftruncate(fd, size);
}

int __real_open(const char *path, int how, ...);
int __wrap_open(const char *path, int how, ...);
int __wrap_open(const char *path, int how, ...) {
    bool is_ours = strstr(path, "hpt-journal") != NULL;
    return is_ours && fails(CALL_OPEN) ? -1 : __real_open(path, how, 0666);
}

WRAP(int, symlink, (const char *target, const char *path)) {
    return fails(CALL_LINK) ? -1 : __real_symlink(target, path);
}

WRAP(int, rename, (const char *from, const char *to)) {
    return fails(CALL_RENAME) ? -1 : __real_rename(from, to);
}

WRAP(int, unlink, (const char *path)) {
    return fails(CALL_UNLINK) ? -1 : __real_unlink(path);
}

WRAP(ssize_t, pread, (int fd, void *bytes, size_t count, off_t at)) {
    return fails(CALL_READ) ? -1 : __real_pread(fd, bytes, count, at);
}

WRAP(int, fstat, (int fd, struct stat *about)) {
    return fails(CALL_STAT) ? -1 : __real_fstat(fd, about);
}

/* ---- one commit that something happens to ---- */

static int begin(void **state) {
    plan_nothing();
    return journals_begin(state);
}

static int end(void **state) {
    plan_nothing();
    return journals_end(state);
}

/* begin, put, commit. */
static hpt_status try_commit(hpi_backend *backend, uint64_t number, hpt_err *err) {
    hpi_record record = journals_trial(number, number);
    hpt_status status = backend->class->begin(backend, 0, err);
    if (status != HPT_OK) return status;
    status = backend->class->put(backend, &record, NULL, err);
    if (status == HPT_OK) return backend->class->commit(backend, true, err);
    backend->class->rollback(backend);
    return status;
}

/* What is in the file, for whoever opens it. */
static size_t ends_in_file(const char *path) {
    journals_seen seen;
    char          finding[240];
    hpi_backend  *backend = journals_open(path, HPI_OPEN_READ);
    journals_scan(backend, HPI_SCAN_TOLD, 0, &seen);
    if (journals_check(backend, finding) != 0) fail_msg("\"%s\"", finding);
    backend->class->close(backend);
    return seen.count;
}

/* Whether calls of this kind were met by the failure. */
static bool try_failure(call kind, unsigned long from, unsigned long to, int error,
                        bool must_work) {
    const char  *path = journals_path("a.journal");
    hpt_err      err = { 0 };
    hpi_backend *backend = journals_make(path);
    journals_fill(backend, 0, 3);
    plan_failure(kind, from, to, error);
    hpt_status status = try_commit(backend, 3, &err);
    bool       was_met = plan[kind].count > from;
    plan_nothing();
    assert_true(status == HPT_OK || (err.text[0] && strstr(err.text, "a.journal")));
    if (must_work && status != HPT_OK) fail_msg("call %d, %lu: %s", kind, from, err.text);
    bool is_locked = journals_exists(journals_path("a.journal.lock"));
    if (is_locked && kind != CALL_UNLINK) fail_msg("call %d, %lu: the lock is there", kind, from);
    /* With nothing to cut by, the failed end stays until the next commit cuts it. */
    if (kind != CALL_CUT) assert_int_equal(ends_in_file(path), status == HPT_OK ? 4 : 3);
    if (status != HPT_OK) assert_int_equal(try_commit(backend, 3, &err), HPT_OK);
    assert_int_equal(try_commit(backend, 4, &err), HPT_OK);
    backend->class->close(backend);
    assert_int_equal(ends_in_file(path), 5);
    assert_int_equal(__real_unlink(path), 0);
    return was_met;
}

static void try_all(call kind, int error, bool must_work) {
    unsigned long n = 0;
    while (try_failure(kind, n, n, error, must_work)) {
        if (error != EINTR) try_failure(kind, n, ULONG_MAX, error, must_work);
        n++;
    }
    assert_true(n > 0);
}

static void a_write_that_fails_leaves_nothing(void **state) {
    (void)state;
    try_all(CALL_WRITE, ENOSPC, false);
    try_all(CALL_WRITE, EIO, false);
    try_all(CALL_WRITE, EDQUOT, false);
}

/* Half of it finds room. */
static void a_write_that_fails_on_the_way_leaves_nothing(void **state) {
    (void)state;
    assert_true(try_failure(CALL_WRITE, 0, 9, -ENOSPC, false));
    assert_true(try_failure(CALL_WRITE, 0, 9, -EIO, false));
}

static void a_short_write_goes_on(void **state) {
    (void)state;
    try_failure(CALL_WRITE, 0, 0, 0, true);
    try_failure(CALL_WRITE, 0, 3, 0, true);
}

static void what_is_interrupted_is_done_again(void **state) {
    (void)state;
    try_all(CALL_WRITE, EINTR, true);
    try_all(CALL_SYNC, EINTR, true);
    try_all(CALL_LINK, EINTR, true);
}

static void a_sync_that_fails_fails_the_commit(void **state) {
    (void)state;
    try_all(CALL_SYNC, EIO, false);
    try_all(CALL_SYNC, ENOSPC, false);
}

/* Who waits for room on the disk and who has too little memory do different things. */
static void memory_that_is_out_is_called_that(void **state) {
    (void)state;
    hpt_err      err = { 0 };
    hpi_backend *backend = journals_make(journals_path("a.journal"));
    journals_fill(backend, 0, 3);
    plan_failure(CALL_SYNC, 0, 0, ENOMEM);
    assert_int_equal(try_commit(backend, 3, &err), HPT_ENOMEM);
    plan_nothing();
    assert_int_equal(try_commit(backend, 3, &err), HPT_OK);
    backend->class->close(backend);
}

static void no_lock_no_commit(void **state) {
    (void)state;
    try_all(CALL_LINK, EACCES, false);
    try_all(CALL_LINK, ENOSPC, false);
    try_all(CALL_LINK, EROFS, false);
}

static void a_file_system_without_links_gets_a_lock_file(void **state) {
    (void)state;
    try_failure(CALL_LINK, 0, ULONG_MAX, EPERM, true);
}

static void a_lock_is_given_back_where_nothing_can_be_renamed(void **state) {
    (void)state;
    try_failure(CALL_RENAME, 0, ULONG_MAX, EIO, true);
}

static void reading_that_fails_fails_the_commit(void **state) {
    (void)state;
    try_all(CALL_STAT, EIO, false);
}

/* A write fails and cannot be undone: the next commit, which has the lock, does it. */
static void what_could_not_be_cut_off_is_cut_off_later(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpt_err      err = { 0 };
    size_t       before, after;
    hpi_backend *backend = journals_make(path);
    journals_fill(backend, 0, 3);
    hpi_free(journals_read(path, &before));
    plan_failure(CALL_SYNC, 0, 0, EIO);
    plan_failure(CALL_CUT, 0, 0, EIO);
    journals_assert_fails(try_commit(backend, 3, &err), HPT_EIO, &err, "made durable");
    hpi_free(journals_read(path, &after));
    assert_true(after > before); /* whole lines that nobody was told of */
    assert_int_equal(try_commit(backend, 3, &err), HPT_OK);
    journals_seen seen;
    journals_scan(backend, HPI_SCAN_ALL, 0, &seen);
    assert_int_equal(seen.count, 4);
    backend->class->close(backend);
    assert_int_equal(ends_in_file(path), 4);
}

static void after_a_failed_sync_unsynced_bytes_are_written_again(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpt_err      err = { 0 };
    size_t       before, after;
    hpi_backend *backend = journals_make(path);
    hpi_record   record = journals_trial(0, 0);
    journals_begin_tx(backend);
    journals_put(backend, record);
    assert_int_equal(backend->class->commit(backend, false, &err), HPT_OK);
    char *text = journals_read(path, &before);
    plan_failure(CALL_SYNC, 0, 0, EIO);
    assert_int_equal(try_commit(backend, 1, &err), HPT_EIO);
    plan_nothing();
    again_count = 0;
    assert_int_equal(try_commit(backend, 1, &err), HPT_OK);
    assert_int_equal(again_count, before); /* all of it is in the first pages */
    char *now = journals_read(path, &after);
    assert_true(after > before);
    assert_memory_equal(now, text, before);
    again_count = 0;
    assert_int_equal(try_commit(backend, 2, &err), HPT_OK);
    assert_int_equal(again_count, 0);
    hpi_free(now);
    hpi_free(text);
    backend->class->close(backend);
}

/* The torn end is kept elsewhere before it is cut off, or the commit fails. */
static void a_torn_end_that_cannot_be_kept_is_not_cut_off(void **state) {
    (void)state;
    const char *path = journals_path("a.journal");
    hpt_err     err = { 0 };
    size_t      bytes, after;
    static const struct {
        call        kind;
        int         error;
        const char *named; /* what the sentence names */
    } failures[] = { { CALL_WRITE, ENOSPC, "a.journal.torn\": " },
                     { CALL_OPEN, EMFILE, "a.journal.torn\": " },
                     { CALL_SYNC, EIO, "a.journal.torn\": " },
                     { CALL_READ, EIO, "a.journal\"" },
                     { CALL_CUT, EIO, "a.journal\"" } };
    hpi_backend *backend = journals_make(path);
    journals_fill(backend, 0, 3);
    backend->class->close(backend);
    char *text = journals_read(path, &bytes);
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        journals_write(path, text, bytes - 3);
        backend = journals_open(path, HPI_OPEN_WRITE);
        plan_failure(failures[i].kind, 0, 0, failures[i].error);
        journals_assert_fails(backend->class->begin(backend, 0, &err), HPT_EIO, &err,
                              failures[i].named);
        plan_nothing();
        hpi_free(journals_read(path, &after));
        assert_int_equal(after, bytes - 3);
        assert_false(journals_exists(journals_path("a.journal.lock")));
        assert_int_equal(try_commit(backend, 0, &err), HPT_OK);
        backend->class->close(backend);
        assert_int_equal(ends_in_file(path), 1);
    }
    hpi_free(text);
}

static void a_folder_that_vanished_is_a_sentence(void **state) {
    (void)state;
    fixture_put(journals_path(""), "below/x", "");
    const char  *path = journals_path("below/a.journal");
    hpt_err      err = { 0 };
    hpi_backend *backend = journals_make(path);
    unlink(path);
    unlink(journals_path("below/x"));
    assert_int_equal(rmdir(journals_path("below")), 0);
    journals_assert_fails(try_commit(backend, 0, &err), HPT_EIO, &err, "a.journal.lock");
    backend->class->close(backend);
}

static void a_file_that_was_replaced_is_a_sentence(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpt_err      err = { 0 };
    hpi_backend *backend = journals_make(path);
    assert_int_equal(__real_rename(path, journals_path("b.journal")), 0);
    journals_write(path, "", 0);
    journals_assert_fails(try_commit(backend, 0, &err), HPT_EIO, &err, "another file");
    assert_false(journals_exists(journals_path("a.journal.lock")));
    backend->class->close(backend);
}

static void opening_that_fails_is_a_sentence(void **state) {
    (void)state;
    const char  *path = journals_path("a.journal");
    hpt_err      err = { 0 };
    hpi_backend *backend = journals_make(path);
    backend->class->close(backend);
    backend = NULL;
    plan_failure(CALL_OPEN, 0, 0, EMFILE);
    journals_assert_fails(hpi_backend_journal.open(path, HPI_OPEN_WRITE, &backend, &err), HPT_EIO,
                          &err, "Too many open files");
    plan_failure(CALL_OPEN, 0, 0, EINTR);
    plan_failure(CALL_READ, 0, 2, EINTR);
    assert_int_equal(hpi_backend_journal.open(path, HPI_OPEN_WRITE, &backend, &err), HPT_OK);
    backend->class->close(backend);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(a_write_that_fails_leaves_nothing),
        EACH(a_write_that_fails_on_the_way_leaves_nothing),
        EACH(a_short_write_goes_on),
        EACH(what_is_interrupted_is_done_again),
        EACH(a_sync_that_fails_fails_the_commit),
        EACH(memory_that_is_out_is_called_that),
        EACH(no_lock_no_commit),
        EACH(a_file_system_without_links_gets_a_lock_file),
        EACH(a_lock_is_given_back_where_nothing_can_be_renamed),
        EACH(reading_that_fails_fails_the_commit),
        EACH(what_could_not_be_cut_off_is_cut_off_later),
        EACH(after_a_failed_sync_unsynced_bytes_are_written_again),
        EACH(a_torn_end_that_cannot_be_kept_is_not_cut_off),
        EACH(a_folder_that_vanished_is_a_sentence),
        EACH(a_file_that_was_replaced_is_a_sentence),
        EACH(opening_that_fails_is_a_sentence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
