/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_STORE_H
#define HPI_STORE_STORE_H

/* The study file of a run. What a run may know of it:
 *
 *     open      checks the file against the run, takes it for this process
 *     replay    hands out what the file holds, so that the strategy can be rebuilt
 *     observer  is attached to the dispatcher's own lane for it, and writes what happens from then
 * on close     gives the file back
 *
 * Threads: open, replay and close by whoever opens and closes the run; the observer's functions on
 * its lane's thread; the functions below that say so on any. */

#include <stdatomic.h>

#include "hpt/extend.h"
#include "store/head.h"
#include "store/record.h"

typedef struct hpi_store hpi_store;

typedef struct hpi_store_setup {
    const char        *path;
    const char        *name; /* NULL: the only study, or the path's stem */
    hpi_head           head; /* what the run wants to be; borrowed for the call; head.name unset */
    const hpt_options *options; /* sync, commit_*, store_failure, may_widen, shared, lease_s */
    const char        *run_id;
    /* shared: the budget of all together, and how many candidates there are for it, behind those
     * that others have evaluated; UINT64_MAX: no end */
    uint64_t limit, size;
    /* The file cannot be written and the run is to stop. Lane's thread; must not wait. */
    void (*failed)(void *context);
    /* More ends have become durable (sync each), or there is news of other processes (shared).
     * Lane's thread; must not wait. */
    void (*news)(void *context);
    /* shared: a report of a trial of somebody else's, one value for each goal, NaN where none is
     * known; before its end is heard. Lane's thread; NULL: nobody wants them. */
    void (*reported)(void *context, uint64_t number, int64_t step, const double *values);
    void *context;
} hpi_store_setup;

/* HPT_EINVAL for a study that is another; HPT_EBUSY with "held by process N on host H since T";
 * HPT_EPARSE for a file that is no study or is damaged; HPT_ELIMIT for a newer one; HPT_EIO;
 * HPT_ENOMEM. On failure the file is as it was (but for a torn tail). */
hpt_status hpi_store_open(const hpi_store_setup *setup, hpi_store **store_out, hpt_err *err);
void       hpi_store_close(hpi_store *store); /* NULL is fine; after the dispatcher is gone */
/* The run does not begin after all: nothing more is written, and closing takes back the study, and
 * the file, if opening has made them. */
void hpi_store_refuse(hpi_store *store);

/* What the file held when it was opened. */
typedef struct hpi_store_found {
    uint64_t number_next;        /* numbers given out so far                                     */
    uint64_t told_count;         /* ends that were told, by hpt and by others                    */
    uint64_t foreign_count;      /* ... of them, those of others                               */
    uint64_t foreign_open_count; /* trials of others that have not ended                      */
    int64_t  wall_ns;            /* what earlier runs took in all                                */
    uint64_t trial_count_max; /* the budget the study was begun with, which its strategy plans by */
    bool     is_widened;      /* ranges differ: points are the file's, turned into the run's  */
    bool     was_shared;      /* several processes asked: there is no one order of asks */
    bool     is_same_window;
} hpi_store_found;

const hpi_store_found *hpi_store_found_of(const hpi_store *store);

/* The ended trials, foreign ones first, then by order (`each` false: stop); then those that were
 * running or cancelled, by number, also those of others (`asked` unknown), who may be at them now.
 * Points are of the run's space. Streaming. */
hpt_status hpi_store_replay(hpi_store *store, bool (*each)(void *, const hpi_record *), void *user,
                            hpt_err *err);
hpt_status hpi_store_open_trials(hpi_store *store, bool (*each)(void *, const hpi_record *),
                                 void *user, hpt_err *err);

/* The reports of one of those trials, from within `each` or after, by rising step; a step that was
 * told twice has the later values. One value for each goal, NaN where the file has none. Only
 * before the observer is attached. */
hpt_status hpi_store_reports(hpi_store *store, uint64_t                                      id,
                             void (*each)(void *, int64_t step, const double *values), void *user,
                             hpt_err *err);

/* A study that is shared (options->shared). The run asks for nothing by itself: it takes numbers,
 * and tells the strategy what others found. The holder of the turn; has_news: any thread.
 *
 * claim: a number of its own, false when there is none now; *is_first_out: for the first time, and
 * the writer should hurry. A point that comes with it is the one that a process that is gone was to
 * evaluate; it is the run's to hpi_free(). unclaim: not now. may_claim: there is one, or
 * the writer does not know yet that there is a need.
 * end_at: the strategy has no candidate from a number on. end: nobody's has, or the budget's end.
 * ask: counts the questions; one is answered when a later transaction, which had all of the ENDED
 *       events shown before, has brought all it could.
 * hear:  the next result of somebody else, valid until the next call; false when there is none.
 * is_over: every number has ended, here or elsewhere. */
typedef struct hpi_claim {
    uint64_t   number;
    hpt_coord *point; /* NULL: nobody has proposed one yet */
} hpi_claim;

bool     hpi_store_is_shared(const hpi_store *store);
uint64_t hpi_store_member(const hpi_store *store); /* how many have joined before, ever */
bool     hpi_store_claim(hpi_store *store, hpi_claim *claim_out, bool *is_first_out);
void     hpi_store_unclaim(hpi_store *store, const hpi_claim *claim);
bool     hpi_store_may_claim(const hpi_store *store);
void     hpi_store_end_at(hpi_store *store, uint64_t number);
uint64_t hpi_store_end(const hpi_store *store);
uint64_t hpi_store_ask(hpi_store *store, uint64_t shown);
bool     hpi_store_has_answered(const hpi_store *store, uint64_t question); /* any thread */
bool     hpi_store_hear(hpi_store *store, hpi_record *record_out);
bool     hpi_store_has_news(const hpi_store *store);
bool     hpi_store_read_news(hpi_store *store); /* before looking; whether there was any */
bool     hpi_store_is_over(const hpi_store *store);

/* The writer: state is nothing, hpt_observer_setup.user is the hpi_store. Wants CREATED, REPORTED,
 * ENDED, FINISHED. An ENDED of a trial that has ended already takes its place. */
extern const hpt_observer_class hpi_store_observer;

/* How many ENDED events are durable since the observer was attached. Any thread; acquire. */
uint64_t hpi_store_durable(const hpi_store *store);

/* A sentence for hpt_result_warning(): ends that were not kept, a file that could not be written
 * for a time. False past the last. After the lane has ended. */
bool hpi_store_warning(const hpi_store *store, size_t index, char *text_out, size_t bytes);

/* Why it failed, for the stop's sentence; "" if it did not. Any thread once `failed` was called. */
const char *hpi_store_failure_text(const hpi_store *store);

#endif
