/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_SQLITE_H
#define HPI_STORE_SQLITE_H

/* backend.h > the SQLite form: what its files share. One thread at a time. */

#include <sqlite3.h>

#include "base/fds.h"
#include "base/json.h"
#include "store/backend.h"

/* Statements that are prepared once and kept. */
typedef enum hpi_sqlite_text {
    HPI_SQL_BEGIN,
    HPI_SQL_BEGIN_READ,
    HPI_SQL_COMMIT,
    HPI_SQL_ROLLBACK,
    HPI_SQL_STUDY_FIND,
    HPI_SQL_ATTR_GET_USER,
    HPI_SQL_ATTR_GET_SYSTEM,
    HPI_SQL_ATTR_PUT_USER,
    HPI_SQL_ATTR_PUT_SYSTEM,
    HPI_SQL_NEW_TRIAL,  /* of a batch: with its id */
    HPI_SQL_NEW_TRIALS, /* ... HPI_SQLITE_ROWS of them; likewise those that follow */
    HPI_SQL_NEW_PARAM,
    HPI_SQL_NEW_PARAMS,
    HPI_SQL_NEW_VALUE,
    HPI_SQL_NEW_VALUES,
    HPI_SQL_NEW_RECORD,
    HPI_SQL_NEW_RECORDS,
    HPI_SQL_ID_MAX,
    HPI_SQL_TRIAL_NEW,
    HPI_SQL_TRIAL_CHANGE,
    HPI_SQL_RECORD_CHANGE,
    HPI_SQL_RECORD_GET,
    HPI_SQL_RECORD_ANY,
    HPI_SQL_PARAM_CLEAR,
    HPI_SQL_VALUE_CLEAR,
    HPI_SQL_TRIAL_ATTR_USER,
    HPI_SQL_TRIAL_ATTR_SYSTEM,
    HPI_SQL_TRIAL_ATTR_USER_CLEAR,
    HPI_SQL_TRIAL_ATTR_SYSTEM_CLEAR,
    HPI_SQL_REPORT,
    HPI_SQL_REPORT_WHOLE,
    HPI_SQL_REPORT_GET,
    HPI_SQL_REPORTS_OF,
    HPI_SQL_REPORTS_FIRST,
    HPI_SQL_REPORTS_SINCE,
    HPI_SQL_REPORTS_LAST,
    HPI_SQL_REPORT_PLACE,
    HPI_SQL_FOREIGN_TRIAL,
    HPI_SQL_FOREIGN_PARAMS,
    HPI_SQL_FOREIGN_VALUES,
    HPI_SQL_FOREIGN_ATTRS_USER,
    HPI_SQL_FOREIGN_ATTRS_SYSTEM,
    HPI_SQL_FOREIGN_LAST_REPORT,
    HPI_SQL_NUMBER_MAX,
    HPI_SQL_TOLD_MAX,
    HPI_SQL_COUNT
} hpi_sqlite_text;

enum { HPI_SQLITE_ROWS = 20, HPI_SQLITE_GOALS_MAX = 8 };

extern const hpi_backend_class hpi_backend_sqlite;

typedef struct hpi_sqlite_foreign hpi_sqlite_foreign;

typedef struct hpi_sqlite_new    hpi_sqlite_new;
typedef struct hpi_sqlite_result hpi_sqlite_result;

/* New trials that are not in the file yet: sqlite_batch.c. */
typedef struct hpi_sqlite_batch {
    int64_t            id_next; /* 0: unknown */
    size_t             count, room, result_count;
    hpi_sqlite_new    *news;
    double            *numbers; /* of their parameters, as Optuna has them */
    hpi_sqlite_result *results;
    hpi_writer         records; /* one behind the other */
} hpi_sqlite_batch;

typedef struct hpi_sqlite {
    hpi_backend         base;
    sqlite3            *db;
    hpi_database        database; /* while db is open */
    char               *path, *whole_path;
    char                shown[128]; /* the path, for sentences */
    hpi_open_mode       mode;
    bool                has_schema;  /* else the file is empty, and `create` makes it */
    bool                has_records; /* our table is there                           */
    bool                has_reports; /* ... that of reports too, as far as is known  */
    bool                is_tuned;    /* for writing */
    bool                is_broken;   /* the open transaction cannot be kept: something failed  */
    bool                is_new;      /* ... makes the study that is selected                   */
    bool                has_made;    /* ... makes tables                                       */
    bool                has_changed; /* ... has put trials                                     */
    int                 log_pages;   /* after the last commit                                  */
    sqlite3_stmt       *statements[HPI_SQL_COUNT];
    bool                is_selected; /* a study is: what follows is about it */
    int64_t             study_id;
    char               *study_name;
    bool                is_ours;
    uint32_t            goal_count, dims;
    hpt_space          *space;
    char              **distributions;              /* one for each parameter, as JSON */
    int64_t             number_max, number_seen_id; /* see sqlite_count.c */
    hpi_bytes           bytes;
    hpi_record_room     old_room;
    hpi_sqlite_foreign *foreign;
    hpi_sqlite_batch    batch;
} hpi_sqlite;

/* sqlite_fail.c: what SQLite says, as ours. `what` was being done, "read", "written". */
hpt_status hpi_sqlite_fail(const hpi_sqlite *file, int code, const char *what, hpt_err *err);

/* sqlite_statement.c: a kept statement, ready for its values. */
hpt_status hpi_sqlite_statement(hpi_sqlite *file, hpi_sqlite_text text, sqlite3_stmt **out,
                                hpt_err *err);
void       hpi_sqlite_statements_fini(hpi_sqlite *file);

/* Run it to its end, without rows, and free it for the next use. */
hpt_status hpi_sqlite_run(hpi_sqlite *file, sqlite3_stmt *statement, const char *what,
                          hpt_err *err);
hpt_status hpi_sqlite_run_text(hpi_sqlite *file, const char *sql, const char *what, hpt_err *err);

/* Texts of a row: never NULL; *is_text tells whether it is one, without NULs inside. */
const char *hpi_sqlite_column(sqlite3_stmt *statement, int column, bool *is_text_out);

/* sqlite.c: whether a transaction is open in which nothing has failed; and remember a failure. */
hpt_status hpi_sqlite_may_write(const hpi_sqlite *file, hpt_err *err);
hpt_status hpi_sqlite_broken(hpi_sqlite *file, hpt_status status);

/* sqlite_schema.c */
hpt_status hpi_sqlite_schema_make(hpi_sqlite *file, hpt_err *err);  /* Optuna's tables          */
hpt_status hpi_sqlite_records_make(hpi_sqlite *file, hpt_err *err); /* ours beside them         */
hpt_status hpi_sqlite_reports_make(hpi_sqlite *file, hpt_err *err); /* ... of several goals      */
hpt_status hpi_sqlite_schema_check(hpi_sqlite *file, hpt_err *err); /* sets has_schema, _records */

/* sqlite_open.c */
hpt_status hpi_sqlite_open(const char *path, hpi_open_mode mode, hpi_backend **backend_out,
                           hpt_err *err);
void       hpi_sqlite_close(hpi_backend *backend);

/* A path as SQLite is to be given it: "file:..." and ":memory:" are something else than files of
 * these names to it, but not with a folder before them. hpi_free() it; NULL: out of memory. */
char      *hpi_sqlite_plain_name(const char *path);
hpt_status hpi_sqlite_make_alone(hpi_backend *backend, hpt_err *err);
hpt_status hpi_sqlite_tune(hpi_sqlite *file, hpt_err *err); /* before the first write */
void       hpi_sqlite_bring_in_log(hpi_sqlite *file);       /* into the database, if it is long */

/* sqlite_study.c */
hpt_status hpi_sqlite_studies(hpi_backend *backend, bool (*each)(void *, const hpi_study_row *),
                              void *user, hpt_err *err);
hpt_status hpi_sqlite_select(hpi_backend *backend, const char *name, hpi_head *head_out,
                             hpt_err *err);
hpt_status hpi_sqlite_create(hpi_backend *backend, const hpi_head *head, hpt_err *err);
hpt_status hpi_sqlite_remove(hpi_backend *backend, hpt_err *err);
void       hpi_sqlite_forget(hpi_sqlite *file); /* the study */

/* sqlite_attr.c */
hpt_status hpi_sqlite_attr_get(hpi_backend *backend, bool is_system, const char *key,
                               char **json_out, hpt_err *err);
hpt_status hpi_sqlite_attr_put(hpi_backend *backend, bool is_system, const char *key,
                               const char *json, hpt_err *err);

/* Whether the head is what was put. HPT_EPARSE if not. */
hpt_status hpi_sqlite_check_sum(hpi_sqlite *file, const char *json, hpt_err *err);

/* sqlite_put.c */
hpt_status hpi_sqlite_put(hpi_backend *backend, const hpi_record *record, uint64_t *id_out,
                          hpt_err *err);
/* sqlite_batch.c. wait: a new trial, which may_wait, gets an id, and its rows wait. flush: they are
 * put; before anything else is read or written that is about trials. drop: they are forgotten. */
bool       hpi_sqlite_may_wait(const hpi_sqlite *file, const hpi_record *record);
hpt_status hpi_sqlite_wait(hpi_sqlite *file, const hpi_record *record, int64_t *id_out,
                           hpt_err *err);
hpt_status hpi_sqlite_flush(hpi_sqlite *file, hpt_err *err);
void       hpi_sqlite_batch_drop(hpi_sqlite *file);
void       hpi_sqlite_batch_fini(hpi_sqlite *file);

hpt_status hpi_sqlite_mend(hpi_backend *backend, const hpi_record *record, hpt_err *err);

/* sqlite_scan.c */
hpt_status hpi_sqlite_scan(hpi_backend *backend, int what, uint64_t from,
                           bool (*each)(void *, const hpi_record *), void *user, hpt_err *err);
hpt_status hpi_sqlite_find(hpi_backend *backend, uint64_t                  number,
                           void (*each)(void *, const hpi_record *), void *user, hpt_err *err);

/* ... a walk of the selected study: a statement with ?1 bound to it and ?2, if there is one, to
 * `from`; what the last step said. */
hpt_status hpi_sqlite_prepare(hpi_sqlite *file, const char *sql, uint64_t from, sqlite3_stmt **out,
                              hpt_err *err);
hpt_status hpi_sqlite_end_of_walk(const hpi_sqlite *file, int code, hpt_err *err);

/* sqlite_reports.c */
hpt_status hpi_sqlite_put_report(hpi_backend *backend, uint64_t id, int64_t step,
                                 const double *values, hpt_err *err);
hpt_status hpi_sqlite_scan_reports_from(hpi_backend *backend, uint64_t from, hpi_report_taker each,
                                        void *user, hpt_err *err);
hpt_status hpi_sqlite_scan_reports(hpi_backend *backend, hpi_report_taker each, void *user,
                                   hpt_err *err);
hpt_status hpi_sqlite_scan_news(hpi_backend *backend, uint64_t told_from, hpi_news_place *place,
                                hpi_report_taker each, void *user, hpt_err *err);
hpt_status hpi_sqlite_news_end(hpi_backend *backend, hpi_news_place *place_out, hpt_err *err);

/* ... what Optuna's table has otherwise than ours of a trial's reports, "" for nothing; or write
 * Optuna's anew. */
hpt_status hpi_sqlite_judge_reports(hpi_sqlite *file, uint64_t id, bool is_mending, char *what_out,
                                    size_t bytes, hpt_err *err);

/* sqlite_count.c */
hpt_status hpi_sqlite_counts_put(hpi_sqlite *file, hpt_err *err); /* into the file */
hpt_status hpi_sqlite_counts_get(hpi_sqlite *file, uint64_t *told_out, uint64_t *next_out,
                                 hpt_err *err); /* what a commit has put there */
hpt_status hpi_sqlite_counts(hpi_backend *backend, uint64_t *number_next_out, uint64_t *told_out,
                             hpt_err *err);

/* All that is read between these is one state of the file; nothing within a transaction. */
hpt_status hpi_sqlite_snapshot(hpi_sqlite *file, bool *is_begun_out, hpt_err *err);
void       hpi_sqlite_snapshot_end(hpi_sqlite *file, bool is_begun);

/* sqlite_foreign.c: a trial that Optuna wrote. The record lives until the next call. */
hpt_status hpi_sqlite_foreign_get(hpi_sqlite *file, int64_t id, uint64_t number,
                                  hpi_record *record_out, hpt_err *err);
void       hpi_sqlite_foreign_fini(hpi_sqlite *file);

/* What all parameters of the study that is selected span. */
hpt_status hpi_sqlite_foreign_space(hpi_sqlite *file, hpt_space **space_out, hpt_err *err);

/* sqlite_compare.c: what Optuna's rows of a trial have otherwise than its record; "" for nothing.
 */
hpt_status hpi_sqlite_compare(hpi_sqlite *file, const hpi_record *record, char *what_out,
                              size_t bytes, hpt_err *err);

/* sqlite_check.c */
hpt_status hpi_sqlite_check(hpi_backend *backend, void (*say)(void *, const char *), void *user,
                            hpt_err *err);

/* sqlite_value.c: the values of intermediate and final results as Optuna stores them, a number or
 * NULL, and a word in the next column. */
void hpi_sqlite_bind_value(sqlite3_stmt *statement, int column, double value);
bool hpi_sqlite_value(sqlite3_stmt *row, int column, double *value_out);

#endif
