/* SPDX-License-Identifier: BSD-3-Clause */

/* Transactions: the lock, the lines of a commit in their order, one write. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "store/journal.h"

static void clear_text(hpi_writer *writer) {
    if (writer->failed)
        hpi_writer_fini(writer);
    else
        writer->bytes = 0;
}

static void clear(hpi_journal_tx *tx) {
    for (size_t i = 0; i < tx->put_count; i++) {
        hpi_free(tx->puts[i].key);
        hpi_free(tx->puts[i].json);
    }
    clear_text(&tx->study);
    clear_text(&tx->reported);
    clear_text(&tx->changes);
    clear_text(&tx->bodies);
    clear_text(&tx->attrs);
    clear_text(&tx->all);
    tx->put_count = tx->new_count = tx->report_count = 0;
    tx->is_open = false;
}

void hpi_journal_tx_fini(hpi_journal_tx *tx) {
    clear(tx);
    hpi_writer_fini(&tx->study);
    hpi_writer_fini(&tx->reported);
    hpi_writer_fini(&tx->changes);
    hpi_writer_fini(&tx->bodies);
    hpi_writer_fini(&tx->attrs);
    hpi_writer_fini(&tx->all);
    hpi_free(tx->news);
    hpi_free(tx->reports);
    hpi_free(tx->report_values);
    hpi_free(tx->puts);
    *tx = (hpi_journal_tx){ 0 };
}

/* ---- begin and rollback ---- */

static hpt_status catch_up(hpi_journal *journal, hpt_err *err) {
    hpt_status status = hpi_journal_file_mend(&journal->file, err);
    if (status == HPT_OK) status = hpi_journal_sync(journal, err);
    uint64_t torn_bytes = journal->base.torn_bytes - journal->cut_bytes;
    if (status != HPT_OK || torn_bytes == 0) return status;
    status = hpi_journal_file_cut(&journal->file, journal->state.end, err);
    if (status == HPT_OK) journal->cut_bytes += torn_bytes;
    return status;
}

hpt_status hpi_journal_begin(hpi_backend *backend, uint32_t wait_ms, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    if (journal->mode == HPI_OPEN_READ)
        return hpi_fail(err, HPT_EINVAL, "\"%s\" was opened for reading", journal->file.shown);
    if (journal->tx.is_open) return hpi_fail(err, HPT_EBUSY, "a transaction is open already");
    hpt_status status = hpi_journal_lock_take(&journal->lock, wait_ms, err);
    if (status != HPT_OK) return status;
    status = catch_up(journal, err);
    if (status != HPT_OK) {
        hpi_journal_lock_let_go(&journal->lock);
        return status;
    }
    journal->tx.is_open = true;
    journal->id_room = journal->place_room; /* also after one that failed */
    return HPT_OK;
}

void hpi_journal_rollback(hpi_backend *backend) {
    hpi_journal *journal = (hpi_journal *)backend;
    if (!journal->tx.is_open) return;
    clear(&journal->tx);
    if (journal->is_made) hpi_journal_unchoose(journal);
    hpi_journal_lock_let_go(&journal->lock);
}

/* ---- the lines of new trials ---- */

static int compare_numbers(const void *left, const void *right) {
    const hpi_journal_new *a = left, *b = right;
    if (a->number != b->number) return a->number < b->number ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* For each step the first of so many values, or all of them as a list. */
static void write_steps(const hpi_journal_tx *tx, const hpi_journal_new *fresh, uint32_t goal_count,
                        bool is_whole, hpi_writer *out) {
    char text[32];
    hpi_write(out, "{");
    for (uint32_t at = fresh->first_report; at != 0; at = tx->reports[at - 1].next) {
        const double *values = tx->report_values + (size_t)(at - 1) * goal_count;
        snprintf(text, sizeof text, "%s\"%" PRId64 "\":", at == fresh->first_report ? "" : ",",
                 tx->reports[at - 1].step);
        hpi_write(out, text);
        if (is_whole)
            hpi_journal_write_values(out, values, goal_count);
        else
            hpi_py_write_real(out, values[0]);
    }
    hpi_write(out, "}");
}

static void write_reports(hpi_journal *journal, const hpi_journal_new *fresh) {
    hpi_writer *out = &journal->tx.all;
    uint32_t    goal_count = journal->head.goal_count;
    hpi_write(out, ",\"intermediate_values\":");
    write_steps(&journal->tx, fresh, goal_count, false, out);
    if (goal_count == 1) return;
    hpi_write(out, HPI_JOURNAL_VALUES);
    write_steps(&journal->tx, fresh, goal_count, true, out);
}

/* Who reads a line by its start alone sees by the record that there are reports. A record that does
 * not know of them makes the line another one: they come before it. */
static void write_new(hpi_journal *journal, const hpi_journal_new *fresh) {
    hpi_journal_tx *tx = &journal->tx;
    hpi_writer     *out = &tx->all;
    bool            has_reports = fresh->first_report != 0;
    hpi_journal_begin_line(out, HPI_OP_CREATE_TRIAL);
    hpi_write(out, ",\"study_id\":");
    hpi_write_uint(out, journal->study);
    if (has_reports && !fresh->is_reported) write_reports(journal, fresh);
    hpi_write_bytes(out, tx->bodies.text + fresh->at, fresh->bytes);
    if (has_reports && fresh->is_reported) write_reports(journal, fresh);
    hpi_write(out, "}\n");
}

static hpt_status write_news(hpi_journal *journal, hpt_err *err) {
    size_t count = journal->tx.new_count;
    if (count == 0) return HPT_OK;
    const void **sorted = hpi_alloc_room(2 * count, sizeof *sorted);
    for (size_t i = 0; sorted && i < count; i++)
        sorted[i] = &journal->tx.news[i];
    if (sorted) hpi_sort(sorted, sorted + count, count, compare_numbers);
    bool is_mapped = sorted && hpi_journal_map_ids(journal, (const hpi_journal_new *const *)sorted);
    for (size_t i = 0; is_mapped && i < count; i++)
        write_new(journal, sorted[i]);
    hpi_free(sorted);
    return is_mapped ? HPT_OK : hpi_fail(err, HPT_ENOMEM, "out of memory for a commit");
}

/* ---- commit ---- */

static void append(hpi_writer *out, const hpi_writer *piece) {
    hpi_write_bytes(out, piece->text, piece->bytes);
}

/* The attributes come last: what they count is there before them. */
static hpt_status assemble(hpi_journal *journal, hpt_err *err) {
    hpi_journal_tx *tx = &journal->tx;
    append(&tx->all, &tx->study);
    append(&tx->all, &tx->reported);
    append(&tx->all, &tx->changes);
    hpt_status status = write_news(journal, err);
    append(&tx->all, &tx->attrs);
    if (status == HPT_OK && tx->all.failed)
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for a commit");
    if (status == HPT_OK) hpi_journal_seal(tx->all.text, tx->all.bytes);
    return status;
}

/* What was written is read as if somebody else had written it. It is in the file in any case: what
 * cannot be read now, for lack of memory, will be. */
static void take_in(hpi_journal *journal) {
    hpi_journal_state *state = &journal->state;
    const char        *at = journal->tx.all.text, *end = at + journal->tx.all.bytes;
    state->group_start = state->end;
    state->group_end = state->end + journal->tx.all.bytes;
    while (at < end) {
        const char *feed = memchr(at, '\n', (size_t)(end - at));
        hpi_slice   line = { at, (size_t)(feed - at) + 1 };
        hpt_status  status = hpi_journal_apply_fast(state, line, state->end);
        if (status == HPT_EAGAIN) status = hpi_journal_apply(state, line, state->end, NULL);
        if (status != HPT_OK) return;
        state->end += line.bytes;
        state->line_count++;
        at = feed + 1;
    }
}

static hpt_status write_all(hpi_journal *journal, bool is_durable, hpt_err *err) {
    hpi_journal_tx *tx = &journal->tx;
    uint64_t        size;
    hpt_status      status = assemble(journal, err);
    if (status == HPT_OK) status = hpi_journal_file_size(&journal->file, &size, err);
    if (status != HPT_OK) return status;
    if (!hpi_journal_lock_is_held(&journal->lock) || size != journal->state.end)
        return hpi_fail(err, HPT_EBUSY,
                        "\"%s\": this process stood still so long that another one "
                        "took the lock",
                        journal->file.shown);
    return hpi_journal_file_append(&journal->file, size, tx->all.text, tx->all.bytes, is_durable,
                                   err);
}

hpt_status hpi_journal_commit(hpi_backend *backend, bool is_durable, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    if (!journal->tx.is_open) return hpi_fail(err, HPT_EINVAL, "no transaction is open");
    hpt_status status = write_all(journal, is_durable, err);
    if (status != HPT_OK) {
        hpi_journal_rollback(backend);
        return status;
    }
    if (is_durable && backend->is_safe) backend->is_safe(backend->is_safe_user);
    journal->place_room = journal->id_room;
    journal->is_made = false;
    bool has_news = journal->tx.new_count > 0; /* else it may be an opening, which reads on */
    take_in(journal);
    if (has_news) hpi_journal_leave_out(journal);
    clear(&journal->tx);
    hpi_journal_lock_let_go(&journal->lock);
    return HPT_OK;
}
