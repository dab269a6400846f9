/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   threads start with a name and without signals, locks wait as long as they are told, and
 *         parking never loses a wake-up.
 * Method: a stress loop in which a lost wake-up would wait for ever; ctest's time limit is the
 *         judge. */
#include "fixture.h"

#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/clock.h"
#include "base/thread.h"

/* Threads. */

typedef struct birth {
    char     name[16];
    sigset_t mask;
    void    *user;
} birth;

static void *note_birth(void *user) {
    birth *it = user;
    it->user = user;
    prctl(PR_GET_NAME, it->name);
    pthread_sigmask(SIG_SETMASK, NULL, &it->mask);
    return NULL;
}

static void a_thread_has_its_name_and_no_signals(void **state) {
    (void)state;
    hpi_thread thread;
    birth      it;
    sigset_t   before, after;
    memset(&it, 0, sizeof it);
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(hpi_thread_start(&thread, "hpt-a-very-long-name", note_birth, &it, NULL),
                     HPT_OK);
    assert_false(hpi_thread_is_self(&thread));
    hpi_thread_join(&thread);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    assert_ptr_equal(it.user, &it);
    assert_string_equal(it.name, "hpt-a-very-long");
    assert_int_equal(sigismember(&it.mask, SIGINT), 1);
    assert_int_equal(sigismember(&it.mask, SIGALRM), 1);
    assert_int_equal(sigismember(&it.mask, SIGSEGV), sigismember(&before, SIGSEGV));
    assert_int_equal(sigismember(&after, SIGINT), sigismember(&before, SIGINT));
}

/* Locks. */

static void a_lock_waits_until_the_time_it_is_told(void **state) {
    (void)state;
    hpi_lock lock;
    assert_int_equal(hpi_lock_init(&lock, NULL), HPT_OK);
    hpi_lock_take(&lock);
    int64_t until = hpi_now_ns() + 30 * HPI_NS_PER_MS;
    while (hpi_lock_wait_until(&lock, until))
        assert_true(hpi_now_ns() < until + 10 * HPI_NS_PER_S); /* a spurious wake-up */
    assert_true(hpi_now_ns() >= until);
    assert_false(hpi_lock_wait_until(&lock, hpi_now_ns() - HPI_NS_PER_S)); /* past already */
    assert_false(hpi_lock_wait_until(&lock, 0));
    hpi_lock_give(&lock);
    hpi_lock_fini(&lock);
}

/* Parking. */

static void parking_ends_when_its_time_is_up(void **state) {
    (void)state;
    hpi_park park;
    assert_int_equal(hpi_park_init(&park, NULL), HPT_OK);
    uint64_t ticket = hpi_park_prepare(&park);
    assert_false(hpi_park_sleep(&park, ticket, hpi_now_ns() + 20 * HPI_NS_PER_MS));
    assert_int_equal(atomic_load(&park.sleepers), 0);
    hpi_park_fini(&park);
}

static void a_wake_up_between_prepare_and_sleep_is_not_lost(void **state) {
    (void)state;
    hpi_park park;
    assert_int_equal(hpi_park_init(&park, NULL), HPT_OK);
    for (unsigned count = 1; count <= 2; count++) {
        uint64_t ticket = hpi_park_prepare(&park);
        hpi_park_wake(&park, count);
        assert_true(hpi_park_sleep(&park, ticket, INT64_MAX));
    }
    uint64_t unused = hpi_park_prepare(&park);
    (void)unused;
    hpi_park_cancel(&park);
    hpi_park_wake(&park, UINT_MAX); /* nobody sleeps */
    assert_int_equal(atomic_load(&park.sleepers), 0);
    hpi_park_fini(&park);
}

/* Tokens are put down one by one and taken by sleepers that wait without a time limit. Each token
 * is put down only after the one before was taken, so a single lost wake-up stops everything. */
typedef struct table {
    hpi_park     park;
    atomic_ulong tokens, taken;
    atomic_bool  is_over;
} table;

static bool take_token(table *it) {
    unsigned long there = atomic_load(&it->tokens);
    while (there > 0)
        if (atomic_compare_exchange_weak(&it->tokens, &there, there - 1)) return true;
    return false;
}

static void *take_tokens(void *user) {
    table *it = user;
    for (;;) {
        while (take_token(it))
            atomic_fetch_add(&it->taken, 1);
        if (atomic_load(&it->is_over)) return NULL;
        uint64_t ticket = hpi_park_prepare(&it->park);
        if (atomic_load(&it->tokens) > 0 || atomic_load(&it->is_over))
            hpi_park_cancel(&it->park);
        else
            hpi_park_sleep(&it->park, ticket, INT64_MAX);
    }
}

static void stress_parking(unsigned long batch, size_t rounds) {
    enum { SLEEPERS = 4 };
    table      it;
    hpi_thread sleepers[SLEEPERS];
    memset(&it, 0, sizeof it);
    assert_int_equal(hpi_park_init(&it.park, NULL), HPT_OK);
    for (int i = 0; i < SLEEPERS; i++)
        assert_int_equal(hpi_thread_start(&sleepers[i], "sleeper", take_tokens, &it, NULL), HPT_OK);
    for (size_t round = 1; round <= rounds; round++) {
        atomic_fetch_add(&it.tokens, batch);
        hpi_park_wake(&it.park, (unsigned)batch);
        while (atomic_load(&it.taken) < round * batch) {
            hpi_pause();
            if (round % 7 == 0) sched_yield();
        }
    }
    atomic_store(&it.is_over, true);
    hpi_park_wake(&it.park, UINT_MAX);
    for (int i = 0; i < SLEEPERS; i++)
        hpi_thread_join(&sleepers[i]);
    assert_int_equal(atomic_load(&it.park.sleepers), 0);
    hpi_park_fini(&it.park);
}

static void one_wake_up_after_the_other_is_never_lost(void **state) {
    (void)state;
    stress_parking(1, fixture_scaled(20000));
}

static void *sleep_once(void *user) {
    hpi_park *park = user;
    uint64_t  ticket = hpi_park_prepare(park);
    assert_true(hpi_park_sleep(park, ticket, INT64_MAX));
    return NULL;
}

static void a_wake_up_is_measured_by_whom_it_woke(void **state) {
    (void)state;
    hpi_park park;
    assert_int_equal(hpi_park_init(&park, NULL), HPT_OK);
    assert_int_equal(hpi_park_wake_ns(&park), 0);
    do { /* a wake-up that comes before the sleep is none */
        hpi_thread      sleeper;
        struct timespec pause = { .tv_nsec = HPI_NS_PER_MS };
        assert_int_equal(hpi_thread_start(&sleeper, "sleeper", sleep_once, &park, NULL), HPT_OK);
        while (atomic_load(&park.sleepers) == 0)
            sched_yield();
        nanosleep(&pause, NULL);
        hpi_park_wake(&park, 1);
        hpi_thread_join(&sleeper);
    } while (hpi_park_wake_ns(&park) == 0);
    assert_true(hpi_park_wake_ns(&park) < 100 * HPI_NS_PER_S);
    hpi_park_fini(&park);
}

static void several_at_once_are_never_lost(void **state) {
    (void)state;
    stress_parking(3, fixture_scaled(10000));
}

/* Time. */

static void seconds_become_nanoseconds_without_overflow(void **state) {
    (void)state;
    assert_int_equal(hpi_seconds_to_ns(0), 0);
    assert_int_equal(hpi_seconds_to_ns(1.5), 1500000000);
    assert_int_equal(hpi_seconds_to_ns(1e-300), 1);
    assert_true(hpi_seconds_to_ns(9.1e9) < INT64_MAX);
    assert_int_equal(hpi_seconds_to_ns(1e300), INT64_MAX);
    int64_t before = hpi_now_ns();
    assert_true(hpi_now_ns() >= before);
    assert_true(hpi_wall_ns() > INT64_C(1500000000) * HPI_NS_PER_S); /* after 2017 */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_has_its_name_and_no_signals),
        cmocka_unit_test(a_lock_waits_until_the_time_it_is_told),
        cmocka_unit_test(parking_ends_when_its_time_is_up),
        cmocka_unit_test(a_wake_up_between_prepare_and_sleep_is_not_lost),
        cmocka_unit_test(one_wake_up_after_the_other_is_never_lost),
        cmocka_unit_test(several_at_once_are_never_lost),
        cmocka_unit_test(a_wake_up_is_measured_by_whom_it_woke),
        cmocka_unit_test(seconds_become_nanoseconds_without_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
