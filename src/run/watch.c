/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/watch.h"

#include <limits.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "run/run.h"

typedef struct duty {
    hpi_watch_poll poll;
    void          *context;
} duty;

struct hpi_watch {
    hpi_park    park;
    hpi_thread  thread;
    atomic_bool is_leaving;
    bool        is_started;
    uint32_t    count;
    duty        duties[HPI_WATCH_POLLS_MAX];
};

static hpt_status open_watch(hpt_run *run, hpt_err *err) {
    hpi_watch *watch = hpi_alloc_aligned(1, sizeof *watch);
    if (!watch) return hpi_fail(err, HPT_ENOMEM, "out of memory for the watch over trials");
    hpt_status status = hpi_park_init(&watch->park, err);
    if (status != HPT_OK)
        hpi_free_aligned(watch);
    else
        run->watch = watch;
    return status;
}

hpt_status hpi_watch_add(hpt_run *run, hpi_watch_poll poll, void *context, hpt_err *err) {
    hpt_status status = run->watch ? HPT_OK : open_watch(run, err);
    if (status != HPT_OK) return status;
    hpi_watch *watch = run->watch;
    HPI_ASSERT(!watch->is_started);
    HPI_ASSERT(watch->count < HPI_WATCH_POLLS_MAX);
    watch->duties[watch->count++] = (duty){ poll, context };
    return HPT_OK;
}

static int64_t poll_all(const hpi_watch *watch) {
    int64_t until_ns = INT64_MAX, now_ns = hpi_now_ns();
    for (uint32_t i = 0; i < watch->count; i++) {
        int64_t wanted_ns = watch->duties[i].poll(watch->duties[i].context, now_ns);
        if (wanted_ns < until_ns) until_ns = wanted_ns;
    }
    return until_ns;
}

/* The ticket is drawn before the look: who wakes the watch meanwhile is not overheard. */
static void *watch_main(void *argument) {
    hpi_watch *watch = argument;
    for (;;) {
        uint64_t ticket = hpi_park_prepare(&watch->park);
        if (atomic_load_explicit(&watch->is_leaving, memory_order_relaxed)) break;
        int64_t until_ns = poll_all(watch);
        hpi_park_sleep(&watch->park, ticket, until_ns);
    }
    hpi_park_cancel(&watch->park);
    return NULL;
}

hpt_status hpi_watch_start(hpt_run *run, hpt_err *err) {
    hpi_watch *watch = run->watch;
    if (!watch) return HPT_OK;
    hpt_status status = hpi_thread_start(&watch->thread, "hpt-watch", watch_main, watch, err);
    watch->is_started = status == HPT_OK;
    return status;
}

void hpi_watch_wake(hpt_run *run) {
    if (run->watch) hpi_park_wake(&run->watch->park, UINT_MAX);
}

void hpi_watch_stop(hpt_run *run) {
    hpi_watch *watch = run->watch;
    if (!watch) return;
    if (watch->is_started) {
        /* Relaxed: the wake-up has the fence that its look is paired with. */
        atomic_store_explicit(&watch->is_leaving, true, memory_order_relaxed);
        hpi_watch_wake(run);
        hpi_thread_join(&watch->thread);
    }
    hpi_park_fini(&watch->park);
    hpi_free_aligned(watch);
    run->watch = NULL;
}
