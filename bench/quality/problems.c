/* SPDX-License-Identifier: BSD-3-Clause */
#include "problems.h"

#include "search.h"
#include "volume.h"

#include <math.h>
#include <stdio.h>

static double square(double x) {
    return x * x;
}

static double real(hpt_trial *trial, hpt_param param) {
    return hpt_trial_real_at(trial, param);
}

static hpt_space *cube_of_5(void) {
    return quality_cube(5);
}

/* A normal number that belongs to the trial (Box and Muller). */
static double normal(hpt_trial *trial) {
    double u = ((double)(hpt_trial_seed(trial, 1) >> 11) + 0.5) * 0x1p-53;
    double v = (double)(hpt_trial_seed(trial, 2) >> 11) * 0x1p-53;
    return sqrt(-2 * log(u)) * cos(6.28318530717958648 * v);
}

/* ---- mixed: reals, integers, an ordinal and a categorical parameter ---- */

static hpt_space *mixed_space(void) {
    static const char *const shapes[] = { "round", "flat", "long", "odd" };
    hpt_space               *space = quality_cube(3);
    hpt_value sizes[] = { hpt_int(1), hpt_int(2), hpt_int(4), hpt_int(8), hpt_int(16) };
    hpt_space_add_int(space, "n", 0, 20);
    hpt_space_add_int(space, "m", -10, 10);
    hpt_space_add_ordinal(space, "size", sizes, 5);
    hpt_space_add_choice(space, "shape", shapes, 4);
    return space;
}

/* A sum of squares and of what the shape costs: 0 at shape "flat" (1), where the centre is 1.5, -1
 * and 2, n = 13, m follows x0, and the size is 4 (index 2). Each shape has its own centre. */
static void mixed(hpt_trial *trial, problem_truth *out) {
    static const double cost[] = { 1, 0, 2, 4 }, shift[] = { -3, 0, -1, 2 };
    uint32_t            shape = hpt_trial_choice_at(trial, 6);
    double              s = shift[shape], x0 = real(trial, 0) - 1.5 - s;
    double              m = (double)hpt_trial_int_at(trial, 4) - 4 * x0;
    out->values[0] = square(x0) + square(real(trial, 1) + 1 - s) + square(real(trial, 2) - 2 + s) +
                     square(((double)hpt_trial_int_at(trial, 3) - 13) / 4) + square(m / 4) +
                     square((double)hpt_trial_choice_at(trial, 5) - 2) + cost[shape];
}

static hpt_space *lattice_space(void) {
    hpt_space *space = hpt_space_create();
    for (int i = 0; i < 6; i++) {
        char name[16];
        snprintf(name, sizeof name, "k%d", i);
        hpt_space_add_int(space, name, -20, 20);
    }
    return space;
}

/* An ellipsoid of condition 10^4 in integers: 0 at 7, -4, 1, -9, 12, 3. */
static void lattice(hpt_trial *trial, problem_truth *out) {
    static const double centre[] = { 7, -4, 1, -9, 12, 3 };
    for (hpt_param i = 0; i < 6; i++)
        out->values[0] +=
            pow(10, 4.0 * i / 5) * square((double)hpt_trial_int_at(trial, i) - centre[i]);
}

/* ---- conditional ---- */

static hpt_space *solver_space(void) {
    static const char *const solvers[] = { "sgd", "adam", "lbfgs" };
    hpt_space               *space = hpt_space_create();
    hpt_space_add_choice(space, "solver", solvers, 3);
    hpt_param rate = hpt_space_add_real(space, "rate", 1e-6, 1);
    hpt_param momentum = hpt_space_add_real(space, "momentum", 0, 1);
    hpt_param decay = hpt_space_add_real(space, "decay", 1e-4, 1);
    hpt_param memory = hpt_space_add_int(space, "memory", 1, 50);
    hpt_param damping = hpt_space_add_real(space, "damping", 0, 1);
    hpt_space_set_log(space, rate);
    hpt_space_set_log(space, decay);
    hpt_space_set_condition(space, rate, "solver != 'lbfgs'");
    hpt_space_set_condition(space, momentum, "solver == 'sgd'");
    hpt_space_set_condition(space, decay, "solver == 'adam'");
    hpt_space_set_condition(space, memory, "solver == 'lbfgs'");
    hpt_space_set_condition(space, damping, "solver == 'sgd' and momentum > 0.5");
    return space;
}

/* As if a network were trained: 0 for sgd at rate 10^-2.5, momentum 0.9 and damping 0.3; adam
 * reaches 0.02 at rate 10^-3 and decay 10^-2, lbfgs 0.1 with a memory of 20. */
static void solver(hpt_trial *trial, problem_truth *out) {
    double rate = log10(real(trial, 1)), momentum = real(trial, 2), decay = log10(real(trial, 3));
    switch (hpt_trial_choice_at(trial, 0)) {
    case 0:
        out->values[0] = square(rate + 2.5) / 4 + square(momentum - 0.9) +
                         (momentum > 0.5 ? square(real(trial, 5) - 0.3) : 0.5);
        break;
    case 1:
        out->values[0] = 0.02 + square(rate + 3) / 4 + square(decay + 2) / 4;
        break;
    default:
        out->values[0] = 0.1 + square(log10((double)hpt_trial_int_at(trial, 4) / 20));
    }
}

/* ---- noisy: what counts is the true value of the point that was observed as the best ---- */

static double ellipsoid(hpt_trial *trial) {
    double sum = 0;
    for (hpt_param i = 0; i < 5; i++)
        sum += pow(100, i / 4.0) * square(real(trial, i) - 1.5 + 0.5 * i);
    return sum;
}

/* 0 at 1.5, 1, 0.5, 0, -0.5; noise of deviation 1 whatever the value. */
static void noisy(hpt_trial *trial, problem_truth *out) {
    out->values[0] = ellipsoid(trial);
    out->noise = normal(trial);
}

/* The same; noise in proportion to the value, of 30 percent. */
static void noisy_scale(hpt_trial *trial, problem_truth *out) {
    out->values[0] = ellipsoid(trial);
    out->noise = 0.3 * out->values[0] * normal(trial);
}

/* ---- constraints on results ---- */

/* The sum of squares where the coordinates sum to at least 5: the nearest point to the origin of
 * that half space has all coordinates 1, so that the optimum is 5 (Cauchy and Schwarz). */
static void half_space(hpt_trial *trial, problem_truth *out) {
    double sum = 0;
    for (hpt_param i = 0; i < 5; i++) {
        out->values[0] += square(real(trial, i));
        sum += real(trial, i);
    }
    out->broken = 5 - sum;
}

/* The sum of the coordinates, plus 10, within 4 of the origin and outside 3 of it: a shell of four
 * percent of the cube. The least is at -4 / sqrt(5) in each: 10 - 4 sqrt(5). */
static void shell(hpt_trial *trial, problem_truth *out) {
    double norm = 0;
    out->values[0] = 10;
    for (hpt_param i = 0; i < 5; i++) {
        norm += square(real(trial, i));
        out->values[0] += real(trial, i);
    }
    out->broken = fmax(norm - 16, 9 - norm);
}

/* ---- several goals ---- */

/* Squared distances from two points 2 apart in each coordinate, so D = 20 from each other: best is
 * what lies between them, where sqrt(f1) + sqrt(f2) = sqrt(D). The front dominates r^2 - D^2 / 6
 * below the reference r = 40. */
static void two_points(hpt_trial *trial, problem_truth *out) {
    for (hpt_param i = 0; i < 5; i++) {
        out->values[0] += square(real(trial, i) - 0.5);
        out->values[1] += square(real(trial, i) + 1.5);
    }
}

static hpt_space *unit_5(void) {
    return quality_cube_of(5, 0, 1);
}

static hpt_space *unit_7(void) {
    return quality_cube_of(7, 0, 1);
}

/* A front that bulges towards the worse (as ZDT2 of Zitzler, Deb and Thiele, Evolutionary
 * Computation 8 (2000)), with the best of the other parameters inside their ranges: g = 1 where
 * they are 0.3, and there f2 = 1 - f1^2. Below (1.1, 6) it dominates 5 + 1/3 + 0.1 * 6. */
static void bulge(hpt_trial *trial, problem_truth *out) {
    double g = 1, first = real(trial, 0);
    for (hpt_param i = 1; i < 5; i++)
        g += 5 * square(real(trial, i) - 0.3) / 0.49;
    out->values[0] = first;
    out->values[1] = g * (1 - square(first / g));
}

/* An eighth of a sphere (DTLZ2 of Deb, Thiele, Laumanns and Zitzler, CEC 2002, equation 9): all of
 * (2, 2, 2) but an eighth of the unit ball, 8 - pi / 6. */
static void sphere_octant(hpt_trial *trial, problem_truth *out) {
    double half_pi = 1.57079632679489662, radius = 1;
    double a = half_pi * real(trial, 0), b = half_pi * real(trial, 1);
    for (hpt_param i = 2; i < 7; i++)
        radius += square(real(trial, i) - 0.5);
    out->values[0] = radius * cos(a) * cos(b);
    out->values[1] = radius * cos(a) * sin(b);
    out->values[2] = radius * sin(a);
}

/* clang-format off */
const quality_problem quality_problems[] = {
    { "mixed", "3 reals, 2 integers, ordinal, categorical", mixed_space, mixed, 0, 1, { 0 } },
    { "lattice", "6 integers, condition 10^4", lattice_space, lattice, 0, 1, { 0 } },
    { "solver", "6 parameters, 5 conditional, one twice", solver_space, solver, 0, 1, { 0 } },
    { "noisy", "ellipsoid, noise of deviation 1", cube_of_5, noisy, 0, 1, { 0 } },
    { "noisy_scale", "ellipsoid, noise of 30 %", cube_of_5, noisy_scale, 0, 1, { 0 } },
    { "half_space", "sphere, constraint on the result", cube_of_5, half_space, 5, 1, { 0 } },
    { "shell", "linear, result within a thin shell", cube_of_5, shell, 1.0557280900008412, 1, { 0 } },
    { "two_points", "2 goals, front bends inwards", cube_of_5, two_points, 1600 - 400 / 6.0, 2, { 40, 40 } },
    { "bulge", "2 goals, front bends outwards", unit_5, bulge, 5.6 + 1 / 3.0, 2, { 1.1, 6 } },
    { "sphere_octant", "3 goals", unit_7, sphere_octant, 8 - 0.52359877559829887, 3, { 2, 2, 2 } },
};
/* clang-format on */

const size_t quality_problem_count = sizeof quality_problems / sizeof quality_problems[0];

/* ---- running ---- */

void problem_restart(problem_run *it, const quality_problem *problem) {
    it->problem = problem;
    it->count = 0;
    it->observed = it->truth = INFINITY;
}

hpt_status problem_evaluate(hpt_trial *trial, void *user, double *values_out) {
    problem_run  *it = user;
    problem_truth truth = { .broken = NAN };
    it->problem->evaluate(trial, &truth);
    if (!isnan(truth.broken)) hpt_trial_constraint(trial, "broken", truth.broken);
    for (uint32_t goal = 0; goal < it->problem->goal_count; goal++)
        values_out[goal] = truth.values[goal];
    values_out[0] += truth.noise;
    if (truth.broken > 0) return HPT_OK;
    for (int goal = 0; goal < PROBLEM_GOALS_MAX && it->count < PROBLEM_TRIALS_MAX; goal++)
        it->values[it->count][goal] = truth.values[goal];
    it->count++;
    if (values_out[0] < it->observed) {
        it->observed = values_out[0];
        it->truth = truth.values[0];
    }
    return HPT_OK;
}

double problem_score(void *user) {
    const problem_run     *it = user;
    const quality_problem *problem = it->problem;
    if (problem->goal_count == 1) return it->truth - problem->optimum;
    return problem->optimum - quality_volume((const double(*)[3])it->values, it->count,
                                             (int)problem->goal_count, problem->references);
}
