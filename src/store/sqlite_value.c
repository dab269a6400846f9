/* SPDX-License-Identifier: BSD-3-Clause */
/* Values as Optuna stores them: a number, or NULL and a word. */
#include "store/sqlite.h"

#include <math.h>
#include <string.h>

static const char *type_of(double value) {
    if (isnan(value)) return "NAN";
    if (isinf(value)) return value > 0 ? "INF_POS" : "INF_NEG";
    return "FINITE";
}

void hpi_sqlite_bind_value(sqlite3_stmt *statement, int column, double value) {
    if (isfinite(value))
        sqlite3_bind_double(statement, column, value);
    else
        sqlite3_bind_null(statement, column);
    sqlite3_bind_text(statement, column + 1, type_of(value), -1, SQLITE_STATIC);
}

bool hpi_sqlite_value(sqlite3_stmt *row, int column, double *value_out) {
    static const struct {
        const char *word;
        double      value;
    } words[] = { { "INF_POS", INFINITY }, { "INF_NEG", -INFINITY }, { "NAN", NAN } };
    int         type = sqlite3_column_type(row, column);
    const char *word = hpi_sqlite_column(row, column + 1, NULL);
    if (strcmp(word, "FINITE") == 0) {
        *value_out = sqlite3_column_double(row, column);
        return (type == SQLITE_FLOAT || type == SQLITE_INTEGER) && isfinite(*value_out);
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i].word) == 0) {
            *value_out = words[i].value;
            return true;
        }
    return false;
}
