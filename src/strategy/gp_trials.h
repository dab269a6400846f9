/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STRATEGY_GP_TRIALS_H
#define HPI_STRATEGY_GP_TRIALS_H

/* What is known of a search: the trials that ended, in the order they were told, and those in
 * flight, in the order of their numbers. One thread at a time. */

#include "hpt/extend.h"

typedef enum hpi_gp_end {
    HPI_GP_COMPLETE, /* with a loss                                                    */
    HPI_GP_PRUNED,   /* the last report, as a loss                                     */
    HPI_GP_CENSORED, /* what the loss is at least                                      */
    HPI_GP_FAILED    /* nothing is known but that it is not good                       */
} hpi_gp_end;

typedef struct hpi_gp_trials {
    size_t    width; /* coordinates of a trial                                         */
    size_t    count, room;
    double   *x; /* of each, `width`                                                   */
    double   *loss;
    uint8_t  *end; /* hpi_gp_end                                                       */
    size_t    complete_count, best; /* its index, when there is one                    */
    size_t    flight_count, flight_room;
    size_t    odd_count, odd_room; /* without anything to learn from: not in `count`     */
    double   *odd_x;
    bool     *is_believed; /* of them: ended as predicted, for all that is known         */
    uint64_t *flight_numbers;
    double   *flight_x;
    bool      is_maximising;
} hpi_gp_trials;

void hpi_gp_trials_init(hpi_gp_trials *trials, size_t width, bool is_maximising);
void hpi_gp_trials_fini(hpi_gp_trials *trials);

/* Room for one more trial, so that its end needs none. False: out of memory. */
bool hpi_gp_trials_reserve(hpi_gp_trials *trials);

/* Room for `count` more. */
bool hpi_gp_trials_reserve_more(hpi_gp_trials *trials, size_t count);

/* In flight, after reserve. */
void hpi_gp_trials_ask(hpi_gp_trials *trials, uint64_t number, const double *x);

/* No longer in flight. False: it was not. */
bool hpi_gp_trials_land(hpi_gp_trials *trials, uint64_t number);

/* One that failed. Nothing is learnt but that it was there: no model has it, or, if it is believed,
 * as if it had ended as predicted. Without room it is forgotten. */
void hpi_gp_trials_tell_odd(hpi_gp_trials *trials, const double *x, bool is_believed);

/* One that ended. Without room it is forgotten, as are those that say nothing. */
void hpi_gp_trials_tell(hpi_gp_trials *trials, const hpt_outcome *outcome, const double *x);

/* Whether such a point was evaluated, or is being. */
bool hpi_gp_trials_know(const hpi_gp_trials *trials, const double *x);

#endif
