/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STALL_S = 60, OPS_MIN = 16, OPS_MAX = 1 << 24 };

static const char *volatile running; /* for the last words of a row that stalls */

static double clock_ns(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

double bench_now_ns(void) {
    return clock_ns(CLOCK_MONOTONIC);
}

double bench_cpu_ns(void) {
    return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static void say_stalled(int signal_number) {
    static const char text[] = ": has not ended for a minute; it stalls\n";
    const char       *name = running;
    (void)signal_number;
    if (write(STDERR_FILENO, name, strlen(name)) < 0) _exit(4);
    if (write(STDERR_FILENO, text, sizeof text - 1) < 0) _exit(4);
    _exit(3);
}

/* Thread pools of some peers spin for milliseconds after their work is done. The next row must not
 * pay for that. */
static void settle(void) {
    for (int i = 0; i < 100; i++) {
        struct timespec pause = { .tv_nsec = 500000 };
        double          cpu = bench_cpu_ns();
        nanosleep(&pause, NULL);
        if (bench_cpu_ns() - cpu < 50e3) return;
    }
}

typedef struct timing {
    double wall_ns, cpu_ns, waits, switches;
} timing;

static const char *time_row(const bench_row *row, uint64_t ops, timing *it) {
    struct rusage before, after;
    settle();
    running = row->name;
    alarm(STALL_S);
    getrusage(RUSAGE_SELF, &before);
    double cpu = bench_cpu_ns(), wall = bench_now_ns();
    row->run(row->user, ops);
    it->wall_ns = bench_now_ns() - wall;
    it->cpu_ns = bench_cpu_ns() - cpu;
    getrusage(RUSAGE_SELF, &after);
    alarm(0);
    it->waits = (double)(after.ru_nvcsw - before.ru_nvcsw);
    it->switches = it->waits + (double)(after.ru_nivcsw - before.ru_nivcsw);
    return row->check ? row->check(row->user, ops) : NULL;
}

/* Finds how many operations last for a round; also the warm-up. What it costs to start must not be
 * taken for what an operation costs, so it goes on until a timing is about as long as a round. */
static void find_ops(const bench_row *row, bench_figures *figures, double round_ms) {
    double   round_ns = round_ms * 1e6;
    uint64_t ops = row->ops ? row->ops : OPS_MIN;
    for (;;) {
        timing it, again = { .wall_ns = INFINITY };
        figures->ops = ops;
        figures->complaint = time_row(row, ops, &it);
        if (figures->complaint || row->ops) return;
        bool is_long = it.wall_ns > 0.5 * round_ns;
        if (is_long) figures->complaint = time_row(row, ops, &again); /* the first was disturbed? */
        if (figures->complaint) return;
        double wall_ns = it.wall_ns < again.wall_ns ? it.wall_ns : again.wall_ns;
        double wish = round_ns / wall_ns * (double)ops;
        if (wish > OPS_MAX) wish = OPS_MAX;
        if (wish < OPS_MIN) wish = OPS_MIN;
        bool     is_found = wish < 2 * (double)ops || ops == OPS_MAX;
        uint64_t most = ops <= OPS_MAX / 16 ? 16 * ops : OPS_MAX;
        ops = wish > (double)most ? most : (uint64_t)wish;
        ops -= ops % OPS_MIN; /* so that workers can have equal shares */
        if (!is_found) continue;
        figures->ops = ops;
        return;
    }
}

static void time_once(const bench_row *row, bench_figures *figures) {
    timing it;
    if (figures->complaint) return;
    figures->complaint = time_row(row, figures->ops, &it);
    unsigned round = figures->rounds++;
    double   ops = (double)figures->ops;
    figures->wall_ns[round] = it.wall_ns / ops;
    figures->cpu_ns[round] = it.cpu_ns / ops;
    figures->waits[round] = it.waits / ops;
    figures->switches[round] = it.switches / ops;
}

bool bench_measure(bench_table *table) {
    struct sigaction action = { .sa_handler = say_stalled };
    sigaction(SIGALRM, &action, NULL);
    table->figures = calloc(table->row_count, sizeof *table->figures);
    if (!table->figures) return false;
    double end_ns = bench_now_ns() + table->seconds_max * 1e9;
    for (size_t i = 0; i < table->row_count; i++)
        find_ops(&table->rows[i], &table->figures[i], table->round_ms);
    for (unsigned round = 0; round < table->rounds_max && round < BENCH_ROUNDS_MAX; round++) {
        if (round >= table->rounds_min && round % 2 == 1 && bench_now_ns() > end_ns) break;
        for (size_t i = 0; i < table->row_count; i++) {
            /* There and back again: a row's neighbours change. */
            size_t at = round % 2 == 0 ? i : table->row_count - 1 - i;
            time_once(&table->rows[at], &table->figures[at]);
        }
    }
    return true;
}

void bench_table_fini(bench_table *table) {
    free(table->figures);
    table->figures = NULL;
}

const bench_figures *bench_find(const bench_table *table, const char *name, unsigned threads) {
    for (size_t i = 0; i < table->row_count; i++)
        if (strcmp(table->rows[i].name, name) == 0 && table->rows[i].threads == threads)
            return table->figures[i].complaint ? NULL : &table->figures[i];
    return NULL;
}

/* Statistics. */

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double bench_quantile(const double *values, unsigned count, double share) {
    double sorted[BENCH_ROUNDS_MAX];
    if (count == 0) return 0;
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare);
    return sorted[(unsigned)(share * (count - 1) + 0.5)];
}

double bench_median_ns(const bench_figures *figures) {
    return bench_quantile(figures->wall_ns, figures->rounds, 0.5);
}

bench_ratio bench_compare(const bench_figures *figures, const bench_figures *base) {
    double   ratios[BENCH_ROUNDS_MAX];
    unsigned rounds = figures->rounds < base->rounds ? figures->rounds : base->rounds;
    for (unsigned i = 0; i < rounds; i++)
        ratios[i] = figures->wall_ns[i] / base->wall_ns[i];
    return (bench_ratio){ .value = bench_median_ns(figures) / bench_median_ns(base),
                          .low = bench_quantile(ratios, rounds, 0.25),
                          .high = bench_quantile(ratios, rounds, 0.75) };
}
