/* SPDX-License-Identifier: BSD-3-Clause */

/* Reports: those of a trial are gathered from its lines, sorted, and a step that was said twice has
 * the later values. Lines of others have the first value only, and what a trial says of the first
 * goal alone, too: these say nothing of a step of which all values are known. */

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/sort.h"
#include "store/journal.h"

typedef struct report {
    int64_t step;
    size_t  order; /* of saying, and where its values are */
} report;

typedef struct report_list {
    uint32_t     goal_count;
    report      *reports;
    double      *values; /* goal_count for each, in the order of saying */
    const void **sorted; /* twice the room */
    size_t       count, room;
} report_list;

static bool grow(report_list *list) {
    size_t       room = list->room ? 2 * list->room : 64, row = list->goal_count * sizeof(double);
    report      *reports = hpi_resize(list->reports, room, sizeof *reports);
    double      *values = hpi_resize(list->values, room, row);
    const void **sorted = hpi_resize((void *)list->sorted, 2 * room, sizeof *sorted);
    if (reports) list->reports = reports;
    if (values) list->values = values;
    if (sorted) list->sorted = sorted;
    if (!reports || !values || !sorted) return false;
    list->room = room;
    return true;
}

/* The values of all goals, if that is what the list says; else the first alone. */
static void take_values(hpi_slice further, uint32_t goal_count, double first, double *values_out) {
    hpi_slice item;
    uint32_t  count = 0;
    bool      is_list = hpi_py_type(further) == HPI_JSON_ARRAY;
    while (is_list && count < goal_count && hpi_py_item(&further, &item) &&
           hpi_py_real(item, &values_out[count]))
        count++;
    if (count < goal_count)
        for (uint32_t i = 1; i < goal_count; i++)
            values_out[i] = NAN;
    values_out[0] = first;
}

/* `further`: the values of all goals; what is no list is as if there was none. */
static hpt_status add(report_list *list, hpi_slice step, hpi_slice value, hpi_slice further,
                      hpt_err *err) {
    report one = { .order = list->count };
    double first;
    if (!hpi_py_int(step, &one.step) || !hpi_py_real(value, &first)) return HPT_OK;
    if (list->count == list->room && !grow(list))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for intermediate values");
    take_values(further, list->goal_count, first, list->values + list->count * list->goal_count);
    list->reports[list->count++] = one;
    return HPT_OK;
}

static bool is_same(hpi_slice a, hpi_slice b) {
    return a.bytes == b.bytes && memcmp(a.at, b.at, a.bytes) == 0;
}

/* Of a line that creates a trial: {"3": 0.5}, steps as texts of digits; and the same steps with
 * lists of all values, in the same order as we write them. */
static hpt_status add_object(report_list *list, hpi_slice object, hpi_slice further, hpt_err *err) {
    hpi_slice  key, value, again, values;
    hpt_status status = HPT_OK;
    bool       has_more = hpi_py_type(further) == HPI_JSON_OBJECT;
    while (status == HPT_OK && hpi_py_member(&object, &key, &value)) {
        has_more = has_more && hpi_py_member(&further, &again, &values) && is_same(key, again);
        status = add(list, (hpi_slice){ key.at + 1, key.bytes - 2 }, value,
                     has_more ? values : (hpi_slice){ 0 }, err);
    }
    return status;
}

/* What others write under our name is theirs. */
static hpi_slice further_of(const hpi_journal_op *op) {
    return op->is_ours ? op->hpt_values : (hpi_slice){ 0 };
}

static hpt_status gather(hpi_journal *journal, const hpi_journal_trial *trial, report_list *list,
                         hpt_err *err) {
    hpi_journal_state *state = &journal->state;
    hpi_slice          line;
    hpi_journal_op     op;
    hpt_status         status = hpi_journal_line_at(journal, trial->at, &line, &op, err);
    list->count = 0;
    if (status == HPT_OK) status = add_object(list, op.intermediate_values, further_of(&op), err);
    uint32_t more = trial->last;
    for (; status == HPT_OK && more != 0; more = more == trial->last ? 0 : more) {
        more = state->more[more - 1].next;
        if (state->more[more - 1].code != HPI_OP_REPORT) continue;
        status = hpi_journal_line_at(journal, state->more[more - 1].at, &line, &op, err);
        if (status == HPT_OK)
            status = add(list, op.step, op.intermediate_value, further_of(&op), err);
    }
    return status;
}

static int compare(const void *left, const void *right) {
    const report *a = left, *b = right;
    if (a->step != b->step) return a->step < b->step ? -1 : 1;
    return a->order < b->order ? -1 : a->order > b->order;
}

static const double *values_of(const report_list *list, const report *one) {
    return list->values + one->order * list->goal_count;
}

static bool is_whole(const report_list *list, const report *one) {
    bool has_all = true;
    for (uint32_t i = 1; i < list->goal_count; i++)
        has_all = has_all && !isnan(values_of(list, one)[i]);
    return has_all;
}

/* False: enough. */
static bool tell(report_list *list, uint64_t id, hpi_report_taker each, void *user) {
    const report *said = NULL;
    for (size_t i = 0; i < list->count; i++)
        list->sorted[i] = &list->reports[i];
    hpi_sort(list->sorted, list->sorted + list->room, list->count, compare);
    for (size_t i = 0; i < list->count; i++) {
        const report *one = list->sorted[i],
                     *next = i + 1 < list->count ? list->sorted[i + 1] : NULL;
        if (!said || is_whole(list, one) || !is_whole(list, said)) said = one;
        if (next && next->step == one->step) continue;
        if (!each(user, id, said->step, values_of(list, said))) return false;
        said = NULL;
    }
    return true;
}

static hpt_status scan(hpi_journal *journal, uint64_t from, hpi_report_taker each, void *user,
                       hpt_err *err) {
    report_list list = { .goal_count = journal->head.goal_count };
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
    hpi_free(list.values);
    hpi_free((void *)list.sorted);
    return status;
}

hpt_status hpi_journal_scan_reports_from(hpi_backend *backend, uint64_t from, hpi_report_taker each,
                                         void *user, hpt_err *err) {
    hpi_journal       *journal = (hpi_journal *)backend;
    hpi_journal_study *study;
    hpt_status         status = journal->tx.is_open ? HPT_OK : hpi_journal_sync(journal, err);
    if (status == HPT_OK) status = hpi_journal_know_all(journal, err);
    if (status == HPT_OK) status = hpi_journal_chosen(journal, &study, err);
    if (status != HPT_OK || journal->is_made) return status;
    return scan(journal, from, each, user, err);
}

hpt_status hpi_journal_scan_reports(hpi_backend *backend, hpi_report_taker each, void *user,
                                    hpt_err *err) {
    return hpi_journal_scan_reports_from(backend, 0, each, user, err);
}
