/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef CHOOSE_H
#define CHOOSE_H

/* Which trials, in which order, with which columns: the options that `trials` and `export` share.
 */

#include "study.h"

/* What a column of trials shows. */
typedef enum trial_field {
    FIELD_NUMBER,
    FIELD_STATE,
    FIELD_VALUE,      /* of goal `index`        */
    FIELD_PARAM,      /* parameter `index`      */
    FIELD_ATTR,       /* the attribute `name`   */
    FIELD_CONSTRAINT, /* the constraint `name`  */
    FIELD_DURATION,
    FIELD_REASON,
    FIELD_STEP,
    FIELD_REPORT,
    FIELD_START,
    FIELD_END,
    FIELD_WORKER,
    FIELD_ORDER
} trial_field;

typedef struct trial_column {
    trial_field field;
    uint32_t    index;
    const char *name; /* what it is called */
} trial_column;

/* The column that a name says: a parameter, a goal, a word of trial_words, an attribute or a
 * constraint of some trial; "parameter:x", "goal:x", "attribute:x" and "constraint:x" where one
 * hides the other. False for none. */
bool trial_column_find(const hpt_history *history, const char *name, trial_column *column_out);

/* Complain about a name that is no column. */
void trial_column_complain(const hpt_history *history, const char *name);

/* What it shows of a trial: null when there is nothing. */
hpt_value trial_column_value(const hpt_history *history, const trial_column *of, size_t index);

/* What the options say. */
typedef struct choice {
    char     *states, *where, *sort;
    long long first, last; /* or NOT_GIVEN */
    long long limit;       /* 0: not given */
} choice;

/* clang-format off */
/* For a table of options: `given` is a choice. */
#define CHOICE_OPTIONS(given)                                                                      \
    { "state", '\0', POPT_ARG_STRING, &(given).states, 0,                                         \
      "only trials in one of these states", "STATE[,STATE...]" },                                  \
    { "where", '\0', POPT_ARG_STRING, &(given).where, 0,                                          \
      "only trials for which this is true, an expression over parameters, value (value_1, ... of " \
      "further goals), number and duration (seconds)", "EXPRESSION" },                             \
    { "first", '\0', POPT_ARG_LONGLONG, &(given).first, 0,                                        \
      "only trials of this number and above", "NUMBER" },                                          \
    { "last", '\0', POPT_ARG_LONGLONG, &(given).last, 0,                                          \
      "only trials of this number and below", "NUMBER" },                                          \
    { "sort", '\0', POPT_ARG_STRING, &(given).sort, 0,                                            \
      "sort by a column, behind a minus sign the largest first; best: the best first, -best: the " \
      "worst", "COLUMN" },                                                                         \
    { "limit", '\0', POPT_ARG_LONGLONG, &(given).limit, 0,                                        \
      "at most so many, of what is left the first; below 0: the last; 0: all", "COUNT" }
/* clang-format on */

#define CHOICE_ALL                                                                                 \
    { .first = NOT_GIVEN, .last = NOT_GIVEN }

/* The indices of the trials that were chosen; free() them. Complains on failure. */
exit_code choose(const hpt_history *history, const choice *given, size_t **indices_out,
                 size_t *count_out);

#endif
