/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   an observer that does not return while trials run costs the run nothing but that
 *         observer, whatever its policy.
 * Method: each test has one that hangs, and a run that could not end, or not say what it says, if
 *         it were waited for. It is let go when its part is over, and must hear of nothing more. */
#include "hanging_observer.h"

static size_t threads_before;

static int begin(void **state) {
    (void)state;
    threads_before = runs_threads();
    return 0;
}

static hpt_options options_of(const hpt_observer *observers, size_t count, uint64_t trials) {
    hpt_options options = runs_options(2, trials);
    options.observers = observers;
    options.observer_count = count;
    options.observer_s_max = 0.5;
    return options;
}

/* More ends than the intake of a lane and a small buffer have room for: three cells each. */
static uint64_t too_many(void) {
    return fixture_scaled(400) * 1000;
}

static void assert_goes_on(uint32_t workers, uint64_t from) {
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    hpt_observer observer = place_observer(it, HPT_POLICY_BLOCK);
    uint64_t     trials = too_many();
    hpt_options  options = options_of(&observer, 1, trials);
    it->from = from;
    observer.kinds = HPT_EVENT_TRIAL_CREATED | HPT_EVENT_TRIAL_ENDED;
    observer.buffer_count = 16;
    options.worker_count = workers;
    hpt_result      *result = runs_do(runs_count, NULL, &options);
    const hpt_stats *stats = hpt_result_stats(result);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), trials);
    assert_int_equal(stats->observer_failures, 1);
    assert_int_equal(stats->observer_lost + atomic_load(&it->delivered), 2 * trials);
    runs_assert_warned(result, "did not return within 0.5 s: it was given up");
    hpt_result_destroy(result);
    place_let_go(it, threads_before);
}

static void a_block_observer_that_hangs_in_its_first_call_stops_no_run(void **state) {
    (void)state;
    assert_goes_on(2, 0);
}

static void nor_one_that_hangs_later(void **state) {
    (void)state;
    assert_goes_on(2, too_many() / 3);
}

static void nor_that_of_a_single_worker(void **state) {
    (void)state;
    assert_goes_on(1, 0);
    assert_goes_on(1, too_many() / 3);
}

static void nor_one_whose_strategy_is_the_callers(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    hpt_observer observer = place_observer(it, HPT_POLICY_BLOCK);
    hpt_options  options = options_of(&observer, 1, too_many());
    options.coordinator = HPT_COORDINATOR_CALLER;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), too_many());
    hpt_result_destroy(result);
    place_let_go(it, threads_before);
}

static void its_neighbour_misses_nothing(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    neighbour    other = { 0, 0, 0 };
    hpt_observer observers[2] = { place_observer(it, HPT_POLICY_BLOCK),
                                  neighbour_observer(&other, HPT_POLICY_BLOCK) };
    uint64_t     trials = too_many();
    hpt_options  options = options_of(observers, 2, trials);
    it->from = trials / 3;
    hpt_result *result = runs_do(runs_count, NULL, &options);
    neighbour_assert_all(&other, trials);
    hpt_result_destroy(result);
    place_let_go(it, threads_before);
}

static void several_may_hang_one_after_the_other(void **state) {
    (void)state;
    enum { HANGING = 3 };
    place       *places[HANGING];
    neighbour    other = { 0, 0, 0 };
    hpt_observer observers[HANGING + 1];
    uint64_t     trials = too_many();
    for (uint64_t i = 0; i < HANGING; i++) {
        places[i] = place_of(HPT_EVENT_TRIAL_ENDED);
        places[i]->from = i * trials / 4;
        observers[i] = place_observer(places[i], HPT_POLICY_BLOCK);
    }
    observers[HANGING] = neighbour_observer(&other, HPT_POLICY_BLOCK);
    hpt_options options = options_of(observers, HANGING + 1, trials);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    neighbour_assert_all(&other, trials);
    assert_int_equal(hpt_result_stats(result)->observer_failures, HANGING);
    hpt_result_destroy(result);
    for (int i = 0; i < HANGING; i++)
        atomic_store(&places[i]->gate.is_open, 1);
    runs_assert_threads(threads_before);
}

/* A run that does not end before the neighbour of who hangs, which comes after it, hears of it. */
static hpt_status wait_halfway(hpt_trial *trial, void *user, double *value_out) {
    neighbour *other = user;
    *value_out = hpt_trial_real_at(trial, 0);
    if (hpt_trial_number(trial) < 20) return HPT_OK;
    return runs_wait_for(&other->ended, 1) ? HPT_OK : HPT_EBUG;
}

/* Nobody waits for room, and the turn stands still: whoever waits for the end does it. */
static void assert_neighbour_hears_meanwhile(hpt_policy policy) {
    place       *it = place_of(HPT_EVENT_TRIAL_CREATED);
    neighbour    other = { 0, 0, 0 };
    hpt_observer observers[2] = { place_observer(it, policy), neighbour_observer(&other, policy) };
    hpt_options  options = options_of(observers, 2, 40);
    hpt_result  *result = runs_end(runs_start(wait_halfway, &other, &options));
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 40);
    neighbour_assert_all(&other, 40);
    hpt_result_destroy(result);
    place_let_go(it, threads_before);
}

static void its_neighbour_hears_of_trials_while_it_hangs(void **state) {
    (void)state;
    assert_neighbour_hears_meanwhile(HPT_POLICY_BLOCK);
    assert_neighbour_hears_meanwhile(HPT_POLICY_DROP);
}

/* A run that waits for its observer to be attached, and again in its middle. */
typedef struct middle {
    place       *it;
    atomic_ulong is_attached, may_go_on;
    hpt_run     *run;
    uint64_t     id;
    size_t       threads; /* with it */
} middle;

static hpt_status wait_twice(hpt_trial *trial, void *user, double *value_out) {
    middle *m = user;
    *value_out = hpt_trial_real_at(trial, 0);
    atomic_ulong *flag = hpt_trial_number(trial) < 20 ? &m->is_attached : &m->may_go_on;
    return runs_wait_for(flag, 1) ? HPT_OK : HPT_EBUG;
}

static void start_middle(middle *m, uint32_t kind) {
    hpt_options options = options_of(NULL, 0, 40);
    *m = (middle){ .it = place_of(kind) };
    hpt_observer observer = place_observer(m->it, HPT_POLICY_BLOCK);
    m->run = runs_start(wait_twice, m, &options);
    assert_int_equal(hpt_run_attach(m->run, &observer, &m->id, NULL), HPT_OK);
    m->threads = runs_threads();
    atomic_store(&m->is_attached, 1);
    assert_true(runs_wait_for(&m->it->gate.inside, 1));
}

static uint64_t failures(hpt_run *run) {
    hpt_stats stats = { .struct_size = sizeof stats };
    assert_int_equal(hpt_run_poll(run), HPT_EAGAIN); /* who polls looks */
    assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
    return stats.observer_failures;
}

static void wait_given_up(hpt_run *run) {
    for (int ms = 0; failures(run) == 0 && ms < 30000; ms++)
        runs_sleep_ms(1);
    assert_int_equal(failures(run), 1);
}

static void end_middle(middle *m) {
    atomic_store(&m->may_go_on, 1);
    hpt_result *result = runs_end(m->run);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 40);
    runs_assert_warned(result, "did not return within 0.5 s");
    hpt_result_destroy(result);
}

static void one_that_returns_while_trials_run_hears_of_nothing_more(void **state) {
    (void)state;
    middle m;
    start_middle(&m, HPT_EVENT_TRIAL_ENDED);
    wait_given_up(m.run);
    unsigned long calls = atomic_load(&m.it->calls); /* there may be some before that with an end */
    place_let_go(m.it, m.threads);                   /* its thread ends, the run's stay */
    end_middle(&m);
    assert_int_equal(atomic_load(&m.it->calls), calls);
    runs_assert_threads(threads_before);
}

static void one_that_came_meanwhile_gets_everything(void **state) {
    (void)state;
    middle       m;
    neighbour    other = { 0, 0, 0 };
    hpt_observer observer = neighbour_observer(&other, HPT_POLICY_BLOCK);
    start_middle(&m, HPT_EVENT_TRIAL_ENDED);
    assert_int_equal(hpt_run_attach(m.run, &observer, NULL, NULL), HPT_OK);
    uint64_t left = 40 - 20;
    end_middle(&m);
    assert_in_range(atomic_load(&other.ended), left, 40);
    assert_int_equal(atomic_load(&other.finished), 1);
    place_let_go(m.it, threads_before);
}

/* Nobody looks but who detaches it. */
static void who_detaches_it_waits_no_longer_than_that(void **state) {
    (void)state;
    middle m;
    start_middle(&m, HPT_EVENT_TRIAL_ENDED);
    assert_int_equal(hpt_run_detach(m.run, m.id, NULL), HPT_OK);
    assert_int_equal(hpt_run_detach(m.run, m.id, NULL), HPT_EABSENT);
    end_middle(&m);
    place_let_go(m.it, threads_before);
}

static void one_that_was_given_up_may_be_detached(void **state) {
    (void)state;
    middle m;
    start_middle(&m, HPT_EVENT_TRIAL_ENDED);
    wait_given_up(m.run);
    assert_int_equal(hpt_run_detach(m.run, m.id, NULL), HPT_OK);
    end_middle(&m);
    place_let_go(m.it, threads_before);
}

/* From inside, when it has been given up. */
typedef struct caller {
    atomic_ulong inside, may_call, has_called;
    hpt_run     *run;
    uint64_t     id;
    hpt_status   waited, detached;
} caller;

static hpt_status call_late(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    caller *it = user;
    (void)events, (void)count, (void)err;
    if (atomic_fetch_add(&it->inside, 1) > 0) return HPT_OK;
    if (!runs_wait_for(&it->may_call, 1)) return HPT_EFAILED;
    it->waited = hpt_run_wait(it->run, -1);
    it->detached = hpt_run_detach(it->run, it->id, NULL);
    atomic_store(&it->has_called, 1);
    return HPT_OK;
}

static void one_that_was_given_up_may_use_the_run_while_it_is_there(void **state) {
    (void)state;
    middle        m = { .it = NULL };
    static caller it;
    hpt_observer  observer = hpt_observer_default();
    hpt_options   options = options_of(NULL, 0, 40);
    observer.events = call_late;
    observer.user = &it;
    it.run = m.run = runs_start(wait_twice, &m, &options);
    assert_int_equal(hpt_run_attach(m.run, &observer, &it.id, NULL), HPT_OK);
    atomic_store(&m.is_attached, 1);
    assert_true(runs_wait_for(&it.inside, 1));
    wait_given_up(m.run);
    atomic_store(&it.may_call, 1);
    assert_true(runs_wait_for(&it.has_called, 1));
    assert_int_equal(it.waited, HPT_EREENTRANT);
    assert_int_equal(it.detached, HPT_OK);
    end_middle(&m);
    runs_assert_threads(threads_before);
    assert_int_equal(atomic_load(&it.inside), 1);
}

static void a_cancelled_run_ends_without_it(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_CREATED);
    hpt_observer observer = place_observer(it, HPT_POLICY_BLOCK);
    hpt_options  options = options_of(&observer, 1, HPT_UNLIMITED);
    hpt_run     *run = runs_start(runs_count, NULL, &options);
    assert_true(runs_wait_for(&it->gate.inside, 1));
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    hpt_result *result = runs_end(run);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_CANCELLED);
    hpt_result_destroy(result);
    place_let_go(it, threads_before);
}

static void a_study_goes_on_without_it(void **state) {
    (void)state;
    place       *it = place_of(HPT_EVENT_TRIAL_ENDED);
    uint64_t     trials = too_many();
    hpt_observer observer = place_observer(it, HPT_POLICY_BLOCK);
    hpt_options  options = options_of(&observer, 1, trials);
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.buffer_count = 16;
    hpt_study *study = runs_study(&options);
    for (uint64_t i = 0; i < trials; i++)
        runs_tell(study, runs_ask(study), 1);
    hpt_result *result = runs_close(study);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), trials);
    assert_int_equal(atomic_load(&it->delivered), 0);
    assert_int_equal(hpt_result_stats(result)->observer_failures, 1);
    hpt_result_destroy(result);
    place_let_go(it, threads_before);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup(name, begin)
    const struct CMUnitTest tests[] = {
        TEST(a_block_observer_that_hangs_in_its_first_call_stops_no_run),
        TEST(nor_one_that_hangs_later),
        TEST(nor_that_of_a_single_worker),
        TEST(nor_one_whose_strategy_is_the_callers),
        TEST(its_neighbour_misses_nothing),
        TEST(several_may_hang_one_after_the_other),
        TEST(its_neighbour_hears_of_trials_while_it_hangs),
        TEST(one_that_returns_while_trials_run_hears_of_nothing_more),
        TEST(one_that_came_meanwhile_gets_everything),
        TEST(who_detaches_it_waits_no_longer_than_that),
        TEST(one_that_was_given_up_may_be_detached),
        TEST(one_that_was_given_up_may_use_the_run_while_it_is_there),
        TEST(a_cancelled_run_ends_without_it),
        TEST(a_study_goes_on_without_it),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
