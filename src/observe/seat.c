/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/seat.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "observe/dispatcher.h"
#include "observe/function.h"
#include "observe/receiver.h"
#include "observe/registry.h"

static hpt_status check(const hpt_observer *observer, hpt_err *err) {
    if (!observer->name && !observer->events)
        return hpi_fail(err, HPT_EINVAL, "an observer needs a name or a function");
    if (observer->kinds & ~(uint32_t)HPT_EVENT_ALL)
        return hpi_fail(err, HPT_EINVAL, "kinds %#x has bits that are no hpt_event_kind",
                        observer->kinds);
    if ((unsigned)observer->policy > HPT_POLICY_BLOCK)
        return hpi_fail(err, HPT_EINVAL, "policy %d is none", (int)observer->policy);
    return HPT_OK;
}

static hpt_status find_class(hpi_seat *seat, const hpt_observer *observer, hpt_err *err) {
    if (!observer->name) {
        seat->class = &hpi_observer_function;
        return HPT_OK;
    }
    hpt_status status = hpi_spec_init(&seat->spec, observer->name, err);
    if (status != HPT_OK) return status;
    return hpi_observer_find(seat->spec.name, &seat->class, err);
}

/* What the user left open is the observer's own choice. */
static void choose(hpi_seat *seat, const hpt_observer *observer) {
    const hpt_observer_class *class = seat->class;
    seat->name = class->name;
    seat->policy = observer->policy;
    if (seat->policy == HPT_POLICY_DEFAULT) seat->policy = class->policy;
    if (seat->policy == HPT_POLICY_DEFAULT) seat->policy = HPT_POLICY_DROP;
}

/* After the options are known. */
static void choose_kinds(hpi_seat *seat, const hpt_observer *observer) {
    const hpt_observer_class *class = seat->class;
    seat->kinds = observer->kinds;
    if (seat->kinds == 0 && class->wants) seat->kinds = class->wants(seat->state);
    if (seat->kinds == 0) seat->kinds = class->kinds;
    if (seat->kinds == 0) seat->kinds = HPT_EVENT_ALL;
    seat->kinds &= HPT_EVENT_ALL;
}

static hpt_status buffer_count_of(const hpt_observer *observer, uint32_t *count_out, hpt_err *err) {
    uint32_t count = observer->buffer_count ? observer->buffer_count : HPI_BUFFER_COUNT;
    if (count < HPI_BUFFER_COUNT_MIN || count > HPI_BUFFER_COUNT_MAX)
        return hpi_fail(err, HPT_EINVAL, "buffer_count %u is outside [%d, %d]", count,
                        HPI_BUFFER_COUNT_MIN, HPI_BUFFER_COUNT_MAX);
    *count_out = count;
    return HPT_OK;
}

static hpt_status make_state(hpi_seat *seat, const hpt_observer *observer, hpt_err *err) {
    const hpt_observer_class *class = seat->class;
    seat->state = hpi_alloc(1, class->state_size ? class->state_size : 1);
    if (!seat->state)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for observer \"%s\"", class->name);
    if (class == &hpi_observer_function) {
        *(hpi_function *)seat->state =
            (hpi_function){ .events = observer->events, .user = observer->user };
        return HPT_OK;
    }
    return hpi_spec_apply(&seat->spec, "observer", class->options, seat->state, err);
}

static hpi_seat *new_seat(hpt_err *err) {
    hpi_seat *seat = hpi_alloc(1, sizeof *seat);
    if (!seat) {
        hpi_fail(err, HPT_ENOMEM, "out of memory for an observer");
        return NULL;
    }
    atomic_init(&seat->is_leaving, false);
    seat->owners = 1;
    return seat;
}

static hpt_status make_backlog(hpi_seat *seat, uint32_t count, uint32_t dims, hpt_err *err) {
    if (hpi_backlog_init(&seat->backlog, count, dims)) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for the %u events of observer \"%s\"", count,
                    seat->name);
}

hpt_status hpi_seat_create_store(const hpt_observer_class *class, uint32_t dims,
                                 hpi_seat **seat_out, hpt_err *err) {
    hpi_seat *seat = new_seat(err);
    if (!seat) return HPT_ENOMEM;
    seat->is_store = true;
    seat->class = class;
    seat->name = class->name;
    seat->kinds = class->kinds;
    seat->policy = HPT_POLICY_BLOCK;
    seat->state = hpi_alloc(1, class->state_size ? class->state_size : 1);
    hpt_status status = HPT_OK;
    if (!seat->state) status = hpi_fail(err, HPT_ENOMEM, "out of memory for the study file");
    if (status == HPT_OK) status = make_backlog(seat, HPI_BUFFER_COUNT, dims, err);
    if (status != HPT_OK)
        hpi_seat_destroy(seat);
    else
        *seat_out = seat;
    return status;
}

hpt_status hpi_seat_create(const hpt_observer *observer, uint32_t dims, hpi_seat **seat_out,
                           hpt_err *err) {
    uint32_t   buffer_count = 0;
    hpt_status status = check(observer, err);
    if (status == HPT_OK) status = buffer_count_of(observer, &buffer_count, err);
    if (status != HPT_OK) return status;
    hpi_seat *seat = new_seat(err);
    if (!seat) return HPT_ENOMEM;
    status = find_class(seat, observer, err);
    if (status != HPT_OK) goto failed;
    choose(seat, observer);
    status = make_state(seat, observer, err);
    if (status != HPT_OK) goto failed;
    choose_kinds(seat, observer);
    status = make_backlog(seat, buffer_count, dims, err);
    if (status != HPT_OK) goto failed;
    *seat_out = seat;
    return HPT_OK;

failed:
    hpi_seat_destroy(seat);
    return status;
}

hpt_status hpi_seat_create_receiver(hpt_receiver *receiver, uint32_t kinds, hpi_seat **seat_out,
                                    hpt_err *err) {
    if (kinds & ~(uint32_t)HPT_EVENT_ALL)
        return hpi_fail(err, HPT_EINVAL, "kinds %#x has bits that are no hpt_event_kind", kinds);
    hpi_seat *seat = new_seat(err);
    if (!seat) return HPT_ENOMEM;
    seat->name = "receiver";
    seat->receiver = receiver;
    seat->kinds = kinds ? kinds : HPT_EVENT_ALL;
    seat->policy = HPT_POLICY_DROP;
    *seat_out = seat;
    return HPT_OK;
}

void hpi_seat_destroy(hpi_seat *seat) {
    if (!seat) return;
    if (seat->receiver) hpi_receiver_release(seat->receiver);
    hpi_backlog_fini(&seat->backlog);
    hpi_catch_give(&seat->catch);
    hpi_free(seat->state);
    hpi_spec_fini(&seat->spec);
    hpi_free(seat);
}

hpt_status hpi_seat_open(hpi_seat *seat, const hpt_observer *observer,
                         const hpi_dispatch_setup *setup, hpt_err *err) {
    seat->setup = (hpt_observer_setup){ .struct_size = sizeof seat->setup,
                                        .space = setup->space,
                                        .run_id = setup->run_id,
                                        .strategy = setup->strategy,
                                        .metric = setup->metric,
                                        .seed = setup->seed,
                                        .is_maximising = setup->is_maximising,
                                        .goals = setup->goals,
                                        .goal_count = setup->goal_count,
                                        .line = observer->line,
                                        .file = observer->file,
                                        .user = observer->user };
    seat->catch = hpi_catch_take();
    if (!seat->class->open) return HPT_OK;
    return seat->class->open(seat->state, &seat->setup, err);
}

/* A failure is counted; the first one is what a person needs to know, the last one often has the
 * totals. */
static void note(hpi_seat *seat, hpt_status status, const hpt_err *err) {
    if (status == HPT_OK) return;
    const char *text = *err->text ? err->text : hpt_status_text(status);
    char       *kept = seat->failure_count == 0 ? seat->first_failure : seat->last_failure;
    hpi_cut(kept, sizeof seat->first_failure, text);
    seat->failure_count++;
}

/* A call of one of its functions. */
typedef struct call {
    hpi_seat        *seat;
    const hpt_event *events;
    size_t           count;
    const hpt_stats *stats;
    uint64_t         lost; /* read before: what its lane may change is not ours meanwhile */
    hpt_status       status;
    hpt_err          err;
} call;

static void call_events(void *context) {
    call *it = context;
    it->status = it->seat->class->events(it->seat->state, it->events, it->count, &it->err);
}

static void call_tick(void *context) {
    call *it = context;
    it->status = it->seat->class->tick(it->seat->state, it->stats, it->lost, &it->err);
}

static void call_close(void *context) {
    call *it = context;
    it->status = it->seat->class->close(it->seat->state, it->lost, &it->err);
}

static void make(call *it, void (*which)(void *context)) {
    hpi_seat *seat = it->seat;
    hpi_call  entry = { NULL, NULL };
    it->lost = hpi_seat_lost(seat);
    if (seat->is_seated) entry = hpi_driver_begin_call(seat);
    if (!hpi_catch_attempt(&seat->catch, "it", which, it, &it->err)) it->status = HPT_EFAILED;
    if (seat->is_seated && !hpi_driver_end_call(entry)) return;
    note(seat, it->status, &it->err);
}

void hpi_seat_events(hpi_seat *seat, const hpt_event *events, size_t count) {
    make(&(call){ .seat = seat, .events = events, .count = count }, call_events);
}

void hpi_seat_tick(hpi_seat *seat, const hpt_stats *stats) {
    make(&(call){ .seat = seat, .stats = stats }, call_tick);
}

void hpi_seat_close(hpi_seat *seat) {
    if (seat->receiver || !seat->class->close) return;
    make(&(call){ .seat = seat }, call_close);
}
