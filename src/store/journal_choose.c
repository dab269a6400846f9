/* SPDX-License-Identifier: BSD-3-Clause */

/* Choosing a study of a journal, and making one. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"
#include "store/journal.h"

enum { GOALS_MAX = 8, SHOWN_BYTES = 64 };

static hpt_status no_memory(hpt_err *err) {
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a study");
}

/* ---- the space of a study that somebody else wrote ---- */

/* Add what a line says of parameters: one, or all of a trial that was written at once. */
static hpt_status add_param(hpi_journal *journal, hpi_union *all, hpi_slice name, hpi_slice json,
                            hpi_slice number, hpt_err *err) {
    double real;
    if (!hpi_py_real(number, &real)) return HPT_OK;
    journal->text.bytes = 0;
    if (!hpi_py_text(name, &journal->text)) return HPT_OK;
    size_t at = ++journal->text.bytes; /* behind the name's NUL */
    if (!hpi_py_text(json, &journal->text)) return HPT_OK;
    if (journal->text.failed) return no_memory(err);
    return hpi_union_add(all, journal->text.text, journal->text.text + at, journal->text.bytes - at,
                         real, err);
}

/* Optuna takes no range where another trial has a list, nor the other way round, in an operation of
 * its own: the trial goes without. */
static hpt_status add_later_param(hpi_journal *journal, hpi_union *all, const hpi_journal_op *op,
                                  hpt_err *err) {
    hpi_distribution *read = &journal->foreign.distribution;
    hpt_err           why = { 0 };
    hpt_status        status =
        add_param(journal, all, op->param_name, op->distribution, op->param_value_internal, &why);
    if (status == HPT_OK) return HPT_OK;
    journal->text.bytes = 0;
    (void)hpi_py_text(op->distribution, &journal->text);
    bool is_refused =
        status == HPT_EPARSE && !journal->text.failed &&
        hpi_distribution_read(journal->text.text, journal->text.bytes, read, NULL) == HPT_OK;
    return is_refused ? HPT_OK : hpi_fail(err, status, "%s", why.text);
}

static hpt_status add_line(hpi_journal *journal, hpi_union *all, uint64_t at, hpt_err *err) {
    hpi_slice      line, key, value;
    hpi_journal_op op;
    hpt_status     status = hpi_journal_line_at(journal, at, &line, &op, err);
    if (status != HPT_OK) return status;
    if (op.code == HPI_OP_TRIAL_PARAM) return add_later_param(journal, all, &op, err);
    while (status == HPT_OK && hpi_py_member(&op.params, &key, &value)) {
        hpi_slice rest = op.distributions, name, json;
        while (status == HPT_OK && hpi_py_member(&rest, &name, &json))
            if (name.bytes == key.bytes && memcmp(name.at, key.at, key.bytes) == 0)
                status = add_param(journal, all, key, json, value, err);
    }
    return status;
}

/* Every line of every trial that may name a parameter. */
static hpt_status add_all(hpi_journal *journal, uint32_t study, hpi_union *all, hpt_err *err) {
    hpi_journal_state *state = &journal->state;
    hpt_status         status = HPT_OK;
    for (size_t i = 0; status == HPT_OK && i < state->trial_count; i++) {
        const hpi_journal_trial *trial = hpi_journal_trial_at(state, i);
        if (trial->study != study) continue;
        status = add_line(journal, all, trial->at, err);
        uint32_t more = trial->last;
        for (; status == HPT_OK && more != 0; more = more == trial->last ? 0 : more) {
            more = state->more[more - 1].next;
            if (state->more[more - 1].code == HPI_OP_TRIAL_PARAM)
                status = add_line(journal, all, state->more[more - 1].at, err);
        }
    }
    return status;
}

static hpt_status make_space(hpi_journal *journal, uint32_t study, hpt_space **space_out,
                             hpt_err *err) {
    hpi_union *all = hpi_union_create();
    if (!all) return no_memory(err);
    hpt_status status = add_all(journal, study, all, err);
    if (status == HPT_OK) status = hpi_union_space(all, space_out, err);
    hpi_union_destroy(all);
    return status;
}

/* ---- the head ---- */

/* What the dashboard calls the values, when somebody has said so; else "value", "value_1", ... */
static char *name_goal(hpi_journal *journal, const hpi_journal_study *study, uint32_t goal,
                       uint32_t goal_count) {
    const char *json = hpi_journal_attr_find(study, true, "study:metric_names");
    hpi_slice   names, item = { 0 };
    uint32_t    index = 0;
    char        name[24] = "value";
    if (goal > 0 && goal_count > 1) snprintf(name, sizeof name, "value_%u", (unsigned)goal);
    if (!json || !hpi_py_check(json, strlen(json), &names)) return hpi_copy_text(name);
    while (hpi_py_item(&names, &item) && index < goal)
        index++;
    journal->text.bytes = 0;
    bool is_named = index == goal && hpi_py_text(item, &journal->text);
    if (!is_named || journal->text.failed || hpi_name_problem(journal->text.text, 255))
        return hpi_copy_text(name);
    return hpi_copy_text(journal->text.text);
}

static hpt_status fill_goals(hpi_journal *journal, const hpi_journal_study *study, hpi_head *head,
                             hpt_err *err) {
    if (study->direction_count == 0 || study->direction_count > GOALS_MAX)
        return hpi_fail(err, HPT_ELIMIT, "the study has %u goals; hpt has 1 to %d",
                        (unsigned)study->direction_count, GOALS_MAX);
    head->name = hpi_copy_text(study->name);
    if (!head->name) return no_memory(err);
    for (uint32_t i = 0; i < study->direction_count; i++) {
        hpt_goal *goal = &head->goals[head->goal_count++];
        goal->name = name_goal(journal, study, i, study->direction_count);
        goal->direction = study->directions[i] == 2 ? HPT_MAXIMISE : HPT_MINIMISE;
        goal->reference = NAN;
        if (!goal->name) return no_memory(err);
    }
    return HPT_OK;
}

static hpt_status fill_head(hpi_journal *journal, uint32_t index, hpi_head *head, hpt_err *err) {
    const hpi_journal_study *study = &journal->state.studies[index];
    hpt_status               status = fill_goals(journal, study, head, err);
    const char              *json = hpi_journal_attr_find(study, true, "hpt:study");
    if (status == HPT_OK && json) return hpi_head_parse(json, head, err);
    if (status == HPT_OK) status = make_space(journal, index, &head->space, err);
    if (status != HPT_OK) return status;
    head->strategy = hpi_copy_text("");
    head->version = hpi_copy_text("");
    return head->strategy && head->version ? HPT_OK : no_memory(err);
}

/* ---- what is said of each parameter in every line ---- */

static void free_texts(hpi_writer *texts, uint32_t count) {
    for (uint32_t i = 0; texts && i < count; i++)
        hpi_writer_fini(&texts[i]);
    hpi_free(texts);
}

void hpi_journal_unchoose(hpi_journal *journal) {
    free_texts(journal->distributions, journal->dims);
    free_texts(journal->names, journal->dims);
    journal->distributions = journal->names = NULL;
    journal->dims = 0;
    hpi_head_fini(&journal->head);
    journal->is_chosen = journal->is_made = false;
}

/* A distribution is JSON in a text of JSON. */
static bool write_texts(const hpt_space *space, uint32_t dims, hpi_writer *names,
                        hpi_writer *distributions) {
    hpi_writer plain = { 0 };
    bool       has_failed = false;
    for (uint32_t i = 0; i < dims && !has_failed; i++) {
        plain.bytes = 0;
        hpi_distribution_write(&plain, space, i);
        hpi_write_json_text(&names[i], hpi_space_name(space, i));
        hpi_write(&names[i], ":");
        hpi_write_bytes(&distributions[i], names[i].text, names[i].bytes);
        if (!plain.failed && plain.text) hpi_write_json_text(&distributions[i], plain.text);
        has_failed = plain.failed || distributions[i].failed || names[i].failed;
    }
    hpi_writer_fini(&plain);
    return !has_failed;
}

/* Choose a study whose head is filled in; takes it over. */
static hpt_status choose(hpi_journal *journal, uint32_t index, hpi_head *head, hpt_err *err) {
    uint32_t    dims = (uint32_t)hpt_space_count(head->space), room = dims > 0 ? dims : 1;
    hpi_writer *names = hpi_alloc(room, sizeof *names);
    hpi_writer *distributions = hpi_alloc(room, sizeof *distributions);
    if (!names || !distributions || !write_texts(head->space, dims, names, distributions)) {
        free_texts(names, dims);
        free_texts(distributions, dims);
        return no_memory(err);
    }
    hpi_journal_unchoose(journal);
    journal->names = names;
    journal->distributions = distributions;
    journal->dims = dims;
    journal->head = *head;
    *head = (hpi_head){ 0 };
    journal->study = index;
    journal->is_chosen = true;
    return HPT_OK;
}

hpt_status hpi_journal_chosen(const hpi_journal *journal, hpi_journal_study **study_out,
                              hpt_err *err) {
    char shown[SHOWN_BYTES];
    if (!journal->is_chosen) return hpi_fail(err, HPT_EINVAL, "no study was chosen");
    if (journal->is_made) { /* it is in nobody's index yet */
        *study_out = NULL;
        return HPT_OK;
    }
    hpi_journal_study *study = &journal->state.studies[journal->study];
    if (journal->study >= journal->state.study_count || study->is_deleted)
        return hpi_fail(err, HPT_EABSENT, "the study \"%s\" was deleted",
                        hpi_quote(shown, sizeof shown, journal->head.name));
    *study_out = study;
    return HPT_OK;
}

hpt_status hpi_journal_choose(hpi_journal *journal, const char *name, hpi_head *head_out,
                              hpt_err *err) {
    char                     shown[SHOWN_BYTES];
    const hpi_journal_study *study = hpi_journal_study_find(&journal->state, name);
    if (!study)
        return hpi_fail(err, HPT_EABSENT, "\"%s\" has no study \"%s\"", journal->file.shown,
                        hpi_quote(shown, sizeof shown, name));
    uint32_t   index = (uint32_t)(study - journal->state.studies);
    hpi_head   head = { 0 }, own = { 0 };
    hpt_status status = fill_head(journal, index, &head, err);
    if (status == HPT_OK) status = fill_head(journal, index, &own, err);
    if (status == HPT_OK) status = choose(journal, index, &own, err);
    hpi_head_fini(&own);
    if (status == HPT_OK)
        *head_out = head;
    else
        hpi_head_fini(&head);
    return status;
}

hpt_status hpi_journal_select(hpi_backend *backend, const char *name, hpi_head *head_out,
                              hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    hpt_status   status = journal->tx.is_open ? HPT_OK : hpi_journal_sync(journal, err);
    if (status == HPT_OK) status = hpi_journal_know_all(journal, err);
    return status == HPT_OK ? hpi_journal_choose(journal, name, head_out, err) : status;
}

/* ---- making one ---- */

static void begin_attr(hpi_journal *journal, const char *key) {
    hpi_writer *out = &journal->tx.study;
    hpi_journal_begin_line(out, HPI_OP_STUDY_SYSTEM_ATTR);
    hpi_write(out, ",\"study_id\":");
    hpi_write_uint(out, journal->state.study_count);
    hpi_write(out, ",\"system_attr\":{\"");
    hpi_write(out, key);
    hpi_write(out, "\":");
}

/* Where dashboards look for them. */
static void write_names(hpi_journal *journal, const hpi_head *head) {
    hpi_writer *out = &journal->tx.study;
    for (uint32_t i = 0; i < head->goal_count; i++)
        if (!head->goals[i].name) return;
    begin_attr(journal, "study:metric_names");
    for (uint32_t i = 0; i < head->goal_count; i++) {
        hpi_write(out, i > 0 ? "," : "[");
        hpi_write_json_text(out, head->goals[i].name);
    }
    hpi_write(out, "]}}\n");
}

/* `json`: the head's text; NULL for another tool's study, which has neither that nor names of goals
 * but those that it gave them (history_save.c). */
static void write_study(hpi_journal *journal, const hpi_head *head, const char *json) {
    hpi_writer *out = &journal->tx.study;
    out->bytes = 0;
    hpi_journal_begin_line(out, HPI_OP_CREATE_STUDY);
    hpi_write(out, ",\"study_name\":");
    hpi_write_json_text(out, head->name);
    hpi_write(out, ",\"directions\":[");
    for (uint32_t i = 0; i < head->goal_count; i++) {
        if (i > 0) hpi_write(out, ",");
        hpi_write(out, head->goals[i].direction == HPT_MAXIMISE ? "2" : "1");
    }
    hpi_write(out, "]}\n");
    if (!json) return;
    write_names(journal, head);
    begin_attr(journal, "hpt:study");
    hpi_write(out, json);
    hpi_write(out, "}}\n");
}

/* Of another tool's study: all that its trials need. As long as it has none, there may be no
 * parameters either. */
static hpt_status copy_foreign(const hpi_head *head, hpi_head *copy, hpt_err *err) {
    for (uint32_t i = 0; i < head->goal_count; i++) {
        hpt_goal *goal = &copy->goals[copy->goal_count++];
        *goal = head->goals[i];
        goal->name = hpi_copy_text(goal->name ? goal->name : "");
        if (!goal->name) return no_memory(err);
    }
    if (hpt_space_count(head->space) > 0) return hpi_space_copy(head->space, &copy->space, err);
    copy->space = hpt_space_create();
    return copy->space ? HPT_OK : no_memory(err);
}

/* Our own copy: of a study of ours by way of its text, which is what a later select() reads. */
static hpt_status copy_head(const hpi_head *head, char **json_out, hpi_head *copy, hpt_err *err) {
    char      *json = NULL;
    hpt_status status = head->is_ours ? hpi_head_print(head, &json, err) : HPT_OK;
    if (status != HPT_OK) return status;
    copy->name = hpi_copy_text(head->name);
    if (!copy->name)
        status = no_memory(err);
    else
        status = json ? hpi_head_parse(json, copy, err) : copy_foreign(head, copy, err);
    if (status == HPT_OK) {
        *json_out = json;
        return HPT_OK;
    }
    hpi_head_fini(copy);
    hpi_free(json);
    return status;
}

hpt_status hpi_journal_create(hpi_backend *backend, const hpi_head *head, hpt_err *err) {
    hpi_journal *journal = (hpi_journal *)backend;
    char        *json, shown[SHOWN_BYTES];
    hpi_head     copy = { 0 };
    if (!journal->tx.is_open) return hpi_fail(err, HPT_EINVAL, "no transaction is open");
    if (hpi_journal_study_find(&journal->state, head->name))
        return hpi_fail(err, HPT_EBUSY, "\"%s\" has a study \"%s\" already", journal->file.shown,
                        hpi_quote(shown, sizeof shown, head->name));
    if (journal->tx.study.bytes > 0 || journal->tx.new_count > 0 || journal->tx.changes.bytes > 0)
        return hpi_fail(err, HPT_EINVAL, "a study is made in a transaction of its own");
    hpt_status status = copy_head(head, &json, &copy, err);
    if (status != HPT_OK) return status;
    status = choose(journal, (uint32_t)journal->state.study_count, &copy, err);
    if (status == HPT_OK) write_study(journal, head, json);
    if (status == HPT_OK && journal->tx.study.failed) status = no_memory(err);
    hpi_free(json);
    hpi_head_fini(&copy);
    journal->is_made = status == HPT_OK;
    return status;
}
