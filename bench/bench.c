/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS_MAX = 101 };

typedef struct timing {
    double wall[ROUNDS_MAX]; /* ns per operation */
    double cpu;              /* the same, all rounds together */
} timing;

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

double bench_work(double ops, double seed) {
    for (double i = 0; i < ops; i += 1)
        seed = seed * 0.999999 + 1e-9;
    return seed;
}

double bench_ops_per_ns(void) {
    static double found;
    for (int i = 0; i < 5; i++) {
        double          start = seconds(CLOCK_MONOTONIC);
        volatile double used = bench_work(1e6, 1);
        double          rate = 1e6 / (seconds(CLOCK_MONOTONIC) - start) * 1e-9;
        (void)used;
        if (rate > found) found = rate;
    }
    return found;
}

static int compare(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static void time_row(const bench_row *row, timing *it, unsigned round) {
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    row->run(row);
    it->wall[round] = (seconds(CLOCK_MONOTONIC) - wall) * 1e9 / (double)row->ops;
    it->cpu += (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu) * 1e9 / (double)row->ops;
}

static const timing *base_of(const bench_row *rows, const timing *times, size_t count,
                             const bench_row *row) {
    for (size_t i = 0; row->base && i < count; i++)
        if (strcmp(rows[i].name, row->base) == 0 && rows[i].cost == row->cost) return &times[i];
    return NULL;
}

static void print_row(FILE *csv, const bench_row *row, const timing *it, const timing *base,
                      unsigned rounds) {
    double median = it->wall[rounds / 2], p99 = it->wall[rounds - 1 - rounds / 100];
    double ratio = base ? median / base->wall[rounds / 2] : 0;
    printf("%-26s %7u %10llu %11.1f %11.1f %11.1f %11.1f", row->name, row->threads,
           (unsigned long long)row->ops, median, it->wall[0], p99, it->cpu / rounds);
    if (base) printf(" %8.3f", ratio);
    printf("\n");
    if (csv)
        fprintf(csv, "%s,%u,%llu,%.2f,%.2f,%.2f,%.2f,%.4f\n", row->name, row->threads,
                (unsigned long long)row->ops, it->wall[0], median, p99, it->cpu / rounds, ratio);
}

static FILE *open_csv(const char *title) {
    const char *path = getenv("BENCH_CSV");
    if (!path) return NULL;
    FILE          *csv = fopen(path, "a");
    struct utsname machine;
    if (!csv) return NULL;
    uname(&machine);
    fprintf(csv, "# %s: %s %s, %ld cores, %s\n", title, machine.sysname, machine.machine,
            sysconf(_SC_NPROCESSORS_ONLN), __VERSION__);
    fprintf(csv, "bench,threads,ops,ns_min,ns_median,ns_p99,ns_cpu,ratio\n");
    return csv;
}

int bench_main(const char *title, const bench_row *rows, size_t row_count, unsigned rounds) {
    timing *times = calloc(row_count, sizeof *times);
    if (!times) return 1;
    if (rounds > ROUNDS_MAX) rounds = ROUNDS_MAX;
    for (unsigned round = 0; round <= rounds; round++)
        for (size_t i = 0; i < row_count; i++) {
            if (round == 1) times[i].cpu = 0; /* round 0 was the warm-up */
            time_row(&rows[i], &times[i], round == 0 ? 0 : round - 1);
        }
    for (size_t i = 0; i < row_count; i++)
        qsort(times[i].wall, rounds, sizeof(double), compare);
    FILE *csv = open_csv(title);
    printf("%s, %u rounds; ns per operation\n", title, rounds);
    printf("%-26s %7s %10s %11s %11s %11s %11s %8s\n", "bench", "threads", "ops", "median", "min",
           "p99", "cpu", "ratio");
    for (size_t i = 0; i < row_count; i++)
        print_row(csv, &rows[i], &times[i], base_of(rows, times, row_count, &rows[i]), rounds);
    if (csv) fclose(csv);
    free(times);
    return 0;
}
