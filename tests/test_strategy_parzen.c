/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a Parzen estimator is a density, the same however it came about, and a sample of its
 *         kernels stands for all.
 * Method: integrals; estimators that lost kernels against fresh ones; sums of weights over seeds;
 * the approximations of approx.h against the C library. */
#include "strategies.h"

#include <math.h>
#include <stdlib.h>

#include "strategy/approx.h"
#include "strategy/parzen.h"

enum { AXES = 3, POINTS = 200 };

static const hpi_parzen_axis axes[AXES] = {
    { .kind = HPI_PARZEN_REAL },
    { .kind = HPI_PARZEN_CELLS, .choices = 10 },
    { .kind = HPI_PARZEN_LIST, .choices = 4, .log_choices = 1.3862943611198906 }
};

static hpi_parzen_rule rule_of(size_t axis_count, uint32_t kernel_max, uint64_t seed) {
    return (hpi_parzen_rule){ .axes = axes,
                              .axis_count = axis_count,
                              .prior_weight = 1,
                              .magic_clip = true,
                              .focus = 1,
                              .kernel_max = kernel_max,
                              .seed = seed };
}

static double uniform(uint64_t number, uint64_t stream) {
    uint64_t word;
    hpt_random(5, number, stream, &word, 1);
    return (double)(word >> 11) * 0x1p-53;
}

static void observe(hpi_parzen *parzen, uint64_t number) {
    float  x[2 * AXES] = { (float)uniform(number, 0),
                           (float)(floor(10 * uniform(number, 1)) + 0.5) / 10,
                           (float)floor(4 * uniform(number, 2)) };
    size_t count = parzen->rule->axis_count;
    x[count] = 0; /* widths of cells */
    x[count + 1] = count == AXES ? 0.1F : 0;
    assert_true(hpi_parzen_reserve(parzen, (size_t)parzen->total + 1));
    hpi_parzen_add(parzen, number, x);
}

static void score(const hpi_parzen *parzen, const float *x, size_t count, float *scores_out) {
    hpi_parzen_points points = { .count = count };
    float            *room = malloc(hpi_parzen_score_room(parzen) * sizeof *room);
    float            *copy = malloc(count * parzen->rule->axis_count * sizeof *copy);
    assert_non_null(room);
    assert_non_null(copy);
    memcpy(copy, x, count * parzen->rule->axis_count * sizeof *copy);
    points.x = copy;
    for (size_t i = 0; i < count; i++)
        scores_out[i] = hpi_parzen_score(parzen, &points, i, room);
    free(copy);
    free(room);
}

static void the_density_of_reals_integrates_to_one(void **state) {
    (void)state;
    enum { STEPS = 4000 };
    static float    x[STEPS], scores[STEPS];
    hpi_parzen_rule rule = rule_of(1, 256, 1);
    hpi_parzen      parzen;
    hpi_parzen_init(&parzen, &rule);
    for (uint64_t number = 0; number < 150; number++) {
        observe(&parzen, number);
        if (number > 3 && number % 40 != 0) continue;
        double sum = 0;
        for (size_t i = 0; i < STEPS; i++)
            x[i] = ((float)i + 0.5F) / STEPS;
        hpi_parzen_prepare(&parzen);
        score(&parzen, x, STEPS, scores);
        for (size_t i = 0; i < STEPS; i++)
            sum += exp((double)scores[i]) / STEPS / 2.5066282746310002;
        if (fabs(sum - 1) > 1e-3) fail_msg("%llu: %g", (unsigned long long)number, sum);
    }
    hpi_parzen_fini(&parzen);
}

static void removing_kernels_leaves_what_never_had_them(void **state) {
    (void)state;
    hpi_parzen_rule rule = rule_of(AXES, 256, 1);
    hpi_parzen      worn, fresh;
    float           x[AXES * POINTS], a[POINTS], b[POINTS];
    hpi_parzen_init(&worn, &rule);
    hpi_parzen_init(&fresh, &rule);
    for (uint64_t number = 0; number < 200; number++)
        observe(&worn, number);
    for (uint64_t number = 0; number < 200; number++)
        if (number % 3 == 1)
            hpi_parzen_remove(&worn, number);
        else
            observe(&fresh, number);
    for (uint64_t i = 0; i < POINTS; i++) {
        x[i] = (float)uniform(i, 7);
        x[POINTS + i] = (float)(floor(10 * uniform(i, 8)) + 0.5) / 10;
        x[2 * POINTS + i] = (float)(i % 4);
    }
    hpi_parzen_prepare(&worn);
    hpi_parzen_prepare(&fresh);
    assert_int_equal(worn.count, fresh.count);
    score(&worn, x, POINTS, a);
    score(&fresh, x, POINTS, b);
    for (size_t i = 0; i < POINTS; i++)
        assert_true(fabsf(a[i] - b[i]) < 1e-3F);
    hpi_parzen_fini(&worn);
    hpi_parzen_fini(&fresh);
}

/* Far from all kernels, where what is no kernel would be larger than all that are. */
static void without_a_prior_only_kernels_count(void **state) {
    (void)state;
    enum { COUNT = 3 };
    static const float kernels[2][2] = { { 0.5F, 0 }, { 0.502F, 0 } },
                       at[COUNT] = { 0, 0.3F, 0.9F };
    const double      sigma = (double)kernels[1][0] - (double)kernels[0][0];
    hpi_parzen_rule   rule = rule_of(1, 256, 1);
    hpi_parzen        parzen;
    float             scores[COUNT], together[COUNT], room[256], x[COUNT];
    hpi_parzen_points points = { .count = COUNT, .x = x };
    rule.prior_weight = 0;
    rule.magic_clip = false;
    hpi_parzen_init(&parzen, &rule);
    for (uint64_t number = 0; number < 20; number++) {
        assert_true(hpi_parzen_reserve(&parzen, (size_t)number + 1));
        hpi_parzen_add(&parzen, number, kernels[number % 2]);
    }
    for (uint64_t number = 2; number < 20; number++)
        hpi_parzen_remove(&parzen, number);
    hpi_parzen_prepare(&parzen);
    memcpy(x, at, sizeof x);
    assert_true(hpi_parzen_score_room(&parzen) <= 256);
    hpi_parzen_score_axis(&parzen, 0, &points, room, scores);
    score(&parzen, at, COUNT, together);
    for (size_t i = 0; i < COUNT; i++) { /* the nearer kernel alone: the other is too far away */
        double nearer = (double)kernels[at[i] > 0.5F][0];
        double z = ((double)at[i] - nearer) / sigma, expected = -log(2 * sigma) - z * z / 2;
        assert_true(fabs((double)scores[i] / expected - 1) < 1e-4);
        assert_true(fabs((double)together[i] / expected - 1) < 1e-4);
    }
    hpi_parzen_fini(&parzen);
}

static double weights_of(uint32_t kernel_max, uint64_t seed, uint64_t count) {
    hpi_parzen_rule rule = rule_of(AXES, kernel_max, seed);
    hpi_parzen      parzen;
    hpi_parzen_init(&parzen, &rule);
    for (uint64_t number = 0; number < count; number++)
        observe(&parzen, number);
    hpi_parzen_prepare(&parzen);
    assert_true(parzen.count <= kernel_max);
    assert_int_equal(parzen.total, count);
    double sum = parzen.weight_sum;
    hpi_parzen_fini(&parzen);
    return sum;
}

static void a_sample_weighs_what_all_observations_do(void **state) {
    (void)state;
    enum { COUNT = 1000, SEEDS = 40 };
    double all = weights_of(COUNT, 0, COUNT), mean = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++)
        mean += weights_of(100, seed, COUNT) / SEEDS;
    assert_true(fabs(mean / all - 1) < 0.05); /* one sample: 0.1 */
}

static void approximations_are_as_good_as_they_say(void **state) {
    (void)state;
    for (float x = -64; x <= 0; x += 0.01F)
        assert_true(fabs((double)hpi_exp_f(x) / exp((double)x) - 1) < 4e-6);
    for (float x = 1e-37F; x < 1e37F; x *= 1.01F)
        assert_true(fabs((double)hpi_log_f(x) - log((double)x)) <
                    1e-6 + 1e-7 * fabs(log((double)x)));
    for (float x = 0; x < 11; x += 0.01F)
        assert_true(fabs((double)hpi_normal_tail_f(x) / (0.5 * erfc((double)x * sqrt(0.5))) - 1) <
                    1e-5);
    for (double x = 1e-300; x < 1e300; x *= 1.37)
        assert_true(fabs(hpi_log(x) - log(x)) < 1e-15 * (1 + fabs(log(x))));
    for (double x = -690; x < 690; x += 0.37)
        assert_true(fabs(hpi_exp(x) / exp(x) - 1) < 1e-14);
}

static void the_quantile_inverts_the_normal_distribution(void **state) {
    (void)state;
    for (float p = 3e-8F; p < 1 - 1e-6F; p += p < 0.01F ? p * 0.01F : 1e-4F) {
        double z = (double)hpi_normal_quantile_f(p), density = exp(-z * z / 2) / 2.5066282746310002;
        double error = (0.5 * erfc(-z * sqrt(0.5)) - (double)p) / density;
        assert_true(fabs(error) < 1e-5 * (1 + fabs(z)));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_density_of_reals_integrates_to_one),
        cmocka_unit_test(removing_kernels_leaves_what_never_had_them),
        cmocka_unit_test(without_a_prior_only_kernels_count),
        cmocka_unit_test(a_sample_weighs_what_all_observations_do),
        cmocka_unit_test(approximations_are_as_good_as_they_say),
        cmocka_unit_test(the_quantile_inverts_the_normal_distribution),
    };
    return cmocka_run_group_tests_name("strategy_parzen", tests, NULL, NULL);
}
