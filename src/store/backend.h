/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_BACKEND_H
#define HPI_STORE_BACKEND_H

/* The form of a file. Each is one file (sqlite.c, journal.c, with helpers beside them) and one row
 * in rows.h. The store above decides what is written and when; a backend only knows how.
 *
 * Everything by one thread at a time; open and close may be on different threads. */

#include "store/head.h"
#include "store/record.h"

typedef struct hpi_backend hpi_backend; /* an open file, of one study or of none yet */

typedef enum hpi_open_mode {
    HPI_OPEN_READ, /* no lock, changes nothing; another process may be writing                    */
    HPI_OPEN_WRITE, /* must be there */
    HPI_OPEN_CREATE /* is made if it is not there */
} hpi_open_mode;

/* A row of a list of studies. Borrowed for the call. */
typedef struct hpi_study_row {
    const char *name;
    uint64_t    trial_count;
} hpi_study_row;

/* A report, with one value for each goal of the study: NaN where none is known. Borrowed for the
 * call. False: no further ones. */
typedef bool (*hpi_report_taker)(void *user, uint64_t id, int64_t step, const double *values);

/* Behind a report: its row, and what it said, for ids are used again. Zeroed: before all. */
typedef struct hpi_news_place {
    uint64_t row, id; /* of the report, of its trial */
    int64_t  step;
} hpi_news_place;

typedef struct hpi_backend_class {
    const char *name;   /* "sqlite", "journal"                                            */
    const char *absent; /* NULL, or why this build lacks it                               */
    const char *suffix; /* of new files: ".db", ".journal"                                */

    bool may_share; /* several processes may write by turns and hear of each other at once */

    /* Whether an existing file is one of these, by its first bytes (count of them; 0: empty). */
    bool (*is_mine)(const unsigned char *start, size_t count);

    /* The file. Refused with a sentence, and untouched: not this form, of something else, newer, a
     * directory, no permission. A torn tail (journal) is cut before the first write, not by
     * HPI_OPEN_READ; torn_out (may be NULL) tells how many bytes. */
    hpt_status (*open)(const char *path, hpi_open_mode mode, hpi_backend **backend_out,
                       hpt_err *err);
    void (*close)(hpi_backend *backend); /* rolls back what is not committed; NULL is fine */

    /* All studies of the file, in their order, until `each` returns false. */
    hpt_status (*studies)(hpi_backend *backend, bool (*each)(void *, const hpi_study_row *),
                          void *user, hpt_err *err);

    /* Choose a study: everything below is about it. HPT_EABSENT if there is none of that name.
     * Fills in the name, directions, and, if it is ours, the rest of the head by hpi_head_parse();
     * else the space is the union of the trials' distributions.
     *
     * The store selects a study again after it has put another head ("hpt:study"): from then on
     * records are of that head's space. Trials of others are told in terms of it too, parameters by
     * name; those that it lacks are left out, and values that it cannot take are not given. */
    hpt_status (*select)(hpi_backend *backend, const char *name, hpi_head *head_out, hpt_err *err);

    /* Make a study and select it, in the transaction that is open. HPT_EBUSY if the name is taken.
     * One that is not ours (head->is_ours) stays another tool's: it gets no head of ours. */
    hpt_status (*create)(hpi_backend *backend, const hpi_head *head, hpt_err *err);

    /* Take the study that is selected away, which has no trials, in the transaction that is open;
     * none is selected then. NULL: it stays. */
    hpt_status (*remove)(hpi_backend *backend, hpt_err *err);

    /* Take away the files that are beside it while it is open, for who is about to remove it: not
     * while anybody else has it open. NULL: there are none. */
    hpt_status (*make_alone)(hpi_backend *backend, hpt_err *err);

    /* Transactions. begin: nobody else writes from now on until commit or rollback; waits up to
     * wait_ms for others, then HPT_EBUSY. commit: is_durable: it survives power loss when this
     * returns. After a failed commit the transaction is as if it had never been. */
    hpt_status (*begin)(hpi_backend *backend, uint32_t wait_ms, hpt_err *err);
    hpt_status (*commit)(hpi_backend *backend, bool is_durable, hpt_err *err);
    void (*rollback)(hpi_backend *backend);

    /* Attributes of the study, values as JSON text. get: HPT_EABSENT when there is none; the text
     * is to be hpi_free()d. is_system: else the user's, which other tools show. */
    hpt_status (*attr_get)(hpi_backend *backend, bool is_system, const char *key, char **json_out,
                           hpt_err *err);
    hpt_status (*attr_put)(hpi_backend *backend, bool is_system, const char *key, const char *json,
                           hpt_err *err);

    /* Write a trial: new if record->id is 0 (then *id_out, which may be NULL, is its id), else it
     * takes the place of what it was. RUNNING or ended; what is in Optuna's terms goes where Optuna
     * looks for it, the whole goes into the record's bytes (but for hpi_record_is_foreign(), and
     * then it must be new). In a transaction. An ended trial may become RUNNING again (it was
     * CANCELLED). */
    hpt_status (*put)(hpi_backend *backend, const hpi_record *record, uint64_t *id_out,
                      hpt_err *err);

    /* A report of a trial that was put: an intermediate value for each goal of the study, NaN where
     * none is known. The first goes where Optuna looks for it. A step again: replaced. */
    hpt_status (*put_report)(hpi_backend *backend, uint64_t id, int64_t step, const double *values,
                             hpt_err *err);

    /* The trials of the study, until `each` returns false (then HPT_OK). HPI_SCAN_TOLD: those that
     * ended and were told, by rising order from `from` on; trials that somebody else wrote come
     * first if `from` is 0, by number, with order and asked unknown. HPI_SCAN_OPEN: RUNNING and
     * CANCELLED ones, by number, also those of others. HPI_SCAN_ALL: all, by number from `from` on.
     * Streaming: memory does not grow with the number of trials. Damage is HPT_EPARSE with the
     * number of the trial and what is wrong; that something is missing is known in the end only. */
    hpt_status (*scan)(hpi_backend *backend, int what, uint64_t from,
                       bool (*each)(void *, const hpi_record *), void *user, hpt_err *err);

    /* The trial of a number, of ours or of others: `each` is called for it, or not at all. Does not
     * get slower with the number of trials as long as they are numbered as they were put. NULL:
     * hpi_backend_find_trial() scans. */
    hpt_status (*find)(hpi_backend *backend, uint64_t                  number,
                       void (*each)(void *, const hpi_record *), void *user, hpt_err *err);

    /* Reports of all trials, ordered by trial id then step, until `each` returns false. */
    hpt_status (*scan_reports)(hpi_backend *backend, hpi_report_taker each, void *user,
                               hpt_err *err);

    /* The same, of trials whose ids are at least `from`. NULL: only all can be read. */
    hpt_status (*scan_reports_from)(hpi_backend *backend, uint64_t from, hpi_report_taker each,
                                    void *user, hpt_err *err);

    /* What has been reported behind *place, the zeroed one at first, in the order in which it came:
     * of trials of ours that have not ended, or were told from told_from on. `each` gets the number
     * in place of the id; false: it could not be taken. *place is moved behind each of them.
     * Somebody may have deleted what was there: then all comes again. news_end: behind all that
     * there are. NULL of a form that is not shared. */
    hpt_status (*scan_news)(hpi_backend *backend, uint64_t told_from, hpi_news_place *place,
                            hpi_report_taker each, void *user, hpt_err *err);
    hpt_status (*news_end)(hpi_backend *backend, hpi_news_place *place_out, hpt_err *err);

    /* How many numbers have been given out, and ends told (ours). */
    hpt_status (*counts)(hpi_backend *backend, uint64_t *number_next_out, uint64_t *told_out,
                         hpt_err *err);

    /* Whether the file is sound: structure, checksums, counts, Optuna's part against ours. Each
     * finding is one call of `say`. HPT_OK also with findings; HPT_EIO when it cannot be read. */
    hpt_status (*check)(hpi_backend *backend, void (*say)(void *, const char *), void *user,
                        hpt_err *err);

    /* Write what is there for other tools of a trial anew, from its record as a scan gave it,
     * whatever it is now. In a transaction. NULL: there is nothing that could differ. */
    hpt_status (*mend)(hpi_backend *backend, const hpi_record *record, hpt_err *err);
} hpi_backend_class;

enum { HPI_SCAN_TOLD, HPI_SCAN_OPEN, HPI_SCAN_ALL };

/* Every backend's struct begins with this. */
struct hpi_backend {
    const hpi_backend_class *class;
    uint64_t torn_bytes; /* cut off, or to be, when it was opened */

    /* Called by a commit that is_durable as soon as what it wrote is: what the commit has to do
     * then, nobody waits for. NULL: nobody is told, or the form has nothing to do then. */
    void (*is_safe)(void *user);
    void *is_safe_user;
};

/* By index, NULL past the last. */
const hpi_backend_class *hpi_backend_at(size_t index);

/* A form's `find`, or in its place a scan. */
hpt_status hpi_backend_find_trial(hpi_backend *backend, uint64_t                  number,
                                  void (*each)(void *, const hpi_record *), void *user,
                                  hpt_err *err);

/* The form of a file that is there; NULL: it is none, or cannot be read. HPT_ENOMEM. */
hpt_status hpi_backend_look(const char *path, const hpi_backend_class **class_out, hpt_err *err);

/* The form of a path: what the file is if it is there and not empty, else its suffix (anything
 * unknown: SQLite). Refuses directories and files of neither form with HPT_EPARSE, and what this
 * build lacks with HPT_EBUILD. */
hpt_status hpi_backend_find(const char *path, const hpi_backend_class **class_out, hpt_err *err);

#endif
