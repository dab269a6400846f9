/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_SHARED_H
#define HPI_STORE_SHARED_H

/* A study that several processes work on: the budget's numbers are handed out through the file, and
 * what others found comes back from it. All of it in the transactions of the writer (commit.c), on
 * the lane's thread; the run takes what it needs from a box (box.c).
 *
 *     begin > enter: who is there, whose lease has ended, what others found
 *             the writer's trials are put: those whose numbers are this process's
 *           > leave: numbers for this process (numbers.c), its beat
 *     commit > publish: into the box. A transaction that fails has never been. */

#include "store/box.h"
#include "store/heard.h"
#include "store/roster.h"
#include "store/writer.h"

enum {
    HPI_SHARED_LEASE_MS = 30 * 1000, /* lease_s 0 */
    /* How far apart two transactions are at least, when nobody waits for the next. */
    HPI_SHARED_LOOK_MS = 20,
    /* How often it is asked whether the processes of the others are there. */
    HPI_SHARED_ASK_MS = 250,
    /* Numbers that lie ready for this process: twice what it took between two transactions, but not
     * so many that others run dry while it is busy. */
    HPI_SHARED_AHEAD_LEAST = 4,
    HPI_SHARED_AHEAD_MAX = 1 << 14,
    /* With fewer for each member than that nobody keeps what it does not need at once. */
    HPI_SHARED_LOW = 8,
    /* Results of others that wait to be heard: what is more comes with the next transaction. */
    HPI_SHARED_HEARD_MAX = 1 << 12
};

struct hpi_shared {
    hpi_box    box;
    hpi_roster roster;       /* as this process found it, and changed it, in the transaction */
    char      *who;          /* this process, as the roster has it                           */
    uint64_t   index;        /* of this member                                               */
    uint64_t   budget, size; /* trials, and candidates behind those of others; UINT64_MAX: no end */
    uint64_t   limit;        /* of the numbers: the least of both                            */
    int64_t    lease_ms;
    uint64_t   ahead; /* how many numbers should lie ready                            */
    uint64_t   taken; /* numbers that the run had taken at the last transaction       */
    int64_t    look_due_ns, beat_due_ms, ask_due_ms;
    hpi_spans  again;      /* numbers of this process that may have a row in the file already */
    bool       is_alone;   /* nobody else was there at the last transaction                   */
    bool       has_left;   /* the run is over, and nothing is this process's any more         */
    uint64_t   late_count; /* results for which it was too late: the numbers were somebody else's */

    /* Results of others: by order up to heard_next they were heard, but those of this process. */
    uint64_t       heard_next;
    hpi_spans      own;
    hpi_news_place reports_place; /* behind the reports that were heard, see backend.h */
    hpi_heard      heard;         /* ... and those that the pruner has not been told of  */

    /* Of the transaction that is open. */
    hpi_claims     claims, returned;
    hpi_letters    letters;
    hpi_bytes      bytes;
    hpi_spans      own_new;
    uint64_t       heard_upto, heard_end, order_next, late_new, question;
    hpi_news_place reports_end; /* behind this process's own */
    bool           has_changed; /* the roster */
};

hpt_status hpi_shared_create(const hpi_store_setup *setup, hpi_shared **shared_out, hpt_err *err);
void       hpi_shared_destroy(hpi_shared *shared); /* NULL is fine */

/* In the transaction of the opening, instead of taking the hold. */
hpt_status hpi_shared_join(hpi_store *store, hpt_err *err);
/* In one of the closing: what this process has not ended is free. */
hpt_status hpi_shared_part(hpi_store *store, hpt_err *err);

/* In each transaction of the writer; then publish, or undo if it failed. With the last one of a run
 * that is over, what it has not ended becomes free. */
hpt_status hpi_shared_enter(hpi_store *store, hpt_err *err);
hpt_status hpi_shared_leave(hpi_store *store, hpt_err *err);
void       hpi_shared_publish(hpi_store *store);
void       hpi_shared_undo(hpi_store *store);

/* A trial that is about to be put: whether it may have a row; whether it is this process's, and not
 * somebody else's by now. An end gets its place among all ends. */
bool       hpi_shared_must_find(const hpi_store *store, const hpi_kept *kept);
hpt_status hpi_shared_place(hpi_store *store, hpi_kept *kept, bool *is_ours_out, hpt_err *err);

/* Whether a transaction is due although nothing has to be written. */
bool hpi_shared_is_due(const hpi_store *store, int64_t now_ns);

/* In the transaction of who takes the study for itself: whether it was ever shared, and how many
 * share it now; `who` as hpi_hold_judge() has the first of them. Those that are gone are removed.
 * HPT_EPARSE for a roster that cannot be read, HPT_ENOMEM. */
hpt_status hpi_shared_find(hpi_store *store, bool *was_shared_out, char *who, size_t *count_out,
                           hpt_err *err);

/* numbers.c. begin: nobody is there; what the file lacks is free. claim: as many as this process
 * should have; what it does not need when there are few is for the others. */
hpt_status hpi_numbers_begin(hpi_store *store, hpt_err *err);
hpt_status hpi_numbers_claim(hpi_store *store, hpi_member *me, hpt_err *err);
hpt_status hpi_numbers_no_memory(hpt_err *err);

#endif
