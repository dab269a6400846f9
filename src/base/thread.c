/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/thread.h"

#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"

static void *thread_main(void *argument) {
    const hpi_thread *mine = argument;
    hpi_cpus_name_self(mine->name);
    return mine->body(mine->user);
}

/* The mask is inherited, so it is set around the creation: there is no moment at which the new
 * thread could run a handler of the host's. */
static int create_with_signals_blocked(pthread_t *id_out, const pthread_attr_t *attributes,
                                       void *(*body)(void *), hpi_thread       *thread) {
    /* These are the thread's own mistakes: the kernel kills the process when they are blocked, and
     * a host's crash handler would never hear of a crash in an objective. */
    static const int faults[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS };
    sigset_t         blocked, before;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        sigdelset(&blocked, faults[i]);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    int failure = pthread_create(id_out, attributes, body, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

/* Bound from its first moment: a new thread that has to move itself waits for its creator's CPU
 * first. */
static int create_bound(hpi_thread *thread, const hpi_cpu_mask *cpus) {
    pthread_attr_t attributes;
    if (!cpus || pthread_attr_init(&attributes) != 0)
        return create_with_signals_blocked(&thread->id, NULL, thread_main, thread);
    bool is_bound = hpi_thread_bind(&attributes, cpus);
    int  failure = create_with_signals_blocked(&thread->id, is_bound ? &attributes : NULL,
                                               thread_main, thread);
    pthread_attr_destroy(&attributes);
    if (failure != EINVAL) return failure;
    /* The CPU may have gone since. */
    return create_with_signals_blocked(&thread->id, NULL, thread_main, thread);
}

static hpt_status tell_start(int failure, const char *name, hpt_err *err) {
    if (failure == 0) return HPT_OK;
    char reason[128];
    hpi_error_words(reason, sizeof reason, failure);
    return hpi_fail(err, HPT_ETHREAD, "thread %s could not be started: %s", name, reason);
}

hpt_status hpi_thread_start_on(hpi_thread *thread, const hpi_cpu_mask *cpus, const char *name,
                               void *(*body)(void *), void *user, hpt_err *err) {
    hpi_cut(thread->name, sizeof thread->name, name);
    thread->body = body;
    thread->user = user;
    return tell_start(create_bound(thread, cpus), thread->name, err);
}

hpt_status hpi_thread_start(hpi_thread *thread, const char *name, void *(*body)(void *), void *user,
                            hpt_err *err) {
    return hpi_thread_start_on(thread, NULL, name, body, user, err);
}

void hpi_thread_join(hpi_thread *thread) {
    pthread_join(thread->id, NULL);
}

void hpi_thread_detach(hpi_thread *thread) {
    pthread_detach(thread->id);
}

void hpi_thread_guard(void (*body)(void *user), void (*left)(void *user), void *user) {
    pthread_cleanup_push(left, user);
    body(user);
    pthread_cleanup_pop(0);
}

/* Who joins the thread finds the new id in its place: the old one is not to be had any more. */
static void *successor_main(void *argument) {
    hpi_thread *mine = argument;
    pthread_join(mine->id, NULL);
    mine->id = pthread_self();
    return thread_main(mine);
}

hpt_status hpi_thread_succeed(hpi_thread *thread, hpt_err *err) {
    pthread_t id; /* the successor finds out by itself, when it no longer needs ours */
    char      name[sizeof thread->name];
    HPI_ASSERT(hpi_thread_is_self(thread));
    memcpy(name, thread->name, sizeof name);
    return tell_start(create_with_signals_blocked(&id, NULL, successor_main, thread), name, err);
}

uintptr_t hpi_thread_mark(void) {
    static _Thread_local char here;
    return (uintptr_t)&here;
}

bool hpi_thread_is_self(const hpi_thread *thread) {
    return pthread_equal(thread->id, pthread_self()) != 0;
}

/* Locks. */

hpt_status hpi_lock_init(hpi_lock *lock, hpt_err *err) {
    if (pthread_mutex_init(&lock->mutex, NULL) == 0) {
        if (hpi_condition_init(&lock->changed)) return HPT_OK;
        pthread_mutex_destroy(&lock->mutex);
    }
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a lock");
}

void hpi_lock_fini(hpi_lock *lock) {
    pthread_cond_destroy(&lock->changed);
    pthread_mutex_destroy(&lock->mutex);
}

void hpi_lock_take(hpi_lock *lock) {
    pthread_mutex_lock(&lock->mutex);
}

void hpi_lock_give(hpi_lock *lock) {
    pthread_mutex_unlock(&lock->mutex);
}

void hpi_lock_wake_all(hpi_lock *lock) {
    pthread_cond_broadcast(&lock->changed);
}

void hpi_lock_wake_one(hpi_lock *lock) {
    pthread_cond_signal(&lock->changed);
}

void hpi_lock_wait(hpi_lock *lock) {
    pthread_cond_wait(&lock->changed, &lock->mutex);
}

bool hpi_lock_wait_until(hpi_lock *lock, int64_t until_ns) {
    if (until_ns == INT64_MAX) {
        hpi_lock_wait(lock);
        return true;
    }
    return hpi_condition_wait(&lock->changed, &lock->mutex, until_ns);
}

/* Parking. */

hpt_status hpi_park_init(hpi_park *park, hpt_err *err) {
    atomic_init(&park->epoch, 0);
    atomic_init(&park->sleepers, 0);
    atomic_init(&park->wake_ns, 0);
    park->woken_ns = 0;
    return hpi_lock_init(&park->lock, err);
}

void hpi_park_fini(hpi_park *park) {
    hpi_lock_fini(&park->lock);
}

uint64_t hpi_park_prepare(hpi_park *park) {
    uint64_t ticket = atomic_load_explicit(&park->epoch, memory_order_relaxed);
    atomic_fetch_add_explicit(&park->sleepers, 1, memory_order_relaxed);
    /* Pairs with the fence in hpi_park_wake(): either the caller's next look sees the work, or the
     * waker sees this sleeper. An x86 forgives a missing fence here, other machines do not. */
    atomic_thread_fence(memory_order_seq_cst);
    return ticket;
}

void hpi_park_cancel(hpi_park *park) {
    atomic_fetch_sub_explicit(&park->sleepers, 1, memory_order_relaxed);
}

/* Holding the lock. Relaxed: any of the last values will do. */
static void learn_wake(hpi_park *park) {
    int64_t took_ns = hpi_now_ns() - park->woken_ns;
    int64_t mean_ns = hpi_park_wake_ns(park);
    mean_ns = mean_ns == 0 ? took_ns : mean_ns + (took_ns - mean_ns) / 8;
    atomic_store_explicit(&park->wake_ns, mean_ns > 0 ? mean_ns : 1, memory_order_relaxed);
}

int64_t hpi_park_wake_ns(const hpi_park *park) {
    return atomic_load_explicit(&park->wake_ns, memory_order_relaxed);
}

bool hpi_park_sleep(hpi_park *park, uint64_t ticket, int64_t until_ns) {
    bool in_time = true, has_slept = false;
    hpi_lock_take(&park->lock);
    while (in_time && atomic_load_explicit(&park->epoch, memory_order_relaxed) == ticket) {
        in_time = hpi_lock_wait_until(&park->lock, until_ns);
        has_slept = true;
    }
    if (in_time && has_slept) learn_wake(park);
    hpi_lock_give(&park->lock);
    hpi_park_cancel(park);
    return in_time;
}

void hpi_park_wake(hpi_park *park, unsigned count) {
    atomic_thread_fence(memory_order_seq_cst); /* pairs with hpi_park_prepare() */
    hpi_park_wake_fenced(park, count);
}

void hpi_park_wake_fenced(hpi_park *park, unsigned count) {
    if (atomic_load_explicit(&park->sleepers, memory_order_relaxed) == 0) return;
    hpi_lock_take(&park->lock);
    atomic_fetch_add_explicit(&park->epoch, 1, memory_order_relaxed); /* ordered by the lock */
    park->woken_ns = hpi_now_ns();
    if (count == 1)
        hpi_lock_wake_one(&park->lock);
    else
        hpi_lock_wake_all(&park->lock);
    hpi_lock_give(&park->lock);
}

void hpi_thread_yield(void) {
    sched_yield();
}
