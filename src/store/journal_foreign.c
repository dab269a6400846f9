/* SPDX-License-Identifier: BSD-3-Clause */

/* A trial as others wrote it: what all its lines come to. */

#include <string.h>

#include "base/err.h"
#include "store/journal.h"

static hpt_status no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a trial");
}

/* A text of the line, in journal->text from `at` on. */
static hpt_status text_of(hpi_journal *journal, hpi_slice text, size_t at, hpt_err *err) {
    journal->text.bytes = at;
    if (!hpi_py_text(text, &journal->text)) return HPT_EAGAIN;
    return journal->text.failed ? no_memory(err) : HPT_OK;
}

/* What is no text, or a distribution that is none, does not keep the trial from being read. */
static hpt_status add_param(hpi_journal *journal, hpi_slice name, hpi_slice json, hpi_slice number,
                            hpt_err *err) {
    double     real;
    hpt_status status = text_of(journal, name, 0, err);
    size_t     at = journal->text.bytes + 1;
    if (status == HPT_OK) status = text_of(journal, json, at, err);
    if (status == HPT_OK && !hpi_py_real(number, &real)) status = HPT_EAGAIN;
    if (status == HPT_OK)
        status = hpi_foreign_param(&journal->foreign, journal->text.text, journal->text.text + at,
                                   journal->text.bytes - at, real, err);
    return status == HPT_EAGAIN ? HPT_OK : status;
}

static hpt_status add_params(hpi_journal *journal, const hpi_journal_op *op, hpt_err *err) {
    hpi_slice  params = op->params, key, value, name, json;
    hpt_status status = HPT_OK;
    while (status == HPT_OK && hpi_py_member(&params, &key, &value)) {
        hpi_slice all = op->distributions;
        while (status == HPT_OK && hpi_py_member(&all, &name, &json))
            if (name.bytes == key.bytes && memcmp(name.at, key.at, key.bytes) == 0)
                status = add_param(journal, key, json, value, err);
    }
    return status;
}

static hpt_status add_attrs(hpi_journal *journal, hpi_slice object, bool is_system, hpt_err *err) {
    hpi_slice  key, value;
    hpt_status status = HPT_OK;
    while (status == HPT_OK && hpi_py_member(&object, &key, &value)) {
        status = text_of(journal, key, 0, err);
        if (status == HPT_OK)
            status = hpi_foreign_attr(&journal->foreign, is_system, journal->text.text, value, err);
    }
    return status;
}

static void take_values(hpi_journal *journal, hpi_slice value, hpi_slice values) {
    hpi_foreign *foreign = &journal->foreign;
    hpi_slice    item;
    double       real;
    if (hpi_py_type(value) == HPI_JSON_NULL && hpi_py_type(values) != HPI_JSON_ARRAY) return;
    foreign->record.value_count = 0;
    if (hpi_py_real(value, &real)) hpi_foreign_value(foreign, 0, real);
    for (uint32_t goal = 0; hpi_py_item(&values, &item); goal++)
        if (hpi_py_real(item, &real)) hpi_foreign_value(foreign, goal, real);
}

static void take_time(hpi_slice text, int64_t *wall_ns) {
    if (hpi_py_type(text) == HPI_JSON_TEXT)
        (void)hpi_foreign_time(text.at + 1, text.bytes - 2, true, wall_ns);
}

static void take_report(hpi_foreign *foreign, hpi_slice step, hpi_slice value) {
    int64_t number;
    double  real;
    if (hpi_py_int(step, &number) && hpi_py_real(value, &real))
        hpi_foreign_report(foreign, number, real);
}

static hpt_status take_created(hpi_journal *journal, const hpi_journal_op *op, hpt_err *err) {
    hpi_slice  reports = op->intermediate_values, step, value;
    hpt_status status = add_params(journal, op, err);
    if (status == HPT_OK) status = add_attrs(journal, op->user_attrs, false, err);
    if (status == HPT_OK) status = add_attrs(journal, op->system_attrs, true, err);
    while (hpi_py_member(&reports, &step, &value))
        take_report(&journal->foreign, (hpi_slice){ step.at + 1, step.bytes - 2 }, value);
    return status;
}

static hpt_status take_op(hpi_journal *journal, const hpi_journal_op *op, hpt_err *err) {
    hpi_foreign *foreign = &journal->foreign;
    take_values(journal, op->value, op->values);
    take_time(op->datetime_start, &foreign->record.start_wall_ns);
    take_time(op->datetime_complete, &foreign->record.end_wall_ns);
    switch (op->code) {
    case HPI_OP_CREATE_TRIAL:
        return take_created(journal, op, err);
    case HPI_OP_TRIAL_PARAM:
        return add_param(journal, op->param_name, op->distribution, op->param_value_internal, err);
    case HPI_OP_REPORT:
        take_report(foreign, op->step, op->intermediate_value);
        return HPT_OK;
    case HPI_OP_USER_ATTR:
        return add_attrs(journal, op->user_attr, false, err);
    case HPI_OP_SYSTEM_ATTR:
        return add_attrs(journal, op->system_attr, true, err);
    default:
        return HPT_OK;
    }
}

static hpt_trial_state state_of(const hpi_journal_trial *trial) {
    switch (trial->state) {
    case HPI_OPTUNA_COMPLETE:
        return HPT_TRIAL_COMPLETE;
    case HPI_OPTUNA_PRUNED:
        return HPT_TRIAL_PRUNED;
    case HPI_OPTUNA_FAIL:
        return HPT_TRIAL_FAILED;
    default:
        return HPT_TRIAL_RUNNING;
    }
}

hpt_status hpi_journal_read_foreign(hpi_journal *journal, size_t place, hpt_err *err) {
    hpi_journal_state       *state = &journal->state;
    const hpi_journal_trial *trial = hpi_journal_trial_at(state, place);
    hpi_slice                line;
    hpi_journal_op           op;
    hpt_status               status =
        hpi_foreign_begin(&journal->foreign, journal->head.space, journal->head.goal_count, err);
    if (status == HPT_OK) status = hpi_journal_line_at(journal, trial->at, &line, &op, err);
    if (status == HPT_OK) status = take_op(journal, &op, err);
    uint32_t more = trial->last;
    for (; status == HPT_OK && more != 0; more = more == trial->last ? 0 : more) {
        more = state->more[more - 1].next;
        status = hpi_journal_line_at(journal, state->more[more - 1].at, &line, &op, err);
        if (status == HPT_OK) status = take_op(journal, &op, err);
    }
    if (status != HPT_OK) return status;
    journal->foreign.record.number = trial->number;
    journal->foreign.record.state = state_of(trial);
    return hpi_foreign_finish(&journal->foreign, err);
}
