/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef TABLE_H
#define TABLE_H

/* Tables for people, and what their terminal can show. */

#include "output.h"

typedef enum style {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_ODD,
    STYLE_BAD,
    STYLE_BUSY
} style;

/* What standard output is, from its terminal, the environment and the options --width and --colour.
 * One for the whole command. */
typedef struct screen {
    size_t width;       /* columns; SIZE_MAX: no end              */
    bool   has_colour;  /* styles are shown                       */
    bool   has_utf8;    /* more than ASCII can be drawn           */
    bool   is_terminal; /* it acts on what it is shown */
} screen;

const screen *the_screen(void);

/* Take what the options say; false for a word that is none of theirs, which was complained about.
 */
bool screen_set(const char *colour, long long width);

/* Begin and end a style; nothing on a screen without colours. */
void put_style(output *out, style of);

/* A text in a style. */
void put_styled(output *out, style of, const char *text);

typedef enum align {
    ALIGN_LEFT,
    ALIGN_RIGHT,
    ALIGN_POINT /* numbers, one point below the other */
} align;

typedef struct table_column {
    const char *title;
    align       align;
    bool        may_cut; /* texts: may be shown in part where there is no room            */
    bool        wraps;   /* ... or rather, all of it, in several lines                    */
    unsigned    rank;    /* where there is none even so, the highest are left out; 0 never */
    /* Measured by table_print(). */
    size_t width, before, after; /* before and after the point */
    bool   is_hidden;
} table_column;

typedef struct table {
    table_column *columns;
    size_t        column_count, row_count;
    /* The text of a cell, put into an empty output, and how it looks. Called twice for each. */
    void (*cell)(const void *context, size_t row, size_t column, output *cell, style *style_out);
    const void *context;
} table;

/* Titles, a rule, rows; then what was left out for want of room. */
void table_print(output *out, table *it);

/* "trials    100" lines: a name and a value each, which align. */
typedef struct pair {
    const char *name;
    char       *value;
    style       style;
} pair;

typedef struct pairs {
    pair  *list;
    size_t count;
    output next; /* put the value here, then call pairs_add() */
} pairs;

void pairs_add(pairs *of, const char *name, style how);
void pairs_print(output *out, pairs *of); /* and free */

#endif
