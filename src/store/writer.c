/* SPDX-License-Identifier: BSD-3-Clause */
/* Events become records, and it is decided when they are written.
 *
 * What has been created and has not ended by the time of a commit is written as RUNNING; what has
 * ended is written once, as it ended. So a commit of many short trials has one record for each. */
#include <math.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/shared.h"

int64_t hpi_store_wall_ns(const hpi_store *store) {
    int64_t since_ns = store->has_finished ? 0 : hpi_now_ns() - store->run_at_ns;
    return store->found.wall_ns + store->run_ns + since_ns;
}

/* What waits. */

static bool is_over_bound(const hpi_store *store) {
    bool is_without = store->is_failing && store->policy == HPT_STORE_GO_ON;
    return is_without &&
           (store->put_count >= HPI_STORE_KEEP_ENDS || store->byte_count >= HPI_STORE_KEEP_BYTES);
}

/* A trial that goes on for hours may report all the time. */
static bool has_room_for_report(const hpi_store *store) {
    return !store->is_failing || store->byte_count < HPI_STORE_KEEP_BYTES;
}

/* The time of the turn before is a bound for when the oldest of what comes now was told. */
static void wait_for_commit(hpi_store *store, hpi_kept *kept) {
    if (store->since_ns == 0) store->since_ns = store->turn_ns;
    hpi_kept_list(&store->kept, kept);
}

static bool encode(hpi_store *store, hpi_kept *kept, const hpi_record *record) {
    hpt_err err = { 0 };
    bool    is_new = kept->bytes.used == 0;
    size_t  before = kept->bytes.used;
    if (hpi_record_encode(record, store->dims, &kept->bytes, &err) != HPT_OK) {
        hpi_store_fail(store, err.text);
        return false;
    }
    if (is_new) store->put_count++;
    store->byte_count += kept->bytes.used - before;
    return true;
}

/* The entry of a trial. One that was seen before and has none now has ended: the file knows it. */
static hpi_kept *entry_of(hpi_store *store, uint64_t number) {
    hpi_kept *kept = hpi_kept_find(&store->kept, number);
    hpt_err   ignored = { 0 };
    if (kept) return kept;
    kept = hpi_kept_add(&store->kept, number);
    if (!kept) {
        hpi_store_fail(store, "out of memory for a trial on its way into the study file");
        return NULL;
    }
    if (store->shared) return kept; /* numbers of others lie between: see hpi_shared_must_find() */
    kept->must_find = number < store->number_next;
    if (kept->must_find) hpi_store_find(store, kept, &ignored); /* else the commit tries again */
    return kept;
}

/* Events. */

static void on_created(hpi_store *store, const hpt_event *event) {
    hpi_kept *kept = entry_of(store, event->trial);
    bool      is_new = event->trial >= store->number_next;
    if (is_new) {
        store->number_next = event->trial + 1;
        store->asked++;
    }
    if (!kept || !event->point) return;
    /* Who was taken for dead may be given a trial again whose end still waits here: that counts. */
    if (store->shared && kept->has_ended) return;
    if (kept->asked == HPI_UNKNOWN) kept->asked = store->asked;
    hpi_record record = { .number = event->trial,
                          .order = HPI_UNKNOWN,
                          .asked = kept->asked,
                          .state = HPT_TRIAL_RUNNING,
                          .worker = UINT32_MAX,
                          .start_wall_ns = event->wall_ns,
                          .end_wall_ns = HPI_NO_TIME,
                          .duration_ns = -1,
                          .point = event->point,
                          .reason = "" };
    if (is_over_bound(store)) return; /* it is written if it ends when there is room again */
    if (encode(store, kept, &record)) wait_for_commit(store, kept);
}

/* hpt_trial_report() says the first of several only. */
static void read_values(const hpt_event *event, uint32_t goal_count, double *values_out) {
    bool is_whole = event->values && event->value_count == goal_count;
    for (uint32_t i = 0; i < goal_count; i++)
        values_out[i] = is_whole ? event->values[i] : NAN;
    values_out[0] = event->value;
}

static void on_reported(hpi_store *store, const hpt_event *event) {
    uint32_t  goal_count = store->head.goal_count;
    hpi_kept *kept = hpi_kept_find(&store->kept, event->trial);
    bool      has_trial = kept && (kept->is_listed || kept->id != 0);
    bool      may_keep = has_trial && has_room_for_report(store) && !is_over_bound(store);
    double    values[HPI_HEAD_GOALS_MAX];
    if (kept) {
        kept->has_report = true;
        kept->last_step = event->step;
        kept->last_value = event->value;
    }
    read_values(event, goal_count, values);
    if (!may_keep || !hpi_kept_report_add(kept, goal_count, event->step, values)) {
        store->lost_reports++;
        return;
    }
    store->put_count++;
    store->byte_count += hpi_kept_report_bytes(goal_count);
    wait_for_commit(store, kept);
}

static hpi_record record_of(const hpi_store *store, const hpt_event *event) {
    bool       was_started = event->start_ns >= 0;
    int64_t    run_wall_ns = event->wall_ns - event->time_ns;
    bool       is_timed = was_started && event->duration_ns >= 0;
    int64_t    start_ns = run_wall_ns + event->start_ns;
    hpi_record record = {
        .number = event->trial,
        .order = HPI_UNKNOWN, /* filled in when it is put */
        .asked = store->asked,
        .state = event->state,
        .worker = was_started ? event->worker : UINT32_MAX,
        .start_wall_ns = was_started ? start_ns : HPI_NO_TIME,
        .end_wall_ns = is_timed ? start_ns + event->duration_ns : event->wall_ns,
        .duration_ns = is_timed ? event->duration_ns : -1,
        .point = event->point,
        .values = event->values,
        .value_count = event->values ? event->value_count : 0,
        .attr_count = event->attr_count,
        .constraint_count = event->constraint_count,
        .attrs = event->attrs,
        .constraints = event->constraints,
        .reason = event->reason ? event->reason : "",
        .has_report = event->has_report,
        .last_step = event->has_report ? event->step : 0,
        .last_value = event->has_report ? event->last_value : 0,
    };
    return record;
}

/* The event of a COMPLETE trial says nothing of its reports. */
static void add_last_report(hpi_record *record, const hpi_kept *kept) {
    if (!kept || !kept->has_report || record->has_report) return;
    record->has_report = true;
    record->last_step = kept->last_step;
    record->last_value = kept->last_value;
}

/* Its end is not kept. With a file that is missed it counts as told, else nothing may count any
 * more. What waits of its beginning is written: it will have been running. */
static void lose_end(hpi_store *store, hpi_kept *kept, hpt_trial_state state) {
    if (state != HPT_TRIAL_CANCELLED) store->lost_ends++;
    if (store->policy == HPT_STORE_GO_ON)
        store->end_count++;
    else
        store->has_gap = true;
    if (!kept) return;
    kept->is_lost = true;
    if (!kept->is_listed) hpi_kept_remove(&store->kept, kept);
}

static void on_ended(hpi_store *store, const hpt_event *event) {
    hpi_kept  *kept = entry_of(store, event->trial);
    hpi_record record = record_of(store, event);
    HPI_ASSERT(event->point);
    store->come_count++;
    add_last_report(&record, kept);
    bool has_room = kept && (kept->bytes.used > 0 || !is_over_bound(store));
    bool may_keep = has_room && event->point;
    if (!may_keep || !encode(store, kept, &record)) {
        lose_end(store, kept, event->state);
        return;
    }
    if (event->trial >= store->number_next) store->number_next = event->trial + 1;
    kept->is_told = event->state != HPT_TRIAL_CANCELLED;
    kept->has_ended = true;
    kept->is_moved = false;
    if (!kept->must_find) hpi_place_end(store, kept); /* else when it is known what it was */
    kept->is_lost = false;
    store->end_count++;
    wait_for_commit(store, kept);
}

static void on_finished(hpi_store *store, const hpt_event *event) {
    store->run_ns = event->duration_ns;
    store->has_finished = true;
}

static void on_event(hpi_store *store, const hpt_event *event) {
    if (event->time_ns > store->run_ns) store->run_ns = event->time_ns;
    switch (event->kind) {
    case HPT_EVENT_TRIAL_CREATED:
        on_created(store, event);
        return;
    case HPT_EVENT_TRIAL_REPORTED:
        on_reported(store, event);
        return;
    case HPT_EVENT_TRIAL_ENDED:
        on_ended(store, event);
        return;
    case HPT_EVENT_FINISHED:
        on_finished(store, event);
        return;
    default:
        return;
    }
}

/* When. */

/* Whether to wait for the next turn would be too late for the oldest of what waits. */
static bool is_late(const hpi_store *store, int64_t now_ns) {
    int64_t cost_ns = (int64_t)store->put_count * store->put_ns + store->commit_ns;
    int64_t next_ns = now_ns + HPI_STORE_TURN_MS * HPI_NS_PER_MS;
    return next_ns + cost_ns >= store->since_ns + store->interval_ns;
}

static bool is_due(const hpi_store *store, int64_t now_ns) {
    bool is_many = store->commit_trials > 0 && store->end_count >= store->commit_trials;
    bool is_much =
        store->byte_count >= HPI_STORE_FLUSH_BYTES || store->put_count >= HPI_STORE_FLUSH_PUTS;
    bool is_each = store->sync == HPT_SYNC_EACH && store->end_count > 0;
    return is_many || is_much || is_each || store->has_finished || is_late(store, now_ns);
}

/* A run of which nothing is heard for long still takes time, which the file should know. */
static bool is_silent(const hpi_store *store, int64_t now_ns) {
    return now_ns - store->wall_due_ns >= HPI_STORE_WALL_S * HPI_NS_PER_S;
}

static void consider(hpi_store *store) {
    int64_t now_ns = hpi_now_ns();
    if (store->is_failing && store->policy == HPT_STORE_GO_ON) hpi_store_tell_early(store);
    bool must_wait = store->retry_ns > 0 && now_ns < store->retry_due_ns;
    if (must_wait && !store->has_finished) return;
    bool has_more = store->kept.first || store->end_count > 0 || store->has_finished;
    bool is_shared_due = store->shared && hpi_shared_is_due(store, now_ns);
    if (is_shared_due || (has_more ? is_due(store, now_ns) : is_silent(store, now_ns)))
        hpi_store_commit(store, store->end_count > 0 || store->has_finished);
}

/* The observer. */

typedef struct writer_state {
    hpi_store *store;
} writer_state;

static hpt_status writer_open(void *state, const hpt_observer_setup *setup, hpt_err *err) {
    hpi_store *store = setup->user;
    if (!store) return hpi_fail(err, HPT_EINVAL, "the study's writer needs a study");
    ((writer_state *)state)->store = store;
    store->turn_ns = store->run_at_ns = hpi_now_ns();
    store->put_ns = HPI_STORE_PUT_NS;
    store->commit_ns = HPI_STORE_COMMIT_NS;
    store->wall_due_ns = store->turn_ns + HPI_STORE_WALL_BESIDE_S * HPI_NS_PER_S;
    return HPT_OK;
}

/* A failure is no observer's failure: hpi_store_warning() tells it, with what was lost. */
static hpt_status writer_events(void *state, const hpt_event *events, size_t count, hpt_err *err) {
    hpi_store *store = ((writer_state *)state)->store;
    int64_t    now_ns = hpi_now_ns();
    (void)err;
    for (size_t i = 0; i < count; i++)
        on_event(store, &events[i]);
    store->run_at_ns = now_ns;
    consider(store);
    store->turn_ns = now_ns;
    return HPT_OK;
}

static hpt_status writer_tick(void *state, const hpt_stats *stats, uint64_t lost_count,
                              hpt_err *err) {
    hpi_store *store = ((writer_state *)state)->store;
    int64_t    now_ns = hpi_now_ns();
    (void)stats;
    (void)lost_count;
    (void)err;
    consider(store);
    store->turn_ns = now_ns;
    return HPT_OK;
}

static void count_lost(hpi_store *store) {
    for (const hpi_kept *kept = store->kept.first; kept; kept = kept->next) {
        if (kept->is_told && !kept->is_moved) store->lost_ends++;
        store->lost_reports += kept->reports.count;
    }
}

/* The last chance. A file that is only busy gets as long as at any other time. */
static hpt_status writer_close(void *state, uint64_t lost_count, hpt_err *err) {
    hpi_store *store = ((writer_state *)state)->store;
    (void)lost_count;
    (void)err;
    if (store->is_refused) return HPT_OK;
    bool is_clean = !store->kept.first && store->has_finished && !store->is_failing;
    while (!is_clean && !(is_clean = hpi_store_commit(store, true)) && !store->is_failing) {
    }
    if (!is_clean) count_lost(store);
    if (store->is_failing) store->outage_ns += hpi_now_ns() - store->failing_since_ns;
    return HPT_OK;
}

const hpt_observer_class hpi_store_observer = {
    .struct_size = sizeof(hpt_observer_class),
    .name = "study",
    .summary = "keeps every trial in a study file",
    .state_size = sizeof(writer_state),
    .kinds = HPT_EVENT_TRIAL_CREATED | HPT_EVENT_TRIAL_REPORTED | HPT_EVENT_TRIAL_ENDED |
             HPT_EVENT_FINISHED,
    .policy = HPT_POLICY_BLOCK,
    .tick_ms = HPI_STORE_TICK_MS,
    .open = writer_open,
    .events = writer_events,
    .tick = writer_tick,
    .close = writer_close,
};
