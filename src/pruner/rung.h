/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_RUNG_H
#define HPI_PRUNER_RUNG_H

/* Trials that have come to the same step or rung, in the order in which they came, and where among
 * them a trial stands. One thread at a time.
 *
 * Only so many count as were the last to come: that bounds memory and the cost of a question, and a
 * search gets better, so that the old ones say least. One pass over some KiB costs less than any
 * order would that has to be kept for several views at once: with a window each trial has its own,
 * of those before it. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trial/note.h"

enum {
    HPI_RUNG_KEPT = 1024,      /* trials that count, with one goal; below half a microsecond     */
    HPI_RUNG_KEPT_GOALS = 256, /* ... with several, all of which are compared with each other    */
    HPI_RUNG_GOALS_MAX = HPI_NOTE_VALUES_MAX,
};

typedef struct hpi_rung {
    uint64_t *numbers;
    double   *losses; /* goal_count for each */
    bool     *gone_on;
    size_t    count, room;
} hpi_rung;

/* The same for all rungs of a pruner. */
typedef struct hpi_rung_kind {
    uint32_t goal_count;
    uint32_t window; /* hpt_options.window: so many of the last may not count yet */
} hpi_rung_kind;

void hpi_rung_fini(hpi_rung *rung); /* also of a zeroed one */

/* gone_on: whether it was let go on from there, for who wants to count those. False: out of memory,
 * and the rung is as before. */
bool hpi_rung_add(hpi_rung *rung, const hpi_rung_kind *kind, uint64_t number, const double *losses,
                  bool gone_on);

/* What a trial sees of it: those with lower numbers than `known_below`. Until the next add. */
typedef struct hpi_rung_view {
    const double *losses;
    const bool   *gone_on;
    size_t        count;
    uint32_t      goal_count;
} hpi_rung_view;

hpi_rung_view hpi_rung_see(const hpi_rung *rung, const hpi_rung_kind *kind, uint64_t known_below);

/* How many of them are ahead of a trial with these losses. One goal: those with less. Several: see
 * ahead.h. Equal ones are not ahead. */
size_t hpi_rung_ahead(const hpi_rung_view *view, const double *losses);

/* How many of them were let go on. */
size_t hpi_rung_gone_on(const hpi_rung_view *view);

/* Whether a loss lies above a percentile of theirs, interpolated between neighbours as NumPy's
 * percentile() does. One goal, and there is at least one of them. */
bool hpi_rung_is_above(const hpi_rung_view *view, double loss, double percentile);

#endif
