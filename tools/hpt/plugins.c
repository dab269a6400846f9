/* SPDX-License-Identifier: BSD-3-Clause */
#include "plugins.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static int wants_json = 0;

/* clang-format off */
const struct poptOption plugins_options[] = {
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: a list, or one object for the one that is named", NULL },
    POPT_TABLEEND
};
/* clang-format on */

typedef struct plugins {
    plugin_at *at;
    size_t     count;
} plugins;

/* Values as they are typed: "0 to 2^53", "yes|no". */

/* Limits of integers have to be right to the last digit: what is 2^30 is not 1.07374e9. */
static void put_limit(output *out, double limit) {
    char digits[40];
    snprintf(digits, sizeof digits, "%.6g", limit);
    if (limit == 0x1p53)
        put(out, "2^53");
    else if (strtod(digits, NULL) == limit)
        put_short(out, limit);
    else
        put_exact(out, limit);
}

static void put_values(output *out, const hpt_option *of) {
    switch (of->type) {
    case HPT_OPTION_BOOL:
        put(out, "yes|no");
        break;
    case HPT_OPTION_INT:
    case HPT_OPTION_REAL:
        put_limit(out, of->min);
        put(out, " to ");
        put_limit(out, of->max);
        break;
    case HPT_OPTION_TEXT:
        put(out, "text");
        break;
    case HPT_OPTION_CHOICE:
        put(out, of->text);
        break;
    }
}

static void put_word(output *out, const char *words, size_t index) {
    while (index-- > 0 && strchr(words, '|'))
        words = strchr(words, '|') + 1;
    put_bytes(out, words, strcspn(words, "|"));
}

/* A default that is none of the values says that the option was not given. */
static bool has_initial(const hpt_option *of) {
    if (of->type == HPT_OPTION_INT || of->type == HPT_OPTION_REAL) return of->initial >= of->min;
    return of->type != HPT_OPTION_TEXT || (of->text && *of->text);
}

static void put_initial(output *out, const hpt_option *of) {
    if (!has_initial(of))
        put(out, of->type == HPT_OPTION_TEXT && of->text ? "must be given" : "not given");
    else if (of->type == HPT_OPTION_BOOL)
        put(out, of->initial != 0 ? "yes" : "no");
    else if (of->type == HPT_OPTION_CHOICE)
        put_word(out, of->text, (size_t)of->initial);
    else if (of->type == HPT_OPTION_TEXT)
        put(out, of->text);
    else
        put_limit(out, of->initial);
}

static const char *type_of(const hpt_option *of) {
    static const char *const words[] = { [HPT_OPTION_BOOL] = "bool",
                                         [HPT_OPTION_INT] = "int",
                                         [HPT_OPTION_REAL] = "real",
                                         [HPT_OPTION_TEXT] = "text",
                                         [HPT_OPTION_CHOICE] = "choice" };
    return words[of->type];
}

/* Tables. */

static void fill_plugin(const void *context, size_t row, size_t column, output *cell,
                        style *style_out) {
    const plugins *all = context;
    plugin         it;
    if (!all->at(row, &it)) return;
    if (it.absent) *style_out = STYLE_DIM;
    if (column == 0) {
        put(cell, it.name);
        if (!it.absent) *style_out = STYLE_BOLD;
    } else {
        put(cell, it.summary);
        if (it.absent) putf(cell, " (absent: %s)", it.absent);
    }
}

static void fill_option(const void *context, size_t row, size_t column, output *cell,
                        style *style_out) {
    const hpt_option *of = &((const hpt_option *)context)[row];
    switch (column) {
    case 0:
        put(cell, of->name);
        *style_out = STYLE_BOLD;
        break;
    case 1:
        put(cell, type_of(of));
        break;
    case 2:
        put_values(cell, of);
        break;
    case 3:
        put_initial(cell, of);
        break;
    default:
        put(cell, of->help);
    }
}

static size_t count_options(const hpt_option *of) {
    size_t count = 0;
    while (of && of[count].name)
        count++;
    return count;
}

static void show_all(output *out, const char *what, plugins *all) {
    table_column columns[] = { { .title = what },
                               { .title = "what it does", .may_cut = true, .wraps = true } };
    table        shown = { .columns = columns,
                           .column_count = 2,
                           .row_count = all->count,
                           .cell = fill_plugin,
                           .context = all };
    table_print(out, &shown);
}

/* How options are written, by the first that can show it. */
static void put_usage(output *out, const plugin *it) {
    const hpt_option *of = it->options;
    while (of->name && !has_initial(of))
        of++;
    if (!of->name) of = it->options;
    put_style(out, STYLE_DIM);
    putf(out, "written %s:%s=", it->name, of->name);
    if (has_initial(of))
        put_initial(out, of);
    else
        put(out, "...");
    putf(out, "%s", count_options(it->options) > 1 ? ",..." : "");
    put_style(out, STYLE_PLAIN);
    put(out, "\n");
}

static void show_one(output *out, const plugin *it) {
    table_column columns[] = { { .title = "option" },
                               { .title = "type" },
                               { .title = "values", .may_cut = true, .wraps = true },
                               { .title = "default", .may_cut = true },
                               { .title = "meaning", .may_cut = true, .wraps = true } };
    table        shown = { .columns = columns,
                           .column_count = 5,
                           .row_count = count_options(it->options),
                           .cell = fill_option,
                           .context = it->options };
    put_styled(out, it->absent ? STYLE_DIM : STYLE_BOLD, it->name);
    putf(out, ": %s\n", it->summary);
    if (it->absent) putf(out, "absent: %s\n", it->absent);
    if (shown.row_count == 0) return;
    put(out, "\n");
    table_print(out, &shown);
    put(out, "\n");
    put_usage(out, it);
}

/* JSON. */

static void json_limits(output *out, const hpt_option *of) {
    if (of->type == HPT_OPTION_INT || of->type == HPT_OPTION_REAL) {
        bool is_int = of->type == HPT_OPTION_INT;
        json_key(out, "min");
        is_int ? json_int(out, (int64_t)of->min) : json_real(out, of->min);
        json_key(out, "max");
        is_int ? json_int(out, (int64_t)of->max) : json_real(out, of->max);
    }
    if (of->type != HPT_OPTION_CHOICE) return;
    json_key(out, "values");
    json_open(out, "[");
    for (const char *at = of->text;; at += strcspn(at, "|") + 1) {
        output word = { .fd = -1 };
        put_word(&word, at, 0);
        json_text(out, output_text(&word));
        output_free(&word);
        if (!strchr(at, '|')) break;
    }
    json_close(out, "]");
}

static void json_initial(output *out, const hpt_option *of) {
    output text = { .fd = -1 };
    json_key(out, "default");
    put_initial(&text, of);
    if (!has_initial(of))
        json_null(out);
    else if (of->type == HPT_OPTION_BOOL)
        json_bool(out, of->initial != 0);
    else if (of->type == HPT_OPTION_INT)
        json_int(out, (int64_t)of->initial);
    else if (of->type == HPT_OPTION_REAL)
        json_real(out, of->initial);
    else
        json_text(out, output_text(&text));
    output_free(&text);
}

static void json_plugin(output *out, const plugin *it) {
    json_open(out, "{");
    json_key(out, "name");
    json_text(out, it->name);
    json_key(out, "summary");
    json_text(out, it->summary);
    json_key(out, "absent");
    it->absent ? json_text(out, it->absent) : json_null(out);
    json_key(out, "options");
    json_open(out, "[");
    for (const hpt_option *of = it->options; of && of->name; of++) {
        json_open(out, "{");
        json_key(out, "name");
        json_text(out, of->name);
        json_key(out, "type");
        json_text(out, type_of(of));
        json_limits(out, of);
        json_initial(out, of);
        json_key(out, "help");
        json_text(out, of->help);
        json_close(out, "}");
    }
    json_close(out, "]");
    json_close(out, "}");
}

static const char *name_at(const void *context, size_t index) {
    const plugins *all = context;
    plugin         it;
    return all->at(index, &it) ? it.name : NULL;
}

static bool find(const plugins *all, const char *name, plugin *plugin_out) {
    for (size_t i = 0; all->at(i, plugin_out); i++)
        if (strcmp(plugin_out->name, name) == 0) return true;
    return false;
}

static void show_json(output *out, const plugins *all) {
    plugin it;
    json_open(out, "[");
    for (size_t i = 0; all->at(i, &it); i++) {
        json_line(out);
        json_plugin(out, &it);
    }
    json_close(out, "]");
}

const char *plugins_name(plugin_at *at, size_t index) {
    plugin it;
    return at(index, &it) ? it.name : NULL;
}

exit_code plugins_show(output *out, const char *what, plugin_at *at, const char *const *operands,
                       size_t operand_count) {
    const char *name = operand_count > 0 ? operands[0] : NULL;
    plugins     all = { .at = at };
    plugin      it;
    while (at(all.count, &it))
        all.count++;
    if (name && !find(&all, name, &it)) {
        complain_unknown(what, name, name_at, &all);
        return EXIT_NO;
    }
    if (wants_json) {
        name ? json_plugin(out, &it) : show_json(out, &all);
        put(out, "\n");
    } else if (name) {
        show_one(out, &it);
    } else {
        show_all(out, what, &all);
    }
    return EXIT_FINE;
}
