/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt list: the studies of files. */
#include <stdlib.h>
#include <string.h>

#include "study.h"

static int wants_json = 0;

/* clang-format off */
static const struct poptOption options[] = {
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object per study and line", NULL },
    POPT_TABLEEND
};
/* clang-format on */

enum { COLUMNS_MAX = 8 + HPT_TRIAL_STATE_COUNT };

typedef enum field { FILE_NAME, NAME, TRIALS, STATE, BEST, GOAL, STRATEGY, LAST } field;

/* A column, and which state it counts. */
typedef struct list_column {
    field           field;
    hpt_trial_state state;
} list_column;

typedef struct list_row {
    const char           *path;
    const hpt_study_info *info;
} list_row;

typedef struct listing {
    list_row    *rows;
    size_t       row_count;
    list_column *fields;
    size_t       file_count;
} listing;

static void cell_best(const hpt_study_info *info, output *cell, style *style_out) {
    if (!info->has_best) return;
    put_short(cell, info->best_value);
    *style_out = STYLE_BOLD;
}

static void cell_goals(const hpt_study_info *info, output *cell) {
    for (uint32_t i = 0; i < info->goal_count; i++)
        putf(cell, "%s%s %s", i > 0 ? ", " : "", direction_text(info->goals[i].direction),
             goal_name(info, i));
}

static void fill(const void *context, size_t index, size_t column, output *cell, style *style_out) {
    const listing        *it = context;
    const list_column    *of = &it->fields[column];
    const hpt_study_info *info = it->rows[index].info;
    if (*info->problem && of->field != FILE_NAME && of->field != NAME) return;
    switch (of->field) {
    case FILE_NAME:
        put(cell, it->rows[index].path);
        break;
    case NAME:
        put(cell, info->name);
        break;
    case TRIALS:
        putf(cell, "%llu", (unsigned long long)info->trial_count);
        break;
    case STATE:
        putf(cell, "%llu", (unsigned long long)info->state_count[of->state]);
        *style_out = info->state_count[of->state] > 0 ? state_style(of->state) : STYLE_DIM;
        break;
    case BEST:
        cell_best(info, cell, style_out);
        break;
    case GOAL:
        cell_goals(info, cell);
        break;
    case STRATEGY:
        put(cell, info->is_ours && info->strategy ? info->strategy : "");
        break;
    case LAST:
        put_time(cell, info->last_ns);
        break;
    }
}

static bool has_state(const listing *it, int state) {
    for (size_t i = 0; i < it->row_count; i++)
        if (it->rows[i].info->state_count[state] > 0) return true;
    return false;
}

/* Below the table, since a sentence has no room in it: who is at it; or that nobody is, and
 * somebody was. */
static bool put_sentence(output *line, const hpt_study_info *info, const char *path) {
    unsigned long long running = (unsigned long long)info->state_count[HPT_TRIAL_RUNNING];
    if (info->held_by && *info->held_by) {
        putf(line, "%s of %s is held by %s", info->name, path, info->held_by);
        return true;
    }
    if (!info->is_ours || running == 0) return false;
    putf(line, "%s of %s was interrupted: %llu trial%s did not end; the next run goes on",
         info->name, path, running, running == 1 ? "" : "s");
    return true;
}

/* Below the table: a sentence has no room in it. */
static void put_held(output *out, const listing *it) {
    for (size_t i = 0; i < it->row_count; i++) {
        output line = { .fd = -1 };
        if (!put_sentence(&line, it->rows[i].info, it->rows[i].path)) continue;
        put_style(out, STYLE_BUSY);
        put_harmless(out, output_text(&line));
        put_style(out, STYLE_PLAIN);
        put(out, "\n");
        output_free(&line);
    }
}

typedef struct list_table {
    table_column columns[COLUMNS_MAX];
    list_column  fields[COLUMNS_MAX];
    size_t       count;
} list_table;

static void add(list_table *to, list_column of, table_column shown) {
    to->fields[to->count] = of;
    to->columns[to->count++] = shown;
}

/* Only states that some study has, a column for the file only when there are several. */
static void print_table(output *out, listing *it) {
    list_table to = { .count = 0 };
    if (it->file_count > 1)
        add(&to, (list_column){ FILE_NAME, 0 }, (table_column){ .title = "file", .may_cut = true });
    add(&to, (list_column){ NAME, 0 }, (table_column){ .title = "study", .may_cut = true });
    add(&to, (list_column){ TRIALS, 0 }, (table_column){ .title = "trials", .align = ALIGN_RIGHT });
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++) {
        hpt_trial_state state = (hpt_trial_state)i;
        table_column    shown = { .title = state_word(state), .align = ALIGN_RIGHT, .rank = 1 };
        if (has_state(it, i)) add(&to, (list_column){ STATE, state }, shown);
    }
    add(&to, (list_column){ BEST, 0 }, (table_column){ .title = "best", .align = ALIGN_POINT });
    add(&to, (list_column){ GOAL, 0 },
        (table_column){ .title = "goal", .may_cut = true, .rank = 3 });
    add(&to, (list_column){ STRATEGY, 0 },
        (table_column){ .title = "strategy", .may_cut = true, .rank = 2 });
    add(&to, (list_column){ LAST, 0 }, (table_column){ .title = "last end", .rank = 2 });
    it->fields = to.fields;
    table shown = { .columns = to.columns,
                    .column_count = to.count,
                    .row_count = it->row_count,
                    .cell = fill,
                    .context = it };
    table_print(out, &shown);
    put_held(out, it);
}

static void print_json(output *out, const listing *it) {
    for (size_t i = 0; i < it->row_count; i++) {
        out->needs_comma = false;
        json_open(out, "{");
        json_key(out, "file");
        json_text(out, it->rows[i].path);
        json_info(out, it->rows[i].info);
        json_key(out, "problem");
        *it->rows[i].info->problem ? json_text(out, it->rows[i].info->problem) : json_null(out);
        json_close(out, "}");
        put(out, "\n");
    }
}

static void put_empty(output *out, const char *path) {
    output line = { .fd = -1 };
    if (wants_json) return;
    putf(&line, "%s has no study yet", path);
    put_harmless(out, output_text(&line));
    put(out, "\n");
    output_free(&line);
}

/* The studies of one file. One that cannot be read does not keep the others from being listed. */
static exit_code add_file(output *out, listing *it, const char *path, hpt_study_list **list_out) {
    hpt_err    err = { 0 };
    hpt_status status = hpt_study_list_load(path, list_out, &err);
    exit_code  code = EXIT_FINE;
    if (status != HPT_OK) {
        code = complain_status(path, status, &err);
        return code == EXIT_USAGE ? EXIT_FILE : code;
    }
    size_t more = hpt_study_list_count(*list_out);
    if (more == 0) put_empty(out, path);
    it->rows = take_more(it->rows, it->row_count + more, sizeof *it->rows);
    for (size_t i = 0; i < more; i++) {
        const hpt_study_info *info = hpt_study_list_at(*list_out, i);
        it->rows[it->row_count++] = (list_row){ .path = path, .info = info };
        if (!*info->problem) continue;
        complain("%s, study %s: %s", path, info->name, info->problem);
        code = EXIT_FILE;
    }
    return code;
}

/* Nor does a file. */
static exit_code list_run(output *out, const char *const *operands, size_t count) {
    hpt_study_list **lists = take(count, sizeof *lists);
    listing          it = { .file_count = count };
    exit_code        code = EXIT_FINE;
    for (size_t i = 0; i < count; i++) {
        exit_code failed = add_file(out, &it, operands[i], &lists[i]);
        if (failed != EXIT_FINE) code = failed;
    }
    if (wants_json)
        print_json(out, &it);
    else if (it.row_count > 0)
        print_table(out, &it);
    for (size_t i = 0; i < count; i++)
        hpt_study_list_destroy(lists[i]);
    free(lists);
    free(it.rows);
    return code;
}

static const example examples[] = {
    { "hpt list svm.db", "The studies of one file." },
    { "hpt list --json *.db | jq -r 'select(.held_by) | .file'",
      "The files that some process is writing now." },
    { NULL, NULL },
};

const command command_list = {
    .name = "list",
    .summary = "list the studies of files",
    .operands = "FILE...",
    .operands_min = 1,
    .operands_max = SIZE_MAX,
    .about = "Lists the studies that files hold: how many trials in which state, the best value "
             "(with several goals in the first), strategy, times, and who holds it, or that "
             "it was interrupted.\n"
             "A file may be in use by another process; nothing is changed.",
    .options = options,
    .examples = examples,
    .run = list_run,
};
