/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no copy of the process is made of a descriptor of ours that is not noted yet, and a copy
 *         that the program made meanwhile does not wait for threads that it has not got. */
#include "runs.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fds.h"

typedef struct copier {
    atomic_bool has_begun, is_copying;
} copier;

static void *copy(void *user) {
    copier *it = user;
    atomic_store(&it->has_begun, true);
    hpi_fds_copy_begin();
    atomic_store(&it->is_copying, true);
    hpi_fds_copy_end();
    return NULL;
}

static void nobody_forks_between_a_begin_and_its_end(void **state) {
    (void)state;
    copier    it = { 0 };
    pthread_t thread;
    hpi_fds_begin();
    assert_int_equal(pthread_create(&thread, NULL, copy, &it), 0);
    while (!atomic_load(&it.has_begun))
        runs_sleep_ms(1);
    runs_sleep_ms(20); /* more than it takes, if nothing holds it */
    assert_false(atomic_load(&it.is_copying));
    hpi_fds_end();
    pthread_join(thread, NULL);
    assert_true(atomic_load(&it.is_copying));
}

/* Asserts that a fork gets through it. */
static void assert_goes_on(void (*begin)(void), void (*end)(void)) {
    int   status = 0;
    pid_t child = fork();
    if (child == 0) {
        alarm(60); /* it would wait for ever */
        begin();
        end();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void a_fork_in_the_midst_of_an_open_begins_anew(void **state) {
    (void)state;
    hpi_fds_begin();
    assert_goes_on(hpi_fds_copy_begin, hpi_fds_copy_end);
    hpi_fds_end();
}

static void a_fork_in_the_midst_of_a_copy_begins_anew(void **state) {
    (void)state;
    hpi_fds_copy_begin();
    assert_goes_on(hpi_fds_begin, hpi_fds_end);
    hpi_fds_copy_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_forks_between_a_begin_and_its_end),
        cmocka_unit_test(a_fork_in_the_midst_of_an_open_begins_anew),
        cmocka_unit_test(a_fork_in_the_midst_of_a_copy_begins_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
