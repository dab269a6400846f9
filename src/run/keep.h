/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_KEEP_H
#define HPI_RUN_KEEP_H

/* A run that has a study file: what it holds beside all others.
 *
 *     keep.c       opens and closes the file, hears of its failures
 *     resume.c     goes on where the file ends: the strategy is rebuilt from what it holds
 *     replay.c     ... one record of it as the result of a trial
 *     owed.c       ... trials that had not ended, to be evaluated again
 *     share.c      several processes at one study
 *     hold_back.c  sync = each: results wait until they are on the disk
 *
 * All of it is for the holder of the turn, but for the few atomic words. */

#include <stdatomic.h>

#include "run/block.h"
#include "store/store.h"

/* Trials whose numbers were given out, and that have not ended. */
typedef struct hpi_owed {
    uint64_t  *numbers; /* rising         */
    hpt_coord *points;  /* a row for each */
    size_t     count, room;
    size_t     next; /* those before it were handed out */
} hpi_owed;

enum { HPI_KEEP_WARNINGS = 4, HPI_KEEP_WARNING_BYTES = 400 };

typedef struct hpi_keep {
    hpi_store *store;
    bool       is_each;    /* sync = each: results are held back */
    bool       is_in_time; /* the window of the run is that of the study, and it was replayed */
    int64_t    before_ns;  /* what earlier runs of the study took */

    hpi_owed owed;

    /* Shared with others: share.c */
    bool       is_shared;
    bool       may_claim;  /* there may be numbers for this run   */
    uint64_t   asked_next; /* of the strategy's own numbers       */
    hpi_block *spare;      /* for what others found: always there */

    uint64_t number_known; /* the file knows the trials below */

    /* Held back: a queue. */
    hpi_block           *first, *last;
    uint64_t             shown;      /* ends that the file was given                              */
    atomic_uint_fast64_t due;        /* how many must be durable for the first; UINT64_MAX = none */
    atomic_bool          has_failed; /* the run is to stop                                     */

    char     warnings[HPI_KEEP_WARNINGS][HPI_KEEP_WARNING_BYTES];
    uint32_t warning_count;
} hpi_keep;

/* keep.c. open: the run is ready but for its observers; what the file holds is replayed. */
hpt_status hpi_keep_open(hpt_run *run, hpt_err *err);
void       hpi_keep_close(hpt_run *run); /* after the dispatcher is gone */
void       hpi_keep_warn(hpi_keep *keep, const char *format, ...) HPT_PRINTF(2, 3);
/* The run is over: its warnings, from number `count` on. Returns how many there are then. */
size_t hpi_keep_warnings(const hpt_run *run, char (*warnings)[640], size_t count);

/* resume.c. begin: everybody watches who will from the start. */
hpt_status hpi_resume(hpt_run *run, hpt_err *err);
void       hpi_resume_begin(hpt_run *run);

/* owed.c */
bool       hpi_owed_add(hpi_owed *owed, uint64_t number, const hpt_coord *point, uint32_t dims);
hpt_coord *hpi_owed_point(const hpi_owed *owed, uint64_t number, uint32_t dims); /* NULL: none */
void       hpi_owed_remove(hpi_owed *owed, uint64_t number, uint32_t dims);
void       hpi_owed_cut(hpi_owed *owed, uint64_t number); /* those from that number on */
void       hpi_owed_fini(hpi_owed *owed);
/* Up to `most` of them in a block, or NULL; with the last one the run may ask again. */
hpi_block *hpi_owed_take(hpt_run *run, uint32_t most);
void       hpi_owed_told(hpt_run *run); /* something was: perhaps that was all of them */

/* share.c. resume: instead of hpi_resume(). take: instead of hpi_owed_take(); may_take: whether
 * that may give something. pass: tell what others found. ask, has_answer: for who waits himself
 * until the writer has looked whether there is a number; ask holding the turn. */
hpt_status hpi_share_resume(hpt_run *run, hpt_err *err);
hpi_block *hpi_share_take(hpt_run *run, uint32_t most);
bool       hpi_share_may_take(const hpt_run *run);
void       hpi_share_pass(hpt_run *run);
uint64_t   hpi_share_ask(hpt_run *run);
void       hpi_share_wait(hpt_run *run, uint64_t question);

/* hold_back.c. back: hold back, or feed back at once if there is nothing to wait for. pass: feed
 * back what need not wait any more. mark, wait: for a thread that waits for results of its own;
 * holding no turn. settle: the same at once, holding it. */
void     hpi_hold_back(hpt_run *run, hpi_block *block);
void     hpi_hold_pass(hpt_run *run);
uint64_t hpi_hold_mark(const hpt_run *run);
void     hpi_hold_wait(hpt_run *run, uint64_t mark);
void     hpi_hold_settle(hpt_run *run);
void     hpi_hold_news(void *run); /* any thread */

static inline bool hpi_owes(const hpi_keep *keep) {
    return keep && keep->owed.next < keep->owed.count;
}

/* Any thread. Relaxed: it is looked at again by the holder of the turn. */
static inline bool hpi_keep_has_failed(const hpi_keep *keep) {
    return keep &&
           atomic_load_explicit(&((hpi_keep *)(uintptr_t)keep)->has_failed, memory_order_relaxed);
}

static inline int64_t hpi_keep_before_ns(const hpi_keep *keep) {
    return keep ? keep->before_ns : 0;
}

/* Any thread: whether somebody should take the turn for what was held back. */
bool               hpi_hold_waits(const hpi_keep *keep);
static inline bool hpi_hold_is_due(const hpi_keep *keep) {
    return keep && hpi_hold_waits(keep);
}

#endif
