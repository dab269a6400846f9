/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/thread.h"

#include <time.h>

#include "base/clock.h"

bool hpi_condition_init(pthread_cond_t *condition) {
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) return false;
    bool is_made = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0 &&
                   pthread_cond_init(condition, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return is_made;
}

bool hpi_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns) {
    struct timespec until = { .tv_sec = (time_t)(until_ns / HPI_NS_PER_S),
                              .tv_nsec = (long)(until_ns % HPI_NS_PER_S) };
    return pthread_cond_timedwait(condition, mutex, &until) == 0;
}
