/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/hill.h"

#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "space/space.h"
#include "strategy/stream.h"

enum {
    ALL_VALUES = 48, /* up to so many values every one is a neighbour; above, 1, 2, 4 ... steps, or
                        some at random if there is no order                                  */
    DRAWS = 64,      /* for a valid point that is new                                            */
    KICK = 3         /* values that change when a descent begins near the best                   */
};

/* ---- Life ---- */

static bool is_list(const hpt_space *space, hpt_param param) {
    return hpi_space_kind(space, param) == HPT_KIND_CATEGORICAL;
}

/* Neighbours in one parameter. */
static uint64_t reach_of(const hpt_space *space, hpt_param param) {
    uint64_t choices = hpt_space_choices(space, param), count = 0;
    if (choices < 2) return 0;
    if (choices <= ALL_VALUES) return choices - 1;
    if (is_list(space, param)) return ALL_VALUES;
    while (choices >>= 1)
        count += 2;
    return count;
}

uint64_t hpi_hill_neighbours(const hpt_space *space) {
    uint64_t sum = 0;
    for (hpt_param j = 0; j < hpt_space_count(space); j++)
        sum += reach_of(space, j);
    return sum;
}

hpt_status hpi_hill_init(hpi_hill *hill, const hpt_space *space, hpi_seen *seen, uint64_t seed,
                         uint64_t first, hpt_err *err) {
    size_t width = hpt_space_count(space);
    *hill = (hpi_hill){ .space = space,
                        .seen = seen,
                        .seed = seed,
                        .width = width,
                        .loss = INFINITY,
                        .best_loss = INFINITY,
                        .first = first };
    hill->params = hpi_alloc(width, sizeof *hill->params);
    hill->current = hpi_alloc(3 * width, sizeof *hill->current);
    if (!hill->params || !hill->current) {
        hpi_hill_fini(hill);
        return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu parameters", width);
    }
    hill->best = hill->current + width;
    hill->drawn = hill->best + width;
    for (hpt_param j = 0; j < width; j++)
        if (reach_of(space, j) > 0) hill->params[hill->param_count++] = j;
    return HPT_OK;
}

void hpi_hill_fini(hpi_hill *hill) {
    hpi_free(hill->params);
    hpi_free(hill->current);
    *hill = (hpi_hill){ 0 };
}

/* ---- Asking ---- */

static bool is_new(hpi_hill *hill, const hpt_coord *point) {
    return hpt_space_permits(hill->space, point) &&
           hpi_seen_find(hill->seen, point, NULL) == HPI_SEEN_NEVER;
}

/* Value number `turn` around the one numbered `index`; false: beyond the range. */
static bool neighbour(const hpi_hill *hill, hpt_param param, uint64_t index, uint64_t turn,
                      hpi_stream *from, hpt_coord *coord_out) {
    uint64_t choices = hpt_space_choices(hill->space, param), to = turn < index ? turn : turn + 1;
    if (choices > ALL_VALUES && is_list(hill->space, param)) {
        to = hpi_stream_modulo(from, choices);
        if (to == index) return false;
    } else if (choices > ALL_VALUES) {
        uint64_t by = UINT64_C(1) << (turn / 2);
        if (turn % 2 ? by > index : by >= choices - index) return false;
        to = turn % 2 ? index - by : index + by;
    }
    *coord_out = hpt_space_choice(hill->space, param, to);
    return true;
}

/* One of the new neighbours of `current`, each as likely as any other. */
static bool ask_neighbour(hpi_hill *hill, hpi_stream *from, hpt_coord *point_out) {
    size_t   bytes = hill->width * sizeof *point_out;
    uint64_t found = 0;
    memcpy(hill->drawn, hill->current, bytes);
    for (size_t i = 0; i < hill->param_count; i++) {
        hpt_param param = hill->params[i];
        hpt_coord here = hill->current[param];
        uint64_t  index = hpi_space_index(hill->space, param, here);
        uint64_t  reach = reach_of(hill->space, param);
        for (uint64_t turn = 0; turn < reach; turn++) {
            if (!neighbour(hill, param, index, turn, from, &hill->drawn[param])) continue;
            if (!is_new(hill, hill->drawn) || hpi_stream_modulo(from, ++found) != 0) continue;
            memcpy(point_out, hill->drawn, bytes);
        }
        hill->drawn[param] = here;
    }
    return found > 0;
}

static void change(const hpi_hill *hill, hpi_stream *from, hpt_coord *point) {
    hpt_param param = hill->params[hpi_stream_modulo(from, hill->param_count)];
    uint64_t  choices = hpt_space_choices(hill->space, param);
    point[param] = hpt_space_choice(hill->space, param, hpi_stream_modulo(from, choices));
}

static void draw(hpi_hill *hill, hpi_stream *from, hpt_coord *point_out) {
    for (hpt_param j = 0; j < hill->width; j++)
        point_out[j] =
            hpt_space_at_fraction(hill->space, j, (hpi_stream_modulo(from, UINT32_MAX) << 32));
}

/* Where a descent may begin: anywhere, or a few values from the best. */
static void ask_elsewhere(hpi_hill *hill, hpi_stream *from, hpt_coord *point_out) {
    bool is_kick = hill->descent % 2 == 1 && hill->best_loss < INFINITY && hill->param_count > 0;
    for (int i = 0; i < DRAWS; i++) {
        if (is_kick) {
            memcpy(point_out, hill->best, hill->width * sizeof *point_out);
            for (int j = 0; j < KICK + i / 16; j++)
                change(hill, from, point_out);
        } else
            draw(hill, from, point_out);
        if (is_new(hill, point_out)) return;
    }
}

void hpi_hill_ask(hpi_hill *hill, uint64_t number, hpt_coord *point_out) {
    hpi_stream from = { .seed = hill->seed, .number = number, .purpose = HPI_STREAM_HILL };
    bool       is_early = hill->asked++ < hill->first;
    if (is_early || isinf(hill->loss)) {
        ask_elsewhere(hill, &from, point_out);
        return;
    }
    if (ask_neighbour(hill, &from, point_out)) return;
    hill->loss = INFINITY;
    hill->descent++;
    hill->since = number;
    ask_elsewhere(hill, &from, point_out);
}

/* What others find counts when it is the best there is. */
void hpi_hill_tell(hpi_hill *hill, const hpt_outcome *outcome, bool is_own) {
    size_t bytes = hill->width * sizeof *hill->best;
    if (outcome->state != HPT_TRIAL_COMPLETE || !(outcome->loss < INFINITY)) return;
    bool is_best = outcome->loss < hill->best_loss;
    bool is_ours = is_own && outcome->number >= hill->since;
    if (is_best) {
        hill->best_loss = outcome->loss;
        memcpy(hill->best, outcome->point, bytes);
    }
    if (!is_best && !(is_ours && outcome->loss < hill->loss)) return;
    hill->loss = outcome->loss;
    memcpy(hill->current, outcome->point, bytes);
}
