/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt best: the best trial of a study, or its front. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "study.h"

static int   wants_json = 0;
static char *params_form = NULL;

/* clang-format off */
static const struct poptOption options[] = {
    { "params", '\0', POPT_ARG_STRING, &params_form, 0, "print nothing but the parameters, to paste into a program (json) or onto a command line (args); one line for each trial of a front", "json|args" },
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object", NULL },
    POPT_TABLEEND
};
/* clang-format on */

/* --params. */

static void put_json_params(output *out, const hpt_history *history, size_t index) {
    const hpt_space  *space = hpt_history_space(history);
    const hpt_record *record = hpt_history_at(history, index);
    size_t            count = hpt_space_count(space);
    out->needs_comma = false;
    put(out, "{");
    for (hpt_param param = 0; param < count; param++) {
        /* Inactive: a program need not know it. */
        if (!hpt_history_has_param(history, index, param)) continue;
        if (out->needs_comma) put(out, ", ");
        out->needs_comma = false;
        json_key(out, param_name(space, param));
        put(out, " ");
        json_value(out, record->params[param]);
    }
    put(out, "}\n");
}

/* Quoted for a shell, where that is needed. */
static void put_quoted(output *out, const char *text) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+.,:/@%=";
    if (*text && text[strspn(text, plain)] == '\0') {
        put(out, text);
        return;
    }
    put(out, "'");
    for (; *text; text++) {
        if (*text == '\'')
            put(out, "'\\''");
        else
            put_bytes(out, text, 1);
    }
    put(out, "'");
}

static void put_arguments(output *out, const hpt_history *history, size_t index) {
    const hpt_space  *space = hpt_history_space(history);
    const hpt_record *record = hpt_history_at(history, index);
    size_t            count = hpt_space_count(space), shown = 0;
    output            line = { .fd = -1 };
    for (hpt_param param = 0; param < count; param++) {
        output word = { .fd = -1 };
        if (!hpt_history_has_param(history, index, param)) continue;
        putf(&word, "--%s=", param_name(space, param));
        if (record->params[param].type == HPT_TYPE_REAL)
            put_exact(&word, record->params[param].as.real);
        else
            put_param(&word, history, index, param);
        if (shown++ > 0) put(&line, " ");
        put_quoted(&line, output_text(&word));
        output_free(&word);
    }
    put_as_read(out, output_text(&line), line.bytes);
    output_free(&line);
    put(out, "\n");
}

static void print_params(output *out, const hpt_history *history, const size_t *indices,
                         size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(params_form, "json") == 0)
            put_json_params(out, history, indices[i]);
        else
            put_arguments(out, history, indices[i]);
    }
}

/* JSON. */

static void print_json(output *out, const hpt_history *history, const size_t *indices,
                       size_t count) {
    json_open(out, "{");
    json_info(out, hpt_history_info(history));
    json_key(out, "best");
    json_open(out, "[");
    for (size_t i = 0; i < count; i++)
        json_trial(out, history, indices[i], false);
    json_close(out, "]");
    json_close(out, "}");
    put(out, "\n");
}

/* For people. */

static void add_notes(pairs *to, const char *what, const hpt_attr *list, uint32_t count) {
    if (count == 0) return;
    for (uint32_t i = 0; i < count; i++) {
        putf(&to->next, "%s%s = ", i > 0 ? ", " : "", list[i].name);
        put_value(&to->next, list[i].value);
    }
    pairs_add(to, what, STYLE_PLAIN);
}

typedef struct params {
    const hpt_history *history;
    size_t             index;
    hpt_param         *active;
} params;

static void fill_param(const void *context, size_t row, size_t column, output *cell,
                       style *style_out) {
    const params *it = context;
    (void)style_out;
    if (column == 0) put(cell, param_name(hpt_history_space(it->history), it->active[row]));
    if (column == 1) put_param(cell, it->history, it->index, it->active[row]);
}

static void print_params_table(output *out, const hpt_history *history, size_t index) {
    table_column      columns[] = { { .title = "parameter", .may_cut = true },
                                    { .title = "value", .align = ALIGN_POINT, .may_cut = true } };
    const hpt_record *record = hpt_history_at(history, index);
    size_t            count = hpt_space_count(hpt_history_space(history)), shown = 0;
    params            it = { history, index, take(count + 1, sizeof(hpt_param)) };
    for (hpt_param param = 0; param < count; param++) {
        if (!hpt_history_has_param(history, index, param)) continue;
        it.active[shown++] = param;
        if (record->params[param].type == HPT_TYPE_TEXT) columns[1].align = ALIGN_LEFT;
    }
    table whole = { .columns = columns,
                    .column_count = 2,
                    .row_count = shown,
                    .cell = fill_param,
                    .context = &it };
    table_print(out, &whole);
    free(it.active);
}

static void print_one(output *out, const hpt_history *history, size_t index) {
    const hpt_study_info *info = hpt_history_info(history);
    const hpt_record     *it = hpt_history_at(history, index);
    pairs                 about = { .next = { .fd = -1 } };
    put(&about.next, info->name);
    pairs_add(&about, "study", STYLE_PLAIN);
    putf(&about.next, "%llu of %llu", (unsigned long long)it->number,
         (unsigned long long)info->trial_count);
    pairs_add(&about, "trial", STYLE_PLAIN);
    put_short(&about.next, it->values[0]);
    pairs_add(&about, goal_name(info, 0), STYLE_BOLD);
    if (it->duration_ns >= 0) {
        put_duration(&about.next, trial_seconds(it));
        pairs_add(&about, "duration", STYLE_PLAIN);
    }
    if (it->end_ns != HPT_TIME_NONE) {
        put_time(&about.next, it->end_ns);
        pairs_add(&about, "ended", STYLE_PLAIN);
    }
    add_notes(&about, "attributes", it->attrs, it->attr_count);
    add_notes(&about, "constraints", it->constraints, it->constraint_count);
    pairs_print(out, &about);
    if (hpt_space_count(hpt_history_space(history)) == 0) return;
    put(out, "\n");
    print_params_table(out, history, index);
}

typedef struct front {
    const hpt_history *history;
    const size_t      *indices;
    uint32_t           goal_count;
} front;

static void fill_front(const void *context, size_t row, size_t column, output *cell,
                       style *style_out) {
    const front      *it = context;
    const hpt_record *record = hpt_history_at(it->history, it->indices[row]);
    if (column == 0)
        putf(cell, "%llu", (unsigned long long)record->number);
    else if (column <= it->goal_count)
        put_short(cell, record->values[column - 1]);
    else
        put_param(cell, it->history, it->indices[row], (hpt_param)(column - 1 - it->goal_count));
    if (column > 0 && column <= it->goal_count) *style_out = STYLE_BOLD;
}

static void print_front(output *out, const hpt_history *history, const size_t *indices,
                        size_t count) {
    const hpt_study_info *info = hpt_history_info(history);
    const hpt_space      *space = hpt_history_space(history);
    front                 it = { history, indices, info->goal_count };
    table                 shown = { .row_count = count, .cell = fill_front, .context = &it };
    shown.column_count = 1 + info->goal_count + hpt_space_count(space);
    shown.columns = take(shown.column_count, sizeof *shown.columns);
    shown.columns[0] = (table_column){ .title = "trial", .align = ALIGN_RIGHT };
    for (uint32_t i = 0; i < info->goal_count; i++)
        shown.columns[1 + i] = (table_column){ .title = goal_name(info, i), .align = ALIGN_POINT };
    for (hpt_param i = 0; i < hpt_space_count(space); i++) {
        hpt_param_info param = { .struct_size = sizeof param };
        hpt_space_info(space, i, &param, NULL);
        bool is_range = param.kind == HPT_KIND_REAL || param.kind == HPT_KIND_INT;
        shown.columns[1 + info->goal_count + i] =
            (table_column){ .title = param.name,
                            .align = is_range ? ALIGN_POINT : ALIGN_LEFT,
                            .may_cut = !is_range,
                            .rank = 2 };
    }
    table_print(out, &shown);
    free(shown.columns);
}

/* The best trial, or the front. */
static exit_code find(const hpt_history *history, size_t **indices_out, size_t *count_out) {
    hpt_err err = { 0 };
    size_t *indices = take(hpt_history_count(history) + 1, sizeof *indices), count = 0;
    *indices_out = indices;
    if (hpt_history_info(history)->goal_count > 1) {
        hpt_status status = hpt_history_front(history, indices, &count, &err);
        if (status != HPT_OK) return complain_status(NULL, status, &err);
    } else {
        indices[0] = hpt_history_best(history);
        count = indices[0] != SIZE_MAX;
    }
    *count_out = count;
    return EXIT_FINE;
}

static exit_code best_run(output *out, const char *const *operands, size_t operand_count) {
    hpt_history *history = NULL;
    size_t      *indices = NULL, count = 0, ignored;
    if (params_form && !is_among("json|args", params_form, &ignored)) {
        complain("--params takes json or args, not \"%s\"", params_form);
        return EXIT_USAGE;
    }
    exit_code code = study_open(operands, operand_count, &history);
    if (code != EXIT_FINE) return code;
    code = find(history, &indices, &count);
    if (code == EXIT_FINE && count == 0) {
        complain("%s: no trial is complete", operands[0]);
        code = EXIT_NO;
    }
    if (code == EXIT_FINE || (code == EXIT_NO && wants_json)) {
        if (params_form)
            print_params(out, history, indices, count);
        else if (wants_json)
            print_json(out, history, indices, count);
        else if (hpt_history_info(history)->goal_count > 1)
            print_front(out, history, indices, count);
        else
            print_one(out, history, indices[0]);
    }
    free(indices);
    hpt_history_destroy(history);
    return code;
}

static const example examples[] = {
    { "hpt best svm.db", "The best trial and its parameters." },
    { "eval \"./train $(hpt best --params args svm.db)\"",
      "A program that takes them as options; they are quoted for the shell." },
    { NULL, NULL },
};

const command command_best = {
    .name = "best",
    .summary = "show the best trial, or the front of several goals",
    .operands = "FILE [STUDY]",
    .operands_min = 1,
    .operands_max = 2,
    .about = "Shows the best trial that is complete: its value, and its parameters. With several "
             "goals it shows the front: the trials than which no other is better in one goal and "
             "at least as good in all others.\n"
             "Inactive parameters are not shown.",
    .options = options,
    .examples = examples,
    .run = best_run,
};
