/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt stat: numbers about a study. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study.h"

static int wants_json = 0;

/* clang-format off */
static const struct poptOption options[] = {
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object", NULL },
    POPT_TABLEEND
};
/* clang-format on */

enum { CURVE_WIDTH_MAX = 60 };

/* For programs. */

static void json_number(output *out, const char *key, double real) {
    json_key(out, key);
    isnan(real) ? json_null(out) : json_real(out, real);
}

static void print_json(output *out, const hpt_study_info *info, const hpt_history_stats *it) {
    json_open(out, "{");
    json_info(out, info);
    json_number(out, "value_min", it->value_min);
    json_number(out, "value_median", it->value_median);
    json_number(out, "value_mean", it->value_mean);
    json_number(out, "value_max", it->value_max);
    json_number(out, "duration_s_min", it->duration_s_min);
    json_number(out, "duration_s_median", it->duration_s_median);
    json_number(out, "duration_s_mean", it->duration_s_mean);
    json_number(out, "duration_s_max", it->duration_s_max);
    json_number(out, "duration_s_sum", it->duration_s_sum);
    json_number(out, "span_s", it->span_s);
    json_number(out, "parallelism", it->parallelism);
    json_key(out, "worker_count");
    json_uint(out, it->worker_count);
    json_key(out, "stale_count");
    json_uint(out, it->stale_count);
    json_close(out, "}");
    put(out, "\n");
}

/* For people. */

static void add_count(pairs *to, const char *name, uint64_t count, style how) {
    putf(&to->next, "%llu", (unsigned long long)count);
    pairs_add(to, name, how);
}

static void add_text(pairs *to, const char *name, const char *text) {
    put(&to->next, text);
    pairs_add(to, name, STYLE_PLAIN);
}

static void add_about(pairs *to, const hpt_study_info *info) {
    add_text(to, "study", info->name);
    for (uint32_t i = 0; i < info->goal_count; i++) {
        putf(&to->next, "%s %s", direction_text(info->goals[i].direction), goal_name(info, i));
        pairs_add(to, i == 0 ? "goal" : "", STYLE_PLAIN);
    }
    if (info->is_ours) {
        add_text(to, "strategy", info->strategy ? info->strategy : "");
        add_count(to, "seed", info->seed, STYLE_PLAIN);
        putf(&to->next, "hpt %s", info->version ? info->version : "");
        pairs_add(to, "written by", STYLE_PLAIN);
    }
    if (info->held_by && *info->held_by) {
        put(&to->next, info->held_by);
        pairs_add(to, "held by", STYLE_BUSY);
    }
    if (info->first_ns != HPT_TIME_NONE) {
        put_time(&to->next, info->first_ns);
        pairs_add(to, "first start", STYLE_PLAIN);
    }
    if (info->last_ns != HPT_TIME_NONE) {
        put_time(&to->next, info->last_ns);
        pairs_add(to, "last end", STYLE_PLAIN);
    }
}

/* " 412   41.2 %", below "1000" */
static void add_states(pairs *to, const hpt_history_stats *it, uint64_t all) {
    int digits = snprintf(NULL, 0, "%llu", (unsigned long long)all);
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++) {
        hpt_trial_state state = (hpt_trial_state)i;
        if (it->state_count[i] == 0) continue;
        putf(&to->next, "%*llu  %5.1f %%", digits, (unsigned long long)it->state_count[i],
             100 * (double)it->state_count[i] / (double)all);
        pairs_add(to, state_word(state), state_style(state));
    }
}

/* A share of the values' range as one character, from the lowest on. */
static void put_level(output *out, double share) {
    static const char *const tall[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
    static const char *const plain[] = { "_", ".", "-", "=", "+", "*", "%", "#" };
    int                      level = (int)(share * 8);
    level = level > 7 ? 7 : level < 0 ? 0 : level;
    put(out, the_screen()->has_utf8 ? tall[level] : plain[level]);
}

/* The best value so far, from the first trial to the last. The lowest and the highest of the curve
 * are its ends, so that nothing is said by its height but when it moved. */
static void add_curve(pairs *to, const hpt_history *history) {
    size_t  count = hpt_history_count(history), width = CURVE_WIDTH_MAX, known = 0;
    double *best = take(count + 1, sizeof *best), low = INFINITY, high = -INFINITY;
    bool    is_there = hpt_history_best_so_far(history, 0, best) == HPT_OK;
    while (is_there && known < count && isnan(best[known]))
        known++;
    if (count - known < width) width = count - known;
    for (size_t i = known; is_there && i < count; i++) {
        if (!isfinite(best[i])) continue;
        if (best[i] < low) low = best[i];
        if (best[i] > high) high = best[i];
    }
    for (size_t i = 0; is_there && high > low && i < width; i++) {
        double value = best[known + (count - known - 1) * i / (width > 1 ? width - 1 : 1)];
        put_level(&to->next, (value - low) / (high - low));
    }
    if (to->next.bytes > 0) pairs_add(to, "best so far", STYLE_GOOD);
    output_clear(&to->next);
    free(best);
}

typedef struct spread {
    const char *name;
    double      least, median, mean, most;
    bool        is_time;
} spread;

static void fill_spread(const void *context, size_t row, size_t column, output *cell,
                        style *style_out) {
    const spread *it = &((const spread *)context)[row];
    const double  numbers[] = { it->least, it->median, it->mean, it->most };
    (void)style_out;
    if (column == 0)
        put(cell, it->name);
    else if (it->is_time)
        put_duration(cell, numbers[column - 1]);
    else if (!isnan(numbers[column - 1]))
        put_short(cell, numbers[column - 1]);
}

static void print_spreads(output *out, const hpt_study_info *info, const hpt_history_stats *it) {
    const spread spreads[] = {
        { goal_name(info, 0), it->value_min, it->value_median, it->value_mean, it->value_max,
          false },
        { "duration", it->duration_s_min, it->duration_s_median, it->duration_s_mean,
          it->duration_s_max, true },
    };
    table_column columns[] = { { .title = "", .may_cut = true },
                               { .title = "least", .align = ALIGN_RIGHT },
                               { .title = "median", .align = ALIGN_RIGHT },
                               { .title = "mean", .align = ALIGN_RIGHT },
                               { .title = "most", .align = ALIGN_RIGHT } };
    table        shown = { .columns = columns,
                           .column_count = 5,
                           .row_count = isnan(it->duration_s_min) ? 1 : 2,
                           .cell = fill_spread,
                           .context = spreads };
    if (isnan(it->value_min) && isnan(it->duration_s_min)) return;
    put(out, "\n");
    table_print(out, &shown);
}

static void print_people(output *out, const hpt_history *history, const hpt_history_stats *it) {
    const hpt_study_info *info = hpt_history_info(history);
    pairs                 all = { .next = { .fd = -1 } };
    add_about(&all, info);
    add_count(&all, "trials", info->trial_count, STYLE_BOLD);
    add_states(&all, it, info->trial_count);
    if (info->has_best) {
        put_short(&all.next, info->best_value);
        putf(&all.next, " in trial %llu, %llu trial%s ago", (unsigned long long)info->best_trial,
             (unsigned long long)it->stale_count, it->stale_count == 1 ? "" : "s");
        pairs_add(&all, "best", STYLE_BOLD);
    }
    add_curve(&all, history);
    if (it->span_s > 0) {
        put_duration(&all.next, it->span_s);
        pairs_add(&all, "span", STYLE_PLAIN);
    }
    if (it->duration_s_sum > 0) {
        put_duration(&all.next, it->duration_s_sum);
        pairs_add(&all, "work", STYLE_PLAIN);
        if (isfinite(it->parallelism)) {
            putf(&all.next, "%.2f trials at once", it->parallelism);
            pairs_add(&all, "parallelism", STYLE_PLAIN);
        }
    }
    if (it->worker_count > 0) add_count(&all, "workers", it->worker_count, STYLE_PLAIN);
    pairs_print(out, &all);
    print_spreads(out, info, it);
}

static exit_code stat_run(output *out, const char *const *operands, size_t count) {
    hpt_err           err = { 0 };
    hpt_history      *history = NULL;
    hpt_history_stats it = { .struct_size = sizeof it };
    exit_code         code = study_open(operands, count, &history);
    if (code != EXIT_FINE) return code;
    hpt_status status = hpt_history_stats_of(history, &it, &err);
    if (status != HPT_OK)
        code = complain_status(operands[0], status, &err);
    else if (wants_json)
        print_json(out, hpt_history_info(history), &it);
    else
        print_people(out, history, &it);
    hpt_history_destroy(history);
    return code;
}

const command command_stat = {
    .name = "stat",
    .summary = "show numbers about a study",
    .operands = "FILE [STUDY]",
    .operands_min = 1,
    .operands_max = 2,
    .about = "Shows how a study stands: how many trials in which state, the best value and how it "
             "came down, how long trials take and how many ran at once. Of several goals it shows "
             "the first.",
    .options = options,
    .run = stat_run,
};
