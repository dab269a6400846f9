/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_OPTUNA_H
#define HPT_TESTS_OPTUNA_H

/* Files that Optuna made, with what Optuna read from them: tests/data/optuna/README.md. */

#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "hpt/history.h"

static const char *const files[] = { "four.db", "five.db", "four.journal", "five.journal" };

enum { FILE_COUNT = sizeof files / sizeof *files };

/* A file, and what Optuna says is in it. */
typedef struct known {
    char                 path[256];
    char                *text;
    hpi_json            *json;
    const hpi_json_node *studies; /* the first */
} known;

static inline const hpi_json_node *member(const hpi_json_node *object, const char *key) {
    const hpi_json_node *node = hpi_json_first(object);
    while (node && strcmp(hpi_json_key(node), key) != 0)
        node = hpi_json_next(node);
    assert_non_null(node);
    return node;
}

static inline size_t length(const hpi_json_node *list) {
    size_t count = 0;
    for (const hpi_json_node *node = hpi_json_first(list); node; node = hpi_json_next(node))
        count++;
    return count;
}

static inline const char *text_of(const hpi_json_node *node) {
    return hpi_json_scalar(node).as.text;
}

static inline double number_of(const hpi_json_node *node) {
    hpt_value value = hpi_json_scalar(node);
    if (value.type == HPT_TYPE_TEXT) {
        if (strcmp(value.as.text, "NaN") == 0) return NAN;
        return value.as.text[0] == '-' ? -INFINITY : INFINITY;
    }
    return value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
}

static inline void open_known(const char *file, known *it) {
    char    path[300];
    size_t  bytes = 0;
    hpt_err err = { 0 };
    snprintf(it->path, sizeof it->path, "%s/data/optuna/%s", FIXTURE_FOLDER, file);
    snprintf(path, sizeof path, "%s.json", it->path);
    if (hpi_read_file(path, 1 << 20, &it->text, &bytes, &err) != HPT_OK) fail_msg("%s", err.text);
    if (hpi_json_parse(it->text, bytes, &it->json, &err) != HPT_OK) fail_msg("%s", err.text);
    it->studies = hpi_json_first(member(hpi_json_root(it->json), "studies"));
}

/* Whether this build has the form at all. */
static inline bool has_form(const known *it) {
    hpt_study_list *list = NULL;
    hpt_status      status = hpt_study_list_load(it->path, &list, NULL);
    hpt_study_list_destroy(list);
    return status != HPT_EBUILD;
}

static inline void close_known(known *it) {
    hpi_json_destroy(it->json);
    hpi_free(it->text);
}

static inline hpt_history *load(const char *path, const char *name) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    if (hpt_history_load(path, name, &history, &err) != HPT_OK)
        fail_msg("%s, study %s: %s", path, name ? name : "(none)", err.text);
    return history;
}

/* Where repetitions are scaled down, one file of each form, and of each version. */
static inline size_t files_apart(void) {
    return fixture_scaled(100) < 100 ? FILE_COUNT - 1 : 1;
}

/* Call `judge` for every file of a form that this build has. */
static inline void for_each_file(void (*judge)(const known *it)) {
    for (size_t f = 0; f < FILE_COUNT; f += files_apart()) {
        known it;
        open_known(files[f], &it);
        if (has_form(&it)) judge(&it);
        close_known(&it);
    }
}

/* Call `judge` for every study of these files. */
static inline void for_each_study(void (*judge)(const hpi_json_node *study,
                                                const hpt_history   *history)) {
    for (size_t f = 0; f < FILE_COUNT; f += files_apart()) {
        known it;
        open_known(files[f], &it);
        const hpi_json_node *study = has_form(&it) ? it.studies : NULL;
        for (; study; study = hpi_json_next(study)) {
            hpt_history *history = load(it.path, text_of(member(study, "name")));
            judge(study, history);
            hpt_history_destroy(history);
        }
        close_known(&it);
    }
}

#endif
