/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/clock.h"

#include <time.h>

static int64_t read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * HPI_NS_PER_S + now.tv_nsec;
}

int64_t hpi_now_ns(void) {
    return read_clock(CLOCK_MONOTONIC);
}

int64_t hpi_wall_ns(void) {
    return read_clock(CLOCK_REALTIME);
}

/* Relaxed: one thread simulates, and others only want to know about when it is. */

void hpi_clock_set(hpi_clock *clock, int64_t now_ns) {
    atomic_store_explicit(&clock->since_ns, 0, memory_order_relaxed);
    atomic_store_explicit(&clock->now_ns, now_ns, memory_order_relaxed);
}

void hpi_clock_run(hpi_clock *clock) {
    atomic_store_explicit(&clock->since_ns, hpi_now_ns(), memory_order_relaxed);
}

int64_t hpi_clock_read(const hpi_clock *clock) {
    int64_t now_ns = atomic_load_explicit(&clock->now_ns, memory_order_relaxed);
    int64_t since_ns = atomic_load_explicit(&clock->since_ns, memory_order_relaxed);
    return since_ns ? now_ns + hpi_now_ns() - since_ns : now_ns;
}

int64_t hpi_seconds_to_ns(double seconds) {
    const double longest = 9.2e9; /* seconds that still fit: 292 years */
    if (seconds >= longest) return INT64_MAX;
    int64_t ns = (int64_t)(seconds * 1e9);
    return ns == 0 && seconds > 0 ? 1 : ns; /* 0 means no limit, and this is one */
}
