/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CANCEL_H
#define HPI_BASE_CANCEL_H

/* The switches that stop a run. Raising is one atomic operation, so that a signal handler may do
 * it; nobody has to be woken, because whoever sleeps waits for a trial that looks at the switch.
 *
 * A switch says how urgent it is, not since when. Who sees it first dates it. */

#include <ck_pr.h>
#include <stdatomic.h>

#include "hpt/run.h"

/* A run has a switch of its own and perhaps one of the user's. */
typedef struct hpi_cancels {
    hpt_cancel          own;
    const hpt_cancel   *users;       /* or NULL */
    int64_t             drain_ns;    /* FINISH becomes NOW so much later; INT64_MAX = never */
    atomic_int_fast64_t now_from_ns; /* NOW is meant from then on; INT64_MAX: not that is known */
} hpi_cancels;

void hpi_cancels_init(hpi_cancels *cancels, const hpt_cancel *users, int64_t drain_ns);

/* From when on trials that run are to stop: the time since which HPT_CANCEL_NOW is meant, or the
 * one at which it will be; INT64_MAX while nobody has asked for it. `now_ns` of the run's clock
 * dates what nobody has seen before. Any thread. */
int64_t hpi_cancels_now_from(const hpi_cancels *cancels, int64_t now_ns);

/* Raise the run's own switch, with its date. Any thread, and signal handlers. */
void hpi_cancels_raise(hpi_cancels *cancels, hpt_cancel_level level, int64_t now_ns);

/* FINISH now, and NOW `span_ns` later, unless that is due earlier anyway. Any thread, and signal
 * handlers. */
void hpi_cancels_within(hpi_cancels *cancels, int64_t now_ns, int64_t span_ns);

/* Whether one of them was raised, for who asks before every trial. */
static inline bool hpi_cancel_is_raised(const hpt_cancel *a, const hpt_cancel *b) {
    return (ck_pr_load_32(&a->level) | ck_pr_load_32(&b->level)) != HPT_CANCEL_NONE;
}

/* The level the user asked for by a switch; NULL is none. Any thread; relaxed: it carries no data.
 */
static inline hpt_cancel_level hpi_cancel_level(const hpt_cancel *cancel) {
    return cancel ? (hpt_cancel_level)ck_pr_load_32(&cancel->level) : HPT_CANCEL_NONE;
}

/* The higher level of the two. Inline: every trial asks. */
static inline hpt_cancel_level hpi_cancels_level(const hpi_cancels *cancels) {
    hpt_cancel_level own = hpi_cancel_level(&cancels->own);
    hpt_cancel_level users = hpi_cancel_level(cancels->users);
    return own > users ? own : users;
}

#endif
