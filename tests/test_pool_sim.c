/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   virtual time is what arithmetic says it is, and the same seed gives the same run, to the
 *         nanosecond.
 * Method: cases whose makespan can be worked out by hand, list scheduling worked out here, and
 *         every event of two runs compared. What all pools promise is in conform_pool.c. */
#include "simulating.h"
#include "trace.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>

enum { MS = 1000000 };

/* `user` has a byte for each of 70 000 workers. */
static hpt_status see_workers(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    uint8_t *seen = user;
    (void)err;
    for (size_t i = 0; i < count; i++)
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED && events[i].worker < 70000)
            seen[events[i].worker] = 1;
    return HPT_OK;
}

static void equal_trials_take_whole_waves(void **state) {
    (void)state;
    static const uint32_t workers[] = { 1, 2, 7, 64, 1000 };
    static const uint64_t trials[] = { 1, 2, 63, 64, 65, 1000 };
    for (size_t i = 0; i < 5; i++) {
        for (size_t j = 0; j < 6; j++) {
            hpt_options options = simulating_options(
                "sim:time=constant,mean=0.001," SIMULATING_FREE, workers[i], trials[j]);
            hpt_result *result = runs_do(runs_count, NULL, &options);
            int64_t     waves = (int64_t)((trials[j] + workers[i] - 1) / workers[i]);
            assert_int_equal(simulating_wall_ns(result), waves * MS);
            double busy = (double)trials[j] / ((double)waves * workers[i]);
            simulating_assert_near(hpt_result_stats(result)->busy_fraction, busy, 1e-9);
            hpt_result_destroy(result);
        }
    }
}

static void every_worker_has_its_number_in_events(void **state) {
    (void)state;
    enum { WORKERS = 70000 };
    static const uint32_t expected[] = { 0, 65534, 65535, 65536, WORKERS - 1 };
    uint8_t              *seen = test_calloc(WORKERS, 1);
    hpt_observer          observer = hpt_observer_default();
    hpt_options           options =
        simulating_options("sim:time=constant,mean=1," SIMULATING_FREE, WORKERS, WORKERS);
    observer.events = see_workers;
    observer.policy = HPT_POLICY_BLOCK;
    observer.user = seen;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(runs_count, NULL, &options));
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_int_equal(seen[expected[i]], 1);
    test_free(seen);
}

static void trials_go_to_the_worker_that_is_free_first(void **state) {
    (void)state;
    enum { WORKERS = 13, TRIALS = 2000 };
    int64_t     free_ns[WORKERS] = { 0 };
    simulating *it =
        simulating_run(runs_count, NULL,
                       simulating_options("sim:time=lognormal,mean=0.01,cv=1.5," SIMULATING_FREE,
                                          WORKERS, TRIALS));
    assert_int_equal(it->count, TRIALS);
    for (size_t i = 0; i < TRIALS; i++) {
        size_t first = 0;
        for (size_t w = 1; w < WORKERS; w++)
            if (free_ns[w] < free_ns[first]) first = w;
        assert_int_equal(it->trials[i].start_ns, free_ns[first]);
        free_ns[first] += it->trials[i].duration_ns;
    }
    simulating_free(it);
}

static void the_same_seed_gives_the_same_events(void **state) {
    (void)state;
    const char *pool = "sim:time=lognormal,mean=1e-4,cv=2,tail=0.01,slow=0.2,fail=0.05";
    simulating *a = simulating_run(runs_count, NULL, simulating_options(pool, 50, 5000));
    simulating *b = simulating_run(runs_count, NULL, simulating_options(pool, 50, 5000));
    assert_int_equal(a->count, 5000);
    assert_memory_equal(a->trials, b->trials, sizeof a->trials);
    assert_memory_equal(a->order, b->order, sizeof a->order);
    simulating_assert_near(hpt_result_stats(a->result)->busy_fraction,
                           hpt_result_stats(b->result)->busy_fraction, 0);
    simulating_free(a);
    simulating_free(b);
}

static void another_seed_gives_other_times_and_the_same_points(void **state) {
    (void)state;
    hpt_options options = simulating_options("sim:time=exponential,mean=1", 5, 100);
    hpt_result *a = runs_do(runs_count, NULL, &options);
    options.pool = "sim:time=exponential,mean=1,seed=8";
    hpt_result *b = runs_do(runs_count, NULL, &options);
    assert_int_not_equal(simulating_wall_ns(a), simulating_wall_ns(b));
    assert_int_equal(hpt_result_trial(a), hpt_result_trial(b));
    hpt_result_destroy(a);
    hpt_result_destroy(b);
}

static void a_window_gives_the_reference_trace_with_1000_workers(void **state) {
    (void)state;
    hpt_space  *space = trace_space();
    hpt_options options = simulating_options("inline", 0, 3000);
    trace       reference = { 0 }, it = { 0 };
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    options.window = 500;
    trace_run(&reference, space, trace_sphere, NULL, &options);
    options.pool = "sim:workers=1000,time=lognormal,mean=1e-3,cv=3";
    trace_run(&it, space, trace_sphere, NULL, &options);
    trace_assert_equal(&reference, &it);
    trace_free(&it);
    trace_free(&reference);
    hpt_space_destroy(space);
}

/* 130 MiB; sanitizers take some times as much. With a block of 1 024 trials for each worker it
 * would be many gigabytes. */
static void assert_little_memory(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    assert_true(usage.ru_maxrss < 2L << 20); /* KiB */
}

static void a_hundred_thousand_workers_work(void **state) {
    (void)state;
    hpt_options options =
        simulating_options("sim:time=constant,mean=100," SIMULATING_FREE, 100000, 250000);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stats(result)->worker_count, 100000);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 250000);
    simulating_assert_near(hpt_result_stats(result)->wall_s, 300, 0);
    simulating_assert_near(hpt_result_busy(result, 99999), 2.0 / 3, 1e-9);
    assert_little_memory();
    hpt_result_destroy(result);
}

/* What the objective says. */

static const double spent_s[] = { 0.25, 3, 1.5, 0 };

static hpt_status spends(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    double seconds = spent_s[hpt_trial_number(trial) % 4];
    assert_int_equal(hpt_trial_spend(trial, seconds / 2), HPT_OK);
    return hpt_trial_spend(trial, seconds / 2);
}

static void a_trial_takes_as_long_as_its_objective_says(void **state) {
    (void)state;
    static const char *const pools[] = { "sim", "sim:time=constant,mean=77" };
    for (size_t i = 0; i < 2; i++) {
        simulating *it = simulating_run(spends, NULL, simulating_options(pools[i], 3, 200));
        for (size_t j = 0; j < 200; j++)
            assert_int_equal(it->trials[j].duration_ns, (int64_t)(spent_s[j % 4] * 1e9));
        simulating_free(it);
    }
}

static void on_other_pools_saying_so_does_nothing(void **state) {
    (void)state;
    static const char *const pools[] = { "inline", "threads" };
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = simulating_options(pools[i], 2, 100);
        options.trial_s_max = 0.2;
        hpt_result *result = runs_do(spends, NULL, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 100);
        hpt_result_destroy(result);
    }
}

static hpt_status spends_oddly(hpt_trial *trial, void *user, double *value_out) {
    static const double odd[] = { -1, NAN, INFINITY, 2e9 };
    (void)user;
    *value_out = 1;
    return hpt_trial_spend(trial, odd[hpt_trial_number(trial) % 4]);
}

static void an_impossible_time_is_refused_with_a_reason(void **state) {
    (void)state;
    static const char *const pools[] = { "inline", "sim" };
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = simulating_options(pools[i], 2, 4);
        hpt_result *result = runs_do(spends_oddly, NULL, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_FAILED), 4);
        runs_assert_says(hpt_result_stop_text(result), "a trial cannot spend ");
        hpt_result_destroy(result);
    }
    assert_int_equal(hpt_trial_spend(NULL, 1), HPT_EINVAL);
}

/* Epochs of 1 s until it is told to stop. */
static hpt_status epochs(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    for (int64_t epoch = 0; epoch < 100; epoch++) {
        hpt_trial_spend(trial, 1);
        if (hpt_trial_report(trial, epoch, 1) == HPT_ESTOPPED) return HPT_ESTOPPED;
    }
    *value_out = 1;
    return HPT_OK;
}

static void an_objective_sees_the_time_it_has_spent(void **state) {
    (void)state;
    hpt_options options = simulating_options("sim:workers=4,listens=no", 0, 8);
    options.trial_s_max = 9.5;
    simulating *it = simulating_run(epochs, NULL, options);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(it->trials[i].state, HPT_TRIAL_TIMEOUT);
        assert_int_equal(it->trials[i].duration_ns, (int64_t)10e9);
    }
    simulating_free(it);
}

/* Limits. */

static void the_time_limit_of_a_trial_is_virtual(void **state) {
    (void)state;
    static const char *const pools[] = { "sim:time=constant,mean=3," SIMULATING_FREE,
                                         "sim:time=constant,mean=3,listens=no," SIMULATING_FREE };
    static const double      ends_s[] = { 2, 3 };
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = simulating_options(pools[i], 10, 10);
        options.trial_s_max = 2;
        hpt_result *result = runs_do(runs_count, NULL, &options);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_TIMEOUT), 10);
        simulating_assert_near(hpt_result_stats(result)->wall_s, ends_s[i], 0);
        hpt_result_destroy(result);
    }
}

static void the_wall_limit_is_virtual(void **state) {
    (void)state;
    static const char *const pools[] = { "sim:time=constant,mean=1," SIMULATING_FREE,
                                         "sim:time=constant,mean=1,listens=no," SIMULATING_FREE };
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = simulating_options(pools[i], 7, HPT_UNLIMITED);
        options.wall_s_max = 10.5;
        hpt_result *result = runs_do(runs_count, NULL, &options);
        assert_int_equal(hpt_result_stop(result), HPT_STOP_WALL);
        assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 7 * (i ? 11 : 10));
        simulating_assert_near(hpt_result_stats(result)->wall_s, i ? 11 : 10.5, 0);
        hpt_result_destroy(result);
    }
}

/* Trial n takes n + 1 seconds; number 3 is the best there can be. */
static hpt_status reaches(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = hpt_trial_number(trial) == 3 ? 0 : 1;
    return hpt_trial_spend(trial, (double)hpt_trial_number(trial) + 1);
}

static void a_target_ends_the_trials_that_run(void **state) {
    (void)state;
    hpt_options options =
        simulating_options("sim:" SIMULATING_FREE ",time=constant,mean=1", 10, 10);
    options.target = 0;
    hpt_result *result = runs_do(reaches, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_TARGET);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 4);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_CANCELLED), 6);
    simulating_assert_near(hpt_result_stats(result)->wall_s, 4, 0);
    hpt_result_destroy(result);
}

/* Bad luck. */

static void a_share_of_the_trials_fails(void **state) {
    (void)state;
    hpt_options options = simulating_options("sim:time=constant,mean=1,fail=0.25", 20, 8000);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    double      share = (double)hpt_result_count(result, HPT_TRIAL_FAILED) / 8000;
    simulating_assert_near(share, 0.25, 0.02); /* four standard deviations */
    hpt_result_destroy(result);
    options.pool = "sim:time=constant,mean=1,fail=1";
    result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_stop(result), HPT_STOP_ALL_FAILED);
    runs_assert_says(hpt_result_stop_text(result), "the simulation made it fail");
    hpt_result_destroy(result);
}

static void slow_workers_do_less(void **state) {
    (void)state;
    enum { WORKERS = 40 };
    simulating *it = simulating_run(
        runs_count, NULL,
        simulating_options("sim:time=constant,mean=1,slow=0.5,slow_factor=4," SIMULATING_FREE,
                           WORKERS, 5000));
    size_t done[WORKERS] = { 0 }, slow_count = 0;
    for (size_t i = 0; i < 4000; i++) /* not those at the end, which are few */
        done[it->trials[i].worker]++;
    size_t most = 0;
    for (size_t w = 0; w < WORKERS; w++)
        if (done[w] > most) most = done[w];
    for (size_t w = 0; w < WORKERS; w++) {
        bool is_slow = done[w] < most / 2;
        slow_count += is_slow;
        assert_in_range(done[w], (is_slow ? most / 4 : most) - 2, is_slow ? most / 4 + 1 : most);
    }
    assert_in_range(slow_count, 10, 30);
    simulating_free(it);
}

static void a_slow_worker_spends_more(void **state) {
    (void)state;
    simulating *it =
        simulating_run(spends, NULL, simulating_options("sim:slow=1,slow_factor=4", 3, 100));
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(it->trials[i].duration_ns, (int64_t)(4 * spent_s[i % 4] * 1e9));
    simulating_free(it);
}

/* Costs. */

/* With one trial in flight the other worker idles. To wake it takes 1 ms of who ended the trial,
 * and as long of its own: the next trial begins so much later. */
static void waking_costs_unless_the_idle_spin(void **state) {
    (void)state;
#define NO_COSTS "turn_ns=0,tell_ns=0,ask_ns=0,block_ns=0,transfer_ns=0,look_ns=0,wake_ns=1e6"
    static const char *const pools[] = {
        "sim:time=constant,mean=0.001,spin_ns=1e9,wake_call_ns=1e6," NO_COSTS,
        "sim:time=constant,mean=0.001,spin_ns=0,wake_call_ns=1e6," NO_COSTS
    };
    int64_t wall_ns[2];
    for (size_t i = 0; i < 2; i++) {
        hpt_options options = simulating_options(pools[i], 2, 100);
        options.window = 1;
        hpt_result *result = runs_do(runs_count, NULL, &options);
        wall_ns[i] = simulating_wall_ns(result);
        hpt_result_destroy(result);
    }
    assert_int_equal(wall_ns[0], 100 * MS);
    assert_true(wall_ns[1] > 190 * MS);
}

/* All end at once; each pass takes 1 us, and they have the turn one after the other. */
static void who_waits_longest_has_the_turn_next(void **state) {
    (void)state;
    enum { WORKERS = 30 };
    simulating *it = simulating_run(
        runs_count, NULL,
        simulating_options(
            "sim:time=constant,mean=0.001,turn_ns=1000,tell_ns=0,ask_ns=0,block_ns=0,"
            "transfer_ns=0,look_ns=0,spin_ns=1e6",
            WORKERS, 10 * WORKERS));
    for (uint32_t k = 0; k < WORKERS; k++) {
        assert_int_equal(it->trials[WORKERS + k].worker, k);
        assert_int_equal(it->trials[WORKERS + k].start_ns, MS + (k + 1) * 1000);
    }
    simulating_free(it);
}

static void what_the_turn_costs_bounds_the_trials_a_second(void **state) {
    (void)state;
    hpt_options options =
        simulating_options("sim:time=constant,mean=1e-3," SIMULATING_FREE, 500, 5000);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    simulating_assert_near(hpt_result_stats(result)->turn_fraction, 0, 0);
    hpt_result_destroy(result);
    /* 500 000 trials a second are wanted, 100 000 can be told. */
    options.pool = "sim:time=constant,mean=1e-3,turn_ns=0,tell_ns=10000,ask_ns=0,wake_ns=0,"
                   "wake_call_ns=0";
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    result = runs_do(runs_count, NULL, &options);
    assert_true(hpt_result_stats(result)->wall_s >= 5000 * 1e-5);
    assert_true(hpt_result_stats(result)->wall_s <= 5000 * 1.5e-5);
    assert_true(hpt_result_stats(result)->turn_fraction > 0.6);
    assert_true(hpt_result_stats(result)->ring_depth_max > 100);
    hpt_result_destroy(result);
}

static void real_pools_do_not_measure_the_turn(void **state) {
    (void)state;
    hpt_options options = runs_options(2, 100);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_true(isnan(hpt_result_stats(result)->turn_fraction));
    hpt_result_destroy(result);
}

/* Time itself. */

static void events_carry_virtual_times_in_order(void **state) {
    (void)state;
    simulating *it = simulating_run(runs_count, NULL,
                                    simulating_options("sim:time=exponential,mean=10", 8, 500));
    int64_t     last_ns = 0;
    for (size_t i = 0; i < it->count; i++) {
        const simulating_trial *trial = &it->trials[it->order[i]];
        assert_true(trial->ended_ns >= last_ns);
        assert_true(trial->start_ns + trial->duration_ns <= trial->ended_ns);
        last_ns = trial->ended_ns;
    }
    assert_true(last_ns > (int64_t)100e9); /* of virtual, not of real time */
    assert_true(last_ns <= simulating_wall_ns(it->result));
    simulating_free(it);
}

/* What has been seen of each trial. */
typedef struct steps_seen {
    hpt_event_kind last[64];
    unsigned long  disorder, count;
} steps_seen;

static hpt_status see_steps(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    static const hpt_event_kind before[] = { [HPT_EVENT_TRIAL_STARTED] = HPT_EVENT_TRIAL_CREATED,
                                             [HPT_EVENT_TRIAL_REPORTED] = HPT_EVENT_TRIAL_STARTED,
                                             [HPT_EVENT_TRIAL_ENDED] = HPT_EVENT_TRIAL_REPORTED };
    steps_seen                 *seen = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        hpt_event_kind kind = events[i].kind;
        if (kind == HPT_EVENT_FINISHED || kind == HPT_EVENT_BEST_IMPROVED) continue;
        hpt_event_kind *last = &seen->last[events[i].trial];
        if (kind != HPT_EVENT_TRIAL_CREATED) seen->disorder += *last != before[kind];
        *last = kind;
        seen->count++;
    }
    return HPT_OK;
}

static hpt_status report_once(hpt_trial *trial, void *user, double *value_out) {
    (void)user;
    *value_out = 1;
    return hpt_trial_report(trial, 1, 1);
}

static void the_events_of_a_trial_come_in_order_from_any_worker(void **state) {
    (void)state;
    hpt_options  options = simulating_options("sim:time=exponential,mean=10", 8, 64);
    hpt_observer observer = hpt_observer_default();
    steps_seen   seen = { .count = 0 };
    observer.events = see_steps;
    observer.policy = HPT_POLICY_BLOCK;
    observer.user = &seen;
    options.observers = &observer;
    options.observer_count = 1;
    hpt_result_destroy(runs_do(report_once, NULL, &options));
    assert_int_equal(seen.count, 4 * 64);
    assert_int_equal(seen.disorder, 0);
}

static void time_does_not_overflow(void **state) {
    (void)state;
    hpt_options options =
        simulating_options("sim:time=constant,mean=1e9,tail=1,tail_factor=1e6", 2, 50);
    hpt_result *result = runs_do(runs_count, NULL, &options);
    assert_int_equal(hpt_result_count(result, HPT_TRIAL_COMPLETE), 50);
    assert_true(hpt_result_stats(result)->wall_s > 1e9);
    hpt_result_destroy(result);
}

static void a_run_can_be_polled_step_by_step(void **state) {
    (void)state;
    hpt_options options = simulating_options("sim:time=constant,mean=1000," SIMULATING_FREE, 3, 9);
    hpt_run    *run = runs_start(runs_count, NULL, &options);
    hpt_stats   stats = { .struct_size = sizeof stats };
    double      last_s = 0;
    while (hpt_run_poll(run) != HPT_OK) {
        assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
        assert_true(stats.wall_s >= last_s);
        last_s = stats.wall_s;
        if (stats.stop != HPT_STOP_NONE && stats.state_count[HPT_TRIAL_RUNNING] == 0) break;
    }
    hpt_result *result = runs_end(run);
    simulating_assert_near(hpt_result_stats(result)->wall_s, 3000, 0);
    hpt_result_destroy(result);
}

static void what_has_piled_up_is_told_while_the_run_goes_on(void **state) {
    (void)state;
    hpt_options options = simulating_options("sim:time=constant,mean=1e-6,ask_ns=10000", 50, 1000);
    options.strategy_class = &trace_learner;
    options.strategy = NULL;
    hpt_run  *run = runs_start(report_once, NULL, &options); /* never a new best */
    hpt_stats stats = { .struct_size = sizeof stats };
    while (stats.trial_count < 500) {
        assert_int_equal(hpt_run_poll(run), HPT_EAGAIN);
        assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
    }
    assert_true(stats.ring_depth_max > 10);
    hpt_result_destroy(runs_end(run));
}

/* Options. */

static void odd_options_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *pool;
        uint32_t    workers;
        const char *words;
    } cases[] = {
        { "sim:workers=100001", 0, "100001" },
        { "sim", 100001, "worker_count 100001 is above 100000" },
        { "sim:workers=3", 4, "workers is 3, but worker_count is 4" },
        { "sim:time=normal", 0, "time" },
        { "sim:time=constant", 0, "mean" },
        { "sim:mean=1", 0, "a mean needs time=" },
        { "sim:time=lognormal,mean=1", 0, "needs cv" },
        { "sim:time=exponential,mean=1,cv=1", 0, "cv needs time=" },
        { "sim:time=uniform,mean=1,cv=0.6", 0, "cv 0.6 is above 0.577" },
        { "sim:tail=0.5", 0, "a tail needs" },
        { "sim:time=table", 0, "time=table needs table=FILE" },
        { "sim:table=x.csv", 0, "a table needs time=table" },
        { "sim:fail=2", 0, "fail" },
        { "sim:wrokers=3", 0, "\"workers\"" },
        { "threads:pin=yes", 0, "has no option" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        hpt_options options = simulating_options(cases[i].pool, cases[i].workers, 5);
        runs_assert_refused(&options, HPT_EINVAL, cases[i].words);
    }
}

static void a_study_has_no_use_for_virtual_workers(void **state) {
    (void)state;
    hpt_options options = simulating_options("sim:workers=50,time=constant,mean=1", 0, 5);
    hpt_study  *study = runs_study(&options);
    for (int i = 0; i < 5; i++)
        runs_tell(study, runs_ask(study), i);
    hpt_result *result = runs_close(study);
    assert_true(hpt_result_stats(result)->wall_s < 1000);
    hpt_result_destroy(result);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_trials_take_whole_waves),
        cmocka_unit_test(every_worker_has_its_number_in_events),
        cmocka_unit_test(trials_go_to_the_worker_that_is_free_first),
        cmocka_unit_test(the_same_seed_gives_the_same_events),
        cmocka_unit_test(another_seed_gives_other_times_and_the_same_points),
        cmocka_unit_test(a_window_gives_the_reference_trace_with_1000_workers),
        cmocka_unit_test(a_hundred_thousand_workers_work),
        cmocka_unit_test(a_trial_takes_as_long_as_its_objective_says),
        cmocka_unit_test(on_other_pools_saying_so_does_nothing),
        cmocka_unit_test(an_impossible_time_is_refused_with_a_reason),
        cmocka_unit_test(an_objective_sees_the_time_it_has_spent),
        cmocka_unit_test(the_time_limit_of_a_trial_is_virtual),
        cmocka_unit_test(the_wall_limit_is_virtual),
        cmocka_unit_test(a_target_ends_the_trials_that_run),
        cmocka_unit_test(a_share_of_the_trials_fails),
        cmocka_unit_test(slow_workers_do_less),
        cmocka_unit_test(a_slow_worker_spends_more),
        cmocka_unit_test(waking_costs_unless_the_idle_spin),
        cmocka_unit_test(who_waits_longest_has_the_turn_next),
        cmocka_unit_test(what_the_turn_costs_bounds_the_trials_a_second),
        cmocka_unit_test(real_pools_do_not_measure_the_turn),
        cmocka_unit_test(events_carry_virtual_times_in_order),
        cmocka_unit_test(the_events_of_a_trial_come_in_order_from_any_worker),
        cmocka_unit_test(time_does_not_overflow),
        cmocka_unit_test(a_run_can_be_polled_step_by_step),
        cmocka_unit_test(what_has_piled_up_is_told_while_the_run_goes_on),
        cmocka_unit_test(odd_options_are_refused),
        cmocka_unit_test(a_study_has_no_use_for_virtual_workers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
