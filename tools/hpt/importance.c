/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt importance: which parameters matter. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "study.h"

static int       wants_json = 0;
static char     *method = NULL, *goal = NULL;
static double    target = -1, region = -1;
static long long seed = -1, tree_count = -1;

#define METHODS "ped-anova|fanova"

/* clang-format off */
static const struct poptOption options[] = {
    { "method", '\0', POPT_ARG_STRING, &method, 0, "how it is measured: by where the better trials lie (ped-anova, the default), or by the variance that a random forest sees (fanova)", METHODS },
    { "goal", '\0', POPT_ARG_STRING, &goal, 0, "of which goal, its name or its number from 0 (0)", "GOAL" },
    { "target", '\0', POPT_ARG_DOUBLE, &target, 0, "ped-anova: the share of trials that counts as better (0.1)", "SHARE" },
    { "region", '\0', POPT_ARG_DOUBLE, &region, 0, "ped-anova: the share of trials that it is better than (1, all)", "SHARE" },
    { "trees", '\0', POPT_ARG_LONGLONG, &tree_count, 0, "fanova: trees of the forest (64)", "COUNT" },
    { "seed", '\0', POPT_ARG_LONGLONG, &seed, 0, "fanova: of the forest (0)", "NUMBER" },
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object, parameters in the order of the space", NULL },
    POPT_TABLEEND
};
/* clang-format on */

enum { BAR_WIDTH_MAX = 40 };

typedef struct weight {
    const char *name;
    double      share;
    hpt_param   param;
} weight;

static const char *goal_at(const void *context, size_t index) {
    const hpt_study_info *info = context;
    return index < info->goal_count ? goal_name(info, (uint32_t)index) : NULL;
}

static bool find_goal(const hpt_study_info *info, uint32_t *goal_out) {
    for (uint32_t i = 0; i < info->goal_count; i++) {
        char number[] = { (char)('0' + i), '\0' };
        if (strcmp(goal, goal_name(info, i)) != 0 && strcmp(goal, number) != 0) continue;
        *goal_out = i;
        return true;
    }
    complain_unknown("goal", goal, goal_at, info);
    return false;
}

/* What the options say; the library checks the ranges. */
static exit_code read_how(const hpt_study_info *info, hpt_importance *how) {
    size_t index = HPT_IMPORTANCE_PED_ANOVA;
    if (method && !is_among(METHODS, method, &index)) {
        complain("--method takes ped-anova or fanova, not \"%s\"", method);
        return EXIT_USAGE;
    }
    how->method = (hpt_importance_method)index;
    if (goal && !find_goal(info, &how->goal)) return EXIT_USAGE;
    if (tree_count > UINT32_MAX || tree_count < -1 || seed < -1) {
        complain("--trees and --seed are not below 0, and --trees below 2^32");
        return EXIT_USAGE;
    }
    if (target != -1) how->target_quantile = target;
    if (region != -1) how->region_quantile = region;
    if (tree_count >= 0) how->tree_count = (uint32_t)tree_count;
    if (seed >= 0) how->seed = (uint64_t)seed;
    return EXIT_FINE;
}

static int compare(const void *a, const void *b) {
    const weight *x = a, *y = b;
    int           order = (x->share < y->share) - (x->share > y->share);
    return order ? order : (x->param > y->param) - (x->param < y->param);
}

/* In eighths of a column where the terminal can draw them. */
static void put_bar(output *out, double share) {
    static const char *const eighths[] = { "", "▏", "▎", "▍", "▌", "▋", "▊", "▉" };
    bool                     has_utf8 = the_screen()->has_utf8;
    int                      length = (int)lround(share * BAR_WIDTH_MAX * 8);
    put_repeated(out, has_utf8 ? "█" : "#", (size_t)(length / 8));
    if (has_utf8) put(out, eighths[length % 8]);
}

static void fill(const void *context, size_t row, size_t column, output *cell, style *style_out) {
    const weight *it = &((const weight *)context)[row];
    if (column == 0) put(cell, it->name);
    if (column == 1) putf(cell, "%.1f %%", 100 * it->share);
    if (column == 2) put_bar(cell, it->share);
    if (column == 2) *style_out = STYLE_BUSY;
}

static void print_people(output *out, weight *weights, size_t count) {
    table_column columns[] = { { .title = "parameter", .may_cut = true },
                               { .title = "share", .align = ALIGN_RIGHT },
                               { .title = "", .rank = 1 } };
    table        shown = {
               .columns = columns, .column_count = 3, .row_count = count, .cell = fill, .context = weights
    };
    qsort(weights, count, sizeof *weights, compare);
    table_print(out, &shown);
}

static void print_json(output *out, const hpt_study_info *info, const hpt_importance *how,
                       const weight *weights, size_t count) {
    json_open(out, "{");
    json_key(out, "study");
    json_text(out, info->name);
    json_key(out, "method");
    json_text(out, how->method == HPT_IMPORTANCE_FANOVA ? "fanova" : "ped-anova");
    json_key(out, "goal");
    json_text(out, goal_name(info, how->goal));
    json_key(out, "importance");
    json_open(out, "{");
    for (size_t i = 0; i < count; i++) {
        json_key(out, weights[i].name);
        json_real(out, weights[i].share);
    }
    json_close(out, "}");
    json_close(out, "}");
    put(out, "\n");
}

static exit_code print(output *out, const hpt_history *history, const hpt_importance *how) {
    hpt_err          err = { 0 };
    const hpt_space *space = hpt_history_space(history);
    size_t           count = hpt_space_count(space);
    double          *shares = take(count + 1, sizeof *shares);
    weight          *weights = take(count + 1, sizeof *weights);
    exit_code        code = EXIT_FINE;
    hpt_status       status = hpt_history_importance(history, how, shares, &err);
    for (hpt_param i = 0; i < count; i++)
        weights[i] = (weight){ param_name(space, i), shares[i], i };
    if (status != HPT_OK)
        code = complain_status(NULL, status, &err);
    else if (wants_json)
        print_json(out, hpt_history_info(history), how, weights, count);
    else
        print_people(out, weights, count);
    free(shares);
    free(weights);
    return code;
}

static exit_code importance_run(output *out, const char *const *operands, size_t count) {
    hpt_history   *history = NULL;
    hpt_importance how = hpt_importance_default();
    exit_code      code = study_open(operands, count, &history);
    if (code != EXIT_FINE) return code;
    uint64_t complete = hpt_history_info(history)->state_count[HPT_TRIAL_COMPLETE];
    code = read_how(hpt_history_info(history), &how);
    if (code == EXIT_FINE && complete < 2) {
        complain("%s: %s complete: it takes two to compare", operands[0],
                 complete == 0 ? "no trial is" : "only one trial is");
        code = EXIT_NO;
    }
    if (code == EXIT_FINE) code = print(out, history, &how);
    hpt_history_destroy(history);
    return code;
}

static const example examples[] = {
    { "hpt importance svm.db", "Which parameters matter to be among the best tenth." },
    { "hpt importance svm.db --method fanova", "Which matter over the whole space." },
    { NULL, NULL },
};

const command command_importance = {
    .name = "importance",
    .summary = "show how much each parameter matters",
    .operands = "FILE [STUDY]",
    .operands_min = 1,
    .operands_max = 2,
    .about =
        "Shows how much each parameter matters to a goal, as shares of all that matters. Two "
        "methods answer two questions: PED-ANOVA, which parameters decide whether a trial is among "
        "the better ones; fANOVA, which change the value most over the whole space.\n"
        "PED-ANOVA is of Watanabe, Bansal and Hutter, IJCAI 2023; fANOVA of Hutter, Hoos and "
        "Leyton-Brown, ICML 2014.",
    .options = options,
    .examples = examples,
    .run = importance_run,
};
