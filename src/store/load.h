/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_LOAD_H
#define HPI_STORE_LOAD_H

/* Files of earlier runs > observations. The readers of the two kinds of files go through a text and
 * add what they find. One thread at a time. */

#include "base/json.h"
#include "hpt/history.h"

enum {
    HPI_LOAD_BYTES_MAX = 1 << 30,
    HPI_LOAD_VALUES_MAX = 1 << 24, /* of parameters: 256 MiB, as with points */
    HPI_LOAD_GOALS_MAX = 8
};

struct hpt_observations {
    hpt_space       *space; /* a copy: it has the texts */
    hpt_observation *list;  /* `point` and `values` are set at the end */
    hpt_value       *rows;
    double          *values; /* HPI_LOAD_GOALS_MAX each */
    size_t           count, room;
    char             warning[240];
};

typedef struct hpi_loading {
    hpt_observations *into;
    const char       *path;
    char             *text; /* may be changed; a NUL behind it */
    size_t            bytes;
    size_t            line;                        /* of the record, from 1                    */
    size_t            torn_count, first_torn_line; /* records that were left out               */
    hpt_value        *row;                         /* of the record: one for each parameter    */
    bool             *is_given;
    double            record_values[HPI_LOAD_GOALS_MAX];
    hpt_err          *err;
} hpi_loading;

/* Fail with the path and the line before the sentence. */
hpt_status hpi_load_fail(const hpi_loading *loading, hpt_status status, const char *format, ...)
    HPT_PRINTF(3, 4);

/* Give a parameter of the record its value; the sentence of `why` is passed on. */
hpt_status hpi_load_param(hpi_loading *loading, hpt_param param, hpt_value value);

/* The same, without the place before the sentence. */
hpt_status hpi_load_value(hpi_loading *loading, hpt_param param, hpt_value value, hpt_err *err);

/* The state of a word; HPT_TRIAL_RUNNING for one that is none. */
hpt_trial_state hpi_load_state(const char *word);

/* The record is read: keep it, unless it was cancelled. `it` has neither point nor values yet. */
hpt_status hpi_load_add(hpi_loading *loading, const hpt_observation *it);

/* By how much the constraints of a record were broken: the sum of those above 0. An infinite one is
 * written as null. NULL and whatever is no object: 0, nobody knows. */
double hpi_load_violation(const hpi_json_node *constraints);

/* It was torn. */
void hpi_load_torn(hpi_loading *loading);

hpt_status hpi_load_jsonl(hpi_loading *loading);
hpt_status hpi_load_csv(hpi_loading *loading);

/* A study file; and a study in memory, into observations of their own. */
hpt_status hpi_load_study(hpi_loading *loading);
hpt_status hpi_load_history(hpi_loading *loading, const hpt_history *history);

/* Observations over a space: `read` adds them, from whatever loading->path or `user` is. */
hpt_status hpi_load_all(const hpt_space *space, const char *path,
                        hpt_status (*read)(hpi_loading *loading, const void *user),
                        const void *user, hpt_observations **observations_out, hpt_err *err);

#endif
