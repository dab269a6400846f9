/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_JOURNAL_H
#define HPI_STORE_JOURNAL_H

/* An open journal; what the journal_*.c files share. One thread at a time. */

#include <time.h>

#include "store/backend.h"
#include "store/distribution.h"
#include "store/foreign.h"
#include "store/journal_file.h"
#include "store/journal_lock.h"
#include "store/journal_state.h"

/* A trial that is new in the transaction that is open: its line but for its start, the intermediate
 * values and the end, as a piece of the transaction's text. */
typedef struct hpi_journal_new {
    uint64_t number;
    size_t   at, bytes;
    uint32_t first_report, last_report; /* from 1; 0: none */
    uint32_t order;                     /* of putting      */
    bool     is_reported;               /* its record says that it has reports */
} hpi_journal_new;

typedef struct hpi_journal_report {
    int64_t  step;
    uint32_t next; /* from 1 */
} hpi_journal_report;

/* What is to be written by the next commit. Whole lines of text, in this order. */
typedef struct hpi_journal_tx {
    bool                is_open;
    hpi_writer          study;    /* the study that is made                            */
    hpi_writer          reported; /* intermediate values of trials that are there    */
    hpi_writer          changes;  /* of trials that are there                          */
    hpi_writer          bodies;   /* of new ones: pieces                               */
    hpi_writer          attrs;    /* of the study, at the end, where they say what the rest is */
    hpi_journal_new    *news;
    hpi_journal_report *reports;
    double             *report_values; /* one for each goal of each of them */
    size_t              new_count, new_room, report_count, report_room, value_room;
    hpi_journal_attr   *puts; /* the attributes of `attrs`, for who asks before the commit */
    size_t              put_count, put_room;
    hpi_writer          all; /* the whole commit */
} hpi_journal_tx;

enum { HPI_JOURNAL_SECOND_BYTES = 19 };

/* The last second that was asked for, in local time: trials come many to a second. */
typedef struct hpi_journal_second {
    bool   is_known;
    time_t second;
    char   text[HPI_JOURNAL_SECOND_BYTES];
} hpi_journal_second;

extern const hpi_backend_class hpi_backend_journal;

typedef struct hpi_journal {
    hpi_backend        base;
    hpi_open_mode      mode;
    hpi_journal_file   file;
    hpi_journal_lock   lock;
    hpi_journal_state  state;
    hpi_journal_tx     tx;
    bool               is_chosen, is_made; /* made: by the transaction that is open */
    uint32_t           study;              /* the chosen one                        */
    hpi_head           head;               /* ... our own copy of what it is        */
    hpi_writer        *distributions;      /* of its parameters: "name":"JSON"         */
    hpi_writer        *names;              /* "name":                               */
    uint32_t           dims;
    hpi_record_room    room;
    hpi_bytes          bytes;
    hpi_foreign        foreign;
    hpi_journal_second second;
    hpi_writer         text;                /* room for one piece */
    uint32_t          *place_of, *id_of;    /* of trials whose id is not their place, plus one */
    size_t             map_from;            /* the first of them */
    bool               keeps_all;           /* nothing is left out of the index any more */
    size_t             place_room, id_room; /* id_room: with the transaction that is open */
    uint64_t           cut_bytes;           /* of torn ends, so far */
} hpi_journal;

/* Read what was appended since. HPT_EPARSE, with line and byte, for an operation that is damaged
 * and not merely torn. */
hpt_status hpi_journal_sync(hpi_journal *journal, hpt_err *err);

/* All trials, or the one of a place, are in the index: it is made anew if they were left out. Not
 * cheap, and so not done twice: from then on none is left out. */
hpt_status hpi_journal_know_all(hpi_journal *journal, hpt_err *err);
hpt_status hpi_journal_know(hpi_journal *journal, size_t place, hpt_err *err);

/* journal_ids.c: ids of the trials that are new in the transaction, in the order of their lines. */
bool hpi_journal_map_ids(hpi_journal *journal, const hpi_journal_new *const *sorted);

/* What a run that only writes never looks at again is left out of the index. */
void hpi_journal_leave_out(hpi_journal *journal);

/* The chosen study. HPT_EABSENT if it was deleted meanwhile. */
hpt_status hpi_journal_chosen(const hpi_journal *journal, hpi_journal_study **study_out,
                              hpt_err *err);

/* Places of trials in the index, and the ids that were handed out for them. */
uint64_t hpi_journal_id_of(const hpi_journal *journal, size_t place);
bool     hpi_journal_place_of(const hpi_journal *journal, uint64_t id, size_t *place_out);

/* journal_choose.c */
hpt_status hpi_journal_select(hpi_backend *backend, const char *name, hpi_head *head_out,
                              hpt_err *err);
hpt_status hpi_journal_create(hpi_backend *backend, const hpi_head *head, hpt_err *err);
hpt_status hpi_journal_remove(hpi_backend *backend, hpt_err *err);
hpt_status hpi_journal_choose(hpi_journal *journal, const char *name, hpi_head *head_out,
                              hpt_err *err); /* as select, of what was read so far */
void       hpi_journal_unchoose(hpi_journal *journal);

/* journal_put.c */
hpt_status hpi_journal_put(hpi_backend *backend, const hpi_record *record, uint64_t *id_out,
                           hpt_err *err);
hpt_status hpi_journal_put_report(hpi_backend *backend, uint64_t id, int64_t step,
                                  const double *values, hpt_err *err);
hpt_status hpi_journal_attr_put(hpi_backend *backend, bool is_system, const char *key,
                                const char *json, hpt_err *err);

/* ... the further values of a report, which Optuna has no place for: a member of its own that
 * Optuna ignores, with a list for each step or of the one. Nothing with one goal. */
#define HPI_JOURNAL_VALUES ",\"hpt_values\":"
void hpi_journal_write_values(hpi_writer *out, const double *values, uint32_t count);

/* journal_time.c: a time, or null. */
void hpi_journal_write_time(hpi_journal_second *last, hpi_writer *out, int64_t wall_ns);

/* journal_commit.c */
hpt_status hpi_journal_begin(hpi_backend *backend, uint32_t wait_ms, hpt_err *err);
hpt_status hpi_journal_commit(hpi_backend *backend, bool is_durable, hpt_err *err);
void       hpi_journal_rollback(hpi_backend *backend);
void       hpi_journal_tx_fini(hpi_journal_tx *tx);

/* journal_scan.c */
hpt_status hpi_journal_scan(hpi_backend *backend, int what, uint64_t from,
                            bool (*each)(void *, const hpi_record *), void *user, hpt_err *err);
hpt_status hpi_journal_find(hpi_backend *backend, uint64_t                  number,
                            void (*each)(void *, const hpi_record *), void *user, hpt_err *err);
hpt_status hpi_journal_scan_reports_from(hpi_backend *backend, uint64_t from, hpi_report_taker each,
                                         void *user, hpt_err *err);
hpt_status hpi_journal_scan_reports(hpi_backend *backend, hpi_report_taker each, void *user,
                                    hpt_err *err);

/* A trial's place, and what a scan sorts it by: its number, or HPI_JOURNAL_ORDERED and its order.
 */
#define HPI_JOURNAL_ORDERED (UINT64_C(1) << 32)
typedef struct hpi_journal_spot {
    uint64_t key;
    uint32_t place;
} hpi_journal_spot;

/* The trials of a scan of the chosen study, sorted; hpi_free() them. */
hpt_status hpi_journal_order(const hpi_journal *journal, int what, uint64_t from,
                             hpi_journal_spot **spots_out, size_t *count_out, hpt_err *err);

/* A trial of ours: its record, borrowed until the next one is read. */
hpt_status hpi_journal_read_ours(hpi_journal *journal, size_t place, hpi_record *record_out,
                                 hpt_err *err);

/* A trial as others wrote it: from all its lines into journal->foreign. */
hpt_status hpi_journal_read_foreign(hpi_journal *journal, size_t place, hpt_err *err);

/* The line of a place in the file, of a trial that was read before, taken apart. */
hpt_status hpi_journal_line_at(hpi_journal *journal, uint64_t at, hpi_slice *line_out,
                               hpi_journal_op *op_out, hpt_err *err);

/* journal_check.c */
hpt_status hpi_journal_check(hpi_backend *backend, void (*say)(void *, const char *), void *user,
                             hpt_err *err);

#endif
