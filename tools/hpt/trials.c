/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt trials: the trials of a study. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "choose.h"

static int    wants_json = 0, wants_reports = 0;
static char  *column_list = NULL;
static choice given = CHOICE_ALL;

/* clang-format off */
static const struct poptOption options[] = {
    CHOICE_OPTIONS(given),
    { "columns", '\0', POPT_ARG_STRING, &column_list, 0, "these columns, in this order: number, state, value, the names of goals, parameters, attributes and constraints on results, duration, reason, last_step, last_value, start, end, worker, order", "COLUMN[,COLUMN...]" },
    { "reports", '\0', POPT_ARG_NONE, &wants_reports, 0, "one row for each intermediate value", NULL },
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object", NULL },
    POPT_TABLEEND
};
/* clang-format on */

/* A row is a trial, or one of its reports. */
typedef struct trial_row {
    size_t            index;
    const hpt_report *report;
} trial_row;

typedef struct trials {
    const hpt_history *history;
    size_t            *indices;
    size_t             count;
    trial_row         *rows;
    size_t             row_count;
    trial_column      *fields;
    table_column      *columns;
    size_t             column_count;
    size_t             best; /* index of the best trial */
} trials;

/* Cells. */

/* Of further goals there may be none in the file. */
static hpt_value reported(const hpt_report *report, uint32_t goal) {
    double value = report->values[goal];
    return goal > 0 && isnan(value) ? hpt_null() : hpt_real(value);
}

static hpt_value value_of(const trials *it, size_t row, const trial_column *of) {
    const hpt_report *report = it->rows[row].report;
    if (report && of->field == FIELD_STEP) return hpt_int(report->step);
    if (report && of->field == FIELD_REPORT) return reported(report, of->index);
    return trial_column_value(it->history, of, it->rows[row].index);
}

static void fill(const void *context, size_t row, size_t column, output *cell, style *style_out) {
    const trials       *it = context;
    const trial_column *of = &it->fields[column];
    size_t              index = it->rows[row].index;
    const hpt_record   *record = hpt_history_at(it->history, index);
    hpt_value           value = value_of(it, row, of);
    if (value.type == HPT_TYPE_NULL && of->field != FIELD_PARAM) return;
    switch (of->field) {
    case FIELD_PARAM:
        put_param(cell, it->history, index, (hpt_param)of->index);
        break;
    case FIELD_STATE:
        *style_out = state_style(record->state);
        put_value(cell, value);
        break;
    case FIELD_DURATION:
        put_duration(cell, value.as.real);
        break;
    case FIELD_START:
    case FIELD_END:
        put_time(cell, value.as.integer);
        break;
    case FIELD_NUMBER:
    case FIELD_VALUE:
        if (index == it->best) *style_out = STYLE_BOLD;
        put_value(cell, value);
        break;
    case FIELD_REASON:
        *style_out = STYLE_DIM;
        put_value(cell, value);
        break;
    default:
        put_value(cell, value);
    }
}

/* Columns. */

static table_column shape_of(const trials *it, const trial_column *of) {
    hpt_param_info info = { .struct_size = sizeof info };
    table_column   shape = { .title = of->name, .align = ALIGN_RIGHT, .rank = 1 };
    switch (of->field) {
    case FIELD_NUMBER:
        shape.rank = 0;
        break;
    case FIELD_STATE:
        shape.rank = 0;
        shape.align = ALIGN_LEFT;
        break;
    case FIELD_VALUE:
        shape.rank = 0;
        shape.align = ALIGN_POINT;
        break;
    case FIELD_PARAM:
        hpt_space_info(hpt_history_space(it->history), of->index, &info, NULL);
        shape.align = info.kind == HPT_KIND_REAL  ? ALIGN_POINT
                      : info.kind == HPT_KIND_INT ? ALIGN_RIGHT
                                                  : ALIGN_LEFT;
        shape.may_cut = shape.align == ALIGN_LEFT;
        shape.rank = 3;
        break;
    case FIELD_REASON:
    case FIELD_ATTR:
        shape.align = ALIGN_LEFT;
        shape.may_cut = true;
        break;
    case FIELD_REPORT:
    case FIELD_CONSTRAINT:
        shape.align = ALIGN_POINT;
        break;
    default:
        break;
    }
    return shape;
}

static void add_column(trials *it, trial_column of) {
    it->fields = take_more(it->fields, it->column_count + 1, sizeof *it->fields);
    it->columns = take_more(it->columns, it->column_count + 1, sizeof *it->columns);
    it->fields[it->column_count] = of;
    it->columns[it->column_count++] = shape_of(it, &of);
}

static bool any_has(const trials *it, trial_field field) {
    const trial_column of = { .field = field };
    for (size_t i = 0; i < it->count; i++)
        if (trial_column_value(it->history, &of, it->indices[i]).type != HPT_TYPE_NULL) return true;
    return false;
}

static void add_values(trials *it, trial_field field) {
    const hpt_study_info *info = hpt_history_info(it->history);
    for (uint32_t i = 0; i < info->goal_count; i++)
        add_column(it, (trial_column){ field, i, goal_name(info, i) });
}

/* With several goals the columns of their names are what was reported. */
static void choose_report_columns(trials *it) {
    bool is_one = hpt_history_info(it->history)->goal_count == 1;
    if (is_one) add_values(it, FIELD_VALUE);
    add_column(it, (trial_column){ FIELD_STEP, 0, "step" });
    if (is_one)
        add_column(it, (trial_column){ FIELD_REPORT, 0, "report" });
    else
        add_values(it, FIELD_REPORT);
}

/* Without --columns: what there is something of. */
static void choose_columns(trials *it) {
    const hpt_space *space = hpt_history_space(it->history);
    add_column(it, (trial_column){ FIELD_NUMBER, 0, "trial" });
    add_column(it, (trial_column){ FIELD_STATE, 0, "state" });
    if (wants_reports) {
        choose_report_columns(it);
        return;
    }
    add_values(it, FIELD_VALUE);
    for (hpt_param i = 0; i < hpt_space_count(space); i++)
        add_column(it, (trial_column){ FIELD_PARAM, i, param_name(space, i) });
    if (any_has(it, FIELD_DURATION))
        add_column(it, (trial_column){ FIELD_DURATION, 0, "duration" });
    if (any_has(it, FIELD_REASON)) add_column(it, (trial_column){ FIELD_REASON, 0, "reason" });
}

static exit_code read_columns(trials *it) {
    const char *list = column_list;
    char        word[512];
    while (next_word(&list, word, sizeof word)) {
        trial_column of;
        if (!trial_column_find(it->history, word, &of)) {
            trial_column_complain(it->history, word);
            return EXIT_USAGE;
        }
        add_column(it, of);
    }
    if (it->column_count > 0) return EXIT_FINE;
    complain("--columns names none");
    return EXIT_USAGE;
}

/* Rows. */

static void add_row(trials *it, size_t index, const hpt_report *report) {
    it->rows[it->row_count++] = (trial_row){ index, report };
}

static void make_rows(trials *it) {
    size_t count = 0, room = it->count;
    for (size_t i = 0; wants_reports && i < it->count; i++) {
        hpt_history_reports(it->history, it->indices[i], &count);
        room += count;
    }
    it->rows = take(room + 1, sizeof *it->rows);
    for (size_t i = 0; i < it->count; i++) {
        count = 0;
        const hpt_report *reports = hpt_history_reports(it->history, it->indices[i], &count);
        if (!wants_reports) add_row(it, it->indices[i], NULL);
        for (size_t k = 0; wants_reports && reports && k < count; k++)
            add_row(it, it->indices[i], &reports[k]);
    }
}

static exit_code print_table(output *out, trials *it) {
    exit_code code = EXIT_FINE;
    if (column_list)
        code = read_columns(it);
    else
        choose_columns(it);
    if (code != EXIT_FINE) return code;
    make_rows(it);
    it->best = hpt_history_best(it->history);
    table shown = { .columns = it->columns,
                    .column_count = it->column_count,
                    .row_count = it->row_count,
                    .cell = fill,
                    .context = it };
    table_print(out, &shown);
    return EXIT_FINE;
}

static void print_json(output *out, const trials *it) {
    json_open(out, "{");
    json_info(out, hpt_history_info(it->history));
    json_key(out, "trials");
    json_open(out, "[");
    for (size_t i = 0; i < it->count && !out->error; i++) {
        json_line(out);
        json_trial(out, it->history, it->indices[i], wants_reports);
    }
    json_close(out, "]");
    json_close(out, "}");
    put(out, "\n");
}

static exit_code trials_run(output *out, const char *const *operands, size_t count) {
    hpt_history *history = NULL;
    trials       it = { .count = 0 };
    exit_code    code = study_open(operands, count, &history);
    if (code != EXIT_FINE) return code;
    it.history = history;
    code = choose(history, &given, &it.indices, &it.count);
    if (code == EXIT_FINE && wants_json)
        print_json(out, &it);
    else if (code == EXIT_FINE)
        code = print_table(out, &it);
    free(it.indices);
    free(it.fields);
    free(it.columns);
    free(it.rows);
    hpt_history_destroy(history);
    return code;
}

static const example examples[] = {
    { "hpt trials svm.db --sort best --limit 10", "The ten best." },
    { "hpt trials svm.db --state failed,crashed,timeout --columns number,duration,reason",
      "What went wrong." },
    { "hpt trials svm.db --where 'C > 10 and value < 0.02'", "Some part of the space." },
    { NULL, NULL },
};

const command command_trials = {
    .name = "trials",
    .summary = "show the trials of a study",
    .operands = "FILE [STUDY]",
    .operands_min = 1,
    .operands_max = 2,
    .about =
        "Shows a study's trials in the order of their numbers. STUDY is needed when FILE has "
        "several. The best trial stands out.\n"
        "Where a terminal is too narrow, texts are cut, then the last parameters are left out and "
        "named below the table. Numbers have at most six digits; --json and `hpt export` give all "
        "of them.\n"
        "A column is a parameter if one has its name, else what the list under --columns says; "
        "parameter:x, goal:x, attribute:x and constraint:x say which is meant.",
    .options = options,
    .examples = examples,
    .run = trials_run,
};
