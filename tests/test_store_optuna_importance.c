/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the importance of parameters is what Optuna says of the same study.
 * Method: a journal made by Optuna 4.9 and its figures: PED-ANOVA to nine digits, fANOVA, whose
 *         forests are random in another way, to what the seeds differ. */
#include "optuna.h"

enum { PARAMS = 5 };

/* PED-ANOVA has no randomness: only the order of sums differs. */
#define EXACT 1e-9

static void judge_exact(const hpt_history *history, const hpi_json_node *wanted) {
    double         found[PARAMS];
    hpt_err        err = { 0 };
    hpt_importance how = hpt_importance_default();
    how.target_quantile = number_of(member(wanted, "target_quantile"));
    how.region_quantile = number_of(member(wanted, "region_quantile"));
    if (hpt_history_importance(history, &how, found, &err) != HPT_OK) fail_msg("%s", err.text);
    const hpi_json_node *one = hpi_json_first(member(wanted, "importance"));
    for (; one; one = hpi_json_next(one)) {
        hpt_param param = hpt_space_find(hpt_history_space(history), hpi_json_key(one));
        if (fabs(found[param] - number_of(one)) > EXACT)
            fail_msg("%s at %g of %g: %.12g instead of %.12g", hpi_json_key(one),
                     how.target_quantile, how.region_quantile, found[param], number_of(one));
    }
}

static void for_each(void (*judge)(const hpt_history *history, const hpi_json_node *study)) {
    known it;
    open_known("importance.journal", &it);
    for (const hpi_json_node *study = it.studies; study; study = hpi_json_next(study)) {
        hpt_history *history = load(it.path, text_of(member(study, "name")));
        assert_int_equal(hpt_space_count(hpt_history_space(history)), PARAMS);
        judge(history, study);
        hpt_history_destroy(history);
    }
    close_known(&it);
}

static void judge_ped_anova(const hpt_history *history, const hpi_json_node *study) {
    const hpi_json_node *wanted = hpi_json_first(member(study, "ped_anova"));
    for (; wanted; wanted = hpi_json_next(wanted))
        judge_exact(history, wanted);
}

static void ped_anova_gives_the_same_numbers(void **state) {
    (void)state;
    for_each(judge_ped_anova);
}

/* The mean over forests; theirs is over 30. */
static void judge_fanova(const hpt_history *history, const hpi_json_node *study) {
    double               mean[PARAMS] = { 0 };
    const size_t         forests = fixture_scaled(10);
    hpt_importance       how = hpt_importance_default();
    const hpi_json_node *wanted = hpi_json_first(member(study, "fanova"));
    how.method = HPT_IMPORTANCE_FANOVA;
    for (how.seed = 0; how.seed < forests; how.seed++) {
        double  found[PARAMS], sum = 0;
        hpt_err err = { 0 };
        if (hpt_history_importance(history, &how, found, &err) != HPT_OK) fail_msg("%s", err.text);
        for (size_t i = 0; i < PARAMS; i++) {
            mean[i] += found[i] / (double)forests;
            sum += found[i];
        }
        assert_true(fabs(sum - 1) < 1e-9);
    }
    for (; wanted; wanted = hpi_json_next(wanted)) {
        hpt_param param = hpt_space_find(hpt_history_space(history), hpi_json_key(wanted));
        double    theirs = number_of(member(wanted, "mean"));
        double    deviation = number_of(member(wanted, "deviation"));
        /* Four standard errors of our mean and theirs together. */
        double most = 4 * deviation * sqrt(1.0 / (double)forests + 1.0 / 30) + 0.005;
        if (fabs(mean[param] - theirs) > most)
            fail_msg("%s: %g instead of %g +- %g", hpi_json_key(wanted), mean[param], theirs, most);
    }
}

static void fanova_agrees_within_what_seeds_differ(void **state) {
    (void)state;
    for_each(judge_fanova);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ped_anova_gives_the_same_numbers),
        cmocka_unit_test(fanova_agrees_within_what_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
