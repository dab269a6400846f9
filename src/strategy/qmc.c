/* SPDX-License-Identifier: BSD-3-Clause */

/* Quasi-random points: they fill the space more evenly than random ones. */

#include "base/mem.h"
#include "space/search.h"
#include "space/space.h"
#include "strategy/halton.h"
#include "strategy/sobol.h"

#include "hpt/extend.h"

enum { SOBOL, HALTON };

typedef struct qmc_state {
    int32_t          sequence;
    bool             scramble;
    int64_t          skip;
    const hpt_space *space;
    size_t           count;
    size_t           dimension_count; /* constants need none */
    hpi_sobol        sobol;
    hpi_halton       halton;
    bool             has_constraints;
    uint64_t         next; /* ... the first point of the sequence that was not tried */
} qmc_state;

/* clang-format off */
static const hpt_option options[] = {
    { "sequence", HPT_OPTION_CHOICE, offsetof(qmc_state, sequence), SOBOL, 0, 0, "sobol|halton",
      "sobol: up to 4096 parameters, best with 2^n trials; halton: any number of parameters" },
    { "scramble", HPT_OPTION_BOOL, offsetof(qmc_state, scramble), 1, 0, 0, NULL,
      "yes: another random, equally even sequence for each seed; no: the published sequence, whose "
      "first point is the minimum of every range" },
    { "skip", HPT_OPTION_INT, offsetof(qmc_state, skip), 0, 0, 0x1p53, NULL,
      "points of the sequence to leave out at the start" },
    { .name = NULL },
};
/* clang-format on */

static bool is_searched(const qmc_state *state, size_t j) {
    return hpi_space_kind(state->space, (hpt_param)j) != HPT_KIND_CONSTANT;
}

static void qmc_fini(void *state_) {
    qmc_state *state = state_;
    hpi_sobol_fini(&state->sobol);
    hpi_halton_fini(&state->halton);
}

static hpt_status open_sequence(qmc_state *state, uint64_t seed, hpt_err *err) {
    if (state->sequence == HALTON)
        return hpi_halton_init(&state->halton, state->dimension_count, state->scramble, seed, err);
    if (state->dimension_count > HPI_SOBOL_DIMENSIONS_MAX)
        return hpt_error(err, HPT_ELIMIT,
                         "qmc: %zu parameters are more than the %d of the Sobol' sequence; say "
                         "qmc:sequence=halton",
                         state->dimension_count, HPI_SOBOL_DIMENSIONS_MAX);
    hpt_status status = hpi_sobol_init(&state->sobol, state->dimension_count, err);
    if (status == HPT_OK && state->scramble) hpi_sobol_scramble(&state->sobol, seed);
    return status;
}

/* Nothing to skip to, without a valid point. */
static hpt_status check_constraints(qmc_state *state, hpt_err *err) {
    hpt_coord *point = hpi_alloc(state->count, sizeof *point);
    if (!point) return hpt_error(err, HPT_ENOMEM, "qmc: out of memory");
    hpt_status status = hpi_space_find_valid(state->space, point, err);
    hpi_free(point);
    state->has_constraints = true;
    return status;
}

static hpt_status qmc_init(void *state_, const hpt_strategy_setup *setup, hpt_err *err) {
    qmc_state *state = state_;
    state->space = setup->space;
    state->count = hpt_space_count(setup->space);
    for (size_t j = 0; j < state->count; j++)
        state->dimension_count += is_searched(state, j);
    hpt_status status = open_sequence(state, setup->seed, err);
    if (status == HPT_OK && hpi_space_has_constraints(state->space))
        status = check_constraints(state, err);
    if (status != HPT_OK) qmc_fini(state);
    return status;
}

static void qmc_point(const void *state_, uint64_t number, hpt_coord *point_out) {
    const qmc_state *state = state_;
    uint64_t         index = number + (uint64_t)state->skip;
    if (state->sequence == HALTON)
        hpi_halton_point(&state->halton, index, point_out);
    else
        hpi_sobol_point(&state->sobol, index, point_out);
    /* From the back, because the fractions stand closer together than the coordinates. */
    size_t d = state->dimension_count;
    for (size_t j = state->count; j-- > 0;) {
        uint64_t fraction = is_searched(state, j) ? (uint64_t)point_out[--d].integer : 0;
        point_out[j] = hpt_space_at_fraction(state->space, (hpt_param)j, fraction);
    }
}

static bool qmc_is_asked(const void *state_) {
    const qmc_state *state = state_;
    return state->has_constraints;
}

/* Invalid points are left out, which keeps the others as even as they are. When only one of
 * thousands is valid, the nearest valid point stands in. */
enum { SKIPS_MAX = 4096 };

static hpt_status qmc_ask(void *state_, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    qmc_state *state = state_;
    (void)number;
    for (int i = 0; i < SKIPS_MAX; i++) {
        qmc_point(state, state->next++, point_out);
        if (!hpt_space_permits(state->space, point_out)) continue;
        hpi_space_settle(state->space, point_out, 1);
        return HPT_OK;
    }
    /* If even that takes too long, the invalid point is counted as what it is. */
    hpt_status status = hpt_space_repair(state->space, point_out, err);
    return status == HPT_ELIMIT ? HPT_OK : status;
}

const hpt_strategy_class hpi_strategy_qmc = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "qmc",
    .summary = "quasi-random points (Sobol', Halton): random, but more even",
    .state_size = sizeof(qmc_state),
    .options = options,
    .init = qmc_init,
    .point = qmc_point,
    .ask = qmc_ask,
    .fini = qmc_fini,
    .is_asked = qmc_is_asked,
};
