/* SPDX-License-Identifier: BSD-3-Clause */
/* Taking back what an opening has made, for a run that is refused after all: its study, and the
 * file. What somebody else has begun to use meanwhile stays. */
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/shared.h"

void hpi_store_refuse(hpi_store *store) {
    store->is_refused = true;
}

/* The study. */

/* No trial is there, nor, since this run has parted, anybody to ask for one. */
static hpt_status is_untouched(hpi_store *store, bool *is_untouched_out, hpt_err *err) {
    uint64_t   number_next = 0, told = 0;
    size_t     others = 0;
    bool       was_shared;
    char       who[HPI_HOLD_WHO_BYTES];
    hpt_status status = store->class->counts(store->backend, &number_next, &told, err);
    if (status == HPT_OK && store->shared)
        status = hpi_shared_find(store, &was_shared, who, &others, err);
    *is_untouched_out = number_next == 0 && told == 0 && others == 0;
    return status;
}

hpt_status hpi_store_unmake_study(hpi_store *store, hpt_err *err) {
    bool may_go = false;
    if (!store->is_refused || !store->is_new || !store->class->remove) return HPT_OK;
    hpt_status status = is_untouched(store, &may_go, err);
    return status == HPT_OK && may_go ? store->class->remove(store->backend, err) : status;
}

/* The file. */

static bool note_study(void *user, const hpi_study_row *row) {
    (void)row;
    *(bool *)user = true;
    return false;
}

void hpi_store_note_made(hpi_store *store) {
    char path[PATH_MAX];
    if (realpath(store->path, path)) store->made_path = hpi_copy_text(path);
}

static bool is_alone(const hpi_store *store) {
    hpt_err ignored = { 0 };
    return !store->class->make_alone ||
           store->class->make_alone(store->backend, &ignored) == HPT_OK;
}

/* Nobody else can begin to use it while the transaction is open, which is of no other file that has
 * come in its place; and who comes later finds that it is gone. */
void hpi_store_unmake_file(hpi_store *store) {
    hpt_err ignored = { 0 };
    bool    has_studies = false;
    if (!store->made_path || !is_alone(store)) return;
    if (store->class->begin(store->backend, 0, &ignored) != HPT_OK) return;
    hpt_status status = store->class->studies(store->backend, note_study, &has_studies, &ignored);
    if (status == HPT_OK && !has_studies) unlink(store->made_path);
    store->class->rollback(store->backend);
}
