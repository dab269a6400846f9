/* SPDX-License-Identifier: BSD-3-Clause */
/* What strategies find: 24 functions (quality/functions.h) x strategies x seeds x budgets. Each
 * figure is the geometric mean over the functions of median over seeds of (best value - minimum),
 * divided by that of `random` at the same budget; lower is better. The same on every machine where
 * floating point allows. How to read it: bench/README.md. */
#include "quality/functions.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hpt/hpt.h>

enum { STRATEGIES_MAX = 16, SEEDS_MAX = 100, BUDGETS = 3, DIMS = 2, PENDING_MAX = 64 };

/* Values below count as this: it is the precision that the peers' figures were taken at. */
static const double least = 1e-8;

static const struct station {
    int dim, budget[BUDGETS];
} stations[DIMS] = { { 5, { 50, 100, 250 } }, { 10, { 100, 200, 500 } } };

/* shared figures: ratio to random at those budgets, on the peers' instances. */
static const struct target {
    const char *strategy;
    double      ratio[DIMS][BUDGETS];
} targets[] = { { "tpe", { { 0.22, 0.125, 0.085 }, { 0.19, 0.13, 0.075 } } },
                { "cmaes", { { 0.25, 0.13, 0.05 }, { 0.16, 0.09, 0.025 } } } };

typedef struct quality_plan {
    const char *strategies[STRATEGIES_MAX];                          /* the first is random */
    int         strategy_count, seeds, instances, pending, function; /* 0 = all functions */
    FILE       *csv;
} quality_plan;

/* median[strategy][station][function - 1 + 24 * instance][budget] */
static double medians[STRATEGIES_MAX][DIMS][QUALITY_FUNCTIONS * 15][BUDGETS];

static hpt_space *cube(int dim) {
    hpt_space *space = hpt_space_create();
    for (int i = 0; i < dim; i++) {
        char name[16];
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_add_real(space, name, -5, 5);
    }
    return space;
}

static _Noreturn void stop(const hpt_err *err) {
    fprintf(stderr, "bench_quality: %s\n", err->text);
    exit(1);
}

static double evaluate(const quality_instance *it, hpt_trial *trial) {
    double x[QUALITY_DIM_MAX];
    for (int i = 0; i < it->dim; i++)
        x[i] = hpt_trial_real_at(trial, (hpt_param)i);
    return quality_value(it, x);
}

/* Ask and tell with `pending` trials in flight, oldest told first; the best value after each
 * budget. */
static void search(const quality_plan *plan, const char *strategy, uint64_t seed,
                   const quality_instance *it, const struct station *station, double *best_out) {
    hpt_err     err = { 0 };
    hpt_space  *space = cube(it->dim);
    hpt_study  *study = NULL;
    hpt_trial  *flying[PENDING_MAX];
    hpt_options options = hpt_options_default();
    options.strategy = strategy;
    options.seed = seed;
    options.worker_count = (uint32_t)plan->pending;
    options.trial_count_max = (uint64_t)station->budget[BUDGETS - 1];
    if (hpt_study_create(space, &options, &study, &err) != HPT_OK) stop(&err);
    double best = INFINITY;
    int    asked = 0, last = station->budget[BUDGETS - 1];
    for (int told = 0, at = 0; told < last; told++) {
        for (; asked < last && asked < told + plan->pending; asked++)
            if (hpt_study_ask(study, &flying[asked % plan->pending], &err) != HPT_OK) stop(&err);
        hpt_trial *trial = flying[told % plan->pending];
        double     value = evaluate(it, trial);
        if (hpt_study_tell(study, trial, value, &err) != HPT_OK) stop(&err);
        best = fmin(best, value);
        if (told + 1 == station->budget[at]) best_out[at++] = best;
    }
    hpt_study_destroy(study);
    hpt_space_destroy(space);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Linear between the two nearest, as statisticians' type 7. */
static double quantile(double *values, int count, double share) {
    qsort(values, (size_t)count, sizeof *values, ascending);
    double at = share * (count - 1);
    int    i = (int)at;
    return i + 1 < count ? values[i] + (at - i) * (values[i + 1] - values[i]) : values[i];
}

static void summarise(const quality_plan *plan, int s, int d, const quality_instance *it,
                      int instance, double found[BUDGETS][SEEDS_MAX]) {
    const struct station *station = &stations[d];
    for (int b = 0; b < BUDGETS; b++) {
        double median = quantile(found[b], plan->seeds, 0.5);
        medians[s][d][it->function - 1 + QUALITY_FUNCTIONS * instance][b] = fmax(median, least);
        if (plan->csv)
            fprintf(plan->csv, "%s,%d,%s,%d,%d,%d,%d,%g,%g,%g\n", plan->strategies[s], it->function,
                    quality_function_name(it->function), instance + 1, it->dim, station->budget[b],
                    plan->seeds, median, quantile(found[b], plan->seeds, 0.25),
                    quantile(found[b], plan->seeds, 0.75));
    }
}

static bool is_wanted(const quality_plan *plan, int function) {
    return plan->function == 0 || plan->function == function;
}

static void measure(const quality_plan *plan, int s, int d) {
    static quality_instance it;
    static double           found[BUDGETS][SEEDS_MAX];
    for (int instance = 0; instance < plan->instances; instance++)
        for (int function = 1; function <= QUALITY_FUNCTIONS; function++) {
            if (!is_wanted(plan, function)) continue;
            quality_instance_init(&it, function, stations[d].dim, (uint64_t)instance + 1);
            for (int seed = 0; seed < plan->seeds; seed++) {
                double best[BUDGETS];
                search(plan, plan->strategies[s], (uint64_t)seed + 1, &it, &stations[d], best);
                for (int b = 0; b < BUDGETS; b++)
                    found[b][seed] = best[b];
            }
            summarise(plan, s, d, &it, instance, found);
        }
}

static double ratio_to_random(const quality_plan *plan, int s, int d, int b) {
    double sum = 0;
    int    count = 0;
    for (int instance = 0; instance < plan->instances; instance++)
        for (int f = 0; f < QUALITY_FUNCTIONS; f++) {
            int row = f + QUALITY_FUNCTIONS * instance;
            if (!is_wanted(plan, f + 1)) continue;
            sum += log(medians[s][d][row][b] / medians[0][d][row][b]);
            count++;
        }
    return exp(sum / count);
}

static const struct target *target_of(const char *strategy) {
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
        if (strcmp(targets[i].strategy, strategy) == 0) return &targets[i];
    return NULL;
}

static void print_verdict(const quality_plan *plan, int s, int d) {
    const struct target *target = target_of(plan->strategies[s]);
    printf("%-40s", plan->strategies[s]);
    for (int b = 0; b < BUDGETS; b++)
        printf(" %8.4f", ratio_to_random(plan, s, d, b));
    for (int b = 0; b < BUDGETS && target && plan->pending == 1 && plan->function == 0; b++)
        printf("  %g %s", target->ratio[d][b],
               ratio_to_random(plan, s, d, b) <= target->ratio[d][b] ? "pass" : "falls short");
    printf("\n");
    fflush(stdout);
}

static const char usage[] =
    "usage: bench_quality [--seeds N] [--instances N] [--pending N] [--function N] [strategy...]\n"
    "  strategies: random (always), qmc, tpe, or any with options; default: random qmc tpe\n"
    "  BENCH_CSV names a file to append the medians to\n";

static bool take_option(quality_plan *plan, const char *name, const char *text) {
    const struct {
        const char *name;
        int        *value, max;
    } rows[] = { { "--seeds", &plan->seeds, SEEDS_MAX },
                 { "--instances", &plan->instances, 15 },
                 { "--pending", &plan->pending, PENDING_MAX },
                 { "--function", &plan->function, QUALITY_FUNCTIONS } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(name, rows[i].name) == 0) {
            *rows[i].value = atoi(text);
            return *rows[i].value >= 1 && *rows[i].value <= rows[i].max;
        }
    return false;
}

static bool take_arguments(quality_plan *plan, int count, char **arguments) {
    for (int i = 1; i < count; i++)
        if (strncmp(arguments[i], "--", 2) == 0) {
            if (i + 1 >= count || !take_option(plan, arguments[i], arguments[i + 1])) return false;
            i++;
        } else if (plan->strategy_count == STRATEGIES_MAX) {
            return false;
        } else if (strcmp(arguments[i], "random") != 0) {
            plan->strategies[plan->strategy_count++] = arguments[i];
        }
    return true;
}

int main(int count, char **arguments) {
    quality_plan plan = { .strategies = { "random", "qmc", "tpe" },
                          .strategy_count = 1,
                          .seeds = 10,
                          .instances = 1,
                          .pending = 1 };
    const char  *path = getenv("BENCH_CSV");
    if (!take_arguments(&plan, count, arguments)) return fputs(usage, stderr), 2;
    if (plan.strategy_count == 1) plan.strategy_count = 3;
    plan.csv = path ? fopen(path, "a") : NULL;
    if (plan.csv)
        fprintf(plan.csv, "strategy,function,name,instance,dim,budget,seeds,median,q25,q75\n");
    for (int d = 0; d < DIMS; d++) {
        const struct station *at = &stations[d];
        printf("ratio to random, d=%d, after %d, %d, %d trials, %d seeds, %d pending\n", at->dim,
               at->budget[0], at->budget[1], at->budget[2], plan.seeds, plan.pending);
        for (int s = 0; s < plan.strategy_count; s++) {
            measure(&plan, s, d);
            print_verdict(&plan, s, d);
        }
        printf("\n");
    }
    if (plan.csv) fclose(plan.csv);
    return 0;
}
