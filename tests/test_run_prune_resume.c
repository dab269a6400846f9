/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a study whose process died goes on as if it had not, also where trials are stopped early:
 *         with a window every trial ends as it would have, at the same step.
 * Method: runs in child processes that are killed in the middle of an objective, for each form of
 *         file; what a second run does from there is the rest of one that was not interrupted. All
 *         children are gone before the first thread is started here. */
#include "runs.h"
#include "store/backend.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 27, TRIALS = 60, WINDOW = 6 };

static char folder[64], path[128];

static void remove_study(void) {
    static const char *const ends[] = { "", "-wal", "-shm", "-journal", ".lock" };
    char                     name[160];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(name, sizeof name, "%s%s", path, ends[i]);
        unlink(name);
    }
}

static double curve(double x, int64_t step) {
    return fabs(x - 0.3) + 1.0 / (double)step + 0.05 * sin(40 * x + (double)step);
}

static const hpt_goal two_goals[] = { { "error", HPT_MINIMISE, NAN },
                                      { "score", HPT_MAXIMISE, NAN } };

/* In a child: which report of all it does not survive. */
static atomic_long reports_left;

/* `user`: how many goals, NULL: one. With two the better in one is the worse in the other. */
static hpt_status learn(hpt_trial *trial, void *user, double *values_out) {
    double x = hpt_trial_real_at(trial, 0);
    size_t goals = user ? *(const size_t *)user : 1;
    for (int64_t step = 1; step <= STEPS; step++) {
        values_out[0] = curve(x, step);
        if (goals > 1) values_out[1] = fabs(x) - curve(-x, step);
        if (atomic_fetch_sub(&reports_left, 1) == 1) raise(SIGKILL);
        hpt_status status = hpt_trial_report_values(trial, step, values_out, goals);
        if (status != HPT_OK) return status;
        if (step % 8 == 0) runs_sleep_ms(1); /* so that something has been written */
    }
    return HPT_OK;
}

typedef struct pruning {
    const char *text;
    size_t      goals;
} pruning;

static pruning pruners[] = {
    { "median", 1 },
    { "asha", 1 },
    { "hyperband:max_resource=27", 1 },
    { "hyperband", 1 },
    { "wilcoxon", 1 },
    { "patient:of=median,patience=0", 1 },
    { "asha:min_resource=1,factor=2", 2 },
    { "median", 2 },
    { "hyperband:max_resource=27", 2 },
    { "patient:of=percentile,patience=0", 2 },
};

static hpt_options options_of(const char *pruner, uint32_t workers) {
    hpt_options options = hpt_options_default();
    options.strategy = "random";
    options.seed = 5;
    options.pruner = pruner;
    options.window = WINDOW;
    options.worker_count = workers;
    options.trial_count_max = TRIALS;
    options.study = path;
    options.commit_interval_ms = 1;
    options.commit_trials = 1;
    return options;
}

static hpt_options options_of_pruning(const pruning *it, uint32_t workers) {
    hpt_options options = options_of(it->text, workers);
    if (it->goals > 1) options.goals = two_goals;
    if (it->goals > 1) options.goal_count = (uint32_t)it->goals;
    return options;
}

/* False: it did not leave where it should. */
static bool leave_at_report(const hpt_options *options, long report) {
    size_t goals = options->goals ? options->goal_count : 1;
    pid_t  child = fork();
    int    status = 0;
    if (child == 0) {
        hpt_space  *space = runs_space();
        hpt_result *result = NULL;
        atomic_store(&reports_left, report);
        hpt_parallel_run(space, learn, &goals, options, &result, NULL);
        _exit(1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGKILL;
}

static trace run_here(const hpt_options *options) {
    hpt_space *space = runs_space();
    trace      it = { 0 };
    size_t     goals = options->goals ? options->goal_count : 1;
    atomic_store(&reports_left, 0);
    trace_run(&it, space, learn, &goals, options);
    hpt_space_destroy(space);
    return it;
}

static void assert_rest(const trace *whole, const trace *rest) {
    size_t told = whole->count - rest->count;
    assert_true(rest->count <= whole->count);
    for (size_t i = 0; i < rest->count; i++) {
        const trace_trial *a = &whole->trials[told + i], *b = &rest->trials[i];
        assert_int_equal(a->number, b->number);
        assert_int_equal(a->state, b->state);
        assert_string_equal(a->reason, b->reason);
        assert_true((isnan(a->value) && isnan(b->value)) || a->value == b->value);
        assert_memory_equal(a->point, b->point, sizeof a->point);
    }
    assert_int_equal(whole->best_trial, rest->best_trial);
    assert_true(whole->best_value == rest->best_value);
}

static const long left_at[] = { 40, 150, 330 };

enum { PRUNERS = sizeof pruners / sizeof pruners[0], LEFT = sizeof left_at / sizeof left_at[0] };

/* Fewer where repetitions are scaled down. */
static size_t apart(void) {
    return fixture_scaled(100) < 100 ? 2 : 1;
}

static void name_study(size_t form, size_t pruner, size_t left) {
    snprintf(path, sizeof path, "%s/%zu_%zu%s", folder, pruner, left, hpi_backend_at(form)->suffix);
}

static int leave_all(void **state) {
    (void)state;
    if (!fixture_folder(folder, "prune")) return -1;
    for (size_t form = 0; hpi_backend_at(form); form++)
        for (size_t i = 0; !hpi_backend_at(form)->absent && i < PRUNERS; i += apart())
            for (size_t j = 0; j < LEFT; j++) {
                hpt_options options = options_of_pruning(&pruners[i], 1 + (uint32_t)j);
                name_study(form, i, j);
                if (!leave_at_report(&options, left_at[j])) return -1;
            }
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder); /* nothing is left in it */
}

static void check(size_t form, size_t pruner, const trace *whole) {
    for (size_t j = 0; j < LEFT; j++) {
        hpt_options options = options_of_pruning(&pruners[pruner], LEFT - (uint32_t)j);
        name_study(form, pruner, j);
        trace rest = run_here(&options);
        assert_rest(whole, &rest);
        trace_free(&rest);
        remove_study();
    }
}

static void a_study_goes_on_bit_for_bit(void **state) {
    (void)state;
    for (size_t i = 0; i < PRUNERS; i += apart()) {
        hpt_options alone = options_of_pruning(&pruners[i], 2);
        alone.study = NULL;
        trace whole = run_here(&alone);
        for (size_t form = 0; hpi_backend_at(form); form++)
            if (!hpi_backend_at(form)->absent) check(form, i, &whole);
        trace_free(&whole);
    }
}

/* Trial 20 sees the switch before the run does. */
static hpt_status learn_until_cancelled(hpt_trial *trial, void *user, double *value_out) {
    if (hpt_trial_number(trial) == 20) hpt_cancel_raise(user, HPT_CANCEL_NOW);
    if (hpt_trial_should_stop(trial)) return HPT_ESTOPPED;
    return learn(trial, NULL, value_out);
}

/* A strategy that learns would propose something else if it knew of the cancel. */
static void a_cancelled_study_goes_on_bit_for_bit(void **state) {
    (void)state;
    hpt_cancel  stop = { 0 };
    hpt_options options = options_of("median", 1);
    options.strategy = "tpe";
    options.study = NULL;
    trace whole = run_here(&options);
    snprintf(path, sizeof path, "%s/study.journal", folder);
    options.study = path;
    options.cancel = &stop;
    hpt_result *result = runs_do(learn_until_cancelled, &stop, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    hpt_result_destroy(result);
    options.cancel = NULL;
    trace rest = run_here(&options);
    assert_int_equal(rest.count, TRIALS - 20);
    assert_rest(&whole, &rest);
    trace_free(&whole);
    trace_free(&rest);
    remove_study();
}

/* Of what a study keeps the pruner hears before the first new trial: so the very first of the
 * second run can be stopped at its first report. */
static hpt_status constant(hpt_trial *trial, void *user, double *value_out) {
    *value_out = *(const double *)user;
    for (int64_t step = 1; step <= 3; step++)
        if (hpt_trial_report(trial, step, *value_out) != HPT_OK) return HPT_EPRUNED;
    return HPT_OK;
}

static void a_second_run_knows_the_reports_of_the_first(void **state) {
    (void)state;
    double      value = 1;
    hpt_options options = options_of("median", 1);
    snprintf(path, sizeof path, "%s/study.journal", folder);
    options.trial_count_max = 10;
    options.window = 0;
    hpt_result *result = runs_do(constant, &value, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 10);
    hpt_result_destroy(result);
    value = 2;
    options.trial_count_max = 15;
    result = runs_do(constant, &value, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_PRUNED), 5);
    hpt_result_destroy(result);
    remove_study();
}

/* Worse in the second goal only. */
static hpt_status constant_two(hpt_trial *trial, void *user, double *values_out) {
    values_out[0] = 1;
    values_out[1] = *(const double *)user;
    for (int64_t step = 1; step <= 3; step++)
        if (hpt_trial_report_values(trial, step, values_out, 2) != HPT_OK) return HPT_EPRUNED;
    return HPT_OK;
}

static void with_several_goals_a_second_run_knows_all_values_of_the_first(void **state) {
    (void)state;
    for (size_t form = 0; hpi_backend_at(form); form++) {
        double      value = -1;
        hpt_options options = options_of("median", 1);
        if (hpi_backend_at(form)->absent) continue;
        name_study(form, 0, 0);
        options.trial_count_max = 10;
        options.goals = two_goals;
        options.goal_count = 2;
        options.window = 0;
        hpt_result_destroy(runs_do(constant_two, &value, &options));
        value = -2; /* less is worse */
        options.trial_count_max = 15;
        hpt_result *result = runs_do(constant_two, &value, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 10);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_PRUNED), 5);
        hpt_result_destroy(result);
        remove_study();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_study_goes_on_bit_for_bit),
        cmocka_unit_test(a_cancelled_study_goes_on_bit_for_bit),
        cmocka_unit_test(a_second_run_knows_the_reports_of_the_first),
        cmocka_unit_test(with_several_goals_a_second_run_knows_all_values_of_the_first),
    };
    return cmocka_run_group_tests(tests, leave_all, remove_folder);
}
