/* SPDX-License-Identifier: BSD-3-Clause */
/* macOS has conditions by the calendar's clock only, which jumps; but it can wait for a time from
 * now on. */
#include "base/thread.h"

#include <time.h>

#include "base/clock.h"

bool hpi_condition_init(pthread_cond_t *condition) {
    return pthread_cond_init(condition, NULL) == 0;
}

bool hpi_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns) {
    int64_t left_ns = until_ns - hpi_now_ns();
    if (left_ns < 1) left_ns = 1; /* with nothing left it might not let go of the lock */
    struct timespec left = { .tv_sec = (time_t)(left_ns / HPI_NS_PER_S),
                             .tv_nsec = (long)(left_ns % HPI_NS_PER_S) };
    return pthread_cond_timedwait_relative_np(condition, mutex, &left) == 0;
}
