/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/mailbox.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

/* The keeper's side. */

void hpi_mail_put_trial(hpi_mailbox *box, const hpt_trial *trial) {
    HPI_ASSERT(trial->notes.room <= HPI_POOL_NOTE_BYTES && trial->notes.used <= trial->notes.room);
    box->trial = *trial;
    memcpy(box->point, trial->head.point, trial->head.dims * sizeof *box->point);
    if (trial->notes.used > 0) memcpy(box->notes, trial->notes.bytes, trial->notes.used);
}

static bool makes_sense(const hpi_mail_answer *answer, const hpt_trial *trial) {
    hpt_status said = (hpt_status)answer->said;
    if (answer->notes_bytes > trial->notes.room) return false;
    return said == HPT_OK || said == HPT_EFAILED || said == HPT_EINFEASIBLE || said == HPT_EPRUNED;
}

/* A bool that was never one is not to be read as one. */
static bool is_true(const bool *flag) {
    unsigned char byte;
    memcpy(&byte, flag, 1);
    return byte != 0;
}

static void take_refusal(const hpi_mail_answer *answer, hpt_trial *trial) {
    if (!is_true(&answer->was_refused)) return;
    char text[sizeof answer->refused.text];
    memcpy(text, answer->refused.text, sizeof text);
    text[sizeof text - 1] = '\0';
    trial->refused_by = trial->head.number + 1;
    trial->refused = (hpt_err){ .code = answer->refused.code };
    hpi_quote(trial->refused.text, sizeof trial->refused.text, text);
}

static void take_marks(const hpi_mail_answer *answer, hpt_trial *trial) {
    trial->is_marked = true;
    trial->was_stopped = is_true(&answer->was_stopped);
    trial->was_late = is_true(&answer->was_late);
    trial->read_wrongly = is_true(&answer->read_wrongly);
    trial->has_report = is_true(&answer->has_report) && !isnan(answer->last_value);
    trial->was_pruned = is_true(&answer->was_pruned);
    trial->was_capped = is_true(&answer->was_capped) && isfinite(answer->bound);
    trial->said = (hpt_status)answer->said;
    trial->last_step = answer->last_step;
    trial->last_value = answer->last_value;
    if (isfinite(answer->bound)) trial->bound = answer->bound;
    trial->notes.used = answer->notes_bytes;
}

bool hpi_mail_take_answer(const hpi_mailbox *box, hpt_trial *trial, double *values_out,
                          uint32_t count, hpt_status *status_out) {
    unsigned char   notes[HPI_POOL_NOTE_BYTES];
    hpi_mail_answer answer;
    memcpy(&answer, &box->answer, sizeof answer);
    if (is_true(&answer.is_marked)) {
        if (!makes_sense(&answer, trial)) return false;
        memcpy(notes, box->notes, answer.notes_bytes);
        if (!hpi_notes_are_sound(notes, answer.notes_bytes)) return false;
        memcpy(trial->notes.bytes, notes, answer.notes_bytes);
        take_marks(&answer, trial);
    }
    take_refusal(&answer, trial);
    memcpy(values_out, answer.values, count * sizeof *values_out);
    *status_out = (hpt_status)answer.status;
    return true;
}

bool hpi_mail_take_report(hpi_mailbox *box, uint64_t *taken, hpi_mail_report *report_out,
                          bool *is_wild_out) {
    /* acquire: pairs with the release in hpi_mail_put_report() */
    uint64_t put = atomic_load_explicit(&box->put, memory_order_acquire);
    *is_wild_out = put - *taken > HPI_MAIL_REPORTS_MAX;
    if (put == *taken || *is_wild_out) return false;
    memcpy(report_out, &box->reports[*taken % HPI_MAIL_REPORTS_MAX], sizeof *report_out);
    *is_wild_out = report_out->count == 0 || report_out->count > HPI_NOTE_VALUES_MAX;
    for (uint32_t i = 0; !*is_wild_out && i < report_out->count; i++)
        *is_wild_out = isnan(report_out->values[i]);
    atomic_store_explicit(&box->taken, ++*taken, memory_order_release);
    return !*is_wild_out;
}

/* Both sides. */

void hpi_mail_wait(hpt_trial *trial, int64_t waited_ns) {
    trial->waited_ns += waited_ns;
    trial->start_ns += waited_ns;
    trial->deadline_ns = hpi_later_ns(trial->deadline_ns, waited_ns);
}

/* The process's side. */

void hpi_mail_take_trial(hpi_mailbox *box, hpt_trial *trial_out) {
    memcpy(trial_out, &box->trial, sizeof *trial_out);
    trial_out->head.point = box->point;
    trial_out->notes.bytes = box->notes;
}

void hpi_mail_put_answer(hpi_mailbox *box, const hpt_trial *trial, hpt_status status,
                         const double *values, uint32_t count) {
    hpi_mail_answer *answer = &box->answer;
    answer->status = (int32_t)status;
    memcpy(answer->values, values, count * sizeof *values);
    answer->is_marked = trial->is_marked;
    answer->was_refused = trial->refused_by == trial->head.number + 1;
    if (answer->was_refused) answer->refused = trial->refused;
    if (!trial->is_marked) return;
    answer->notes_bytes = trial->notes.used;
    answer->was_stopped = trial->was_stopped;
    answer->was_late = trial->was_late;
    answer->read_wrongly = trial->read_wrongly;
    answer->has_report = trial->has_report;
    answer->was_pruned = trial->was_pruned;
    answer->was_capped = trial->was_capped;
    answer->said = (int32_t)trial->said;
    answer->last_step = trial->last_step;
    answer->last_value = trial->last_value;
    answer->bound = trial->bound;
}

bool hpi_mail_put_report(hpi_mailbox *box, const hpi_mail_report *report) {
    uint64_t put = atomic_load_explicit(&box->put, memory_order_relaxed);
    /* acquire: pairs with the release in hpi_mail_take_report() */
    if (put - atomic_load_explicit(&box->taken, memory_order_acquire) >= HPI_MAIL_REPORTS_MAX)
        return false;
    box->reports[put % HPI_MAIL_REPORTS_MAX] = *report;
    atomic_store_explicit(&box->put, put + 1, memory_order_release);
    return true;
}
