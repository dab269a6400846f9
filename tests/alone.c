/* SPDX-License-Identifier: BSD-3-Clause */
/* In place of pthread_create() in the tests that are labelled as starting no thread, which
 * ThreadSanitizer therefore does not run: one that starts one all the same fails in every build. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                          void *user);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
                          void *user) {
    (void)thread, (void)attr, (void)start, (void)user;
    fputs("this test starts a thread: tests/CMakeLists.txt has to name it in `threaded`\n", stderr);
    abort();
}
