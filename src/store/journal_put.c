/* SPDX-License-Identifier: BSD-3-Clause */

/* What is put becomes lines in memory; journal_commit.c writes them.
 *
 * A trial that is new is one line, whatever its state, with all that is known of it. A change of
 * one that is there is a line for each thing that is to change, the state last: once it has ended
 * Optuna takes no change any more, so CANCELLED, which may be evaluated yet, is RUNNING to Optuna.
 * What hpt says of a trial that has ended for Optuna is its record alone, which counts for hpt. */

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"
#include "store/base64.h"
#include "store/journal.h"
#include "store/optuna.h"

static hpt_status no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for what a commit writes");
}

/* ---- pieces ---- */

/* An end must have a time. */
static void write_end_time(hpi_journal *journal, hpi_writer *out, const hpi_record *record) {
    bool is_known = record->end_wall_ns != HPI_NO_TIME;
    hpi_write(out, ",\"datetime_complete\":");
    hpi_journal_write_time(&journal->second, out, is_known ? record->end_wall_ns : hpi_wall_ns());
}

static void write_record(hpi_writer *out, const hpi_bytes *bytes) {
    char   room[256];
    size_t piece = sizeof room / 4 * 3;
    hpi_write(out, "\"hpt:record\":\"");
    for (size_t at = 0; at < bytes->used; at += piece) {
        size_t count = bytes->used - at < piece ? bytes->used - at : piece;
        hpi_base64_write(bytes->at + at, count, room);
        hpi_write_bytes(out, room, HPI_BASE64_CHARS(count));
    }
    hpi_write(out, "\"");
}

void hpi_journal_write_values(hpi_writer *out, const double *values, uint32_t count) {
    hpi_write(out, "[");
    for (uint32_t i = 0; i < count; i++) {
        if (i > 0) hpi_write(out, ",");
        hpi_py_write_real(out, values[i]);
    }
    hpi_write(out, "]");
}

static void write_member(hpi_writer *out, const char *prefix, const char *name, hpt_value value) {
    if (*prefix) {
        hpi_writer whole = { 0 };
        hpi_write(&whole, prefix);
        hpi_write(&whole, name);
        if (whole.failed)
            out->failed = true;
        else
            hpi_write_json_text(out, whole.text);
        hpi_writer_fini(&whole);
    } else {
        hpi_write_json_text(out, name);
    }
    hpi_write(out, ":");
    hpi_py_write_value(out, value);
}

/* Attributes and constraints go either into a new trial's line or into lines of their own. */
typedef struct target {
    hpi_writer *out;
    uint64_t    trial_id;
    bool        is_lines, is_system, is_first; /* first: no comma before it */
} target;

static void begin_member(target *to) {
    if (!to->is_lines) {
        if (!to->is_first) hpi_write(to->out, ",");
        to->is_first = false;
        return;
    }
    hpi_journal_begin_line(to->out, to->is_system ? HPI_OP_SYSTEM_ATTR : HPI_OP_USER_ATTR);
    hpi_write(to->out, ",\"trial_id\":");
    hpi_write_uint(to->out, to->trial_id);
    hpi_write(to->out, to->is_system ? ",\"system_attr\":{" : ",\"user_attr\":{");
}

static void end_member(target *to) {
    if (to->is_lines) hpi_write(to->out, "}}\n");
}

static void write_attr(target *to, const char *prefix, const char *name, hpt_value value) {
    begin_member(to);
    write_member(to->out, prefix, name, value);
    end_member(to);
}

/* Whether hpt's state says more than Optuna's. */
static bool is_coarse(hpt_trial_state state) {
    return state == HPT_TRIAL_INFEASIBLE || state == HPT_TRIAL_TIMEOUT ||
           state == HPT_TRIAL_CRASHED;
}

/* Of a trial that may yet be evaluated again nothing is said: an attribute cannot be taken back.
 * One of another tool's is not ours to evaluate. */
static bool is_final(const hpi_record *record) {
    return hpi_journal_state_of(record) != HPI_OPTUNA_RUNNING || hpi_record_is_foreign(record);
}

static void write_user(target *to, const hpi_record *record) {
    if (!is_final(record)) return;
    for (uint32_t i = 0; i < record->attr_count; i++)
        write_attr(to, "", record->attrs[i].name, record->attrs[i].value);
    if (hpi_record_is_foreign(record)) return; /* what hpt makes of it is not said */
    if (is_coarse(record->state))
        write_attr(to, "", "hpt:state", hpt_text(hpt_trial_state_text(record->state)));
    if (*record->reason) write_attr(to, "", "hpt:reason", hpt_text(record->reason));
}

static void write_constraints(target *to, const hpi_record *record) {
    if (record->constraint_count == 0 || !is_final(record)) return;
    begin_member(to);
    hpi_write(to->out, "\"constraints\":[");
    for (uint32_t i = 0; i < record->constraint_count; i++) {
        if (i > 0) hpi_write(to->out, ",");
        hpi_py_write_real(to->out, record->constraints[i].value.as.real);
    }
    hpi_write(to->out, "]");
    end_member(to);
    for (uint32_t i = 0; i < record->constraint_count; i++)
        write_attr(to, "constraints:", record->constraints[i].name, record->constraints[i].value);
}

/* ---- a new trial ---- */

/* Whether a trial has a parameter, and it is active. */
static bool has_param(const hpi_journal *journal, const hpi_record *record, uint32_t param) {
    const hpt_space *space = journal->head.space;
    if (record->given && !record->given[param]) return false;
    return !hpi_space_has_conditions(space) || hpt_space_is_active(space, param, record->point);
}

static void write_params(hpi_journal *journal, hpi_writer *out, const hpi_record *record) {
    const char *comma = "";
    for (uint32_t i = 0; i < journal->dims; i++) {
        if (!has_param(journal, record, i)) continue;
        hpi_write(out, comma);
        comma = ",";
        hpi_write_bytes(out, journal->names[i].text, journal->names[i].bytes);
        hpi_py_write_real(out, hpi_distribution_number(journal->head.space, i, record->point[i]));
    }
}

static void write_distributions(hpi_journal *journal, hpi_writer *out, const hpi_record *record) {
    const char *comma = "";
    for (uint32_t i = 0; i < journal->dims; i++) {
        if (!has_param(journal, record, i)) continue;
        hpi_write(out, comma);
        comma = ",";
        hpi_write_bytes(out, journal->distributions[i].text, journal->distributions[i].bytes);
    }
}

static void write_end(hpi_journal *journal, hpi_writer *out, const hpi_record *record) {
    int           state = hpi_journal_state_of(record);
    const double *values;
    uint32_t      count = hpi_optuna_values(record, journal->head.goal_count, &values);
    hpi_write(out, ",\"state\":");
    hpi_write_int(out, state);
    if (count == 1) {
        hpi_write(out, ",\"value\":");
        hpi_py_write_real(out, values[0]);
    } else if (count > 1) {
        hpi_write(out, ",\"values\":");
        hpi_journal_write_values(out, values, count);
    }
    if (state != HPI_OPTUNA_RUNNING) write_end_time(journal, out, record);
}

/* All of the line behind the study's id but for its reports; the record in front, where it is found
 * without reading the rest. */
static void write_new(hpi_journal *journal, hpi_writer *out, const hpi_record *record) {
    bool   has_record = !hpi_record_is_foreign(record);
    target system = { .out = out, .is_system = true, .is_first = !has_record };
    target user = { .out = out, .is_first = true };
    hpi_write(out, ",\"system_attrs\":{");
    if (has_record) write_record(out, &journal->bytes);
    write_constraints(&system, record);
    hpi_write(out, "},\"datetime_start\":");
    hpi_journal_write_time(&journal->second, out, record->start_wall_ns);
    write_end(journal, out, record);
    hpi_write(out, ",\"params\":{");
    write_params(journal, out, record);
    hpi_write(out, "},\"distributions\":{");
    write_distributions(journal, out, record);
    hpi_write(out, "},\"user_attrs\":{");
    write_user(&user, record);
    hpi_write(out, "}");
}

static hpi_journal_new *add_new(hpi_journal_tx *tx) {
    if (tx->new_count == tx->new_room) {
        size_t           room = tx->new_room ? 2 * tx->new_room : 64;
        hpi_journal_new *grown = hpi_resize(tx->news, room, sizeof *grown);
        if (!grown) return NULL;
        tx->news = grown;
        tx->new_room = room;
    }
    hpi_journal_new *fresh = &tx->news[tx->new_count];
    *fresh = (hpi_journal_new){ .order = (uint32_t)tx->new_count };
    tx->new_count++;
    return fresh;
}

/* ---- a trial that is there ---- */

static void write_state(hpi_journal *journal, hpi_writer *out, uint64_t trial_id,
                        const hpi_record *record) {
    const double *values;
    uint32_t      count = hpi_optuna_values(record, journal->head.goal_count, &values);
    hpi_journal_begin_line(out, HPI_OP_STATE);
    hpi_write(out, ",\"trial_id\":");
    hpi_write_uint(out, trial_id);
    hpi_write(out, ",\"state\":");
    hpi_write_int(out, hpi_journal_state_of(record));
    hpi_write(out, ",\"values\":");
    if (count > 0)
        hpi_journal_write_values(out, values, count);
    else
        hpi_write(out, "null");
    write_end_time(journal, out, record);
    hpi_write(out, "}\n");
}

static void write_change(hpi_journal *journal, size_t place, const hpi_record *record) {
    hpi_writer *out = &journal->tx.changes;
    target system = { out, place, true, true, false }, user = { out, place, true, false, false };
    bool   is_frozen = hpi_journal_is_frozen(hpi_journal_trial_at(&journal->state, place));
    if (!is_frozen) {
        write_user(&user, record);
        write_constraints(&system, record);
    }
    begin_member(&system);
    write_record(out, &journal->bytes);
    end_member(&system);
    if (!is_frozen && is_final(record)) write_state(journal, out, place, record);
}

/* ---- putting ---- */

static hpt_status may_put(hpi_journal *journal, hpt_err *err) {
    hpi_journal_study *study;
    if (!journal->tx.is_open) return hpi_fail(err, HPT_EINVAL, "no transaction is open");
    return hpi_journal_chosen(journal, &study, err);
}

static hpt_status put_new(hpi_journal *journal, hpi_journal_new *fresh, const hpi_record *record,
                          hpt_err *err) {
    hpi_writer *out = &journal->tx.bodies;
    size_t      at = out->bytes;
    write_new(journal, out, record);
    if (out->failed) return no_memory(err);
    fresh->number = record->number;
    fresh->at = at;
    fresh->bytes = out->bytes - at;
    fresh->is_reported = record->has_report;
    return HPT_OK;
}

hpt_status hpi_journal_put(hpi_backend *backend, const hpi_record *record, uint64_t *id_out,
                           hpt_err *err) {
    hpi_journal     *journal = (hpi_journal *)backend;
    hpi_journal_tx  *tx = &journal->tx;
    size_t           place, first = journal->state.trial_count;
    hpi_journal_new *fresh = NULL;
    hpt_status       status = may_put(journal, err);
    if (status == HPT_OK) status = hpi_record_encode(record, journal->dims, &journal->bytes, err);
    if (status != HPT_OK) return status;
    if (hpi_journal_place_of(journal, record->id, &place)) {
        status = hpi_journal_know(journal, place, err);
        if (status != HPT_OK) return status;
        write_change(journal, place, record);
        return tx->changes.failed ? no_memory(err) : HPT_OK;
    }
    if (record->id > first + tx->new_count)
        return hpi_fail(err, HPT_EINVAL, "there is no trial of id %" PRIu64, record->id);
    fresh = record->id > 0 ? &tx->news[record->id - first - 1] : add_new(tx);
    if (!fresh) return no_memory(err);
    status = put_new(journal, fresh, record, err);
    if (status != HPT_OK && record->id == 0) tx->new_count--;
    if (status == HPT_OK && id_out) *id_out = first + 1 + (uint64_t)(fresh - tx->news);
    return status;
}

static void write_report(hpi_writer *out, size_t place, int64_t step, const double *values,
                         uint32_t goal_count) {
    hpi_journal_begin_line(out, HPI_OP_REPORT);
    hpi_write(out, ",\"trial_id\":");
    hpi_write_uint(out, place);
    hpi_write(out, ",\"step\":");
    hpi_write_int(out, step);
    hpi_write(out, ",\"intermediate_value\":");
    hpi_py_write_real(out, values[0]);
    if (goal_count > 1) {
        hpi_write(out, HPI_JOURNAL_VALUES);
        hpi_journal_write_values(out, values, goal_count);
    }
    hpi_write(out, "}\n");
}

static bool reserve_report(hpi_journal_tx *tx, uint32_t goal_count) {
    size_t used = tx->report_count * goal_count;
    if (tx->report_count == tx->report_room) {
        size_t              room = tx->report_room ? 2 * tx->report_room : 64;
        hpi_journal_report *reports = hpi_resize(tx->reports, room, sizeof *reports);
        if (!reports) return false;
        tx->reports = reports;
        tx->report_room = room;
    }
    if (used + goal_count > tx->value_room) {
        size_t  room = tx->value_room ? 2 * tx->value_room : 64;
        double *values = hpi_resize(tx->report_values, room, sizeof *values);
        if (!values) return false;
        tx->report_values = values;
        tx->value_room = room;
    }
    return true;
}

static hpt_status add_report(hpi_journal_tx *tx, hpi_journal_new *fresh, int64_t step,
                             const double *values, uint32_t goal_count, hpt_err *err) {
    if (!reserve_report(tx, goal_count)) return no_memory(err);
    memcpy(tx->report_values + tx->report_count * goal_count, values, goal_count * sizeof *values);
    tx->reports[tx->report_count++] = (hpi_journal_report){ .step = step };
    if (fresh->last_report != 0)
        tx->reports[fresh->last_report - 1].next = (uint32_t)tx->report_count;
    else
        fresh->first_report = (uint32_t)tx->report_count;
    fresh->last_report = (uint32_t)tx->report_count;
    return HPT_OK;
}

hpt_status hpi_journal_put_report(hpi_backend *backend, uint64_t id, int64_t step,
                                  const double *values, hpt_err *err) {
    hpi_journal    *journal = (hpi_journal *)backend;
    hpi_journal_tx *tx = &journal->tx;
    size_t          place, first = journal->state.trial_count;
    hpt_status      status = may_put(journal, err);
    if (status != HPT_OK) return status;
    if (hpi_journal_place_of(journal, id, &place)) {
        status = hpi_journal_know(journal, place, err);
        if (status != HPT_OK) return status;
        write_report(&tx->reported, place, step, values, journal->head.goal_count);
        return tx->reported.failed ? no_memory(err) : HPT_OK;
    }
    if (id == 0 || id > first + tx->new_count)
        return hpi_fail(err, HPT_EINVAL, "there is no trial of id %" PRIu64, id);
    return add_report(tx, &tx->news[id - first - 1], step, values, journal->head.goal_count, err);
}

/* ---- attributes ---- */

static hpt_status keep_put(hpi_journal_tx *tx, bool is_system, const char *key, const char *json,
                           hpt_err *err) {
    if (tx->put_count == tx->put_room) {
        size_t            room = tx->put_room ? 2 * tx->put_room : 8;
        hpi_journal_attr *grown = hpi_resize(tx->puts, room, sizeof *grown);
        if (!grown) return no_memory(err);
        tx->puts = grown;
        tx->put_room = room;
    }
    hpi_journal_attr attr = { hpi_copy_text(key), hpi_copy_text(json), is_system };
    if (!attr.key || !attr.json) {
        hpi_free(attr.key);
        hpi_free(attr.json);
        return no_memory(err);
    }
    tx->puts[tx->put_count++] = attr;
    return HPT_OK;
}

hpt_status hpi_journal_attr_put(hpi_backend *backend, bool is_system, const char *key,
                                const char *json, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    hpi_writer  *out = &journal->tx.attrs;
    hpi_slice    value;
    hpt_status   status = may_put(journal, err);
    if (status != HPT_OK) return status;
    if (!hpi_py_check(json, strlen(json), &value) || strchr(json, '\n'))
        return hpi_fail(err, HPT_EINVAL, "an attribute's value is no line of JSON");
    status = keep_put(&journal->tx, is_system, key, json, err);
    if (status != HPT_OK) return status;
    hpi_journal_begin_line(out, is_system ? HPI_OP_STUDY_SYSTEM_ATTR : HPI_OP_STUDY_USER_ATTR);
    hpi_write(out, ",\"study_id\":");
    hpi_write_uint(out, journal->study);
    hpi_write(out, is_system ? ",\"system_attr\":{" : ",\"user_attr\":{");
    hpi_write_json_text(out, key);
    hpi_write(out, ":");
    hpi_write(out, json);
    hpi_write(out, "}}\n");
    return out->failed ? no_memory(err) : HPT_OK;
}

hpt_status hpi_journal_remove(hpi_backend *backend, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    hpi_writer  *out = &journal->tx.attrs; /* behind all else */
    hpt_status   status = may_put(journal, err);
    if (status != HPT_OK) return status;
    hpi_journal_begin_line(out, HPI_OP_DELETE_STUDY);
    hpi_write(out, ",\"study_id\":");
    hpi_write_uint(out, journal->study);
    hpi_write(out, "}\n");
    return out->failed ? no_memory(err) : HPT_OK;
}
