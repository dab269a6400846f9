/* SPDX-License-Identifier: BSD-3-Clause */

/* The first line of what the observers csv and jsonl wrote: the first half of observed.h. */

#include "observed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char csv_begins[] = "run,seed,trial,state,", jsonl_begins[] = "\"type\"";

/* The observers write no blanks between words; who has written their lines anew may. */
static const char *skip_blanks(const char *at) {
    return at + strspn(at, " \t\r");
}

source source_of(const char *path) {
    char  begin[64] = "";
    FILE *file = fopen(path, "re");
    if (!file) return SOURCE_STUDY; /* whoever opens it says why it cannot be read */
    size_t bytes = fread(begin, 1, sizeof begin - 1, file);
    fclose(file);
    if (bytes >= sizeof csv_begins - 1 && memcmp(begin, csv_begins, sizeof csv_begins - 1) == 0)
        return SOURCE_CSV;
    if (*begin == '{' &&
        strncmp(skip_blanks(begin + 1), jsonl_begins, sizeof jsonl_begins - 1) == 0)
        return SOURCE_JSONL;
    return SOURCE_STUDY;
}

/* JSON, only as far as members have to be found: what is between them is for hpt_space_parse() to
 * judge. */

static const char *skip_text(const char *at) {
    for (at++; *at && *at != '"'; at++)
        if (*at == '\\' && at[1]) at++;
    return *at ? at + 1 : at;
}

/* Behind the value that begins at `at`. */
static const char *skip_value(const char *at) {
    size_t depth = 0;
    do {
        if (*at == '"') {
            at = skip_text(at);
            continue;
        }
        if (*at == '{' || *at == '[') depth++;
        if (*at == '}' || *at == ']') {
            if (depth == 0) return at;
            depth--;
        }
        if (*at == ',' && depth == 0) return at;
        if (*at) at++;
    } while (*at && (depth > 0 || (*at != ',' && *at != '}' && *at != ']')));
    return at;
}

/* The value of a member of the object that begins at `object`; NULL: it has none of that name. */
static const char *member(const char *object, const char *name, size_t *bytes_out) {
    size_t      length = strlen(name);
    const char *at = object && *object == '{' ? skip_blanks(object + 1) : "";
    while (*at == '"') {
        const char *key = at + 1;
        at = skip_blanks(skip_text(at));
        if (*at != ':') return NULL;
        const char *value = skip_blanks(at + 1), *end = skip_value(value);
        at = skip_blanks(end + (*end == ','));
        if (strncmp(key, name, length) != 0 || key[length] != '"') continue;
        while (end > value && strchr(" \t\r", end[-1]))
            end--;
        *bytes_out = (size_t)(end - value);
        return value;
    }
    return NULL;
}

static void read_goal(head *it, const char *object, const char *name_member) {
    size_t      bytes = 0;
    const char *direction = member(object, "direction", &bytes);
    uint32_t    goal = it->goal_count++;
    it->is_maximised[goal] = direction && strncmp(direction, "\"maximise\"", bytes) == 0;
    it->names[goal] = member(object, name_member, &it->name_bytes[goal]);
    if (it->names[goal] && *it->names[goal] != '"') it->names[goal] = NULL;
}

static void read_jsonl(head *it) {
    size_t      bytes = 0;
    const char *type = member(it->line, "type", &bytes);
    if (!type || strncmp(type, "\"run\"", bytes) != 0) return;
    it->space = member(it->line, "space", &it->space_bytes);
    const char *goals = member(it->line, "goals", &bytes);
    if (!goals || *goals != '[') {
        read_goal(it, it->line, "metric");
        return;
    }
    for (const char *at = skip_blanks(goals + 1); *at == '{' && it->goal_count < 8;) {
        read_goal(it, at, "name");
        at = skip_value(at);
        at = skip_blanks(at + (*at == ','));
    }
}

/* The columns between "state" and "last_step" are the values. Their names may be quoted, but none
 * of those that count commas inside. */
static void read_csv(head *it) {
    const char *at = it->line + sizeof csv_begins - 1;
    uint32_t    count = 0;
    while (*at && strncmp(at, "last_step,", 10) != 0) {
        if (*at == '"') at = skip_text(at);
        at += strcspn(at, ",");
        at += *at == ',';
        count++;
    }
    it->goal_count = count >= 1 && count <= 8 ? count : 0;
}

exit_code head_read(const char *path, source kind, head *head_out) {
    size_t room = 0;
    FILE  *file = fopen(path, "re");
    *head_out = (head){ .goal_count = 0 };
    if (!file || getline(&head_out->line, &room, file) < 0) {
        complain("%s: %s", path, file && !ferror(file) ? "is empty" : strerror(errno));
        if (file) fclose(file);
        head_free(head_out);
        return EXIT_FILE;
    }
    fclose(file);
    if (kind == SOURCE_JSONL)
        read_jsonl(head_out);
    else
        read_csv(head_out);
    return EXIT_FINE;
}

void head_free(head *it) {
    free(it->line);
    it->line = NULL;
}
