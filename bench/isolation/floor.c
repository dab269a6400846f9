/* SPDX-License-Identifier: BSD-3-Clause */
/* What the system itself takes for what a pool of processes cannot do without. */
#define _GNU_SOURCE /* syscall, MAP_ANONYMOUS */
#include "isolation/isolation.h"

#include "machine.h"
#include "work.h"

#include <errno.h>
#include <linux/futex.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAIRS_MAX = 256, LINE = 128 };

/* ---- a round trip between two processes ---- */

typedef struct pair {
    _Alignas(LINE) atomic_uint asked;
    _Alignas(LINE) atomic_uint answered;
} pair;

typedef struct half {
    pair    *words;
    unsigned index;
    uint64_t times;
    bool     is_bound;
} half;

static void wake(atomic_uint *word) {
    syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void sleep_while(atomic_uint *word, unsigned value) {
    while (atomic_load(word) == value)
        syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0);
}

static void answer(const half *it) {
    pair *words = &it->words[it->index];
    if (it->is_bound) bench_pin_self(it->index);
    for (unsigned i = 0; i < it->times; i++) {
        sleep_while(&words->asked, i);
        atomic_store(&words->answered, i + 1);
        wake(&words->answered);
    }
}

static void *ask(void *user) {
    const half *it = user;
    pair       *words = &it->words[it->index];
    if (it->is_bound) bench_pin_self(it->index);
    for (unsigned i = 0; i < it->times; i++) {
        atomic_store(&words->asked, i + 1);
        wake(&words->asked);
        sleep_while(&words->answered, i);
    }
    return NULL;
}

double isolation_round_trip_ns(unsigned pairs, uint64_t times, bool is_bound) {
    half      halves[PAIRS_MAX];
    pthread_t threads[PAIRS_MAX];
    size_t    bytes = PAIRS_MAX * sizeof(pair);
    void     *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    unsigned  forked = 0, started = 0;
    if (memory == MAP_FAILED || pairs > PAIRS_MAX) return NAN;
    for (; forked < pairs; forked++) {
        halves[forked] = (half){ memory, forked, times, is_bound };
        pid_t child = fork();
        if (child < 0) break;
        if (child > 0) continue;
        answer(&halves[forked]);
        _exit(0);
    }
    double start = bench_now_ns();
    for (; started < forked; started++)
        if (pthread_create(&threads[started], NULL, ask, &halves[started]) != 0) abort();
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    double took = bench_now_ns() - start;
    while (forked-- > 0)
        wait(NULL);
    munmap(memory, bytes);
    return started == pairs ? took / (double)times : NAN;
}

double isolation_fork_ns(unsigned times) {
    double start = bench_now_ns();
    for (unsigned i = 0; i < times; i++) {
        pid_t child = fork();
        if (child < 0) return NAN;
        if (child == 0) _exit(0);
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
            continue;
    }
    return (bench_now_ns() - start) / times;
}

/* ---- threads that share nothing ---- */

typedef struct share {
    unsigned index, threads;
    uint64_t trials;
    uint32_t cost_ops;
    double   sum;
} share;

static void *work(void *user) {
    share         *it = user;
    const double   point[WORK_DIMS] = { 1 };
    const work_job job = { .workers = 1, .cost_ops = it->cost_ops };
    for (uint64_t id = it->index; id < it->trials; id += it->threads)
        it->sum += work_evaluate(&job, id, point);
    return NULL;
}

double isolation_split_ns(unsigned threads, uint64_t trials, uint32_t cost_ops) {
    pthread_t workers[PAIRS_MAX];
    share     shares[PAIRS_MAX];
    double    start = bench_now_ns();
    if (threads > PAIRS_MAX) return NAN;
    for (unsigned i = 0; i < threads; i++) {
        shares[i] = (share){ i, threads, trials, cost_ops, 0 };
        if (pthread_create(&workers[i], NULL, work, &shares[i]) != 0) abort();
    }
    for (unsigned i = 0; i < threads; i++)
        pthread_join(workers[i], NULL);
    return bench_now_ns() - start;
}
