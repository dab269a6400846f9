/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_TRIAL_GRACE_H
#define HPI_TRIAL_GRACE_H

/* How long a trial may go on behind its limit when nobody says so (hpt_options.grace_s): the same
 * for one that is a thread's and for one that is a process's. Any thread. */

#include <stdint.h>

/* A tenth of the limit, but as long as a busy machine may keep a thread waiting, and not longer
 * than a user would. */
enum { HPI_GRACE_NS_MIN = 50 * 1000 * 1000, HPI_GRACE_NS_MAX = 1000 * 1000 * 1000 };

static inline int64_t hpi_grace_ns(int64_t limit_ns) {
    int64_t tenth_ns = limit_ns / 10;
    if (tenth_ns < HPI_GRACE_NS_MIN) return HPI_GRACE_NS_MIN;
    return tenth_ns < HPI_GRACE_NS_MAX ? tenth_ns : HPI_GRACE_NS_MAX;
}

#endif
