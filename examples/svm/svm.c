/* SPDX-License-Identifier: BSD-3-Clause */
/* Tunes a support vector machine (libsvm) on real data, with every core: hpt's main example. A
 * trial trains one with the parameters that hpt proposes, and counts what it gets wrong. */
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <hpt/hpt.h>
#include <svm.h>

#include "args.h"
#include "data.h"
#include "report.h"

/* Ctrl-C: first finish what runs, then stop at once, then die as usual. */
static hpt_cancel            cancel;
static volatile sig_atomic_t signal_caught;

static void on_signal(int number) {
    hpt_cancel_raise(&cancel, signal_caught ? HPT_CANCEL_NOW : HPT_CANCEL_FINISH);
    if (signal_caught) signal(number, SIG_DFL);
    signal_caught = number;
}

static void catch_signals(void) {
    struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* In the order of libsvm's numbers for them. */
static const char *const kernels[] = { "linear", "poly", "rbf", "sigmoid" };

static const struct task digits = { .title = "read handwritten digits",
                                    .path = SVM_DATA_FOLDER "/digits.csv",
                                    .rows = "images of 8 x 8 pixels",
                                    .noun = "images",
                                    .trial_count_max = 1000,
                                    .wall_s_max = 75 };

static const struct task tumours = { .title = "recognise malignant tumours",
                                     .path = SVM_DATA_FOLDER "/breast_cancer.csv",
                                     .rows = "tumours with 30 measurements",
                                     .noun = "tumours",
                                     .trial_count_max = 1000,
                                     .wall_s_max = 10 };

/* A trial may take so many times as long as the untuned machine did: one that is slower is of no
 * use, however good. */
#define SLOWER_MAX 5

/* What may vary, and what libsvm does when nobody tunes it. */
static hpt_space *make_space(const struct dataset *data) {
    hpt_space *space = hpt_space_create();
    double     gamma_untuned = 1.0 / (double)data->feature_count;

    hpt_param scaling = hpt_space_add_choice(space, "scaling", scaling_names, SCALING_COUNT);
    hpt_space_set_default(space, scaling, hpt_text("standard"));

    hpt_param kernel = hpt_space_add_choice(space, "kernel", kernels, 4);
    hpt_space_set_default(space, kernel, hpt_text("rbf"));

    hpt_param cost = hpt_space_add_real(space, "C", 1e-2, 1e3);
    hpt_space_set_log(space, cost);
    hpt_space_set_default(space, cost, hpt_real(1));

    hpt_param gamma = hpt_space_add_real(space, "gamma", 1e-5, 10);
    hpt_space_set_log(space, gamma);
    hpt_space_set_default(space, gamma, hpt_real(gamma_untuned));

    hpt_param degree = hpt_space_add_int(space, "degree", 2, 5);
    hpt_space_set_default(space, degree, hpt_int(3));

    hpt_param coef0 = hpt_space_add_real(space, "coef0", 0, 2);
    hpt_space_set_default(space, coef0, hpt_real(0));
    return space;
}

static struct svm_parameter read_parameters(hpt_trial *trial) {
    return (struct svm_parameter){ .svm_type = C_SVC,
                                   .kernel_type = (int)hpt_trial_choice(trial, "kernel"),
                                   .C = hpt_trial_real(trial, "C"),
                                   .gamma = hpt_trial_real(trial, "gamma"),
                                   .degree = (int)hpt_trial_int(trial, "degree"),
                                   .coef0 = hpt_trial_real(trial, "coef0"),
                                   .shrinking = 1,
                                   .eps = 1e-3,
                                   .cache_size = 40 /* MB, for each worker */ };
}

static int count_wrong(const struct fold *fold, const struct svm_parameter *parameters) {
    struct svm_model *model = svm_train(&fold->train, parameters);
    int               wrong = 0;
    for (int i = 0; i < fold->test.l; i++)
        wrong += (int)svm_predict(model, fold->test.x[i]) != (int)fold->test.y[i];
    svm_free_and_destroy_model(&model);
    return wrong;
}

/* Whether the run has already found something better than this trial can still become. */
static bool is_hopeless(const hpt_trial *trial, double least_error) {
    hpt_stats stats = { .struct_size = sizeof stats };
    hpt_run_stats(hpt_trial_run(trial), &stats, NULL);
    return stats.has_best && least_error > stats.best_value;
}

/* One trial: the error of five-fold cross-validation, in percent. Runs on a worker thread. */
static hpt_status cross_validate(hpt_trial *trial, void *user, double *value_out) {
    const struct dataset *data = user;
    const struct fold    *folds = dataset_folds(data, hpt_trial_text(trial, "scaling"));
    struct svm_parameter  parameters = read_parameters(trial);
    double                error = 0;
    int                   wrong = 0, tested = 0;

    const char *complaint = svm_check_parameter(&folds[0].train, &parameters);
    if (complaint) return hpt_trial_infeasible(trial, "libsvm: %s", complaint);

    for (int k = 0; k < FOLD_COUNT; k++) {
        if (hpt_trial_should_stop(trial)) return HPT_ESTOPPED;
        if (is_hopeless(trial, error)) return hpt_trial_prune(trial);
        wrong += count_wrong(&folds[k], &parameters);
        tested += folds[k].test.l;
        error = 100.0 * wrong / (double)data->row_count;
        hpt_trial_report(trial, k, 100.0 * wrong / tested);
    }
    *value_out = error;
    return HPT_OK;
}

/* The untuned machine, through the same objective: a run of one trial, at every default. */
static hpt_status try_untuned(const hpt_space *space, const struct args *args, struct dataset *data,
                              hpt_result **result_out, hpt_err *err) {
    hpt_options options = hpt_options_default();
    hpt_value  *point = NULL;
    hpt_status status = hpt_space_parse_points(space, "[{}]", 4, &point, &options.point_count, err);
    if (status != HPT_OK) return status;
    options.strategy = "list";
    options.points = point;
    options.worker_count = args->workers;
    options.cancel = &cancel;
    status = hpt_parallel_run(space, cross_validate, data, &options, result_out, err);
    hpt_free(point);
    return status;
}

static hpt_options make_options(const struct args *args, const struct task *task,
                                const hpt_result *untuned) {
    bool        is_limited = args->trials > 0 || args->seconds > 0;
    hpt_options options = hpt_options_default();
    options.strategy = args->strategy;
    options.worker_count = args->workers;
    options.trial_count_max = is_limited ? args->trials : task->trial_count_max;
    options.wall_s_max = is_limited ? args->seconds : task->wall_s_max;
    options.trial_s_max = SLOWER_MAX * hpt_result_stats(untuned)->wall_s;
    options.metric = "error_percent";
    options.observe = args->observe;
    options.study = args->study;
    options.cancel = &cancel;
    return options;
}

static hpt_status tune(const struct args *args, const struct task *task, struct dataset *data,
                       hpt_err *err) {
    hpt_space  *space = make_space(data);
    hpt_result *untuned = NULL, *tuned = NULL;
    hpt_status  status = try_untuned(space, args, data, &untuned, err);
    if (status == HPT_OK) {
        hpt_options options = make_options(args, task, untuned);
        report_start(task, data, untuned, &options);
        status = hpt_parallel_run(space, cross_validate, data, &options, &tuned, err);
        if (status == HPT_OK) report_end(task, data, untuned, tuned, &options, args->log);
    }
    hpt_result_destroy(tuned);
    hpt_result_destroy(untuned);
    hpt_space_destroy(space);
    return status;
}

static void be_silent(const char *text) {
    (void)text;
}

int main(int argc, char **argv) {
    struct args    args;
    hpt_err        err = { 0 };
    struct dataset data;
    int            status = args_read(&args, argc, argv);
    if (status >= 0) return status;

    const struct task *task = args.is_quick ? &tumours : &digits;
    if (!dataset_load(&data, task->path)) return 1;
    svm_set_print_string_function(be_silent); /* once: libsvm keeps it in a global variable */
    catch_signals();
    if (tune(&args, task, &data, &err) != HPT_OK) {
        fprintf(stderr, "svm: %s\n", err.text);
        status = 1;
    }
    dataset_free(&data);
    return status == 1 ? 1 : signal_caught ? 128 + signal_caught : 0;
}
