/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_JOURNALS_H
#define HPT_TESTS_JOURNALS_H

/* Journals in a folder of their own, by way of the class that writes them. */

#include "fixture.h"

#include <hpt/hpt.h>

#include "store/backend.h"

extern const hpi_backend_class hpi_backend_journal;

/* cmocka's set-up and tear-down of each test: the folder, and what is in it. */
int journals_begin(void **state);
int journals_end(void **state);

/* The path of a file in the folder; valid until the 16th call after it. */
const char *journals_path(const char *name);

/* A whole file, NUL-terminated: hpi_free() it. And writing one. */
char *journals_read(const char *path, size_t *bytes_out);
void  journals_write(const char *path, const char *text, size_t bytes);
bool  journals_exists(const char *path);

/* A head of a space with a parameter of every kind, one of them conditional, and so many goals. */
enum { JOURNALS_DIMS = 7 };
hpi_head journals_head(const char *name, uint32_t goal_count);

/* A trial of that space: its point, times and one value follow from its number; COMPLETE, told as
 * the order-th, or as RUNNING. Borrowed until the next call. */
hpi_record journals_trial(uint64_t number, uint64_t order);
hpi_record journals_running(uint64_t number);

/* Open with HPI_OPEN_CREATE and make study "s" of one goal. */
hpi_backend *journals_make(const char *path);

/* Open an existing one and select "s". */
hpi_backend *journals_open(const char *path, hpi_open_mode mode);

/* begin and commit, which must succeed. */
void journals_begin_tx(hpi_backend *backend);
void journals_commit(hpi_backend *backend);

/* Put in a transaction that is open; returns the id. */
uint64_t journals_put(hpi_backend *backend, hpi_record record);

/* Put so many COMPLETE trials, told in order, in one commit. */
void journals_fill(hpi_backend *backend, uint64_t first, uint64_t count);

/* How many trials a scan gives, and copies of the numbers of the first 64. */
typedef struct journals_seen {
    size_t     count;
    hpi_record records[64]; /* texts, points and values are gone */
    double     values[64];
} journals_seen;

void       journals_scan(hpi_backend *backend, int what, uint64_t from, journals_seen *seen);
hpt_status journals_try_scan(hpi_backend *backend, int what, journals_seen *seen, hpt_err *err);

/* How many findings a check has; the first of them. */
size_t journals_check(hpi_backend *backend, char first_out[240]);

/* Asserts that a status is an expected one and that the sentence has these words. */
void journals_assert_fails(hpt_status got, hpt_status expected, const hpt_err *err,
                           const char *words);

#endif
