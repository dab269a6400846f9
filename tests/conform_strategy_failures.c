/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every strategy survives searches in which most trials fail or are stopped, whatever is
 * said of these. Method: each strategy there is, on each kind of space that is cheap, twice: the
 * points must lie in the space, hold its constraints, and be the same. A new row needs no edit
 * here.
 */
#include "subjects.h"

#include <math.h>

static uint32_t three_brackets(const void *context, uint64_t number) {
    return *(const uint32_t *)context == 3 ? (uint32_t)(number % 3) : UINT32_MAX;
}

/* Trials that mostly fail or are stopped, with all that may be said of such. */
static void tell_trouble(const hpi_strategy *strategy, uint64_t number, const hpt_coord *point) {
    static const double          values[] = { 0.25, -1e300, 1e300, INFINITY, -0.0, -INFINITY };
    static const hpt_trial_state states[] = { HPT_TRIAL_FAILED,   HPT_TRIAL_PRUNED,
                                              HPT_TRIAL_TIMEOUT,  HPT_TRIAL_PRUNED,
                                              HPT_TRIAL_COMPLETE, HPT_TRIAL_CRASHED,
                                              HPT_TRIAL_PRUNED,   HPT_TRIAL_INFEASIBLE };
    hpt_trial_state              state = states[number % 8];
    double      loss = state == HPT_TRIAL_COMPLETE ? sin((double)number) : (double)NAN;
    double      last = values[number % 6];
    bool        has_failed = number % 8 == 0 || number % 8 == 2 || number % 8 == 5;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = state,
                            .number = number,
                            .point = point,
                            .value = loss,
                            .loss = loss,
                            .goal_count = 1,
                            .losses = state == HPT_TRIAL_COMPLETE ? &loss : NULL,
                            .has_report = number % 5 > 0,
                            .last_step = number % 7 ? (int64_t)number : INT64_MIN,
                            .last_value = last,
                            .last_losses = number % 5 > 0 ? &last : NULL,
                            .bound = number % 8 == 6 ? values[number % 3] : (double)NAN,
                            .is_failure = has_failed && number % 16 < 12 };
    if (strategy->class->tell) strategy->class->tell(strategy->state, &outcome);
}

static hpi_strategy opened(const hpt_strategy_class *class, const hpt_strategy_setup *with) {
    hpt_strategy_setup setup = *with;
    hpi_strategy       strategy = { 0 };
    setup.points = NULL; /* unless it cannot do without */
    setup.point_count = 0;
    if (hpi_strategy_open(&strategy, class->name, NULL, &setup, NULL) != HPT_OK)
        (void)hpi_strategy_open(&strategy, class->name, NULL, with, NULL);
    return strategy;
}

static void search(const subject_space *on, const hpi_strategy both[2]) {
    enum { TRIALS = 72 };
    static hpt_coord points[2][SUBJECT_WIDTH_MAX];
    uint64_t         size = hpi_strategy_size(&both[0]), most = fixture_scaled(TRIALS);
    for (uint64_t number = 0; number < size && number < most; number++) {
        bool is_there = subject_propose(&both[0], number, points[0]);
        assert_int_equal(subject_propose(&both[1], number, points[1]), is_there);
        if (!is_there) break;
        if (!point_is_in_space(on->space, points[0]) || !hpt_space_permits(on->space, points[0]))
            fail_msg("%s: trial %d", both[0].class->name, (int)number);
        assert_true(points_equal(on->space, points[0], points[1]));
        for (int i = 0; i < 2; i++)
            tell_trouble(&both[i], number, points[i]);
    }
}

/* Twice, so that nothing but the outcomes decides. */
static void failed_and_stopped_trials_are_survived(void **state) {
    (void)state;
    const hpt_strategy_class *class;
    const uint32_t count = 3;
    for (size_t row = 0; (class = hpt_strategy_at(row)); row++)
        for (size_t i = 0; !class->absent && i < SUBJECT_SPACES; i++) {
            const subject_space *on = subject_space_at(i);
            hpt_strategy_setup   setup = strategy_setup(on->space, 12);
            if (on->is_dear) continue;
            setup.points = on->listed;
            setup.point_count = SUBJECT_LISTED;
            setup.goal_count = 1;
            setup.bracket_count = count;
            setup.bracket = three_brackets;
            setup.bracket_context = &count;
            hpi_strategy both[2] = { opened(class, &setup), opened(class, &setup) };
            if (!both[0].class) continue; /* the space is not for it */
            assert_non_null(both[1].class);
            search(on, both);
            hpi_strategy_close(&both[0]);
            hpi_strategy_close(&both[1]);
        }
    subject_spaces_drop();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failed_and_stopped_trials_are_survived),
    };
    return cmocka_run_group_tests_name("conform_strategy_failures", tests, NULL, NULL);
}
