/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/parzen.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/rng.h"
#include "strategy/approx.h"

/* Without the magic clip: what a float can tell apart in [0, 1]. */
static const double sigma_min = 1e-6;

static const double sqrt_half = 0.70710678118654752;

/* From so many kernels on the magic clip no longer depends on their number. */
enum { CLIP_KERNELS = 98, LANES = 8, ROOM_FIRST = 32 };

void hpi_parzen_init(hpi_parzen *parzen, const hpi_parzen_rule *rule) {
    *parzen = (hpi_parzen){ .rule = rule };
}

void hpi_parzen_fini(hpi_parzen *parzen) {
    void *const owned[] = { parzen->free,      parzen->number, parzen->rank,  parzen->priority,
                            parzen->weight,    parzen->base,   parzen->mean,  parzen->sharp,
                            parzen->below,     parzen->within, parzen->order, parzen->log_norm,
                            parzen->log_scale, parzen->cell };
    for (size_t i = 0; i < sizeof owned / sizeof owned[0]; i++)
        hpi_free(owned[i]);
    *parzen = (hpi_parzen){ 0 };
}

/* ---- room ---- */

/* Every array and how long its entries are; `is_wide`: one row for each axis. */
typedef struct array {
    void **memory;
    size_t bytes;
    bool   is_wide;
} array;

enum { ARRAYS = 14 };

static void list_arrays(hpi_parzen *parzen, array out[ARRAYS]) {
    const array arrays[ARRAYS] = {
        { (void **)&parzen->free, sizeof *parzen->free, false },
        { (void **)&parzen->number, sizeof *parzen->number, false },
        { (void **)&parzen->rank, sizeof *parzen->rank, false },
        { (void **)&parzen->priority, sizeof *parzen->priority, false },
        { (void **)&parzen->weight, sizeof *parzen->weight, false },
        { (void **)&parzen->log_scale, sizeof *parzen->log_scale, false },
        { (void **)&parzen->base, sizeof *parzen->base, false },
        { (void **)&parzen->mean, sizeof *parzen->mean, true },
        { (void **)&parzen->cell, sizeof *parzen->cell, true },
        { (void **)&parzen->sharp, sizeof *parzen->sharp, true },
        { (void **)&parzen->log_norm, sizeof *parzen->log_norm, true },
        { (void **)&parzen->below, sizeof *parzen->below, true },
        { (void **)&parzen->within, sizeof *parzen->within, true },
        { (void **)&parzen->order, sizeof *parzen->order, true },
    };
    memcpy(out, arrays, sizeof arrays);
}

static void move_rows(char *to, const char *from, size_t rows, size_t new_bytes, size_t old_bytes) {
    for (size_t row = 0; old_bytes > 0 && row < rows; row++)
        memcpy(to + row * new_bytes, from + row * old_bytes, old_bytes);
}

/* All or nothing. */
static bool grow(hpi_parzen *parzen, uint32_t room) {
    array  arrays[ARRAYS];
    void  *grown[ARRAYS] = { NULL };
    size_t axis_count = parzen->rule->axis_count;
    list_arrays(parzen, arrays);
    for (size_t i = 0; i < ARRAYS; i++) {
        size_t rows = arrays[i].is_wide ? axis_count : 1, bytes = arrays[i].bytes;
        grown[i] = hpi_alloc(rows * room, bytes);
        if (!grown[i]) {
            while (i-- > 0)
                hpi_free(grown[i]);
            return false;
        }
        move_rows(grown[i], *arrays[i].memory, rows, room * bytes, parzen->room * bytes);
    }
    for (size_t i = 0; i < ARRAYS; i++) {
        hpi_free(*arrays[i].memory);
        memcpy(arrays[i].memory, &grown[i], sizeof grown[i]);
    }
    parzen->room = room;
    return true;
}

bool hpi_parzen_reserve(hpi_parzen *parzen, size_t count) {
    size_t   most = (size_t)parzen->rule->kernel_max + 1; /* one more while one is chosen to go */
    size_t   needed = count < most ? count : most;
    uint32_t room = parzen->room ? parzen->room : ROOM_FIRST;
    if (needed <= parzen->room) return true;
    while (room < needed)
        room += room / 2 / LANES * LANES;
    return grow(parzen, room);
}

/* ---- one kernel's part along one axis ---- */

static double least_sigma(const hpi_parzen *parzen) {
    double kernels = (double)parzen->total + 2; /* the prior, and one as the rule has it */
    return parzen->rule->magic_clip ? 1 / fmin(100, kernels) : sigma_min;
}

/* The larger of the gaps to both neighbours; at the ends of the row only the inner one, unless the
 * rule says otherwise or there is no other. */
static double gap(const hpi_parzen *parzen, size_t axis, uint32_t place) {
    const uint32_t *order = parzen->order + axis * parzen->room;
    const float    *mean = parzen->mean + axis * parzen->room;
    bool            is_first = place == 0, is_last = place + 1 == parzen->count;
    bool            is_open = parzen->rule->endpoints || parzen->count == 1;
    double          here = mean[order[place]];
    double          left = is_first ? is_open ? here : 0 : here - mean[order[place - 1]];
    double          right = is_last ? is_open ? 1 - here : 0 : mean[order[place + 1]] - here;
    return fmax(left, right);
}

static int64_t fixed(float value) {
    return (int64_t)((double)value * 0x1p32);
}

/* Where values can be counted, the part of a value is the kernel's integral over its cell. That is
 * nearly the density in the cell's middle of the kernel convolved with the cell: a normal one with
 * the variances added. Its sum over evenly spaced cells of width w exceeds 1 by about 2 exp(-2 pi^2
 * sigma^2 / w^2) (Poisson summation), which is divided out. */
static double excess(double sigma, double cell) {
    double ratio = cell > 0 ? sigma / cell : 1e9;
    return ratio < 1.5 ? 1 + 2 * hpi_exp(-19.739208802178716 * ratio * ratio) : 1;
}

static void set_sigma(hpi_parzen *parzen, size_t axis, uint32_t slot, double gap_sigma) {
    size_t at = axis * parzen->room + slot;
    double cell = (double)parzen->cell[at];
    double sigma = cell > 0 ? sqrt(gap_sigma * gap_sigma + cell * cell / 12) : gap_sigma;
    float  sharp = (float)(sqrt_half / sigma), old = parzen->log_norm[at];
    if (sharp == parzen->sharp[at]) return;
    float narrow = (float)(1 / sigma), mean = parzen->mean[at];
    float below = hpi_normal_tail_f(mean * narrow), above = hpi_normal_tail_f((1 - mean) * narrow);
    float within = 1 - below - above;
    parzen->sharp[at] = sharp;
    parzen->below[at] = below;
    parzen->within[at] = within;
    parzen->log_norm[at] = hpi_log_f(narrow) - hpi_log_f(within * (float)excess(sigma, cell));
    parzen->base[slot] += fixed(parzen->log_norm[at]) - fixed(old);
}

static void refresh(hpi_parzen *parzen, size_t axis, uint32_t place, double least) {
    double sigma = fmin(1, fmax(least, gap(parzen, axis, place)));
    set_sigma(parzen, axis, parzen->order[axis * parzen->room + place], sigma);
}

static void refresh_all(hpi_parzen *parzen) {
    double least = least_sigma(parzen);
    for (size_t axis = 0; axis < parzen->rule->axis_count; axis++)
        if (parzen->rule->axes[axis].kind != HPI_PARZEN_LIST)
            for (uint32_t place = 0; place < parzen->count; place++)
                refresh(parzen, axis, place, least);
    parzen->is_stale = false;
}

/* ---- the row of means along an axis ---- */

/* How many of `count` kernels come before (mean, slot). */
static uint32_t place_of(const hpi_parzen *parzen, size_t axis, uint32_t slot, uint32_t count) {
    const uint32_t *order = parzen->order + axis * parzen->room;
    const float    *mean = parzen->mean + axis * parzen->room;
    uint32_t        low = 0, high = count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2, other = order[middle];
        bool is_before = mean[other] < mean[slot] || (mean[other] == mean[slot] && other < slot);
        if (is_before)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Both neighbours of a place; before the bandwidths are stale anyway. */
static void refresh_around(hpi_parzen *parzen, size_t axis, uint32_t place, double least) {
    uint32_t first = place > 0 ? place - 1 : 0;
    for (uint32_t at = first; at <= place + 1 && at < parzen->count; at++)
        refresh(parzen, axis, at, least);
}

/* parzen->count has the new one already. */
static void enter_row(hpi_parzen *parzen, size_t axis, uint32_t slot) {
    uint32_t *order = parzen->order + axis * parzen->room;
    uint32_t  place = place_of(parzen, axis, slot, parzen->count - 1);
    memmove(order + place + 1, order + place, (parzen->count - 1 - place) * sizeof *order);
    order[place] = slot;
    if (!parzen->is_stale) refresh_around(parzen, axis, place, least_sigma(parzen));
}

/* parzen->count has lost it already. */
static void leave_row(hpi_parzen *parzen, size_t axis, uint32_t slot) {
    uint32_t *order = parzen->order + axis * parzen->room;
    uint32_t  place = place_of(parzen, axis, slot, parzen->count + 1);
    HPI_ASSERT(order[place] == slot);
    memmove(order + place, order + place + 1, (parzen->count - place) * sizeof *order);
    if (!parzen->is_stale && parzen->count > 0)
        refresh_around(parzen, axis, place, least_sigma(parzen));
}

/* ---- adding and removing ---- */

/* By number; in a sample, as far as it knows. */
static double rank_of(const hpi_parzen *parzen, uint64_t number) {
    double highest = 0;
    for (uint32_t i = 0; i < parzen->used; i++)
        if (parzen->number[i] < number) highest = fmax(highest, parzen->rank[i]);
    return highest + 1;
}

static void shift_ranks(hpi_parzen *parzen, uint64_t number, double by) {
    for (uint32_t i = 0; i < parzen->used; i++)
        if (parzen->number[i] > number) parzen->rank[i] += by;
}

/* A uniform number in (0, 1] that belongs to the trial. */
static double luck(const hpi_parzen *parzen, uint64_t number) {
    uint64_t words[4];
    hpi_rng_block(parzen->rule->seed, number, HPI_STREAM_THIN, 0, words);
    return 1 - hpi_rng_unit(words[0]);
}

static uint32_t take_slot(hpi_parzen *parzen) {
    if (parzen->free_count > 0) return parzen->free[--parzen->free_count];
    HPI_ASSERT(parzen->used < parzen->room);
    return parzen->used++;
}

void hpi_parzen_add(hpi_parzen *parzen, uint64_t number, const float *x) {
    uint32_t slot = take_slot(parzen);
    double   rank = rank_of(parzen, number);
    shift_ranks(parzen, number, 1);
    parzen->number[slot] = number;
    parzen->rank[slot] = rank;
    parzen->priority[slot] = rank / luck(parzen, number);
    parzen->base[slot] = 0;
    parzen->count++;
    parzen->total++;
    parzen->is_stale |= parzen->total <= CLIP_KERNELS;
    for (size_t axis = 0; axis < parzen->rule->axis_count; axis++) {
        size_t at = axis * parzen->room + slot;
        parzen->mean[at] = x[axis];
        parzen->cell[at] = x[parzen->rule->axis_count + axis];
        parzen->sharp[at] = 0;
        parzen->log_norm[at] = 0;
        if (parzen->rule->axes[axis].kind != HPI_PARZEN_LIST) enter_row(parzen, axis, slot);
    }
    if (parzen->count > parzen->rule->kernel_max) hpi_parzen_thin(parzen);
}

void hpi_parzen_drop(hpi_parzen *parzen, uint32_t slot) {
    parzen->count--;
    for (size_t axis = 0; axis < parzen->rule->axis_count; axis++) {
        size_t at = axis * parzen->room + slot;
        if (parzen->rule->axes[axis].kind != HPI_PARZEN_LIST) leave_row(parzen, axis, slot);
        parzen->mean[at] = 0.5F; /* harmless: a free slot is computed with the others */
        parzen->sharp[at] = 1;
    }
    parzen->number[slot] = UINT64_MAX;
    parzen->weight[slot] = 0;
    parzen->base[slot] = 0;
    parzen->free[parzen->free_count++] = slot;
}

void hpi_parzen_remove(hpi_parzen *parzen, uint64_t number) {
    parzen->total--;
    parzen->is_stale |= parzen->total < CLIP_KERNELS;
    for (uint32_t slot = 0; slot < parzen->used; slot++)
        if (parzen->number[slot] == number) {
            hpi_parzen_drop(parzen, slot);
            break;
        }
    shift_ranks(parzen, number, -1);
}

/* ---- weights ---- */

/* Linear in the rank, from 1 / total for the oldest to 1 for the last that is not recent. What a
 * sample's kernels stand for may be more. */
static double decayed(double rank, double total) {
    double old = total - HPI_PARZEN_RECENT;
    return old > 1 ? 1 / total + (rank - 1) / (old - 1) * (1 - 1 / total) : 1 / total;
}

static void weigh(hpi_parzen *parzen) {
    double total = (double)parzen->total, sum = parzen->count ? parzen->rule->prior_weight : 1;
    for (uint32_t i = 0; i < parzen->used; i++) {
        double rank = parzen->rank[i], weight = 1;
        if (rank <= total - HPI_PARZEN_RECENT)
            weight = decayed(fmax(rank, parzen->threshold), total);
        bool is_free = parzen->number[i] == UINT64_MAX;
        parzen->weight[i] = is_free ? 0 : (float)weight;
        parzen->log_scale[i] =
            is_free ? HPI_PARZEN_NEVER : (float)((double)parzen->base[i] * 0x1p-32);
        sum += (double)parzen->weight[i];
    }
    for (uint32_t i = parzen->used; i % LANES != 0; i++) /* computed with the others */
        parzen->log_scale[i] = HPI_PARZEN_NEVER;
    parzen->weight_sum = sum;
}

void hpi_parzen_prepare(hpi_parzen *parzen) {
    if (parzen->is_stale) refresh_all(parzen);
    weigh(parzen);
}
