/* SPDX-License-Identifier: BSD-3-Clause */
/* Whether a study file is sound; and mending what can be mended. What is looked at is one state of
 * the file, read by the form itself; here are the holds, and what to do about the findings. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/history.h"
#include "store/roster.h"

enum { WAIT_MS = 10000, FINDING_BYTES = 400 };

typedef struct checking {
    const char          *path;
    hpt_finding_function say;
    void                *user;
    hpt_check_action     action;
    bool                 is_left; /* after a repair: what is still there */
    size_t               count;
} checking;

static void find(void *user, const char *finding) {
    checking *it = user;
    char      text[FINDING_BYTES + 16];
    it->count++;
    if (!it->say) return;
    if (it->is_left) {
        snprintf(text, sizeof text, "not repaired: %.*s", FINDING_BYTES, finding);
        it->say(it->user, text);
    } else {
        it->say(it->user, finding);
    }
}

/* ---- studies ---- */

/* One study after the other is selected. `each` may select others. */
static hpt_status for_each_study(hpi_backend *backend, void *user,
                                 hpt_status (*each)(void *user, hpi_backend *backend,
                                                    const hpi_study_entry *entry, hpt_err *err),
                                 hpt_err *err) {
    hpi_study_names names;
    hpt_status      status = hpi_study_names_read(&names, backend, err);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < names.count && status == HPT_OK; i++) {
        hpi_study_entry entry;
        hpt_err         why = { 0 };
        status = hpi_study_entry_select(&entry, backend, names.list[i], &why);
        if (status == HPT_EPARSE) { /* a finding of the form's own */
            status = HPT_OK;
            continue;
        }
        if (status != HPT_OK) {
            hpi_fail(err, status, "%s", why.text);
            continue;
        }
        status = each(user, backend, &entry, err);
        hpi_study_entry_fini(&entry);
    }
    hpi_study_names_fini(&names);
    return status;
}

/* ---- looking ---- */

static int64_t now_ms(void) {
    return hpi_now_ns() / HPI_NS_PER_MS;
}

/* Who shared it and is gone is no damage: whoever comes next frees its numbers. A list that cannot
 * be read keeps everybody out. */
static hpt_status look_at_roster(void *user, hpi_backend *backend, const hpi_study_entry *entry,
                                 hpt_err *err) {
    char       text[FINDING_BYTES], name[72];
    hpi_roster roster = { 0 };
    hpt_err    why = { 0 };
    hpt_status status = hpi_roster_get(backend, &roster, &why);
    hpi_roster_fini(&roster);
    if (status == HPT_OK) return HPT_OK;
    if (status != HPT_EPARSE) return hpi_fail(err, status, "%s", why.text);
    snprintf(text, sizeof text, "study \"%s\": %s", hpi_quote(name, sizeof name, entry->info.name),
             why.text);
    find(user, text);
    return HPT_OK;
}

/* Nobody can tell from here whether that process is gone; whoever wants it released has said so. */
static bool is_to_be_released(const checking *it, const hpi_study_entry *entry) {
    return it->action == HPT_CHECK_RELEASE && entry->hold == HPI_HOLD_TAKEN && !entry->is_there;
}

/* What a dead process holds is nothing to be mended: whoever opens the study takes it. */
static hpt_status look_at_hold(void *user, hpi_backend *backend, const hpi_study_entry *entry,
                               hpt_err *err) {
    char text[FINDING_BYTES], name[72];
    if (!is_to_be_released(user, entry)) return look_at_roster(user, backend, entry, err);
    snprintf(text, sizeof text, "study \"%s\" is held by %s, which is not known here",
             hpi_quote(name, sizeof name, entry->info.name), entry->held_by);
    find(user, text);
    return look_at_roster(user, backend, entry, err);
}

static hpt_status look(checking *it, hpt_err *err) {
    hpi_backend *backend = NULL;
    hpt_status   status = hpi_history_backend(it->path, &backend, err);
    if (status != HPT_OK) return status;
    status = backend->class->check(backend, find, it, err);
    if (status == HPT_OK) status = for_each_study(backend, it, look_at_hold, err);
    backend->class->close(backend);
    return status;
}

/* ---- repairing ---- */

static hpt_status refuse_held(void *user, hpi_backend *backend, const hpi_study_entry *entry,
                              hpt_err *err) {
    const checking *it = user;
    char            shown[72];
    (void)backend;
    if (entry->hold != HPI_HOLD_TAKEN || is_to_be_released(it, entry)) return HPT_OK;
    return hpi_fail(err, HPT_EBUSY, "\"%s\" cannot be repaired: it is held by %s%s",
                    hpi_quote(shown, sizeof shown, it->path), entry->held_by,
                    entry->is_there ? ", which is running" : "; if that is gone: --release");
}

typedef struct mending {
    hpi_backend *backend;
    hpt_status   status;
    hpt_err     *err;
} mending;

static bool mend_one(void *user, const hpi_record *record) {
    mending *it = user;
    if (!hpi_record_is_foreign(record))
        it->status = it->backend->class->mend(it->backend, record, it->err);
    return it->status == HPT_OK;
}

/* As far as records can be read: damage stays a finding. Not by number, which may be what is to be
 * mended. */
static hpt_status mend_trials(hpi_backend *backend, hpt_err *err) {
    mending    it = { .backend = backend, .err = err };
    hpt_err    why = { 0 };
    hpt_status status = backend->class->scan(backend, HPI_SCAN_TOLD, 0, mend_one, &it, &why);
    if (status == HPT_OK && it.status == HPT_OK)
        status = backend->class->scan(backend, HPI_SCAN_OPEN, 0, mend_one, &it, &why);
    if (it.status != HPT_OK) return it.status;
    return status == HPT_OK || status == HPT_EPARSE ? HPT_OK
                                                    : hpi_fail(err, status, "%s", why.text);
}

/* Who shares it must not be there; then nobody has its numbers any more. */
static hpt_status mend_roster(const checking *it, hpi_backend *backend, hpt_err *err) {
    hpi_roster roster = { 0 };
    char       shown[72];
    hpt_err    why = { 0 };
    hpt_status status = hpi_roster_get(backend, &roster, &why);
    size_t     before = roster.member_count;
    if (status == HPT_EPARSE) {
        roster.joined = 1; /* its trials were not asked for in one order */
        status = hpi_roster_put(backend, &roster, err);
    } else if (status != HPT_OK) {
        hpi_fail(err, status, "%s", why.text);
    } else if (!hpi_roster_expire(&roster, now_ms(), true)) {
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for who shares a study");
    } else if (roster.member_count > 0) {
        status = hpi_fail(err, HPT_EBUSY, "\"%s\" cannot be repaired: it is shared by %zu run%s",
                          hpi_quote(shown, sizeof shown, it->path), roster.member_count,
                          roster.member_count == 1 ? "" : "s");
    } else if (before > 0) {
        status = hpi_roster_put(backend, &roster, err);
    }
    hpi_roster_fini(&roster);
    return status;
}

/* In the transaction that is open; nobody has taken the hold meanwhile. */
static hpt_status repair_study(void *user, hpi_backend *backend, const hpi_study_entry *entry,
                               hpt_err *err) {
    hpt_status status = refuse_held(user, backend, entry, err);
    if (status == HPT_OK) status = mend_roster(user, backend, err);
    if (status == HPT_OK && entry->hold != HPI_HOLD_NOBODY)
        status = backend->class->attr_put(backend, true, HPI_HOLD_KEY, HPI_HOLD_FREE, err);
    if (status == HPT_OK && backend->class->mend && entry->info.is_ours)
        status = mend_trials(backend, err);
    return status;
}

/* A torn tail is cut when the transaction begins. */
static hpt_status repair(checking *it, hpt_err *err) {
    const hpi_backend_class *class = NULL;
    hpi_backend *backend = NULL;
    hpt_status   status = hpi_backend_find(it->path, &class, err);
    if (status == HPT_OK) status = class->open(it->path, HPI_OPEN_WRITE, &backend, err);
    if (status != HPT_OK) return status;
    status = for_each_study(backend, it, refuse_held, err);
    if (status == HPT_OK) status = class->begin(backend, WAIT_MS, err);
    if (status == HPT_OK) {
        status = for_each_study(backend, it, repair_study, err);
        if (status == HPT_OK)
            status = class->commit(backend, true, err);
        else
            class->rollback(backend);
    }
    class->close(backend);
    return status;
}

hpt_status hpt_study_check(const char *path, hpt_check_action action, hpt_finding_function say,
                           void *user, size_t *finding_count_out, hpt_err *err) {
    checking it = { .path = path, .say = say, .user = user, .action = action };
    if (!path || !finding_count_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", path ? "finding_count_out" : "path");
    if (action != HPT_CHECK_LOOK && action != HPT_CHECK_REPAIR && action != HPT_CHECK_RELEASE)
        return hpi_fail(err, HPT_EINVAL, "action %d is none of HPT_CHECK_LOOK, _REPAIR, _RELEASE",
                        (int)action);
    hpt_status status = look(&it, err);
    if (status == HPT_OK && action != HPT_CHECK_LOOK && it.count > 0) {
        status = repair(&it, err);
        it.is_left = true;
        it.count = 0;
        if (status == HPT_OK) status = look(&it, err);
    }
    if (status == HPT_OK) *finding_count_out = it.count;
    return status;
}
