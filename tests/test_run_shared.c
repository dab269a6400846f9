/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   several processes at one study: one exact budget, each trial evaluated once, everybody
 *         hears of everybody's results, and what one leaves the others do.
 * Method: sharing.h: processes that join one file, which count what they evaluate. */
#include "sharing.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* The budget. */

static void members_evaluate_each_trial_of_the_budget_once(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(400, "random");
    sharing_run_all(&it);
    sharing_assert_once(400);
}

static void members_share_the_work(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(300, "random");
    it.waits = true;
    sharing_run_all(&it);
    for (unsigned i = 0; i < SHARING_MEMBERS; i++)
        assert_true(sharing_seen->member[i] > 0);
}

static void a_strategy_that_learns_shares_the_budget_too(void **state) {
    (void)state;
    static const char *const names[] = { "tpe:startup=10", "cmaes", "de", "nsga2" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        sharing_setup it = sharing_setup_of(90, names[i]);
        sharing_remove_files();
        memset(sharing_seen, 0, sizeof *sharing_seen);
        sharing_run_all(&it);
        sharing_assert_once(90);
    }
}

static void results_that_are_held_back_share_the_budget_too(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(120, "tpe:startup=10");
    it.options.sync = HPT_SYNC_EACH;
    sharing_run_all(&it);
    sharing_assert_once(120);
}

static void a_caller_who_coordinates_shares_the_budget_too(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(120, "tpe:startup=10");
    it.options.coordinator = HPT_COORDINATOR_CALLER;
    sharing_run_all(&it);
    sharing_assert_once(120);
}

static void a_run_on_the_callers_thread_shares_the_budget_too(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(120, "random");
    it.options.pool = "inline";
    it.options.worker_count = 1;
    sharing_run_all(&it);
    sharing_assert_once(120);
}

/* What is proposed. */

static void a_grid_is_evaluated_once_over_all_members(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(0, "grid");
    it.is_finite = true;
    it.stop = HPT_STOP_EXHAUSTED;
    sharing_run_all(&it);
    sharing_assert_once(60);
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(sharing_seen->at[i], 1);
}

static void a_grid_with_rules_is_evaluated_once_over_all_members(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(0, "grid");
    it.is_finite = true;
    it.rule = "count % 3 == 0";
    it.stop = HPT_STOP_EXHAUSTED;
    sharing_run_all(&it);
    sharing_assert_once(20);
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(sharing_seen->at[i], i % 3 == 0 ? 1 : 0);
}

static void the_users_points_are_evaluated_once_over_all_members(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(60, "tpe:startup=10");
    hpt_value     points[8][2];
    for (int i = 0; i < 8; i++) {
        points[i][0] = hpt_real(4.5);
        points[i][1] = hpt_int(i);
    }
    it.options.points = points[0];
    it.options.point_count = 8;
    sharing_run_all(&it);
    sharing_assert_once(60);
    hpt_history *history = NULL;
    assert_int_equal(hpt_history_load(sharing_path, NULL, &history, NULL), HPT_OK);
    for (size_t i = 0; i < 8; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        assert_true(record->params[0].as.real == 4.5);
        assert_int_equal(record->params[1].as.integer, i);
    }
    hpt_history_destroy(history);
}

/* Learning of the others. */

static void everybody_ends_with_the_best_of_all(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(150, "random");
    it.waits = true;
    sharing_run_all(&it);
    assert_true(sharing_seen->best[0] == sharing_seen->best[1]);
    assert_true(sharing_seen->best[0] == sharing_seen->best[2]);
}

static void a_target_that_one_reaches_stops_all(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(0, "random");
    it.options.target = 3;
    it.options.wall_s_max = 20;
    it.pause_us = 2000;
    it.stop = HPT_STOP_TARGET;
    sharing_run_all(&it);
}

typedef struct told {
    sharing_setup *it;
    atomic_bool    is_created[SHARING_NUMBERS], is_ended[SHARING_NUMBERS];
    atomic_ulong   ends, disorder;
} told;

static hpt_status watch(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    told *it = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        uint64_t number = events[i].trial;
        if (events[i].kind == HPT_EVENT_TRIAL_CREATED)
            if (atomic_exchange(&it->is_created[number], true)) it->disorder++;
        if (events[i].kind != HPT_EVENT_TRIAL_ENDED) continue;
        if (!it->is_created[number] || atomic_exchange(&it->is_ended[number], true)) it->disorder++;
        it->ends++;
    }
    return HPT_OK;
}

static void watch_one(void) {
    static told   seen;
    sharing_setup it = sharing_setup_of(120, "random");
    it.members = 2;
    it.waits = true;
    hpt_observer observer = hpt_observer_default();
    observer.kinds = HPT_EVENT_TRIAL_CREATED | HPT_EVENT_TRIAL_ENDED;
    observer.policy = HPT_POLICY_BLOCK;
    observer.events = watch;
    observer.user = &seen;
    it.options.observers = &observer;
    it.options.observer_count = 1;
    NEED(sharing_run_member(&it) == 0);
    NEED(seen.ends == 120);
    NEED(seen.disorder == 0);
}

static void observers_hear_of_the_trials_of_others_as_of_their_own(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(120, "random");
    pid_t         watching = fork();
    assert_true(watching >= 0);
    if (watching == 0) {
        watch_one();
        _exit(0);
    }
    sharing_wait_for(0, 5);
    sharing_assert_ends_well(sharing_start(&it, 1));
    sharing_assert_ends_well(watching);
    assert_true(sharing_seen->member[1] > 0);
    sharing_assert_once(120);
}

/* Members that go. */

static void what_a_killed_member_leaves_is_evaluated_by_the_others(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(120, "tpe:startup=10");
    it.pause_us = 2000;
    it.waits = true;
    pid_t victim = sharing_start(&it, 0),
          others[2] = { sharing_start(&it, 1), sharing_start(&it, 2) };
    while (!sharing_seen->has_begun[0])
        sharing_pause_us(500);
    kill(victim, SIGKILL);
    waitpid(victim, NULL, 0);
    sharing_assert_ends_well(others[0]);
    sharing_assert_ends_well(others[1]);
    sharing_judge_file(120);
}

static void dead_members_are_no_damage(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(400, "random");
    it.pause_us = 2000;
    pid_t victim = sharing_start(&it, 0);
    sharing_wait_for(0, 5);
    kill(victim, SIGKILL);
    waitpid(victim, NULL, 0);
    size_t findings = 1;
    assert_int_equal(hpt_study_check(sharing_path, HPT_CHECK_LOOK, NULL, NULL, &findings, NULL),
                     HPT_OK);
    assert_int_equal(findings, 0);
}

static void who_was_away_for_longer_than_the_lease_does_no_harm(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(400, "random");
    it.options.lease_s = 0.08;
    it.pause_us = 1000;
    it.members = 2;
    it.waits = true;
    pid_t victim = sharing_start(&it, 0), other = sharing_start(&it, 1);
    while (!sharing_seen->has_begun[0])
        sharing_pause_us(500);
    sharing_stop_harmlessly(victim, 1);
    sharing_assert_ends_well(other);
    kill(victim, SIGCONT);
    sharing_assert_ends_well(victim);
    sharing_judge_file(400);
}

static void leave_early(void) {
    sharing_setup it = sharing_setup_of(40, "random");
    it.options.trial_count_max = 40;
    it.options.wall_s_max = 0.02;
    it.pause_us = 4000;
    it.stop = HPT_STOP_WALL;
    NEED(sharing_run_member(&it) == 0);
}

static void what_a_run_that_stops_early_leaves_is_evaluated_by_the_next(void **state) {
    (void)state;
    sharing_setup it = sharing_setup_of(40, "random");
    it.members = 2;
    sharing_apart(leave_early);
    sharing_run_all(&it);
    sharing_judge_file(40);
}

int main(void) {
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, sharing_begin, sharing_end)
        TEST(members_evaluate_each_trial_of_the_budget_once),
        TEST(members_share_the_work),
        TEST(a_strategy_that_learns_shares_the_budget_too),
        TEST(results_that_are_held_back_share_the_budget_too),
        TEST(a_caller_who_coordinates_shares_the_budget_too),
        TEST(a_run_on_the_callers_thread_shares_the_budget_too),
        TEST(a_grid_is_evaluated_once_over_all_members),
        TEST(a_grid_with_rules_is_evaluated_once_over_all_members),
        TEST(the_users_points_are_evaluated_once_over_all_members),
        TEST(everybody_ends_with_the_best_of_all),
        TEST(a_target_that_one_reaches_stops_all),
        TEST(observers_hear_of_the_trials_of_others_as_of_their_own),
        TEST(what_a_killed_member_leaves_is_evaluated_by_the_others),
        TEST(dead_members_are_no_damage),
        TEST(who_was_away_for_longer_than_the_lease_does_no_harm),
        TEST(what_a_run_that_stops_early_leaves_is_evaluated_by_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
