/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_THREAD_H
#define HPI_BASE_THREAD_H

/* Threads, locks, and parking. thread*.c are the only users of POSIX threads. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cpus.h"
#include "hpt/base.h"

/* Stays where it is until it is joined: the new thread reads it. (A thread that got a piece of its
 * own and freed it would make glibc reserve 128 MiB of addresses for its allocator.) */
typedef struct hpi_thread {
    pthread_t id;
    char      name[16];
    void *(*body)(void *);
    void *user;
} hpi_thread;

/* Start a thread named `name` (at most 15 bytes) with every signal blocked but those of its own
 * faults (SIGSEGV, ...), so that the host's handlers run on the host's threads. HPT_ETHREAD with
 * the system's reason. */
hpt_status hpi_thread_start(hpi_thread *thread, const char *name, void *(*body)(void *), void *user,
                            hpt_err *err);
/* ... bound to some CPUs, if the system can do that; NULL: to those of its creator. */
hpt_status hpi_thread_start_on(hpi_thread *thread, const hpi_cpu_mask *cpus, const char *name,
                               void *(*body)(void *), void *user, hpt_err *err);
void       hpi_thread_join(hpi_thread *thread);
bool       hpi_thread_is_self(const hpi_thread *thread);
uintptr_t hpi_thread_mark(void); /* the calling thread's: no other has it while that lives; not 0 */
/* Nobody will join it: it may end when it likes, or never. */
void hpi_thread_detach(hpi_thread *thread);

/* Call body(user). If the thread ends in it, by pthread_exit(), call left(user) on its way out. */
void hpi_thread_guard(void (*body)(void *user), void (*left)(void *user), void *user);

/* On that thread, which is on its way out: a new one does its body from the start in its place. It
 * waits until this one has gone; the caller no longer touches what the new one uses. */
hpt_status hpi_thread_succeed(hpi_thread *thread, hpt_err *err);

/* As hpi_thread_join(), for a thread that is about to end: looks for a few microseconds before it
 * sleeps, as to be woken takes longer. */
void hpi_thread_join_soon(hpi_thread *thread);

/* One file per platform: an attribute that binds a new thread. False when the system cannot. */
bool hpi_thread_bind(pthread_attr_t *attributes, const hpi_cpu_mask *cpus);

/* A lock and a condition on the monotonic clock. */
typedef struct hpi_lock {
    pthread_mutex_t mutex;
    pthread_cond_t  changed;
} hpi_lock;

/* One file per platform: a condition whose deadlines are of hpi_now_ns(). The first is false when
 * there is no memory, the second, holding the mutex, when the time is up. */
bool hpi_condition_init(pthread_cond_t *condition);
bool hpi_condition_wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns);

hpt_status hpi_lock_init(hpi_lock *lock, hpt_err *err);
void       hpi_lock_fini(hpi_lock *lock);
void       hpi_lock_take(hpi_lock *lock);
void       hpi_lock_give(hpi_lock *lock);
void       hpi_lock_wake_all(hpi_lock *lock); /* holding it or not          */
void       hpi_lock_wake_one(hpi_lock *lock);
void       hpi_lock_wait(hpi_lock *lock);                         /* holding it                 */
bool       hpi_lock_wait_until(hpi_lock *lock, int64_t until_ns); /* false when the time is up  */

/* An event count: sleep until something changes, with no lost wake-up and no lock on the way of
 * those who change things while nobody sleeps.
 *
 *     sleeper: ticket = hpi_park_prepare(p); if (nothing to do still) hpi_park_sleep(p, ticket,
 * ...) else hpi_park_cancel(p); waker:   make something to do; hpi_park_wake(p, n);
 *
 * prepare and wake both have a full fence: either the sleeper sees the work, or the waker sees the
 * sleeper. */
typedef struct hpi_park {
    _Alignas(128) atomic_uint_fast64_t epoch;
    atomic_uint         sleepers;
    atomic_int_fast64_t wake_ns; /* running mean of what a wake-up takes; 0 = there was none */
    hpi_lock            lock;
    int64_t             woken_ns; /* when the last wake-up began; under the lock */
} hpi_park;

hpt_status hpi_park_init(hpi_park *park, hpt_err *err);
void       hpi_park_fini(hpi_park *park);
uint64_t   hpi_park_prepare(hpi_park *park);
void       hpi_park_cancel(hpi_park *park);
/* Until the next wake after prepare, or until_ns (INT64_MAX = for ever). False when the time is up.
 */
bool hpi_park_sleep(hpi_park *park, uint64_t ticket, int64_t until_ns);
void hpi_park_wake(hpi_park *park, unsigned count); /* UINT_MAX = all */
/* ... for who has had a full fence since there is something to do. */
void hpi_park_wake_fenced(hpi_park *park, unsigned count);

/* Let whoever waits for this CPU go first. */
void hpi_thread_yield(void);

/* From the call that wakes to the sleeper that runs: how long it has taken here, as a running mean
 * of what was measured; 0 when nobody has been woken yet. */
int64_t hpi_park_wake_ns(const hpi_park *park);

/* A polite pause inside a spin loop. */
void hpi_pause(void);

/* Where the function that says this stands on its stack. */
#define HPI_FRAME_HERE __builtin_frame_address(0)

/* Whether a function of this thread that stood at `frame` has been left, by whatever way: seen from
 * `here`, which is further up the same stack. False where nobody can tell: from further down, on a
 * stack of the program's own making, on other systems. Costs nothing unless it is true. */
bool hpi_frame_is_left(const void *frame, const void *here);

#endif
