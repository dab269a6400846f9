/* SPDX-License-Identifier: BSD-3-Clause */
#include "work.h"

#include "bench.h"

#include <Random123/philox.h>

enum { SEED = 1, STREAM_TAIL = 2, RECORDS = 64 };

/* As the strategy "random" draws with that seed: so its candidates are the same. */
#define STREAM_POINT (UINT64_C(1) << 32)

static philox4x64_ctr_t draw(uint64_t id, uint64_t stream) {
    philox4x64_ctr_t counter = { { id, 0, 0, 0 } };
    philox4x64_key_t key = { { SEED, stream } };
    return philox4x64_R(10, counter, key);
}

static uint64_t chain(uint64_t word, uint32_t ops) {
    for (uint32_t i = 0; i < ops; i++) {
        word = word * 6364136223846793005u + 1442695040888963407u;
        __asm__ volatile("" : "+r"(word)); /* clang would make one of eight steps */
    }
    return word;
}

uint32_t work_ops_per_us(void) {
    enum { OPS = 1000000 };
    static uint32_t found;
    for (int i = 0; found == 0 || i < 20; i++) {
        double            start = bench_now_ns();
        volatile uint64_t used = chain(1, OPS);
        double            rate = OPS / (bench_now_ns() - start) * 1e3;
        (void)used;
        if (rate > found) found = (uint32_t)rate;
    }
    return found;
}

uint32_t work_ops_of(const work_job *job, uint64_t id) {
    if (!job->has_tail) return job->cost_ops;
    bool is_long = draw(id, STREAM_TAIL).v[0] % WORK_TAIL_EVERY == 0;
    return is_long ? job->cost_ops * WORK_TAIL_TIMES : job->cost_ops;
}

static double in_box(uint64_t word) {
    return -5 + 10 * ((double)(word >> 11) * 0x1p-53);
}

void work_ask(const work_job *job, uint64_t id, double point_out[WORK_DIMS]) {
    philox4x64_ctr_t words = draw(id, STREAM_POINT);
    if (job->ask_ops > 0) words.v[0] ^= chain(words.v[0], job->ask_ops) >> 63;
    point_out[0] = in_box(words.v[0]); /* one by one: a loop made a detour through memory */
    point_out[1] = in_box(words.v[1]);
    point_out[2] = in_box(words.v[2]);
    point_out[3] = in_box(words.v[3]);
}

double work_evaluate(const work_job *job, uint64_t id, const double point[WORK_DIMS]) {
    double sum = 0;
    for (int j = 0; j < WORK_DIMS; j++)
        sum += point[j] * point[j];
    uint32_t ops = work_ops_of(job, id);
    if (ops == 0) return sum;
    return sum + (double)(chain(id, ops) >> 63) * 1e-300; /* used, and of no consequence */
}

void work_hook_init(work_hook *hook) {
    hook->told = 0;
    hook->best = work_best_none();
}

void work_answer_by_hook(work_answer *answer, const work_hook *hook) {
    answer->evaluated = answer->told = hook->told;
    answer->best = hook->best;
}

/* The best of the first n candidates, for every n: the few ids at which it changes. */

static work_best records[RECORDS];
static unsigned  record_count;
static uint64_t  scanned;

static uint64_t best_of_first(uint64_t trials) {
    const work_job plain = { .trials = trials };
    work_best      best = record_count ? records[record_count - 1] : work_best_none();
    for (; scanned < trials; scanned++) {
        double value = work_trial(&plain, scanned);
        if (value >= best.value) continue;
        work_keep(&best, scanned, value);
        records[record_count++] = best;
    }
    unsigned at = record_count;
    while (at > 0 && records[at - 1].id >= trials)
        at--;
    return at > 0 ? records[at - 1].id : UINT64_MAX;
}

const char *work_check(const work_job *job, const work_variant *variant,
                       const work_answer *answer) {
    if (answer->evaluated != job->trials) return "it did not evaluate every trial once";
    if ((variant->does & WORK_TELLS) && answer->told != job->trials)
        return "it did not tell every trial once";
    if (answer->best.id != best_of_first(job->trials)) return "its best trial is not the best one";
    return NULL;
}
