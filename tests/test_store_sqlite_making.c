/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a file that somebody is about to make is opened as what it becomes, however far he is.
 * Method: SQLite's own files, with a hook behind the first look at a file's size that finds
 * nothing: there another connection makes the study, or a part of it. */
#include "study_forms.h"

#include <sqlite3.h>
#include <unistd.h>

#include "store/sqlite.h"

static const hpi_backend_class *const class = &hpi_backend_sqlite;

static sqlite3_vfs        watched;
static sqlite3_vfs       *plain;
static sqlite3_io_methods methods;
static int (*plain_size)(sqlite3_file *, sqlite3_int64 *);

/* What the other one does meanwhile, once; his connection stays open. */
static void (*meanwhile)(void);
static hpi_backend *other;

static int size_then_meanwhile(sqlite3_file *file, sqlite3_int64 *bytes_out) {
    void (*now)(void) = meanwhile;
    int code = plain_size(file, bytes_out);
    if (code != SQLITE_OK || *bytes_out > 0 || !now) return code;
    meanwhile = NULL;
    now();
    return code;
}

static int open_watched(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                        int *flags_out) {
    (void)vfs;
    int code = plain->xOpen(plain, name, file, flags, flags_out);
    if (code != SQLITE_OK || !(flags & SQLITE_OPEN_MAIN_DB)) return code;
    methods = *file->pMethods;
    plain_size = methods.xFileSize;
    methods.xFileSize = size_then_meanwhile;
    file->pMethods = &methods;
    return code;
}

static int setup(void **state) {
    plain = sqlite3_vfs_find(NULL);
    watched = *plain;
    watched.zName = "watched";
    watched.xOpen = open_watched;
    sqlite3_vfs_register(&watched, 1);
    return form_setup(state);
}

static int teardown(void **state) {
    sqlite3_vfs_unregister(&watched);
    sqlite3_vfs_register(plain, 1);
    return form_teardown(state);
}

/* How far the other one gets before this one looks again. */

static void opens(void) {
    hpt_err err = { 0 };
    if (class->open(form_path, HPI_OPEN_CREATE, &other, &err) != HPT_OK) fail_msg("%s", err.text);
}

static void begins(void) {
    hpt_err err = { 0 };
    opens();
    if (class->begin(other, 0, &err) != HPT_OK) fail_msg("%s", err.text);
}

static void makes(void) {
    opens();
    form_create(other, "first");
}

static void makes_and_closes(void) {
    makes();
    class->close(other);
    other = NULL;
}

static void breaks_off(void) {
    begins();
    class->rollback(other);
}

/* Opened in the midst of that, it is the file of the study that is there in the end. */
static void assert_opened_beside(void (*now)(void)) {
    hpi_backend *mine = NULL;
    hpi_head     head = { 0 };
    hpt_err      err = { 0 };
    unlink(form_path);
    meanwhile = now;
    if (class->open(form_path, HPI_OPEN_CREATE, &mine, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_null(meanwhile); /* it has been there */
    if (now == begins) class->rollback(other);
    if (now != makes && now != makes_and_closes) form_create(mine, "first");
    if (class->select(mine, "first", &head, &err) != HPT_OK) fail_msg("%s", err.text);
    hpi_head_fini(&head);
    form_put_ended(mine, 0, 3);
    form_assert_sound(mine);
    if (other) class->close(other);
    other = NULL;
    class->close(mine);
}

static void a_file_that_grows_while_it_is_opened_is_no_damaged_one(void **state) {
    void (*const stages[])(void) = { opens, begins, breaks_off, makes, makes_and_closes };
    (void)state;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
        assert_opened_beside(stages[i]);
}

/* What the look behind the first one is for. */
static void a_file_of_one_byte_is_no_database(void **state) {
    hpi_backend *backend = NULL;
    hpt_err      err = { 0 };
    (void)state;
    form_write("x");
    assert_int_equal(class->open(form_path, HPI_OPEN_CREATE, &backend, &err), HPT_EPARSE);
    assert_null(backend);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_that_grows_while_it_is_opened_is_no_damaged_one),
        cmocka_unit_test(a_file_of_one_byte_is_no_database),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
