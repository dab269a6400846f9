/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a study is read while a run writes it, in the same process too, and the run does not
 * notice. Method: a run with intermediate values on one side, a history that is refreshed again and
 * again on the other; in the end it has what was written. */
#include "histories.h"

#include <time.h>

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    struct timespec pause = { 0, 200000 };
    (void)user;
    *value_out = hpt_trial_real(trial, "x");
    for (int64_t step = 0; step < 3; step++)
        hpt_trial_report(trial, step, *value_out);
    nanosleep(&pause, NULL);
    return hpt_trial_number(trial) % 5 == 4 ? hpt_trial_prune(trial) : HPT_OK;
}

static hpt_run *start(uint64_t trials) {
    hpt_space  *space = hpt_space_create();
    hpt_options options = hpt_options_default();
    hpt_run    *run = NULL;
    hpt_err     err = { 0 };
    hpt_space_add_real(space, "x", 0, 1);
    options.strategy = "random";
    options.worker_count = 2;
    options.trial_count_max = trials;
    options.commit_interval_ms = 1;
    options.study = form_path;
    if (hpt_run_start(space, objective, NULL, &options, &run, &err) != HPT_OK)
        fail_msg("%s", err.text);
    hpt_space_destroy(space);
    return run;
}

/* What holds at any moment. */
static void check(const hpt_history *history) {
    for (size_t i = 0; i < hpt_history_count(history); i++) {
        const hpt_record *record = hpt_history_at(history, i);
        size_t            count = 0;
        const hpt_report *reports = hpt_history_reports(history, i, &count);
        if (i > 0) assert_true(record->number > hpt_history_at(history, i - 1)->number);
        if (record->state == HPT_TRIAL_COMPLETE)
            assert_true(record->values[0] == record->params[0].as.real);
        assert_true(count <= 3);
        for (size_t k = 0; k < count; k++)
            assert_true(reports[k].step == (int64_t)k &&
                        reports[k].value == record->params[0].as.real);
    }
}

static void a_study_can_be_read_while_it_is_written(const hpi_backend_class *class) {
    uint64_t    trials = fixture_scaled(300);
    hpt_result *result = NULL;
    hpt_err     err = { 0 };
    size_t      count = 0;
    class->close(form_open(class, HPI_OPEN_CREATE)); /* removes what was there */
    hpt_run     *run = start(trials);
    hpt_history *history = histories_load(form_path, NULL);
    assert_string_not_equal(hpt_history_info(history)->held_by, "");
    while (hpt_run_poll(run) == HPT_EAGAIN) {
        if (hpt_history_refresh(history, &err) != HPT_OK) fail_msg("%s", err.text);
        check(history);
        assert_true(hpt_history_count(history) >= count);
        count = hpt_history_count(history);
    }
    if (hpt_run_result(run, &result, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(hpt_result_stats(result)->trial_count, trials);
    hpt_result_destroy(result);
    hpt_run_destroy(run);
    if (hpt_history_refresh(history, &err) != HPT_OK) fail_msg("%s", err.text);
    hpt_history *whole = histories_load(form_path, NULL);
    histories_assert_same(history, whole);
    assert_int_equal(hpt_history_count(whole), trials);
    assert_string_equal(hpt_history_info(whole)->held_by, "");
    hpt_history_destroy(whole);
    hpt_history_destroy(history);
}

int main(void) {
    static const histories_test tests[] = {
        HISTORIES_TEST(a_study_can_be_read_while_it_is_written),
    };
    return histories_run(tests, sizeof tests / sizeof *tests);
}
