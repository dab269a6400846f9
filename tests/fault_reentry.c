/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever of the library's a function calls that the library has called, there is an
 *         answer: nobody waits for himself, and nothing is freed that is in use.
 * Method: the public functions that take a run or a study, and those that take time, from an
 *         objective, an observer, a check of the space, a strategy and a pruner. A call that waits
 *         for itself is seen by the time limit of the test. */
#include "host.h"
#include "runs.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What is called back, and the run and study that it is in. */
static struct {
    hpt_run   *run;
    hpt_study *study;
    char       path[96], folder[64];
} here;

static atomic_ulong visits, wrong;

/* Statuses that are right from there, two if it depends on the moment. */
static void expect(const char *what, hpt_status is, hpt_status one, hpt_status other) {
    if (is == one || is == other) return;
    atomic_fetch_add(&wrong, 1);
    fprintf(stderr, "%s: %d\n", what, (int)is);
}

static hpt_status see_nothing(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    (void)user, (void)events, (void)count, (void)err;
    return HPT_OK;
}

/* Observers come and go. */
static void watch(hpt_run *run) {
    hpt_observer     observer = hpt_observer_default();
    hpt_receiver    *receiver = NULL;
    const hpt_event *events;
    uint64_t         id;
    observer.events = see_nothing;
    if (hpt_run_attach(run, &observer, &id, NULL) == HPT_OK)
        expect("detach", hpt_run_detach(run, id, NULL), HPT_OK, HPT_OK);
    if (hpt_run_subscribe(run, HPT_EVENT_ALL, 0, &receiver, NULL) != HPT_OK) return;
    hpt_receiver_poll(receiver, &events, NULL);
    hpt_receiver_destroy(receiver);
}

/* A run that it is in itself. */
static void call_run(hpt_run *run, bool is_its_own) {
    hpt_stats   stats = { .struct_size = sizeof stats };
    hpt_result *result = NULL;
    expect("stats", hpt_run_stats(run, &stats, NULL), HPT_OK, HPT_OK);
    expect("poll", hpt_run_poll(run), HPT_EAGAIN, HPT_EAGAIN);
    if (is_its_own) expect("wait", hpt_run_wait(run, -1), HPT_EREENTRANT, HPT_EREENTRANT);
    expect("wait a little", hpt_run_wait(run, 0), HPT_EREENTRANT, HPT_EAGAIN);
    expect("result", hpt_run_result(run, &result, NULL), HPT_EBUSY, HPT_EBUSY);
    if (is_its_own) hpt_run_destroy(run); /* has no answer, and no effect */
    hpt_run_cancel(run, HPT_CANCEL_NONE);
    watch(run);
}

static hpt_status give_x(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_real_at(trial, 0);
    return HPT_OK;
}

/* Another run, from beginning to end. */
static void run_another(void) {
    hpt_options options = hpt_options_default();
    hpt_space  *space = hpt_space_create();
    hpt_result *result = NULL;
    hpt_space_add_real(space, "x", 0, 1);
    options.strategy = "random";
    options.trial_count_max = 3;
    options.worker_count = 2;
    expect("run", hpt_parallel_run(space, give_x, NULL, &options, &result, NULL), HPT_OK, HPT_OK);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

/* The study file that the run is writing. */
static void read_study(void) {
    hpt_history    *history = NULL;
    hpt_study_list *list = NULL;
    size_t          findings = 0;
    if (hpt_history_load(here.path, NULL, &history, NULL) == HPT_OK)
        expect("count", hpt_history_count(history) <= 64 ? HPT_OK : HPT_EBUG, HPT_OK, HPT_OK);
    hpt_history_destroy(history);
    if (hpt_study_list_load(here.path, &list, NULL) == HPT_OK) hpt_study_list_destroy(list);
    hpt_study_check(here.path, HPT_CHECK_LOOK, NULL, NULL, &findings, NULL);
}

static void call_everything(hpt_run *run, bool is_its_own) {
    if (!run) return; /* it is about to be made */
    call_run(run, is_its_own);
    if (atomic_fetch_add(&visits, 1) % 8 != 0) return; /* what takes time */
    run_another();
    read_study();
}

/* Who calls. */

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    call_everything(hpt_trial_run(trial), true);
    return give_x(trial, user, value_out);
}

static hpt_status observe(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    hpt_run *run = *(hpt_run * _Atomic *)user;
    (void)err;
    if (events[count - 1].kind != HPT_EVENT_FINISHED) call_everything(run, true);
    return HPT_OK;
}

/* A strategy, and a check of the space: from within the turn. */

static hpt_run *_Atomic of_turn;

static hpt_status turn_init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    (void)state, (void)setup, (void)err;
    return HPT_OK;
}

static hpt_status turn_ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    (void)state, (void)err;
    call_everything(of_turn, true);
    point_out[0].real = (double)(number % 100) / 100;
    return HPT_OK;
}

static void turn_tell(void *state, const hpt_outcome *outcome) {
    (void)state, (void)outcome;
    call_everything(of_turn, true);
}

static const hpt_strategy_class turn_class = {
    .struct_size = sizeof turn_class,
    .name = "turn",
    .summary = "calls whatever there is",
    .state_size = 1,
    .init = turn_init,
    .ask = turn_ask,
    .tell = turn_tell,
};

static bool turn_check(const hpt_space *space, const hpt_coord *point, void *user) {
    (void)space, (void)point, (void)user;
    call_everything(of_turn, true);
    return true;
}

static int begin(void **state) {
    (void)state;
    of_turn = NULL;
    atomic_store(&visits, 0);
    atomic_store(&wrong, 0);
    if (!fixture_folder(here.folder, "hpt_reentry")) return -1;
    snprintf(here.path, sizeof here.path, "%s/study.journal", here.folder);
    return 0;
}

static int end(void **state) {
    (void)state;
    unlink(here.path);
    return rmdir(here.folder);
}

static void assert_answered(void) {
    assert_int_equal(atomic_load(&wrong), 0);
    assert_true(atomic_load(&visits) > 0);
}

static void an_objective_may_call_anything(void **state) {
    (void)state;
    for (size_t i = 0; i < RUNS_POOLS; i++) {
        host        before;
        hpt_options options = runs_options(2, 16);
        host_note(&before);
        options.pool = runs_pools[i];
        options.study = here.path;
        hpt_result_destroy(runs_do(objective, NULL, &options));
        host_assert_unchanged(&before);
        unlink(here.path);
    }
    assert_answered();
}

static void an_observer_may_call_anything(void **state) {
    (void)state;
    for (hpt_policy policy = HPT_POLICY_DROP; policy <= HPT_POLICY_BLOCK; policy++) {
        host             before;
        hpt_run *_Atomic run = NULL;
        hpt_observer     observer = hpt_observer_default();
        hpt_options      options = runs_options(2, 64);
        host_note(&before);
        observer.events = observe;
        observer.user = &run;
        observer.policy = policy;
        options.observers = &observer;
        options.observer_count = 1;
        options.study = here.path;
        run = runs_start(give_x, NULL, &options);
        hpt_result_destroy(runs_end(run));
        host_assert_unchanged(&before);
        unlink(here.path);
    }
    assert_int_equal(atomic_load(&wrong), 0);
}

static hpt_run *start(hpt_space *space, hpt_objective function, runs_gate *gate,
                      const hpt_options *options) {
    hpt_run *run = NULL;
    hpt_err  err = { 0 };
    if (hpt_run_start(space, function, gate, options, &run, &err) != HPT_OK)
        fail_msg("%s", err.text);
    return run;
}

/* The first trials hold on until everybody knows of the run. */
static void call_from_the_turn(hpt_space *space, const hpt_options *options) {
    runs_gate gate = { 0, 0 };
    hpt_run  *run = start(space, runs_pass, &gate, options);
    of_turn = run;
    atomic_store(&gate.is_open, 1);
    assert_int_equal(hpt_run_wait(run, -1), HPT_OK);
    of_turn = NULL;
    hpt_result_destroy(runs_end(run));
    hpt_space_destroy(space);
    assert_answered();
}

static void a_strategy_may_call_anything(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 40);
    options.strategy = NULL;
    options.strategy_class = &turn_class;
    options.study = here.path;
    call_from_the_turn(runs_space(), &options);
    options.study = NULL;
    options.coordinator = HPT_COORDINATOR_CALLER;
    call_from_the_turn(runs_space(), &options);
    options.coordinator = HPT_COORDINATOR_WORKERS;
    options.pool = "inline";
    call_from_the_turn(runs_space(), &options);
}

static void a_check_of_the_space_may_call_anything(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 40);
    hpt_space  *space = runs_space();
    assert_int_equal(hpt_space_add_check(space, turn_check, NULL), HPT_OK);
    call_from_the_turn(space, &options);
}

/* A study that it observes. */
static hpt_status use_study(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    hpt_study *study = user ? *(hpt_study * _Atomic *)user : NULL;
    hpt_trial *trial = NULL;
    (void)events, (void)count, (void)err;
    if (!study) return HPT_OK;
    atomic_fetch_add(&visits, 1);
    expect("ask", hpt_study_ask(study, &trial, NULL), HPT_EREENTRANT, HPT_EREENTRANT);
    expect("tell", hpt_study_tell(study, (hpt_trial *)(void *)&trial, 1, NULL), HPT_EREENTRANT,
           HPT_EREENTRANT);
    expect("finish", hpt_study_finish(study, NULL, NULL), HPT_EREENTRANT, HPT_EREENTRANT);
    hpt_study_destroy(study); /* has no answer, and no effect */
    expect("wait for a study", hpt_run_wait(hpt_study_run(study), -1), HPT_EINVAL, HPT_EREENTRANT);
    return HPT_OK;
}

static void an_observer_cannot_use_its_study(void **state) {
    (void)state;
    hpt_study *_Atomic study = NULL;
    hpt_observer       observer = hpt_observer_default();
    hpt_options        options = runs_options(0, 20);
    observer.events = use_study;
    observer.user = &study;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_study *made = runs_study(&options);
    study = made;
    for (int i = 0; i < 20; i++)
        runs_tell(made, runs_ask(made), i);
    for (int i = 0; i < 1000 && atomic_load(&visits) == 0; i++)
        runs_sleep_ms(5);
    study = NULL;
    hpt_result_destroy(runs_close(made));
    assert_answered();
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(an_objective_may_call_anything),         TEST(an_observer_may_call_anything),
        TEST(an_observer_cannot_use_its_study),       TEST(a_strategy_may_call_anything),
        TEST(a_check_of_the_space_may_call_anything),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
