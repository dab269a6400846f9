/* SPDX-License-Identifier: BSD-3-Clause */

/* Independent points, each parameter uniform in its range or in the logarithm of it; in a finite
 * space none twice.
 *
 * Where each value of a parameter is as likely as any other, drawing without replacement is to
 * shuffle: candidate i is a function of i, and nothing is remembered. Where it is not (logarithmic
 * ranges of integers, branches of conditions) points that came are remembered, and drawn over. */

#include "base/apart.h"
#include "base/mem.h"
#include "base/rng.h"
#include "space/linear.h"
#include "space/space.h"
#include "strategy/draw.h"
#include "strategy/seen.h"

#include "hpt/extend.h"

#include <string.h>

/* Points that are remembered; later ones may come again. Without an end memory would not have one
 * either. */
enum { KEPT_MAX = 1 << 20 };

typedef enum random_way {
    INDEPENDENT, /* repeats, or a space where they have probability 0       */
    SHUFFLED,    /* uniform, without rules: a function of the number        */
    LISTED,      /* uniform among the valid points, by their own order      */
    REMEMBERED,  /* drawn again as long as they are known                   */
} random_way;

typedef struct random_state {
    bool             repeats;
    random_way       way;
    const hpt_space *space;
    uint64_t         seed;
    size_t           count;
    hpi_every        every;   /* SHUFFLED, LISTED                                              */
    hpi_seen         seen;    /* REMEMBERED                                                    */
    hpi_linear       linear;  /* INDEPENDENT, where that is the space                           */
    hpt_coord       *witness; /* drawing with constraints: a valid point, as a last resort     */
} random_state;

/* clang-format off */
static const hpt_option options[] = {
    HPI_SEEN_OPTION(random_state, repeats),
    { .name = NULL },
};
/* clang-format on */

static void random_fini(void *state_) {
    random_state *state = state_;
    if (state->way == SHUFFLED || state->way == LISTED) hpi_every_fini(&state->every);
    hpi_seen_fini(&state->seen);
    hpi_linear_fini(&state->linear);
    hpi_free(state->witness);
}

/* Whether each point is as likely as any other. */
static bool is_uniform(const hpt_space *space) {
    size_t count = hpt_space_count(space);
    if (hpi_space_has_conditions(space)) return false;
    for (hpt_param j = 0; j < count; j++) {
        hpt_param_info info = { .struct_size = sizeof info };
        if (hpt_space_choices(space, j) == 1) continue;
        if (hpt_space_info(space, j, &info, NULL) == HPT_OK && info.is_log) return false;
    }
    return true;
}

/* Where a shuffled order is as good as drawing: of a product that a number can count, and not where
 * points near each other would follow each other. */
static hpt_status try_every(random_state *state, const hpt_strategy_setup *setup, hpt_err *err) {
    hpt_status status = hpi_every_init(&state->every, state->space, state->seed, err);
    if (status != HPT_OK) return status;
    if (state->every.product.is_beyond && !state->every.has_rules)
        state->way = INDEPENDENT;
    else if (setup->point_count > 0 || state->every.valid.way == HPI_VALID_BRANCHES)
        state->way = REMEMBERED;
    else
        state->way = state->every.has_rules ? LISTED : SHUFFLED;
    if (state->way == INDEPENDENT || state->way == REMEMBERED) hpi_every_fini(&state->every);
    return HPT_OK;
}

static hpt_status choose_way(random_state *state, const hpt_strategy_setup *setup, hpt_err *err) {
    if (state->repeats) return HPT_OK;
    state->way = REMEMBERED;
    hpt_status status = HPT_OK;
    if (hpi_every_is_finite(state->space) && is_uniform(state->space))
        status = try_every(state, setup, err);
    if (status != HPT_OK || state->way != REMEMBERED) return status;
    status = hpi_seen_init(&state->seen, setup, false, err);
    state->seen.kept_max = KEPT_MAX;
    if (!hpi_seen_is_on(&state->seen)) state->way = INDEPENDENT;
    return status;
}

static hpt_status prepare_to_draw(random_state *state, hpt_err *err) {
    if (!hpi_space_has_rules(state->space))
        return hpi_linear_init(&state->linear, state->space, err);
    if (!hpi_space_has_constraints(state->space)) return HPT_OK;
    state->witness = hpi_alloc(state->count, sizeof *state->witness);
    if (!state->witness) return hpt_error(err, HPT_ENOMEM, "random: out of memory");
    return hpi_space_find_valid(state->space, state->witness, err);
}

static hpt_status random_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    random_state *state = state_;
    state->space = setup->space;
    state->seed = setup->seed;
    state->count = hpt_space_count(setup->space);
    hpt_status status = choose_way(state, setup, err);
    if (status == HPT_OK && (state->way == INDEPENDENT || state->way == REMEMBERED))
        status = prepare_to_draw(state, err);
    if (status != HPT_OK) random_fini(state);
    return status;
}

/* Beyond what is remembered there is no end. */
static uint64_t random_size(const void *state_) {
    const random_state *state = state_;
    if (state->way == SHUFFLED || state->way == LISTED) return hpi_every_size(&state->every);
    double most = hpt_space_size(state->space);
    return state->way == REMEMBERED && most <= KEPT_MAX ? (uint64_t)most : UINT64_MAX;
}

/* Uniform among the valid points as long as drawing again finds one; of a smaller share whatever a
 * random search comes to first, still a function of the number alone. */
enum { SEARCHES_MAX = 8, FIRST_BUDGET = 256 };

HPI_APART static void search_valid(const random_state *state, uint64_t number,
                                   hpt_coord *point_out) {
    hpi_search *search = NULL;
    hpi_found   found = HPI_FOUND_TIRED;
    if (hpi_search_create(state->space, NULL, &search, NULL) != HPT_OK) search = NULL;
    for (uint32_t i = 0; search && i < SEARCHES_MAX && found == HPI_FOUND_TIRED; i++) {
        uint64_t budget = (uint64_t)FIRST_BUDGET << i;
        hpi_search_at_random(search, state->seed, number, i);
        found = hpi_search_next(search, &budget, point_out);
    }
    hpi_search_destroy(search);
    if (found != HPI_FOUND) memcpy(point_out, state->witness, state->count * sizeof *point_out);
}

HPI_APART static void draw_valid(const random_state *state, uint64_t number, hpt_coord *point_out) {
    if (!hpi_draw_valid(state->space, state->seed, number, point_out))
        search_valid(state, number, point_out);
}

static void draw(const random_state *state, uint64_t number, hpt_coord *point_out) {
    if (state->witness)
        draw_valid(state, number, point_out);
    else
        hpi_draw(state->space, state->seed, number, 0, point_out);
}

/* As hpi_draw(), in one go. */
static void draw_linear(const random_state *state, uint64_t number, hpt_coord *point_out) {
    enum { AT_ONCE = 64 };
    uint64_t words[AT_ONCE];
    size_t   done = 0, count = state->linear.count;
    for (; done < count; done += AT_ONCE) {
        size_t part = count - done < AT_ONCE ? count - done : AT_ONCE;
        for (size_t j = 0; j < part; j += 4)
            hpi_rng_block(state->seed, number, HPI_STREAM_POINT, (done + j) / 4, words + j);
        hpi_linear_at(&state->linear, done, part, words, point_out + done);
    }
}

static void random_points(const void *state_, uint64_t first, size_t count, hpt_coord *points_out) {
    const random_state *state = state_;
    for (size_t i = 0; i < count; i++, points_out += state->count)
        if (state->way == SHUFFLED)
            hpi_every_point(&state->every, first + i, points_out);
        else if (state->linear.count > 0)
            draw_linear(state, first + i, points_out);
        else
            draw(state, first + i, points_out);
}

static void random_point(const void *state_, uint64_t number, hpt_coord *point_out) {
    random_points(state_, number, 1, point_out);
}

static bool random_is_asked(const void *state_) {
    const random_state *state = state_;
    return state->way == LISTED || state->way == REMEMBERED;
}

/* As often as for a valid point; then any that is new. */
static hpt_status draw_new(random_state *state, uint64_t number, hpt_coord *point_out,
                           hpt_err *err) {
    bool is_good = false;
    for (uint64_t turn = 0; turn < HPI_DRAWS_MAX && !is_good; turn++) {
        hpi_draw(state->space, state->seed, number, turn, point_out);
        is_good = hpt_space_permits(state->space, point_out) &&
                  hpi_seen_find(&state->seen, point_out, NULL) == HPI_SEEN_NEVER;
    }
    if (!is_good && state->witness) search_valid(state, number, point_out);
    return hpi_seen_take_any(&state->seen, number, point_out, err);
}

static hpt_status random_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    random_state *state = state_;
    if (state->way == REMEMBERED) return draw_new(state, number, point_out, err);
    return hpi_every_next(&state->every, point_out);
}

const hpt_strategy_class hpi_strategy_random = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "random",
    .summary = "random points, uniform in the space; in a finite one none twice",
    .state_size = sizeof(random_state),
    .options = options,
    .init = random_init,
    .size = random_size,
    .point = random_point,
    .points = random_points,
    .ask = random_ask,
    .fini = random_fini,
    .is_asked = random_is_asked,
};
