/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CLOCK_H
#define HPI_BASE_CLOCK_H

/* Time in nanoseconds. Any thread. Every deadline and duration uses the first. */

#include <stdint.h>

int64_t hpi_now_ns(void);  /* monotonic: never jumps      */
int64_t hpi_wall_ns(void); /* since 1970: only for people */

#define HPI_NS_PER_S  INT64_C(1000000000)
#define HPI_NS_PER_MS INT64_C(1000000)

/* seconds >= 0 as nanoseconds: 0 only for 0, INT64_MAX when too long to count. */
int64_t hpi_seconds_to_ns(double seconds);

#endif
