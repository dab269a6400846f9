/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_CANCEL_H
#define HPI_BASE_CANCEL_H

/* The switches that stop a run. Raising is one atomic operation, so that a signal handler may do
 * it; nobody has to be woken, because whoever sleeps waits for a trial that looks at the switch. */

#include <ck_pr.h>

#include "hpt/run.h"

/* A run has a switch of its own and perhaps one of the user's. */
typedef struct hpi_cancels {
    hpt_cancel        own;
    const hpt_cancel *users; /* or NULL */
} hpi_cancels;

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
