/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_HALVING_H
#define HPI_PRUNER_HALVING_H

/* Asynchronous successive halving (Li and others, MLSys 2020), in the form that Optuna gives it,
 * where no trial waits: rung k lies at min_resource x factor^(rate + k). A trial that comes to it
 * goes on if it is among the best 1 / factor of those that have come there so far, itself included;
 * the first few if they are the best of them. What asha.c and each bracket of hyperband.c do.
 *
 * That lets one in `factor` go on as long as trials are no better than those before them. Of a
 * search that improves steadily nearly each new one is among the best of all. With `balance` those
 * that went on beyond the share take places from those to come; the best of all always goes on.
 *
 * Without a window everybody counts from when it comes to a rung. With one those do that had ended
 * when the trial was asked for; they are told in the order of their numbers. A report that comes
 * late or again then changes where its trial is, as if all had come in the order of steps. */

#include "hpt/extend.h"
#include "pruner/curve.h"
#include "pruner/map.h"
#include "pruner/rung.h"

enum { HPI_HALVING_RUNGS = 63 }; /* 2^63 is beyond every step */

typedef struct hpi_halving {
    int64_t       factor, bootstrap;
    bool          balance;
    hpi_rung_kind kind;
} hpi_halving;

/* Its ladder of rungs, from one rate on. */
typedef struct hpi_bracket {
    int64_t
        resources[HPI_HALVING_RUNGS]; /* rising; INT64_MAX: there is none, nor any further one */
    hpi_rung rungs[HPI_HALVING_RUNGS];
} hpi_bracket;

/* A trial in flight. */
typedef struct hpi_climber {
    int64_t   last_step; /* the highest */
    bool      has_step;
    bool      is_ahead;                 /* the last report was at a step beyond all before it  */
    uint8_t   count;                    /* rungs it has come to                                */
    uint64_t  gone_on;                  /* with a window: from which of these, a bit for each, */
    int64_t   steps[HPI_HALVING_RUNGS]; /* ... at which step each is,                          */
    hpi_curve curve;                    /* ... and what it has reported, as far as it matters  */
} hpi_climber;

void hpi_climber_fini(void *climber); /* for hpi_map_init() */

/* Without rungs from `end` on: who comes there has come to the end, and nothing is saved. */
void hpi_bracket_init(hpi_bracket *bracket, int64_t min_resource, int64_t factor, int64_t rate,
                      int64_t end);
void hpi_bracket_fini(hpi_bracket *bracket);

/* Any report of a trial, whether or not there is a bracket already. */
void hpi_climber_note(hpi_climber *climber, int64_t step);
/* Whether it is hopeless. */
bool hpi_bracket_judge(const hpi_halving *how, hpi_bracket *bracket, hpi_climber *climber,
                       const hpt_pruner_report *report);
/* It has ended. */
void hpi_bracket_end(const hpi_halving *how, hpi_bracket *bracket, const hpi_climber *climber,
                     uint64_t number);

#endif
