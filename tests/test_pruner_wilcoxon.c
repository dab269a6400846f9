/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the signed-rank test gives SciPy's chances, and the pruner that rests on it stops whom it
 *         should.
 * Method: chances computed once from the definition (every way to give signs counted; the normal
 *         distribution beyond), by the rules by which SciPy 1.17's wilcoxon() chooses; the example
 *         of its manual; then trials against a best one that is known. */
#include "pruning.h"

#include "pruner/signed_rank.h"

typedef struct sample {
    size_t   count;
    uint64_t range;
    double   shift, chance;
} sample;

static const sample samples[] = {
    { 2, 1000, 400, 0.25 },
    { 5, 7, 3, 0.8125 },
    { 8, 100000, 30000, 0.07421875 },
    { 13, 9, 4, 0.1708984375 },
    { 13, 100000, 45000, 0.4730224609375 },
    { 14, 9, 3, 0.044288410025523417 },
    { 25, 100000, 40000, 0.031313210725784302 },
    { 30, 15, 6, 0.44256692039019929 },
    { 50, 1000000, 420000, 0.03316600251945534 },
    { 51, 1000000, 420000, 0.35734477038650714 },
    { 200, 1000000, 460000, 0.0067397185991471186 },
    { 200, 21, 10, 0.91091178243634952 },
};

enum { SAMPLE_MAX = 200 };

static double chance_of(const double *differences, size_t count) {
    hpi_signed_rank test = { 0 };
    assert_true(hpi_signed_rank_reserve(&test, count));
    double chance = hpi_signed_rank_greater(&test, differences, count);
    hpi_signed_rank_fini(&test);
    return chance;
}

static void fill(double *differences, const sample *it) {
    uint64_t state = it->count + it->range;
    for (size_t i = 0; i < it->count; i++) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        differences[i] = (double)((state >> 33) % it->range) - it->shift;
    }
}

static void chances_are_those_of_the_definition(void **state) {
    (void)state;
    double differences[SAMPLE_MAX];
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        fill(differences, &samples[i]);
        double chance = chance_of(differences, samples[i].count);
        if (fabs(chance - samples[i].chance) > 1e-14)
            fail_msg("%zu of %u: %.17g", samples[i].count, (unsigned)samples[i].range, chance);
    }
}

static void the_example_of_the_manual_is_met(void **state) {
    (void)state;
    const double plants[] = { 6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75 };
    assert_true(fabs(chance_of(plants, 15) - 0.0206298828125) < 1e-15);
}

static void nothing_but_zeros_says_nothing(void **state) {
    (void)state;
    double zeros[SAMPLE_MAX] = { 0 };
    assert_true(chance_of(zeros, 5) == 1);
    assert_true(chance_of(zeros, SAMPLE_MAX) == 0.5);
}

/* ---- the pruner ---- */

enum { INSTANCES = 12 };

static double mean_of(const double *losses) {
    double sum = 0;
    for (int i = 0; i < INSTANCES; i++)
        sum += losses[i];
    return sum / INSTANCES;
}

static hpi_pruner opened(const char *text, uint32_t window) {
    hpt_pruner_setup setup = pruning_setup(1, window);
    return pruning_opened(text, &setup);
}

/* From the last instance to the first. Returns after how many it was stopped; 0: never. */
static int run(const hpi_pruner *pruner, uint64_t number, const double *losses,
               uint64_t known_below) {
    for (int i = INSTANCES; i-- > 0;)
        if (pruning_report(pruner, number, i, &losses[i], 1, known_below)) return INSTANCES - i;
    return 0;
}

static void complete(const hpi_pruner *pruner, uint64_t number, const double *losses) {
    run(pruner, number, losses, UINT64_MAX);
    pruning_end(pruner, number, HPT_TRIAL_COMPLETE, mean_of(losses));
}

static const double good[INSTANCES] = { 5, 9, 1, 7, 3, 8, 2, 6, 4, 11, 10, 12 };
static const double bad[INSTANCES] = { 6, 11, 4, 11, 8, 14, 9, 14, 13, 21, 21, 24 };

/* The chances of k differences that are all above 0: 2^-k. */
static void a_trial_that_is_always_worse_is_stopped_when_chance_says_so(void **state) {
    (void)state;
    static const struct {
        const char *text;
        int         after;
    } cases[] = { { "wilcoxon", 4 },
                  { "wilcoxon:p=0.26", 2 },
                  { "wilcoxon:p=0.01", 7 },
                  { "wilcoxon:p=0.3,startup_steps=6", 6 },
                  { "wilcoxon:p=0", 0 } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        hpi_pruner pruner = opened(cases[i].text, 0);
        assert_int_equal(run(&pruner, 0, bad, UINT64_MAX), 0); /* there is nobody yet */
        pruning_end(&pruner, 0, HPT_TRIAL_FAILED, NAN);
        complete(&pruner, 1, good);
        assert_int_equal(run(&pruner, 2, bad, UINT64_MAX), cases[i].after);
        hpi_pruner_close(&pruner);
    }
}

static void a_mean_that_is_no_worse_protects(void **state) {
    (void)state;
    double     other[INSTANCES];
    hpi_pruner pruner = opened("wilcoxon", 0);
    complete(&pruner, 0, good);
    for (int i = 0; i < INSTANCES; i++)
        other[i] = i >= 4 ? good[i] + 0.1 : good[i]; /* the first eight it sees are worse ... */
    other[INSTANCES - 1] = 0;                        /* ... but for the very first by far   */
    assert_int_equal(run(&pruner, 1, other, UINT64_MAX), 0);
    hpi_pruner_close(&pruner);
}

static void infinite_losses_protect(void **state) {
    (void)state;
    double     other[INSTANCES];
    hpi_pruner pruner = opened("wilcoxon", 0);
    complete(&pruner, 0, good);
    memcpy(other, bad, sizeof other);
    other[INSTANCES - 1] = INFINITY;
    assert_int_equal(run(&pruner, 1, other, UINT64_MAX), 0);
    hpi_pruner_close(&pruner);
}

static void instances_that_the_best_has_not_seen_do_not_count(void **state) {
    (void)state;
    hpi_pruner pruner = opened("wilcoxon", 0);
    for (int i = 0; i < 3; i++)
        pruning_report(&pruner, 0, i, &good[i], 1, UINT64_MAX);
    pruning_end(&pruner, 0, HPT_TRIAL_COMPLETE, 0);
    assert_int_equal(run(&pruner, 1, bad, UINT64_MAX), 0);
    hpi_pruner_close(&pruner);
}

static void a_better_trial_takes_the_place_of_the_best(void **state) {
    (void)state;
    hpi_pruner pruner = opened("wilcoxon", 0);
    complete(&pruner, 0, bad);
    assert_int_equal(run(&pruner, 1, good, UINT64_MAX), 0);
    pruning_end(&pruner, 1, HPT_TRIAL_COMPLETE, mean_of(good));
    assert_int_equal(run(&pruner, 2, bad, UINT64_MAX), 4);
    hpi_pruner_close(&pruner);
}

/* With a window of 2 trial 3 knows of 0 and 1, and trial 2 of 0 only. */
static void with_a_window_the_best_is_the_one_that_was_known(void **state) {
    (void)state;
    hpi_pruner pruner = opened("wilcoxon", 2);
    complete(&pruner, 0, bad);
    complete(&pruner, 1, good);
    assert_int_equal(run(&pruner, 2, bad, 1), 0);
    assert_int_equal(run(&pruner, 3, bad, 2), 4);
    hpi_pruner_close(&pruner);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chances_are_those_of_the_definition),
        cmocka_unit_test(the_example_of_the_manual_is_met),
        cmocka_unit_test(nothing_but_zeros_says_nothing),
        cmocka_unit_test(a_trial_that_is_always_worse_is_stopped_when_chance_says_so),
        cmocka_unit_test(a_mean_that_is_no_worse_protects),
        cmocka_unit_test(infinite_losses_protect),
        cmocka_unit_test(instances_that_the_best_has_not_seen_do_not_count),
        cmocka_unit_test(a_better_trial_takes_the_place_of_the_best),
        cmocka_unit_test(with_a_window_the_best_is_the_one_that_was_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
