/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   strategies keep away from where trials fail, and learn from trials that were stopped what
 *         these tell.
 * Method: searches of functions of which a part fails, with the same seeds by two policies; what
 *         follows from single outcomes; models against differences and against themselves without
 *         an observation.
 */
#include "searching.h"

#include <string.h>

#include "strategy/candidate.h"
#include "strategy/gp_acquire.h"
#include "strategy/tpe_trials.h"

/* Where trials fail. */

/* The best is on the border. */
static double border(const hpt_coord *point, size_t width) {
    double along = 0;
    for (size_t j = 0; j < width; j++)
        along += (j % 2 ? -1 : 1) * (point[j].real - 1.25);
    return along > 0 ? (double)INFINITY : loss_sphere(point, width);
}

/* Two stripes. */
static double stripes(const hpt_coord *point, size_t width) {
    bool is_in_one = point[0].real > 1.3, is_in_other = point[1].real < 0 && point[1].real > -3;
    return is_in_one || is_in_other ? (double)INFINITY : loss_sphere(point, width);
}

/* A product has a limit, as memory has, and the best is at it. */
static double product(const hpt_coord *point, size_t width) {
    double a = point[0].real + 6, b = point[1].real + 6, rest = 0;
    for (size_t j = 2; j < width; j++)
        rest += (point[j].real - 1.25) * (point[j].real - 1.25);
    return a * b > 24 ? (double)INFINITY : rest + 24 - a * b + fabs(a - b);
}

typedef struct tally {
    double best;
    int    failed;
} tally;

static void tell_end(const hpi_strategy *strategy, uint64_t number, const hpt_coord *point,
                     double loss, bool avoids) {
    bool        is_good = loss < (double)INFINITY;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = is_good ? HPT_TRIAL_COMPLETE : HPT_TRIAL_CRASHED,
                            .number = number,
                            .point = point,
                            .value = is_good ? loss : (double)NAN,
                            .loss = is_good ? loss : (double)NAN,
                            .goal_count = 1,
                            .losses = is_good ? &loss : NULL,
                            .bound = (double)NAN,
                            .is_failure = !is_good && avoids };
    strategy->class->tell(strategy->state, &outcome);
}

static void search_failing(const char *text, search_loss *loss, bool avoids, uint64_t seed,
                           tally *sum) {
    enum { COUNT = 60, DIMS = 3 };
    hpt_space   *space = search_cube(DIMS);
    hpi_strategy strategy = strategy_opened(space, text, seed);
    double       best = (double)INFINITY;
    for (uint64_t number = 0; number < COUNT; number++) {
        hpt_coord point[DIMS];
        hpt_err   err = { 0 };
        if (strategy.class->ask(strategy.state, number, point, &err) != HPT_OK)
            fail_msg("%s: %s", text, err.text);
        double value = loss(point, DIMS);
        sum->failed += !(value < (double)INFINITY);
        best = fmin(best, value);
        tell_end(&strategy, number, point, value, avoids);
    }
    sum->best += log(fmax(best, 1e-3));
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
}

/* Of the trials that fail when nothing is learnt from them, so many per cent may be left; and what
 * is found must not be worse; `slack`: but for a factor in all together, as a logarithm. */
static void check_avoids(const char *text, search_loss *loss, int percent, double slack) {
    tally with = { 0 }, without = { 0 };
    for (uint64_t seed = 1; seed <= 6; seed++) {
        search_failing(text, loss, true, seed, &with);
        search_failing(text, loss, false, seed, &without);
    }
    if (100 * with.failed > percent * without.failed || with.best > without.best + slack)
        fail_msg("%s: %d failed and %g, without %d and %g", text, with.failed, with.best,
                 without.failed, without.best);
}

static void where_trials_fail_is_avoided(void **state) {
    (void)state;
    static const char *const texts[] = { "tpe", "gp", "auto" };
    static const int         percent[][3] = { { 75, 50, 65 }, { 60, 60, 60 }, { 100, 90, 105 } };
    SKIP_WHERE_SCALED_DOWN();
    for (int i = 0; i < 3; i++) {
        double slack = i == 2 ? 20 : 0; /* a descent of auto's finds such bowls anyway */
        check_avoids(texts[i], border, percent[i][0], slack);
        check_avoids(texts[i], stripes, percent[i][1], slack);
        check_avoids(texts[i], product, percent[i][2], slack);
    }
}

/* It learns of nothing else: more trials than the model has, most of which fail. */
static void a_model_survives_that_nearly_all_fail(void **state) {
    (void)state;
    static const char *const texts[] = { "gp:points=16", "tpe:kernels=32", "gp" };
    hpt_space               *space = search_cube(3);
    for (size_t i = 0; i < 3; i++) {
        hpi_strategy strategy = strategy_opened(space, texts[i], 3);
        for (uint64_t number = 0; number < fixture_scaled(90); number++) {
            hpt_coord point[3];
            assert_int_equal(strategy.class->ask(strategy.state, number, point, NULL), HPT_OK);
            assert_true(point_is_in_space(space, point));
            double loss = number % 15 == 7 ? loss_sphere(point, 3) : (double)INFINITY;
            tell_end(&strategy, number, point, loss, number % 4 > 0);
        }
        hpi_strategy_close(&strategy);
    }
    hpt_space_destroy(space);
}

/* gp. */

static void the_slopes_of_the_chance_are_those_of_its_values(void **state) {
    (void)state;
    enum { DIMS = 2, TRIALS = 24 };
    hpi_gp_chance chance;
    double        room[2 * (DIMS + 1)], slopes[DIMS], moved[DIMS];
    assert_true(hpi_gp_chance_init(&chance, DIMS, DIMS));
    for (uint64_t i = 0; i < TRIALS; i++) {
        double   x[DIMS];
        uint64_t words[DIMS];
        hpt_random(7, i, 0, words, DIMS);
        for (int j = 0; j < DIMS; j++)
            x[j] = (double)(words[j] >> 11) * 0x1p-53;
        assert_true(hpi_gp_chance_reserve(&chance, 0, TRIALS));
        hpi_gp_chance_tell(&chance, x, x[0] + x[1] * x[1] > 0.9);
    }
    assert_true(hpi_gp_chance_reserve(&chance, 0, TRIALS));
    assert_true(hpi_gp_chance_learn(&chance, TRIALS));
    const double inside[DIMS] = { 0.1, 0.2 }, outside[DIMS] = { 0.9, 0.9 };
    assert_true(hpi_gp_chance_slope(&chance, inside, room, slopes) >
                hpi_gp_chance_slope(&chance, outside, room, slopes) + 1);
    for (int k = 1; k < 10; k++) {
        const double at[DIMS] = { 0.1 * k, 0.95 - 0.08 * k };
        double       value = hpi_gp_chance_slope(&chance, at, room, slopes);
        assert_true(value <= 0);
        for (int j = 0; j < DIMS; j++) {
            double other[DIMS];
            memcpy(moved, at, sizeof at);
            moved[j] += 1e-6;
            double more = hpi_gp_chance_slope(&chance, moved, room, other);
            moved[j] -= 2e-6;
            double slope = (more - hpi_gp_chance_slope(&chance, moved, room, other)) / 2e-6;
            if (!(fabs(slope - slopes[j]) <= 1e-4 * (1 + fabs(slope))))
                fail_msg("%d, %d: %g, not %g", k, j, slopes[j], slope);
        }
    }
    hpi_gp_chance_fini(&chance);
}

static void the_logarithm_of_the_normal_distribution_is_exact(void **state) {
    (void)state;
    for (double z = -30; z < 9; z += 0.37) {
        double slope, is = hpi_gp_log_below(z, &slope), wanted = log(0.5 * erfc(-z / sqrt(2)));
        double density = exp(-z * z / 2) / 2.50662827463100050;
        if (!(fabs(is - wanted) <= 1e-9 * (1 + fabs(wanted)))) fail_msg("%g: %g %g", z, is, wanted);
        assert_true(fabs(slope * exp(wanted) - density) <= 1e-9 * density + 1e-15);
    }
    assert_true(hpi_gp_log_below(-1e6, NULL) < -1e11);
}

static void an_observation_is_left_out_as_if_it_were_not_there(void **state) {
    (void)state;
    enum { DIMS = 2, COUNT = 9 };
    hpi_gp_model all, others;
    assert_true(hpi_gp_model_init(&all, DIMS, DIMS) && hpi_gp_model_init(&others, DIMS, DIMS));
    assert_true(hpi_gp_reserve(&all, COUNT) && hpi_gp_reserve(&others, COUNT));
    for (int out = 0; out < COUNT; out++) {
        double left[DIMS] = { 0 };
        hpi_gp_truncate(&all, 0);
        hpi_gp_truncate(&others, 0);
        for (int i = 0; i < COUNT; i++) {
            double x[DIMS] = { 0.11 * i, 0.5 + 0.4 * sin(i) };
            hpi_gp_append(&all, x, cos(3 * i));
            if (i != out) hpi_gp_append(&others, x, cos(3 * i));
            if (i == out) memcpy(left, x, sizeof x);
        }
        hpi_gp_solve(&all);
        hpi_gp_solve(&others);
        double is = hpi_gp_without(&all, (size_t)out).mean,
               wanted = hpi_gp_predict(&others, left).mean;
        if (!(fabs(is - wanted) < 1e-8)) fail_msg("%d: %g, not %g", out, is, wanted);
    }
    hpi_gp_model_fini(&all);
    hpi_gp_model_fini(&others);
}

/* Trials that a bound stops. */

static hpt_outcome stopped(uint64_t number, const hpt_coord *point, double bound) {
    return (hpt_outcome){ .struct_size = sizeof(hpt_outcome),
                          .state = HPT_TRIAL_PRUNED,
                          .number = number,
                          .point = point,
                          .value = (double)NAN,
                          .loss = (double)NAN,
                          .goal_count = 1,
                          .bound = bound };
}

/* Whatever is above the best is stopped there. */
static double search_capped(const char *text, uint64_t seed) {
    enum { DIMS = 3 };
    hpt_space   *space = search_cube(DIMS);
    hpi_strategy strategy = strategy_opened(space, text, seed);
    double       best = (double)INFINITY;
    for (uint64_t number = 0; number < 120; number++) {
        hpt_coord point[DIMS];
        hpt_err   err = { 0 };
        if (strategy.class->ask(strategy.state, number, point, &err) != HPT_OK)
            fail_msg("%s: %s", text, err.text);
        double      loss = loss_sphere(point, DIMS);
        hpt_outcome outcome = stopped(number, point, best);
        if (loss <= best)
            tell_end(&strategy, number, point, best = loss, true);
        else
            strategy.class->tell(strategy.state, &outcome);
    }
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
    return best;
}

static void a_search_goes_on_when_all_but_the_best_are_stopped(void **state) {
    (void)state;
    static const char *const texts[] = { "tpe", "gp", "cmaes", "de", "auto" };
    static const double      limits[] = { 0.3, 0.2, 1, 2, 0.3 }; /* random: about 3 */
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        double sum = 0;
        for (uint64_t seed = 1; seed <= 5; seed++)
            sum += log(fmax(search_capped(texts[i], seed), 1e-9)) / 5;
        if (!(exp(sum) < limits[i])) fail_msg("%s: %g", texts[i], exp(sum));
    }
}

/* tpe's parts. */

static void add_told(hpi_tpe_trials *trials, const hpt_outcome *outcome) {
    const float x[2] = { 0.5F, 0 };
    assert_true(hpi_tpe_trials_reserve(trials));
    hpi_tpe_trials_tell(trials, hpi_tpe_trials_add(trials, x), outcome);
}

static hpt_outcome completed(double loss) {
    hpt_outcome outcome = stopped(0, NULL, (double)NAN);
    outcome.state = HPT_TRIAL_COMPLETE;
    outcome.value = outcome.loss = loss;
    return outcome;
}

static const hpi_parzen_rule one_real = { .axes =
                                              (hpi_parzen_axis[]){ { .kind = HPI_PARZEN_REAL } },
                                          .axis_count = 1,
                                          .prior_weight = 1,
                                          .magic_clip = true,
                                          .focus = 1,
                                          .kernel_max = 256 };

static void of_what_a_bound_stopped_none_is_good(void **state) {
    (void)state;
    hpi_tpe_trials trials = { .gamma = 0.5, .good_max = 25, .goal_count = 1 };
    assert_int_equal(hpi_tpe_trials_init(&trials, &one_real, NULL), HPT_OK);
    hpt_outcome five = completed(5), nine = completed(9), above = stopped(0, NULL, 5),
                below = stopped(0, NULL, 3);
    add_told(&trials, &five);
    for (int i = 0; i < 6; i++)
        add_told(&trials, &above);
    assert_int_equal(trials.parts[0], HPI_TPE_GOOD);
    for (int i = 1; i < 7; i++)
        assert_int_equal(trials.parts[i], HPI_TPE_WORSE);
    assert_int_equal(trials.told, 7);
    add_told(&trials, &below); /* a limit that the best had nothing to do with */
    add_told(&trials, &nine);
    assert_int_equal(trials.parts[7], HPI_TPE_GOOD);
    assert_int_equal(trials.parts[8], HPI_TPE_GOOD);
    hpi_tpe_trials_fini(&trials);
}

/* Ten whole trials of 100 steps and ninety that were stopped at the first are as many as 10.9. */
static void stopped_trials_count_as_far_as_they_came(void **state) {
    (void)state;
    hpi_tpe_trials trials = { .gamma = 0.1, .good_max = 25, .goal_count = 1 };
    hpt_outcome    whole = completed(5), early = stopped(0, NULL, (double)NAN);
    whole.has_report = early.has_report = true;
    whole.last_step = 100;
    early.last_step = 1;
    assert_int_equal(hpi_tpe_trials_init(&trials, &one_real, NULL), HPT_OK);
    for (int i = 0; i < 90; i++)
        add_told(&trials, &early);
    assert_int_equal(trials.good_count, 9); /* who knows of further steps? */
    for (int i = 0; i < 10; i++)
        add_told(&trials, &whole);
    assert_int_equal(trials.good_count, 2);
    hpi_tpe_trials_fini(&trials);
}

/* Even numbers are of one bracket, in which left is good; odd ones of the other. */
static uint32_t parity(const void *context, uint64_t number) {
    (void)context;
    return (uint32_t)(number % 2);
}

static double mean_of_bracket(bool has_brackets, uint64_t bracket) {
    hpt_space         *space = search_cube(1);
    hpt_strategy_setup setup = strategy_setup(space, 5);
    hpi_strategy       tpe;
    double             sum = 0;
    setup.bracket_count = has_brackets ? 2 : 0;
    setup.bracket = has_brackets ? parity : NULL;
    assert_int_equal(hpi_strategy_open(&tpe, "tpe", NULL, &setup, NULL), HPT_OK);
    for (uint64_t number = 0; number < 80; number++) {
        hpt_coord point[1];
        assert_int_equal(tpe.class->ask(tpe.state, number, point, NULL), HPT_OK);
        double x = point[0].real;
        if (number >= 40 && number % 2 == bracket) sum += x / 20;
        tell_end(&tpe, number, point, fabs(x - (number % 2 ? 3 : -3)), true);
    }
    hpi_strategy_close(&tpe);
    hpt_space_destroy(space);
    return sum;
}

static void tpe_follows_the_trials_of_the_numbers_own_bracket(void **state) {
    (void)state;
    assert_true(mean_of_bracket(true, 0) < -2 && mean_of_bracket(true, 1) > 2);
    double apart = mean_of_bracket(false, 1) - mean_of_bracket(false, 0);
    assert_true(apart < 3); /* all together: not told apart */
}

/* Evolution. */

static hpt_outcome pruned(int64_t step, const double *loss) {
    hpt_outcome outcome = stopped(0, NULL, (double)NAN);
    outcome.has_report = loss != NULL;
    outcome.last_step = step;
    outcome.last_value = loss ? *loss : 0;
    outcome.last_losses = loss;
    return outcome;
}

static void stopped_trials_rank_behind_complete_ones_by_how_far_they_came(void **state) {
    (void)state;
    const double one = 1, two = 2;
    hpt_outcome  order[] = { completed(1e300),      stopped(0, NULL, 4), stopped(0, NULL, 5),
                             pruned(30, &two),      pruned(3, &one),     pruned(3, &two),
                             pruned(-7, &one),      pruned(0, NULL),     completed((double)NAN),
                             completed((double)NAN) };
    enum { COUNT = sizeof order / sizeof order[0] };
    order[8].state = HPT_TRIAL_INFEASIBLE;
    order[8].violation = 1e-9;
    order[9].state = HPT_TRIAL_CRASHED;
    order[9].is_failure = true;
    for (int i = 0; i + 1 < COUNT; i++) {
        hpi_worth a = hpi_worth_of(&order[i]), b = hpi_worth_of(&order[i + 1]);
        if (!hpi_worth_is_better(a, b) || hpi_worth_is_better(b, a)) fail_msg("%d", i);
    }
}

/* The same search, whether a trial that says nothing was cancelled or failed. */
static void a_failure_of_which_nothing_is_to_be_learnt_is_as_a_cancelled_trial(void **state) {
    (void)state;
    static const char *const texts[] = { "cmaes", "de", "nsga2", "nsga3", "tpe" };
    hpt_space               *space = search_cube(3);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hpi_strategy one = strategy_opened(space, texts[i], 4),
                     other = strategy_opened(space, texts[i], 4);
        for (uint64_t number = 0; number < 60; number++) {
            hpt_coord a[3], b[3];
            assert_int_equal(one.class->ask(one.state, number, a, NULL), HPT_OK);
            assert_int_equal(other.class->ask(other.state, number, b, NULL), HPT_OK);
            if (!points_equal(space, a, b)) fail_msg("%s: %d", texts[i], (int)number);
            bool        is_void = number % 3 == 1;
            hpt_outcome nothing = stopped(number, a, (double)NAN);
            nothing.state = HPT_TRIAL_CANCELLED;
            tell_end(&one, number, a, is_void ? (double)INFINITY : loss_sphere(a, 3), false);
            if (is_void)
                other.class->tell(other.state, &nothing);
            else
                tell_end(&other, number, b, loss_sphere(b, 3), false);
        }
        hpi_strategy_close(&one);
        hpi_strategy_close(&other);
    }
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_trials_fail_is_avoided),
        cmocka_unit_test(a_model_survives_that_nearly_all_fail),
        cmocka_unit_test(the_slopes_of_the_chance_are_those_of_its_values),
        cmocka_unit_test(the_logarithm_of_the_normal_distribution_is_exact),
        cmocka_unit_test(an_observation_is_left_out_as_if_it_were_not_there),
        cmocka_unit_test(a_search_goes_on_when_all_but_the_best_are_stopped),
        cmocka_unit_test(of_what_a_bound_stopped_none_is_good),
        cmocka_unit_test(stopped_trials_count_as_far_as_they_came),
        cmocka_unit_test(tpe_follows_the_trials_of_the_numbers_own_bracket),
        cmocka_unit_test(stopped_trials_rank_behind_complete_ones_by_how_far_they_came),
        cmocka_unit_test(a_failure_of_which_nothing_is_to_be_learnt_is_as_a_cancelled_trial),
    };
    return cmocka_run_group_tests_name("strategy_failures", tests, NULL, NULL);
}
