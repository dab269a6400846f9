/* SPDX-License-Identifier: BSD-3-Clause */
/* lane > DRIVER: a dispatcher thread, from its beginning to its end. What it does is in lane.c. */
#include "base/err.h"
#include "base/mem.h"
#include "observe/dispatcher.h"

static void *driver_main(void *user) {
    hpi_driver *driver = user;
    hpi_lane   *lane = driver->lane;
    hpi_lane_list(lane); /* takes the lock, and so waits for who made us */
    /* Release: who was lost, and finds our mark in place of its own, finds that there is a list. */
    atomic_store_explicit(&lane->mark, hpi_thread_mark(), memory_order_release);
    if (!hpi_lane_drive(driver)) hpi_driver_forsake(driver);
    return NULL;
}

hpt_status hpi_driver_create(hpi_lane *lane, hpi_driver **driver_out, hpt_err *err) {
    const char         *name = lane->index == HPI_LANE_STORE ? "hpt-store" : "hpt-dispatch";
    const hpi_cpu_mask *cpus = lane->cpus.bytes ? &lane->cpus : NULL;
    hpi_driver         *driver = hpi_alloc(1, sizeof *driver);
    hpt_status          status = HPT_ENOMEM;
    if (!driver) return hpi_fail(err, HPT_ENOMEM, "out of memory for a dispatcher");
    driver->lane = lane;
    driver->batch.events = hpi_alloc(HPI_BATCH_EVENTS, sizeof(hpt_event));
    driver->batch.attrs = hpi_alloc(HPI_BATCH_ATTRS, sizeof(hpt_attr));
    driver->batch.attr_room = HPI_BATCH_ATTRS;
    if (!driver->batch.events || !driver->batch.attrs)
        hpi_fail(err, HPT_ENOMEM, "out of memory for a dispatcher's buffers");
    else
        status = hpi_thread_start_on(&driver->thread, cpus, name, driver_main, driver, err);
    if (status != HPT_OK)
        hpi_driver_destroy(driver);
    else
        *driver_out = driver;
    return status;
}

void hpi_driver_destroy(hpi_driver *driver) {
    if (!driver) return;
    hpi_free(driver->batch.events);
    hpi_free(driver->batch.attrs);
    hpi_free(driver);
}

bool hpi_driver_is_self(const hpi_lane *lane) {
    hpi_lane *own = (hpi_lane *)(uintptr_t)lane;
    /* Acquire: pairs with the release in lost.c. */
    return atomic_load_explicit(&own->mark, memory_order_acquire) == hpi_thread_mark();
}

bool hpi_driver_was_here(const hpi_dispatch *dispatch) {
    hpi_dispatch *own = (hpi_dispatch *)(uintptr_t)dispatch;
    bool          was_here = false;
    /* Relaxed: who was one has looked for its mark before. */
    if (atomic_load_explicit(&own->lost_count, memory_order_relaxed) == 0) return false;
    hpi_lock_take(&own->lock);
    for (const hpi_driver *driver = own->lost_drivers; driver; driver = driver->next)
        if (hpi_thread_is_self(&driver->thread)) was_here = true;
    hpi_lock_give(&own->lock);
    return was_here;
}
