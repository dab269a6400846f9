/* SPDX-License-Identifier: BSD-3-Clause */
/* A strategy of your own, through the struct that the built-in ones use. It steps from the best
 * point so far in a random direction; steps of every length are equally likely, so that it neither
 * gets stuck nor needs to know how large the hills are. */
#include <hpt/extend.h>
#include <hpt/hpt.h>
#include <math.h>

enum { PARAMS_MAX = 64 };

typedef struct climber {
    double           reach; /* option */
    const hpt_space *space;
    uint64_t         seed;
    uint32_t         dims;
    double           best_loss, best[PARAMS_MAX]; /* in fractions of each range */
} climber;

/* clang-format off */
static const hpt_option options_of_climber[] = {
    { "reach", HPT_OPTION_REAL, offsetof(climber, reach), 0.5, 1e-3, 1, NULL,
      "longest step, as a fraction of each range" },
    { .name = NULL },
};
/* clang-format on */

static hpt_status climber_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    climber *c = state;
    c->space = setup->space; /* borrowed for the life of the strategy */
    c->seed = setup->seed;
    c->dims = (uint32_t)hpt_space_count(setup->space);
    c->best_loss = INFINITY;
    if (c->dims > PARAMS_MAX)
        return hpt_error(err, HPT_ELIMIT, "climber takes %d parameters, not %u", PARAMS_MAX,
                         (unsigned)c->dims);
    for (uint32_t i = 0; i < c->dims; i++)
        c->best[i] = 0.5;
    return HPT_OK;
}

/* 0 to 1, of the upper bits. */
static double fraction(uint64_t word) {
    return (double)(word >> 11) * 0x1p-53;
}

/* Random numbers are a function of (seed, number), so the same seed makes the same steps. */
static hpt_status climber_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    climber *c = state;
    uint64_t words[PARAMS_MAX + 1];
    hpt_random(c->seed, number, 0, words, c->dims + 1);
    double step = c->reach * pow(10, -4 * fraction(words[c->dims]));
    for (uint32_t i = 0; i < c->dims; i++)
        point_out[i] =
            hpt_space_from_unit(c->space, i, c->best[i] + step * (2 * fraction(words[i]) - 1));
    return hpt_space_repair(c->space, point_out, err); /* if there are constraints */
}

static void climber_tell(void *state, const hpt_outcome *outcome) {
    climber *c = state;
    if (outcome->state != HPT_TRIAL_COMPLETE || outcome->loss >= c->best_loss) return;
    c->best_loss = outcome->loss;
    for (uint32_t i = 0; i < c->dims; i++)
        c->best[i] = hpt_space_to_unit(c->space, i, outcome->point[i]);
}

static const hpt_strategy_class climber_class = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "climber",
    .summary = "steps from the best point so far",
    .state_size = sizeof(climber),
    .options = options_of_climber,
    .batch_max = 1,
    .init = climber_init,
    .ask = climber_ask,
    .tell = climber_tell,
};

static hpt_status rosenbrock(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    double x = hpt_trial_real(trial, "x"), y = hpt_trial_real(trial, "y");
    *value_out = pow(1 - x, 2) + 100 * pow(y - x * x, 2);
    return HPT_OK;
}

int main(void) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    hpt_space_add_real(space, "x", -5, 5);
    hpt_space_add_real(space, "y", -5, 5);

    hpt_options options = hpt_options_default();
    options.strategy = "climber:reach=0.4";
    options.trial_count_max = 2000;
    options.window = 4; /* tell in order, so that every run is the same */

    hpt_result *result = NULL;
    if (hpt_strategy_register(&climber_class, &err) != HPT_OK ||
        hpt_parallel_run(space, rosenbrock, NULL, &options, &result, &err) != HPT_OK)
        return fprintf(stderr, "%s\n", err.text), 1;
    printf("best %g at x=%g y=%g\n", hpt_result_value(result), hpt_result_real(result, "x"),
           hpt_result_real(result, "y"));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return 0;
}
