/* SPDX-License-Identifier: BSD-3-Clause */
#include "measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char own_folder[] = BENCH_QUALITY_DATA "/tables";

enum { LINE_MAX_BYTES = 1 << 16 };

static _Noreturn void stop(const char *path, const char *what) {
    fprintf(stderr, "%s: %s\n", path, what);
    exit(1);
}

static size_t cell_of(const measured *it, const uint32_t *indices) {
    size_t cell = 0;
    for (uint32_t i = 0; i < it->dims; i++)
        cell = cell * it->sizes[i] + indices[i];
    return cell;
}

/* A list's coordinate is which of its values it is. */
static double value_at(const measured *it, const hpt_coord *point, size_t *cell_out) {
    uint32_t indices[MEASURED_PARAMS_MAX];
    for (uint32_t i = 0; i < it->dims; i++)
        indices[i] = (uint32_t)point[i].integer;
    *cell_out = cell_of(it, indices);
    return it->values[*cell_out];
}

static bool is_there(const hpt_space *space, const hpt_coord *point, void *user) {
    (void)space;
    size_t cell;
    return !isnan(value_at(user, point, &cell));
}

/* ---- reading ---- */

/* A word of the table as a value: a number if it is one. */
static hpt_value value_of(const char *word) {
    char  *end;
    double number = strtod(word, &end);
    if (*end != '\0') return hpt_text(word);
    return number == floor(number) && fabs(number) < 1e15 ? hpt_int((int64_t)number)
                                                          : hpt_real(number);
}

/* "block_x 3 16 32 64": a list; numbers have an order. */
static void read_parameter(measured *it, const char *path, char *line) {
    static hpt_value values[65536];
    char            *name = strtok(line, " \n"), *count = strtok(NULL, " \n"), *word;
    uint32_t         size = 0;
    bool             has_order = true;
    if (!name || !count) stop(path, "a parameter without name or number of values");
    while (size < 65536 && (word = strtok(NULL, " \n"))) {
        values[size] = value_of(word);
        if (values[size++].type == HPT_TYPE_TEXT) has_order = false;
    }
    if ((int)size != atoi(count)) stop(path, "a parameter with another number of values");
    it->sizes[it->dims++] = size;
    it->cells *= size;
    if (has_order)
        hpt_space_add_ordinal(it->space, name, values, size);
    else
        hpt_space_add_categorical(it->space, name, values, size);
}

static void read_row(measured *it, const char *path, char *line) {
    uint32_t indices[MEASURED_PARAMS_MAX];
    char    *at = line;
    for (uint32_t i = 0; i < it->dims; i++) {
        indices[i] = (uint32_t)strtoul(at, &at, 10);
        if (indices[i] >= it->sizes[i]) stop(path, "an index beyond the list");
    }
    double value = strtod(at, NULL);
    it->values[cell_of(it, indices)] = value;
    if (isinf(value)) return;
    it->optimum = fmin(it->optimum, value);
    it->worst = fmax(it->worst, value);
}

static void read_table(measured *it, const char *path) {
    static char line[LINE_MAX_BYTES];
    unsigned    dims, rows;
    FILE       *file = fopen(path, "r");
    if (!file || !fgets(line, sizeof line, file) || sscanf(line, "%u %u", &dims, &rows) != 2 ||
        dims < 1 || dims > MEASURED_PARAMS_MAX)
        stop(path, "no table of measurements");
    it->cells = 1;
    for (unsigned i = 0; i < dims && fgets(line, sizeof line, file); i++)
        read_parameter(it, path, line);
    it->values = malloc(it->cells * sizeof *it->values);
    it->seen_by = calloc(it->cells, sizeof *it->seen_by);
    if (!it->values || !it->seen_by) stop(path, "too large");
    for (size_t i = 0; i < it->cells; i++)
        it->values[i] = NAN;
    it->optimum = INFINITY;
    for (; rows > 0 && fgets(line, sizeof line, file); rows--)
        read_row(it, path, line);
    if (rows > 0 || isinf(it->optimum)) stop(path, "rows are missing");
    fclose(file);
}

/* Whether the lists are the table's, value by value. */
static bool fits(const measured *it, const hpt_space *space) {
    if (hpt_space_count(space) != it->dims) return false;
    for (hpt_param i = 0; i < it->dims; i++)
        for (uint32_t k = 0; k < it->sizes[i]; k++) {
            hpt_coord coord = { .integer = k }, same;
            hpt_value value = hpt_space_value(it->space, i, coord);
            if (hpt_space_coord(space, i, value, &same, NULL) != HPT_OK) return false;
            if (same.integer != (int64_t)k) return false;
        }
    return true;
}

/* The space of <folder>/family.json for family-whatever.tab; NULL: there is none, or of others. */
static hpt_space *read_declared(const measured *it, const char *folder, int folder_bytes) {
    char       json[1024];
    hpt_err    err;
    hpt_space *space = NULL;
    snprintf(json, sizeof json, "%.*s/%.*s.json", folder_bytes, folder, (int)strcspn(it->name, "-"),
             it->name);
    FILE *file = fopen(json, "r");
    if (!file) return NULL;
    fclose(file);
    if (hpt_space_load(json, &space, &err) != HPT_OK) stop(json, err.text);
    if (fits(it, space)) return space;
    fprintf(stderr, "%s: its lists are not those of %s\n", json, it->name);
    hpt_space_destroy(space);
    return NULL;
}

measured *measured_open(const char *path) {
    measured   *it = calloc(1, sizeof *it);
    const char *slash = strrchr(path, '/');
    if (!it) stop(path, "out of memory");
    snprintf(it->name, sizeof it->name, "%s", slash ? slash + 1 : path);
    it->name[strcspn(it->name, ".")] = '\0';
    it->space = hpt_space_create();
    read_table(it, path);
    const char *folder = slash ? path : ".";
    hpt_space  *declared = read_declared(it, folder, slash ? (int)(slash - path) : 1);
    if (!declared) declared = read_declared(it, own_folder, sizeof own_folder - 1);
    it->is_declared = declared != NULL;
    if (declared) {
        hpt_space_destroy(it->space);
        it->space = declared;
    } else
        hpt_space_add_check(it->space, is_there, it);
    return it;
}

void measured_close(measured *it) {
    hpt_space_destroy(it->space);
    free(it->values);
    free(it->seen_by);
    free(it);
}

/* ---- evaluating ---- */

void measured_restart(measured *it) {
    it->search++;
    it->evaluations = it->failures = it->repeats = it->absent = 0;
}

hpt_status measured_evaluate(hpt_trial *trial, void *user, double *value_out) {
    measured *it = user;
    size_t    cell;
    double    value = value_at(it, hpt_trial_point(trial), &cell);
    it->evaluations++;
    it->repeats += it->seen_by[cell] == it->search;
    it->seen_by[cell] = it->search;
    if (isnan(value)) {
        it->absent++;
        return hpt_trial_fail(trial, "not in the table");
    }
    if (isinf(value)) {
        it->failures++;
        return hpt_trial_fail(trial, "it did not run");
    }
    *value_out = value;
    return HPT_OK;
}
