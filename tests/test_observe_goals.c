/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what the built-in observers write of several goals and of constraints on results.
 * Method: one run of two trials; what it leaves, compared as text. */
#include "runs.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char path[64], text[8000];

/* The second trial is not feasible. */
static hpt_status two(hpt_trial *trial, void *user, double *values_out) {
    bool            is_second = hpt_trial_number(trial) == 1;
    const uint32_t *goal_count = user;
    values_out[0] = is_second ? 4 : 2.5;
    if (*goal_count == 2) values_out[1] = is_second ? 3 : -1;
    hpt_trial_set_attr(trial, "n", hpt_int(7));
    return hpt_trial_constraint(trial, "memory", is_second ? 0.25 : -0.5);
}

/* Run with that observer, and read its file. */
static const char *written_by(const char *observer, uint32_t goal_count) {
    static const hpt_goal goals[] = { { "state", HPT_MINIMISE, 9 }, { "x", HPT_MAXIMISE, NAN } };
    hpt_options           options = runs_options(1, 2);
    const hpt_value       points[] = { hpt_real(0.5), hpt_real(0.25) };
    char                  observe[128];
    snprintf(path, sizeof path, "/tmp/hpt_goals_%d", (int)getpid());
    snprintf(observe, sizeof observe, "%s%cpath=%s", observer, strchr(observer, ':') ? ',' : ':',
             path);
    options.observe = observe;
    options.strategy = "list";
    options.points = points;
    options.point_count = 2;
    options.goals = goals;
    options.goal_count = goal_count;
    hpt_result_destroy(runs_do(two, &options.goal_count, &options));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    unlink(path);
    return text;
}

/* What that observer says to people of a run of one trial with two goals. */
static const char *said_by(const char *name, hpt_objective objective, const hpt_goal *goals) {
    hpt_options  options = runs_options(1, 1);
    hpt_observer observer = hpt_observer_default();
    observer.name = name;
    observer.file = tmpfile();
    assert_non_null(observer.file);
    options.goals = goals;
    options.goal_count = 2;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(objective, &options.goal_count, &options));
    rewind(observer.file);
    text[fread(text, 1, sizeof text - 1, observer.file)] = '\0';
    fclose(observer.file);
    return text;
}

static void csv_has_a_column_for_each_goal(void **state) {
    (void)state;
    const char *written = written_by("csv", 2);
    runs_assert_says(written, "run,seed,trial,state,goal:state,x,last_step,last_value,reason,"
                              "worker,start_s,duration_s,ended,attributes,parameter:x\n");
    runs_assert_says(written, ",7,0,COMPLETE,2.5,-1.0,,,,0,");
    runs_assert_says(written, "\"{\"\"n\"\":7,\"\"constraints\"\":{\"\"memory\"\":-0.5}}\",0.5\n");
    runs_assert_says(written,
                     ",7,1,INFEASIBLE,4.0,3.0,,,\"constraint \"\"memory\"\" is 0.25, which "
                     "is above 0\",0,");
}

static void csv_of_one_goal_has_the_column_value(void **state) {
    (void)state;
    const char *written = written_by("csv", 1);
    runs_assert_says(written, "run,seed,trial,state,value,last_step,");
    runs_assert_says(written, ",7,1,INFEASIBLE,4.0,,,");
}

static void jsonl_has_all_values(void **state) {
    (void)state;
    const char *written = written_by("jsonl", 2);
    runs_assert_says(written,
                     "\"metric\":\"state\",\"direction\":\"minimise\",\"goals\":[{\"name\":"
                     "\"state\",\"direction\":\"minimise\",\"reference\":9.0},{\"name\":"
                     "\"x\",\"direction\":\"maximise\",\"reference\":null}],\"space\":");
    runs_assert_says(written, "\"state\":\"COMPLETE\",\"metric\":\"state\",\"value\":2.5,"
                              "\"values\":[2.5,-1.0],\"reason\":\"\"");
    runs_assert_says(written, "\"attributes\":{\"n\":7},\"constraints\":{\"memory\":-0.5}");
    runs_assert_says(written, "\"state\":\"INFEASIBLE\",\"metric\":\"state\",\"value\":4.0,"
                              "\"values\":[4.0,3.0],\"reason\":\"constraint");
    runs_assert_says(written, "\"best_value\":2.5,\"front_count\":1,");
}

static void jsonl_of_one_goal_has_none_of_it(void **state) {
    (void)state;
    const char *written = written_by("jsonl", 1);
    assert_null(strstr(written, "\"values\""));
    assert_null(strstr(written, "\"goals\""));
    assert_null(strstr(written, "\"front_count\""));
}

static void the_log_names_each_value(void **state) {
    (void)state;
    const char *written = written_by("log:level=debug", 2);
    runs_assert_says(written, "trial 0  COMPLETE  state 2.5  x -1  in ");
    runs_assert_says(written, "[n=7]  constraints memory=-0.5\n");
    runs_assert_says(written, "trial 0  is on the front  state 2.5  x -1  x=0.5\n");
    runs_assert_says(written, "trial 1  INFEASIBLE  state 4  x 3  \"constraint");
    runs_assert_says(written, "; 1 on the front; best state 2.5 of trial 0");
}

static hpt_status reported(hpt_trial *trial, void *user, double *values_out) {
    (void)user;
    values_out[0] = values_out[1] = 1;
    hpt_trial_report_values(trial, 3, (double[]){ 0.5, 12 }, 2);
    return hpt_trial_report(trial, 4, 0.25);
}

static void the_log_names_each_value_of_a_report(void **state) {
    (void)state;
    static const hpt_goal goals[] = { { "error", HPT_MINIMISE, NAN }, { "ms", HPT_MINIMISE, NAN } };
    const char           *said = said_by("log:level=debug", reported, goals);
    runs_assert_says(said, "trial 0  reports step 3  error 0.5  ms 12\n");
    runs_assert_says(said, "trial 0  reports step 4  0.25\n");
}

static void prometheus_counts_the_front(void **state) {
    (void)state;
    runs_assert_says(written_by("prometheus", 2), "\nhpt_front_trials 1\n");
    assert_null(strstr(written_by("prometheus", 1), "front"));
}

static void progress_tells_of_the_front(void **state) {
    (void)state;
    static const hpt_goal goals[] = { { "a", HPT_MINIMISE, 9 }, { "b", HPT_MAXIMISE, NAN } };
    const char           *said = said_by("progress:style=plain", two, goals);
    runs_assert_says(said, ", 1 on the front, best a 2.5 of trial 0");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(csv_has_a_column_for_each_goal),
        cmocka_unit_test(csv_of_one_goal_has_the_column_value),
        cmocka_unit_test(jsonl_has_all_values),
        cmocka_unit_test(jsonl_of_one_goal_has_none_of_it),
        cmocka_unit_test(the_log_names_each_value),
        cmocka_unit_test(the_log_names_each_value_of_a_report),
        cmocka_unit_test(prometheus_counts_the_front),
        cmocka_unit_test(progress_tells_of_the_front),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
