/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/tether.h"

#include <stdatomic.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/thread.h"

struct hpi_tether {
    hpi_lock      lock;
    hpi_dispatch *dispatch; /* under the lock; NULL when it is gone */
    unsigned      users;    /* under the lock; inside hpi_tether_detach() */
    atomic_uint   owners;
};

hpt_status hpi_tether_create(hpi_dispatch *dispatch, hpi_tether **tether_out, hpt_err *err) {
    hpi_tether *tether = hpi_alloc(1, sizeof *tether);
    if (!tether) return hpi_fail(err, HPT_ENOMEM, "out of memory for the dispatcher");
    hpt_status status = hpi_lock_init(&tether->lock, err);
    if (status != HPT_OK) {
        hpi_free(tether);
        return status;
    }
    tether->dispatch = dispatch;
    atomic_init(&tether->owners, 1);
    *tether_out = tether;
    return HPT_OK;
}

void hpi_tether_own(hpi_tether *tether) {
    /* Relaxed: the caller is an owner, so it cannot go away. */
    atomic_fetch_add_explicit(&tether->owners, 1, memory_order_relaxed);
}

void hpi_tether_release(hpi_tether *tether) {
    /* Both: what other owners did happens before the last one frees. */
    if (atomic_fetch_sub_explicit(&tether->owners, 1, memory_order_acq_rel) != 1) return;
    hpi_lock_fini(&tether->lock);
    hpi_free(tether);
}

void hpi_tether_cut(hpi_tether *tether) {
    hpi_lock_take(&tether->lock);
    tether->dispatch = NULL;
    while (tether->users > 0)
        hpi_lock_wait(&tether->lock);
    hpi_lock_give(&tether->lock);
    hpi_tether_release(tether);
}

/* The lock is not held meanwhile: detach() waits for a dispatcher thread, and an observer on it may
 * be destroying a receiver of its own. */
void hpi_tether_detach(hpi_tether *tether, uint64_t id) {
    hpi_lock_take(&tether->lock);
    hpi_dispatch *dispatch = tether->dispatch;
    if (dispatch) tether->users++;
    hpi_lock_give(&tether->lock);
    if (!dispatch) return;
    hpi_dispatch_detach(dispatch, id, NULL);
    hpi_lock_take(&tether->lock);
    tether->users--;
    hpi_lock_wake_all(&tether->lock);
    hpi_lock_give(&tether->lock);
}
