/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the SQLite form is a file of Optuna's: its tables, its values; and what is not is
 * refused. Method: files are written and then looked at with SQL of the test's own; conform_store.c
 * has what every form promises. */
#include "sqlite_files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static hpt_status refuse(const char *path, hpi_open_mode mode, const char *words) {
    hpi_backend *backend = NULL;
    hpt_err      err = { 0 };
    hpt_status   status = class->open(path, mode, &backend, &err);
    assert_null(backend);
    if (!strstr(err.text, words)) fail_msg("\"%s\" lacks \"%s\"", err.text, words);
    return status;
}

/* ---------------------------------------------------------------------------------------- files */

static void a_closed_study_is_one_file(void **state) {
    char path[128];
    (void)state;
    make_study(3);
    snprintf(path, sizeof path, "%s-wal", form_path);
    assert_int_not_equal(access(path, F_OK), 0);
    snprintf(path, sizeof path, "%s-shm", form_path);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void nothing_is_written_into_a_file_that_is_gone(void **state) {
    (void)state;
    for (int is_replaced = 0; is_replaced < 2; is_replaced++) {
        char    moved[128];
        hpt_err err = { 0 };
        make_study(2);
        hpi_backend *backend = form_reselect(class, HPI_OPEN_WRITE, "first");
        snprintf(moved, sizeof moved, "%s.moved", form_path);
        assert_int_equal(rename(form_path, moved), 0);
        if (is_replaced) make_study(1);
        assert_int_equal(class->begin(backend, 0, &err), HPT_EIO);
        if (!strstr(err.text, "removed or replaced")) fail_msg("%s", err.text);
        if (!is_replaced) { /* it is back */
            assert_int_equal(rename(moved, form_path), 0);
            assert_int_equal(class->begin(backend, 0, &err), HPT_OK);
            class->rollback(backend);
        }
        class->close(backend);
        assert_int_equal(unlink(form_path), 0);
    }
}

static void reading_leaves_no_trace(void **state) {
    struct stat before, after;
    char        path[128];
    (void)state;
    make_study(3);
    assert_int_equal(stat(form_path, &before), 0);
    hpi_backend *backend = form_reselect(class, HPI_OPEN_READ, "first");
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 3);
    class->close(backend);
    assert_int_equal(stat(form_path, &after), 0);
    assert_memory_equal(&before.st_mtim, &after.st_mtim, sizeof before.st_mtim);
    snprintf(path, sizeof path, "%s-wal", form_path);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* What a killed process left: the reader sees all of it, and leaves it where it is. */
static void a_log_that_was_left_is_read_and_stays(void **state) {
    char        command[512], copy[128];
    struct stat found;
    (void)state;
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    form_put_ended(backend, 0, 3);
    snprintf(copy, sizeof copy, "%s/killed.db", form_folder);
    snprintf(command, sizeof command, "cp \"%s\" '%s' && cp \"%s-wal\" '%s-wal'", form_path, copy,
             form_path, copy);
    assert_int_equal(system(command), 0);
    class->close(backend);
    assert_int_equal(class->open(copy, HPI_OPEN_READ, &backend, NULL), HPT_OK);
    hpi_head head = { 0 };
    assert_int_equal(class->select(backend, "first", &head, NULL), HPT_OK);
    hpi_head_fini(&head);
    assert_int_equal(form_count(backend, HPI_SCAN_ALL), 3);
    class->close(backend);
    strcat(copy, "-wal");
    assert_int_equal(stat(copy, &found), 0);
    assert_true(found.st_size > 0);
}

/* Whether another process would find a lock on the file. That answers by a signal: where memcheck
 * looks for leaks at an exit, what this process has open is one to it, and its answer another. */
static bool is_locked(void) {
    pid_t child = fork();
    if (child == 0) {
        struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
        int          file = open(form_path, O_RDWR);
        bool         is = file >= 0 && fcntl(file, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
        kill(getpid(), is ? SIGKILL : SIGTERM);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    return WTERMSIG(status) == SIGKILL;
}

/* A process that closes any descriptor of a file loses its locks of it. */
static void a_copy_without_its_log_is_said_to_need_it(void **state) {
    char command[512], copy[128];
    (void)state;
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    snprintf(copy, sizeof copy, "%s/alone.db", form_folder);
    snprintf(command, sizeof command, "cp \"%s\" '%s'", form_path, copy);
    assert_int_equal(system(command), 0);
    class->close(backend);
    assert_int_equal(refuse(copy, HPI_OPEN_READ, "with -wal, too"), HPT_EPARSE);
}

static void to_look_at_a_file_takes_no_lock_from_who_has_it_open(void **state) {
    const hpi_backend_class *found = NULL;
    (void)state;
    hpi_backend *writer = form_open(class, HPI_OPEN_CREATE);
    form_create(writer, "first");
    assert_true(is_locked());
    assert_int_equal(hpi_backend_find(form_path, &found, NULL), HPT_OK);
    assert_true(is_locked());
    hpi_backend *reader = form_reselect(class, HPI_OPEN_READ, "first");
    form_assert_sound(reader);
    class->close(reader);
    assert_true(is_locked());
    class->close(writer);
    assert_false(is_locked());
}

/* As nobody, to whom the folder is read-only. */
static int read_as_nobody(void) {
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    if (setuid(65534) != 0) return 1;
    if (class->open(form_path, HPI_OPEN_WRITE, &backend, NULL) == HPT_OK) return 2;
    if (class->open(form_path, HPI_OPEN_READ, &backend, NULL) != HPT_OK) return 3;
    if (class->select(backend, "first", &head, NULL) != HPT_OK) return 4;
    form_numbers seen = { .count = 0 };
    if (class->scan(backend, HPI_SCAN_ALL, 0, form_note, &seen, NULL) != HPT_OK) return 5;
    hpi_head_fini(&head);
    class->close(backend);
    return seen.count == 3 ? 0 : 6;
}

static void a_study_where_nothing_may_be_written_can_be_read(void **state) {
    (void)state;
    if (geteuid() != 0) skip();
    make_study(3);
    assert_int_equal(chmod(form_folder, 0755), 0);
    pid_t child = fork();
    if (child == 0) _exit(read_as_nobody());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void names_that_mean_something_to_sqlite_are_plain(void **state) {
    static const char *const names[] = { ":memory:", "file:x?mode=memory", "a%41b#c?d" };
    char                     before[256];
    (void)state;
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(form_folder), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        hpi_backend *backend = NULL;
        assert_int_equal(class->open(names[i], HPI_OPEN_CREATE, &backend, NULL), HPT_OK);
        form_create(backend, "first");
        class->close(backend);
        assert_int_equal(access(names[i], F_OK), 0);
    }
    assert_int_equal(chdir(before), 0);
}

static void a_link_is_followed(void **state) {
    char link_path[128];
    (void)state;
    make_study(2);
    snprintf(link_path, sizeof link_path, "%s/link", form_folder);
    assert_int_equal(symlink(form_path, link_path), 0);
    hpi_backend *backend = NULL;
    assert_int_equal(class->open(link_path, HPI_OPEN_READ, &backend, NULL), HPT_OK);
    class->close(backend);
}

static void a_name_of_511_bytes_will_do(void **state) {
    char name[512];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, name);
    class->close(backend);
    class->close(form_reselect(class, HPI_OPEN_READ, name));
}

/* --------------------------------------------------------------------------------------- refusals
 */

static void a_database_of_something_else_is_refused(void **state) {
    (void)state;
    make_study(0);
    unlink(form_path);
    change("CREATE TABLE customers (name TEXT); INSERT INTO customers VALUES ('a')");
    for (int mode = HPI_OPEN_READ; mode <= HPI_OPEN_CREATE; mode++)
        assert_int_equal(refuse(form_path, (hpi_open_mode)mode, "customers"), HPT_EPARSE);
    assert_answer(form_path, "SELECT name FROM sqlite_master", "customers\n");
}

static void an_older_schema_is_refused_with_what_to_do(void **state) {
    (void)state;
    make_study(0);
    change("UPDATE alembic_version SET version_num = 'v2.6.0.a'; "
           "UPDATE version_info SET library_version = '2.10.1'");
    assert_int_equal(refuse(form_path, HPI_OPEN_WRITE, "v2.6.0.a"), HPT_ELIMIT);
    refuse(form_path, HPI_OPEN_WRITE, "v3.2.0.a");
    refuse(form_path, HPI_OPEN_WRITE, "2.10.1");
    refuse(form_path, HPI_OPEN_WRITE, "optuna storage upgrade");
}

static void a_newer_schema_is_refused_with_what_to_do(void **state) {
    (void)state;
    make_study(0);
    change("UPDATE alembic_version SET version_num = 'v9.1.0.a'");
    assert_int_equal(refuse(form_path, HPI_OPEN_READ, "v9.1.0.a"), HPT_ELIMIT);
    refuse(form_path, HPI_OPEN_READ, "newer hpt");
    change("UPDATE version_info SET schema_version = 13");
    assert_int_equal(refuse(form_path, HPI_OPEN_READ, "schema 13"), HPT_ELIMIT);
    refuse(form_path, HPI_OPEN_READ, "newer hpt");
    change("UPDATE version_info SET schema_version = 11");
    assert_int_equal(refuse(form_path, HPI_OPEN_READ, "optuna storage upgrade"), HPT_ELIMIT);
}

static void an_empty_file_is_no_study_to_read(void **state) {
    (void)state;
    form_write("");
    assert_int_equal(refuse(form_path, HPI_OPEN_READ, "empty"), HPT_EPARSE);
    assert_int_equal(refuse(form_path, HPI_OPEN_WRITE, "empty"), HPT_EPARSE);
}

static int make_as_nobody(void) {
    hpi_backend *backend = NULL;
    hpt_err      err = { 0 };
    if (setuid(65534) != 0) return 1;
    if (class->open(form_path, HPI_OPEN_CREATE, &backend, &err) != HPT_EIO) return 2;
    return strstr(err.text, "cannot make") && strstr(err.text, "Permission denied") ? 0 : 3;
}

static void a_folder_that_may_not_be_written_is_said_to_be_so(void **state) {
    (void)state;
    if (geteuid() != 0) skip();
    assert_int_equal(chmod(form_folder, 0755), 0);
    unlink(form_path);
    pid_t child = fork();
    if (child == 0) _exit(make_as_nobody());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_missing_file_is_said_to_be_missing(void **state) {
    (void)state;
    assert_int_equal(refuse("/nowhere/at/all.db", HPI_OPEN_CREATE, "No such file"), HPT_EIO);
    assert_int_equal(refuse("", HPI_OPEN_CREATE, "name"), HPT_EINVAL);
}

/* In a process of its own, for the limit's sake. */
static int write_without_room(void) {
    struct rlimit none = { 0, 0 };
    hpi_backend  *backend = NULL;
    hpt_err       err = { 0 };
    signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &none) != 0) return 2;
    hpt_status status = class->open(form_path, HPI_OPEN_CREATE, &backend, &err);
    if (status == HPT_OK) status = class->begin(backend, 0, &err);
    if (backend) class->close(backend);
    if (status != HPT_EIO) return 3;
    if (strstr(err.text, "File too large")) return 0;
    fputs(err.text, stderr);
    return 4;
}

static void what_the_system_says_of_a_write_that_fails_is_told(void **state) {
    (void)state;
    unlink(form_path);
    pid_t child = fork();
    if (child == 0) _exit(write_without_room());
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_closed_study_is_one_file),
        cmocka_unit_test(nothing_is_written_into_a_file_that_is_gone),
        cmocka_unit_test(reading_leaves_no_trace),
        cmocka_unit_test(a_log_that_was_left_is_read_and_stays),
        cmocka_unit_test(a_copy_without_its_log_is_said_to_need_it),
        cmocka_unit_test(to_look_at_a_file_takes_no_lock_from_who_has_it_open),
        cmocka_unit_test(a_study_where_nothing_may_be_written_can_be_read),
        cmocka_unit_test(names_that_mean_something_to_sqlite_are_plain),
        cmocka_unit_test(a_link_is_followed),
        cmocka_unit_test(a_name_of_511_bytes_will_do),
        cmocka_unit_test(a_database_of_something_else_is_refused),
        cmocka_unit_test(an_older_schema_is_refused_with_what_to_do),
        cmocka_unit_test(a_newer_schema_is_refused_with_what_to_do),
        cmocka_unit_test(an_empty_file_is_no_study_to_read),
        cmocka_unit_test(a_folder_that_may_not_be_written_is_said_to_be_so),
        cmocka_unit_test(a_missing_file_is_said_to_be_missing),
        cmocka_unit_test(what_the_system_says_of_a_write_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, form_setup, form_teardown);
}
