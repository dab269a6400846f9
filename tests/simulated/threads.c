/* SPDX-License-Identifier: BSD-3-Clause */
/* POSIX threads of the simulated machine, in the place of the real ones (--wrap): what thread.c
 * calls. A lock or a condition is the address it has; what is in it is ours. */
#define _GNU_SOURCE /* pthread_tryjoin_np */
#include "threads.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fiber.h"
#include "sim.h"

/* Lies in the room of a pthread_mutex_t, a pthread_cond_t. */
typedef struct lock {
    unsigned magic;
    int      owner; /* -1: nobody */
} lock;

enum { LOCK = 0x4c4f434b, CONDITION = 0x434f4e44, GONE = 0x474f4e45 };
_Static_assert(sizeof(lock) <= sizeof(pthread_mutex_t) && sizeof(lock) <= sizeof(pthread_cond_t),
               "a lock has room for ours");

typedef struct start {
    void *(*body)(void *user);
    void *user;
} start;

static start      starts[SIM_FIBERS_MAX];
static sim_random by;
static double     failing, false_wakes;
static unsigned   created;

void threads_reset(uint64_t seed, double create_failure_share, double false_wake_share) {
    by = sim_random_of(seed, 2);
    failing = create_failure_share;
    false_wakes = false_wake_share;
    created = 0;
}

unsigned threads_created(void) {
    return created;
}

/* ---- Threads
 * -------------------------------------------------------------------------------------- */

static void begin(void *user) {
    start *mine = user;
    mine->body(mine->user);
}

/* clang-format off: names that the linker makes */
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *user);
int __wrap_pthread_join(pthread_t id, void **out);
int __wrap_pthread_detach(pthread_t id);
int __wrap_pthread_tryjoin_np(pthread_t id, void **out);
pthread_t __wrap_pthread_self(void);
int       __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before);
int       __wrap_pthread_setname_np(pthread_t id, const char *name);
int       __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes);
int       __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex);
int       __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int       __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex);
int       __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex);
int       __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes);
int       __wrap_pthread_cond_destroy(pthread_cond_t *condition);
int       __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex);
int       __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                        const struct timespec *until);
int       __wrap_pthread_cond_signal(pthread_cond_t *condition);
int       __wrap_pthread_cond_broadcast(pthread_cond_t *condition);
int       __wrap_sched_yield(void);
uintptr_t __wrap_hpi_thread_mark(void);
int       __wrap_pthread_getattr_np(pthread_t id, pthread_attr_t *out);
/* clang-format on */

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attributes, void *(*body)(void *),
                          void *user) {
    char name[SIM_NAME_BYTES];
    (void)attributes;
    sim_point();
    if (sim_chance(&by, failing)) return EAGAIN;
    snprintf(name, sizeof name, "thread-%u", created++);
    int fiber = sim_spawn(name, begin, NULL);
    starts[fiber] = (start){ body, user };
    sim_set_user(fiber, &starts[fiber]);
    *id = (pthread_t)fiber + 1;
    sim_point();
    return 0;
}

int __wrap_pthread_join(pthread_t id, void **out) {
    if (out) *out = NULL;
    if (sim_has_plant(SIM_PLANT_JOIN) && sim_chance(&by, 0.5)) return 0;
    sim_await((int)id - 1);
    return 0;
}

int __wrap_pthread_detach(pthread_t id) {
    sim_point();
    sim_detach((int)id - 1);
    return 0;
}

int __wrap_pthread_tryjoin_np(pthread_t id, void **out) {
    sim_point();
    if (!sim_has_ended((int)id - 1)) return EBUSY;
    return __wrap_pthread_join(id, out);
}

pthread_t __wrap_pthread_self(void) {
    return (pthread_t)sim_self() + 1;
}

int __wrap_pthread_sigmask(int how, const sigset_t *set, sigset_t *before) {
    (void)how, (void)set, (void)before;
    return 0;
}

int __wrap_pthread_setname_np(pthread_t id, const char *name) {
    sim_rename((int)id - 1, name);
    return 0;
}

int __wrap_sched_yield(void) {
    sim_polite();
    return 0;
}

int __wrap_pthread_getattr_np(pthread_t id, pthread_attr_t *out) {
    size_t bytes;
    void  *stack = sim_fiber_stack((int)id - 1, &bytes);
    int    failure = pthread_attr_init(out);
    return failure ? failure : pthread_attr_setstack(out, stack, bytes);
}

uintptr_t __wrap_hpi_thread_mark(void) {
    return (uintptr_t)sim_self() + 1;
}

void hpi_pause(void) {
    sim_polite();
}

/* ---- Locks
 * ---------------------------------------------------------------------------------------- */

static lock *as(void *room, unsigned magic, const char *what) {
    lock *it = room;
    if (it->magic == 0) *it = (lock){ magic, -1 }; /* one that was never made: all zeros */
    SIM_EXPECT(it->magic == magic, "%s uses a %s that is not there", sim_self_name(), what);
    return it;
}

static int init(void *room, unsigned magic) {
    *(lock *)room = (lock){ magic, -1 };
    return 0;
}

int __wrap_pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes) {
    (void)attributes;
    return init(mutex, LOCK);
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *mutex) {
    lock *it = as(mutex, LOCK, "lock");
    SIM_EXPECT(it->owner == -1, "%s destroys a lock that fiber %d holds", sim_self_name(),
               it->owner);
    it->magic = GONE;
    return 0;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex) {
    lock *it = as(mutex, LOCK, "lock");
    sim_point();
    if (it->owner != -1) return EBUSY;
    it->owner = sim_self();
    return 0;
}

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex) {
    lock *it = as(mutex, LOCK, "lock");
    sim_point();
    SIM_EXPECT(it->owner != sim_self(), "%s takes a lock that it holds", sim_self_name());
    while (it->owner != -1)
        sim_sleep(it, "a lock", INT64_MAX);
    it->owner = sim_self();
    return 0;
}

static void give(lock *it) {
    SIM_EXPECT(it->owner == sim_self(), "%s gives a lock that fiber %d holds", sim_self_name(),
               it->owner);
    sim_drain(sim_self());
    it->owner = -1;
    sim_wake(it, SIZE_MAX);
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
    give(as(mutex, LOCK, "lock"));
    sim_point();
    return 0;
}

/* ---- Conditions
 * ----------------------------------------------------------------------------------- */

int __wrap_pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes) {
    (void)attributes;
    return init(condition, CONDITION);
}

int __wrap_pthread_cond_destroy(pthread_cond_t *condition) {
    as(condition, CONDITION, "condition")->magic = GONE;
    return 0;
}

/* As a real one may, it sometimes returns for no reason. */
static int wait(pthread_cond_t *condition, pthread_mutex_t *mutex, int64_t until_ns) {
    lock *it = as(condition, CONDITION, "condition"), *with = as(mutex, LOCK, "lock");
    bool  is_false = sim_chance(&by, false_wakes);
    give(with);
    bool was_woken = true;
    if (is_false)
        sim_point();
    else
        was_woken = sim_sleep(it, "a condition", until_ns);
    while (with->owner != -1)
        sim_sleep(with, "a lock, after a condition", INT64_MAX);
    with->owner = sim_self();
    return was_woken ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
    return wait(condition, mutex, INT64_MAX);
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex,
                                  const struct timespec *until) {
    return wait(condition, mutex, until->tv_sec * INT64_C(1000000000) + until->tv_nsec);
}

static int wake(pthread_cond_t *condition, size_t count) {
    lock *it = as(condition, CONDITION, "condition");
    sim_point();
    if (sim_has_plant(SIM_PLANT_WAKE) && sim_chance(&by, 0.02)) return 0;
    sim_wake(it, count);
    return 0;
}

int __wrap_pthread_cond_signal(pthread_cond_t *condition) {
    return wake(condition, 1);
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition) {
    return wake(condition, SIZE_MAX);
}
