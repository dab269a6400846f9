/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whole runs keep their books whatever happens around them: every trial ends exactly once,
 * no event is lost that may not be, nothing hangs. Method: runs with random options; meanwhile
 * other threads cancel, attach, detach, subscribe, poll and read statistics at random moments. Made
 * for ThreadSanitizer; a seed that fails is printed. */
#include "runs.h"
#include "trace.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SPREAD UINT64_C(0x9E3779B97F4A7C15) /* makes neighbouring seeds unlike each other */

static uint64_t next(uint64_t *random) { /* xorshift64: only has to be random enough */
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return *random;
}

static void pause_up_to_us(uint64_t *random, unsigned most_us) {
    struct timespec span = { 0, (long)(next(random) % most_us) * 1000 };
    nanosleep(&span, NULL);
}

/* What an observer saw. Its buffer is lossless, so the sums must be exact if it saw the start. */
typedef struct tally {
    atomic_uint_fast64_t ended, finished;
} tally;

static hpt_status count_events(void *user, const hpt_event *events, size_t count, hpt_err *err) {
    tally *mine = user;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        if (events[i].kind == HPT_EVENT_TRIAL_ENDED) atomic_fetch_add(&mine->ended, 1);
        if (events[i].kind == HPT_EVENT_FINISHED) atomic_fetch_add(&mine->finished, 1);
    }
    return HPT_OK;
}

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    uint64_t random = hpt_trial_seed(trial, 5) | 1;
    switch (next(&random) % 16) {
    case 0:
        return hpt_trial_fail(trial, "bad luck %d", (int)hpt_trial_number(trial));
    case 1:
        sched_yield();
        break;
    case 2:
        pause_up_to_us(&random, 200);
        break;
    case 3:
        hpt_trial_report(trial, 1, 0.5);
        break;
    case 4:
        hpt_trial_set_attr(trial, "note", hpt_text("something to carry around"));
        break;
    case 5:
        if (next(&random) % 500 == 0) hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_FINISH);
        break;
    case 6:
        if (hpt_trial_should_stop(trial)) return HPT_ESTOPPED;
        break;
    default:
        break;
    }
    return trace_sphere(trial, user, value_out);
}

typedef struct meddler {
    pthread_t    thread;
    hpt_run     *run;
    uint64_t     random;
    atomic_bool *is_over;
    tally        tally;
} meddler;

static void check_stats(hpt_run *run) {
    hpt_stats stats = { .struct_size = sizeof stats };
    assert_int_equal(hpt_run_stats(run, &stats, NULL), HPT_OK);
    uint64_t sum = 0;
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++)
        sum += stats.state_count[i];
    assert_int_equal(sum, stats.trial_count);
    if (stats.trial_count_max) assert_true(stats.trial_count <= stats.trial_count_max);
}

static void attach_and_detach(meddler *mine) {
    uint64_t     id = 0;
    hpt_observer observer = hpt_observer_default();
    observer.events = count_events;
    observer.user = &mine->tally;
    observer.policy = next(&mine->random) % 2 ? HPT_POLICY_BLOCK : HPT_POLICY_DROP;
    observer.buffer_count = 16;
    if (hpt_run_attach(mine->run, &observer, &id, NULL) != HPT_OK) return;
    pause_up_to_us(&mine->random, 500);
    hpt_run_detach(mine->run, id, NULL);
}

static void subscribe_and_poll(meddler *mine) {
    hpt_receiver    *receiver = NULL;
    const hpt_event *events;
    uint64_t         missed;
    if (hpt_run_subscribe(mine->run, 0, 16, &receiver, NULL) != HPT_OK) return;
    for (int i = 0; i < 3; i++) {
        hpt_receiver_poll(receiver, &events, &missed);
        pause_up_to_us(&mine->random, 200);
    }
    hpt_receiver_destroy(receiver);
}

static void *meddle(void *argument) {
    meddler *mine = argument;
    while (!atomic_load(mine->is_over)) {
        switch (next(&mine->random) % 5) {
        case 0:
            attach_and_detach(mine);
            break;
        case 1:
            subscribe_and_poll(mine);
            break;
        case 2:
            hpt_run_poll(mine->run);
            break;
        case 3:
            pause_up_to_us(&mine->random, 300);
            break;
        default:
            check_stats(mine->run);
        }
    }
    return NULL;
}

static hpt_options random_options(uint64_t *random) {
    static const uint32_t windows[] = { 0, 0, 1, 5, 64 };
    hpt_options           options = hpt_options_default();
    options.worker_count = (uint32_t)(1 + next(random) % 8);
    options.window = windows[next(random) % 5];
    options.trial_count_max = 1 + next(random) % 4000;
    options.seed = next(random);
    options.strategy_class = next(random) % 2 ? &trace_learner : NULL;
    if (!options.strategy_class) options.strategy = "random";
    if (next(random) % 4 == 0) options.stale_count_max = 200;
    if (next(random) % 4 == 0) runs_ask_to_stop_after(&options, 1e-4);
    if (next(random) % 8 == 0) options.wall_s_max = 0.01;
    if (next(random) % 3 == 0) options.coordinator = HPT_COORDINATOR_CALLER;
    return options;
}

static void one_run(uint64_t seed) {
    uint64_t     random = seed;
    hpt_space   *space = trace_space();
    hpt_options  options = random_options(&random);
    hpt_observer observer = hpt_observer_default();
    tally        all = { 0 };
    hpt_run     *run = NULL;
    hpt_result  *result = NULL;
    atomic_bool  is_over = false;
    meddler      meddlers[3];
    observer.events = count_events;
    observer.user = &all;
    observer.policy = HPT_POLICY_BLOCK;
    options.observers = &observer;
    options.observer_count = 1;
    assert_int_equal(hpt_run_start(space, objective, NULL, &options, &run, NULL), HPT_OK);
    memset(meddlers, 0, sizeof meddlers);
    for (size_t i = 0; i < 3; i++) {
        meddlers[i].run = run;
        meddlers[i].random = next(&random) | 1;
        meddlers[i].is_over = &is_over;
        assert_int_equal(pthread_create(&meddlers[i].thread, NULL, meddle, &meddlers[i]), 0);
    }
    if (next(&random) % 3 == 0) {
        pause_up_to_us(&random, 3000);
        hpt_run_cancel(run, next(&random) % 2 ? HPT_CANCEL_NOW : HPT_CANCEL_FINISH);
    }
    assert_int_equal(hpt_run_wait(run, 60), HPT_OK);
    atomic_store(&is_over, true);
    for (size_t i = 0; i < 3; i++)
        pthread_join(meddlers[i].thread, NULL);

    assert_int_equal(hpt_run_result(run, &result, NULL), HPT_OK);
    const hpt_stats *stats = hpt_result_stats(result);
    assert_int_equal(stats->state_count[HPT_TRIAL_RUNNING], 0);
    assert_int_equal(atomic_load(&all.ended), stats->trial_count);
    assert_int_equal(atomic_load(&all.finished), 1);
    if (hpt_result_stop(result) == HPT_STOP_TRIALS)
        assert_int_equal(stats->trial_count, options.trial_count_max);
    hpt_result_destroy(result);
    hpt_run_destroy(run);
    hpt_space_destroy(space);
}

/* The calling thread works or coordinates. */
static void one_call(uint64_t seed) {
    uint64_t    random = seed;
    hpt_space  *space = trace_space();
    hpt_options options = random_options(&random);
    hpt_result *result = NULL;
    assert_int_equal(hpt_parallel_run(space, objective, NULL, &options, &result, NULL), HPT_OK);
    const hpt_stats *stats = hpt_result_stats(result);
    assert_int_equal(stats->state_count[HPT_TRIAL_RUNNING], 0);
    if (hpt_result_stop(result) == HPT_STOP_TRIALS)
        assert_int_equal(stats->trial_count, options.trial_count_max);
    hpt_result_destroy(result);
    hpt_space_destroy(space);
}

static void runs_on_the_calling_thread_keep_their_books(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= fixture_scaled(150); seed++)
        one_call(seed * SPREAD);
}

static void runs_keep_their_books_whatever_happens_around_them(void **state) {
    (void)state;
    const char *given = getenv("HPT_TEST_SEED");
    if (given) {
        one_run(strtoull(given, NULL, 10) * SPREAD);
        return;
    }
    for (uint64_t seed = 1; seed <= fixture_scaled(150); seed++) {
        print_message("%s%llu", seed % 20 == 1 ? "\nHPT_TEST_SEED " : " ",
                      (unsigned long long)seed);
        one_run(seed * SPREAD);
    }
    print_message("\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_keep_their_books_whatever_happens_around_them),
        cmocka_unit_test(runs_on_the_calling_thread_keep_their_books),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
