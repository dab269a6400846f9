/* SPDX-License-Identifier: BSD-3-Clause */
/* Learning curves by formula, so that the optimum is known and thousands of trainings cost nothing.
 *
 * The first five are a test function that is approached from the loss of an untrained model, 1, the
 * way networks are seen to learn: by a power of the epoch, or exponentially, two of the families
 * that Domhan, Springenberg and Hutter fit to curves of networks ("Speeding up automatic
 * hyperparameter optimization of deep neural networks by extrapolation of learning curves", IJCAI
 * 2015, table 1). How fast is another function of the parameters: so curves cross, and what is
 * ahead early need not be at the end. After the last epoch a curve has reached its test function.
 *
 * The others were published as they are: Hartmann's function with a fidelity (Kandasamy, Dasarathy,
 * Schneider, Poczos: "Multi-fidelity Bayesian optimisation with continuous approximations", ICML
 * 2017), and counting ones (Falkner, Klein, Hutter: "BOHB: robust and efficient hyperparameter
 * optimization at scale", ICML 2018). */
#include "learning.h"

#include "functions.h"
#include "search.h"

#include <math.h>
#include <stdio.h>

static const double two_pi = 6.28318530717958648;

/* The objective's own streams of a trial: one for each epoch and use. */
enum { USES = 4096 };

double learning_uniform(const hpt_trial *trial, int epoch, int use) {
    uint64_t stream = (uint64_t)epoch * USES + (uint64_t)use;
    return ((double)(hpt_trial_seed(trial, stream) >> 12) + 0.5) * 0x1p-52;
}

double learning_normal(const hpt_trial *trial, int epoch, int use) {
    double u = learning_uniform(trial, epoch, use), v = learning_uniform(trial, epoch, use + 1);
    return sqrt(-2 * log(u)) * cos(two_pi * v);
}

/* ---- a test function that is approached ---- */

/* With noise the best grows slowly for long, so that when a median has come somewhere is hard to
 * say: with 201 seeds the ratio of Hyperband with tpe was anything from 0.35 to 0.7 by their
 * choice. */
enum { DIM = 5, EPOCHS = 81, SEEDS = 201, NOISY_SEEDS = 1001 };

typedef enum curve_shape { POWER, EXPONENTIAL } curve_shape;

typedef struct approach {
    int         function; /* of functions.h, instance 1 in 5 dimensions                     */
    double      power;    /* of its value, which is what counts                             */
    double      half;     /* of that as much as is a loss of 1/2: its median                */
    curve_shape shape;
    double      slowest, fastest; /* the rate: a power, or per training                       */
    double      delay;            /* how much of the rate is due to the loss: bad points are fast */
    double      noise;            /* deviation of what is observed, of the untrained loss      */
} approach;

typedef struct approach_state {
    double loss, rate;
} approach_state;

static hpt_space *cube(void) {
    return quality_cube(DIM);
}

/* 0 at the optimum, 1/2 at `half`, below 1. */
static double final_loss(const approach *row, const double *x) {
    static quality_instance instances[QUALITY_FUNCTIONS + 1];
    quality_instance       *it = &instances[row->function];
    if (it->dim == 0) quality_instance_init(it, row->function, DIM, 1);
    double value = pow(quality_value(it, x), row->power);
    return value / (value + row->half);
}

/* Rates differ along a direction of the space that the loss knows nothing of; with a delay those of
 * good points are the slow ones. */
static double rate_of(const approach *row, const double *x, double loss) {
    static const double direction[DIM] = { 0.4, -0.3, 0.2, -0.3, 0.4 };
    double              along = 0.5;
    for (int i = 0; i < DIM; i++)
        along += direction[i] * x[i] / 5 / 2;
    along = fmin(fmax(along, 0), 1);
    double share = (1 - row->delay) * along + row->delay * loss;
    return row->slowest * pow(row->fastest / row->slowest, share);
}

static void begin_approach(const learner *it, hpt_trial *trial) {
    const approach *row = it->problem->own;
    approach_state *state = it->state;
    double          x[DIM];
    for (int i = 0; i < DIM; i++)
        x[i] = hpt_trial_real_at(trial, (hpt_param)i);
    state->loss = final_loss(row, x);
    state->rate = rate_of(row, x, state->loss);
}

/* What is left to learn after a share of the training: from 1 down to 0. */
static double left_to_learn(curve_shape shape, double rate, int epoch) {
    double at = shape == POWER ? pow(1 + epoch, -rate) : exp(-rate * epoch / EPOCHS);
    double end = shape == POWER ? pow(1 + EPOCHS, -rate) : exp(-rate);
    return (at - end) / (1 - end);
}

static double train_approach(const learner *it, int epoch) {
    const approach       *row = it->problem->own;
    const approach_state *state = it->state;
    double                left = left_to_learn(row->shape, state->rate, epoch);
    double                loss = state->loss + (1 - state->loss) * left;
    if (row->noise > 0) loss += row->noise * learning_normal(it->trial, epoch, 0);
    return loss;
}

static double approach_truth(const learner *it, double last) {
    (void)last;
    return ((const approach_state *)it->state)->loss;
}

/* Of a function its median over the cube counts as a loss of 1/2. Of Rosenbrock's the root is
 * taken: nine tenths of it say nothing of the valley. */
static const approach power_row = { 1, 1, 59, POWER, 0.3, 1.5, 0, 0 };
static const approach exponential_row = { 8, 0.5, 274, EXPONENTIAL, 4, 40, 0, 0 };
static const approach rugged_row = { 15, 1, 414, POWER, 0.3, 1.5, 0, 0 };
static const approach crossing_row = { 1, 1, 59, EXPONENTIAL, 2, 60, 0.7, 0 };
static const approach noisy_row = { 1, 1, 59, POWER, 0.3, 1.5, 0, 0.05 };

/* ---- Hartmann's function in six dimensions; an epoch is a fidelity of epoch / epochs ---- */

enum { HARTMANN_DIM = 6, HARTMANN_PEAKS = 4 };

static const double hartmann_minimum = -3.3223680114155152;

static hpt_space *hartmann_space(void) {
    return quality_cube_of(HARTMANN_DIM, 0, 1);
}

/* How much of each of the four peaks there is at the point. */
static void begin_hartmann(const learner *it, hpt_trial *trial) {
    static const double widths[HARTMANN_PEAKS][HARTMANN_DIM] = { { 10, 3, 17, 3.5, 1.7, 8 },
                                                                 { 0.05, 10, 17, 0.1, 8, 14 },
                                                                 { 3, 3.5, 1.7, 10, 17, 8 },
                                                                 { 17, 8, 0.05, 10, 0.1, 14 } };
    static const double places[HARTMANN_PEAKS][HARTMANN_DIM] = {
        { 0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886 },
        { 0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991 },
        { 0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650 },
        { 0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381 }
    };
    double *peaks = it->state;
    for (int k = 0; k < HARTMANN_PEAKS; k++) {
        double sum = 0;
        for (int i = 0; i < HARTMANN_DIM; i++) {
            double away = hpt_trial_real_at(trial, (hpt_param)i) - places[k][i];
            sum += widths[k][i] * away * away;
        }
        peaks[k] = exp(-sum);
    }
}

static double train_hartmann(const learner *it, int epoch) {
    static const double heights[HARTMANN_PEAKS] = { 1, 1.2, 3, 3.2 };
    const double       *peaks = it->state;
    double              lower = 0.1 * (1 - (double)epoch / EPOCHS), sum = 0;
    for (int k = 0; k < HARTMANN_PEAKS; k++)
        sum += (heights[k] - lower) * peaks[k];
    return -sum - hartmann_minimum;
}

/* ---- counting ones: 8 bits, and 8 probabilities that are estimated by 9 draws an epoch ---- */

enum { BITS = 8, PROBABILITIES = 8, DRAWS = 9 };

typedef struct ones_state {
    double sure, probabilities[PROBABILITIES];
    int    seen;
} ones_state;

static hpt_space *ones_space(void) {
    static const char *const bits[] = { "0", "1" };
    hpt_space               *space = hpt_space_create();
    char                     name[16];
    for (int i = 0; i < BITS; i++) {
        snprintf(name, sizeof name, "b%d", i);
        hpt_space_add_choice(space, name, bits, 2);
    }
    for (int i = 0; i < PROBABILITIES; i++) {
        snprintf(name, sizeof name, "p%d", i);
        hpt_space_add_real(space, name, 0, 1);
    }
    return space;
}

static void begin_ones(const learner *it, hpt_trial *trial) {
    ones_state *state = it->state;
    *state = (ones_state){ .sure = 0 };
    for (int i = 0; i < BITS; i++)
        state->sure += hpt_trial_choice_at(trial, (hpt_param)i);
    for (int i = 0; i < PROBABILITIES; i++)
        state->probabilities[i] = hpt_trial_real_at(trial, (hpt_param)(BITS + i));
}

/* The share of ones that is missing. */
static double missing_ones(double ones) {
    return 1 - ones / (BITS + PROBABILITIES);
}

static double train_ones(const learner *it, int epoch) {
    ones_state *state = it->state;
    for (int i = 0; i < PROBABILITIES; i++)
        for (int k = 0; k < DRAWS; k++)
            state->seen +=
                learning_uniform(it->trial, epoch, i * DRAWS + k) < state->probabilities[i];
    return missing_ones(state->sure + (double)state->seen / DRAWS / epoch);
}

static double ones_truth(const learner *it, double last) {
    const ones_state *state = it->state;
    double            ones = state->sure;
    (void)last;
    for (int i = 0; i < PROBABILITIES; i++)
        ones += state->probabilities[i];
    return missing_ones(ones);
}

/* ---- the list ---- */

static double as_observed(const learner *it, double last) {
    (void)it;
    return last;
}

#define APPROACH(row_name, seed_count, ...)                                                        \
    {                                                                                              \
        .name = #row_name, .about = __VA_ARGS__, .epochs = EPOCHS, .seeds = seed_count,            \
        .state_bytes = sizeof(approach_state), .space = cube, .begin = begin_approach,             \
        .train = train_approach, .truth = approach_truth, .own = &row_name##_row                   \
    }

const learning_problem learning_curves[] = {
    APPROACH(power, SEEDS, "a sphere, approached by a power of the epoch, fast or slow"),
    APPROACH(exponential, SEEDS, "the root of Rosenbrock's function, exponentially, fast or slow"),
    APPROACH(rugged, SEEDS, "Rastrigin's function, turned, by a power"),
    APPROACH(noisy, NOISY_SEEDS,
             "a sphere, by a power; what is observed has noise of 5 % of the range"),
    APPROACH(crossing, SEEDS, "a sphere, exponentially; the better a point, the slower it learns",
             .is_adverse = true),
    { .name = "hartmann",
      .about = "Hartmann's function in 6 dimensions with a fidelity",
      .epochs = EPOCHS,
      .seeds = SEEDS,
      .state_bytes = HARTMANN_PEAKS * sizeof(double),
      .space = hartmann_space,
      .begin = begin_hartmann,
      .train = train_hartmann,
      .truth = as_observed },
    { .name = "ones",
      .about = "counting ones: 8 bits, and 8 probabilities of which 9 draws an epoch are seen",
      .epochs = EPOCHS,
      .seeds = SEEDS,
      .state_bytes = sizeof(ones_state),
      .space = ones_space,
      .begin = begin_ones,
      .train = train_ones,
      .truth = ones_truth },
};

const size_t learning_curve_count = sizeof learning_curves / sizeof *learning_curves;
