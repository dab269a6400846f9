/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_SEEN_H
#define HPI_STRATEGY_SEEN_H

/* Which points of a space were evaluated, or are just being evaluated, and what came of it: so that
 * a strategy that learns does not spend its budget on what is known. One thread at a time.
 *
 * To use it a strategy needs an option and three calls:
 *
 *     bool     repeats;                                      in its state
 *     hpi_seen seen;
 *
 *     HPI_SEEN_OPTION(my_state, repeats),                    in its table of options
 *
 *     hpi_seen_init(&state->seen, setup, state->repeats, err)          in init
 *     hpi_seen_take(&state->seen, number, point_out, err)              at the end of ask
 *     hpi_seen_tell(&state->seen, outcome)                             in tell, before all else
 *
 * hpi_seen_take() moves a point that is known to one that is not. A strategy that has better ideas
 * looks first with hpi_seen_find() at what it would propose, and proposes something else; one that
 * needs the result of its own proposal takes the loss from there.
 *
 * What is remembered are points that can come again: those at which no range without step is
 * active. Where there can be none all of this does nothing and costs nothing. A point is found by a
 * fingerprint of 128 bits: among 10^9 points two are taken for one with probability 10^-21. Memory:
 * at most 43 bytes and 22 for each goal, for each point.
 *
 * Points that mean the same are the same: coordinates of inactive parameters do not matter. */

#include "hpt/extend.h"
#include "strategy/every.h"

#include <stddef.h>

/* The row for a strategy's table of options. */
#define HPI_SEEN_OPTION(state, member)                                                             \
    {                                                                                              \
        "repeats", HPT_OPTION_BOOL, offsetof(state, member), 0, 0, 0, NULL,                        \
            "no: no point of a finite space is evaluated twice, and the end when all were; yes: "  \
            "as the strategy likes"                                                                \
    }

typedef enum hpi_seen_as {
    HPI_SEEN_NEVER,     /* new, or a point that is not remembered                */
    HPI_SEEN_IN_FLIGHT, /* asked for, and not told yet                           */
    HPI_SEEN_TOLD       /* evaluated                                             */
} hpi_seen_as;

typedef struct hpi_seen {
    const hpt_space *space; /* NULL: nothing is remembered                               */
    uint64_t         seed;
    size_t           param_count, goal_count;
    bool             is_finite; /* the whole space is                                        */
    size_t           kept_max;  /* further points are not remembered; SIZE_MAX at first      */
    uint64_t        *keys;      /* 2 for each slot, both 0 = free. Open addressing           */
    double          *losses;    /* goal_count for each slot                                  */
    size_t           room, count;
    hpt_param       *counted; /* parameters with 2 values or more, and finitely many       */
    size_t           counted_count;
    hpt_param       *endless; /* ranges without step: all of them conditional              */
    size_t           endless_count;
    hpi_search      *search; /* from when it is needed; where there are constraints */
    hpt_coord       *point;  /* two, for a while                                          */
    hpi_every        every;  /* from when it is needed                                    */
    bool             is_opened, is_over; /* `every`                                           */
    bool             has_lost; /* a point was forgotten since it was opened                 */
} hpi_seen;

/* With `repeats` nothing is remembered. The setup's space is borrowed. Its points, which are tried
 * before the strategy is asked, count as asked for. Fails only with HPT_ENOMEM. */
hpt_status hpi_seen_init(hpi_seen *seen, const hpt_strategy_setup *setup, bool repeats,
                         hpt_err *err);

/* Also of a zeroed one. */
void hpi_seen_fini(hpi_seen *seen);

/* Whether anything is remembered: false, and every point is new for ever. */
static inline bool hpi_seen_is_on(const hpi_seen *seen) {
    return seen->space != NULL;
}

/* What is known of a point. *losses_out, if not NULL and it was told: one for each goal, INFINITY
 * for a trial without a loss; valid until the next call. About 20 ns for each parameter. */
hpi_seen_as hpi_seen_find(hpi_seen *seen, const hpt_coord *point, const double **losses_out);

/*
 * Make sure that a valid point is new, and remember it as in flight: if it is known, it becomes a
 * near one, a step or another choice in a few parameters, or else any valid one. A function of what
 * is known and of (seed, number).
 *
 * Returns HPT_EDONE when every valid point is known; HPT_ENOMEM. In a
 * space that is finite only where some range is inactive a point may be known, when no new one is
 * found with reasonable effort.
 */
hpt_status hpi_seen_take(hpi_seen *seen, uint64_t number, hpt_coord *point, hpt_err *err);

/* As hpi_seen_take(), but any point is as good as a near one. */
hpt_status hpi_seen_take_any(hpi_seen *seen, uint64_t number, hpt_coord *point, hpt_err *err);

/* How a trial ended, asked for or not. One that was CANCELLED may be asked for again; whatever else
 * ended without a loss is not tried again. */
void hpi_seen_tell(hpi_seen *seen, const hpt_outcome *outcome);

#endif
