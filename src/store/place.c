/* SPDX-License-Identifier: BSD-3-Clause */
/* Places: how many ends were told before one. They have no gaps, which is how a reader sees that no
 * end is missing.
 *
 * An end may be taken back (sync = each, and a trial of the window before it stops the run: it is
 * CANCELLED after all). Its place is then free, and unless it was the last one, the commit that
 * says so gives it to the trial that has the last place. Only trials of one window change places
 * so, and a window is told in order of number whatever order it ended in.
 *
 * A gap is remembered by the entry of the trial that left it, which waits for the same commit:
 * there is nothing to be allocated, and nothing to be undone when the commit fails. */
#include "base/err.h"
#include "store/writer.h"

static void leave(hpi_store *store, hpi_kept *kept) {
    if (kept->order + 1 == store->order_next) {
        store->order_next--;
    } else {
        kept->gap = kept->order;
        store->gap_count++;
    }
    kept->order = HPI_UNKNOWN;
}

static uint64_t close_gap(hpi_store *store, hpi_kept *kept) {
    uint64_t gap = kept->gap;
    kept->gap = HPI_UNKNOWN;
    store->gap_count--;
    return gap;
}

void hpi_place_end(hpi_store *store, hpi_kept *kept) {
    if (!kept->is_told && kept->order != HPI_UNKNOWN) leave(store, kept);
    if (!kept->is_told || kept->order != HPI_UNKNOWN) return;
    kept->order = kept->gap != HPI_UNKNOWN ? close_gap(store, kept) : store->order_next++;
}

/* Gaps. */

/* Who left that place; or, with HPI_UNKNOWN, any of those that left one. */
static hpi_kept *who_left(const hpi_store *store, uint64_t order) {
    hpi_kept *kept = store->kept.first;
    while (kept && (kept->gap == HPI_UNKNOWN || (order != HPI_UNKNOWN && kept->gap != order)))
        kept = kept->next;
    return kept;
}

static hpi_kept *who_waits(const hpi_store *store, uint64_t order) {
    hpi_kept *kept = store->kept.first;
    while (kept && !(kept->is_told && kept->order == order))
        kept = kept->next;
    return kept;
}

/* One that the file has, and that waits for nothing: it is written again as it is. */
typedef struct loading {
    hpi_store *store;
    uint64_t   order;
    hpi_kept  *kept;
    hpt_status status;
    hpt_err   *err;
} loading;

static bool load_one(void *user, const hpi_record *record) {
    loading   *it = user;
    hpi_store *store = it->store;
    if (record->order != it->order || hpi_kept_find(&store->kept, record->number)) return false;
    hpi_kept *kept = hpi_kept_add(&store->kept, record->number);
    if (!kept) {
        it->status = hpi_fail(it->err, HPT_ENOMEM, "out of memory for a trial of the study");
        return false;
    }
    it->status = hpi_record_encode(record, store->dims, &kept->bytes, it->err);
    if (it->status != HPT_OK) {
        kept->bytes.used = 0;
        hpi_kept_remove(&store->kept, kept);
        return false;
    }
    kept->id = record->id;
    kept->order = record->order;
    kept->has_ended = kept->is_told = kept->was_told = kept->is_moved = true;
    store->put_count++;
    store->byte_count += kept->bytes.used;
    hpi_kept_list(&store->kept, kept);
    it->kept = kept;
    return false;
}

static hpt_status load(hpi_store *store, uint64_t order, hpi_kept **kept_out, hpt_err *err) {
    loading    it = { .store = store, .order = order, .err = err };
    hpt_status status =
        store->class->scan(store->backend, HPI_SCAN_TOLD, order, load_one, &it, err);
    if (status == HPT_OK) status = it.status;
    if (status == HPT_OK && !it.kept)
        status = hpi_fail(err, HPT_EPARSE, "the study has lost the last of its ends");
    if (status == HPT_OK) *kept_out = it.kept;
    return status;
}

hpt_status hpi_place_fill_gaps(hpi_store *store, hpt_err *err) {
    while (store->gap_count > 0) {
        uint64_t  last = store->order_next - 1;
        hpi_kept *gone = who_left(store, last), *kept = gone ? NULL : who_waits(store, last);
        if (!gone && !kept) {
            hpt_status status = load(store, last, &kept, err);
            if (status != HPT_OK) return status;
        }
        if (!gone) gone = who_left(store, HPI_UNKNOWN);
        uint64_t gap = close_gap(store, gone);
        if (kept) kept->order = gap;
        store->order_next--;
    }
    return HPT_OK;
}
