/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/journal_state.h"

#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/base64.h"

/* Room for one more item; the items may move. */
#define GROW(items, count, room, first)                                                            \
    grow((void **)&(items), count, &(room), sizeof *(items), first)

static bool grow(void **items, size_t count, size_t *room, size_t item_bytes, size_t first) {
    if (count < *room) return true;
    size_t wanted = *room ? *room + *room / 2 : first;
    void  *grown = hpi_resize(*items, wanted, item_bytes);
    if (!grown) return false;
    *items = grown;
    *room = wanted;
    return true;
}

static hpt_status wrong(hpt_err *err, const char *what) {
    return hpi_fail(err, HPT_EPARSE, "%s", what);
}

static hpt_status no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a journal's index");
}

/* ---- studies ---- */

static void study_fini(hpi_journal_study *study) {
    for (size_t i = 0; i < study->attr_count; i++) {
        hpi_free(study->attrs[i].key);
        hpi_free(study->attrs[i].json);
    }
    hpi_free(study->attrs);
    hpi_free(study->name);
    *study = (hpi_journal_study){ 0 };
}

void hpi_journal_state_reset(hpi_journal_state *state) {
    for (size_t i = 0; i < state->study_count; i++)
        study_fini(&state->studies[i]);
    state->study_count = state->trial_count = state->more_count = state->left_out = 0;
    state->is_missed = false;
    state->end = state->line_count = state->group_start = state->group_end = 0;
    state->head.bytes = 0;
}

void hpi_journal_state_fini(hpi_journal_state *state) {
    hpi_journal_state_reset(state);
    hpi_free(state->studies);
    hpi_free(state->trials);
    hpi_free(state->more);
    hpi_writer_fini(&state->head);
    hpi_writer_fini(&state->texts);
    hpi_bytes_fini(&state->bytes);
    *state = (hpi_journal_state){ 0 };
}

hpi_journal_study *hpi_journal_study_find(const hpi_journal_state *state, const char *name) {
    for (size_t i = 0; i < state->study_count; i++) {
        hpi_journal_study *study = &state->studies[i];
        if (!study->is_deleted && strcmp(study->name, name) == 0) return study;
    }
    return NULL;
}

static hpi_journal_attr *attr_find(const hpi_journal_study *study, bool is_system,
                                   const char *key) {
    for (size_t i = 0; i < study->attr_count; i++) {
        hpi_journal_attr *attr = &study->attrs[i];
        if (attr->is_system == is_system && strcmp(attr->key, key) == 0) return attr;
    }
    return NULL;
}

const char *hpi_journal_attr_find(const hpi_journal_study *study, bool is_system, const char *key) {
    const hpi_journal_attr *attr = attr_find(study, is_system, key);
    return attr ? attr->json : NULL;
}

/* A text of an operation, in memory of its own. */
static hpt_status take_text(hpi_journal_state *state, hpi_slice text, char **copy_out,
                            hpt_err *err) {
    state->texts.bytes = 0;
    if (!hpi_py_text(text, &state->texts)) return wrong(err, "has a name that is no text");
    char *copy = state->texts.failed ? NULL : hpi_copy_text(state->texts.text);
    if (!copy) {
        hpi_writer_fini(&state->texts);
        return no_memory(err);
    }
    *copy_out = copy;
    return HPT_OK;
}

static hpt_status read_directions(hpi_slice directions, hpi_journal_study *study, hpt_err *err) {
    hpi_slice item;
    if (hpi_py_type(directions) != HPI_JSON_ARRAY) return wrong(err, "has no list of directions");
    while (hpi_py_item(&directions, &item)) {
        int64_t direction;
        if (!hpi_py_int(item, &direction) || direction < 0 || direction > 2)
            return wrong(err, "has a direction that is none");
        if (study->direction_count < 8)
            study->directions[study->direction_count] = (uint8_t)direction;
        study->direction_count++;
    }
    return HPT_OK;
}

static hpt_status create_study(hpi_journal_state *state, const hpi_journal_op *op, hpt_err *err) {
    hpi_journal_study study = { 0 };
    if (!GROW(state->studies, state->study_count, state->study_room, 4)) return no_memory(err);
    hpt_status status = read_directions(op->directions, &study, err);
    if (status == HPT_OK) status = take_text(state, op->study_name, &study.name, err);
    if (status != HPT_OK) return status;
    if (hpi_journal_study_find(state, study.name))
        study_fini(&study); /* Optuna tells only who tried it that the name was taken */
    else
        state->studies[state->study_count++] = study;
    return HPT_OK;
}

/* NULL with HPT_OK: there is no such study (any more), and the operation means nothing. */
static hpt_status study_of(hpi_journal_state *state, const hpi_journal_op *op,
                           hpi_journal_study **study_out, hpt_err *err) {
    int64_t id;
    if (!hpi_py_int(op->study_id, &id)) return wrong(err, "has no study_id");
    bool is_there = id >= 0 && (uint64_t)id < state->study_count && !state->studies[id].is_deleted;
    *study_out = is_there ? &state->studies[id] : NULL;
    return HPT_OK;
}

static hpt_status put_attr(hpi_journal_state *state, hpi_journal_study *study, bool is_system,
                           hpi_slice object, hpt_err *err) {
    hpi_slice rest = object, key, value;
    char     *name;
    if (hpi_py_type(object) != HPI_JSON_OBJECT || !hpi_py_member(&rest, &key, &value))
        return wrong(err, "has no attribute");
    if (!study) return HPT_OK;
    hpt_status status = take_text(state, key, &name, err);
    if (status != HPT_OK) return status;
    char             *json = hpi_copy_bytes(value.at, value.bytes);
    hpi_journal_attr *attr = attr_find(study, is_system, name);
    bool              has_room = attr || GROW(study->attrs, study->attr_count, study->attr_room, 8);
    if (!json || !has_room) {
        hpi_free(name);
        hpi_free(json);
        return no_memory(err);
    }
    if (attr) {
        hpi_free(name);
        hpi_free(attr->json);
        attr->json = json;
    } else {
        study->attrs[study->attr_count++] = (hpi_journal_attr){ name, json, is_system };
    }
    return HPT_OK;
}

static hpt_status apply_study(hpi_journal_state *state, const hpi_journal_op *op, hpt_err *err) {
    hpi_journal_study *study;
    if (op->code == HPI_OP_CREATE_STUDY) return create_study(state, op, err);
    hpt_status status = study_of(state, op, &study, err);
    if (status != HPT_OK) return status;
    if (op->code == HPI_OP_STUDY_USER_ATTR)
        return put_attr(state, study, false, op->user_attr, err);
    if (op->code == HPI_OP_STUDY_SYSTEM_ATTR)
        return put_attr(state, study, true, op->system_attr, err);
    if (study) study->is_deleted = true;
    return HPT_OK;
}

/* ---- trials ---- */

int hpi_journal_state_of(const hpi_record *record) {
    bool is_violated = false;
    for (uint32_t i = 0; i < record->constraint_count; i++)
        is_violated = is_violated || record->constraints[i].value.as.real > 0;
    switch (record->state) {
    case HPT_TRIAL_COMPLETE:
        return HPI_OPTUNA_COMPLETE;
    case HPT_TRIAL_PRUNED:
        return HPI_OPTUNA_PRUNED;
    case HPT_TRIAL_RUNNING:
    case HPT_TRIAL_CANCELLED:
        return HPI_OPTUNA_RUNNING;
    case HPT_TRIAL_INFEASIBLE:
        /* Without a constraint above 0 Optuna would take it for feasible, and maybe for the best.
         */
        return record->value_count > 0 && is_violated ? HPI_OPTUNA_COMPLETE : HPI_OPTUNA_FAIL;
    default:
        return HPI_OPTUNA_FAIL;
    }
}

bool hpi_journal_bytes(hpi_journal_state *state, hpi_slice text) {
    size_t room = HPI_BASE64_BYTES(text.bytes) + 1;
    if (room > state->bytes.room) {
        unsigned char *grown = hpi_resize(state->bytes.at, 2 * room, 1);
        if (!grown) return false;
        state->bytes.at = grown;
        state->bytes.room = 2 * room;
    }
    return hpi_base64_read(text.at, text.bytes, state->bytes.at, &state->bytes.used);
}

/* The index's part of a record. */
static hpt_status take_record(hpi_journal_state *state, hpi_slice text, hpi_journal_trial *trial,
                              hpt_err *err) {
    hpi_record record;
    hpt_err    why = { 0 };
    if (!hpi_journal_bytes(state, text)) return wrong(err, "has a record that is no base64");
    hpt_status status = hpi_record_peek(state->bytes.at, state->bytes.used, &record, &why);
    if (status != HPT_OK) return hpi_fail(err, status, "has a record that is none: %s", why.text);
    if (record.number >= UINT32_MAX || (record.order != HPI_UNKNOWN && record.order >= UINT32_MAX))
        return wrong(err, "has a record of a trial above number 4294967294");
    trial->number = (uint32_t)record.number;
    trial->order = record.order == HPI_UNKNOWN ? HPI_JOURNAL_NO_ORDER : (uint32_t)record.order;
    trial->said = (uint8_t)record.state;
    trial->flags |= HPI_JOURNAL_HAS_RECORD;
    if (record.has_report) trial->flags |= HPI_JOURNAL_HAS_REPORT;
    return HPT_OK;
}

static bool is_told(const hpi_journal_trial *trial) {
    return trial->flags & HPI_JOURNAL_HAS_RECORD && trial->order != HPI_JOURNAL_NO_ORDER &&
           trial->said != HPT_TRIAL_RUNNING && trial->said != HPT_TRIAL_CANCELLED;
}

/* Put a changed trial into the index, and its study's figures with it. */
static void settle(hpi_journal_state *state, hpi_journal_trial *place, hpi_journal_trial trial) {
    hpi_journal_study *study = &state->studies[trial.study];
    study->told_count += (uint32_t)is_told(&trial) - (uint32_t)is_told(place);
    if (trial.number >= study->number_next) study->number_next = trial.number + 1;
    *place = trial;
}

static hpt_status insert(hpi_journal_state *state, const hpi_journal_trial *trial, hpt_err *err) {
    if (state->trial_count >= UINT32_MAX - 1)
        return hpi_fail(err, HPT_ELIMIT, "is one more trial than a journal may have");
    size_t count = state->trial_count - state->left_out;
    if (!GROW(state->trials, count, state->trial_room, 64)) return no_memory(err);
    hpi_journal_trial *place = &state->trials[count];
    state->trial_count++;
    *place = (hpi_journal_trial){ 0 };
    settle(state, place, *trial);
    state->studies[trial->study].trial_count++;
    return HPT_OK;
}

static bool read_state(hpi_slice value, uint8_t *state_out) {
    int64_t state;
    if (!hpi_py_int(value, &state) || state < 0 || state > HPI_OPTUNA_WAITING) return false;
    *state_out = (uint8_t)state;
    return true;
}

static hpi_slice text_inside(hpi_slice text) {
    return (hpi_slice){ text.at + 1, text.bytes - 2 };
}

/* The next line that begins like this one can be trusted by its start. */
static void remember_head(hpi_journal_state *state, hpi_slice line, const hpi_journal_op *op) {
    state->head.bytes = 0;
    if (!op->is_ours) return;
    hpi_slice head = hpi_journal_head(line);
    if (head.at) hpi_write_bytes(&state->head, head.at, head.bytes);
    if (!state->head.failed) return;
    hpi_writer_fini(&state->head); /* without it all is slower, and nothing else */
}

static hpt_status create_trial(hpi_journal_state *state, const hpi_journal_op *op, hpi_slice line,
                               uint64_t at, hpt_err *err) {
    hpi_journal_study *study;
    hpt_status         status = study_of(state, op, &study, err);
    if (status != HPT_OK || !study) return status;
    if (!op->datetime_start.at) return wrong(err, "has no datetime_start");
    hpi_journal_trial trial = { .at = at,
                                .study = (uint32_t)(study - state->studies),
                                .number = study->trial_count,
                                .order = HPI_JOURNAL_NO_ORDER };
    if (op->state.at && !read_state(op->state, &trial.state))
        return wrong(err, "has a state that is none");
    hpi_slice record = hpi_py_find(op->system_attrs, "hpt:record"), reports, key;
    if (hpi_py_type(record) == HPI_JSON_TEXT)
        status = take_record(state, text_inside(record), &trial, err);
    if (status != HPT_OK) return status;
    reports = op->intermediate_values;
    if (hpi_py_member(&reports, &key, &record)) trial.flags |= HPI_JOURNAL_HAS_REPORT;
    status = insert(state, &trial, err);
    if (status == HPT_OK) remember_head(state, line, op);
    return status;
}

hpt_status hpi_journal_apply_fast(hpi_journal_state *state, hpi_slice line, uint64_t at) {
    hpi_slice head = { state->head.text, state->head.bytes }, text;
    if (!hpi_journal_peek(line, head, &text) || state->trial_count == 0) return HPT_EAGAIN;
    /* The head is that of the last trial, and so is its study. */
    hpi_journal_trial        trial = { .at = at,
                                       .study =
                                           hpi_journal_trial_at(state, state->trial_count - 1)->study };
    const hpi_journal_study *study = &state->studies[trial.study];
    if (study->is_deleted || take_record(state, text, &trial, NULL) != HPT_OK ||
        trial.number != study->trial_count)
        return HPT_EAGAIN;
    /* How Optuna takes it follows from the record but for one that broke a constraint. */
    if (trial.said == HPT_TRIAL_INFEASIBLE) return HPT_EAGAIN;
    hpi_record record = { .state = (hpt_trial_state)trial.said };
    trial.state = (uint8_t)hpi_journal_state_of(&record);
    return insert(state, &trial, NULL) == HPT_OK ? HPT_OK : HPT_EAGAIN;
}

/* ---- leaving out ---- */

static bool is_done(const hpi_journal_trial *trial) {
    return hpi_journal_is_frozen(trial) && trial->flags & HPI_JOURNAL_HAS_RECORD;
}

size_t hpi_journal_state_done(const hpi_journal_state *state) {
    size_t place = state->left_out;
    while (place + 1 < state->trial_count && is_done(hpi_journal_trial_at(state, place)))
        place++;
    return place;
}

void hpi_journal_state_leave_out(hpi_journal_state *state, size_t before) {
    size_t count = state->trial_count - before;
    bool   has_more = false;
    memmove(state->trials, hpi_journal_trial_at(state, before), count * sizeof *state->trials);
    state->left_out = before;
    for (size_t i = 0; i < count && !has_more; i++)
        has_more = state->trials[i].last != 0;
    if (!has_more) state->more_count = 0;
}

/* ---- changes of trials ---- */

static hpt_status chain(hpi_journal_state *state, hpi_journal_trial *trial, uint64_t at,
                        int64_t code, hpt_err *err) {
    if (state->more_count >= UINT32_MAX - 1)
        return hpi_fail(err, HPT_ELIMIT, "is one more line than a journal's trials may have");
    if (!GROW(state->more, state->more_count, state->more_room, 64)) return no_memory(err);
    uint32_t          mine = (uint32_t)++state->more_count;
    hpi_journal_more *more = &state->more[mine - 1];
    *more = (hpi_journal_more){ .at = at, .next = mine, .code = (uint32_t)code };
    if (trial->last != 0) {
        more->next = state->more[trial->last - 1].next;
        state->more[trial->last - 1].next = mine;
    }
    trial->last = mine;
    return HPT_OK;
}

static bool is_one_member(hpi_slice object) {
    hpi_slice key, value;
    return hpi_py_type(object) == HPI_JSON_OBJECT && hpi_py_member(&object, &key, &value);
}

/* What Optuna would stumble over, were the trial there or not. */
static const char *change_problem(const hpi_journal_op *op) {
    uint8_t state;
    double  number;
    int64_t step;
    switch (op->code) {
    case HPI_OP_TRIAL_PARAM:
        if (hpi_py_type(op->param_name) != HPI_JSON_TEXT) return "has no param_name";
        if (hpi_py_type(op->distribution) != HPI_JSON_TEXT) return "has no distribution";
        return hpi_py_real(op->param_value_internal, &number) ? NULL
                                                              : "has no param_value_internal";
    case HPI_OP_STATE:
        return read_state(op->state, &state) ? NULL : "has no state";
    case HPI_OP_REPORT:
        if (!hpi_py_int(op->step, &step)) return "has no step";
        return op->intermediate_value.at ? NULL : "has no intermediate_value";
    case HPI_OP_USER_ATTR:
        return is_one_member(op->user_attr) ? NULL : "has no attribute";
    default:
        return is_one_member(op->system_attr) ? NULL : "has no attribute";
    }
}

static hpt_status apply_change(hpi_journal_state *state, const hpi_journal_op *op, uint64_t at,
                               hpt_err *err) {
    int64_t id;
    if (!hpi_py_int(op->trial_id, &id)) return wrong(err, "has no trial_id");
    const char *problem = change_problem(op);
    if (problem) return wrong(err, problem);
    if (id < 0 || (uint64_t)id >= state->trial_count) return HPT_OK;

    bool               is_left_out = (uint64_t)id < state->left_out;
    hpi_journal_trial *place = is_left_out ? NULL : hpi_journal_trial_at(state, (size_t)id);
    bool               is_frozen = is_left_out || hpi_journal_is_frozen(place);
    hpi_slice          record = { 0 };
    if (op->code == HPI_OP_SYSTEM_ATTR) record = hpi_py_find(op->system_attr, "hpt:record");
    bool has_record = hpi_py_type(record) == HPI_JSON_TEXT;
    /* An ended trial stays as it is for Optuna. What hpt says of its own trials counts for hpt. */
    if (is_frozen && !has_record && !(op->is_ours && op->code == HPI_OP_REPORT)) return HPT_OK;
    if (is_left_out) {
        state->is_missed = true;
        return HPT_OK;
    }
    hpi_journal_trial trial = *place;
    if (op->code == HPI_OP_STATE) {
        uint8_t to = trial.state;
        (void)read_state(op->state, &to);
        if (to == HPI_OPTUNA_RUNNING && trial.state == to) return HPT_OK; /* claimed before */
        trial.state = to;
    }
    hpt_status status = HPT_OK;
    if (has_record) status = take_record(state, text_inside(record), &trial, err);
    if (status == HPT_OK) status = chain(state, &trial, at, op->code, err);
    if (status != HPT_OK) return status;
    if (has_record) trial.record_line = trial.last;
    if (has_record && is_frozen) trial.flags |= HPI_JOURNAL_IS_AMENDED;
    if (op->code == HPI_OP_REPORT) trial.flags |= HPI_JOURNAL_HAS_REPORT;
    settle(state, place, trial);
    return HPT_OK;
}

hpt_status hpi_journal_apply(hpi_journal_state *state, hpi_slice line, uint64_t at, hpt_err *err) {
    hpi_journal_op op;
    const char    *problem = hpi_journal_read(line, &op);
    if (problem) return wrong(err, problem);
    if (op.code >= HPI_OP_CREATE_STUDY && op.code <= HPI_OP_STUDY_SYSTEM_ATTR)
        return apply_study(state, &op, err);
    if (op.code == HPI_OP_CREATE_TRIAL) return create_trial(state, &op, line, at, err);
    if (op.code >= HPI_OP_TRIAL_PARAM && op.code <= HPI_OP_SYSTEM_ATTR)
        return apply_change(state, &op, at, err);
    if (op.code == HPI_OP_DISCARD) return HPT_OK;
    /* Not a wrong line, even as the last: nothing that a newer tool wrote is cut off as torn. */
    return hpi_fail(err, HPT_ELIMIT, "is of the unknown kind %" PRId64 ", maybe of a newer Optuna",
                    op.code);
}
