/* SPDX-License-Identifier: BSD-3-Clause */
/* Time on the simulated machine: it passes with every point, and else only when the scheduler says
 * so. Each run begins some seconds after the one before, since the library keeps a little of what
 * it has learnt for a second; nothing else depends on when that is. */
#include "sim.h"

static int64_t now_ns, begin_ns;

int64_t sim_now_ns(void) {
    return now_ns;
}

int64_t sim_since_ns(void) {
    return now_ns - begin_ns;
}

void sim_clock_begin(void) {
    const int64_t second_ns = 1000000000;
    now_ns = begin_ns = (now_ns / second_ns + 10) * second_ns;
}

void sim_clock_add(int64_t ns) {
    now_ns += ns;
}
