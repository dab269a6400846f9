/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "store/history.h"
#include "store/roster.h"
#include "store/writer.h"

/* Another tool's goals have no names. */
static bool name_goals(hpi_head *head) {
    for (uint32_t i = 0; i < head->goal_count; i++) {
        char name[24];
        if (head->goals[i].name) continue;
        snprintf(name, sizeof name, i == 0 ? "value" : "value_%u", (unsigned)i);
        head->goals[i].name = hpi_copy_text(name);
        if (!head->goals[i].name) return false;
    }
    return true;
}

/* NULL where nothing is written of it. */
static hpt_status read_attr(hpi_backend *backend, const char *key, char **json_out, hpt_err *err) {
    hpt_err    why = { 0 };
    hpt_status status = backend->class->attr_get(backend, true, key, json_out, &why);
    if (status == HPT_OK || status == HPT_EABSENT) return HPT_OK;
    return hpi_fail(err, status, "%s", why.text);
}

/* Those that share it, as long as they have been heard of lately. */
static hpt_status read_roster(hpi_study_entry *entry, const char *json, hpt_err *err) {
    hpi_roster roster = { 0 };
    hpt_err    why = { 0 };
    char       first[HPI_HOLD_WHO_BYTES];
    size_t     count = 0;
    hpt_status status = hpi_roster_read(json, &roster, &why);
    if (status == HPT_EPARSE) return HPT_OK; /* who wants to share it is told */
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    for (size_t i = 0; i < roster.member_count; i++) {
        const hpi_member *member = &roster.members[i];
        if (hpi_member_is_gone(member, hpi_now_ns() / HPI_NS_PER_MS, true)) continue;
        if (count++ == 0) hpi_hold_judge(member->who, first);
    }
    hpi_roster_fini(&roster);
    if (count == 0) return HPT_OK;
    entry->hold = HPI_HOLD_TAKEN;
    entry->is_there = true;
    if (count == 1)
        snprintf(entry->held_by, sizeof entry->held_by, "%s (shared)", first);
    else
        snprintf(entry->held_by, sizeof entry->held_by, "%s and %zu more (shared)", first,
                 count - 1);
    return HPT_OK;
}

static hpt_status read_attrs(hpi_study_entry *entry, hpi_backend *backend, hpt_err *err) {
    char      *hold = NULL, *roster = NULL;
    hpt_status status = read_attr(backend, HPI_HOLD_KEY, &hold, err);
    if (status == HPT_OK) status = read_attr(backend, HPI_WALL_KEY, &entry->wall_json, err);
    if (status == HPT_OK && !entry->head.is_ours)
        status = read_attr(backend, HPI_GOAL_NAMES_KEY, &entry->names_json, err);
    if (status == HPT_OK) status = read_attr(backend, HPI_ROSTER_KEY, &roster, err);
    if (hold) {
        entry->hold = hpi_hold_judge(hold, entry->held_by);
        entry->is_there = hpi_hold_is_there(hold);
    }
    if (roster && status == HPT_OK) status = read_roster(entry, roster, err);
    hpi_free(roster);
    hpi_free(hold);
    return status;
}

hpt_status hpi_study_entry_select(hpi_study_entry *entry, hpi_backend *backend, const char *name,
                                  hpt_err *err) {
    hpi_study_entry made = { .held_by = "" };
    hpt_status      status = backend->class->select(backend, name, &made.head, err);
    if (status != HPT_OK) return status;
    status = read_attrs(&made, backend, err);
    if (status == HPT_OK && !name_goals(&made.head))
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for the goals of a study");
    if (status != HPT_OK) {
        hpi_study_entry_fini(&made);
        return status;
    }
    *entry = made;
    hpi_study_entry_settle(entry);
    return HPT_OK;
}

void hpi_study_entry_settle(hpi_study_entry *entry) {
    const hpi_head *head = &entry->head;
    hpt_study_info *info = &entry->info;
    info->struct_size = sizeof *info;
    info->name = head->name;
    info->goal_count = head->goal_count;
    info->goals = head->goals;
    info->is_ours = head->is_ours;
    info->seed = head->seed;
    info->strategy = head->strategy ? head->strategy : "";
    info->version = head->version ? head->version : "";
    info->held_by = entry->hold == HPI_HOLD_TAKEN ? entry->held_by : "";
    info->problem = entry->why.text;
}

bool hpi_study_entry_refuse(hpi_study_entry *entry, const char *name, const hpt_err *why) {
    const hpi_tally nothing = { .first_ns = HPT_TIME_NONE, .last_ns = HPT_TIME_NONE };
    *entry = (hpi_study_entry){ .head = { .name = hpi_copy_text(name) }, .why = *why };
    if (!entry->head.name) return false;
    hpi_study_entry_settle(entry);
    hpi_study_entry_count(entry, &nothing);
    return true;
}

void hpi_study_entry_count(hpi_study_entry *entry, const hpi_tally *tally) {
    hpt_study_info *info = &entry->info;
    info->trial_count = tally->trial_count;
    memcpy(info->state_count, tally->state_count, sizeof info->state_count);
    info->has_best = tally->has_best;
    info->best_trial = tally->has_best ? tally->best_trial : UINT64_MAX;
    info->best_value = tally->has_best ? tally->best[0] : NAN;
    info->first_ns = tally->first_ns;
    info->last_ns = tally->last_ns;
}

void hpi_study_entry_fini(hpi_study_entry *entry) {
    hpi_head_fini(&entry->head);
    hpi_free(entry->wall_json);
    hpi_free(entry->names_json);
}
