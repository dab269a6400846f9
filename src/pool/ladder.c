/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/ladder.h"

#include <math.h>

#include "base/clock.h"
#include "trial/grace.h"

void hpi_ladder_begin(hpi_ladder *ladder, int64_t limit_ns, double grace_s) {
    *ladder = (hpi_ladder){ .rung = HPI_LADDER_NONE };
    for (int i = 0; i < HPI_CAUSE_COUNT; i++) {
        ladder->since_ns[i] = INT64_MAX;
        ladder->grace_ns[i] = isnan(grace_s) ? HPI_GRACE_NS_MAX : hpi_seconds_to_ns(grace_s);
    }
    if (isnan(grace_s)) ladder->grace_ns[HPI_CAUSE_LATE] = hpi_grace_ns(limit_ns);
}

void hpi_ladder_note(hpi_ladder *ladder, hpi_cause cause, int64_t since_ns) {
    if (since_ns < ladder->since_ns[cause]) ladder->since_ns[cause] = since_ns;
}

/* Which cause ends its grace first. */
static hpi_cause first_of(const hpi_ladder *ladder, int64_t *at_ns_out) {
    hpi_cause first = HPI_CAUSE_LATE;
    *at_ns_out = INT64_MAX;
    for (int i = 0; i < HPI_CAUSE_COUNT; i++) {
        int64_t at_ns = hpi_later_ns(ladder->since_ns[i], ladder->grace_ns[i]);
        if (at_ns >= *at_ns_out) continue;
        *at_ns_out = at_ns;
        first = (hpi_cause)i;
    }
    return first;
}

int64_t hpi_ladder_next_ns(const hpi_ladder *ladder) {
    int64_t at_ns;
    if (ladder->rung == HPI_LADDER_KILL) return INT64_MAX;
    if (ladder->rung == HPI_LADDER_TERM)
        return hpi_later_ns(ladder->rung_ns, ladder->grace_ns[ladder->cause]);
    (void)first_of(ladder, &at_ns);
    return at_ns;
}

bool hpi_ladder_climb(hpi_ladder *ladder, int64_t now_ns) {
    int64_t at_ns = hpi_ladder_next_ns(ladder);
    if (now_ns < at_ns) return false;
    if (ladder->rung == HPI_LADDER_NONE) ladder->cause = first_of(ladder, &at_ns);
    ladder->rung = ladder->rung == HPI_LADDER_NONE ? HPI_LADDER_TERM : HPI_LADDER_KILL;
    ladder->rung_ns = now_ns;
    return true;
}
