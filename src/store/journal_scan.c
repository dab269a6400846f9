/* SPDX-License-Identifier: BSD-3-Clause */

/* Reading trials back, one at a time, in the order that is asked for. */

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "store/journal.h"

/* ---- which, in which order ---- */

static bool is_ours(const hpi_journal_trial *trial) {
    return trial->flags & HPI_JOURNAL_HAS_RECORD;
}

static bool is_open(const hpi_journal_trial *trial) {
    if (!is_ours(trial)) return !hpi_journal_is_frozen(trial);
    return trial->said == HPT_TRIAL_RUNNING || trial->said == HPT_TRIAL_CANCELLED;
}

/* Of those that ended, the ones of unknown order come first, by number. False: not in this scan. */
static bool key_of(const hpi_journal_trial *trial, int what, uint64_t from, uint64_t *key_out) {
    bool is_ordered = what == HPI_SCAN_TOLD && trial->order != HPI_JOURNAL_NO_ORDER;
    *key_out = is_ordered ? HPI_JOURNAL_ORDERED + trial->order : trial->number;
    if (what == HPI_SCAN_TOLD)
        return !is_open(trial) && (is_ordered ? trial->order >= from : from == 0);
    if (what == HPI_SCAN_OPEN) return is_open(trial) && trial->number >= from;
    return trial->number >= from;
}

static int compare_spots(const void *left, const void *right) {
    const hpi_journal_spot *a = left, *b = right;
    if (a->key != b->key) return a->key < b->key ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* Trials come nearly in their order: those of a commit by number, and commits one after the other.
 * So an insertion that looks back a little is all it takes, but for files that were put together
 * otherwise. */
static bool sort_nearly(hpi_journal_spot *spots, size_t count) {
    size_t budget = 64 * (count + 16);
    for (size_t i = 1; i < count; i++) {
        hpi_journal_spot one = spots[i];
        size_t           at = i;
        for (; at > 0 && spots[at - 1].key > one.key; at--, budget--) {
            spots[at] = spots[at - 1];
            if (budget > 0) continue;
            spots[at - 1] = one;
            return false;
        }
        spots[at] = one;
    }
    return true;
}

static bool sort_fully(hpi_journal_spot *spots, size_t count) {
    const void      **sorted = hpi_alloc_room(2 * count, sizeof *sorted);
    hpi_journal_spot *copy = hpi_alloc_room(count, sizeof *copy);
    if (sorted && copy) {
        memcpy(copy, spots, count * sizeof *copy);
        for (size_t i = 0; i < count; i++)
            sorted[i] = &copy[i];
        hpi_sort(sorted, sorted + count, count, compare_spots);
        for (size_t i = 0; i < count; i++)
            spots[i] = *(const hpi_journal_spot *)sorted[i];
    }
    bool is_done = sorted && copy;
    hpi_free(sorted);
    hpi_free(copy);
    return is_done;
}

static bool is_in(const hpi_journal *journal, size_t place, int what, uint64_t from,
                  uint64_t *key_out) {
    const hpi_journal_trial *trial = hpi_journal_trial_at(&journal->state, place);
    return trial->study == journal->study && key_of(trial, what, from, key_out);
}

hpt_status hpi_journal_order(const hpi_journal *journal, int what, uint64_t from,
                             hpi_journal_spot **spots_out, size_t *count_out, hpt_err *err) {
    const hpi_journal_state *state = &journal->state;
    size_t                   count = 0, at = 0;
    uint64_t                 key;
    for (size_t i = 0; i < state->trial_count; i++)
        count += is_in(journal, i, what, from, &key);
    hpi_journal_spot *spots = hpi_alloc_room(count + 1, sizeof *spots);
    if (!spots) return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu trials' order", count);
    for (size_t i = 0; i < state->trial_count; i++)
        if (is_in(journal, i, what, from, &key))
            spots[at++] = (hpi_journal_spot){ key, (uint32_t)i };
    if (!sort_nearly(spots, count) && !sort_fully(spots, count)) {
        hpi_free(spots);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu trials' order", count);
    }
    *spots_out = spots;
    *count_out = count;
    return HPT_OK;
}

/* ---- one of ours ---- */

static hpt_status bad_record(const hpi_journal *journal, const hpi_journal_trial *trial,
                             const char *what, hpt_err *err) {
    return hpi_fail(err, HPT_EPARSE, "\"%s\", trial %u: %s", journal->file.shown,
                    (unsigned)trial->number, what);
}

/* The text of a trial's record in the line that has it. What was found by the start of its line is
 * found so again, whatever lines have come since: the rest, which may be damaged, was not looked at
 * before either. */
static hpt_status find_record(hpi_journal *journal, const hpi_journal_trial *trial,
                              hpi_slice *text_out, hpt_err *err) {
    hpi_journal_state *state = &journal->state;
    hpi_slice          line;
    hpi_journal_op     op;
    uint64_t           at = trial->record_line ? state->more[trial->record_line - 1].at : trial->at;
    hpt_status         status = hpi_journal_file_line(&journal->file, at, state->end, &line, err);
    if (status != HPT_OK) return status;
    if (!trial->record_line && hpi_journal_peek(line, hpi_journal_head(line), text_out))
        return HPT_OK;
    const char *problem = hpi_journal_read(line, &op);
    hpi_slice   record = { 0 };
    if (!problem)
        record = hpi_py_find(trial->record_line ? op.system_attr : op.system_attrs, "hpt:record");
    if (hpi_py_type(record) != HPI_JSON_TEXT)
        return bad_record(journal, trial, "its line has changed since it was read", err);
    *text_out = (hpi_slice){ record.at + 1, record.bytes - 2 };
    return HPT_OK;
}

hpt_status hpi_journal_read_ours(hpi_journal *journal, size_t place, hpi_record *record_out,
                                 hpt_err *err) {
    const hpi_journal_trial *trial = hpi_journal_trial_at(&journal->state, place);
    hpi_slice                text;
    hpt_err                  why = { 0 };
    hpt_status               status = find_record(journal, trial, &text, err);
    if (status != HPT_OK) return status;
    if (!hpi_journal_bytes(&journal->state, text))
        return bad_record(journal, trial, "its record is no base64", err);
    status = hpi_record_decode(journal->state.bytes.at, journal->state.bytes.used, journal->dims,
                               &journal->room, record_out, &why);
    if (status == HPT_OK && record_out->number == trial->number) return HPT_OK;
    if (status == HPT_OK) return bad_record(journal, trial, "its record is another trial's", err);
    if (status != HPT_EPARSE) return hpi_fail(err, status, "%s", why.text);
    return hpi_fail(err, HPT_EPARSE, "\"%s\", trial %u: the record: %s", journal->file.shown,
                    (unsigned)trial->number, why.text);
}

/* ---- the scan ---- */

static hpt_status read_trial(hpi_journal *journal, size_t place, hpi_record *record, hpt_err *err) {
    const hpi_journal_trial *trial = hpi_journal_trial_at(&journal->state, place);
    hpt_status               status;
    if (is_ours(trial)) {
        status = hpi_journal_read_ours(journal, place, record, err);
    } else {
        status = hpi_journal_read_foreign(journal, place, err);
        if (status == HPT_OK) *record = journal->foreign.record;
    }
    if (status == HPT_OK) record->id = hpi_journal_id_of(journal, place);
    return status;
}

/* The file as it is now, unless a transaction is open: then as it was when that began. */
static hpt_status begin_scan(hpi_journal *journal, hpt_err *err) {
    hpi_journal_study *study;
    hpt_status         status = journal->tx.is_open ? HPT_OK : hpi_journal_sync(journal, err);
    if (status == HPT_OK) status = hpi_journal_know_all(journal, err);
    return status == HPT_OK ? hpi_journal_chosen(journal, &study, err) : status;
}

hpt_status hpi_journal_scan(hpi_backend *backend, int what, uint64_t from,
                            bool (*each)(void *, const hpi_record *), void *user, hpt_err *err) {
    hpi_journal      *journal = (hpi_journal *)backend;
    hpi_journal_spot *spots;
    size_t            count;
    hpi_record        record;
    hpt_status        status = begin_scan(journal, err);
    if (status != HPT_OK || journal->is_made) return status;
    status = hpi_journal_order(journal, what, from, &spots, &count, err);
    if (status != HPT_OK) return status;
    for (size_t i = 0; status == HPT_OK && i < count; i++) {
        status = read_trial(journal, spots[i].place, &record, err);
        if (status == HPT_OK && !each(user, &record)) break;
    }
    hpi_free(spots);
    return status;
}

/* ---- one of them ---- */

static bool is_it(const hpi_journal *journal, size_t place, uint64_t number) {
    const hpi_journal_trial *trial = hpi_journal_trial_at(&journal->state, place);
    return trial->study == journal->study && trial->number == number;
}

/* Mostly a trial is where its number says; else among the last ones. */
static bool find_place(const hpi_journal *journal, uint64_t number, size_t *place_out) {
    size_t count = journal->state.trial_count;
    bool   is_found = number < count && is_it(journal, (size_t)number, number);
    if (is_found) *place_out = (size_t)number;
    for (size_t place = count; !is_found && place-- > 0;) {
        is_found = is_it(journal, place, number);
        *place_out = place;
    }
    return is_found;
}

hpt_status hpi_journal_find(hpi_backend *backend, uint64_t                  number,
                            void (*each)(void *, const hpi_record *), void *user, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    hpi_record   record;
    size_t       place;
    hpt_status   status = begin_scan(journal, err);
    if (status != HPT_OK || journal->is_made || !find_place(journal, number, &place)) return status;
    status = read_trial(journal, place, &record, err);
    if (status == HPT_OK) each(user, &record);
    return status;
}
