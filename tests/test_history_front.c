/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the best trial, the best so far and the front are what their definitions say.
 * Method: tables of few different values, so that there are ties, with infinities, NaN and trials
 *         that did not complete, against the definitions written down as loops over pairs. */
#include "tables.h"

#include "failing.h"

enum { TRIALS = 60 };

/* Values in a few places, some of them odd; some trials have none. */
static tables_table odd_table(uint64_t seed, uint32_t goal_count, size_t count) {
    static const double odd[] = { INFINITY, -INFINITY, NAN };
    tables_table        it = tables_make(NULL, goal_count, count);
    for (uint32_t goal = 0; goal < goal_count; goal++)
        if (tables_word(seed, goal) % 2) it.goals[goal].direction = HPT_MAXIMISE;
    for (size_t i = 0; i < count * goal_count; i++) {
        uint64_t word = tables_word(seed + 1, i);
        it.values[i] = word % 16 == 0 ? odd[word / 16 % 3] : (double)(word / 16 % 6) - 3;
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t word = tables_word(seed + 2, i);
        if (word % 8 != 0) continue;
        it.rows[i].record.state = (hpt_trial_state)(word / 8 % HPT_TRIAL_STATE_COUNT);
        it.rows[i].record.value_count =
            it.rows[i].record.state == HPT_TRIAL_COMPLETE ? goal_count : 0;
    }
    return it;
}

static double loss(const tables_table *it, size_t trial, uint32_t goal) {
    double value = it->values[trial * it->table.goal_count + goal];
    return it->goals[goal].direction == HPT_MAXIMISE ? -value : value;
}

static bool counts(const tables_table *it, size_t trial) {
    bool good = it->rows[trial].record.state == HPT_TRIAL_COMPLETE;
    for (uint32_t goal = 0; goal < it->table.goal_count; goal++)
        good = good && !isnan(loss(it, trial, goal));
    return good;
}

/* -1: a is at least as good in all goals and better in one; 0: equal in all; 1: else. */
static int against(const tables_table *it, size_t a, size_t b) {
    int answer = 0;
    for (uint32_t goal = 0; goal < it->table.goal_count; goal++) {
        if (loss(it, a, goal) > loss(it, b, goal)) return 1;
        if (loss(it, a, goal) < loss(it, b, goal)) answer = -1;
    }
    return answer;
}

static bool is_on_front(const tables_table *it, size_t trial) {
    if (!counts(it, trial)) return false;
    for (size_t other = 0; other < it->table.count; other++) {
        if (!counts(it, other) || other == trial) continue;
        int answer = against(it, other, trial);
        if (answer < 0 || (answer == 0 && other < trial)) return false;
    }
    return true;
}

static void check_front(tables_table *it) {
    size_t  indices[TRIALS], count = SIZE_MAX, expected = 0;
    hpt_err err = { 0 };
    assert_int_equal(hpi_report_front(tables_of(it), indices, &count, &err), HPT_OK);
    for (size_t i = 0; i < it->table.count; i++)
        expected += is_on_front(it, i);
    assert_int_equal(count, expected);
    for (size_t i = 0; i < count; i++) {
        assert_true(is_on_front(it, indices[i]));
        if (i > 0) assert_true(loss(it, indices[i - 1], 0) <= loss(it, indices[i], 0));
    }
    assert_int_equal(hpi_report_best(&it->table), count > 0 ? indices[0] : SIZE_MAX);
}

static void the_front_is_what_nothing_beats(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 10 * fixture_scaled(200); seed += 10)
        for (uint32_t goals = 1; goals <= 4; goals++) {
            tables_table it = odd_table(seed, goals, 1 + seed / 10 % TRIALS);
            check_front(&it);
            tables_free(&it);
        }
}

static void the_best_so_far_never_gets_worse(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 10 * fixture_scaled(100); seed += 10) {
        tables_table it = odd_table(seed, 2, TRIALS);
        double       series[TRIALS], best = NAN;
        hpi_report_best_so_far(tables_of(&it), 1, series);
        for (size_t i = 0; i < TRIALS; i++) {
            if (counts(&it, i) && (isnan(best) || loss(&it, i, 1) < best)) best = loss(&it, i, 1);
            if (isnan(best)) {
                assert_true(isnan(series[i]));
            } else {
                double shown = it.goals[1].direction == HPT_MAXIMISE ? -best : best;
                assert_true(series[i] == shown);
            }
        }
        tables_free(&it);
    }
}

static void of_equal_trials_the_lowest_number_is_best(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 5);
    it.rows[0].record.state = HPT_TRIAL_FAILED;
    it.values[1] = 2;
    it.values[2] = it.values[3] = it.values[4] = 1;
    assert_int_equal(hpi_report_best(tables_of(&it)), 2);
    it.goals[0].direction = HPT_MAXIMISE;
    assert_int_equal(hpi_report_best(&it.table), 1);
    tables_free(&it);
}

static void an_infinite_value_can_be_the_best(void **state) {
    (void)state;
    tables_table it = tables_make(NULL, 1, 4);
    it.values[0] = NAN;
    it.values[1] = INFINITY;
    it.values[2] = NAN;
    it.values[3] = -INFINITY;
    assert_int_equal(hpi_report_best(tables_of(&it)), 3);
    it.goals[0].direction = HPT_MAXIMISE;
    assert_int_equal(hpi_report_best(&it.table), 1);
    it.table.count = 1;
    assert_int_equal(hpi_report_best(&it.table), SIZE_MAX);
    tables_free(&it);
}

/* Optuna calls a trial COMPLETE that broke a constraint. */
static void a_trial_that_breaks_a_constraint_is_never_the_best(void **state) {
    (void)state;
    hpt_attr     broken = { "memory", { HPT_TYPE_REAL, { .real = 0.5 } } };
    hpt_attr     kept = { "memory", { HPT_TYPE_REAL, { .real = 0 } } };
    tables_table it = tables_make(NULL, 1, 2);
    it.values[1] = 1;
    it.rows[0].record.constraint_count = it.rows[1].record.constraint_count = 1;
    it.rows[0].record.constraints = &broken;
    it.rows[1].record.constraints = &kept;
    assert_int_equal(hpi_report_best(tables_of(&it)), 1);
    it.rows[0].record.constraints = &kept;
    assert_int_equal(hpi_report_best(&it.table), 0);
    tables_free(&it);
}

static bool try_front(void *user) {
    tables_table *it = user;
    size_t        indices[TRIALS], count = 77;
    hpt_err       err = { 0 };
    hpt_status    status = hpi_report_front(tables_of(it), indices, &count, &err);
    if (status != HPT_OK) {
        assert_int_equal(status, HPT_ENOMEM);
        assert_int_equal(count, 77);
    }
    return status == HPT_OK;
}

static void a_front_without_memory_says_so(void **state) {
    (void)state;
    tables_table it = odd_table(3, 2, TRIALS);
    failing_everywhere(try_front, &it);
    tables_free(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_is_what_nothing_beats),
        cmocka_unit_test(the_best_so_far_never_gets_worse),
        cmocka_unit_test(of_equal_trials_the_lowest_number_is_best),
        cmocka_unit_test(an_infinite_value_can_be_the_best),
        cmocka_unit_test(a_trial_that_breaks_a_constraint_is_never_the_best),
        cmocka_unit_test(a_front_without_memory_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
