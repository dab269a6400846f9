/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_SQLITE_FILES_H
#define HPT_TESTS_SQLITE_FILES_H

/* For tests of the SQLite form: a study of some trials, and SQL of the test's own that looks at its
 * file or changes it, as another program would. */

#include "study_forms.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "store/sqlite.h"

static const hpi_backend_class *const class = &hpi_backend_sqlite;

static void change(const char *sql) {
    sqlite3 *db = NULL;
    char    *said = NULL;
    assert_int_equal(sqlite3_open(form_path, &db), SQLITE_OK);
    if (sqlite3_exec(db, sql, NULL, NULL, &said) != SQLITE_OK) fail_msg("%s: %s", sql, said);
    sqlite3_close(db);
}

static int add_row(void *user, int count, char **values, char **names) {
    char *text = user;
    (void)names;
    for (int i = 0; i < count; i++)
        snprintf(text + strlen(text), 4096 - strlen(text), "%s%s", i ? "|" : "",
                 values[i] ? values[i] : "NULL");
    snprintf(text + strlen(text), 4096 - strlen(text), "\n");
    return 0;
}

static void assert_answer(const char *path, const char *sql, const char *wanted) {
    static char text[4096];
    sqlite3    *db = NULL;
    text[0] = '\0';
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, add_row, text, NULL), SQLITE_OK);
    sqlite3_close(db);
    assert_string_equal(text, wanted);
}

static void make_study(uint64_t trials) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    if (trials) form_put_ended(backend, 0, trials);
    class->close(backend);
}

#endif
