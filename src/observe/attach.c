/* SPDX-License-Identifier: BSD-3-Clause */
/* Who watches: attach, detach, subscribe, at any time and from any thread. */
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "observe/dispatcher.h"

void hpi_dispatch_publish_wants(hpi_dispatch *dispatch) {
    uint64_t wants = (uint64_t)dispatch->generation << 32;
    for (uint32_t i = 0; i <= HPI_SEATS_MAX; i++) {
        const hpi_seat *seat = dispatch->seats[i];
        if (!seat) continue;
        uint64_t kinds = seat->kinds & ~(uint32_t)HPT_EVENT_FINISHED; /* it is not pushed */
        wants |= kinds << 8 * seat->lane->index;
    }
    /* Release: pairs with the acquire in hpi_dispatch_push(). */
    atomic_store_explicit(&dispatch->wants, wants, memory_order_release);
}

/* Tell a lane that its seats have changed. */
static void stir(hpi_lane *lane) {
    /* Release: pairs with the exchange in lane.c. The wake-up has a full fence of its own. */
    atomic_store_explicit(&lane->is_changed, true, memory_order_release);
    hpi_park_wake(&lane->work, 1);
}

/* Attach. */

/* A place among the 64, kept while the observer opens its files. */
static hpt_status reserve(hpi_dispatch *dispatch, hpt_err *err) {
    hpt_status status = HPT_OK;
    hpi_lock_take(&dispatch->lock);
    if (atomic_load_explicit(&dispatch->phase, memory_order_relaxed) != HPI_DISPATCH_OPEN)
        status = hpi_fail(err, HPT_EDONE, "the run has finished");
    else if (dispatch->seat_count == dispatch->seat_max)
        status = hpi_fail(err, HPT_ELIMIT, "more than %d observers", HPI_SEATS_MAX);
    else
        dispatch->seat_count++;
    hpi_lock_give(&dispatch->lock);
    return status;
}

static void unreserve(hpi_dispatch *dispatch) {
    hpi_lock_take(&dispatch->lock);
    dispatch->seat_count--;
    hpi_lock_give(&dispatch->lock);
}

static uint32_t lane_index(const hpi_seat *seat) {
    if (seat->is_store) return HPI_LANE_STORE;
    return seat->policy == HPT_POLICY_BLOCK ? HPI_LANE_BLOCK : HPI_LANE_DROP;
}

/* Its lane, made when it is the first there. One that is made in vain stays, asleep, for the next.
 */
static hpt_status need_lane(hpi_dispatch *dispatch, hpi_seat *seat, hpt_err *err) {
    uint32_t   index = lane_index(seat);
    hpt_status status = HPT_OK;
    hpi_lane  *lane = NULL;
    hpi_lock_take(&dispatch->lock);
    if (atomic_load_explicit(&dispatch->phase, memory_order_relaxed) != HPI_DISPATCH_OPEN)
        status = hpi_fail(err, HPT_EDONE, "the run has finished");
    else if (!(lane = hpi_dispatch_lane(dispatch, index)))
        status = hpi_lane_create(dispatch, index, &lane, err);
    /* Release: whoever finds the pointer finds a whole lane. */
    if (status == HPT_OK)
        atomic_store_explicit(&dispatch->lanes[index], lane, memory_order_release);
    hpi_dispatch_look(dispatch, hpi_now_ns()); /* it is one more to be looked after */
    hpi_lock_give(&dispatch->lock);
    seat->lane = lane;
    return status;
}

static void come(hpi_lane *lane, hpi_seat *seat) {
    hpi_seat **end = &lane->coming;
    while (*end)
        end = &(*end)->next;
    *end = seat;
}

/* From here on it sees events. */
static hpt_status seat_down(hpi_dispatch *dispatch, hpi_seat *seat, uint64_t *id_out,
                            hpt_err *err) {
    uint32_t place = 0;
    hpi_lock_take(&dispatch->lock);
    if (atomic_load_explicit(&dispatch->phase, memory_order_relaxed) != HPI_DISPATCH_OPEN) {
        hpi_lock_give(&dispatch->lock);
        return hpi_fail(err, HPT_EDONE, "the run has finished");
    }
    while (dispatch->seats[place])
        place++; /* there is one: it was reserved */
    HPI_ASSERT(place <= HPI_SEATS_MAX);
    seat->id = dispatch->id_next++;
    seat->generation = ++dispatch->generation;
    seat->is_seated = true;
    hpi_lane_lost(seat->lane, seat->lost_before);
    dispatch->seats[place] = seat;
    come(seat->lane, seat);
    if (seat->receiver) hpi_receiver_attached(seat->receiver, seat->id);
    if (id_out) *id_out = seat->id;
    hpi_dispatch_publish_wants(dispatch);
    stir(seat->lane); /* under the lock: once it is free the run may be destroyed */
    hpi_lock_give(&dispatch->lock);
    return HPT_OK;
}

/* The caller's struct may be of an older, shorter version. */
static hpt_status read_observer(const hpt_observer *observer, hpt_observer *copy_out,
                                hpt_err *err) {
    if (!observer) return hpi_fail(err, HPT_EINVAL, "observer is NULL");
    if (observer->struct_size < sizeof observer->struct_size)
        return hpi_fail(err, HPT_EINVAL,
                        "observer's struct_size is %u: start from hpt_observer_default()",
                        observer->struct_size);
    size_t bytes = observer->struct_size;
    if (bytes > sizeof *copy_out) bytes = sizeof *copy_out;
    hpt_observer_init(copy_out, sizeof *copy_out);
    memcpy(copy_out, observer, bytes);
    return HPT_OK;
}

static hpt_status open_and_sit(hpi_dispatch *dispatch, hpi_seat *seat, const hpt_observer *observer,
                               uint64_t *id_out, hpt_err *err) {
    hpt_status status = need_lane(dispatch, seat, err);
    if (status != HPT_OK) return status;
    status = hpi_seat_open(seat, observer, &dispatch->setup, err);
    if (status != HPT_OK) return status;
    status = seat_down(dispatch, seat, id_out, err);
    if (status != HPT_OK) hpi_seat_close(seat); /* the run finished meanwhile */
    return status;
}

hpt_status hpi_dispatch_check(const hpi_dispatch *dispatch, const hpt_observer *observer,
                              hpt_err *err) {
    hpt_observer own;
    hpi_seat    *seat = NULL;
    hpt_status   status = read_observer(observer, &own, err);
    if (status == HPT_OK) status = hpi_seat_create(&own, dispatch->unpacking.dims, &seat, err);
    hpi_seat_destroy(seat);
    return status;
}

hpt_status hpi_dispatch_attach(hpi_dispatch *dispatch, const hpt_observer *observer,
                               uint64_t *id_out, hpt_err *err) {
    hpt_observer own;
    hpi_seat    *seat = NULL;
    hpt_status   status = read_observer(observer, &own, err);
    if (status != HPT_OK) return status;
    status = reserve(dispatch, err);
    if (status != HPT_OK) return status;
    status = hpi_seat_create(&own, dispatch->unpacking.dims, &seat, err);
    if (status != HPT_OK) goto no_seat;
    status = open_and_sit(dispatch, seat, &own, id_out, err);
    if (status != HPT_OK) goto not_open;
    return HPT_OK;

not_open:
    hpi_seat_destroy(seat);
no_seat:
    unreserve(dispatch);
    return status;
}

hpt_status hpi_dispatch_attach_store(hpi_dispatch *dispatch, const hpt_observer_class *class,
                                     void *user, hpt_err *err) {
    hpt_observer observer = hpt_observer_default();
    hpi_seat    *seat = NULL;
    observer.user = user;
    hpi_lock_take(&dispatch->lock);
    dispatch->seat_max++; /* a place of its own, beside the users' */
    hpi_lock_give(&dispatch->lock);
    hpt_status status = reserve(dispatch, err);
    if (status != HPT_OK) return status;
    status = hpi_seat_create_store(class, dispatch->unpacking.dims, &seat, err);
    if (status == HPT_OK) status = open_and_sit(dispatch, seat, &observer, NULL, err);
    if (status == HPT_OK) return HPT_OK;
    hpi_seat_destroy(seat);
    unreserve(dispatch);
    return status;
}

hpt_status hpi_dispatch_subscribe(hpi_dispatch *dispatch, uint32_t kinds, uint32_t buffer_count,
                                  hpt_receiver **receiver_out, hpt_err *err) {
    hpt_receiver *receiver = NULL;
    hpi_seat     *seat = NULL;
    if (!receiver_out) return hpi_fail(err, HPT_EINVAL, "receiver_out is NULL");
    hpt_status status = reserve(dispatch, err);
    if (status != HPT_OK) return status;
    status =
        hpi_receiver_create(dispatch->tether, &dispatch->unpacking, buffer_count, &receiver, err);
    if (status != HPT_OK) goto no_receiver;
    status = hpi_seat_create_receiver(receiver, kinds, &seat, err);
    if (status != HPT_OK) goto no_seat;
    status = need_lane(dispatch, seat, err);
    if (status == HPT_OK) status = seat_down(dispatch, seat, NULL, err);
    if (status != HPT_OK) goto not_seated;
    *receiver_out = receiver;
    return HPT_OK;

not_seated:
    hpi_seat_destroy(seat); /* with it goes one of the receiver's owners */
    hpi_receiver_release(receiver);
    goto no_receiver;
no_seat:
    hpi_receiver_release(receiver);
    hpi_receiver_release(receiver);
no_receiver:
    unreserve(dispatch);
    return status;
}

/* Detach. */

/* Under the lock: take it out of the table, so that nobody else finds it. */
static hpi_seat *take_out(hpi_dispatch *dispatch, uint64_t id) {
    for (uint32_t i = 0; i <= HPI_SEATS_MAX; i++) {
        hpi_seat *seat = dispatch->seats[i];
        if (!seat || seat->id != id || seat->is_store) continue;
        dispatch->seats[i] = NULL;
        dispatch->seat_count--;
        atomic_store_explicit(&seat->is_leaving, true, memory_order_relaxed); /* lock orders it */
        hpi_dispatch_publish_wants(dispatch);
        return seat;
    }
    return NULL;
}

/* Under the lock: the driver that is calling, if it is one. */
static hpi_driver *own_driver(const hpi_dispatch *dispatch) {
    for (uint32_t i = 0; i < HPI_LANE_COUNT; i++) {
        hpi_lane *lane = hpi_dispatch_lane(dispatch, i);
        if (lane && lane->driver && hpi_driver_is_self(lane)) return lane->driver;
    }
    return NULL;
}

/* Under the lock: until its lane has closed it. When an observer of each lane waits for the other
 * lane, the second one gives up waiting: then its seat is closed as soon as it returns. */
static void wait_closed(hpi_dispatch *dispatch, const hpi_seat *seat, hpi_driver *own) {
    const hpi_lane *lane = seat->lane;
    if (own) own->is_waiting = true;
    while (!seat->is_closed && !(own && lane->driver && lane->driver->is_waiting)) {
        int64_t look_ns = hpi_dispatch_look(dispatch, hpi_now_ns());
        if (!seat->is_closed) hpi_lock_wait_until(&dispatch->lock, look_ns);
    }
    if (own) own->is_waiting = false;
}

hpt_status hpi_dispatch_detach(hpi_dispatch *dispatch, uint64_t id, hpt_err *err) {
    hpi_lock_take(&dispatch->lock);
    hpi_seat *seat = take_out(dispatch, id);
    if (!seat) {
        hpi_lock_give(&dispatch->lock);
        return hpi_fail(err, HPT_EABSENT, "no observer %llu is attached", (unsigned long long)id);
    }
    hpi_driver *own = own_driver(dispatch);
    bool        is_here = own && own->lane == seat->lane;
    if (own) own->called_ns = 0; /* what it does now is our own */
    seat->owners++;              /* the lane would free it under our feet */
    stir(seat->lane);
    if (is_here && !seat->is_running) {
        hpi_lock_give(&dispatch->lock);
        hpi_lane_close(own, seat); /* another observer of this lane: this is the thread for it */
        hpi_lock_take(&dispatch->lock);
    } else if (!is_here) {
        wait_closed(dispatch, seat, own);
    } /* else it detaches itself: closed when its function has returned */
    bool is_last = hpi_seat_disown(seat);
    if (own && own->called && !hpi_driver_is_lost(own)) hpi_driver_resume_call(own);
    hpi_lock_give(&dispatch->lock);
    if (is_last) hpi_seat_destroy(seat);
    return HPT_OK;
}
