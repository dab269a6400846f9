/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no file breaks the reader of journals; what it refuses it refuses with a sentence, and
 * what it takes can be read, checked and continued. Method: any bytes as a journal: list, choose,
 * scan, check; then a transaction that cuts what is torn and puts a trial, after which all of it
 * reads again. */
#include "store/backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

extern const hpi_backend_class hpi_backend_journal;

static void require(bool is_true) {
    if (!is_true) abort();
}

static bool count_one(void *user, const hpi_record *record) {
    require(record->reason && record->point);
    ++*(size_t *)user;
    return true;
}

static bool count_report(void *user, uint64_t id, int64_t step, const double *values) {
    (void)step;
    (void)values;
    require(id > 0);
    ++*(size_t *)user;
    return true;
}

static bool take_name(void *user, const hpi_study_row *row) {
    char **name = user;
    *name = hpi_copy_text(row->name);
    return false;
}

static void hear(void *user, const char *sentence) {
    (void)user;
    require(sentence[0] != '\0');
}

/* A scan that comes to its end, or a sentence. */
static bool scan(hpi_backend *backend, int what, size_t *count) {
    hpt_err err = { 0 };
    *count = 0;
    hpt_status status = backend->class->scan(backend, what, 0, count_one, count, &err);
    require(status == HPT_OK || (err.code == status && err.text[0]));
    return status == HPT_OK;
}

static void read_study(hpi_backend *backend) {
    size_t   told, open, all;
    hpt_err  err = { 0 };
    uint64_t next, ended;
    if (scan(backend, HPI_SCAN_ALL, &all) && scan(backend, HPI_SCAN_TOLD, &told) &&
        scan(backend, HPI_SCAN_OPEN, &open))
        require(told + open <= all);
    (void)backend->class->scan_reports(backend, count_report, &all, &err);
    (void)backend->class->counts(backend, &next, &ended, &err);
}

/* One more trial, where all else could be read. */
static void go_on(hpi_backend *backend, const hpi_head *head) {
    size_t     before, after, dims = hpt_space_count(head->space);
    hpt_coord *point = hpi_alloc(dims + 1, sizeof *point);
    bool      *given = hpi_alloc(dims + 1, sizeof *given);
    hpi_record record = { .number = 1000,
                          .order = HPI_UNKNOWN,
                          .asked = HPI_UNKNOWN,
                          .start_wall_ns = HPI_NO_TIME,
                          .end_wall_ns = HPI_NO_TIME,
                          .duration_ns = -1,
                          .point = point,
                          .given = given,
                          .reason = "" };
    require(point && given);
    if (scan(backend, HPI_SCAN_ALL, &before) && backend->class->begin(backend, 0, NULL) == HPT_OK) {
        require(scan(backend, HPI_SCAN_ALL, &before));
        require(backend->class->put(backend, &record, NULL, NULL) == HPT_OK);
        require(backend->class->commit(backend, false, NULL) == HPT_OK);
        require(scan(backend, HPI_SCAN_ALL, &after) && after == before + 1);
    }
    hpi_free(point);
    hpi_free(given);
}

static void try_mode(const char *path, hpi_open_mode mode) {
    hpi_backend *backend = NULL;
    hpi_head     head = { 0 };
    hpt_err      err = { 0 };
    char        *name = NULL;
    hpt_status   status = hpi_backend_journal.open(path, mode, &backend, &err);
    require(status == HPT_OK || (!backend && err.text[0]));
    if (status != HPT_OK) return;
    (void)backend->class->studies(backend, take_name, &name, &err);
    if (name && backend->class->select(backend, name, &head, &err) == HPT_OK) {
        read_study(backend);
        if (mode == HPI_OPEN_WRITE) go_on(backend, &head);
    }
    hpi_head_fini(&head);
    status = backend->class->check(backend, hear, NULL, &err);
    require(status == HPT_OK || err.text[0]);
    backend->class->close(backend);
    hpi_free(name);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char  path[64], torn[80];
    FILE *file;
    snprintf(path, sizeof path, "/tmp/hpt-fuzz-journal-%ld", (long)getpid());
    snprintf(torn, sizeof torn, "%s.torn", path);
    file = fopen(path, "wb");
    require(file && fwrite(data, 1, size, file) == size && fclose(file) == 0);
    try_mode(path, HPI_OPEN_READ);
    try_mode(path, HPI_OPEN_WRITE);
    unlink(path);
    unlink(torn);
    return 0;
}
