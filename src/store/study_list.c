/* SPDX-License-Identifier: BSD-3-Clause */
/* The studies of a file: each trial is looked at once, and none is kept. */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/history.h"

struct hpt_study_list {
    hpi_study_entry *entries;
    size_t           count;
};

hpt_status hpi_history_backend(const char *path, hpi_backend **backend_out, hpt_err *err) {
    const hpi_backend_class *class;
    if (!path) return hpi_fail(err, HPT_EINVAL, "path is NULL");
    hpt_status status = hpi_backend_find(path, &class, err);
    return status == HPT_OK ? class->open(path, HPI_OPEN_READ, backend_out, err) : status;
}

/* What a tally looks at. */
static bool count_one(void *user, const hpi_record *record) {
    hpt_record seen = { .number = record->number,
                        .state = record->state,
                        .start_ns = record->start_wall_ns,
                        .end_ns = record->end_wall_ns,
                        .values = record->values,
                        .value_count = record->value_count,
                        .constraint_count = record->constraint_count,
                        .constraints = record->constraints };
    hpi_tally *tally = user;
    if ((unsigned)record->state < HPT_TRIAL_STATE_COUNT &&
        (record->value_count == 0 || record->value_count == tally->goal_count))
        hpi_tally_add(tally, &seen);
    return true;
}

static hpt_status read_entry(hpi_study_entry *entry, hpi_backend *backend, const char *name,
                             hpt_err *err) {
    hpi_tally  tally;
    hpt_status status = hpi_study_entry_select(entry, backend, name, err);
    if (status != HPT_OK) return status;
    hpi_tally_init(&tally, entry->head.goals, entry->head.goal_count);
    status = backend->class->scan(backend, HPI_SCAN_ALL, 0, count_one, &tally, err);
    hpi_study_entry_count(entry, &tally);
    if (status != HPT_OK) hpi_study_entry_fini(entry);
    return status;
}

/* Damage, or what hpt has no word for, is this study's; anything else is the file's. */
static bool is_of_study(hpt_status status) {
    return status == HPT_EPARSE || status == HPT_ELIMIT || status == HPT_EINVAL;
}

static hpt_status add_entry(hpt_study_list *list, hpi_backend *backend, const char *name,
                            hpt_err *err) {
    hpt_err          why = { 0 };
    hpi_study_entry *entry = &list->entries[list->count];
    hpt_status       status = read_entry(entry, backend, name, &why);
    if (is_of_study(status))
        status = hpi_study_entry_refuse(entry, name, &why) ? HPT_OK : HPT_ENOMEM;
    if (status != HPT_OK) return hpi_fail(err, status, "%s", *why.text ? why.text : "");
    list->count++;
    return HPT_OK;
}

static hpt_status read_list(hpt_study_list *list, hpi_backend *backend, hpt_err *err) {
    hpi_study_names names;
    hpt_status      status = hpi_study_names_read(&names, backend, err);
    if (status != HPT_OK) return status;
    list->entries = hpi_alloc(names.count, sizeof *list->entries);
    if (!list->entries) status = hpi_fail(err, HPT_ENOMEM, "out of memory for a list of studies");
    while (status == HPT_OK && list->count < names.count)
        status = add_entry(list, backend, names.list[list->count], err);
    hpi_study_names_fini(&names);
    return status;
}

hpt_status hpt_study_list_load(const char *path, hpt_study_list **list_out, hpt_err *err) {
    hpi_backend *backend = NULL;
    if (!list_out) return hpi_fail(err, HPT_EINVAL, "list_out is NULL");
    hpt_status status = hpi_history_backend(path, &backend, err);
    if (status != HPT_OK) return status;
    hpt_study_list *list = hpi_alloc(1, sizeof *list);
    status = list ? read_list(list, backend, err)
                  : hpi_fail(err, HPT_ENOMEM, "out of memory for a list of studies");
    backend->class->close(backend);
    if (status == HPT_OK)
        *list_out = list;
    else
        hpt_study_list_destroy(list);
    return status;
}

size_t hpt_study_list_count(const hpt_study_list *list) {
    return list ? list->count : 0;
}

const hpt_study_info *hpt_study_list_at(const hpt_study_list *list, size_t index) {
    return list && index < list->count ? &list->entries[index].info : NULL;
}

void hpt_study_list_destroy(hpt_study_list *list) {
    if (!list) return;
    for (size_t i = 0; i < list->count; i++)
        hpi_study_entry_fini(&list->entries[i]);
    hpi_free(list->entries);
    hpi_free(list);
}
