/* SPDX-License-Identifier: BSD-3-Clause */
/* Writing what waits: one transaction, which either is in the file as a whole or has never been.
 * Until it is, nothing is forgotten. */
#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/shared.h"

/* A trial that ended before, and whose end is to be replaced: the backend knows it. */

static void find_one(void *user, const hpi_record *record) {
    hpi_kept *kept = user;
    kept->id = record->id;
    kept->was_told = record->order != HPI_UNKNOWN;
    if (kept->was_told) kept->order = record->order;
}

hpt_status hpi_store_find(hpi_store *store, hpi_kept *kept, hpt_err *err) {
    hpt_status status = hpi_backend_find_trial(store->backend, kept->number, find_one, kept, err);
    if (status != HPT_OK) return status;
    kept->must_find = false;
    if (kept->has_ended) hpi_place_end(store, kept);
    return HPT_OK;
}

/* What could not be found when it came. */
static hpt_status find_all(hpi_store *store, hpt_err *err) {
    hpt_status status = HPT_OK;
    for (hpi_kept *kept = store->kept.first; status == HPT_OK && kept; kept = kept->next)
        if (kept->must_find || hpi_shared_must_find(store, kept))
            status = hpi_store_find(store, kept, err);
    return status;
}

/* Putting. */

static hpt_status put_record(hpi_store *store, hpi_kept *kept, hpt_err *err) {
    hpi_record record;
    hpt_status status = hpi_record_decode(kept->bytes.at, kept->bytes.used, store->dims,
                                          &store->room, &record, err);
    if (status != HPT_OK) return status;
    record.id = kept->id;
    record.order = kept->has_ended ? kept->order : HPI_UNKNOWN;
    kept->id_new = kept->id;
    return store->class->put(store->backend, &record, &kept->id_new, err);
}

static hpt_status put_reports(hpi_store *store, const hpi_kept *kept, hpt_err *err) {
    const hpi_kept_reports *reports = &kept->reports;
    hpt_status              status = HPT_OK;
    for (uint32_t i = 0; status == HPT_OK && i < reports->count; i++)
        status =
            store->class->put_report(store->backend, kept->id_new, reports->steps[i],
                                     reports->values + (size_t)i * store->head.goal_count, err);
    return status;
}

static hpt_status put(hpi_store *store, hpi_kept *kept, hpt_err *err) {
    hpt_status status = HPT_OK;
    kept->id_new = kept->id;
    bool is_ours = true;
    if (status == HPT_OK && store->shared) status = hpi_shared_place(store, kept, &is_ours, err);
    if (!is_ours) return status;
    if (status == HPT_OK && kept->bytes.used > 0) status = put_record(store, kept, err);
    return status == HPT_OK ? put_reports(store, kept, err) : status;
}

/* Somebody may have been told that this process is dead, and have taken the study. */
hpt_status hpi_store_check_mine(hpi_store *store, hpt_err *err) {
    char      *json = NULL, who[HPI_HOLD_WHO_BYTES];
    hpt_status status = store->class->attr_get(store->backend, true, HPI_HOLD_KEY, &json, err);
    if (status != HPT_OK) return status;
    store->was_taken = !hpi_hold_is_of(json, store->run_id);
    hpi_hold_judge(json, who);
    hpi_free(json);
    if (!store->was_taken) return HPT_OK;
    if (*who == '\0') return hpi_fail(err, HPT_EIO, "the study was taken from this process");
    return hpi_fail(err, HPT_EIO, "the study was given to %s", who);
}

static hpt_status put_wall(hpi_store *store, int64_t now_ns, hpt_err *err) {
    if (now_ns < store->wall_due_ns && !store->has_finished) return HPT_OK;
    hpt_status status = store->shared ? HPT_OK : hpi_store_check_mine(store, err);
    if (status == HPT_OK) status = hpi_store_put_wall(store, err);
    if (status == HPT_OK) store->wall_due_ns = now_ns + HPI_STORE_WALL_BESIDE_S * HPI_NS_PER_S;
    return status;
}

static hpt_status put_all(hpi_store *store, int64_t now_ns, hpt_err *err) {
    hpt_status status = store->shared ? hpi_shared_enter(store, err) : HPT_OK;
    if (status == HPT_OK) status = put_wall(store, now_ns, err);
    if (status == HPT_OK) status = find_all(store, err);
    if (status == HPT_OK && !store->shared) status = hpi_place_fill_gaps(store, err);
    for (hpi_kept *kept = store->kept.first; status == HPT_OK && kept; kept = kept->next)
        status = put(store, kept, err);
    if (status == HPT_OK && store->shared) status = hpi_shared_leave(store, err);
    return status;
}

/* Who waits for this write need not wait for what it leaves to be tidied up. */
static void on_safe(void *user) {
    hpi_store_tell_early(user);
}

static hpt_status commit(hpi_store *store, bool is_durable, hpt_err *err) {
    hpi_backend *backend = store->backend;
    backend->is_safe = on_safe;
    backend->is_safe_user = store;
    hpt_status status = store->class->commit(backend, is_durable, err);
    backend->is_safe = NULL;
    return status;
}

/* A mean that rises at once and falls slowly: to be early costs little. */
static void learn(int64_t *mean_ns, int64_t took_ns) {
    *mean_ns = took_ns > *mean_ns ? took_ns : *mean_ns + (took_ns - *mean_ns) / 8;
}

/* Who shares a study often only looks what is new. */
static bool has_written(const hpi_store *store, bool is_wall_due) {
    return !store->shared || store->shared->has_changed || store->kept.first || is_wall_due;
}

static hpt_status write_all(hpi_store *store, bool is_durable, hpt_err *err) {
    if (store->was_taken) return hpi_fail(err, HPT_EIO, "the study is somebody else's now");
    hpt_status status = store->class->begin(store->backend, HPI_STORE_WAIT_MS, err);
    if (status != HPT_OK) return status;
    int64_t start_ns = hpi_now_ns();
    bool    is_wall_due = start_ns >= store->wall_due_ns || store->has_finished;
    status = put_all(store, start_ns, err);
    int64_t put_at_ns = hpi_now_ns();
    if (status != HPT_OK || !has_written(store, is_wall_due)) {
        store->class->rollback(store->backend);
        return status;
    }
    status = commit(store, is_durable, err);
    if (status != HPT_OK) return status;
    if (store->put_count > 0)
        learn(&store->put_ns, (put_at_ns - start_ns) / (int64_t)store->put_count);
    learn(&store->commit_ns, hpi_now_ns() - put_at_ns);
    return HPT_OK;
}

/* Afterwards. */

static void acknowledge(hpi_store *store, uint64_t end_count) {
    if (end_count == 0 || store->has_gap) return;
    uint64_t durable = atomic_load_explicit(&store->durable, memory_order_relaxed);
    /* Release: pairs with hpi_store_durable(). Who sees it may tell the strategy. */
    atomic_store_explicit(&store->durable, durable + end_count, memory_order_release);
    if (store->news) store->news(store->context);
}

/* All that waited is in the file. */
static void forget(hpi_store *store) {
    for (hpi_kept *kept = store->kept.first, *next; kept; kept = next) {
        next = kept->next;
        kept->is_listed = false;
        kept->id = kept->id_new;
        kept->bytes.used = 0;
        kept->reports.count = 0;
        if (kept->has_ended || kept->is_lost) hpi_kept_remove(&store->kept, kept);
    }
    store->kept.first = store->kept.last = NULL;
    uint64_t end_count = store->end_count - store->told_early;
    store->end_count = store->told_early = store->put_count = 0;
    store->byte_count = 0;
    store->since_ns = 0;
    acknowledge(store, end_count);
}

static void recover(hpi_store *store, int64_t now_ns) {
    store->busy_since_ns = 0;
    store->retry_ns = 0;
    if (!store->is_failing) return;
    store->is_failing = false;
    store->outage_ns += now_ns - store->failing_since_ns;
}

/* Busy is no failure for a while: others write too. */
static bool is_patient(hpi_store *store, hpt_status status, int64_t now_ns) {
    if (status != HPT_EBUSY || store->is_failing) return false;
    if (store->busy_since_ns == 0) store->busy_since_ns = now_ns;
    return now_ns - store->busy_since_ns < HPI_STORE_BUSY_S * HPI_NS_PER_S;
}

void hpi_store_fail(hpi_store *store, const char *why) {
    int64_t now_ns = hpi_now_ns();
    if (!store->is_failing) {
        store->is_failing = true;
        store->failing_since_ns = now_ns;
        store->outage_count++;
    }
    /* The run goes on without the file: nobody waits for what may never come. */
    if (store->policy == HPT_STORE_GO_ON) hpi_store_tell_early(store);
    if (store->has_failed) return;
    store->has_failed = true;
    hpi_cut(store->failure, sizeof store->failure, why);
    if (store->policy == HPT_STORE_STOP && store->failed) store->failed(store->context);
}

void hpi_store_tell_early(hpi_store *store) {
    uint64_t count = store->end_count - store->told_early;
    store->told_early = store->end_count;
    acknowledge(store, count);
}

bool hpi_store_commit(hpi_store *store, bool is_durable) {
    hpt_err    err = { 0 };
    hpt_status status = write_all(store, is_durable, &err);
    int64_t    now_ns = hpi_now_ns();
    if (status == HPT_OK) {
        recover(store, now_ns);
        forget(store);
        if (store->shared) hpi_shared_publish(store);
        return true;
    }
    if (!is_patient(store, status, now_ns))
        hpi_store_fail(store, *err.text ? err.text : hpt_status_text(status));
    if (store->shared) hpi_shared_undo(store);
    store->retry_ns = store->retry_ns ? 2 * store->retry_ns : HPI_STORE_RETRY_MS * HPI_NS_PER_MS;
    if (store->retry_ns > HPI_STORE_RETRY_MS_MAX * HPI_NS_PER_MS)
        store->retry_ns = HPI_STORE_RETRY_MS_MAX * HPI_NS_PER_MS;
    store->retry_due_ns = now_ns + store->retry_ns;
    return false;
}
