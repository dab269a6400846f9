/* SPDX-License-Identifier: BSD-3-Clause */
/* What strategies find in mixed, conditional, noisy and constrained spaces and with several goals
 * (quality/problems.h), as a ratio to random. How to read it: bench/README.md. */
#include "quality/figures.h"
#include "quality/plan.h"
#include "quality/problems.h"
#include "quality/search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Less counts as this. */
static const double least = 1e-8;

typedef double found[QUALITY_STRATEGIES_MAX][QUALITY_BUDGETS_MAX][QUALITY_SEEDS_MAX];

/* False: the strategy cannot do it. */
static bool measure(const quality_plan *plan, int contestant, const quality_problem *problem,
                    found values) {
    static problem_run run;
    hpt_space         *space = problem->space();
    quality_search     search = quality_search_of(&plan->contestants[contestant], &plan->budgets);
    search.space = space;
    search.objective = problem_evaluate;
    search.user = &run;
    search.score = problem_score;
    search.goal_count = problem->goal_count;
    bool fits = quality_search_fits(&search);
    for (int seed = 0; seed < plan->seeds && fits; seed++) {
        double   score[QUALITY_BUDGETS_MAX];
        uint64_t forbidden;
        search.seed = (uint64_t)(plan->first_seed + seed);
        problem_restart(&run, problem);
        quality_search_run(&search, score, &forbidden);
        for (int b = 0; b < plan->budgets.count; b++)
            values[contestant][b][seed] = score[b];
    }
    hpt_space_destroy(space);
    return fits;
}

static double median_of(const quality_plan *plan, int contestant, int b, found values) {
    return fmax(quality_quantile(values[contestant][b], plan->seeds, 0.5), least);
}

static void print(const quality_plan *plan, int c, const quality_problem *problem, found values) {
    quality_print_name(&plan->contestants[c]);
    for (int b = 0; b < plan->budgets.count; b++) {
        double median = median_of(plan, c, b, values), base = median_of(plan, 0, b, values);
        bool   is_worse =
            quality_worse_p(values[c][b], plan->seeds, values[0][b], plan->seeds) < 0.01;
        printf("  %10.4g", median);
        if (isfinite(base))
            printf(" %8.4f%s", median / base, is_worse ? "!" : " ");
        else
            printf(" %8s%s", "-", is_worse ? "!" : " ");
        if (plan->csv)
            fprintf(plan->csv, "\"%s\",%d,%s,%d,%d,%.4g,%.4g,%.4g,%.4g\n",
                    plan->contestants[c].strategy, plan->contestants[c].pending, problem->name,
                    plan->budgets.at[b], plan->seeds, median,
                    quality_quantile(values[c][b], plan->seeds, 0.25),
                    quality_quantile(values[c][b], plan->seeds, 0.75), median / base);
    }
    printf("\n");
    fflush(stdout);
}

static void run_problem(const quality_plan *plan, const quality_problem *problem) {
    static found values;
    printf("%-14s %s\n", problem->name, problem->about);
    for (int c = 0; c < plan->contestant_count; c++) {
        if (measure(plan, c, problem, values))
            print(plan, c, problem, values);
        else
            printf("%-36s  one goal at a time\n", plan->contestants[c].strategy);
    }
    printf("\n");
}

static const char usage[] =
    "[--strategy NAME[:OPTIONS]]... [--budgets 50,100,250] [--seeds 10] [--first-seed N]\n"
    "  [--pending 1,8] [--functions 1,4-6] [strategy...]\n"
    "  --functions  which problems, by their place in the output\n"
    "  BENCH_CSV names a file to append medians, quartiles and ratios to\n";

int main(int count, char **arguments) {
    quality_plan plan = {
        .budgets = { 3, { 50, 100, 250 } }, .pending = { 1, { 1 } }, .seeds = 10, .first_seed = 1
    };
    for (size_t i = 0; i < quality_problem_count; i++)
        plan.functions.at[plan.functions.count++] = (int)i + 1;
    if (!quality_plan_parse(&plan, count, arguments) ||
        plan.budgets.at[plan.budgets.count - 1] > PROBLEM_TRIALS_MAX)
        return fprintf(stderr, "usage: %s %s", arguments[0], usage), 2;
    if (plan.csv) fprintf(plan.csv, "strategy,pending,problem,budget,seeds,median,q25,q75,ratio\n");
    printf(
        "median over %d seeds of what is missing to the optimum (several goals: of the volume "
        "that\n"
        "the front dominates), and its ratio to random's; ! = worse than random, p < 0.01\n\n%-36s",
        plan.seeds, "");
    for (int b = 0; b < plan.budgets.count; b++)
        printf("  %10d %8s ", plan.budgets.at[b], "");
    printf("\n");
    for (int i = 0; i < plan.functions.count; i++)
        if ((size_t)plan.functions.at[i] <= quality_problem_count)
            run_problem(&plan, &quality_problems[plan.functions.at[i] - 1]);
    if (plan.csv) fclose(plan.csv);
    return 0;
}
