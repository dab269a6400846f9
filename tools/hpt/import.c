/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt import: studies and what observers wrote, into a study file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hpt/formats.h>

#include "observed.h"
#include "save.h"
#include "study.h"

static int   wants_json = 0;
static char *into = NULL, *name = NULL, *space_path = NULL, *directions = NULL;

/* clang-format off */
static const struct poptOption options[] = {
    { "into", 'i', POPT_ARG_STRING, &into, 0, "the study file; made if it is not there, else the study is put beside those it has", "FILE" },
    { "name", 'n', POPT_ARG_STRING, &name, 0, "what the study is called there (as it was called; of CSV and JSON lines: as the file is, without its end)", "NAME" },
    { "space", 's', POPT_ARG_STRING, &space_path, 0, "of CSV and JSON lines: the space, in any format that hpt reads (JSON lines have it themselves)", "FILE" },
    { "directions", 'd', POPT_ARG_STRING, &directions, 0, "of CSV: minimise or maximise, one for each goal (minimise; JSON lines say it themselves)", "DIRECTION[,DIRECTION...]" },
    { "json", '\0', POPT_ARG_NONE, &wants_json, 0, "print JSON: one object per study and line", NULL },
    POPT_TABLEEND
};
/* clang-format on */

static void tell(output *out, const char *from, const char *study, size_t count) {
    if (wants_json) {
        out->needs_comma = false;
        json_open(out, "{");
        json_key(out, "from");
        json_text(out, from);
        json_key(out, "into");
        json_text(out, into);
        json_key(out, "study");
        json_text(out, study);
        json_key(out, "trial_count");
        json_uint(out, count);
        json_close(out, "}");
    } else {
        output line = { .fd = -1 };
        putf(&line, "%s: %zu trial%s, now study %s of %s", from, count, count == 1 ? "" : "s",
             study, into);
        put_harmless(out, output_text(&line));
        output_free(&line);
    }
    put(out, "\n");
}

/* One study of a file, as a new one of another. */
static exit_code copy_study(output *out, const char *path, const char *study, const char *from) {
    hpt_err      err = { 0 };
    hpt_history *history = NULL;
    hpt_status   status = hpt_history_load(path, study, &history, &err);
    if (status != HPT_OK) {
        exit_code code = complain_status(from, status, &err);
        return code == EXIT_USAGE ? EXIT_FILE : code;
    }
    status = hpt_history_save(history, into, name, &err);
    exit_code code = EXIT_FINE;
    if (status == HPT_OK)
        tell(out, from, name ? name : hpt_history_info(history)->name, hpt_history_count(history));
    else
        code = complain_status(into, status, &err);
    hpt_history_destroy(history);
    return code;
}

/* All studies of a file, or the one that is named. */
static exit_code import_studies(output *out, const char *path, const char *study) {
    hpt_err         err = { 0 };
    hpt_study_list *list = NULL;
    if (space_path || directions) {
        complain("%s is a study file: it has its own space and directions, and takes no %s", path,
                 space_path ? "--space" : "--directions");
        return EXIT_USAGE;
    }
    if (study) return copy_study(out, path, study, path);
    hpt_status status = hpt_study_list_load(path, &list, &err);
    if (status != HPT_OK) {
        exit_code code = complain_status(path, status, &err);
        return code == EXIT_USAGE ? EXIT_FILE : code;
    }
    exit_code code = EXIT_FINE;
    size_t    count = hpt_study_list_count(list);
    if (count > 1 && name) {
        complain("%s has %zu studies, which cannot all be called \"%s\": say which is meant", path,
                 count, name);
        code = EXIT_USAGE;
    }
    for (size_t i = 0; code <= EXIT_NO && i < count; i++) {
        exit_code copied = copy_study(out, path, hpt_study_list_at(list, i)->name, path);
        if (copied > code) code = copied;
    }
    hpt_study_list_destroy(list);
    return code;
}

/* What observers wrote. */

static exit_code read_space(const char *path, const head *about, hpt_space **space_out) {
    hpt_err    err = { 0 };
    hpt_status status;
    if (!space_path && !about->space) {
        complain("%s does not say of which space it is: --space FILE does", path);
        return EXIT_USAGE;
    }
    if (space_path)
        status = hpt_space_load_as(space_path, NULL, space_out, &err);
    else
        status = hpt_space_parse(about->space, about->space_bytes, space_out, &err);
    if (status == HPT_OK) return EXIT_FINE;
    complain_status(space_path ? space_path : path, status, &err);
    return EXIT_FILE;
}

static exit_code read_directions(const char *path, head *about) {
    const char *list = directions;
    char        word[32];
    uint32_t    goal = 0;
    if (about->goal_count == 0) {
        complain("%s does not say what its goals are", path);
        return EXIT_FILE;
    }
    while (list && next_word(&list, word, sizeof word)) {
        bool is_maximised = strcmp(word, "maximise") == 0 || strcmp(word, "maximize") == 0;
        bool is_minimised = strcmp(word, "minimise") == 0 || strcmp(word, "minimize") == 0;
        if (!is_maximised && !is_minimised) {
            complain("--directions takes minimise and maximise, not \"%s\"", word);
            return EXIT_USAGE;
        }
        if (goal < about->goal_count) about->is_maximised[goal] = is_maximised;
        goal++;
    }
    if (!directions || goal == about->goal_count) return EXIT_FINE;
    complain("--directions has %u for %u goal%s", (unsigned)goal, (unsigned)about->goal_count,
             about->goal_count == 1 ? "" : "s");
    return EXIT_USAGE;
}

/* "runs/svm.jsonl" is the study svm, as hpt_options.study_name has it. */
static char *default_name(const char *path) {
    const char *slash = strrchr(path, '/');
    const char *begin = slash ? slash + 1 : path, *dot = strrchr(begin, '.');
    size_t      bytes = dot && dot > begin ? (size_t)(dot - begin) : strlen(begin);
    char       *text = take(bytes + 1, 1);
    snprintf(text, bytes + 1, "%.*s", (int)bytes, begin);
    return text;
}

static exit_code write_observations(output *out, const char *path, const char *study,
                                    const head *about, const hpt_space *space) {
    hpt_err           err = { 0 };
    hpt_observations *all = NULL;
    save              file;
    size_t            count = 0;
    hpt_status        status = hpt_observations_load(space, path, &all, &err);
    if (status != HPT_OK) {
        complain_status(path, status, &err);
        return EXIT_FILE;
    }
    if (*hpt_observations_warning(all)) complain("%s: %s", path, hpt_observations_warning(all));
    const hpt_observation *list = hpt_observations_list(all, &count);
    exit_code              code = save_name(&file, NULL, path, false, "study.journal");
    if (code == EXIT_FINE) {
        file.out.fd = open(file.temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        put_journal(&file.out, study, about, space, list, count);
        if (file.out.fd < 0 || !output_flush(&file.out)) {
            complain("%s: %s", file.temporary, strerror(file.out.fd < 0 ? errno : file.out.error));
            code = EXIT_FILE;
        }
        if (file.out.fd >= 0) close(file.out.fd);
        file.out.fd = -1;
        if (code == EXIT_FINE) code = copy_study(out, file.temporary, NULL, path);
        save_drop(&file);
    }
    hpt_observations_destroy(all);
    return code;
}

/* By way of a journal file as Optuna writes it: hpt reads and writes those anyway. */
static exit_code import_observed(output *out, const char *path, source kind, const char *study) {
    head       about;
    hpt_space *space = NULL;
    if (study) {
        complain("%s has no studies by name: \"%s\" is too much", path, study);
        return EXIT_USAGE;
    }
    exit_code code = head_read(path, kind, &about);
    if (code != EXIT_FINE) return code;
    char *called = name ? name : default_name(path);
    code = read_directions(path, &about);
    if (code == EXIT_FINE) code = read_space(path, &about, &space);
    if (code == EXIT_FINE) code = write_observations(out, path, called, &about, space);
    if (called != name) free(called);
    hpt_space_destroy(space);
    head_free(&about);
    return code;
}

static exit_code import_run(output *out, const char *const *operands, size_t count) {
    const char *study = count > 1 ? operands[1] : NULL;
    source      kind = source_of(operands[0]);
    if (!into) {
        complain("needs --into FILE: where the study goes");
        return EXIT_USAGE;
    }
    if (kind == SOURCE_STUDY) return import_studies(out, operands[0], study);
    return import_observed(out, operands[0], kind, study);
}

static const example examples[] = {
    { "hpt import optuna.db --into all.db", "All studies of a file, Optuna's too." },
    { "hpt import svm.journal --into svm.db", "One kind of study file from the other." },
    { "hpt import trials.jsonl --into svm.db --name svm", "What an observer wrote." },
    { "hpt import trials.csv --into svm.db --space space.json --directions maximise",
      "The same of a file that does not say it all." },
    { NULL, NULL },
};

const command command_import = {
    .name = "import",
    .summary = "put studies, or what observers wrote, into a study file",
    .operands = "FROM [STUDY]",
    .operands_min = 1,
    .operands_max = 2,
    .about =
        "Puts the studies of a file, or the one that is named, as new studies into another file. "
        "FROM is a study file of hpt or Optuna (SQLite or journal), or what the observers csv and "
        "jsonl wrote; which it is, it says itself. The end of the new file's name says what it "
        "becomes: .journal a journal, else SQLite.\n"
        "A study that is there already is never changed: a name that is taken is an error. Of what "
        "observers wrote, the parameters, states, values and last reports are taken, but no times, "
        "attributes and reasons; it becomes a study as Optuna writes it, where a timeout and a "
        "crash are failures.",
    .options = options,
    .examples = examples,
    .run = import_run,
};
