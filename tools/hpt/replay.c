/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt replay: one trial of a study once more, in the program that it is of. The program is started
 * with an environment that asks for it (hpt_replay() in hpt/study.h); how it went comes back
 * through a file. */
#define _GNU_SOURCE /* environ */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay.h"
#include "study.h"

static int    wants_json = 0, wants_debugger = 0;
static char  *study_name = NULL, *debugger = NULL;
static double limit_s = 0;

/* clang-format off */
static const struct poptOption options[] = {
    { "study", '\0', POPT_ARG_STRING, &study_name, 0, "which study, when FILE has several", "NAME" },
    { "limit", '\0', POPT_ARG_DOUBLE, &limit_s, 0, "tell the trial to stop after so long, as trial_s_max would; 0: never", "SECONDS" },
    { "debug", '\0', POPT_ARG_NONE, &wants_debugger, 0, "start the program under a debugger", NULL },
    { "debugger", '\0', POPT_ARG_STRING, &debugger, 0, "with --debug: this one, with its options; without it HPT_DEBUGGER of the environment, else \"gdb --args\"", "COMMAND" },
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object", NULL },
    POPT_TABLEEND
};
/* clang-format on */

static bool read_number(const char *text, uint64_t *number_out) {
    char *end;
    errno = 0;
    *number_out = strtoull(text, &end, 10);
    return *text >= '0' && *text <= '9' && *end == '\0' && errno == 0;
}

/* Rows are in the order of numbers, and numbers seldom have gaps. */
static size_t find(const hpt_history *history, uint64_t number) {
    size_t low = 0, high = hpt_history_count(history);
    while (low < high) {
        size_t   middle = low + (high - low) / 2;
        uint64_t at = hpt_history_at(history, middle)->number;
        if (at == number) return middle;
        if (at < number)
            low = middle + 1;
        else
            high = middle;
    }
    return SIZE_MAX;
}

static exit_code complain_absent(const char *path, const hpt_history *history, uint64_t number) {
    const char *name = hpt_history_info(history)->name;
    size_t      count = hpt_history_count(history);
    if (count == 0)
        complain("%s: study \"%s\" has no trials yet", path, name);
    else
        complain("%s: study \"%s\" has no trial %" PRIu64 ": the last is %" PRIu64, path, name,
                 number, hpt_history_at(history, count - 1)->number);
    return EXIT_FILE;
}

/* What is compared. */

static bool is_same_real(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool are_values_same(const hpt_record *then, const replayed *now) {
    if (then->value_count != now->value_count) return false;
    for (uint32_t i = 0; i < now->value_count; i++)
        if (!is_same_real(then->values[i], now->values[i])) return false;
    return true;
}

/* A process that died tells nothing but how, in the same words. */
static bool is_same_death(const hpt_record *then, const replayed *now) {
    const char *at = strstr(then->reason, now->death);
    if (then->state != HPT_TRIAL_CRASHED || !at) return false;
    return !strchr("0123456789", at[strlen(now->death)]) || at[strlen(now->death)] == '\0';
}

static const char *verdict(const hpt_record *then, const replayed *now, bool is_same) {
    if (is_same) return "as recorded";
    if (then->state == HPT_TRIAL_RUNNING) return "nothing to compare with: it had not ended";
    if (then->state != now->state) return "not as recorded: it ended otherwise";
    if (now->state == HPT_TRIAL_CRASHED) return "not as recorded: it died otherwise";
    if (!are_values_same(then, now)) return "not as recorded: another value";
    if (strcmp(then->reason, now->reason) != 0) return "not as recorded: another reason";
    return "not as recorded: other reports";
}

/* For people: two rows. */

typedef struct shown {
    const hpt_study_info *info;
    const hpt_record     *then;
    const replayed       *now;
    bool                  has_report;
} shown;

enum { AT_WHEN, AT_STATE, AT_VALUE };

static void fill_rest(const shown *it, size_t row, size_t column, output *cell) {
    bool   is_then = row == 0;
    double seconds = is_then ? trial_seconds(it->then) : it->now->duration_s;
    bool   has_report = is_then ? it->then->has_report : it->now->has_report;
    size_t at = column - AT_VALUE - it->info->goal_count + (it->has_report ? 0 : 2);
    if (at == 0 && has_report)
        putf(cell, "%" PRId64, is_then ? it->then->last_step : it->now->last_step);
    if (at == 1 && has_report)
        put_short(cell, is_then ? it->then->last_value : it->now->last_value);
    if (at == 2 && !isnan(seconds)) put_duration(cell, seconds);
    if (at == 3) put(cell, is_then ? it->then->reason : it->now->reason);
}

static void fill(const void *context, size_t row, size_t column, output *cell, style *style_out) {
    const shown    *it = context;
    hpt_trial_state state = row == 0 ? it->then->state : it->now->state;
    uint32_t        count = row == 0 ? it->then->value_count : it->now->value_count;
    const double   *values = row == 0 ? it->then->values : it->now->values;
    if (column == AT_WHEN) put(cell, row == 0 ? "recorded" : "now");
    if (column == AT_STATE) {
        *style_out = state_style(state);
        put(cell, state_word(state));
    }
    if (column < AT_VALUE) return;
    if (column - AT_VALUE >= it->info->goal_count)
        fill_rest(it, row, column, cell);
    else if (column - AT_VALUE < count)
        put_exact(cell, values[column - AT_VALUE]);
}

static void print(output *out, const hpt_study_info *info, const hpt_record *then,
                  const replayed *now, bool is_same) {
    shown         it = { info, then, now, then->has_report || now->has_report };
    size_t        count = AT_VALUE;
    table_column *columns = take(AT_VALUE + info->goal_count + 4, sizeof *columns);
    columns[AT_WHEN] = (table_column){ .title = "" };
    columns[AT_STATE] = (table_column){ .title = "state" };
    for (uint32_t i = 0; i < info->goal_count; i++)
        columns[count++] = (table_column){ .title = goal_name(info, i), .align = ALIGN_POINT };
    if (it.has_report) {
        columns[count++] = (table_column){ .title = "last step", .align = ALIGN_RIGHT };
        columns[count++] = (table_column){ .title = "last value", .align = ALIGN_POINT };
    }
    columns[count++] = (table_column){ .title = "duration", .align = ALIGN_RIGHT };
    columns[count++] = (table_column){ .title = "reason", .may_cut = true, .wraps = true };
    table whole = {
        .columns = columns, .column_count = count, .row_count = 2, .cell = fill, .context = &it
    };
    table_print(out, &whole);
    free(columns);
    put_styled(out, is_same ? STYLE_GOOD : STYLE_BAD, verdict(then, now, is_same));
    put(out, "\n");
}

/* For programs. */

static void print_json(output *out, const hpt_history *history, size_t index, const replayed *now,
                       bool is_same) {
    json_open(out, "{");
    json_key(out, "study");
    json_text(out, hpt_history_info(history)->name);
    json_key(out, "recorded");
    json_trial(out, history, index, false);
    json_key(out, "now");
    json_open(out, "{");
    json_key(out, "state");
    json_text(out, hpt_trial_state_text(now->state));
    json_key(out, "values");
    if (now->value_count > 0) {
        json_open(out, "[");
        for (uint32_t i = 0; i < now->value_count; i++)
            json_real(out, now->values[i]);
        json_close(out, "]");
    } else {
        json_null(out);
    }
    json_key(out, "reason");
    json_text(out, now->reason);
    json_key(out, "last_step");
    now->has_report ? json_int(out, now->last_step) : json_null(out);
    json_key(out, "last_value");
    now->has_report ? json_real(out, now->last_value) : json_null(out);
    json_key(out, "duration_s");
    isnan(now->duration_s) ? json_null(out) : json_real(out, now->duration_s);
    json_close(out, "}");
    json_key(out, "same");
    json_bool(out, is_same);
    json_close(out, "}");
    put(out, "\n");
}

static exit_code conclude(output *out, const hpt_history *history, size_t index,
                          const replayed *now) {
    const hpt_record *then = hpt_history_at(history, index);
    bool              is_same = *now->death ? is_same_death(then, now) : now->is_same;
    if (wants_json)
        print_json(out, history, index, now, is_same);
    else
        print(out, hpt_history_info(history), then, now, is_same);
    return is_same ? EXIT_FINE : EXIT_NO;
}

static exit_code replay_index(output *out, const char *const *operands, const hpt_history *history,
                              size_t index) {
    replay_wish wish = { .file = operands[0],
                         .study = hpt_history_info(history)->name,
                         .trial = hpt_history_at(history, index)->number,
                         .limit_s = limit_s,
                         .program = operands + 2,
                         .debugger = NULL };
    if (wants_debugger) {
        const char *usual = getenv("HPT_DEBUGGER");
        wish.debugger = debugger ? debugger : usual && *usual ? usual : "gdb --args";
    }
    replayed  now;
    exit_code code = replay_program(&wish, &now);
    if (code == EXIT_FINE) code = conclude(out, history, index, &now);
    replayed_free(&now);
    return code;
}

static exit_code replay_run(output *out, const char *const *operands, size_t count) {
    const char  *study[] = { operands[0], study_name };
    hpt_history *history = NULL;
    uint64_t     number;
    (void)count;
    if (!read_number(operands[1], &number)) {
        complain("\"%s\" is no trial's number", operands[1]);
        return EXIT_USAGE;
    }
    if (!(limit_s >= 0) || isinf(limit_s)) {
        complain("--limit takes seconds, not %g", limit_s);
        return EXIT_USAGE;
    }
    exit_code code = study_open(study, study_name ? 2 : 1, &history);
    if (code != EXIT_FINE) return code;
    size_t index = find(history, number);
    code = index == SIZE_MAX ? complain_absent(operands[0], history, number)
                             : replay_index(out, operands, history, index);
    hpt_history_destroy(history);
    return code;
}

static const example examples[] = {
    { "hpt replay svm.db 41 -- ./svm --data train.csv", "Why did trial 41 fail?" },
    { "hpt replay --debug svm.db 41 -- ./svm --data train.csv", "The same in gdb." },
    { "hpt replay --debug --debugger 'valgrind -q' svm.db 41 -- ./svm --data train.csv",
      "Or under anything else that takes a program's command line." },
    { NULL, NULL },
};

const command command_replay = {
    .name = "replay",
    .summary = "run a recorded trial again, in its program or a debugger",
    .operands = "FILE TRIAL -- PROGRAM [ARGUMENT]...",
    .operands_min = 3,
    .operands_max = SIZE_MAX,
    .about =
        "Starts PROGRAM, which must be the one that ran the study, as it was started then. Where "
        "it comes to run the study in FILE, nothing is searched: that one trial is evaluated, with "
        "the same number, parameters and random numbers, on the program's own thread, without a "
        "time limit and without worker processes. Then the two ends are shown, and whether they "
        "are the same: state, values, last report, and the reason of a trial that failed.\n"
        "The study is only read. What ran it is not recorded in it, so PROGRAM is never taken from "
        "a file.\n"
        "The program is told that its run did not take place (HPT_EREPLAYED), and ends as it "
        "will; "
        "its exit code does not matter. A program that does not run this study runs as ever.",
    .options = options,
    .examples = examples,
    .run = replay_run,
};
