/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/receiver.h"

#include <stdatomic.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/thread.h"
#include "observe/backlog.h"
#include "space/space.h"

/* Two backlogs: the lane fills one while the events that the last poll gave point into the other.
 * They change places when a poll finds the other one used up. */
struct hpt_receiver {
    hpi_tether *tether;
    uint64_t    id;     /* set once, by attach */
    atomic_uint owners; /* the user, and the seat until it is gone */
    hpt_space  *space;  /* its own: the run's goes with the run */

    /* Under the lock. */
    hpi_lock     lock;
    hpi_backlog *back;
    uint64_t     missed; /* since the last poll */
    bool         is_finished;
    hpt_event    finished; /* FINISHED has a place of its own: it is never lost */
    hpt_stats    stats;
    hpt_coord   *point;
    char         reason[HPI_STOP_TEXT_BYTES];

    /* The poller's. */
    hpi_backlog   sides[2];
    hpi_backlog  *front;
    hpi_batch     batch; /* what the last poll gave */
    hpi_unpacking unpacking;
    bool          has_told_finished;
};

static hpt_status make_memory(hpt_receiver *receiver, uint32_t buffer_count, hpt_err *err) {
    uint32_t   dims = receiver->unpacking.dims;
    hpi_batch *batch = &receiver->batch;
    batch->event_room = buffer_count;
    batch->attr_room = HPI_BATCH_ATTRS;
    batch->events = hpi_resize(NULL, (size_t)buffer_count + 1, sizeof *batch->events);
    batch->attrs = hpi_resize(NULL, HPI_BATCH_ATTRS, sizeof *batch->attrs);
    receiver->point = hpi_alloc(dims ? dims : 1, sizeof *receiver->point);
    bool has_all = batch->events && batch->attrs && receiver->point;
    for (int i = 0; i < 2 && has_all; i++)
        has_all = hpi_backlog_init(&receiver->sides[i], buffer_count, dims);
    if (!has_all)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the %u events of a receiver",
                        buffer_count);
    return hpi_space_copy(receiver->unpacking.space, &receiver->space, err);
}

static void free_memory(hpt_receiver *receiver) {
    for (int i = 0; i < 2; i++)
        hpi_backlog_fini(&receiver->sides[i]);
    hpi_free(receiver->batch.events);
    hpi_free(receiver->batch.attrs);
    hpi_free(receiver->point);
    hpt_space_destroy(receiver->space);
    hpi_free(receiver);
}

hpt_status hpi_receiver_create(hpi_tether *tether, const hpi_unpacking *unpacking,
                               uint32_t buffer_count, hpt_receiver **receiver_out, hpt_err *err) {
    if (buffer_count == 0) buffer_count = HPI_BUFFER_COUNT;
    if (buffer_count < HPI_BUFFER_COUNT_MIN || buffer_count > HPI_BUFFER_COUNT_MAX)
        return hpi_fail(err, HPT_EINVAL, "buffer_count %u is outside [%d, %d]", buffer_count,
                        HPI_BUFFER_COUNT_MIN, HPI_BUFFER_COUNT_MAX);
    hpt_receiver *receiver = hpi_alloc(1, sizeof *receiver);
    if (!receiver) return hpi_fail(err, HPT_ENOMEM, "out of memory for a receiver");
    receiver->unpacking = *unpacking;
    hpt_status status = make_memory(receiver, buffer_count, err);
    if (status == HPT_OK) status = hpi_lock_init(&receiver->lock, err);
    if (status != HPT_OK) {
        free_memory(receiver);
        return status;
    }
    receiver->unpacking.space = receiver->space;
    receiver->front = &receiver->sides[0];
    receiver->back = &receiver->sides[1];
    receiver->tether = tether;
    hpi_tether_own(tether);
    atomic_init(&receiver->owners, 2);
    *receiver_out = receiver;
    return HPT_OK;
}

void hpi_receiver_attached(hpt_receiver *receiver, uint64_t id) {
    receiver->id = id;
}

void hpi_receiver_release(hpt_receiver *receiver) {
    /* Both: what the other owner did happens before the last one frees. */
    if (atomic_fetch_sub_explicit(&receiver->owners, 1, memory_order_acq_rel) != 1) return;
    hpi_tether_release(receiver->tether);
    hpi_lock_fini(&receiver->lock);
    free_memory(receiver);
}

void hpt_receiver_destroy(hpt_receiver *receiver) {
    if (!receiver) return;
    hpi_tether_detach(receiver->tether, receiver->id);
    hpi_receiver_release(receiver);
}

/* The lane's side. */

bool hpi_receiver_put(hpt_receiver *receiver, const hpi_cell *cells, uint32_t cell_count) {
    hpi_lock_take(&receiver->lock);
    bool has_room = hpi_backlog_has_room(receiver->back, cell_count);
    if (has_room)
        hpi_backlog_put(receiver->back, cells, cell_count);
    else
        receiver->missed++;
    hpi_lock_give(&receiver->lock);
    return has_room;
}

void hpi_receiver_miss(hpt_receiver *receiver, uint64_t count) {
    hpi_lock_take(&receiver->lock);
    receiver->missed += count;
    hpi_lock_give(&receiver->lock);
}

void hpi_receiver_finish(hpt_receiver *receiver, const hpt_event *finished) {
    hpi_lock_take(&receiver->lock);
    receiver->finished = *finished;
    receiver->stats = *finished->stats;
    receiver->finished.stats = &receiver->stats;
    receiver->finished.space = receiver->space;
    hpi_cut(receiver->reason, sizeof receiver->reason, finished->reason);
    receiver->finished.reason = receiver->reason;
    if (finished->point) {
        memcpy(receiver->point, finished->point,
               receiver->unpacking.dims * sizeof *receiver->point);
        receiver->finished.point = receiver->point;
    }
    receiver->is_finished = true;
    hpi_lock_give(&receiver->lock);
}

/* The poller's side. */

/* What came since, and whether FINISHED has come and everything before it is in front. */
static bool swap(hpt_receiver *receiver, uint64_t *missed_out) {
    hpi_lock_take(&receiver->lock);
    if (receiver->front->count == 0) {
        hpi_backlog *empty = receiver->front;
        receiver->front = receiver->back;
        receiver->back = empty;
    }
    uint64_t missed = receiver->missed;
    receiver->missed = 0;
    bool is_end = receiver->is_finished && receiver->back->count == 0;
    hpi_lock_give(&receiver->lock);
    if (missed_out) *missed_out = missed;
    return is_end;
}

size_t hpt_receiver_poll(hpt_receiver *receiver, const hpt_event **events_out,
                         uint64_t *missed_out) {
    if (!receiver || !events_out) return 0;
    hpi_batch *batch = &receiver->batch;
    hpi_backlog_drop(receiver->front, batch);
    bool is_end = swap(receiver, missed_out);
    hpi_backlog_view(receiver->front, &receiver->unpacking, batch);
    size_t count = batch->count;
    if (is_end && batch->count == receiver->front->count && !receiver->has_told_finished) {
        receiver->has_told_finished = true;
        batch->events[count++] = receiver->finished;
    }
    *events_out = batch->events;
    return count;
}
