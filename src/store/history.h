/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_HISTORY_H
#define HPI_STORE_HISTORY_H

/* hpt/history.h > a study in memory. The file stays open, so that a refresh reads only what is new.
 * One thread at a time while it is read; then any number of readers. */

#include "store/arena.h"
#include "store/backend.h"
#include "store/hold.h"
#include "trial/row.h"
#include "trial/tally.h"

/* Optuna's attribute. */
#define HPI_GOAL_NAMES_KEY "study:metric_names"

enum {
    HPI_HISTORY_VALUES_MAX = 1 << 28, /* of parameters: 6 GiB */
    HPI_HISTORY_REPORTS_MAX = 1 << 28,
    HPI_HISTORY_NAMES_MAX = 1 << 20
};

/* ---- a study, as lists show it: study_entry.c ---- */

typedef struct hpi_study_entry {
    hpt_study_info info;
    hpi_head       head; /* the texts of info are its */
    char           held_by[HPI_HOLD_WHO_BYTES + 48];
    hpt_err        why; /* it cannot be read */
    hpi_hold       hold;
    bool           is_there;   /* whoever holds it is known to be there */
    char          *wall_json;  /* how long its runs took; NULL: nobody said */
    char          *names_json; /* of another tool's goals; NULL: they have none */
} hpi_study_entry;

/* Select a study and take over its head; info has no counts yet. */
hpt_status hpi_study_entry_select(hpi_study_entry *entry, hpi_backend *backend, const char *name,
                                  hpt_err *err);
/* The counts; and what must be set again when the entry has moved. */
/* Of a study that cannot be read: its name, and why. False: no memory. */
bool hpi_study_entry_refuse(hpi_study_entry *entry, const char *name, const hpt_err *why);
void hpi_study_entry_count(hpi_study_entry *entry, const hpi_tally *tally);
void hpi_study_entry_settle(hpi_study_entry *entry);
void hpi_study_entry_fini(hpi_study_entry *entry);

/* ---- the studies of a file: study_names.c ---- */

typedef struct hpi_study_names {
    char **list;
    size_t count, room;
} hpi_study_names;

hpt_status hpi_study_names_read(hpi_study_names *names, hpi_backend *backend, hpt_err *err);
void       hpi_study_names_fini(hpi_study_names *names);

/* The one of that name, or the only one for NULL; borrowed. HPT_EABSENT and HPT_EINVAL with those
 * there are. */
hpt_status hpi_study_names_choose(const hpi_study_names *names, const char *path, const char *name,
                                  const char **name_out, hpt_err *err);

/* Open the form that the path is of, to be read. */
hpt_status hpi_history_backend(const char *path, hpi_backend **backend_out, hpt_err *err);

/* ---- the trials ---- */

/* Rows that follow one another by number. */
typedef struct hpi_row_list {
    hpi_row *rows;
    size_t   count, room;
} hpi_row_list;

struct hpt_history {
    hpi_backend    *backend;
    uint64_t        process; /* that opened it: no other one may use the file through it */
    hpi_study_entry entry;
    char           *space_text; /* as JSON, to notice another one; NULL: an empty one */
    hpi_arena       arena;      /* what the rows point to */
    hpi_row_list    rows;
    size_t          wasted_bytes; /* of the arena: about what replaced rows have there */
};

/* Read a study of a file that is open, which the history takes over, also on failure. */
hpt_status hpi_history_open(hpi_backend *backend, const char *path, const char *study_name,
                            hpt_history **history_out, hpt_err *err);

/* Which row has a number; SIZE_MAX: none. */
size_t hpi_history_find(const hpt_history *history, uint64_t number);

/* The row as what a backend takes; everything is borrowed from it. */
void hpi_history_unpack(const hpi_row *row, hpi_record *record_out);

/* All rows, as what reports are made of. */
static inline hpi_table hpi_history_table(const hpt_history *history) {
    return (hpi_table){ .space = history->entry.head.space,
                        .goals = history->entry.head.goals,
                        .goal_count = history->entry.head.goal_count,
                        .rows = history->rows.rows,
                        .count = history->rows.count };
}

#endif
