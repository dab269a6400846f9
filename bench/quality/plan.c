/* SPDX-License-Identifier: BSD-3-Clause */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

static bool parse_list(const char *text, int most, quality_list *out) {
    out->count = 0;
    for (;;) {
        char *end;
        long  first = strtol(text, &end, 10), last = first;
        if (end == text) return false;
        if (*end == '-') last = strtol(text = end + 1, &end, 10);
        if (end == text || first < 1 || last < first || last > most) return false;
        for (long i = first; i <= last; i++) {
            if (out->count == QUALITY_LIST_MAX) return false;
            out->at[out->count++] = (int)i;
        }
        if (*end == '\0') return true;
        if (*end != ',') return false;
        text = end + 1;
    }
}

static bool parse_number(const char *text, int most, int *out) {
    char *end;
    long  value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || value < 1 || value > most) return false;
    *out = (int)value;
    return true;
}

static bool rises(const quality_list *list) {
    for (int i = 1; i < list->count; i++)
        if (list->at[i] <= list->at[i - 1]) return false;
    return list->count <= QUALITY_BUDGETS_MAX;
}

typedef struct arguments {
    const char *strategies[QUALITY_STRATEGIES_MAX];
    int         count;
} arguments;

static bool add_strategy(arguments *it, const char *text) {
    if (it->count == QUALITY_STRATEGIES_MAX) return false;
    it->strategies[it->count++] = text;
    return true;
}

/* One option with its value. */
static bool take_option(quality_plan *plan, arguments *it, const char *name, const char *text) {
    if (strcmp(name, "--strategy") == 0) return add_strategy(it, text);
    if (strcmp(name, "--file") == 0 && plan->file_count < QUALITY_LIST_MAX) {
        plan->files[plan->file_count++] = text;
        return true;
    }
    if (strcmp(name, "--pruner") == 0 && plan->pruner_count < QUALITY_LIST_MAX) {
        plan->pruners[plan->pruner_count++] = text;
        return true;
    }
    if (strcmp(name, "--seeds") == 0) return parse_number(text, QUALITY_SEEDS_MAX, &plan->seeds);
    if (strcmp(name, "--first-seed") == 0)
        return parse_number(text, QUALITY_NUMBER_MAX, &plan->first_seed);
    const struct {
        const char   *name;
        quality_list *list;
        int           most;
    } rows[] = { { "--dims", &plan->dims, 40 },
                 { "--budgets", &plan->budgets, QUALITY_NUMBER_MAX },
                 { "--functions", &plan->functions, 24 },
                 { "--instances", &plan->instances, 1000 },
                 { "--pending", &plan->pending, QUALITY_PENDING_MAX } };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(name, rows[i].name) == 0) return parse_list(text, rows[i].most, rows[i].list);
    return false;
}

/* The program's own, or those that search best, if this build has them: `local` needs a library. */
static void add_default(arguments *it, const char *const *defaults) {
    for (size_t i = 0; defaults && defaults[i]; i++)
        add_strategy(it, defaults[i]);
    if (defaults) return;
    static const char *const names[] = { "auto", "gp", "local", "cmaes", "tpe", "de" };
    hpt_space               *space = quality_cube(2);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        hpt_options options = hpt_options_default();
        hpt_study  *study = NULL;
        options.strategy = names[i];
        if (hpt_study_create(space, &options, &study, NULL) == HPT_OK) add_strategy(it, names[i]);
        hpt_study_destroy(study);
    }
    hpt_space_destroy(space);
}

/* Every strategy with every number in flight, after random. */
static bool pair(quality_plan *plan, const arguments *it) {
    plan->contestants[0] = (quality_contestant){ "random", 1 };
    plan->contestant_count = 1;
    for (int s = 0; s < it->count; s++)
        for (int p = 0; p < plan->pending.count; p++) {
            if (strcmp(it->strategies[s], "random") == 0) continue;
            if (plan->contestant_count == QUALITY_STRATEGIES_MAX) return false;
            plan->contestants[plan->contestant_count++] =
                (quality_contestant){ it->strategies[s], plan->pending.at[p] };
        }
    return true;
}

bool quality_plan_parse(quality_plan *plan, int count, char **arguments_in) {
    arguments   it = { .count = 0 };
    const char *path = getenv("BENCH_CSV");
    for (int i = 1; i < count; i++) {
        const char *text = arguments_in[i];
        if (strcmp(text, "--table") == 0)
            plan->wants_table = true;
        else if (strncmp(text, "--", 2) != 0) {
            if (!add_strategy(&it, text)) return false;
        } else if (i + 1 == count || !take_option(plan, &it, text, arguments_in[++i]))
            return false;
    }
    if (it.count == 0) add_default(&it, plan->defaults);
    plan->csv = path ? fopen(path, "a") : NULL;
    return rises(&plan->budgets) && pair(plan, &it);
}

bool quality_is_strategy(const char *strategy, const char *name) {
    size_t length = strlen(name);
    return strncmp(strategy, name, length) == 0 &&
           (strategy[length] == '\0' || strategy[length] == ':');
}

void quality_print_name(const quality_contestant *who) {
    char name[64];
    if (who->pending > 1)
        snprintf(name, sizeof name, "%s, %d pending", who->strategy, who->pending);
    else
        snprintf(name, sizeof name, "%s", who->strategy);
    printf("%-36s", name);
}

quality_search quality_search_of(const quality_contestant *who, const quality_list *budgets) {
    quality_search it = { .strategy = who->strategy,
                          .pending = who->pending,
                          .budget_count = budgets->count };
    memcpy(it.budgets, budgets->at, sizeof it.budgets);
    return it;
}
