/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt export: a study in a form that others read. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "choose.h"
#include "forms.h"
#include "save.h"

/* Bits: popt puts all that are asked for together, and two of them are one too many. */
enum { FORM_NONE, FORM_CSV = 1, FORM_JSON = 2, FORM_JSONL = 4, FORM_JOURNAL = 8, FORM_T4 = 16 };

static int    form = FORM_NONE, may_replace = 0;
static char  *path = NULL;
static choice given = CHOICE_ALL;

/* clang-format off */
static const struct poptOption options[] = {
    { "csv", '\0', POPT_ARG_VAL | POPT_ARGFLAG_OR, &form, FORM_CSV, "a row for each trial, as the observer csv writes it", NULL },
    { "json", '\0', POPT_ARG_VAL | POPT_ARGFLAG_OR, &form, FORM_JSON, "one object: the study, its space, its trials with intermediate values", NULL },
    { "jsonl", '\0', POPT_ARG_VAL | POPT_ARGFLAG_OR, &form, FORM_JSONL, "an object a line, as the observer jsonl writes them", NULL },
    { "journal", '\0', POPT_ARG_VAL | POPT_ARGFLAG_OR, &form, FORM_JOURNAL, "a journal file, as Optuna reads it", NULL },
    { "t4", '\0', POPT_ARG_VAL | POPT_ARGFLAG_OR, &form, FORM_T4, "results of the auto-tuning community's T4 1.0.0, as Kernel Tuner writes them", NULL },
    { "output", 'o', POPT_ARG_STRING, &path, 0, "write this file, whole or not at all, instead of standard output; its end says the form if no option does", "FILE" },
    { "force", 'f', POPT_ARG_NONE, &may_replace, 0, "replace the file if it is there", NULL },
    CHOICE_OPTIONS(given),
    POPT_TABLEEND
};
/* clang-format on */

static int form_of(const char *name) {
    static const struct {
        const char *end;
        int         form;
    } ends[] = { { ".csv", FORM_CSV },
                 { ".json", FORM_JSON },
                 { ".jsonl", FORM_JSONL },
                 { ".journal", FORM_JOURNAL },
                 { ".log", FORM_JOURNAL } };
    const char *end = name ? strrchr(name, '.') : NULL;
    for (size_t i = 0; end && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(ends[i].end, end) == 0) return ends[i].form;
    return FORM_NONE;
}

/* The space as one line: its newlines stand between members only, those in names are escaped. */
static exit_code print_space(const hpt_history *history, char **space_out) {
    hpt_err    err = { 0 };
    char      *json = NULL;
    hpt_status status = hpt_space_print(hpt_history_space(history), &json, &err);
    if (status == HPT_EINVAL) { /* no trial has a parameter, so there is no space */
        *space_out = take(3, 1);
        memcpy(*space_out, "{}", 2);
        return EXIT_FINE;
    }
    if (status != HPT_OK) return complain_status(NULL, status, &err);
    char *to = *space_out = take(strlen(json) + 1, 1);
    for (const char *line = json; *line;) {
        line += strspn(line, " \n");
        size_t bytes = strcspn(line, "\n");
        memcpy(to, line, bytes);
        to += bytes;
        line += bytes;
    }
    hpt_free(json);
    return EXIT_FINE;
}

static void put_json(output *out, const chosen *of) {
    json_open(out, "{");
    json_info(out, hpt_history_info(of->history));
    json_key(out, "space");
    json_raw(out, of->space);
    json_key(out, "trials");
    json_open(out, "[");
    for (size_t i = 0; i < of->count && !out->error; i++) {
        json_line(out);
        json_trial(out, of->history, of->indices[i], true);
    }
    json_close(out, "]");
    json_close(out, "}");
    put(out, "\n");
}

static void note_infinite(const chosen *of) {
    size_t count = 0;
    for (size_t i = 0; i < of->count; i++) {
        const hpt_record *it = hpt_history_at(of->history, of->indices[i]);
        const char       *ignored;
        count += finite_state(it, &ignored) != it->state;
    }
    if (count > 0)
        complain(
            "%zu trial%s with a value that is not finite %s written as FAILED: the form has no "
            "word for it",
            count, count == 1 ? "" : "s", count == 1 ? "is" : "are");
}

static void put_form(output *out, const chosen *of) {
    if (form == FORM_JSON) put_json(out, of);
    if (form == FORM_T4) put_t4(out, of);
    if (form == FORM_CSV) put_csv(out, of);
    if (form == FORM_JSONL) put_jsonl(out, of);
    if (form == FORM_CSV || form == FORM_JSONL) note_infinite(of);
}

static exit_code write_trials(output *out, const hpt_history *history, const char *source) {
    save      file;
    size_t   *indices = NULL;
    chosen    of = { .history = history };
    exit_code code = choose(history, &given, &indices, &of.count);
    if (code != EXIT_FINE) return code;
    of.indices = indices;
    code = print_space(history, &of.space);
    if (code == EXIT_FINE) code = save_open(&file, path, source, may_replace, out);
    if (code == EXIT_FINE) {
        put_form(&file.out, &of);
        code = save_close(&file, out, EXIT_FINE);
    }
    free(of.space);
    free(indices);
    return code;
}

/* A journal is written by the library, so all of it or nothing. */
static exit_code write_journal(output *out, const hpt_history *history, const char *source) {
    hpt_err err = { 0 };
    save    file;
    bool    is_part = given.states || given.where || given.sort || given.first != NOT_GIVEN ||
                   given.last != NOT_GIVEN || given.limit != 0;
    if (is_part) {
        complain("--journal writes a whole study: it takes no --state, --where, --first, --last, "
                 "--sort and --limit");
        return EXIT_USAGE;
    }
    exit_code code = save_name(&file, path, source, may_replace, "study.journal");
    if (code != EXIT_FINE) return code;
    hpt_status status = hpt_history_save(history, file.temporary, NULL, &err);
    if (status != HPT_OK) code = complain_status(NULL, status, &err);
    return save_close(&file, out, code);
}

static exit_code export_run(output *out, const char *const *operands, size_t count) {
    hpt_history *history = NULL;
    if (form == FORM_NONE) form = form_of(path);
    if (form == FORM_NONE) {
        complain("say in which form: --csv, --json, --jsonl, --journal or --t4");
        return EXIT_USAGE;
    }
    if (form & (form - 1)) {
        complain("one form at a time: --csv, --json, --jsonl, --journal or --t4");
        return EXIT_USAGE;
    }
    exit_code code = study_open(operands, count, &history);
    if (code != EXIT_FINE) return code;
    code = form == FORM_JOURNAL ? write_journal(out, history, operands[0])
                                : write_trials(out, history, operands[0]);
    hpt_history_destroy(history);
    return code;
}

static const example examples[] = {
    { "hpt export svm.db --csv --output svm.csv", "For a spreadsheet, R or pandas." },
    { "hpt export svm.db --jsonl --state complete > warm.jsonl",
      "What hpt_observations_load() reads: earlier results for a new run." },
    { "hpt export svm.db --journal -o svm.journal", "For Optuna on a shared file system." },
    { NULL, NULL },
};

const command command_export = {
    .name = "export",
    .summary = "write a study as CSV, JSON, JSON lines, a journal or T4",
    .operands = "FILE [STUDY]",
    .operands_min = 1,
    .operands_max = 2,
    .about =
        "Writes a study in a form that other programs read, to standard output or to a file, with "
        "all digits of all numbers.\n"
        "CSV and JSON lines are what the observers csv and jsonl write, for programs that read "
        "those, and for hpt_observations_load(); trials that still run are left out, and what is "
        "not finite becomes FAILED, as it does in a run. T4 counts what failed or crashed as "
        "\"runtime\", what was pruned as \"timeout\". `hpt import` turns one kind of study file "
        "into the other.",
    .options = options,
    .examples = examples,
    .run = export_run,
};
