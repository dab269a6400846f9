/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/nsga.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "strategy/candidate.h"

enum {
    MEMBERS_MIN = 4, /* with fewer there is nothing to mix                  */
    SIZE_LEAST = 16,
    SIZE_USUAL = 50,
    TRIES = 4,             /* at an offspring that is not known yet               */
    NUMBERS_MAX = 1 << 22, /* of a population that nobody asked for: 32 MiB       */
};

/* ---- Asking ---- */

static void ask_anywhere(const hpi_nsga *nsga, hpi_stream *from, hpi_genes child) {
    const hpi_searched *searched = &nsga->searched;
    bool                is_default = from->number == 0 && searched->has_default;
    for (size_t j = 0; j < searched->number_count; j++)
        child.x[j] = is_default ? searched->numbers[j].start : hpi_stream_unit(from);
    for (size_t k = 0; k < searched->category_count; k++) {
        const hpi_category *category = &searched->categories[k];
        bool                has_start = is_default && category->start < category->choice_count;
        child.choices[k] =
            has_start ? category->start : (uint32_t)hpi_stream_below(from, category->choice_count);
    }
}

static uint32_t anyone(const hpi_nsga *nsga, hpi_stream *from) {
    return nsga->fronts.order[hpi_stream_below(from, nsga->fronts.count)];
}

/* Binary tournament: the better front wins, else chance decides. */
static uint32_t choose(const hpi_nsga *nsga, hpi_stream *from) {
    uint32_t a = anyone(nsga, from), b = anyone(nsga, from);
    return nsga->fronts.ranks[b] < nsga->fronts.ranks[a] ? b : a;
}

static void make_point(const hpi_nsga *nsga, hpi_genes child, hpt_coord *point_out) {
    hpi_searched_point(&nsga->searched, child.x, child.choices, point_out);
    hpi_repair_point(&nsga->searched.repair, point_out);
}

/* False: nothing but what is known came of it. */
static bool ask_offspring(hpi_nsga *nsga, hpi_stream *from, hpi_genes child, hpt_coord *point_out) {
    hpi_genes parents[HPI_VARY_PARENTS];
    for (int tries = 0; tries < TRIES; tries++) {
        for (int i = 0; i < HPI_VARY_PARENTS; i++)
            parents[i] = nsga->genes[i < 2 ? choose(nsga, from) : anyone(nsga, from)];
        hpi_vary_offspring(&nsga->vary, &nsga->searched, parents, from, child);
        make_point(nsga, child, point_out);
        if (hpi_seen_find(&nsga->seen, point_out, NULL) == HPI_SEEN_NEVER) return true;
    }
    return false;
}

hpt_status hpi_nsga_ask(hpi_nsga *nsga, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    hpi_genes  child = nsga->genes[nsga->size + 1];
    hpi_stream from = { .seed = nsga->seed, .number = number, .purpose = HPI_STREAM_POINT };
    bool       is_first = nsga->begun < nsga->size || nsga->fronts.count < MEMBERS_MIN;
    nsga->begun++;
    if (is_first || !ask_offspring(nsga, &from, child, point_out)) {
        ask_anywhere(nsga, &from, child);
        make_point(nsga, child, point_out);
    }
    return hpi_seen_take(&nsga->seen, number, point_out, err);
}

/* ---- Telling ---- */

/* What a population can learn from: losses, or how far from valid it was. An infinite loss is as
 * good as none. */
static bool read_outcome(const hpi_nsga *nsga, const hpt_outcome *outcome, uint32_t slot) {
    size_t        goals = nsga->fronts.goal_count;
    double       *losses = nsga->fronts.losses + slot * goals;
    const double *given = outcome->losses ? outcome->losses : &outcome->loss;
    bool          is_broken = outcome->state == HPT_TRIAL_INFEASIBLE;
    nsga->fronts.violations[slot] = is_broken ? outcome->violation : 0;
    for (size_t goal = 0; goal < goals; goal++)
        losses[goal] = 0;
    if (is_broken) return outcome->violation > 0 && outcome->violation < INFINITY;
    if (outcome->state == HPT_TRIAL_PRUNED) {
        nsga->fronts.violations[slot] = hpi_worth_of_stopped(outcome).violation;
        return true;
    }
    if (outcome->state != HPT_TRIAL_COMPLETE || (!outcome->losses && goals > 1)) return false;
    for (size_t goal = 0; goal < goals; goal++) {
        if (!(given[goal] < INFINITY)) return false;
        losses[goal] = fmax(given[goal], -DBL_MAX);
    }
    return true;
}

bool hpi_nsga_tell(hpi_nsga *nsga, const hpt_outcome *outcome) {
    uint32_t slot = hpi_fronts_free(&nsga->fronts);
    hpi_seen_tell(&nsga->seen, outcome);
    if (!read_outcome(nsga, outcome, slot)) return false;
    hpi_genes *genes = &nsga->genes[slot];
    hpi_searched_numbers(&nsga->searched, outcome->point, genes->x);
    hpi_searched_choices(&nsga->searched, outcome->point, genes->choices);
    if (outcome->number == HPT_NUMBER_NONE) nsga->begun++;
    nsga->ages[slot] = nsga->told++;
    hpi_fronts_add(&nsga->fronts);
    return nsga->fronts.count > nsga->size;
}

/* ---- Life ---- */

static bool make_room(hpi_nsga *nsga) {
    size_t d = nsga->searched.number_count, k = nsga->searched.category_count;
    size_t all = nsga->size + 2;
    nsga->genes = hpi_alloc(all, sizeof *nsga->genes);
    nsga->ages = hpi_alloc(all, sizeof *nsga->ages);
    nsga->crowding = hpi_alloc(all, sizeof *nsga->crowding);
    nsga->numbers = hpi_alloc_room(all, (d + 1) * sizeof *nsga->numbers);
    nsga->choices = hpi_alloc_room(all, (k + 1) * sizeof *nsga->choices);
    if (!nsga->genes || !nsga->ages || !nsga->crowding || !nsga->numbers || !nsga->choices)
        return false;
    for (size_t i = 0; i < all; i++)
        nsga->genes[i] =
            (hpi_genes){ .x = nsga->numbers + i * d, .choices = nsga->choices + i * k };
    return true;
}

void hpi_nsga_fini(hpi_nsga *nsga) {
    hpi_searched_fini(&nsga->searched);
    hpi_seen_fini(&nsga->seen);
    hpi_fronts_fini(&nsga->fronts);
    hpi_free(nsga->genes);
    hpi_free(nsga->ages);
    hpi_free(nsga->crowding);
    hpi_free(nsga->numbers);
    hpi_free(nsga->choices);
}

/* Optuna's 50 are for a thousand trials and more. All trials count in the end, not the last
 * population, so a small one that comes near the front sooner leaves more time along it. */
static size_t usual_size(size_t n, size_t least, uint64_t budget) {
    size_t size = SIZE_USUAL, fits = NUMBERS_MAX / (n + 1);
    if (budget > 0 && budget / 200 < size) size = (size_t)(budget / 200);
    if (size < least) size = least;
    if (size > fits) size = fits;
    return size < SIZE_LEAST ? SIZE_LEAST : size;
}

hpt_status hpi_nsga_init(hpi_nsga *nsga, const hpt_strategy_setup *setup, const char *name,
                         size_t least, hpt_err *err) {
    size_t goals = setup->goal_count > 0 ? setup->goal_count : 1;
    nsga->seed = setup->seed;
    nsga->budget = setup->trial_count_max;
    hpt_status status = hpi_searched_init(&nsga->searched, setup->space, err);
    if (status != HPT_OK) return status;
    nsga->size = nsga->population > 0 ? (size_t)nsga->population
                                      : usual_size(nsga->searched.param_count, least, nsga->budget);
    status = hpi_fronts_init(&nsga->fronts, goals, nsga->size + 1, err);
    if (status == HPT_OK) status = hpi_seen_init(&nsga->seen, setup, nsga->repeats, err);
    if (status == HPT_OK && !make_room(nsga))
        status =
            hpi_fail(err, HPT_ENOMEM, "%s: out of memory for %zu individuals", name, nsga->size);
    if (status != HPT_OK) hpi_nsga_fini(nsga);
    return status;
}
