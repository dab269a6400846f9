/* SPDX-License-Identifier: BSD-3-Clause */

/* Intermediate values: those of a trial are gathered from its lines, sorted, and a step that was
 * said twice has the later value. */

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "store/journal.h"

typedef struct report {
    int64_t step;
    double  value;
    size_t  order; /* of saying */
} report;

typedef struct report_list {
    report      *reports;
    const void **sorted; /* twice the room */
    size_t       count, room;
} report_list;

static hpt_status add(report_list *list, hpi_slice step, hpi_slice value, hpt_err *err) {
    report one = { .order = list->count };
    if (!hpi_py_int(step, &one.step) || !hpi_py_real(value, &one.value)) return HPT_OK;
    if (list->count == list->room) {
        size_t       room = list->room ? 2 * list->room : 64;
        report      *reports = hpi_resize(list->reports, room, sizeof *reports);
        const void **sorted = hpi_resize((void *)list->sorted, 2 * room, sizeof *sorted);
        if (reports) list->reports = reports;
        if (sorted) list->sorted = sorted;
        if (!reports || !sorted)
            return hpi_fail(err, HPT_ENOMEM, "out of memory for intermediate values");
        list->room = room;
    }
    list->reports[list->count++] = one;
    return HPT_OK;
}

/* Of a line that creates a trial: {"3": 0.5}, steps as texts of digits. */
static hpt_status add_object(report_list *list, hpi_slice object, hpt_err *err) {
    hpi_slice  key, value;
    hpt_status status = HPT_OK;
    while (status == HPT_OK && hpi_py_member(&object, &key, &value))
        status = add(list, (hpi_slice){ key.at + 1, key.bytes - 2 }, value, err);
    return status;
}

static hpt_status gather(hpi_journal *journal, const hpi_journal_trial *trial, report_list *list,
                         hpt_err *err) {
    hpi_journal_state *state = &journal->state;
    hpi_slice          line;
    hpi_journal_op     op;
    hpt_status         status = hpi_journal_line_at(journal, trial->at, &line, &op, err);
    list->count = 0;
    if (status == HPT_OK) status = add_object(list, op.intermediate_values, err);
    uint32_t more = trial->last;
    for (; status == HPT_OK && more != 0; more = more == trial->last ? 0 : more) {
        more = state->more[more - 1].next;
        if (state->more[more - 1].code != HPI_OP_REPORT) continue;
        status = hpi_journal_line_at(journal, state->more[more - 1].at, &line, &op, err);
        if (status == HPT_OK) status = add(list, op.step, op.intermediate_value, err);
    }
    return status;
}

static int compare(const void *left, const void *right) {
    const report *a = left, *b = right;
    if (a->step != b->step) return a->step < b->step ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

/* False: enough. */
static bool tell(report_list *list, uint64_t                                          id,
                 bool (*each)(void *, uint64_t id, int64_t step, double value), void *user) {
    for (size_t i = 0; i < list->count; i++)
        list->sorted[i] = &list->reports[i];
    hpi_sort(list->sorted, list->sorted + list->room, list->count, compare);
    for (size_t i = 0; i < list->count; i++) {
        const report *one = list->sorted[i],
                     *next = i + 1 < list->count ? list->sorted[i + 1] : one;
        if (next != one && next->step == one->step) continue;
        if (!each(user, id, one->step, one->value)) return false;
    }
    return true;
}

static hpt_status scan(hpi_journal *journal, uint64_t                                       from,
                       bool (*each)(void *, uint64_t id, int64_t step, double value), void *user,
                       hpt_err *err) {
    report_list list = { 0 };
    hpt_status  status = HPT_OK;
    size_t      count = journal->state.trial_count;
    for (size_t id = from > 0 ? (size_t)from : 1; status == HPT_OK && id <= count; id++) {
        size_t place;
        if (!hpi_journal_place_of(journal, id, &place)) continue;
        const hpi_journal_trial *trial = hpi_journal_trial_at(&journal->state, place);
        if (trial->study != journal->study || !(trial->flags & HPI_JOURNAL_HAS_REPORT)) continue;
        status = gather(journal, trial, &list, err);
        if (status == HPT_OK && !tell(&list, id, each, user)) break;
    }
    hpi_free(list.reports);
    hpi_free((void *)list.sorted);
    return status;
}

hpt_status hpi_journal_scan_reports_from(hpi_backend *backend, uint64_t from,
                                         bool (*each)(void *, uint64_t id, int64_t step,
                                                      double value),
                                         void *user, hpt_err *err) {
    hpi_journal       *journal = (hpi_journal *)backend;
    hpi_journal_study *study;
    hpt_status         status = journal->tx.is_open ? HPT_OK : hpi_journal_sync(journal, err);
    if (status == HPT_OK) status = hpi_journal_know_all(journal, err);
    if (status == HPT_OK) status = hpi_journal_chosen(journal, &study, err);
    if (status != HPT_OK || journal->is_made) return status;
    return scan(journal, from, each, user, err);
}

hpt_status hpi_journal_scan_reports(hpi_backend *backend,
                                    bool (*each)(void *, uint64_t id, int64_t step, double value),
                                    void *user, hpt_err *err) {
    return hpi_journal_scan_reports_from(backend, 0, each, user, err);
}
