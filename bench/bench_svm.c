/* SPDX-License-Identifier: BSD-3-Clause */
/* What strategies find when a support vector machine is tuned (libsvm, examples/svm): the error of
 * five-fold cross-validation on 569 tumours, in percent. Built where libsvm is. */
#include "quality/figures.h"
#include "quality/plan.h"
#include "quality/search.h"

#include <string.h>

#include <svm.h>

#include "svm/data.h"

static hpt_space *make_space(void) {
    static const char *const kernels[] = { "linear", "poly", "rbf", "sigmoid" };
    hpt_space               *space = hpt_space_create();
    hpt_space_add_choice(space, "scaling", scaling_names, SCALING_COUNT);
    hpt_space_add_choice(space, "kernel", kernels, 4);
    hpt_param cost = hpt_space_add_real(space, "C", 1e-2, 1e3);
    hpt_param gamma = hpt_space_add_real(space, "gamma", 1e-5, 10);
    hpt_param degree = hpt_space_add_int(space, "degree", 2, 5);
    hpt_param coef0 = hpt_space_add_real(space, "coef0", 0, 2);
    hpt_space_set_log(space, cost);
    hpt_space_set_log(space, gamma);
    hpt_space_set_condition(space, gamma, "kernel != 'linear'");
    hpt_space_set_condition(space, degree, "kernel == 'poly'");
    hpt_space_set_condition(space, coef0, "kernel == 'poly' or kernel == 'sigmoid'");
    return space;
}

static hpt_status cross_validate(hpt_trial *trial, void *user, double *value_out) {
    const struct dataset *data = user;
    const struct fold    *folds = dataset_folds(data, hpt_trial_text_at(trial, 0));
    struct svm_parameter  parameters = { .svm_type = C_SVC,
                                         .kernel_type = (int)hpt_trial_choice_at(trial, 1),
                                         .C = hpt_trial_real_at(trial, 2),
                                         .gamma = hpt_trial_real_at(trial, 3),
                                         .degree = (int)hpt_trial_int_at(trial, 4),
                                         .coef0 = hpt_trial_real_at(trial, 5),
                                         .shrinking = 1,
                                         .eps = 1e-3,
                                         .cache_size = 40 };
    int                   wrong = 0;
    for (int k = 0; k < FOLD_COUNT; k++) {
        struct svm_model *model = svm_train(&folds[k].train, &parameters);
        for (int i = 0; i < folds[k].test.l; i++)
            wrong += (int)svm_predict(model, folds[k].test.x[i]) != (int)folds[k].test.y[i];
        svm_free_and_destroy_model(&model);
    }
    *value_out = 100.0 * wrong / (double)data->row_count;
    return HPT_OK;
}

static void report(const quality_plan *plan, const quality_contestant *who, const hpt_space *space,
                   struct dataset *data) {
    static double  found[QUALITY_BUDGETS_MAX][QUALITY_SEEDS_MAX];
    quality_search search = quality_search_of(who, &plan->budgets);
    search.space = space;
    search.objective = cross_validate;
    search.user = data;
    for (int seed = 0; seed < plan->seeds; seed++) {
        double   best[QUALITY_BUDGETS_MAX];
        uint64_t forbidden;
        search.seed = (uint64_t)(plan->first_seed + seed);
        quality_search_run(&search, best, &forbidden);
        for (int b = 0; b < plan->budgets.count; b++)
            found[b][seed] = best[b];
    }
    quality_print_name(who);
    for (int b = 0; b < plan->budgets.count; b++)
        printf("  %6.3f [%.3f, %.3f]", quality_quantile(found[b], plan->seeds, 0.5),
               quality_quantile(found[b], plan->seeds, 0.25),
               quality_quantile(found[b], plan->seeds, 0.75));
    printf("\n");
    fflush(stdout);
}

static void be_silent(const char *text) {
    (void)text;
}

int main(int count, char **arguments) {
    struct dataset data;
    quality_plan   plan = {
          .budgets = { 2, { 20, 50 } }, .pending = { 1, { 1 } }, .seeds = 5, .first_seed = 1
    };
    if (!quality_plan_parse(&plan, count, arguments)) {
        fprintf(stderr, "usage: %s [--budgets 20,50] [--seeds 5] [--pending 1,8] [strategy...]\n",
                arguments[0]);
        return 2;
    }
    if (!dataset_load(&data, BENCH_SVM_DATA "/breast_cancer.csv")) return 1;
    svm_set_print_string_function(be_silent);
    hpt_space *space = make_space();
    printf("error in percent, median and quartiles of %d seeds, after", plan.seeds);
    for (int b = 0; b < plan.budgets.count; b++)
        printf(" %d", plan.budgets.at[b]);
    printf(" trials\n");
    for (int c = 0; c < plan.contestant_count; c++)
        report(&plan, &plan.contestants[c], space, &data);
    hpt_space_destroy(space);
    dataset_free(&data);
    return 0;
}
