/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every strategy keeps its contract (hpt/extend.h) on every kind of space.
 * Method: for each strategy there is, built in or registered here (or the one that is named as an
 *         argument), each option in turn at its limits, on each of the spaces of subjects.h: points
 *         in the space, repeatable, `point` pure, the end exactly at size(), any outcome told in
 *         any order, odd results survived. A new row needs no edit here.
 * Cost:   each option on each space in one walk, the one that checks most; less often in others
 *         where candidates are dear. */
#include "subjects.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evolve.h"
#include "failing.h"
#include "searching.h"

/* DEAR_TRIALS: the population of cmaes with 1 000 parameters, 24, those in flight, and one more. */
enum { TRIALS = 32, DEAR_TRIALS = 31, FLIGHT = 12, SEED = 12 };

/* ---- the strategies, each option in turn ---- */

static const char *only; /* this strategy; NULL: all */

/* The next one that is tested, from *row on; NULL at the end. */
static const hpt_strategy_class *next_class(size_t *row) {
    const hpt_strategy_class *class;
    while ((class = hpt_strategy_at((*row)++)))
        if (!class->absent && (!only || strcmp(only, class->name) == 0)) break;
    return class;
}

typedef struct subject {
    const hpt_strategy_class *class;
    const char          *text;
    bool                 is_default; /* no option set */
    const hpt_space     *space;
    const subject_space *on;
} subject;

typedef void check(subject *about);

/* EVERYWHERE: each option on each space. SELDOM: where candidates are dear only the defaults, and
 * options of strategies that learn only on spaces with parameters of several kinds. CHEAPLY: the
 * same, and nothing where they are dear. */
typedef enum reach { EVERYWHERE, SELDOM, CHEAPLY } reach;

static bool is_within(reach how_far, const subject *about) {
    if (how_far == EVERYWHERE) return true;
    if (about->on->is_dear) return how_far == SELDOM && about->is_default;
    return about->is_default || !about->class->tell || about->on->is_mixed;
}

static void on_every_space(subject *about, check *checked, reach how_far) {
    for (size_t i = 0; i < SUBJECT_SPACES; i++) {
        about->on = subject_space_at(i);
        about->space = about->on->space;
        if (is_within(how_far, about)) checked(about);
    }
}

static void for_every_variant(subject *about, check *checked, reach how_far) {
    char text[128], value[64];
    about->text = about->class->name;
    about->is_default = true;
    on_every_space(about, checked, how_far);
    about->is_default = false;
    for (const hpt_option *row = about->class->options; row && row->name; row++)
        for (int turn = 0; subject_option(row, turn, value, sizeof value); turn++) {
            snprintf(text, sizeof text, "%s:%s=%s", about->class->name, row->name, value);
            about->text = text;
            on_every_space(about, checked, how_far);
        }
}

static void for_everything(check *checked, reach how_far) {
    subject about;
    for (size_t row = 0; (about.class = next_class(&row));)
        for_every_variant(&about, checked, how_far);
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
    setup.points = about->on->listed;
    setup.point_count = SUBJECT_LISTED;
    setup.in_flight_max = FLIGHT;
    hpt_status status = open_as_needed(strategy, about->text, &setup, &err);
    if (status == HPT_OK) return true;
    if (status != HPT_EINVAL && status != HPT_ELIMIT)
        fail_msg("%s: status %d: %s", about->text, status, err.text);
    assert_true(strlen(err.text) > strlen(about->class->name));
    return false;
}

static uint64_t trials_of(const hpi_strategy *strategy, const subject *about) {
    uint64_t size = hpi_strategy_size(strategy);
    uint64_t most = fixture_scaled(about->on->is_dear ? DEAR_TRIALS : TRIALS);
    assert_true(size > 0);
    return size < most ? size : most;
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
                            .bound = (double)NAN,
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
    static hpt_coord point[SUBJECT_WIDTH_MAX];
    if (!opens(&strategy, about, SEED)) return;
    uint64_t count = trials_of(&strategy, about), size = hpi_strategy_size(&strategy);
    for (uint64_t number = 0; number < count; number++) {
        if (!subject_propose(&strategy, number, point)) break;
        assert_inside(about, number, point);
        tell(&strategy, number, point, HPT_TRIAL_COMPLETE);
    }
    for (uint64_t back = 1; hpi_strategy_is_pure(&strategy) && back <= count; back++) {
        subject_propose(&strategy, size - back, point);
        assert_inside(about, size - back, point);
    }
    hpi_strategy_close(&strategy);
}

static void check_a_seed_repeats_itself(subject *about) {
    hpi_strategy     one, two;
    static hpt_coord a[SUBJECT_WIDTH_MAX], b[SUBJECT_WIDTH_MAX];
    if (!opens(&one, about, SEED)) return;
    assert_true(opens(&two, about, SEED));
    assert_true(hpi_strategy_size(&one) == hpi_strategy_size(&two));
    for (uint64_t number = 0; number < trials_of(&one, about); number++) {
        bool is_there = subject_propose(&one, number, a);
        assert_int_equal(subject_propose(&two, number, b), is_there);
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
    static hpt_coord points[TRIALS][SUBJECT_WIDTH_MAX], again[SUBJECT_WIDTH_MAX];
    if (!about->class->point || !opens(&strategy, about, SEED)) return;
    if (!hpi_strategy_is_pure(&strategy)) {
        hpi_strategy_close(&strategy);
        return;
    }
    char *before = malloc(about->class->state_size);
    assert_non_null(before);
    memcpy(before, strategy.state, about->class->state_size);
    uint64_t count = trials_of(&strategy, about);
    for (uint64_t number = 0; number < count; number++)
        subject_propose(&strategy, number, points[number]);
    for (uint64_t number = count; number-- > 0;) {
        memset(again, 0xA5, sizeof again);
        subject_propose(&strategy, number, again);
        assert_true(points_equal(about->space, again, points[number]));
    }
    assert_memory_equal(before, strategy.state, about->class->state_size);
    free(before);
    hpi_strategy_close(&strategy);
}

static void check_many_points_are_those_of_each(subject *about) {
    hpi_strategy     strategy;
    static hpt_coord each[TRIALS * SUBJECT_WIDTH_MAX], many[TRIALS * SUBJECT_WIDTH_MAX];
    if (!about->class->points || !opens(&strategy, about, SEED)) return;
    size_t width = about->on->width;
    size_t count = hpi_strategy_is_pure(&strategy) ? (size_t)trials_of(&strategy, about) : 0;
    for (size_t i = 0; i < count; i++)
        subject_propose(&strategy, i, each + i * width);
    for (size_t first = 0; first < count; first += first + 1) {
        about->class->points(strategy.state, first, count - first, many);
        for (size_t i = first; i < count; i++)
            assert_true(points_equal(about->space, each + i * width, many + (i - first) * width));
    }
    hpi_strategy_close(&strategy);
}

static bool has_option(const hpt_strategy_class *class, const char *name) {
    for (const hpt_option *row = class->options; row && row->name; row++)
        if (strcmp(row->name, name) == 0) return true;
    return false;
}

/* With four in flight, and a failure now and then: each point of a small space once, and
 * then the end. */
static void check_no_point_is_evaluated_twice(subject *about) {
    enum { POINTS = 30, FLYING = 4 };
    static hpt_coord points[POINTS + 1][SUBJECT_WIDTH_MAX];
    hpi_strategy     strategy;
    uint64_t         asked = 0;
    if (!about->on->is_small) return;
    if (!has_option(about->class, "repeats") || strstr(about->text, "repeats=yes")) return;
    if (!opens(&strategy, about, SEED)) return;
    uint64_t size = hpi_strategy_size(&strategy);
    for (; asked <= POINTS && asked < size; asked++) {
        if (asked >= FLYING && strategy.class->tell)
            tell(&strategy, asked - FLYING, points[asked - FLYING],
                 asked % 7 ? HPT_TRIAL_COMPLETE : HPT_TRIAL_FAILED);
        if (!subject_propose(&strategy, asked, points[asked])) break;
        for (uint64_t i = 0; i < asked; i++)
            if (points_equal(about->space, points[i], points[asked]))
                fail_msg("%s: trials %d and %d are the same", about->text, (int)i, (int)asked);
    }
    assert_int_equal(asked, hpt_space_size(about->space));
    hpi_strategy_close(&strategy);
}

/* Those that learn say HPT_EDONE themselves; for the others the core counts up to size(). */
static void check_the_end_is_at_size(subject *about) {
    hpi_strategy     strategy;
    static hpt_coord point[SUBJECT_WIDTH_MAX];
    if (!opens(&strategy, about, SEED)) return;
    uint64_t size = hpi_strategy_size(&strategy);
    bool     is_exact = !hpi_space_has_rules(about->space); /* else it is the most there can be */
    if (!hpi_strategy_is_pure(&strategy) && size < 10000) {
        uint64_t number = 0;
        while (number < size && subject_propose(&strategy, number, point))
            number++;
        assert_true(number == size || !is_exact);
        size = number;
        for (int times = 0; times < 3; times++)
            assert_int_equal(about->class->ask(strategy.state, size, point, NULL), HPT_EDONE);
    }
    hpi_strategy_close(&strategy);
}

/* Candidates that are being evaluated. */
typedef struct flight {
    size_t    count;
    uint64_t  numbers[FLIGHT];
    hpt_coord points[FLIGHT][SUBJECT_WIDTH_MAX];
} flight;

/* Those from `first` on end, the newest first, in every state. */
static void land(const hpi_strategy *strategy, flight *it, size_t first) {
    while (it->count > first) {
        it->count--;
        uint64_t number = it->numbers[it->count];
        tell(strategy, number, it->points[it->count],
             (hpt_trial_state)(1 + number / 2 % (HPT_TRIAL_STATE_COUNT - 1)));
    }
}

/* One more. False: there is none. A strategy may wait for results only if there are some to come.
 */
static bool take_off(const hpi_strategy *strategy, flight *it, uint64_t number) {
    hpt_status status;
    while ((status = subject_ask(strategy, number, it->points[it->count])) == HPT_EAGAIN) {
        if (it->count == 0) fail_msg("%s waits for nothing", strategy->class->name);
        land(strategy, it, it->count - 1);
    }
    it->numbers[it->count] = number;
    it->count += status == HPT_OK;
    return status == HPT_OK;
}

/* Every state, newest first, the first ones late, the last ones never. */
static void check_any_outcome_is_taken(subject *about) {
    hpi_strategy  strategy;
    static flight all;
    if (!opens(&strategy, about, SEED)) return;
    all.count = 0;
    for (uint64_t number = 0; number < trials_of(&strategy, about); number++) {
        if (!take_off(&strategy, &all, number)) break;
        assert_inside(about, number, all.points[all.count - 1]);
        if (all.count == FLIGHT) land(&strategy, &all, number < FLIGHT ? FLIGHT / 2 : 0);
    }
    hpi_strategy_close(&strategy);
}

static void tell_loss(const hpi_strategy *strategy, uint64_t number, const hpt_coord *point,
                      double loss) {
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = HPT_TRIAL_COMPLETE,
                            .number = number,
                            .point = point,
                            .value = loss,
                            .loss = loss,
                            .bound = NAN };
    if (strategy->class->tell) strategy->class->tell(strategy->state, &outcome);
}

/* What nobody asked for, what is told again and otherwise, ties, and losses as large as there are.
 */
static void check_odd_results_are_survived(subject *about) {
    static const double losses[] = { 1e300, -0.0, 0, -1e300, INFINITY, 1, 1, 1, -INFINITY };
    enum { LOSSES = sizeof losses / sizeof losses[0] };
    hpi_strategy     strategy;
    static hpt_coord point[SUBJECT_WIDTH_MAX];
    if (!opens(&strategy, about, SEED)) return;
    for (uint64_t k = 0; k < SUBJECT_LISTED; k++)
        tell_loss(&strategy, k % 2 ? UINT64_MAX - k : k, about->on->listed + k * about->on->width,
                  losses[k]);
    for (uint64_t number = 0; number < trials_of(&strategy, about); number++) {
        if (!subject_propose(&strategy, number, point)) break;
        assert_inside(about, number, point);
        tell_loss(&strategy, number, point, losses[number % LOSSES]);
        tell_loss(&strategy, number, point, losses[number / 2 % LOSSES]);
    }
    hpi_strategy_close(&strategy);
}

static void points_lie_in_the_space(void **state) {
    (void)state;
    for_everything(check_points_are_inside, SELDOM);
}

static void the_same_seed_gives_the_same_points(void **state) {
    (void)state;
    for_everything(check_a_seed_repeats_itself, SELDOM);
}

static void the_point_of_a_number_does_not_depend_on_other_calls(void **state) {
    (void)state;
    for_everything(check_point_is_pure, EVERYWHERE);
}

static void many_points_at_once_are_those_of_each_number(void **state) {
    (void)state;
    for_everything(check_many_points_are_those_of_each, EVERYWHERE);
}

static void no_point_is_evaluated_twice(void **state) {
    (void)state;
    for_everything(check_no_point_is_evaluated_twice, EVERYWHERE);
}

static void the_end_comes_exactly_at_the_size(void **state) {
    (void)state;
    for_everything(check_the_end_is_at_size, EVERYWHERE);
}

static void any_outcome_may_be_told_in_any_order(void **state) {
    (void)state;
    for_everything(check_any_outcome_is_taken, EVERYWHERE);
}

static void odd_results_are_survived(void **state) {
    (void)state;
    for_everything(check_odd_results_are_survived, CHEAPLY);
}

/* ---- once per strategy ---- */

static bool seed_matters;

static void check_whether_the_seed_matters(subject *about) {
    hpi_strategy one, two;
    hpt_coord    a[SUBJECT_WIDTH_MAX], b[SUBJECT_WIDTH_MAX];
    if (!about->on->is_small || !opens(&one, about, SEED)) return;
    assert_true(opens(&two, about, SEED + 1));
    for (uint64_t number = 0; number < trials_of(&one, about); number++) {
        if (!subject_propose(&one, number, a) || !subject_propose(&two, number, b)) break;
        if (!points_equal(about->space, a, b)) seed_matters = true;
    }
    hpi_strategy_close(&one);
    hpi_strategy_close(&two);
}

/* A grid in order does not need its seed, but with some option every strategy does. */
static void another_seed_gives_other_points(void **state) {
    (void)state;
    subject about;
    for (size_t row = 0; (about.class = next_class(&row));) {
        seed_matters = false;
        for_every_variant(&about, check_whether_the_seed_matters, EVERYWHERE);
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
    hpt_strategy_setup setup = strategy_setup(subject_space_at(0)->space, SEED);
    for (size_t i = 0; (class = next_class(&i));)
        for (const hpt_option *row = class->options; row && row->name; row++)
            assert_option_is_guarded(class, row, &setup);
}

/* Open, walk, close: true unless memory was out, which is then what the strategy says. */
static bool attempt(const char *text, hpt_status walk(const hpi_strategy *strategy)) {
    hpt_coord          listed[3] = { { .integer = 0 } };
    hpt_space         *space = hpt_space_create();
    hpt_strategy_setup setup = strategy_setup(space, SEED);
    hpi_strategy       strategy;
    if (!space) return false;
    subject_fill_with_few_points(space);
    setup.points = listed;
    setup.point_count = 1;
    hpt_status status = hpt_space_check(space, NULL);
    if (status == HPT_OK) status = open_as_needed(&strategy, text, &setup, NULL);
    if (status == HPT_OK) {
        status = walk(&strategy);
        hpi_strategy_close(&strategy);
    }
    hpt_space_destroy(space);
    assert_true(status == HPT_OK || status == HPT_EDONE || status == HPT_ENOMEM);
    return status != HPT_ENOMEM;
}

static hpt_status take_one_step(const hpi_strategy *strategy) {
    hpt_coord point[3];
    subject_propose(strategy, 0, point);
    return HPT_OK;
}

/* As long as something grows. */
static hpt_status take_many_steps(const hpi_strategy *strategy) {
    enum { STEPS = 70 };
    static flight all;
    hpt_status    status = hpi_strategy_is_pure(strategy) ? HPT_EDONE : HPT_OK;
    all.count = 0;
    for (uint64_t number = 0; status == HPT_OK && number < STEPS; number++) {
        if (all.count == FLIGHT) land(strategy, &all, 0);
        status = strategy->class->ask(strategy->state, number, all.points[all.count], NULL);
        all.numbers[all.count] = number;
        all.count += status == HPT_OK;
    }
    return status;
}

static bool attempt_a_step(void *text) {
    return attempt(text, take_one_step);
}

static bool attempt_many_steps(void *text) {
    return attempt(text, take_many_steps);
}

static void every_allocation_may_fail(void **state) {
    (void)state;
    const hpt_strategy_class *class = NULL;
    char text[128], value[64];
    subject_spaces_drop(); /* the allocator is changed only while nothing is in use */
    for (size_t i = 0; (class = next_class(&i));) {
        snprintf(text, sizeof text, "%s", class->name);
        failing_everywhere(attempt_a_step, text);
        for (const hpt_option *row = class->options; row && row->name; row++)
            for (int turn = 0; subject_option(row, turn, value, sizeof value); turn++) {
                snprintf(text, sizeof text, "%s:%s=%s", class->name, row->name, value);
                failing_everywhere(attempt_a_step, text);
            }
    }
}

/* A strategy may do with less memory, but must say so when it cannot go on. */
static void every_allocation_of_a_search_may_fail(void **state) {
    (void)state;
    const hpt_strategy_class *class = NULL;
    char text[128];
    subject_spaces_drop();
    for (size_t i = 0; (class = next_class(&i));) {
        snprintf(text, sizeof text, "%s", class->name);
        failing_tolerated(attempt_many_steps, text);
    }
}

static void one_that_learns_gets_better(void **state) {
    (void)state;
    hpt_space *space = search_cube(4);
    search     it = { .space = space, .text = "evolve", .count = 500, .loss = loss_sphere };
    assert_true(search_best(it) < 1e-6); /* random search: about 1 */
    hpt_space_destroy(space);
}

int main(int argc, char **argv) {
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
        cmocka_unit_test(odd_results_are_survived),
        cmocka_unit_test(wrong_options_get_a_sentence),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(every_allocation_of_a_search_may_fail),
        cmocka_unit_test(one_that_learns_gets_better),
    };
    size_t row = 0;
    if (hpt_strategy_register(&evolve_strategy, NULL) != HPT_OK) return 1;
    only = argc > 1 ? argv[1] : NULL;
    if (!next_class(&row)) return fprintf(stderr, "no strategy \"%s\"\n", only), 1;
    int failed = cmocka_run_group_tests_name("conform_strategy", tests, NULL, NULL);
    subject_spaces_drop();
    return failed;
}
