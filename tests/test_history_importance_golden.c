/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the importance of parameters is what Optuna's evaluators say of the same trials.
 * Method: trials from sequences of fractions that any language computes alike; figures of
 * Optuna 5.0's PedAnovaImportanceEvaluator, which is deterministic, and of its
 * FanovaImportanceEvaluator as the mean of four seeds, which differ by up to 0.002 from one
 * another. */
#include "tables.h"

enum { DIMS_MAX = 6 };

/* Of trial i: the fraction of (i + 1) times an irrational number. */
static double fraction(size_t trial, unsigned which) {
    static const double steps[] = { 0.6180339887498949, 0.41421356237309515, 0.7320508075688772,
                                    0.23606797749978969, 0.6457513110645907 };
    return fmod((double)(trial + 1) * steps[which], 1);
}

static hpt_space *space_of(const char *json) {
    hpt_space *space = NULL;
    hpt_err    err = { 0 };
    if (hpt_space_parse(json, strlen(json), &space, &err) != HPT_OK) fail_msg("%s", err.text);
    return space;
}

static void set(tables_table *it, size_t trial, hpt_param param, hpt_value value) {
    size_t  at = trial * hpt_space_count(it->space) + param;
    hpt_err err = { 0 };
    if (hpt_space_coord(it->space, param, value, &it->points[at], &err) != HPT_OK)
        fail_msg("%s", err.text);
    it->params[at] = hpt_space_value(it->space, param, it->points[at]);
    it->given[at] = true;
}

static const char six[] = "{\"a\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
                          "\"b\": {\"kind\": \"real\", \"min\": 1e-5, \"max\": 1, \"log\": true},"
                          "\"c\": {\"kind\": \"int\", \"min\": 1, \"max\": 8},"
                          "\"m\": {\"kind\": \"categorical\", \"values\": [\"x\", \"y\", \"z\"]},"
                          "\"s\": {\"kind\": \"real\", \"min\": 0, \"max\": 1, \"step\": 0.1},"
                          "\"w\": {\"kind\": \"int\", \"min\": 1, \"max\": 1000, \"log\": true}}";

/* Without a where m is z, if `drops_a`. */
static tables_table six_table(size_t count, bool drops_a) {
    static const char *const modes[] = { "x", "y", "z" };
    tables_table             it = tables_make(space_of(six), 1, count);
    for (size_t i = 0; i < count; i++) {
        unsigned mode = (unsigned)(3 * fraction(i, 3));
        double   a = fraction(i, 0), b = pow(10, -5 * (1 - fraction(i, 1)));
        int      c = 1 + (int)(8 * fraction(i, 2));
        int      w = 1 + (int)floor(999 * fraction(i, 1) * fraction(i, 4));
        set(&it, i, 0, hpt_real(a));
        set(&it, i, 1, hpt_real(b));
        set(&it, i, 2, hpt_int(c));
        set(&it, i, 3, hpt_text(modes[mode]));
        set(&it, i, 4, hpt_real(floor(11 * fraction(i, 4)) / 10));
        set(&it, i, 5, hpt_int(w));
        it.values[i] = (a - 0.3) * (a - 0.3) + 0.02 * (log10(b) + 2) * (log10(b) + 2) + 0.03 * c +
                       (mode == 1 ? 0.1 : 0);
        if (!drops_a) continue;
        it.given[i * DIMS_MAX] = mode != 2;
        it.rows[i].given = it.given + i * DIMS_MAX;
    }
    return it;
}

static void check(tables_table *it, hpt_importance how, const double *wanted, double tolerance) {
    double  shares[DIMS_MAX];
    hpt_err err = { 0 };
    assert_int_equal(hpi_report_importance(tables_of(it), &how, shares, &err), HPT_OK);
    for (size_t j = 0; j < hpt_space_count(it->space); j++)
        if (!(fabs(shares[j] - wanted[j]) <= tolerance))
            fail_msg("parameter %zu has %.12g, not %.12g", j, shares[j], wanted[j]);
}

static void ped_anova_says_what_optuna_says(void **state) {
    (void)state;
    static const double low[] = { 0.188526770059,  0.115220816428,   0.614251035279,
                                  0.0392016174533, 0.00275837253971, 0.0400413882411 };
    static const double high[] = { 0.685340331576,  0.0220064903074, 0.0502305397892,
                                   0.0366872454837, 0.0217128963709, 0.184022496473 };
    tables_table        it = six_table(200, false);
    check(&it, hpt_importance_default(), low, 1e-9);
    it.goals[0].direction = HPT_MAXIMISE;
    check(&it, hpt_importance_default(), high, 1e-9);
    tables_free(&it);
}

static void conditional_ped_anova_says_what_optuna_says(void **state) {
    (void)state;
    static const double wanted[] = { 0.113834624786,  0.125826329514,   0.670789841327,
                                     0.0428099347677, 0.00301226725225, 0.0437270023527 };
    tables_table        it = six_table(200, true);
    check(&it, hpt_importance_default(), wanted, 1e-9);
    tables_free(&it);
}

static void ped_anova_of_a_region_says_what_optuna_says(void **state) {
    (void)state;
    static const double wanted[] = { 0.0472321869283,  0.32035115243,  0.33577679549,
                                     0.00852308827823, 0.126177228517, 0.161939548356 };
    tables_table        it = six_table(35, false);
    hpt_importance      how = hpt_importance_default();
    how.target_quantile = 0.25;
    how.region_quantile = 0.5;
    check(&it, how, wanted, 1e-9);
    tables_free(&it);
}

static const char three[] = "{\"a\": {\"kind\": \"real\", \"min\": 0, \"max\": 1},"
                            "\"b\": {\"kind\": \"real\", \"min\": -5, \"max\": 5},"
                            "\"c\": {\"kind\": \"real\", \"min\": 2, \"max\": 10}}";

static tables_table three_table(size_t count, double (*value)(double a, double b, double c)) {
    tables_table it = tables_make(space_of(three), 1, count);
    for (size_t i = 0; i < count; i++) {
        double a = fraction(i, 0), b = -5 + 10 * fraction(i, 1), c = 2 + 8 * fraction(i, 2);
        set(&it, i, 0, hpt_real(a));
        set(&it, i, 1, hpt_real(b));
        set(&it, i, 2, hpt_real(c));
        it.values[i] = value(a, b, c);
    }
    return it;
}

static double scaled(double a, double b, double c) {
    return a * c + 0.3 * fabs(b);
}

static double wave(double a, double b, double c) {
    return sin(6 * a) + 0.01 * b * c;
}

static void fanova_says_what_optuna_says(void **state) {
    (void)state;
    static const double scaled_wanted[] = { 0.7049, 0.0089, 0.2862 };
    static const double wave_wanted[] = { 0.9549, 0.0423, 0.0028 };
    hpt_importance      how = hpt_importance_default();
    how.method = HPT_IMPORTANCE_FANOVA;
    tables_table it = three_table(200, scaled);
    check(&it, how, scaled_wanted, 0.01);
    tables_free(&it);
    it = three_table(60, wave);
    check(&it, how, wave_wanted, 0.01);
    tables_free(&it);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ped_anova_says_what_optuna_says),
        cmocka_unit_test(conditional_ped_anova_says_what_optuna_says),
        cmocka_unit_test(ped_anova_of_a_region_says_what_optuna_says),
        cmocka_unit_test(fanova_says_what_optuna_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
