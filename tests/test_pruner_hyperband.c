/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   Hyperband's brackets have the published sizes, a trial's is a function of its number, and
 *         balance holds back a search that improves.
 * Method: the shares of Optuna's HyperbandPruner, computed once from its formula; trials counted by
 *         bracket; ladders told apart by who is stopped where; trials of losses that fall. */
#include "pruning.h"

typedef struct division {
    const char *text;
    uint32_t    bracket_count;
    uint64_t    shares[8];
} division;

static const division divisions[] = {
    { "hyperband:max_resource=81", 5, { 81, 34, 15, 8, 5 } },
    { "hyperband:max_resource=80", 4, { 27, 12, 6, 4 } },
    { "hyperband:max_resource=1", 1, { 1 } },
    { "hyperband:min_resource=2,max_resource=100,factor=2", 6, { 32, 20, 12, 8, 6, 6 } },
    { "hyperband:min_resource=9,max_resource=100,factor=4", 2, { 4, 2 } },
};

static hpi_pruner opened(const char *text, uint32_t window) {
    hpt_pruner_setup setup = pruning_setup(1, window);
    return pruning_opened(text, &setup);
}

static uint32_t bracket_of(const hpi_pruner *pruner, uint64_t number) {
    return pruner->class->bracket(pruner->state, number);
}

static void brackets_have_exactly_their_shares_of_a_round(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof divisions / sizeof divisions[0]; i++) {
        const division *it = &divisions[i];
        hpi_pruner      pruner = opened(it->text, 0);
        uint64_t        counts[8] = { 0 }, total = 0;
        assert_int_equal(pruner.class->bracket_count(pruner.state), it->bracket_count);
        for (uint32_t b = 0; b < it->bracket_count; b++)
            total += it->shares[b];
        for (uint64_t number = 0; number < total; number++)
            counts[bracket_of(&pruner, 1000 + number)]++;
        for (uint32_t b = 0; b < it->bracket_count; b++)
            if (counts[b] != it->shares[b])
                fail_msg("%s: bracket %u has %u trials", it->text, b, (unsigned)counts[b]);
        hpi_pruner_close(&pruner);
    }
}

static void brackets_follow_each_other_and_those_that_stop_early_are_first(void **state) {
    (void)state;
    hpi_pruner pruner = opened(divisions[0].text, 0);
    uint64_t   number = 0;
    for (int round = 0; round < 3; round++)
        for (uint32_t b = 0; b < 5; b++)
            for (uint64_t i = 0; i < divisions[0].shares[b]; i++)
                assert_int_equal(bracket_of(&pruner, number++), b);
    hpi_pruner_close(&pruner);
}

/* The n-th trial of a bracket. */
static uint64_t nth_of(const hpi_pruner *pruner, uint32_t bracket, int n) {
    uint64_t number = 0;
    for (;; number++)
        if (bracket_of(pruner, number) == bracket && n-- == 0) return number;
}

/* At step 1 all of bracket 0 are judged, at step 9 also bracket 2; a good trial of one is no
 * competition for another. */
static void trials_compete_within_their_bracket_from_its_first_rung_on(void **state) {
    (void)state;
    hpi_pruner pruner = opened(divisions[0].text, 0);
    double     good = 1, bad = 2;
    uint64_t   early = nth_of(&pruner, 0, 0), early_too = nth_of(&pruner, 0, 1);
    uint64_t   late = nth_of(&pruner, 2, 0), late_too = nth_of(&pruner, 2, 1);
    assert_false(pruning_report(&pruner, early, 1, &good, 1, UINT64_MAX));
    assert_false(pruning_report(&pruner, late, 8, &bad, 1, UINT64_MAX));
    assert_false(pruning_report(&pruner, late, 9, &bad, 1, UINT64_MAX)); /* the best so far */
    assert_true(pruning_report(&pruner, early_too, 1, &bad, 1, UINT64_MAX));
    good = 3; /* worse than in bracket 0, and worse than the one in bracket 2 */
    assert_true(pruning_report(&pruner, late_too, 9, &good, 1, UINT64_MAX));
    hpi_pruner_close(&pruner);
}

/* In every bracket; and of a ladder of its own. */
static void nobody_is_stopped_at_the_last_step(void **state) {
    (void)state;
    static const char *const texts[] = { "hyperband:max_resource=81",
                                         "asha:min_resource=1,factor=3,max_resource=81" };
    for (int i = 0; i < 2; i++) {
        hpi_pruner pruner = opened(texts[i], 0);
        for (uint64_t number = 0; number < 143; number++) {
            double loss = (double)number;
            bool   is_stopped = false;
            for (int64_t step = 1; step < 81 && !is_stopped; step++)
                is_stopped = pruning_report(&pruner, number, step, &loss, 1, UINT64_MAX);
            if (!is_stopped)
                assert_false(pruning_report(&pruner, number, 81, &loss, 1, UINT64_MAX));
        }
        hpi_pruner_close(&pruner);
    }
    hpi_pruner pruner = opened("asha:min_resource=1,factor=3", 0);
    double     good = 1, bad = 2;
    pruning_report(&pruner, 0, 81, &good, 1, UINT64_MAX);
    assert_true(pruning_report(&pruner, 1, 81, &bad, 1, UINT64_MAX));
    hpi_pruner_close(&pruner);
}

static void complete(const hpi_pruner *pruner, uint64_t number, int64_t steps) {
    double loss = 1;
    for (int64_t step = 1; step <= steps; step++)
        pruning_report(pruner, number, step, &loss, 1, number);
    pruning_end(pruner, number, HPT_TRIAL_COMPLETE, loss);
}

/* 80 steps and one: as max_resource=81. */
static void the_longest_is_learnt_from_the_first_that_completes(void **state) {
    (void)state;
    hpi_pruner given = opened("hyperband:max_resource=81", 0), learnt = opened("hyperband", 0);
    assert_int_equal(bracket_of(&learnt, 7), 0);
    pruning_end(&learnt, 0, HPT_TRIAL_COMPLETE, 1); /* which has reported nothing */
    complete(&learnt, 1, 80);
    complete(&learnt, 2, 1000);
    for (uint64_t number = 0; number < 300; number++)
        assert_int_equal(bracket_of(&given, number), bracket_of(&learnt, number));
    assert_true(learnt.class->bracket_count(learnt.state) >= 5);
    hpi_pruner_close(&given);
    hpi_pruner_close(&learnt);
}

/* Trial 1 tells it, and trial 5 is the first that was asked for with 1 told: window 4. */
static void with_a_window_a_bracket_does_not_depend_on_when_it_is_asked_for(void **state) {
    (void)state;
    hpi_pruner pruner = opened("hyperband", 4), given = opened("hyperband:max_resource=81", 4);
    complete(&pruner, 1, 80);
    for (uint64_t number = 0; number < 5; number++)
        assert_int_equal(bracket_of(&pruner, number), 0);
    for (uint64_t number = 5; number < 300; number++)
        assert_int_equal(bracket_of(&pruner, number), bracket_of(&given, number));
    hpi_pruner_close(&pruner);
    hpi_pruner_close(&given);
}

/* Of 81 trials one after the other, how many go on from the rung at step 1. */
static int count_going_on(const char *text, uint32_t window, double (*loss_of)(uint64_t number)) {
    hpi_pruner pruner = opened(text, window);
    int        count = 0;
    for (uint64_t number = 0; number < 81; number++) {
        double   loss = loss_of(number);
        uint64_t known_below = window > 0 ? number : UINT64_MAX;
        count += !pruning_report(&pruner, number, 1, &loss, 1, known_below);
        pruning_end(&pruner, number, HPT_TRIAL_PRUNED, loss);
    }
    hpi_pruner_close(&pruner);
    return count;
}

static double better_and_better(uint64_t number) {
    return -(double)(number + number * 37 % 40);
}

static double no_better(uint64_t number) {
    return (double)(number * 37 % 81);
}

static double always_the_best(uint64_t number) {
    return -(double)number;
}

/* 27 would be the share. */
static void of_a_search_that_improves_balance_holds_some_back(void **state) {
    (void)state;
    assert_int_equal(count_going_on("hyperband:max_resource=81,balance=no", 0, better_and_better),
                     58);
    assert_int_equal(count_going_on("hyperband:max_resource=81", 0, better_and_better), 48);
}

static void of_a_search_that_does_not_improve_balance_holds_nobody_back(void **state) {
    (void)state;
    assert_int_equal(count_going_on("hyperband:max_resource=81,balance=no", 0, no_better), 26);
    assert_int_equal(count_going_on("hyperband:max_resource=81", 0, no_better), 26);
}

static void the_best_of_all_goes_on_however_many_have(void **state) {
    (void)state;
    assert_int_equal(count_going_on("hyperband:max_resource=81", 0, always_the_best), 81);
    assert_int_equal(count_going_on("asha:min_resource=1,balance=yes", 0, always_the_best), 81);
}

static void balance_is_the_same_with_a_window_one_after_the_other(void **state) {
    (void)state;
    assert_int_equal(count_going_on("hyperband:max_resource=81", 1, better_and_better), 48);
}

/* Four at a time, whichever of them is first. */
static void with_a_window_balance_counts_those_that_were_known(void **state) {
    (void)state;
    bool verdicts[2][40];
    for (int order = 0; order < 2; order++) {
        hpi_pruner pruner = opened("hyperband:max_resource=81", 4);
        for (uint64_t first = 0; first < 40; first += 4) {
            for (uint64_t i = 0; i < 4; i++) {
                uint64_t number = first + (order ? 3 - i : i);
                double   loss = better_and_better(number);
                verdicts[order][number] = pruning_report(&pruner, number, 1, &loss, 1, first);
            }
            for (uint64_t number = first; number < first + 4; number++)
                pruning_end(&pruner, number, HPT_TRIAL_PRUNED, 0);
        }
        hpi_pruner_close(&pruner);
    }
    assert_memory_equal(verdicts[0], verdicts[1], sizeof verdicts[0]);
}

/* A study keeps the last that was said of a step, and a run that goes on with it hears that alone.
 */
static void with_a_window_balance_counts_by_what_a_trial_said_last(void **state) {
    (void)state;
    bool verdicts[2];
    for (int is_resumed = 0; is_resumed < 2; is_resumed++) {
        hpi_pruner pruner = opened("asha:min_resource=1,factor=3,balance=yes", 1);
        for (uint64_t number = 0; number < 20; number++) {
            double first = -(double)number, last = (double)number;
            if (!is_resumed) pruning_report(&pruner, number, 1, &first, 1, number);
            pruning_report(&pruner, number, 1, &last, 1, number);
            pruning_end(&pruner, number, HPT_TRIAL_COMPLETE, last);
        }
        verdicts[is_resumed] = pruning_report(&pruner, 20, 1, &(double){ 2.5 }, 1, 20);
        hpi_pruner_close(&pruner);
    }
    assert_false(verdicts[1]);
    assert_int_equal(verdicts[0], verdicts[1]);
}

static void assert_refused(const char *text, const char *words) {
    hpt_pruner_setup setup = pruning_setup(1, 0);
    hpi_pruner       pruner = { 0 };
    hpt_err          err = { 0 };
    assert_int_equal(pruning_open(&pruner, text, &setup, &err), HPT_EINVAL);
    if (!strstr(err.text, words)) fail_msg("%s: %s", text, err.text);
    assert_null(pruner.class);
}

static void odd_limits_are_refused(void **state) {
    (void)state;
    assert_refused("hyperband:min_resource=9,max_resource=8", "max_resource is 8, below");
    assert_refused("hyperband:bootstrap=2", "needs max_resource");
    assert_refused("asha:bootstrap=2", "needs min_resource");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brackets_have_exactly_their_shares_of_a_round),
        cmocka_unit_test(brackets_follow_each_other_and_those_that_stop_early_are_first),
        cmocka_unit_test(trials_compete_within_their_bracket_from_its_first_rung_on),
        cmocka_unit_test(nobody_is_stopped_at_the_last_step),
        cmocka_unit_test(the_longest_is_learnt_from_the_first_that_completes),
        cmocka_unit_test(with_a_window_a_bracket_does_not_depend_on_when_it_is_asked_for),
        cmocka_unit_test(of_a_search_that_improves_balance_holds_some_back),
        cmocka_unit_test(of_a_search_that_does_not_improve_balance_holds_nobody_back),
        cmocka_unit_test(the_best_of_all_goes_on_however_many_have),
        cmocka_unit_test(balance_is_the_same_with_a_window_one_after_the_other),
        cmocka_unit_test(with_a_window_balance_counts_those_that_were_known),
        cmocka_unit_test(with_a_window_balance_counts_by_what_a_trial_said_last),
        cmocka_unit_test(odd_limits_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
