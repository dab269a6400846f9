/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   without memory a call fails and says so; the file is sound, the lock gone, nothing
 * leaked, and the next call does well. Method: every allocation of an opening, a commit, a scan and
 * a check fails in turn. */
#include "journals.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "failing.h"

static bool count(void *user, const hpi_record *record) {
    *(uint64_t *)user += record->number;
    return true;
}

static bool count_report(void *user, uint64_t id, int64_t step, const double *values) {
    (void)step;
    (void)values;
    *(uint64_t *)user += id;
    return true;
}

static void ignore(void *user, const char *sentence) {
    (void)user;
    (void)sentence;
}

/* Select, put two trials of which one was there, report, commit. */
static hpt_status write_some(hpi_backend *backend, hpt_err *err) {
    hpi_record record = journals_running(1000);
    uint64_t   id = 0;
    hpt_status status = backend->class->begin(backend, 0, err);
    if (status != HPT_OK) return status;
    status = backend->class->attr_put(backend, true, "k", "1", err);
    if (status == HPT_OK) status = backend->class->put(backend, &record, &id, err);
    if (status == HPT_OK)
        status = backend->class->put_report(backend, id, 1, (double[]){ 0.5, 2, 3 }, err);
    record = journals_trial(999, HPI_UNKNOWN);
    if (status == HPT_OK) status = backend->class->put(backend, &record, NULL, err);
    record = journals_trial(0, 0);
    record.id = 1;
    if (status == HPT_OK) status = backend->class->put(backend, &record, NULL, err);
    if (status == HPT_OK) return backend->class->commit(backend, false, err);
    backend->class->rollback(backend);
    return status;
}

static hpt_status read_all(hpi_backend *backend, hpt_err *err) {
    uint64_t   sum = 0;
    hpt_status status = backend->class->scan(backend, HPI_SCAN_TOLD, 0, count, &sum, err);
    if (status == HPT_OK) status = backend->class->scan_reports(backend, count_report, &sum, err);
    if (status == HPT_OK) status = backend->class->check(backend, ignore, NULL, err);
    return status;
}

typedef struct input {
    char   path[400], *text; /* what each attempt begins with */
    size_t bytes;
} input;

static bool attempt(void *user) {
    input       *in = user;
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    hpt_err      err = { 0 };
    journals_write(in->path, in->text, in->bytes);
    hpt_status status = hpi_backend_journal.open(in->path, HPI_OPEN_WRITE, &backend, &err);
    if (status == HPT_OK) status = backend->class->select(backend, "s", &head, &err);
    if (status == HPT_OK) status = write_some(backend, &err);
    if (status == HPT_OK) status = read_all(backend, &err);
    hpi_head_fini(&head);
    if (backend) backend->class->close(backend);
    assert_false(journals_exists(journals_path("a.journal.lock")));
    if (status != HPT_OK && status != HPT_ENOMEM) fail_msg("status %d: %s", status, err.text);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    input in;
    strcpy(in.path, journals_path("a.journal"));
    hpi_backend *backend = journals_make(in.path);
    journals_fill(backend, 0, 3);
    backend->class->close(backend);
    in.text = journals_read(in.path, &in.bytes);
    char *kept = memcpy(malloc(in.bytes), in.text, in.bytes);
    hpi_free(in.text); /* not hpt's while its allocator changes */
    in.text = kept;
    failing_tolerated(attempt, &in);
    free(kept);
}

/* What others wrote takes other ways. */
static bool attempt_foreign(void *user) {
    const char  *path = user;
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    hpt_err      err = { 0 };
    hpt_status   status = hpi_backend_journal.open(path, HPI_OPEN_READ, &backend, &err);
    if (status == HPT_OK) status = backend->class->select(backend, "plain", &head, &err);
    if (status == HPT_OK) status = read_all(backend, &err);
    hpi_head_fini(&head);
    if (backend) backend->class->close(backend);
    if (status != HPT_OK && status != HPT_ENOMEM) fail_msg("status %d: %s", status, err.text);
    return status == HPT_OK;
}

static void every_allocation_may_fail_in_a_journal_of_others(void **state) {
    (void)state;
    char  path[400], *text = journals_read(FIXTURE_FOLDER "/data/optuna/five.journal", NULL);
    char *end = text;
    strcpy(path, journals_path("a.journal"));
    for (int line = 0; line < 40; line++) /* some trials will do */
        end = strchr(end, '\n') + 1;
    journals_write(path, text, (size_t)(end - text));
    hpi_free(text);
    failing_tolerated(attempt_foreign, path);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, journals_begin, journals_end)

int main(void) {
    const struct CMUnitTest tests[] = {
        EACH(every_allocation_may_fail),
        EACH(every_allocation_may_fail_in_a_journal_of_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
