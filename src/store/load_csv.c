/* SPDX-License-Identifier: BSD-3-Clause */
/* The files of the observer csv: a header, then a row for each trial (RFC 4180). */
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"
#include "store/load.h"

/* What a column is; one of a parameter is its handle. */
enum {
    COLUMN_NONE = -1,
    COLUMN_STATE = -2,
    COLUMN_VALUE = -3,
    COLUMN_LAST_STEP = -4,
    COLUMN_LAST_VALUE = -5,
    COLUMN_ATTRIBUTES = -6,
    COLUMNS_MAX = 1 << 17, /* more than parameters and all else */
};

typedef struct table {
    hpi_loading *loading;
    int64_t     *columns;
    uint32_t     count, value_count;
    char        *at; /* the record */
} table;

/* A field: its text, which lies where it was read, and whether it was quoted. */
typedef struct field {
    char *text;
    bool  is_quoted;
} field;

/* Where the field that begins at `at` ends: at a comma, a newline or the NUL. NULL: its quotes do
 * not end. */
static char *field_end(char *at) {
    if (*at != '"') return at + strcspn(at, ",\n");
    for (at++; *at; at++) {
        if (*at != '"') continue;
        if (at[1] != '"') return at + 1 + strcspn(at + 1, ",\n");
        at++;
    }
    return NULL;
}

/* How many fields the record has, up to its newline; 0: it has no end. */
static uint32_t count_fields(char *at, char **end_out) {
    for (uint32_t count = 1;; count++) {
        char *end = field_end(at);
        if (!end || *end == '\0') return 0;
        *end_out = end;
        if (*end == '\n') return count;
        at = end + 1;
    }
}

/* Take a field out of a record that is whole. */
static field take_field(char **at) {
    char *end = field_end(*at), *from = *at, *to = *at;
    field it = { .text = *at, .is_quoted = **at == '"' };
    *at = end + 1;
    if (it.is_quoted) {
        for (from++; *from != '"' || from[1] == '"'; from++) {
            *to++ = *from;
            if (*from == '"') from++;
        }
        end = to;
    }
    if (!it.is_quoted && end > it.text && end[-1] == '\r') end--;
    *end = '\0';
    return it;
}

/* The header. */

static hpt_status refuse_column(table *it, const char *name) {
    char quoted[64];
    hpi_load_fail(it->loading, HPT_EINVAL, "there is no parameter \"%s\"",
                  hpi_quote(quoted, sizeof quoted, name));
    hpi_space_suggest(it->loading->into->space, name, it->loading->err);
    return HPT_EINVAL;
}

/* A parameter that is called like another column has its name behind a word that says so. */
static hpt_param find_param(const hpt_space *space, const char *name) {
    static const char prefix[] = "parameter:";
    hpt_param         param = hpt_space_find(space, name);
    if (param != HPT_PARAM_NONE || strncmp(name, prefix, sizeof prefix - 1) != 0) return param;
    return hpt_space_find(space, name + sizeof prefix - 1);
}

static int64_t run_column(const char *name, uint32_t i, bool *is_value) {
    static const char *const before[] = { "run", "seed", "trial", "state" };
    if (i < 4) return strcmp(name, before[i]) == 0 && i == 3 ? COLUMN_STATE : COLUMN_NONE;
    *is_value = *is_value && strcmp(name, "last_step") != 0;
    if (*is_value) return COLUMN_VALUE;
    if (strcmp(name, "last_step") == 0) return COLUMN_LAST_STEP;
    if (strcmp(name, "last_value") == 0) return COLUMN_LAST_VALUE;
    return strcmp(name, "attributes") == 0 ? COLUMN_ATTRIBUTES : COLUMN_NONE;
}

static hpt_status read_header(table *it) {
    bool is_value = true, is_param = false;
    for (uint32_t i = 0; i < it->count; i++) {
        const char *name = take_field(&it->at).text;
        if (is_param) {
            hpt_param param = find_param(it->loading->into->space, name);
            if (param == HPT_PARAM_NONE) return refuse_column(it, name);
            it->columns[i] = param;
            continue;
        }
        it->columns[i] = run_column(name, i, &is_value);
        it->value_count += it->columns[i] == COLUMN_VALUE;
        is_param = it->columns[i] == COLUMN_ATTRIBUTES;
    }
    if (!is_param)
        return hpi_load_fail(it->loading, HPT_EPARSE, "there is no column \"attributes\"");
    if (it->value_count <= HPI_LOAD_GOALS_MAX) return HPT_OK;
    return hpi_load_fail(it->loading, HPT_ELIMIT, "more than %d values", HPI_LOAD_GOALS_MAX);
}

/* Rows. */

/* A value is written without its type: it has the first with which it is one of the parameter's. */
static hpt_value guess(const hpt_space *space, hpt_param param, const field *from) {
    size_t    bytes = strlen(from->text);
    double    real;
    int64_t   integer;
    hpt_value guesses[5];
    int       count = 0;
    hpt_coord coord;
    if (bytes == 0 && !from->is_quoted) return hpt_null();
    guesses[count++] = hpt_text(from->text);
    if (hpi_read_int(from->text, bytes, &integer)) guesses[count++] = hpt_int(integer);
    if (hpi_read_real(from->text, bytes, &real)) guesses[count++] = hpt_real(real);
    if (strcmp(from->text, "true") == 0) guesses[count++] = hpt_bool(true);
    if (strcmp(from->text, "false") == 0) guesses[count++] = hpt_bool(false);
    for (int i = 0; i < count; i++) {
        hpt_err ignored = { 0 };
        if (hpt_space_coord(space, param, guesses[i], &coord, &ignored) == HPT_OK)
            return guesses[i];
    }
    return guesses[count - 1]; /* what is wrong with it is told in the best words there are */
}

/* {"epochs":3,"constraints":{"memory":0.5}} */
static double violation_in(const char *attributes) {
    hpi_json *json = NULL;
    double    violation = 0;
    if (hpi_json_parse(attributes, strlen(attributes), &json, NULL) != HPT_OK) return 0;
    const hpi_json_node *root = hpi_json_root(json), *node = NULL;
    if (hpi_json_type_of(root) == HPI_JSON_OBJECT) node = hpi_json_first(root);
    for (; node; node = hpi_json_next(node))
        if (strcmp(hpi_json_key(node), "constraints") == 0) violation = hpi_load_violation(node);
    hpi_json_destroy(json);
    return violation;
}

static hpt_status read_value(hpi_loading *loading, const char *text, hpt_observation *it) {
    if (*text == '\0') return HPT_OK;
    if (hpi_read_real(text, strlen(text), &loading->record_values[it->value_count++]))
        return HPT_OK;
    char quoted[64];
    return hpi_load_fail(loading, HPT_EINVAL, "value \"%s\" is no number",
                         hpi_quote(quoted, sizeof quoted, text));
}

static hpt_status read_field(table *whole, int64_t column, const field *from, hpt_observation *it) {
    hpi_loading *loading = whole->loading;
    size_t       bytes = strlen(from->text);
    switch (column) {
    case COLUMN_NONE:
        return HPT_OK;
    case COLUMN_STATE:
        it->state = hpi_load_state(from->text);
        if (it->state != HPT_TRIAL_RUNNING) return HPT_OK;
        return hpi_load_fail(loading, HPT_EINVAL, "state is no state of a trial");
    case COLUMN_VALUE:
        return read_value(loading, from->text, it);
    case COLUMN_LAST_STEP:
        it->has_report = hpi_read_int(from->text, bytes, &it->last_step);
        return HPT_OK;
    case COLUMN_LAST_VALUE:
        it->has_report = it->has_report && hpi_read_real(from->text, bytes, &it->last_value);
        return HPT_OK;
    case COLUMN_ATTRIBUTES:
        if (it->state == HPT_TRIAL_INFEASIBLE && bytes > 0)
            it->violation = violation_in(from->text);
        return HPT_OK;
    default:
        return hpi_load_param(loading, (hpt_param)column,
                              guess(loading->into->space, (hpt_param)column, from));
    }
}

static hpt_status read_row(table *whole) {
    hpt_observation it = { .state = HPT_TRIAL_RUNNING };
    hpt_status      status = HPT_OK;
    memset(whole->loading->is_given, 0, hpt_space_count(whole->loading->into->space));
    for (uint32_t i = 0; status == HPT_OK && i < whole->count; i++) {
        field from = take_field(&whole->at);
        status = read_field(whole, whole->columns[i], &from, &it);
    }
    if (status != HPT_OK) return status;
    if (it.value_count > 0 && it.value_count < whole->value_count)
        return hpi_load_fail(whole->loading, HPT_EINVAL, "%u value%s for %u goals",
                             (unsigned)it.value_count, it.value_count == 1 ? "" : "s",
                             (unsigned)whole->value_count);
    return hpi_load_add(whole->loading, &it);
}

static size_t lines_in(const char *from, const char *end) {
    size_t count = 0;
    for (; from < end; from++)
        count += *from == '\n';
    return count;
}

/* A torn row ends where the line ends: quotes that were open in it must not swallow the rest. A row
 * of several lines counts once. */
static hpt_status read_rows(table *whole) {
    hpi_loading *loading = whole->loading;
    char        *end = NULL;
    bool         was_torn = false;
    hpt_status   status = HPT_OK;
    while (status == HPT_OK && *whole->at) {
        char    *row = whole->at;
        uint32_t count = count_fields(row, &end);
        if (*row == '\n') {
            whole->at++;
            loading->line++;
            continue;
        }
        if (count != whole->count) {
            if (!was_torn) hpi_load_torn(loading);
            was_torn = true;
            whole->at = row + strcspn(row, "\n");
            continue;
        }
        size_t lines = lines_in(row, end + 1);
        was_torn = false;
        status = read_row(whole);
        loading->line += lines;
        whole->at = end + 1;
    }
    return status;
}

hpt_status hpi_load_csv(hpi_loading *loading) {
    char *end = NULL;
    table it = { .loading = loading, .at = loading->text };
    it.count = count_fields(it.at, &end);
    if (it.count == 0) return hpi_load_fail(loading, HPT_EPARSE, "the header has no end");
    if (it.count > COLUMNS_MAX)
        return hpi_load_fail(loading, HPT_ELIMIT, "more than %d columns", COLUMNS_MAX);
    it.columns = hpi_alloc(it.count, sizeof *it.columns);
    if (!it.columns) return hpi_load_fail(loading, HPT_ENOMEM, "out of memory");
    size_t     lines = lines_in(it.at, end + 1);
    hpt_status status = read_header(&it);
    loading->line += lines;
    it.at = end + 1;
    if (status == HPT_OK) status = read_rows(&it);
    hpi_free(it.columns);
    return status;
}
