/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   in a shared study the pruner of each process hears of what the trials of all others
 *         report, also of those that are running.
 * Method: processes that join one file, each with a pruner that notes in memory that all of them
 *         share what it is told. */
#include "sharing.h"

#include <math.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include <sqlite3.h>

#include <hpt/extend.h>

enum { MEMBERS = 2, TRIALS = 60, STEPS = 6, PATIENCE_MS = 60000 };

/* What the members have been told, by member and number. */
typedef struct notes {
    atomic_uint heard[MEMBERS][TRIALS]; /* reports, which come in the order of their steps */
    atomic_bool has_ended[MEMBERS][TRIALS];
    atomic_uint wrong; /* reports that are not the next one of their trial as it was made */
    atomic_bool has_begun[MEMBERS], is_stopped;
} notes;

static notes   *all;
static unsigned self; /* of this process */

static int begin(void **state) {
    all = mmap(NULL, sizeof *all, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return all == MAP_FAILED || sharing_begin(state);
}

static int end(void **state) {
    munmap(all, sizeof *all);
    return sharing_end(state);
}

/* A pruner that notes what it hears, and stops nobody. */

static double first_value(uint64_t number, int64_t step) {
    return (double)number + 0.01 * (double)step;
}

static double second_value(uint64_t number, int64_t step) {
    return 1 / (1 + (double)number) - (double)step;
}

static bool is_next(const hpt_pruner_report *report) {
    uint64_t number = report->number;
    if (all->has_ended[self][number] || report->step != (int64_t)all->heard[self][number])
        return false;
    if (report->losses[0] != first_value(number, report->step)) return false;
    return report->goal_count == 1 || report->losses[1] == -second_value(number, report->step);
}

static bool noting_report(void *state, const hpt_pruner_report *report) {
    (void)state;
    if (!is_next(report)) all->wrong++;
    all->heard[self][report->number]++;
    return false;
}

static void noting_end(void *state, const hpt_outcome *outcome) {
    (void)state;
    all->has_ended[self][outcome->number] = true;
}

static const hpt_pruner_class noting = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "noting",
    .summary = "notes what it hears",
    .state_size = 1,
    .report = noting_report,
    .end = noting_end,
    .goals_max = 2,
};

/* Runs. */

static void wait_for(const atomic_bool *flag) {
    for (unsigned ms = 0; !*flag; ms++) {
        NEED(ms < PATIENCE_MS);
        sharing_pause_us(1000);
    }
}

static hpt_options options_of(const hpt_pruner_class *pruner, size_t goals, uint64_t trials) {
    static const hpt_goal two[] = { { "cost", HPT_MINIMISE, NAN }, { "gain", HPT_MAXIMISE, NAN } };
    hpt_options           options = sharing_setup_of(trials, "random").options;
    options.pruner = NULL;
    options.pruner_class = pruner;
    options.goals = goals > 1 ? two : NULL;
    options.goal_count = goals > 1 ? 2 : 0;
    return options;
}

static hpt_status reporting(hpt_trial *trial, void *user, double *values_out) {
    size_t   goals = *(const size_t *)user;
    uint64_t number = hpt_trial_number(trial);
    all->has_begun[self] = true;
    if (number >= 10) wait_for(&all->has_begun[1 - self]);
    for (int64_t step = 0; step < STEPS; step++) {
        values_out[0] = first_value(number, step);
        if (goals > 1) values_out[1] = second_value(number, step);
        if (hpt_trial_report_values(trial, step, values_out, goals) != HPT_OK) return HPT_ESTOPPED;
        sharing_pause_us(2000);
    }
    return HPT_OK;
}

/* In a process of its own. */
static pid_t start(unsigned member, hpt_objective objective, hpt_options options) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child > 0) return child;
    hpt_err       err = { 0 };
    hpt_result   *result = NULL;
    sharing_setup plain = { .index = member };
    hpt_space    *space = sharing_make_space(&plain);
    size_t        goals = options.goals ? 2 : 1;
    self = member;
    if (hpt_parallel_run(space, objective, &goals, &options, &result, &err) != HPT_OK) {
        fprintf(stderr, "member %u: %s\n", member, err.text);
        _exit(1);
    }
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    _exit(0);
}

static void run_both(hpt_objective objective, const hpt_options *options) {
    pid_t members[MEMBERS];
    for (unsigned i = 0; i < MEMBERS; i++)
        members[i] = start(i, objective, *options);
    for (unsigned i = 0; i < MEMBERS; i++)
        sharing_assert_ends_well(members[i]);
}

static void everybody_hears_each_report_once(size_t goals) {
    hpt_options options = options_of(&noting, goals, TRIALS);
    run_both(reporting, &options);
    assert_int_equal(all->wrong, 0);
    for (unsigned i = 0; i < MEMBERS; i++)
        for (size_t k = 0; k < TRIALS; k++) {
            assert_int_equal(all->heard[i][k], STEPS);
            assert_true(all->has_ended[i][k]);
        }
}

static void each_report_reaches_every_pruner_once_and_before_the_end_of_its_trial(void **state) {
    (void)state;
    everybody_hears_each_report_once(1);
}

static void reports_of_several_goals_reach_every_pruner_with_all_values(void **state) {
    (void)state;
    everybody_hears_each_report_once(2);
}

/* Who joins. */

static void who_joins_late_hears_all_reports_that_there_were(void **state) {
    (void)state;
    hpt_options options = options_of(&noting, 2, TRIALS);
    all->has_begun[1] = true; /* nobody waits for it */
    options.trial_count_max = TRIALS;
    sharing_assert_ends_well(start(0, reporting, options));
    sharing_assert_ends_well(start(1, reporting, options));
    assert_int_equal(all->wrong, 0);
    for (size_t k = 0; k < TRIALS; k++)
        assert_int_equal(all->heard[1][k], STEPS);
}

/* Trials that run elsewhere. */

/* Stops the trials of member 1 once it has heard of one of member 0's. */
static bool hearing_report(void *state, const hpt_pruner_report *report) {
    bool *has_heard = state;
    if (report->losses[0] == 0) *has_heard = true;
    return self == 1 && report->losses[0] == 1 && *has_heard;
}

static const hpt_pruner_class hearing = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "hearing",
    .summary = "stops the trials of one member when another one has reported",
    .state_size = sizeof(bool),
    .report = hearing_report,
};

/* Member 0's go on until one of member 1's has been stopped: so none of them has ended before. */
static hpt_status outliving(hpt_trial *trial, void *user, double *value_out) {
    *value_out = self;
    (void)user;
    if (all->is_stopped) return HPT_OK;
    if (self == 0) {
        hpt_trial_report(trial, 0, 0);
        wait_for(&all->is_stopped);
        return HPT_OK;
    }
    for (int64_t step = 0; !all->is_stopped; step++) {
        NEED(step < PATIENCE_MS);
        if (hpt_trial_report(trial, step, 1) == HPT_EPRUNED) all->is_stopped = true;
        sharing_pause_us(1000);
    }
    return HPT_OK;
}

static void a_trial_is_stopped_by_what_one_reports_that_runs_elsewhere(void **state) {
    (void)state;
    hpt_options options = options_of(&hearing, 1, 20);
    run_both(outliving, &options);
    assert_true(all->is_stopped);
}

/* A pruner that takes its time. */

/* Member 0's does not answer of the first trial of member 1's until that has got on. */
static bool waiting_report(void *state, const hpt_pruner_report *report) {
    (void)state;
    if (self == 1 || report->losses[0] != 1) return false;
    all->has_begun[0] = true;
    wait_for(&all->is_stopped);
    return false;
}

static const hpt_pruner_class waiting = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "waiting",
    .summary = "takes its time",
    .state_size = 1,
    .report = waiting_report,
};

/* Far more trials than a member has numbers for at a time. */
enum { FURTHER = 200 };

static hpt_status getting_on(hpt_trial *trial, void *user, double *value_out) {
    static unsigned count; /* since member 0's pruner has been asked */
    (void)user;
    *value_out = self;
    if (self == 0) {
        wait_for(&all->is_stopped);
        return HPT_OK;
    }
    hpt_trial_report(trial, 0, 1);
    if (count == 0) wait_for(&all->has_begun[0]);
    if (++count == FURTHER) all->is_stopped = true;
    return HPT_OK;
}

static void a_pruner_that_takes_its_time_keeps_nobody_else_from_the_study(void **state) {
    (void)state;
    hpt_options options = options_of(&waiting, 1, 2 * FURTHER);
    options.worker_count = 1;
    options.sync = HPT_SYNC_EACH; /* who has not written has not got on */
    run_both(getting_on, &options);
    assert_true(all->is_stopped);
}

/* Somebody deletes reports. */

static int ask_file(const char *sql) {
    sqlite3      *db = NULL;
    sqlite3_stmt *row = NULL;
    NEED(sqlite3_open_v2(sharing_path, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK);
    sqlite3_busy_timeout(db, PATIENCE_MS);
    NEED(sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK);
    int answer = sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int(row, 0) : 0;
    NEED(sqlite3_finalize(row) == SQLITE_OK);
    sqlite3_close(db);
    return answer;
}

static void wait_for_reports(int count) {
    for (unsigned ms = 0; ask_file("SELECT count(*) FROM trial_intermediate_values") < count;
         ms++) {
        NEED(ms < PATIENCE_MS);
        sharing_pause_us(1000);
    }
}

/* The last one is gone, and its row is that of another one, when there are more to be heard of. */
static hpt_status reporting_to_a_file_that_loses(hpt_trial *trial, void *user, double *value_out) {
    uint64_t number = hpt_trial_number(trial);
    (void)user;
    for (int64_t step = 0; step < STEPS; step++) {
        *value_out = first_value(number, step);
        if (hpt_trial_report(trial, step, *value_out) != HPT_OK) return HPT_ESTOPPED;
        if (number > 0 || step == 0) continue;
        wait_for_reports(2);
        ask_file("DELETE FROM trial_intermediate_values WHERE trial_intermediate_value_id = "
                 "(SELECT max(trial_intermediate_value_id) FROM trial_intermediate_values)");
    }
    return HPT_OK;
}

static void nobody_hears_of_his_own_trials_again_when_reports_are_deleted(void **state) {
    (void)state;
    hpt_options options = options_of(&noting, 1, 2);
    options.worker_count = 1;
    sharing_assert_ends_well(start(0, reporting_to_a_file_that_loses, options));
    assert_int_equal(all->wrong, 0);
    assert_int_equal(all->heard[0][0], STEPS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
        TEST(each_report_reaches_every_pruner_once_and_before_the_end_of_its_trial),
        TEST(reports_of_several_goals_reach_every_pruner_with_all_values),
        TEST(who_joins_late_hears_all_reports_that_there_were),
        TEST(a_trial_is_stopped_by_what_one_reports_that_runs_elsewhere),
        TEST(a_pruner_that_takes_its_time_keeps_nobody_else_from_the_study),
        TEST(nobody_hears_of_his_own_trials_again_when_reports_are_deleted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
