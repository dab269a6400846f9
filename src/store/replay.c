/* SPDX-License-Identifier: BSD-3-Clause */
/* What the file holds, in terms of the run's space. */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "space/space.h"
#include "store/shared.h"

typedef struct replaying {
    hpi_store *store;
    bool (*each)(void *user, const hpi_record *record);
    void      *user;
    hpt_status status; /* of a point that is none */
    hpt_err   *err;
} replaying;

/* A coordinate that the parameter can take stays as it is, bit for bit. One of a range that was
 * widened may lie beside the new steps by a rounding; one that lies outside is not given. */
static bool adapt(const hpt_space *space, hpt_param param, hpt_coord *coord) {
    hpt_err   ignored = { 0 };
    hpt_kind  kind = hpi_space_kind(space, param);
    hpt_value value = kind == HPT_KIND_REAL ? hpt_real(coord->real) : hpt_int(coord->integer);
    if (hpi_space_contains(space, param, *coord)) return true;
    if (kind != HPT_KIND_REAL && kind != HPT_KIND_INT) return false;
    return hpt_space_coord(space, param, value, coord, &ignored) == HPT_OK;
}

/* Copies the point: false when it is outside the space and the trial is one of ours. */
static bool adapt_point(hpi_store *store, const hpi_record *record, hpi_record *adapted) {
    const hpt_space *space = store->head.space;
    bool             is_whole = true, is_foreign = record->asked == HPI_UNKNOWN;
    for (hpt_param i = 0; i < store->dims; i++) {
        bool is_given = !record->given || record->given[i];
        store->point[i] = record->point[i];
        store->given[i] = is_given && adapt(space, i, &store->point[i]);
        if (is_given && !store->given[i] && !is_foreign) return false;
        if (!store->given[i]) store->point[i] = hpt_space_at_fraction(space, i, 0);
        is_whole = is_whole && store->given[i];
    }
    if (hpi_space_has_conditions(space)) hpi_space_settle(space, store->point, 1);
    *adapted = *record;
    adapted->point = store->point;
    adapted->given = is_whole ? NULL : store->given;
    return true;
}

static bool refuse(replaying *it, const hpi_record *record, const char *what) {
    it->status = hpi_fail(it->err, HPT_EPARSE, "trial %" PRIu64 " of the study is damaged: %s",
                          record->number, what);
    return false;
}

static bool replay_one(void *user, const hpi_record *record) {
    replaying *it = user;
    hpi_record adapted;
    bool       is_open = record->state == HPT_TRIAL_RUNNING || record->state == HPT_TRIAL_CANCELLED;
    if (is_open && record->order != HPI_UNKNOWN)
        return refuse(it, record, "it has not ended, and stands among those that have");
    if (it->store->shared && record->order != HPI_UNKNOWN)
        it->store->shared->heard_next = record->order + 1;
    if (adapt_point(it->store, record, &adapted)) return it->each(it->user, &adapted);
    return refuse(it, record, "its point lies outside the space");
}

hpt_status hpi_store_replay(hpi_store *store, bool (*each)(void *, const hpi_record *), void *user,
                            hpt_err *err) {
    replaying  it = { .store = store, .each = each, .user = user, .err = err };
    hpt_status status = store->class->scan(store->backend, HPI_SCAN_TOLD, 0, replay_one, &it, err);
    return status == HPT_OK ? it.status : status;
}

typedef struct reporting {
    uint64_t id;
    void (*each)(void *user, int64_t step, const double *values);
    void *user;
} reporting;

/* They come by rising id. */
static bool report_one(void *user, uint64_t id, int64_t step, const double *values) {
    reporting *it = user;
    if (id == it->id) it->each(it->user, step, values);
    return id <= it->id;
}

hpt_status hpi_store_reports(hpi_store *store, uint64_t                                      id,
                             void (*each)(void *, int64_t step, const double *values), void *user,
                             hpt_err *err) {
    const hpi_backend_class *class = store->class;
    reporting it = { .id = id, .each = each, .user = user };
    return class->scan_reports_from
               ? class->scan_reports_from(store->backend, id, report_one, &it, err)
               : class->scan_reports(store->backend, report_one, &it, err);
}

hpt_status hpi_store_open_trials(hpi_store *store, bool (*each)(void *, const hpi_record *),
                                 void *user, hpt_err *err) {
    replaying  it = { .store = store, .each = each, .user = user, .err = err };
    hpt_status status = store->class->scan(store->backend, HPI_SCAN_OPEN, 0, replay_one, &it, err);
    return status == HPT_OK ? it.status : status;
}
