/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_WORK_H
#define HPT_BENCH_WORK_H

/* The work that every variant does: ask for a candidate (4 uniform reals in a box, a function of
 * its id alone), evaluate it (a fixed number of dependent multiply-adds, so that a variant that
 * gets less of the CPU cannot do less), keep the best, tell a feedback hook. As candidates are the
 * same everywhere, the best one is too, and is checked. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    WORK_DIMS = 4,
    WORK_TAIL_EVERY = 16,  /* with a tail, one trial in so many, in random places, ... */
    WORK_TAIL_TIMES = 100, /* ... takes so many times as long as the others            */
    WORK_LINE = 128        /* what two threads write lies so far apart                 */
};

typedef struct work_job {
    uint64_t trials;
    unsigned workers;
    uint32_t cost_ops; /* multiply-adds of a trial; 0 = an empty objective */
    uint32_t ask_ops;  /* multiply-adds of an ask: a slow strategy */
    bool     has_tail;
} work_job;

typedef struct work_best {
    double   value;
    uint64_t id;
} work_best;

#ifdef __cplusplus
#define WORK_ALIGNED alignas(WORK_LINE)
#else
#define WORK_ALIGNED _Alignas(WORK_LINE)
#endif

/* The feedback hook. Serial: whoever calls work_tell() sees to it. On lines of its own: what others
 * read meanwhile must not lie beside it, in any variant. */
typedef struct work_hook {
    WORK_ALIGNED uint64_t told;
    work_best             best;
} work_hook;

typedef struct work_answer {
    uint64_t  evaluated;
    uint64_t  told;
    work_best best;
} work_answer;

/* What a variant does beside evaluating. */
enum { WORK_ASKS = 1, /* one ask at a time, as a strategy needs */ WORK_TELLS = 2 /* likewise */ };

typedef struct work_variant {
    const char *name; /* station.operation; NULL ends a list */
    void (*run)(const work_job *job, work_answer *answer);
    unsigned    does; /* WORK_ASKS | WORK_TELLS */
    const char *note; /* beside its figures; NULL = nothing */
} work_variant;

/* Variants that stand or fall together. */
typedef struct work_family {
    const char         *name;
    const char         *absent;   /* NULL, or why this build lacks them */
    const work_variant *variants; /* NULL if absent */
} work_family;

/* How many multiply-adds take a microsecond; measured once. */
uint32_t work_ops_per_us(void);

/* How many multiply-adds a trial is. */
uint32_t work_ops_of(const work_job *job, uint64_t id);

void   work_ask(const work_job *job, uint64_t id, double point_out[WORK_DIMS]);
double work_evaluate(const work_job *job, uint64_t id, const double point[WORK_DIMS]);

void work_hook_init(work_hook *hook);
void work_answer_by_hook(work_answer *answer, const work_hook *hook);

/* NULL, or what is wrong with the answer of a variant. */
const char *work_check(const work_job *job, const work_variant *variant, const work_answer *answer);

/* Inline, as everybody would write it: loops that share nothing keep a best of their own. */

static inline work_best work_best_none(void) {
    work_best none;
    none.value = 1e300;
    none.id = UINT64_MAX;
    return none;
}

static inline void work_keep(work_best *best, uint64_t id, double value) {
    if (value >= best->value) return;
    best->value = value;
    best->id = id;
}

static inline void work_tell(work_hook *hook, uint64_t id, double value) {
    hook->told++;
    work_keep(&hook->best, id, value);
}

/* A trial from its id to its value. */
static inline double work_trial(const work_job *job, uint64_t id) {
    double point[WORK_DIMS];
    work_ask(job, id, point);
    return work_evaluate(job, id, point);
}

#ifdef __cplusplus
}
#endif
#endif
