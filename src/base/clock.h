/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CLOCK_H
#define HPI_BASE_CLOCK_H

/* Time in nanoseconds. Any thread. Every deadline and duration uses the first. */

#include <stdatomic.h>
#include <stdint.h>

int64_t hpi_now_ns(void);  /* monotonic: never jumps      */
int64_t hpi_wall_ns(void); /* since 1970: only for people */

/* A clock that a simulation sets. The simulating thread writes it; any thread reads. While it runs,
 * real time is added to what it was set to. */
typedef struct hpi_clock {
    atomic_int_fast64_t now_ns;
    atomic_int_fast64_t since_ns; /* it runs since then, in real time; 0 = it stands */
} hpi_clock;

void    hpi_clock_set(hpi_clock *clock, int64_t now_ns); /* it stands there */
void    hpi_clock_run(hpi_clock *clock);                 /* from where it stands on */
int64_t hpi_clock_read(const hpi_clock *clock);

/* The time of a run: `clock` is NULL when that is the real one. */
static inline int64_t hpi_clock_now(const hpi_clock *clock) {
    return clock ? hpi_clock_read(clock) : hpi_now_ns();
}

#define HPI_NS_PER_S  INT64_C(1000000000)
#define HPI_NS_PER_MS INT64_C(1000000)

/* seconds >= 0 as nanoseconds: 0 only for 0, INT64_MAX when too long to count. */
int64_t hpi_seconds_to_ns(double seconds);

/* So much later, span_ns >= 0; INT64_MAX, which is never, when that is too far to count. */
static inline int64_t hpi_later_ns(int64_t time_ns, int64_t span_ns) {
    return span_ns < INT64_MAX - time_ns ? time_ns + span_ns : INT64_MAX;
}

#endif
