/* SPDX-License-Identifier: BSD-3-Clause */
/* What pruners save: the epochs until a strategy with a pruner has found what it finds without one
 * (quality/learning.h). How to read it: bench/README.md. */
#include "quality/figures.h"
#include "quality/plan.h"
#include "quality/training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "verdict.h"

enum { POINTS = 500, PRUNER_BYTES = 128 };

/* What the pruner that is judged by it must come to, of the epochs without a pruner. */
static const double target = 0.4;

static const char *const judged_strategy = "tpe", *const judged_pruner = "hyperband";

/* One problem, strategy and pruner. */
typedef struct results {
    int             epochs; /* of the budget */
    int             seeds;
    double         *found; /* seeds x (epochs + 1) */
    training_counts counts;
} results;

static double found_after(const results *it, int epoch, double share) {
    double values[QUALITY_SEEDS_MAX];
    for (int seed = 0; seed < it->seeds; seed++)
        values[seed] = it->found[(size_t)seed * (size_t)(it->epochs + 1) + (size_t)epoch];
    return quality_quantile(values, it->seeds, share);
}

/* After how many epochs the median over seeds is as good; INFINITY: never. */
static double epochs_until(const results *it, double wanted) {
    for (int epoch = 1; epoch <= it->epochs; epoch++)
        if (found_after(it, epoch, 0.5) <= wanted) return epoch;
    return INFINITY;
}

static double seed_epochs_until(const results *it, int seed, double wanted) {
    const double *found = it->found + (size_t)seed * (size_t)(it->epochs + 1);
    for (int epoch = 1; epoch <= it->epochs; epoch++)
        if (found[epoch] <= wanted) return epoch;
    return INFINITY;
}

/* Infinite where a quantile lies between two seeds of which one never came to it. */
static double quantile(const double *values, int count, double share) {
    double value = quality_quantile(values, count, share);
    return isnan(value) ? INFINITY : value;
}

/* Of medians; in the middle, where half of the seeds' own epochs lie, as shares of the same. */
static bench_ratio saved(const results *it, const results *unpruned) {
    double wanted = found_after(unpruned, unpruned->epochs, 0.5);
    double base = epochs_until(unpruned, wanted), own[QUALITY_SEEDS_MAX];
    for (int seed = 0; seed < it->seeds; seed++)
        own[seed] = seed_epochs_until(it, seed, wanted) / base;
    return (bench_ratio){ epochs_until(it, wanted) / base, quantile(own, it->seeds, 0.25),
                          quantile(own, it->seeds, 0.75) };
}

static int seeds_of(const quality_plan *plan, const learning_problem *problem) {
    return plan->seeds > 0 ? plan->seeds : problem->seeds;
}

static results measure(const quality_plan *plan, const quality_contestant *who,
                       const learning_problem *problem, const char *pruner) {
    results it = { .epochs = plan->budgets.at[0] * problem->epochs,
                   .seeds = seeds_of(plan, problem) };
    it.found = calloc((size_t)it.seeds * (size_t)(it.epochs + 1), sizeof *it.found);
    if (!it.found) {
        fprintf(stderr, "out of memory\n");
        exit(1);
    }
    for (int seed = 0; seed < it.seeds; seed++) {
        training_counts counts;
        const training  one = { .problem = problem,
                                .strategy = who->strategy,
                                .pruner = pruner,
                                .seed = (uint64_t)(plan->first_seed + seed),
                                .pending = who->pending,
                                .epochs = it.epochs };
        training_run(&one, it.found + (size_t)seed * (size_t)(it.epochs + 1), &counts);
        it.counts.begun += counts.begun;
        it.counts.whole += counts.whole;
        it.counts.pruned += counts.pruned;
    }
    return it;
}

static void judge(const quality_contestant *who, const learning_problem *problem,
                  const char *pruner, bench_ratio ratio) {
    bool is_judged = !problem->is_adverse && quality_is_strategy(who->strategy, judged_strategy) &&
                     quality_is_strategy(pruner, judged_pruner);
    char in_flight[24] = "";
    if (who->pending > 1) snprintf(in_flight, sizeof in_flight, ", %d pending", who->pending);
    bench_judge(bench_target(is_judged ? target : NAN, "%s: %s%s, %s, epochs x unpruned",
                             problem->name, who->strategy, in_flight, pruner),
                ratio);
}

static void report(const quality_plan *plan, const quality_contestant *who,
                   const learning_problem *problem, const char *pruner, const results *it,
                   const results *unpruned) {
    double      median = found_after(it, it->epochs, 0.5);
    double      low = found_after(it, it->epochs, 0.25), high = found_after(it, it->epochs, 0.75);
    bench_ratio ratio = saved(it, unpruned);
    double      until = epochs_until(it, found_after(unpruned, unpruned->epochs, 0.5));
    quality_print_name(who);
    printf(" %-26s %9.4g [%8.4g, %8.4g] %7.1f %7.1f %8.0f %8.3f\n", pruner, median, low, high,
           (double)it->counts.begun / it->seeds, (double)it->counts.whole / it->seeds, until,
           ratio.value);
    fflush(stdout);
    if (it != unpruned) judge(who, problem, pruner, ratio);
    if (plan->csv)
        fprintf(plan->csv, "%s,\"%s\",%d,\"%s\",%d,%d,%.4g,%.4g,%.4g,%.1f,%.1f,%.0f,%.4g\n",
                problem->name, who->strategy, who->pending, pruner, it->seeds, it->epochs, median,
                low, high, (double)it->counts.begun / it->seeds,
                (double)it->counts.whole / it->seeds, until, ratio.value);
}

/* How long a training is, everybody knows who tunes one: Hyperband is told, if nothing else is. */
static void name_pruner(const learning_problem *problem, const char *name, char out[PRUNER_BYTES]) {
    if (strcmp(name, judged_pruner) == 0)
        snprintf(out, PRUNER_BYTES, "%s:max_resource=%d", name, problem->epochs);
    else
        snprintf(out, PRUNER_BYTES, "%s", name);
}

static void run_contestant(const quality_plan *plan, const quality_contestant *who,
                           const learning_problem *problem) {
    results unpruned = measure(plan, who, problem, "none");
    report(plan, who, problem, "none", &unpruned, &unpruned);
    for (int p = 0; p < plan->pruner_count; p++) {
        if (strcmp(plan->pruners[p], "none") == 0) continue;
        char pruner[PRUNER_BYTES];
        name_pruner(problem, plan->pruners[p], pruner);
        results it = measure(plan, who, problem, pruner);
        report(plan, who, problem, pruner, &it, &unpruned);
        free(it.found);
    }
    free(unpruned.found);
}

/* What a pruner has to go by. */
static void print_correlations(const learning_problem *problem) {
    training_correlations it;
    training_correlate(problem, POINTS, &it);
    printf("  the rank after");
    for (int epoch = 1; epoch < problem->epochs; epoch *= 3)
        printf(" %d", epoch);
    printf(" of %d epochs and in truth, correlation:", problem->epochs);
    for (int epoch = 1; epoch < problem->epochs; epoch *= 3)
        printf(" %.2f", it.all[epoch]);
    printf("; of the best fifth:");
    for (int epoch = 1; epoch < problem->epochs; epoch *= 3)
        printf(" %.2f", it.best[epoch]);
    printf("\n");
}

static void run_problem(const quality_plan *plan, const learning_problem *problem) {
    printf("%s: %s; %d seeds, a budget of %d trainings of %d epochs\n", problem->name,
           problem->about, seeds_of(plan, problem), plan->budgets.at[0], problem->epochs);
    print_correlations(problem);
    printf("%-36s %-26s %9s  %-18s  %7s %7s %8s %8s\n", "strategy", "pruner", "found",
           "middle half", "begun", "whole", "epochs", "ratio");
    for (int c = 0; c < plan->contestant_count; c++)
        run_contestant(plan, &plan->contestants[c], problem);
    printf("\n");
}

static const char usage[] =
    "[--strategy NAME[:OPTIONS]]... [--pruner NAME[:OPTIONS]]... [--budgets 50] [--seeds N]\n"
    "  [--first-seed N] [--pending 1,8] [--functions 1,4-6] [strategy...]\n"
    "  --seeds      searches; default 201 of formulas, 1001 of the noisy one, 11 of the network\n"
    "  --budgets    as many epochs as so many whole trainings have\n"
    "  --functions  which problems, by their place in the output\n"
    "  BENCH_CSV names a file to append all figures to\n";

static const char *const strategies[] = { "tpe", NULL };

static bool parse(quality_plan *plan, int count, char **arguments) {
    static const char *const pruners[] = { "median", "asha", "hyperband" };
    *plan = (quality_plan){
        .budgets = { 1, { 50 } }, .pending = { 1, { 1 } }, .first_seed = 1, .defaults = strategies
    };
    for (int i = 0; i <= (int)learning_curve_count; i++)
        plan->functions.at[plan->functions.count++] = i + 1;
    if (!quality_plan_parse(plan, count, arguments) || plan->budgets.count > 1) return false;
    if (plan->pruner_count > 0) return true;
    for (size_t i = 0; i < sizeof pruners / sizeof *pruners; i++)
        plan->pruners[plan->pruner_count++] = pruners[i];
    return true;
}

int main(int count, char **arguments) {
    quality_plan plan;
    if (!parse(&plan, count, arguments))
        return fprintf(stderr, "usage: %s %s", arguments[0], usage), 2;
    if (!learning_network_load(BENCH_DIGITS)) return 1;
    if (plan.csv)
        fprintf(plan.csv, "problem,strategy,pending,pruner,seeds,budget,median,q25,q75,begun,whole,"
                          "epochs,ratio\n");
    printf("found: what the best whole training is worth, less is better, median over seeds;\n"
           "epochs: of all trials together, until the median is what it is without a pruner at the "
           "end of the budget\n\n");
    for (int i = 0; i < plan.functions.count; i++) {
        int number = plan.functions.at[i] - 1;
        if (number <= (int)learning_curve_count)
            run_problem(&plan, number < (int)learning_curve_count ? &learning_curves[number]
                                                                  : &learning_network);
    }
    learning_network_forget();
    if (plan.csv) fclose(plan.csv);
    bench_verdicts_print();
    return 0;
}
