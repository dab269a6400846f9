/* SPDX-License-Identifier: BSD-3-Clause */
/* What strategies find in search spaces that somebody measured (quality/tables/README.md): the
 * optimum as a fraction of what they found. Constraints are declared; an evaluation that fails ends
 * its trial as FAILED and is spent. How to read it: bench/README.md. */
#include "quality/figures.h"
#include "quality/measured.h"
#include "quality/plan.h"
#include "quality/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const own[] = {
    BENCH_TEST_DATA "/convolution-A4000.tab",
    BENCH_QUALITY_DATA "/tables/convolution-W6600.tab",
    BENCH_QUALITY_DATA "/tables/dedispersion-A100.tab",
    BENCH_QUALITY_DATA "/tables/dedispersion-W7800.tab",
    BENCH_QUALITY_DATA "/tables/kt_pnpoly-RTX_3090.tab",
    BENCH_QUALITY_DATA "/tables/nb201-cifar10-val.tab",
};

/* What `auto` is to reach on average over the tables. */
static const struct target {
    int    budget;
    double fraction;
} targets[] = { { 50, 0.88 }, { 100, 0.94 }, { 200, 0.98 }, { 500, 0.995 } };

/* One strategy's sums over the tables. */
typedef struct totals {
    double   fraction[QUALITY_BUDGETS_MAX];
    uint64_t evaluations, failures, repeats, forbidden;
} totals;

static double fraction_of(const measured *table, double best) {
    return table->optimum / best; /* nothing found yet: 0 */
}

static void write_row(const quality_plan *plan, const quality_contestant *who,
                      const measured *table, int b, const double *values) {
    if (!plan->csv) return;
    fprintf(plan->csv, "\"%s\",%d,%s,%d,%d,%.4g,%.4g,%.4g\n", who->strategy, who->pending,
            table->name, plan->budgets.at[b], plan->seeds,
            quality_quantile(values, plan->seeds, 0.5), quality_quantile(values, plan->seeds, 0.25),
            quality_quantile(values, plan->seeds, 0.75));
}

static void print_counts(const totals *it) {
    printf("  %9llu %8llu %8llu %9llu\n", (unsigned long long)it->evaluations,
           (unsigned long long)it->failures, (unsigned long long)it->repeats,
           (unsigned long long)it->forbidden);
    fflush(stdout);
}

/* All seeds of one strategy on one table. */
static void measure(const quality_plan *plan, const quality_contestant *who, measured *table,
                    totals *all) {
    double         values[QUALITY_BUDGETS_MAX][QUALITY_SEEDS_MAX];
    totals         sum = { .evaluations = 0 };
    quality_search search = quality_search_of(who, &plan->budgets);
    search.space = table->space;
    search.objective = measured_evaluate;
    search.user = table;
    for (int seed = 0; seed < plan->seeds; seed++) {
        double   best[QUALITY_BUDGETS_MAX];
        uint64_t forbidden;
        search.seed = (uint64_t)(plan->first_seed + seed);
        measured_restart(table);
        quality_search_run(&search, best, &forbidden);
        for (int b = 0; b < plan->budgets.count; b++)
            values[b][seed] = fraction_of(table, best[b]);
        sum.evaluations += table->evaluations;
        sum.failures += table->failures;
        sum.repeats += table->repeats;
        sum.forbidden += forbidden + table->absent;
    }
    quality_print_name(who);
    for (int b = 0; b < plan->budgets.count; b++) {
        double median = quality_quantile(values[b], plan->seeds, 0.5);
        printf(" %7.4f", median);
        all->fraction[b] += median / plan->file_count;
        write_row(plan, who, table, b, values[b]);
    }
    print_counts(&sum);
    all->evaluations += sum.evaluations;
    all->failures += sum.failures;
    all->repeats += sum.repeats;
    all->forbidden += sum.forbidden;
}

/* Other strategies stand for nothing here: only `auto` has targets. */
static void print_verdict(const quality_plan *plan, const quality_contestant *who,
                          const totals *all) {
    for (int b = 0; b < plan->budgets.count; b++)
        for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
            if (targets[i].budget != plan->budgets.at[b]) continue;
            printf("  %s, %d trials: %.4f, target %.4f: %s\n", who->strategy, targets[i].budget,
                   all->fraction[b], targets[i].fraction,
                   all->fraction[b] >= targets[i].fraction ? "pass" : "falls short");
        }
    printf("  %s, candidates that a declared constraint forbids: %llu, target 0: %s\n",
           who->strategy, (unsigned long long)all->forbidden,
           all->forbidden == 0 ? "pass" : "falls short");
}

/* What peers reached, who evaluate whatever a constraint forbids. */
static void print_peers(const quality_plan *plan, const measured *table) {
    FILE  *file = fopen(BENCH_QUALITY_DATA "/tables/peers.csv", "r");
    char   line[128], name[32], of[64], last[32] = "";
    int    budget, seeds;
    double median;
    while (file && fgets(line, sizeof line, file)) {
        if (sscanf(line, "%31[^,],%63[^,],%d,%d,%lf", name, of, &budget, &seeds, &median) != 5 ||
            strcmp(of, table->name) != 0)
            continue;
        for (int b = 0; b < plan->budgets.count; b++) {
            if (plan->budgets.at[b] != budget) continue;
            if (strcmp(name, last) != 0) printf("%s  peer: %-28s", *last ? "\n" : "", name);
            printf(" %7.4f", median);
            strcpy(last, name);
        }
    }
    if (*last) printf("\n");
    if (file) fclose(file);
}

static void print_head(const quality_plan *plan, const char *title) {
    printf("%-36s", title);
    for (int b = 0; b < plan->budgets.count; b++)
        printf(" %7d", plan->budgets.at[b]);
    printf("  %9s %8s %8s %9s\n", "evaluated", "failed", "repeated", "forbidden");
}

static void run_table(const quality_plan *plan, const char *path, totals *all) {
    char      title[128];
    measured *table = measured_open(path);
    snprintf(title, sizeof title, "%s%s", table->name,
             table->is_declared ? "" : " (check in C: is the row there?)");
    print_head(plan, title);
    for (int c = 0; c < plan->contestant_count; c++)
        measure(plan, &plan->contestants[c], table, &all[c]);
    print_peers(plan, table);
    printf("\n");
    measured_close(table);
}

static const char usage[] =
    "[--strategy NAME[:OPTIONS]]... [--budgets 50,100,200,500] [--seeds 20] [--first-seed N]\n"
    "  [--pending 1,8] [--file TABLE.tab]... [strategy...]\n"
    "  --file    a table instead of our own; the space is family.json beside family-*.tab, else\n"
    "            the table's own lists, and a check in C that allows only its rows\n"
    "  BENCH_CSV names a file to append medians and quartiles to\n";

int main(int count, char **arguments) {
    static totals all[QUALITY_STRATEGIES_MAX];
    quality_plan  plan = { .budgets = { 4, { 50, 100, 200, 500 } },
                           .pending = { 1, { 1 } },
                           .seeds = 20,
                           .first_seed = 1 };
    if (!quality_plan_parse(&plan, count, arguments))
        return fprintf(stderr, "usage: %s %s", arguments[0], usage), 2;
    if (plan.file_count == 0) {
        plan.file_count = sizeof own / sizeof own[0];
        memcpy(plan.files, own, sizeof own);
    }
    plan.contestants[0].strategy = "random:repeats=no";
    if (plan.csv) fprintf(plan.csv, "strategy,pending,table,budget,seeds,median,q25,q75\n");
    printf("median over %d seeds of optimum / best found, after so many trials\n\n", plan.seeds);
    for (int i = 0; i < plan.file_count; i++)
        run_table(&plan, plan.files[i], all);
    print_head(&plan, "mean over the tables");
    for (int c = 0; c < plan.contestant_count; c++) {
        quality_print_name(&plan.contestants[c]);
        for (int b = 0; b < plan.budgets.count; b++)
            printf(" %7.4f", all[c].fraction[b]);
        print_counts(&all[c]);
    }
    for (int c = 1; c < plan.contestant_count; c++)
        if (quality_is_strategy(plan.contestants[c].strategy, "auto"))
            print_verdict(&plan, &plan.contestants[c], &all[c]);
    if (plan.csv) fclose(plan.csv);
    return 0;
}
