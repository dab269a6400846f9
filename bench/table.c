/* SPDX-License-Identifier: BSD-3-Clause */
/* Tables for readers and for programs. */
#include "bench.h"
#include "machine.h"

#include <stdlib.h>

/* What is printed of a row, per operation; switches per 1 000 operations. */
typedef struct summary {
    double median, min, p99, spread, cpu, waits, switches;
} summary;

static summary summarise(const bench_figures *figures) {
    unsigned rounds = figures->rounds;
    summary  it = { .median = bench_median_ns(figures),
                    .min = bench_quantile(figures->wall_ns, rounds, 0),
                    .p99 = bench_quantile(figures->wall_ns, rounds, 0.99),
                    .cpu = bench_quantile(figures->cpu_ns, rounds, 0.5),
                    .waits = 1000 * bench_quantile(figures->waits, rounds, 0.5),
                    .switches = 1000 * bench_quantile(figures->switches, rounds, 0.5) };
    it.spread = bench_quantile(figures->wall_ns, rounds, 0.75) -
                bench_quantile(figures->wall_ns, rounds, 0.25);
    return it;
}

static void print_row(const bench_row *row, const bench_figures *figures, double ratio) {
    printf("  %-22s %3u", row->name, row->threads);
    if (figures->complaint) {
        printf("  no figures: %s\n", figures->complaint);
        return;
    }
    summary it = summarise(figures);
    printf(" %9llu %11.1f %11.1f %11.1f %6.1f%% %11.1f %8.2f %8.2f",
           (unsigned long long)figures->ops, it.median, it.min, it.p99, 100 * it.spread / it.median,
           it.cpu, it.waits, it.switches);
    if (ratio > 0) printf(" %8.3f", ratio);
    if (row->note) printf("%s  %s", ratio > 0 ? "" : "         ", row->note);
    printf("\n");
}

void bench_csv_header(FILE *csv) {
    bench_describe(csv, "# ");
    fprintf(csv, "bench,cost,threads,ops,rounds,ns_min,ns_median,ns_p99,ns_spread,ns_cpu,"
                 "waits_per_1000,switches_per_1000,ratio\n");
}

static void csv_row(FILE *csv, const bench_table *table, size_t i, double ratio) {
    const bench_figures *figures = &table->figures[i];
    if (figures->complaint) return;
    summary it = summarise(figures);
    fprintf(csv, "%s,%s,%u,%llu,%u,%.2f,%.2f,%.2f,%.2f,%.2f,%.3f,%.3f,%.4f\n", table->rows[i].name,
            table->label, table->rows[i].threads, (unsigned long long)figures->ops, figures->rounds,
            it.min, it.median, it.p99, it.spread, it.cpu, it.waits, it.switches, ratio);
}

void bench_print(const bench_table *table, const char *base_name, FILE *csv) {
    unsigned rounds = 0;
    for (size_t i = 0; i < table->row_count; i++)
        if (table->figures[i].rounds > rounds) rounds = table->figures[i].rounds;
    printf("%s: ns per operation, %u rounds; spread is the middle half; switches per 1000\n",
           table->label, rounds);
    printf("  %-22s %3s %9s %11s %11s %11s %7s %11s %8s %8s%s\n", "bench", "thr", "ops", "median",
           "min", "p99", "spread", "cpu", "waits", "switches", base_name ? "    ratio" : "");
    for (size_t i = 0; i < table->row_count; i++) {
        const bench_row     *row = &table->rows[i];
        const bench_figures *base = base_name ? bench_find(table, base_name, row->threads) : NULL;
        bool                 has_ratio = base && !table->figures[i].complaint;
        double               ratio = has_ratio ? bench_compare(&table->figures[i], base).value : 0;
        print_row(row, &table->figures[i], ratio);
        if (csv) csv_row(csv, table, i, ratio);
    }
    printf("\n");
    fflush(stdout);
}

int bench_main(const char *label, const bench_row *rows, size_t row_count, const char *base) {
    bench_table table = { .label = label,
                          .rows = rows,
                          .row_count = row_count,
                          .round_ms = 50,
                          .rounds_min = 9,
                          .rounds_max = 15,
                          .seconds_max = 30 };
    const char *path = getenv("BENCH_CSV");
    FILE       *csv = path ? fopen(path, "a") : NULL;
    bench_machine_begin();
    if (!bench_measure(&table)) return fprintf(stderr, "out of memory\n"), 1;
    if (csv) bench_csv_header(csv);
    bench_print(&table, base, csv);
    if (csv) fclose(csv);
    bench_table_fini(&table);
    return 0;
}
