/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/sim_table.h"

#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"

enum { SHOWN_BYTES = 64 };

static const char default_column[] = "duration_s";

/* The file and where in it we are. */
typedef struct reader {
    const char *path;
    const char *at, *end;
    size_t      line;     /* of the row that is read, counting from 1 */
    size_t      next_row; /* ... and of the one after it              */
} reader;

/* One field where it stands; of a quoted one what is between the quotes. */
typedef struct field {
    const char *text;
    size_t      bytes;
} field;

/* The values read so far. */
typedef struct list {
    double *values;
    size_t  count, room;
} list;

static hpt_status fail_row(const reader *in, field what, const char *why, hpt_err *err) {
    char   text[SHOWN_BYTES], path[SHOWN_BYTES], shown[SHOWN_BYTES];
    size_t bytes = what.bytes < sizeof text - 1 ? what.bytes : sizeof text - 1;
    memcpy(text, what.text, bytes);
    text[bytes] = '\0';
    return hpi_fail_at(err, HPT_EPARSE, (uint32_t)in->line, 1, "\"%s\", line %zu: \"%s\" %s",
                       hpi_quote(path, sizeof path, in->path), in->line,
                       hpi_quote(shown, sizeof shown, text), why);
}

/* Rows: line feeds inside quotes belong to the field (reasons of trials may have them). */

static field read_quoted(reader *in) {
    field found = { .text = ++in->at };
    while (in->at < in->end) {
        const char *quote = memchr(in->at, '"', (size_t)(in->end - in->at));
        in->at = quote ? quote + 1 : in->end;
        if (!quote || in->at == in->end || *in->at != '"') break;
        in->at++; /* "" is a quote inside */
    }
    found.bytes = (size_t)(in->at - found.text);
    if (found.bytes > 0 && in->at[-1] == '"') found.bytes--;
    for (size_t i = 0; i < found.bytes; i++)
        in->next_row += found.text[i] == '\n';
    return found;
}

static field read_plain(reader *in) {
    field found = { .text = in->at };
    while (in->at < in->end && !strchr(",\r\n", *in->at))
        in->at++;
    found.bytes = (size_t)(in->at - found.text);
    return found;
}

/* The next field of the row; false at the row's end, which is then behind us. */
static bool next_field(reader *in, bool is_first, field *out) {
    if (!is_first) {
        while (in->at < in->end && *in->at != ',' && *in->at != '\n')
            in->at++;
        bool is_over = in->at == in->end || *in->at == '\n';
        in->next_row += is_over;
        if (in->at < in->end) in->at++;
        if (is_over) return false;
    }
    *out = in->at < in->end && *in->at == '"' ? read_quoted(in) : read_plain(in);
    return true;
}

/* Field number `index` of the row, and to its end. False: the row has fewer. */
static bool read_row(reader *in, size_t index, field *out) {
    field one;
    bool  found = false;
    in->line = in->next_row;
    for (size_t i = 0; next_field(in, i == 0, &one); i++) {
        if (i != index) continue;
        *out = one;
        found = true;
    }
    return found;
}

/* Which column. */

static bool is_text(field what, const char *text) {
    return what.bytes == strlen(text) && memcmp(what.text, text, what.bytes) == 0;
}

/* The place of a name in the first row; SIZE_MAX when it is not there. Leaves the reader before it.
 */
static size_t find_name(reader in, const char *name) {
    field one;
    for (size_t i = 0; next_field(&in, i == 0, &one); i++)
        if (is_text(one, name)) return i;
    return SIZE_MAX;
}

static hpt_status find_column(const reader *in, const char *column, size_t *index_out,
                              hpt_err *err) {
    char    path[SHOWN_BYTES], shown[SHOWN_BYTES];
    int64_t place = 0;
    *index_out = find_name(*in, column ? column : default_column);
    if (*index_out != SIZE_MAX) return HPT_OK;
    if (!column || (hpi_read_int(column, strlen(column), &place) && place >= 1)) {
        *index_out = column ? (size_t)place - 1 : 0;
        return HPT_OK;
    }
    return hpi_fail(err, HPT_EINVAL, "\"%s\" has no column \"%s\" in its first row",
                    hpi_quote(path, sizeof path, in->path), hpi_quote(shown, sizeof shown, column));
}

static bool append(list *values, double value) {
    if (values->count == values->room) {
        size_t  room = values->room ? 2 * values->room : 1024;
        double *grown = hpi_resize(values->values, room, sizeof *grown);
        if (!grown) return false;
        values->values = grown;
        values->room = room;
    }
    values->values[values->count++] = value;
    return true;
}

static hpt_status read_values(reader *in, size_t index, double unit, list *values, hpt_err *err) {
    while (in->at < in->end) {
        field  one = { .text = in->at };
        double value;
        bool   is_there = read_row(in, index, &one);
        if (!is_there || one.bytes == 0) continue;
        bool is_number = hpi_read_real(one.text, one.bytes, &value);
        if (!is_number && in->line == 1) continue; /* names */
        if (!is_number) return fail_row(in, one, "is no number", err);
        if (value < 0) return fail_row(in, one, "is below 0", err);
        if (!append(values, value * unit))
            return hpi_fail(err, HPT_ENOMEM, "out of memory for %zu durations", values->count);
    }
    char path[SHOWN_BYTES];
    if (values->count > 0) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "\"%s\" has no number in column %zu",
                    hpi_quote(path, sizeof path, in->path), index + 1);
}

hpt_status hpi_sim_table_parse(hpi_sim_table *table, const char *text, size_t bytes, hpt_err *err) {
    size_t     index = 0;
    list       values = { 0 };
    reader     in = { table->path, text, text + bytes, .line = 1, .next_row = 1 };
    hpt_status status = find_column(&in, table->column, &index, err);
    if (status == HPT_OK) status = read_values(&in, index, table->unit, &values, err);
    if (status != HPT_OK) {
        hpi_free(values.values);
        return status;
    }
    table->seconds = values.values;
    table->count = values.count;
    return HPT_OK;
}

hpt_status hpi_sim_table_read(hpi_sim_table *table, hpt_err *err) {
    char      *text = NULL;
    size_t     bytes = 0;
    hpt_status status = hpi_read_file(table->path, HPI_SIM_TABLE_BYTES_MAX, &text, &bytes, err);
    if (status != HPT_OK) return status;
    status = hpi_sim_table_parse(table, text, bytes, err);
    hpi_free(text);
    return status;
}
