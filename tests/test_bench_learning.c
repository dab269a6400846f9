/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what the bench of pruners measures with is right: learning curves end where they are said
 *         to, the network learns, and epochs are counted as they are spent.
 * Method: train at the optimum and at one good point; searches without a pruner, of which the
 *         counts are known. */
#include "fixture.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <hpt/hpt.h>

#include "quality/training.h"

static const learning_problem *curve_named(const char *name) {
    for (size_t i = 0; i < learning_curve_count; i++)
        if (strcmp(learning_curves[i].name, name) == 0) return &learning_curves[i];
    fail_msg("no curve %s", name);
    return NULL;
}

static int load_digits(void **state) {
    (void)state;
    return learning_network_load(BENCH_DIGITS) ? 0 : -1;
}

static int forget_digits(void **state) {
    (void)state;
    learning_network_forget();
    return 0;
}

/* Trains one point for so many epochs; what was observed after each, and behind these the truth. */
static void train_for(const learning_problem *problem, int epochs, const char *point,
                      double *curve_out) {
    hpt_err     err = { 0 };
    hpt_value  *points = NULL;
    hpt_study  *study = NULL;
    hpt_trial  *trial = NULL;
    size_t      count = 0;
    hpt_space  *space = problem->space();
    hpt_options options = hpt_options_default();
    learner     who = { problem, NULL, calloc(1, problem->state_bytes) };
    assert_non_null(who.state);
    if (hpt_space_parse_points(space, point, strlen(point), &points, &count, &err) != HPT_OK)
        fail_msg("%s", err.text);
    options.strategy = "list";
    options.points = points;
    options.point_count = count;
    options.seed = 7;
    assert_int_equal(hpt_study_create(space, &options, &study, &err), HPT_OK);
    assert_int_equal(hpt_study_ask(study, &trial, &err), HPT_OK);
    who.trial = trial;
    problem->begin(&who, trial);
    for (int epoch = 1; epoch <= epochs; epoch++)
        curve_out[epoch - 1] = problem->train(&who, epoch);
    curve_out[epochs] = problem->truth(&who, curve_out[epochs - 1]);
    hpt_study_destroy(study);
    hpt_space_destroy(space);
    hpt_free(points);
    free(who.state);
}

static void train(const learning_problem *problem, const char *point, double *curve_out) {
    train_for(problem, problem->epochs, point, curve_out);
}

static const char hartmann_optimum[] =
    "[{\"x0\": 0.20169, \"x1\": 0.150011, \"x2\": 0.476874, \"x3\": 0.275332, \"x4\": 0.311652, "
    "\"x5\": 0.6573}]";

static const char ones_optimum[] =
    "[{\"b0\": \"1\", \"b1\": \"1\", \"b2\": \"1\", \"b3\": \"1\", \"b4\": \"1\", \"b5\": \"1\", "
    "\"b6\": \"1\", \"b7\": \"1\", \"p0\": 1, \"p1\": 1, \"p2\": 1, \"p3\": 1, \"p4\": 1, \"p5\": "
    "1, \"p6\": 1, \"p7\": 1}]";

static void a_whole_training_at_the_optimum_finds_the_optimum(void **state) {
    double curve[LEARNING_EPOCHS_MAX + 1];
    (void)state;
    train(curve_named("hartmann"), hartmann_optimum, curve);
    assert_true(fabs(curve[LEARNING_EPOCHS_MAX]) < 1e-5);
    assert_true(curve[0] > 0.05); /* an early look sees lower peaks */
    train(curve_named("ones"), ones_optimum, curve);
    assert_true(curve[LEARNING_EPOCHS_MAX] == 0);
    assert_true(curve[0] == 0); /* there is nothing to be drawn */
}

static void curves_fall_from_near_1_to_their_truth(void **state) {
    static const char *const names[] = { "power", "exponential", "rugged", "crossing" };
    const char *point = "[{\"x0\": 1, \"x1\": -2, \"x2\": 0.5, \"x3\": 3, \"x4\": -1}]";
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        double curve[LEARNING_EPOCHS_MAX + 1], last = 1;
        train(curve_named(names[i]), point, curve);
        for (int epoch = 0; epoch < LEARNING_EPOCHS_MAX; last = curve[epoch++])
            if (!(curve[epoch] <= last && curve[epoch] > 0))
                fail_msg("%s, epoch %d: %g", names[i], epoch + 1, curve[epoch]);
        double truth = curve[LEARNING_EPOCHS_MAX];
        if (!(fabs(last - truth) < 1e-12)) fail_msg("%s: %g, not %g", names[i], last, truth);
    }
}

static void noise_is_in_what_is_observed_and_not_in_the_truth(void **state) {
    const char *point = "[{\"x0\": 1, \"x1\": -2, \"x2\": 0.5, \"x3\": 3, \"x4\": -1}]";
    double      noisy[LEARNING_EPOCHS_MAX + 1], power[LEARNING_EPOCHS_MAX + 1], square = 0;
    (void)state;
    train(curve_named("noisy"), point, noisy);
    train(curve_named("power"), point, power);
    for (int epoch = 0; epoch < LEARNING_EPOCHS_MAX; epoch++)
        square += pow(noisy[epoch] - power[epoch], 2);
    double deviation = sqrt(square / LEARNING_EPOCHS_MAX);
    if (!(deviation > 0.035 && deviation < 0.065)) fail_msg("a deviation of %g", deviation);
    assert_true(noisy[LEARNING_EPOCHS_MAX] == power[LEARNING_EPOCHS_MAX]);
}

/* A part of a training, so that it takes no time. Guessing has a loss of log 10 = 2.3. */
enum { NETWORK_EPOCHS = 12 };

static void the_network_learns_to_read_and_does_so_again(void **state) {
    const char *point = "[{\"rate\": 0.05, \"momentum\": 0.9, \"hidden\": 24, \"decay\": 1e-5, "
                        "\"batch\": 32}]";
    double      curve[NETWORK_EPOCHS + 1], again[NETWORK_EPOCHS + 1];
    (void)state;
    train_for(&learning_network, NETWORK_EPOCHS, point, curve);
    train_for(&learning_network, NETWORK_EPOCHS, point, again);
    if (!(curve[11] < 0.2)) fail_msg("a loss of %g", curve[11]);
    assert_true(curve[11] < curve[2] && curve[2] < curve[0] && curve[0] < 2);
    assert_memory_equal(curve, again, sizeof curve);
}

static void a_rate_that_is_too_high_is_worse_than_guessing(void **state) {
    const char *point = "[{\"rate\": 1, \"momentum\": 0.99, \"hidden\": 24, \"decay\": 1e-5, "
                        "\"batch\": 8}]";
    double      curve[4 + 1];
    (void)state;
    train_for(&learning_network, 4, point, curve);
    assert_true(curve[3] > 2 && curve[3] <= 10);
}

static void epochs_are_counted_as_they_are_spent(void **state) {
    const training  it = { .problem = curve_named("power"),
                           .strategy = "random",
                           .pruner = "none",
                           .seed = 1,
                           .pending = 1,
                           .epochs = 4 * 81 + 40 };
    double          found[4 * 81 + 40 + 1];
    training_counts counts;
    (void)state;
    training_run(&it, found, &counts);
    assert_int_equal(counts.begun, 5);
    assert_int_equal(counts.whole, 4);
    assert_int_equal(counts.pruned, 0);
    assert_true(isinf(found[80]) && isfinite(found[81]));
    for (int epoch = 82; epoch <= it.epochs; epoch++) {
        assert_true(found[epoch] <= found[epoch - 1]);
        if (epoch % 81 != 0) assert_true(found[epoch] == found[epoch - 1]);
    }
}

static void trials_in_flight_are_trained_side_by_side(void **state) {
    const training  it = { .problem = curve_named("power"),
                           .strategy = "random",
                           .pruner = "none",
                           .seed = 1,
                           .pending = 3,
                           .epochs = 3 * 81 };
    double          found[3 * 81 + 1];
    training_counts counts;
    (void)state;
    training_run(&it, found, &counts);
    assert_int_equal(counts.whole, 3);
    assert_true(isinf(found[3 * 80]) && isfinite(found[3 * 80 + 1]));
}

static void an_early_look_tells_less_than_a_late_one(void **state) {
    training_correlations it;
    (void)state;
    training_correlate(curve_named("crossing"), 60, &it);
    assert_true(it.all[1] < 0.4 && it.all[9] > it.all[1] && it.all[27] > 0.9);
    assert_true(fabs(it.all[81] - 1) < 1e-12);
}

static void an_early_look_tells_less_of_the_best(void **state) {
    training_correlations it;
    (void)state;
    training_correlate(curve_named("power"), 200, &it);
    assert_true(it.best[1] < it.all[1] && it.best[9] < it.all[9]);
    assert_true(fabs(it.best[81] - 1) < 1e-12);
}

int main(void) {
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(a_whole_training_at_the_optimum_finds_the_optimum),
        cmocka_unit_test(curves_fall_from_near_1_to_their_truth),
        cmocka_unit_test(noise_is_in_what_is_observed_and_not_in_the_truth),
        cmocka_unit_test(the_network_learns_to_read_and_does_so_again),
        cmocka_unit_test(a_rate_that_is_too_high_is_worse_than_guessing),
        cmocka_unit_test(epochs_are_counted_as_they_are_spent),
        cmocka_unit_test(trials_in_flight_are_trained_side_by_side),
        cmocka_unit_test(an_early_look_tells_less_than_a_late_one),
        cmocka_unit_test(an_early_look_tells_less_of_the_best),
    };
    return cmocka_run_group_tests(cases, load_digits, forget_digits);
}
