/* SPDX-License-Identifier: BSD-3-Clause */
/* OpenMP: what C users write today. */
#include "machine.h"
#include "peers/peers.h"

#include <omp.h>

/* The bests of the threads, merged. Inside a parallel region, by each thread once. */
static void merge(work_answer *answer, const work_best *mine, uint64_t count) {
#pragma omp critical(merge)
    {
        answer->evaluated += count;
        if (count > 0) work_keep(&answer->best, mine->id, mine->value);
    }
}

#define LOOP(name_, schedule_)                                                                     \
    static void name_(const work_job *job, work_answer *answer) {                                  \
        answer->best = work_best_none();                                                           \
        _Pragma("omp parallel num_threads((int)job->workers)") {                                   \
            work_best best = work_best_none();                                                     \
            uint64_t  count = 0;                                                                   \
            bench_pin_self((unsigned)omp_get_thread_num());                                        \
            _Pragma(schedule_) for (uint64_t id = 0; id < job->trials; id++) {                     \
                work_keep(&best, id, work_trial(job, id));                                         \
                count++;                                                                           \
            }                                                                                      \
            merge(answer, &best, count);                                                           \
        }                                                                                          \
        bench_unpin_self();                                                                        \
    }

LOOP(run_static, "omp for schedule(static) nowait")
LOOP(run_dynamic, "omp for schedule(dynamic, 1) nowait")

static void run_tasks(const work_job *job, work_answer *answer) {
    typedef struct slot {
        WORK_ALIGNED work_best best;
        uint64_t               count;
    } slot;
    enum { SLOTS = 64 };
    slot slots[SLOTS];
    for (int i = 0; i < SLOTS; i++)
        slots[i] = (slot){ .best = work_best_none() };
#pragma omp parallel num_threads((int)job->workers)
    {
        bench_pin_self((unsigned)omp_get_thread_num());
#pragma omp barrier
#pragma omp          single
        for (uint64_t id = 0; id < job->trials; id++) {
#pragma omp task firstprivate(id) shared(slots)
            {
                slot *mine = &slots[omp_get_thread_num() % SLOTS];
                work_keep(&mine->best, id, work_trial(job, id));
                mine->count++;
            }
        }
    }
    bench_unpin_self();
    answer->best = work_best_none();
    for (int i = 0; i < SLOTS; i++) {
        answer->evaluated += slots[i].count;
        if (slots[i].count > 0) work_keep(&answer->best, slots[i].best.id, slots[i].best.value);
    }
}

/* dynamic,1 with a feedback hook; a worker makes its candidate by id. */
static void run_dynamic_tell(const work_job *job, work_answer *answer) {
    work_hook hook;
    work_hook_init(&hook);
#pragma omp parallel num_threads((int)job->workers)
    {
        bench_pin_self((unsigned)omp_get_thread_num());
#pragma omp for schedule(dynamic, 1) nowait
        for (uint64_t id = 0; id < job->trials; id++) {
            double value = work_trial(job, id);
#pragma omp critical(turn)
            work_tell(&hook, id, value);
        }
    }
    bench_unpin_self();
    work_answer_by_hook(answer, &hook);
}

/* critical{ tell; ask }: what a strategy that learns needs. */

typedef struct turn {
    work_hook             hook;
    WORK_ALIGNED uint64_t next;
} turn;

typedef struct candidate {
    uint64_t id; /* UINT64_MAX: none yet */
    double   point[WORK_DIMS], value;
} candidate;

static bool tell_and_ask(const work_job *job, turn *it, candidate *mine) {
    if (mine->id != UINT64_MAX) work_tell(&it->hook, mine->id, mine->value);
    if (it->next >= job->trials) return false;
    mine->id = it->next++;
    work_ask(job, mine->id, mine->point);
    return true;
}

static void run_critical(const work_job *job, work_answer *answer) {
    turn it = { .next = 0 };
    work_hook_init(&it.hook);
#pragma omp parallel num_threads((int)job->workers)
    {
        candidate mine = { .id = UINT64_MAX };
        bool      goes_on = true;
        bench_pin_self((unsigned)omp_get_thread_num());
        while (goes_on) {
#pragma omp critical(turn)
            goes_on = tell_and_ask(job, &it, &mine);
            if (goes_on) mine.value = work_evaluate(job, mine.id, mine.point);
        }
    }
    bench_unpin_self();
    work_answer_by_hook(answer, &it.hook);
}

static const work_variant variants[] = {
    { "omp.static", run_static, 0, "tells nobody" },
    { "omp.dynamic_1", run_dynamic, 0, "tells nobody" },
    { "omp.tasks", run_tasks, 0, "tells nobody" },
    { "omp.dynamic_1_tell", run_dynamic_tell, WORK_TELLS, NULL },
    { "omp.critical", run_critical, WORK_ASKS | WORK_TELLS, NULL },
    { NULL, NULL, 0, NULL },
};

const work_family peers_omp = { "OpenMP", NULL, variants };
