/* SPDX-License-Identifier: BSD-3-Clause */
#include "ratio.h"

#include "figures.h"
#include "goals.h"
#include "plan.h"
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Values below count as this: it is the precision that the peers' figures were taken at. */
static const double least = 1e-8;

/* The one-sided test says "worse than random" below this. By chance it does for one line in 100. */
static const double significance = 0.01;

/* What was found in `dim` dimensions. */
typedef struct results {
    const quality_suite *suite;
    const quality_plan  *plan;
    quality_list         budgets;
    int                  dim;
    double              *values; /* see values_of() */
} results;

static _Noreturn void give_up(const char *text) {
    fprintf(stderr, "%s\n", text);
    exit(1);
}

/* One per seed: the best f - f_opt; i and f index the plan's instances and functions. */
static double *values_of(const results *it, int contestant, int i, int f, int b) {
    const quality_plan *plan = it->plan;
    int                 row = (contestant * plan->instances.count + i) * plan->functions.count + f;
    return it->values + ((size_t)row * QUALITY_BUDGETS_MAX + (size_t)b) * (size_t)plan->seeds;
}

static double median_of(const results *it, int contestant, int i, int f, int b) {
    return fmax(quality_quantile(values_of(it, contestant, i, f, b), it->plan->seeds, 0.5), least);
}

/* ---- measuring ---- */

typedef struct problem {
    const quality_suite *suite;
    void                *state;
    int                  dim;
} problem;

static hpt_status evaluate(hpt_trial *trial, void *user, double *value_out) {
    const problem *it = user;
    double         x[40];
    for (int i = 0; i < it->dim; i++)
        x[i] = hpt_trial_real_at(trial, (hpt_param)i);
    *value_out = it->suite->value(it->state, x);
    return HPT_OK;
}

static void measure_cell(const results *it, int contestant, int i, int f, const hpt_space *space) {
    const quality_plan *plan = it->plan;
    problem             what = { it->suite, NULL, it->dim };
    what.state = it->suite->open(plan->functions.at[f], it->dim, plan->instances.at[i]);
    quality_search search = quality_search_of(&plan->contestants[contestant], &it->budgets);
    search.space = space;
    search.objective = evaluate;
    search.user = &what;
    for (int seed = 0; seed < plan->seeds; seed++) {
        double   best[QUALITY_BUDGETS_MAX];
        uint64_t forbidden;
        search.seed = (uint64_t)(plan->first_seed + seed);
        quality_search_run(&search, best, &forbidden);
        for (int b = 0; b < it->budgets.count; b++)
            values_of(it, contestant, i, f, b)[seed] = best[b];
    }
    it->suite->close(what.state);
}

static void measure(const results *it, int contestant) {
    hpt_space *space = quality_cube(it->dim);
    for (int i = 0; i < it->plan->instances.count; i++)
        for (int f = 0; f < it->plan->functions.count; f++)
            measure_cell(it, contestant, i, f, space);
    hpt_space_destroy(space);
}

/* ---- figures ---- */

static double ratio_to_random(const results *it, int contestant, int b) {
    double sum = 0;
    int    count = 0;
    for (int i = 0; i < it->plan->instances.count; i++)
        for (int f = 0; f < it->plan->functions.count; f++, count++)
            sum += log(median_of(it, contestant, i, f, b) / median_of(it, 0, i, f, b));
    return exp(sum / count);
}

/* The same of a peer's figures; NaN where there are none. */
static double peer_ratio(const results *it, int peer, int b) {
    double sum = 0;
    int    budget = it->budgets.at[b];
    if (!it->suite->has_peers) return NAN;
    for (int f = 0; f < it->plan->functions.count; f++) {
        int    function = it->plan->functions.at[f];
        double median = quality_peer_median(peer, function, it->dim, budget);
        if (isnan(median)) return NAN;
        sum += log(fmax(median, least) /
                   fmax(quality_peer_median(0, function, it->dim, budget), least));
    }
    return exp(sum / it->plan->functions.count);
}

/* Whether medians of ours stand beside those of the peers: they are of instance 1. */
static bool has_peers(const results *it) {
    const quality_list *instances = &it->plan->instances;
    return it->suite->has_peers && instances->count == 1 && instances->at[0] == 1;
}

static double ratio_to_peers_random(const results *it, int contestant, int b) {
    double sum = 0;
    if (!has_peers(it)) return NAN;
    for (int f = 0; f < it->plan->functions.count; f++) {
        double base = quality_peer_median(0, it->plan->functions.at[f], it->dim, it->budgets.at[b]);
        if (isnan(base)) return NAN;
        sum += log(median_of(it, contestant, 0, f, b) / fmax(base, least));
    }
    return exp(sum / it->plan->functions.count);
}

static int best_peer(const results *it, int b) {
    int best = -1;
    for (int peer = 1; quality_peer_name(peer); peer++) {
        double ratio = peer_ratio(it, peer, b);
        if (isfinite(ratio) && (best < 0 || ratio < peer_ratio(it, best, b))) best = peer;
    }
    return best;
}

/* ---- output ---- */

static void print_peer(const results *it, int b) {
    int best = it->suite->has_peers ? best_peer(it, b) : -1;
    if (best < 0)
        printf("  %6s %-14s", "", "");
    else
        printf("  %6.4f %-14s", peer_ratio(it, best, b), quality_peer_name(best));
}

/* Only the whole suite has targets. */
static void print_verdict(const results *it, int contestant, int b, double figure) {
    const quality_contestant *who = &it->plan->contestants[contestant];
    double                    target = quality_target(who->strategy, it->dim, it->budgets.at[b]);
    bool is_judged = target > 0 && it->plan->functions.count == QUALITY_SUITE_FUNCTIONS;
    if (is_judged && who->pending == 1)
        printf("  %6.4f %s", target, figure <= target ? "pass" : "falls short");
    printf("\n");
}

static void print_contestant(const results *it, int contestant) {
    for (int b = 0; b < it->budgets.count; b++) {
        double figure = ratio_to_random(it, contestant, b);
        double other = ratio_to_peers_random(it, contestant, b);
        quality_print_name(&it->plan->contestants[contestant]);
        printf(" %6d  %8.4f", it->budgets.at[b], figure);
        if (isfinite(other))
            printf("  %8.4f", other);
        else
            printf("  %8s", "");
        print_peer(it, b);
        print_verdict(it, contestant, b, figure);
    }
    fflush(stdout);
}

/* What is lost with several trials in flight, as a share of the logarithm of the ratio. */
static void print_loss(const results *it, int contestant) {
    const quality_contestant *all = it->plan->contestants, *who = &all[contestant];
    for (int other = 1; other < it->plan->contestant_count && who->pending > 1; other++) {
        if (all[other].pending > 1 || strcmp(all[other].strategy, who->strategy) != 0) continue;
        for (int b = 0; b < it->budgets.count; b++) {
            double one = log(ratio_to_random(it, other, b));
            double loss = 1 - log(ratio_to_random(it, contestant, b)) / one;
            quality_print_name(who);
            printf(" %6d  loses %5.1f %% of the logarithm; at most 15: %s\n", it->budgets.at[b],
                   100 * loss, loss <= 0.15 ? "pass" : "falls short");
        }
    }
}

static bool is_worse(const results *it, int contestant, int i, int f, int b) {
    int seeds = it->plan->seeds;
    return quality_worse_p(values_of(it, contestant, i, f, b), seeds, values_of(it, 0, i, f, b),
                           seeds) < significance;
}

static void print_worse(const results *it, int contestant) {
    const quality_plan *plan = it->plan;
    int                 worse = 0, count = 0;
    quality_print_name(&plan->contestants[contestant]);
    printf(" worse than random at:");
    for (int i = 0; i < plan->instances.count; i++)
        for (int f = 0; f < plan->functions.count; f++)
            for (int b = 0; b < it->budgets.count; b++, count++) {
                if (!is_worse(it, contestant, i, f, b)) continue;
                printf(" f%d/%d", plan->functions.at[f], it->budgets.at[b]);
                if (plan->instances.count > 1) printf("/i%d", plan->instances.at[i]);
                worse++;
            }
    printf("%s; %d of %d, by chance %.1f: %s\n", worse ? "" : " none", worse, count,
           count * significance, worse ? "falls short" : "pass");
}

static void print_table(const results *it) {
    const quality_plan *plan = it->plan;
    for (int b = 0; b < it->budgets.count; b++) {
        printf("d=%d, %d trials: median of random, then ratios to it:", it->dim, it->budgets.at[b]);
        for (int c = 1; c < plan->contestant_count; c++)
            printf(" %s/%d", plan->contestants[c].strategy, plan->contestants[c].pending);
        printf("\n");
        for (int i = 0; i < plan->instances.count; i++)
            for (int f = 0; f < plan->functions.count; f++) {
                int    function = plan->functions.at[f];
                double base = median_of(it, 0, i, f, b);
                printf("  f%-2d %-22.22s i%-3d %10.4g", function, it->suite->function(function),
                       plan->instances.at[i], base);
                for (int c = 1; c < plan->contestant_count; c++)
                    printf(" %10.3g", median_of(it, c, i, f, b) / base);
                printf("\n");
            }
    }
}

/* 1 + how many found a lower median. */
static int rank_of(const results *it, int contestant, int i, int f, int b) {
    int rank = 1;
    for (int c = 0; c < it->plan->contestant_count; c++)
        rank += median_of(it, c, i, f, b) < median_of(it, contestant, i, f, b);
    return rank;
}

static void write_cell(const results *it, int c, int i, int f, int b) {
    const quality_plan *plan = it->plan;
    const double       *values = values_of(it, c, i, f, b);
    int                 function = plan->functions.at[f];
    double              median = median_of(it, c, i, f, b);
    fprintf(plan->csv, "%s,\"%s\",%d,%d,%s,%d,%d,%d,%d,%.4g,%.4g,%.4g,%.4g,%d\n", it->suite->name,
            plan->contestants[c].strategy, plan->contestants[c].pending, function,
            it->suite->function(function), plan->instances.at[i], it->dim, it->budgets.at[b],
            plan->seeds, median, quality_quantile(values, plan->seeds, 0.25),
            quality_quantile(values, plan->seeds, 0.75), median / median_of(it, 0, i, f, b),
            rank_of(it, c, i, f, b));
}

static void write_csv(const results *it) {
    const quality_plan *plan = it->plan;
    for (int c = 0; c < plan->contestant_count; c++)
        for (int i = 0; i < plan->instances.count; i++)
            for (int f = 0; f < plan->functions.count; f++)
                for (int b = 0; b < it->budgets.count; b++)
                    write_cell(it, c, i, f, b);
    fflush(plan->csv);
}

/* ---- the program ---- */

static void set_budgets(results *it) {
    static const int per_dim[] = { 10, 20, 50 };
    it->budgets = it->plan->budgets;
    for (int b = 0; b < 3 && it->plan->budgets.count == 0; b++)
        it->budgets.at[it->budgets.count++] = per_dim[b] * it->dim;
}

static void run_dim(const quality_suite *suite, const quality_plan *plan, int dim) {
    results it = { .suite = suite, .plan = plan, .dim = dim };
    size_t cells = (size_t)(plan->contestant_count * plan->instances.count * plan->functions.count);
    it.values = calloc(cells * QUALITY_BUDGETS_MAX * (size_t)plan->seeds, sizeof *it.values);
    if (!it.values) give_up("out of memory");
    set_budgets(&it);
    printf("d=%d, %d seeds, %d of %d functions, %d instances\n", dim, plan->seeds,
           plan->functions.count, QUALITY_SUITE_FUNCTIONS, plan->instances.count);
    printf("%-36s %6s  %8s  %8s  %-21s  %s\n", "strategy", "trials", "to ours", "to peers'",
           "best peer", "target");
    for (int c = 0; c < plan->contestant_count; c++) {
        measure(&it, c);
        print_contestant(&it, c);
    }
    for (int c = 1; c < plan->contestant_count; c++)
        print_loss(&it, c);
    for (int c = 1; c < plan->contestant_count; c++)
        print_worse(&it, c);
    if (plan->wants_table) print_table(&it);
    if (plan->csv) write_csv(&it);
    printf("\n");
    free(it.values);
}

static const char usage[] =
    "[--strategy NAME[:OPTIONS]]... [--dims 5,10] [--budgets 50,100] [--instances 1-5]\n"
    "  [--functions 1,6-9] [--seeds N] [--first-seed N] [--pending 1,8] [--table] [strategy...]\n"
    "  --budgets    trials; default 10, 20 and 50 times the dimensions\n"
    "  --pending    trials in flight; with 1 and another, also what the other loses\n"
    "  --table      also a row per function\n"
    "  BENCH_CSV names a file to append medians, quartiles, ratios and ranks to\n";

int quality_ratio_main(const quality_suite *suite, int count, char **arguments) {
    quality_plan plan = { .dims = { 2, { 5, 10 } },
                          .instances = { 1, { 1 } },
                          .pending = { 1, { 1 } },
                          .seeds = 10,
                          .first_seed = 1 };
    for (int f = 1; f <= QUALITY_SUITE_FUNCTIONS; f++)
        plan.functions.at[plan.functions.count++] = f;
    if (!quality_plan_parse(&plan, count, arguments))
        return fprintf(stderr, "usage: %s %s", arguments[0], usage), 2;
    if (plan.csv)
        fprintf(plan.csv, "suite,strategy,pending,function,name,instance,dim,budget,seeds,median,"
                          "q25,q75,ratio,rank\n");
    printf("%s\n%s\n\n", suite->about,
           "geometric mean over functions of the median over seeds of f - f_opt, divided by\n"
           "random's: by that of the same run (ours), and by that of the peers' run");
    for (int d = 0; d < plan.dims.count; d++)
        run_dim(suite, &plan, plan.dims.at[d]);
    if (plan.csv) fclose(plan.csv);
    return 0;
}
