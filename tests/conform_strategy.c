/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every strategy keeps its contract (hpt/extend.h) on every kind of space.
 * Method: for each strategy there is, built in or registered here, each option in turn at its
 *         limits, on each of the spaces below: points in the space, repeatable, `point` pure, the
 *         end exactly at size(), any outcome told in any order. A new row needs no edit here. */
#include "strategies.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evolve.h"
#include "failing.h"

/* ---- the spaces ---- */

static void add_every_kind(hpt_space *space) {
    const hpt_value values[] = { hpt_int(16), hpt_text("x"), hpt_null(), hpt_bool(true),
                                 hpt_real(1.5) };
    hpt_space_add_real(space, "real", -5, 5);
    hpt_space_set_log(space, hpt_space_add_real(space, "log", 1e-5, 1e-1));
    hpt_space_set_step(space, hpt_space_add_real(space, "step", 0, 0.5), hpt_real(0.05));
    hpt_space_add_int(space, "int", -3, 12);
    hpt_space_set_log(space, hpt_space_add_int(space, "log int", 1, 1000));
    hpt_space_set_step(space, hpt_space_add_int(space, "step int", 10, 100), hpt_int(7));
    hpt_space_add_categorical(space, "categorical", values, 5);
    hpt_space_add_constant(space, "constant", hpt_text("c"));
    hpt_space_add_ordinal(space, "ordinal", values, 3);
}

static void add_extremes(hpt_space *space) {
    hpt_space_add_int(space, "all", INT64_MIN, INT64_MAX);
    hpt_space_set_log(space, hpt_space_add_int(space, "log", 1, INT64_MAX));
    hpt_space_add_int(space, "top", INT64_MAX - 1, INT64_MAX);
    hpt_space_set_step(space, hpt_space_add_int(space, "wide", INT64_MIN, INT64_MAX),
                       hpt_int(INT64_MAX));
    hpt_space_add_real(space, "reals", -DBL_MAX, DBL_MAX);
    hpt_space_add_real(space, "tiny", 0, DBL_TRUE_MIN);
}

static void add_many_decades(hpt_space *space) {
    hpt_space_set_log(space, hpt_space_add_real(space, "a", 1e-150, 1e150));
    hpt_space_set_log(space, hpt_space_add_real(space, "b", DBL_TRUE_MIN, DBL_MAX));
}

static void add_single_values(hpt_space *space) {
    const hpt_value value = hpt_text("only");
    hpt_space_add_real(space, "real", 3.5, 3.5);
    hpt_space_add_int(space, "int", INT64_MIN, INT64_MIN);
    hpt_space_set_log(space, hpt_space_add_int(space, "log", 7, 7));
    hpt_space_add_categorical(space, "list", &value, 1);
    hpt_space_add_constant(space, "constant", hpt_int(1));
}

static void add_few_points(hpt_space *space) {
    const hpt_value values[] = { hpt_int(1), hpt_int(2) };
    hpt_space_add_int(space, "int", 0, 4);
    hpt_space_add_ordinal(space, "list", values, 2);
    hpt_space_set_step(space, hpt_space_add_real(space, "step", 0, 1), hpt_real(0.5));
}

/* 3 of 4 combinations, and more than TRIALS. */
static void add_constrained(hpt_space *space) {
    const hpt_value values[] = { hpt_int(1), hpt_int(2), hpt_int(4), hpt_int(8) };
    hpt_space_add_ordinal(space, "a", values, 4);
    hpt_space_add_categorical(space, "b", values, 4);
    hpt_space_set_step(space, hpt_space_add_real(space, "step", 0, 1), hpt_real(0.125));
    hpt_space_add_constraint(space, "a * b <= 16 and (step < 1 or a != b)");
}

/* One of a thousand. */
static void add_tightly_constrained(hpt_space *space) {
    char name[16];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_set_step(space, hpt_space_add_int(space, name, 0, 9), hpt_int(1));
    }
    hpt_space_add_constraint(space, "x0 + x1 == x2 + x3 == x4 + x5 == 7");
}

static void add_conditional(hpt_space *space) {
    hpt_space_add_choice(space, "solver", (const char *[]){ "sgd", "adam", "lbfgs" }, 3);
    hpt_space_set_condition(space, hpt_space_add_real(space, "momentum", 0, 1), "solver == 'sgd'");
    hpt_space_set_condition(space, hpt_space_add_int(space, "nesterov", 0, 3), "momentum > 0.5");
    hpt_space_set_condition(space, hpt_space_add_int(space, "memory", 2, 90), "solver == 'lbfgs'");
    hpt_space_add_constraint(space, "memory * 2 < 170 or momentum < 0.9");
}

static void add_a_thousand(hpt_space *space) {
    for (size_t j = 0; j < 1000; j++) {
        char name[16];
        snprintf(name, sizeof name, "p%zu", j);
        if (j % 2)
            hpt_space_add_int(space, name, 0, 9);
        else
            hpt_space_add_real(space, name, 0, 1);
    }
}

enum { WIDTH_MAX = 1000, LISTED = 5, TRIALS = 60, SEED = 12 };

static void (*const fillers[])(hpt_space *) = {
    add_every_kind,          add_extremes,    add_many_decades,
    add_single_values,       add_few_points,  add_constrained,
    add_tightly_constrained, add_conditional, add_a_thousand,
};
enum { SPACE_COUNT = sizeof fillers / sizeof fillers[0] };

static hpt_space *made_space(size_t index) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    fillers[index](space);
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("space %zu: %s", index, err.text);
    return space;
}

/* ---- the strategies, each option in turn ---- */

/* "name:option=value", value number `turn`; false past the last. */
static bool variant_of_option(const hpt_option *row, int turn, char *value, size_t bytes) {
    static const char *const bools[] = { "yes", "no" };
    const double             reals[] = { row->min, row->max, fmin(row->max, row->min + 3) };
    const char              *word = row->text;
    switch (row->type) {
    case HPT_OPTION_BOOL:
        if (turn >= 2) return false;
        snprintf(value, bytes, "%s", bools[turn]);
        return true;
    case HPT_OPTION_INT:
    case HPT_OPTION_REAL:
        if (turn >= 3) return false;
        snprintf(value, bytes, "%.17g", reals[turn]);
        return true;
    case HPT_OPTION_CHOICE:
        for (; word && turn > 0; turn--)
            word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL;
        if (word) snprintf(value, bytes, "%.*s", (int)strcspn(word, "|"), word);
        return word != NULL;
    case HPT_OPTION_TEXT:
        return false;
    }
    return false;
}

typedef struct subject {
    const hpt_strategy_class *class;
    const char      *text;
    const hpt_space *space;
    size_t           space_index;
    hpt_coord        listed[LISTED * WIDTH_MAX];
} subject;

typedef void (*check)(subject *about);

/* The points of a list are valid: a run sees to that before it opens the strategy. */
static void make_valid(const hpt_space *space, hpt_coord *point) {
    assert_int_equal(hpt_space_repair(space, point, NULL), HPT_OK);
}

static void on_every_space(subject *about, check checked) {
    for (size_t i = 0; i < SPACE_COUNT; i++) {
        hpt_space *space = made_space(i);
        size_t     width = hpt_space_count(space);
        about->space = space;
        about->space_index = i;
        for (size_t k = 0; k < LISTED * width; k++)
            about->listed[k] = hpt_space_at_fraction(space, (hpt_param)(k % width),
                                                     k * UINT64_C(0x9e3779b97f4a7c15));
        for (size_t k = 0; k < LISTED; k++)
            make_valid(space, about->listed + k * width);
        checked(about);
        hpt_space_destroy(space);
    }
}

static void for_every_variant(subject *about, check checked) {
    char text[128], value[64];
    about->text = about->class->name;
    on_every_space(about, checked);
    for (const hpt_option *row = about->class->options; row && row->name; row++)
        for (int turn = 0; variant_of_option(row, turn, value, sizeof value); turn++) {
            snprintf(text, sizeof text, "%s:%s=%s", about->class->name, row->name, value);
            about->text = text;
            on_every_space(about, checked);
        }
}

static void for_everything(check checked) {
    static subject about;
    for (size_t i = 0; (about.class = hpt_strategy_at(i)); i++)
        if (!about.class->absent) for_every_variant(&about, checked);
}

/* With points only if it does not open without: most strategies refuse them. */
static hpt_status open_as_needed(hpi_strategy *strategy, const char *text,
                                 const hpt_strategy_setup *setup, hpt_err *err) {
    hpt_strategy_setup without = *setup;
    without.points = NULL;
    without.point_count = 0;
    hpt_status status = hpi_strategy_open(strategy, text, NULL, &without, err);
    return status == HPT_EINVAL ? hpi_strategy_open(strategy, text, NULL, setup, err) : status;
}

/* False when the strategy says, with a sentence, that this space is not for it. */
static bool opens(hpi_strategy *strategy, const subject *about, uint64_t seed) {
    hpt_err            err = { 0 };
    hpt_strategy_setup setup = strategy_setup(about->space, seed);
    setup.points = about->listed;
    setup.point_count = LISTED;
    hpt_status status = open_as_needed(strategy, about->text, &setup, &err);
    if (status == HPT_OK) return true;
    if (status != HPT_EINVAL && status != HPT_ELIMIT)
        fail_msg("%s: status %d: %s", about->text, status, err.text);
    assert_true(strlen(err.text) > strlen(about->class->name));
    return false;
}

/* The candidate of a number that is below size(). False: there is none. One that is asked may know
 * only then that there are no more: not all points are valid, or all were evaluated. */
static bool propose(const hpi_strategy *strategy, uint64_t number, hpt_coord *point_out) {
    hpt_err err = { 0 };
    if (hpi_strategy_is_pure(strategy)) {
        strategy->class->point(strategy->state, number, point_out);
        return true;
    }
    hpt_status status = strategy->class->ask(strategy->state, number, point_out, &err);
    if (status != HPT_OK && status != HPT_EDONE)
        fail_msg("%s: ask %llu: %s", strategy->class->name, (unsigned long long)number, err.text);
    return status == HPT_OK;
}

static uint64_t trials_of(const hpi_strategy *strategy) {
    uint64_t size = hpi_strategy_size(strategy);
    assert_true(size > 0);
    return size < TRIALS ? size : TRIALS;
}

/* A loss that follows from the point, or the number, alone. */
static void tell(const hpi_strategy *strategy, uint64_t number, const hpt_coord *point,
                 hpt_trial_state state) {
    bool        is_complete = state == HPT_TRIAL_COMPLETE;
    double      loss = is_complete ? sin((double)number) : (double)NAN;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = state,
                            .number = number,
                            .point = point,
                            .value = loss,
                            .loss = loss,
                            .has_report = number % 2,
                            .last_step = number % 3 ? 1 : INT64_MIN,
                            .last_value = number % 5 ? 0.5 : INFINITY };
    if (strategy->class->tell) strategy->class->tell(strategy->state, &outcome);
}

static void assert_inside(const subject *about, uint64_t number, const hpt_coord *point) {
    for (size_t j = 0; j < hpt_space_count(about->space); j++)
        if (!hpi_space_contains(about->space, (hpt_param)j, point[j]))
            fail_msg("%s: trial %llu leaves the space in \"%s\"", about->text,
                     (unsigned long long)number, hpi_space_name(about->space, (hpt_param)j));
    if (!hpt_space_permits(about->space, point))
        fail_msg("%s: trial %llu breaks a constraint", about->text, (unsigned long long)number);
}

/* ---- the battery ---- */

static void check_points_are_inside(subject *about) {
    hpi_strategy     strategy;
    static hpt_coord point[WIDTH_MAX];
    if (!opens(&strategy, about, SEED)) return;
    uint64_t count = trials_of(&strategy), size = hpi_strategy_size(&strategy);
    for (uint64_t number = 0; number < count; number++) {
        if (!propose(&strategy, number, point)) break;
        assert_inside(about, number, point);
        tell(&strategy, number, point, HPT_TRIAL_COMPLETE);
    }
    for (uint64_t back = 1; hpi_strategy_is_pure(&strategy) && back <= count; back++) {
        propose(&strategy, size - back, point);
        assert_inside(about, size - back, point);
    }
    hpi_strategy_close(&strategy);
}

static void check_a_seed_repeats_itself(subject *about) {
    hpi_strategy     one, two;
    static hpt_coord a[WIDTH_MAX], b[WIDTH_MAX];
    if (!opens(&one, about, SEED)) return;
    assert_true(opens(&two, about, SEED));
    assert_true(hpi_strategy_size(&one) == hpi_strategy_size(&two));
    for (uint64_t number = 0; number < trials_of(&one); number++) {
        bool is_there = propose(&one, number, a);
        assert_int_equal(propose(&two, number, b), is_there);
        if (!is_there) break;
        assert_true(points_equal(about->space, a, b));
        tell(&one, number, a, HPT_TRIAL_COMPLETE);
        tell(&two, number, b, HPT_TRIAL_COMPLETE);
    }
    hpi_strategy_close(&one);
    hpi_strategy_close(&two);
}

/* In no order, twice, without a trace in the state: then threads may do it at once. */
static void check_point_is_pure(subject *about) {
    hpi_strategy     strategy;
    static hpt_coord points[TRIALS][WIDTH_MAX], again[WIDTH_MAX];
    if (!about->class->point || !opens(&strategy, about, SEED)) return;
    if (!hpi_strategy_is_pure(&strategy)) {
        hpi_strategy_close(&strategy);
        return;
    }
    char *before = malloc(about->class->state_size);
    assert_non_null(before);
    memcpy(before, strategy.state, about->class->state_size);
    uint64_t count = trials_of(&strategy);
    for (uint64_t number = 0; number < count; number++)
        propose(&strategy, number, points[number]);
    for (uint64_t number = count; number-- > 0;) {
        memset(again, 0xA5, sizeof again);
        propose(&strategy, number, again);
        assert_true(points_equal(about->space, again, points[number]));
    }
    assert_memory_equal(before, strategy.state, about->class->state_size);
    free(before);
    hpi_strategy_close(&strategy);
}

static void check_many_points_are_those_of_each(subject *about) {
    hpi_strategy     strategy;
    static hpt_coord one[WIDTH_MAX], many[TRIALS * WIDTH_MAX];
    if (!about->class->points || !opens(&strategy, about, SEED)) return;
    bool   is_pure = hpi_strategy_is_pure(&strategy);
    size_t count = (size_t)trials_of(&strategy), width = hpt_space_count(about->space);
    for (size_t first = 0; is_pure && first < count; first += 1 + first / 2) {
        about->class->points(strategy.state, first, count - first, many);
        for (size_t i = first; i < count; i++) {
            propose(&strategy, i, one);
            assert_true(points_equal(about->space, one, many + (i - first) * width));
        }
    }
    hpi_strategy_close(&strategy);
}

static bool has_option(const hpt_strategy_class *class, const char *name) {
    for (const hpt_option *row = class->options; row && row->name; row++)
        if (strcmp(row->name, name) == 0) return true;
    return false;
}

/* With four in flight, and a failure now and then: each of the 30 points of a small space once, and
 * then the end. */
static void check_no_point_is_evaluated_twice(subject *about) {
    enum { POINTS = 30, FLYING = 4 };
    static hpt_coord points[POINTS + 1][WIDTH_MAX];
    hpi_strategy     strategy;
    uint64_t         asked = 0;
    if (fillers[about->space_index] != add_few_points) return;
    if (!has_option(about->class, "repeats") || strstr(about->text, "repeats=yes")) return;
    if (!opens(&strategy, about, SEED)) return;
    uint64_t size = hpi_strategy_size(&strategy);
    for (; asked <= POINTS && asked < size; asked++) {
        if (asked >= FLYING && strategy.class->tell)
            tell(&strategy, asked - FLYING, points[asked - FLYING],
                 asked % 7 ? HPT_TRIAL_COMPLETE : HPT_TRIAL_FAILED);
        if (!propose(&strategy, asked, points[asked])) break;
        for (uint64_t i = 0; i < asked; i++)
            if (points_equal(about->space, points[i], points[asked]))
                fail_msg("%s: trials %d and %d are the same", about->text, (int)i, (int)asked);
    }
    assert_int_equal(asked, POINTS);
    hpi_strategy_close(&strategy);
}

/* Those that learn say HPT_EDONE themselves; for the others the core counts up to size(). */
static void check_the_end_is_at_size(subject *about) {
    hpi_strategy     strategy;
    static hpt_coord point[WIDTH_MAX];
    if (!opens(&strategy, about, SEED)) return;
    uint64_t size = hpi_strategy_size(&strategy);
    bool     is_exact = !hpi_space_has_rules(about->space); /* else it is the most there can be */
    if (!hpi_strategy_is_pure(&strategy) && size < 10000) {
        uint64_t number = 0;
        while (number < size && propose(&strategy, number, point))
            number++;
        assert_true(number == size || !is_exact);
        size = number;
        for (int times = 0; times < 3; times++)
            assert_int_equal(about->class->ask(strategy.state, size, point, NULL), HPT_EDONE);
    }
    hpi_strategy_close(&strategy);
}

/* Every state, newest first, several in flight, some never told. */
static void check_any_outcome_is_taken(subject *about) {
    enum { FLIGHT = 8 };
    hpi_strategy     strategy;
    static hpt_coord points[FLIGHT][WIDTH_MAX];
    if (!opens(&strategy, about, SEED)) return;
    uint64_t flight = about->class->batch_max && about->class->batch_max < FLIGHT
                          ? about->class->batch_max
                          : FLIGHT;
    uint64_t count = trials_of(&strategy);
    for (uint64_t first = 0; first + flight <= count; first += flight) {
        bool is_there = true;
        for (uint64_t i = 0; is_there && i < flight; i++) {
            is_there = propose(&strategy, first + i, points[i]);
            if (is_there) assert_inside(about, first + i, points[i]);
        }
        if (!is_there) break;
        for (uint64_t i = flight; i-- > (first ? 0 : flight / 2);) {
            uint64_t number = first + i;
            tell(&strategy, number, points[i],
                 (hpt_trial_state)(1 + (number / 2) % (HPT_TRIAL_STATE_COUNT - 1)));
        }
    }
    hpi_strategy_close(&strategy);
}

static void points_lie_in_the_space(void **state) {
    (void)state;
    for_everything(check_points_are_inside);
}

static void the_same_seed_gives_the_same_points(void **state) {
    (void)state;
    for_everything(check_a_seed_repeats_itself);
}

static void the_point_of_a_number_does_not_depend_on_other_calls(void **state) {
    (void)state;
    for_everything(check_point_is_pure);
}

static void many_points_at_once_are_those_of_each_number(void **state) {
    (void)state;
    for_everything(check_many_points_are_those_of_each);
}

static void no_point_is_evaluated_twice(void **state) {
    (void)state;
    for_everything(check_no_point_is_evaluated_twice);
}

static void the_end_comes_exactly_at_the_size(void **state) {
    (void)state;
    for_everything(check_the_end_is_at_size);
}

static void any_outcome_may_be_told_in_any_order(void **state) {
    (void)state;
    for_everything(check_any_outcome_is_taken);
}

/* ---- once per strategy ---- */

static bool seed_matters;

static void check_whether_the_seed_matters(subject *about) {
    hpi_strategy one, two;
    hpt_coord    a[WIDTH_MAX], b[WIDTH_MAX];
    if (fillers[about->space_index] != add_few_points || !opens(&one, about, SEED)) return;
    assert_true(opens(&two, about, SEED + 1));
    for (uint64_t number = 0; number < trials_of(&one); number++) {
        if (!propose(&one, number, a) || !propose(&two, number, b)) break;
        if (!points_equal(about->space, a, b)) seed_matters = true;
    }
    hpi_strategy_close(&one);
    hpi_strategy_close(&two);
}

/* A grid in order does not need its seed, but with some option every strategy does. */
static void another_seed_gives_other_points(void **state) {
    (void)state;
    static subject about;
    for (size_t i = 0; (about.class = hpt_strategy_at(i)); i++) {
        if (about.class->absent) continue;
        seed_matters = false;
        for_every_variant(&about, check_whether_the_seed_matters);
        if (!seed_matters) fail_msg("%s: the seed never matters", about.class->name);
    }
}

static void every_class_explains_itself(void **state) {
    (void)state;
    const hpt_strategy_class *class = NULL;
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++) {
        assert_int_equal(class->struct_size, sizeof *class);
        assert_true(class->summary && *class->summary);
        assert_true(class->point || class->ask || class->absent);
        for (const hpt_option *row = class->options; row && row->name; row++) {
            assert_true(row->help && *row->help);
            if (row->type == HPT_OPTION_INT || row->type == HPT_OPTION_REAL)
                assert_true(row->min < row->max && row->initial <= row->max);
        }
    }
}

/* The option misspelt, and beyond both limits. */
static void assert_option_is_guarded(const hpt_strategy_class *class, const hpt_option *row,
                                     const hpt_strategy_setup *setup) {
    hpt_err      err = { 0 };
    hpi_strategy strategy;
    char         text[128], closest[64];
    bool         has_limits = row->type == HPT_OPTION_INT || row->type == HPT_OPTION_REAL;
    snprintf(text, sizeof text, "%s:%sx=1", class->name, row->name);
    assert_int_equal(hpi_strategy_open(&strategy, text, NULL, setup, &err), HPT_EINVAL);
    snprintf(closest, sizeof closest, "closest match: \"%s\"", row->name);
    assert_non_null(strstr(err.text, closest));
    for (int side = 0; has_limits && side < 2; side++) {
        double limit = side ? row->max : row->min;
        double beyond = limit + (side ? 1 : -1) * fmax(1, fabs(limit) * 1e-3);
        snprintf(text, sizeof text, "%s:%s=%.17g", class->name, row->name, beyond);
        assert_int_equal(hpi_strategy_open(&strategy, text, NULL, setup, &err), HPT_EINVAL);
        assert_non_null(strstr(err.text, row->name));
    }
}

static void wrong_options_get_a_sentence(void **state) {
    (void)state;
    const hpt_strategy_class *class = NULL;
    hpt_space         *space = made_space(0);
    hpt_strategy_setup setup = strategy_setup(space, SEED);
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++)
        for (const hpt_option *row = class->options; row && row->name && !class->absent; row++)
            assert_option_is_guarded(class, row, &setup);
    hpt_space_destroy(space);
}

/* Open, propose, close: true unless memory was out, which is then what the strategy says. */
static bool attempt(void *user) {
    const char        *text = user;
    hpt_coord          listed[3] = { { .integer = 0 } }, point[3];
    hpt_space         *space = hpt_space_create();
    hpt_strategy_setup setup = strategy_setup(space, SEED);
    hpi_strategy       strategy;
    if (!space) return false;
    add_few_points(space);
    setup.points = listed;
    setup.point_count = 1;
    hpt_status status = hpt_space_check(space, NULL);
    if (status == HPT_OK) status = open_as_needed(&strategy, text, &setup, NULL);
    if (status == HPT_OK) {
        propose(&strategy, 0, point);
        hpi_strategy_close(&strategy);
    }
    hpt_space_destroy(space);
    assert_true(status == HPT_OK || status == HPT_ENOMEM);
    return status == HPT_OK;
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const hpt_strategy_class *class = NULL;
    char text[128], value[64];
    for (size_t i = 0; (class = hpt_strategy_at(i)); i++) {
        if (class->absent) continue;
        snprintf(text, sizeof text, "%s", class->name);
        failing_everywhere(attempt, text);
        for (const hpt_option *row = class->options; row && row->name; row++)
            for (int turn = 0; variant_of_option(row, turn, value, sizeof value); turn++) {
                snprintf(text, sizeof text, "%s:%s=%s", class->name, row->name, value);
                failing_everywhere(attempt, text);
            }
    }
}

static void one_that_learns_gets_better(void **state) {
    (void)state;
    hpt_space *space = hpt_space_create();
    double     best = INFINITY;
    for (int j = 0; j < 4; j++)
        hpt_space_add_real(space, (const char *[]){ "a", "b", "c", "d" }[j], -1, 2);
    hpi_strategy evolve = strategy_opened(space, "evolve", SEED);
    for (uint64_t number = 0; number < 500; number++) {
        hpt_coord point[4];
        double    loss = 0;
        propose(&evolve, number, point);
        for (int j = 0; j < 4; j++)
            loss += (point[j].real - 0.7) * (point[j].real - 0.7);
        hpt_outcome outcome = { .struct_size = sizeof outcome,
                                .state = HPT_TRIAL_COMPLETE,
                                .number = number,
                                .point = point,
                                .value = -loss,
                                .loss = loss };
        evolve.class->tell(evolve.state, &outcome);
        best = fmin(best, loss);
    }
    assert_true(best < 1e-6); /* random search: about 0.1 */
    hpi_strategy_close(&evolve);
    hpt_space_destroy(space);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_class_explains_itself),
        cmocka_unit_test(points_lie_in_the_space),
        cmocka_unit_test(the_same_seed_gives_the_same_points),
        cmocka_unit_test(another_seed_gives_other_points),
        cmocka_unit_test(the_point_of_a_number_does_not_depend_on_other_calls),
        cmocka_unit_test(many_points_at_once_are_those_of_each_number),
        cmocka_unit_test(no_point_is_evaluated_twice),
        cmocka_unit_test(the_end_comes_exactly_at_the_size),
        cmocka_unit_test(any_outcome_may_be_told_in_any_order),
        cmocka_unit_test(wrong_options_get_a_sentence),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(one_that_learns_gets_better),
    };
    if (hpt_strategy_register(&evolve_strategy, NULL) != HPT_OK) return 1;
    return cmocka_run_group_tests_name("conform_strategy", tests, NULL, NULL);
}
