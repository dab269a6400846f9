/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a study keeps its books when its limits are reached, when it is finished with trials in
 * its callers' hands, and when an observer meddles. Method: each case drives the loop by hand. */
#include "runs.h"

#include <math.h>

static hpt_study *study_of(const hpt_options *options) {
    hpt_space *space = runs_space();
    hpt_study *study = NULL;
    assert_int_equal(hpt_study_create(space, options, &study, NULL), HPT_OK);
    hpt_space_destroy(space);
    return study;
}

static hpt_result *finished(hpt_study *study) {
    hpt_result *result = NULL;
    assert_int_equal(hpt_study_finish(study, &result, NULL), HPT_OK);
    runs_assert_counts(result);
    return result;
}

static void a_report_on_a_trial_that_finish_has_cancelled_does_nothing(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 10);
    hpt_study  *study = study_of(&options);
    hpt_trial  *trial = NULL;
    assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_OK);
    hpt_result *result = finished(study);
    hpt_trial_report(trial, 1, 0.5);
    assert_int_equal(hpt_study_tell(study, trial, 1, NULL), HPT_EINVAL);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED), 1);
    hpt_result_destroy(result);
    hpt_study_destroy(study);
}

/* With a window candidates wait in the queue; those must not be handed out any more. */
static void assert_nothing_after(hpt_study *study, hpt_stop stop, uint64_t cancelled) {
    hpt_trial *trial = NULL;
    hpt_stats  stats = { .struct_size = sizeof stats };
    assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_EDONE);
    assert_null(trial);
    assert_int_equal(hpt_run_stats(hpt_study_run(study), &stats, NULL), HPT_OK);
    assert_int_equal(stats.stop, stop);
    assert_int_equal(stats.state_count[HPT_TRIAL_RUNNING], 0);
    assert_int_equal(stats.state_count[HPT_TRIAL_CANCELLED], cancelled);
    assert_int_equal(hpt_run_poll(hpt_study_run(study)), HPT_OK);
}

static void a_window_hands_out_no_trial_after_the_target(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 100);
    options.window = 4;
    options.target = 0;
    hpt_study *study = study_of(&options);
    hpt_trial *trial = NULL;
    assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_OK);
    assert_int_equal(hpt_study_tell(study, trial, -1, NULL), HPT_OK);
    assert_nothing_after(study, HPT_STOP_TARGET, 3);
    hpt_study_destroy(study);
}

static void a_window_hands_out_no_trial_after_a_cancel(void **state) {
    (void)state;
    hpt_options options = runs_options(0, 100);
    options.window = 4;
    hpt_study *study = study_of(&options);
    hpt_trial *trial = NULL, *another = NULL;
    assert_int_equal(hpt_study_ask(study, &trial, NULL), HPT_OK);
    hpt_run_cancel(hpt_study_run(study), HPT_CANCEL_FINISH);
    assert_int_equal(hpt_study_ask(study, &another, NULL), HPT_EDONE);
    assert_int_equal(hpt_study_tell(study, trial, 1, NULL), HPT_OK);
    assert_nothing_after(study, HPT_STOP_CANCELLED, 3);
    hpt_study_destroy(study);
}

/* An observer that must not wait for itself. */
typedef struct meddler {
    hpt_study  *study;
    hpt_status  ask, tell, tell_state, finish;
    atomic_uint calls;
} meddler;

static hpt_status meddle(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    meddler    *mine = user;
    hpt_trial  *trial = NULL;
    hpt_result *result = NULL;
    (void)events, (void)count, (void)err;
    if (atomic_fetch_add(&mine->calls, 1) > 0) return HPT_OK;
    mine->ask = hpt_study_ask(mine->study, &trial, NULL);
    mine->tell = hpt_study_tell(mine->study, NULL, 1, NULL);
    mine->tell_state = hpt_study_tell_state(mine->study, NULL, HPT_TRIAL_FAILED, "no", NULL);
    mine->finish = hpt_study_finish(mine->study, &result, NULL);
    hpt_study_destroy(mine->study);
    return HPT_OK;
}

static void an_observer_cannot_wait_for_its_own_study(void **state) {
    (void)state;
    hpt_options  options = runs_options(0, 10);
    meddler      mine = { .study = study_of(&options) };
    hpt_trial   *trial = NULL; /* not for the observer, who may be called before it is set */
    hpt_observer observer = hpt_observer_default();
    observer.events = meddle;
    observer.user = &mine;
    observer.policy = HPT_POLICY_BLOCK;
    observer.kinds = HPT_EVENT_TRIAL_CREATED;
    assert_int_equal(hpt_run_attach(hpt_study_run(mine.study), &observer, NULL, NULL), HPT_OK);
    assert_int_equal(hpt_study_ask(mine.study, &trial, NULL), HPT_OK);
    hpt_result_destroy(finished(mine.study)); /* waits until the observer was called */
    assert_int_equal(atomic_load(&mine.calls), 1);
    assert_int_equal(mine.ask, HPT_EREENTRANT);
    assert_int_equal(mine.tell, HPT_EREENTRANT);
    assert_int_equal(mine.tell_state, HPT_EREENTRANT);
    assert_int_equal(mine.finish, HPT_EREENTRANT);
    hpt_study_destroy(mine.study);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_on_a_trial_that_finish_has_cancelled_does_nothing),
        cmocka_unit_test(a_window_hands_out_no_trial_after_the_target),
        cmocka_unit_test(a_window_hands_out_no_trial_after_a_cancel),
        cmocka_unit_test(an_observer_cannot_wait_for_its_own_study),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
