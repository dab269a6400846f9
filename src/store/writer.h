/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_WRITER_H
#define HPI_STORE_WRITER_H

/* What the files of the store's core share: store.c (opening, replay, closing), choose.c (which
 * study), kept.c (trials on their way), writer.c (events, and when they are written), commit.c
 * (writing them). Nobody else includes this, but for tests.
 *
 * After the opening all of it belongs to the lane's thread, until the lane has ended. */

#include "base/owned.h"
#include "store/backend.h"
#include "store/hold.h"
#include "store/store.h"

enum {
    /* How long one attempt to begin waits for other writers of the file, and for how long attempts
     * may find it busy before that counts as a failure: other tools write for milliseconds, a
     * backup may take some seconds. */
    HPI_STORE_WAIT_MS = 500,
    HPI_STORE_OPEN_WAIT_MS = 10 * 1000,
    HPI_STORE_BUSY_S = 30,

    /* After a failure the next attempt is made after so long; twice as long after each further one,
     * up to the last, so that writing resumes soon when there is room again. */
    HPI_STORE_RETRY_MS = 100,
    HPI_STORE_RETRY_MS_MAX = 2000,

    /* What is on its way may take so much. With HPT_STORE_GO_ON and a file that fails, what comes
     * beyond is dropped. */
    HPI_STORE_KEEP_ENDS = 1 << 16,
    HPI_STORE_KEEP_BYTES = 64 << 20,

    /* One transaction has no more than about so many, so that what it takes to write it, ten times
     * the records or more, does not follow from how fast the trials are. */
    HPI_STORE_FLUSH_BYTES = 1 << 20,
    HPI_STORE_FLUSH_PUTS = 1 << 12,

    /* How far apart two turns of the writer are at most while nothing is wrong: the lane sleeps 25
     * ms (HPI_LANE_SLEEP_NS), the rest is for a thread that is woken late. */
    HPI_STORE_TURN_MS = 30,
    HPI_STORE_TICK_MS = 25,

    HPI_STORE_INTERVAL_MS = 100, /* commit_interval_ms 0 */

    /* What a put and a commit take, before the first is measured: rather too much, or a fast run
     * has piled up a second's writing before the writer knows. */
    HPI_STORE_PUT_NS = 50 * 1000,
    HPI_STORE_COMMIT_NS = 10 * 1000 * 1000,

    /* How old the wall time in the file may be while nothing else is written, and while something
     * is. */
    HPI_STORE_WALL_S = 60,
    HPI_STORE_WALL_BESIDE_S = 1
};

#define HPI_HEAD_KEY "hpt:study"
#define HPI_WALL_KEY "hpt:wall" /* what all runs took so far, ns */

typedef struct hpi_kept_reports {
    int64_t *steps;
    double  *values; /* one for each goal, NaN: not known */
    uint32_t count, room;
} hpi_kept_reports;

/* A trial that is in flight, or has ended and is not committed. */
typedef struct hpi_kept {
    uint64_t         number;
    uint64_t         id;     /* the backend's; 0: it has none yet, as far as is known      */
    uint64_t         id_new; /* given by the transaction that is open                      */
    uint64_t         asked;  /* when it was created                                        */
    uint64_t         order;  /* if it has ended and was told                               */
    hpi_bytes        bytes;  /* the record that is to be put; used = 0: none               */
    bool             has_ended;
    bool             is_listed;  /* it waits to be committed                                   */
    bool             is_lost;    /* its end was dropped                                         */
    bool             must_find;  /* it ended before: the backend knows its id                  */
    bool             was_told;   /* ... and it is among those that were told                   */
    bool             is_told;    /* it has ended, and not CANCELLED                            */
    bool             is_moved;   /* the file has it: only its order changes                    */
    uint64_t         gap;        /* an order that it had and has no more, until that is filled */
    hpi_kept_reports reports;    /* that are to be put                                        */
    bool             has_report; /* there were some, whatever has been put                    */
    int64_t          last_step;  /* of the last of them, ...                                  */
    double           last_value; /* ... of the first goal                                     */
    struct hpi_kept *next;       /* in the list of those that wait, or of the free ones        */
} hpi_kept;

/* By number, and in the order in which they came to wait. */
typedef struct hpi_kept_set {
    hpi_kept **map; /* open addressing; room is a power of two */
    size_t     count, room;
    hpi_kept  *first, *last; /* that wait */
    hpi_kept  *free;
} hpi_kept_set;

hpi_kept *hpi_kept_find(const hpi_kept_set *set, uint64_t number);
hpi_kept *hpi_kept_add(hpi_kept_set *set, uint64_t number);   /* NULL: out of memory */
void      hpi_kept_list(hpi_kept_set *set, hpi_kept *kept);   /* it waits; again: as it was */
void      hpi_kept_remove(hpi_kept_set *set, hpi_kept *kept); /* it is not listed */
/* One value for each goal; what each takes in memory. */
static inline size_t hpi_kept_report_bytes(uint32_t goal_count) {
    return sizeof(int64_t) + goal_count * sizeof(double);
}
bool hpi_kept_report_add(hpi_kept *kept, uint32_t goal_count, int64_t step, const double *values);
void hpi_kept_set_fini(hpi_kept_set *set);

typedef struct hpi_shared hpi_shared;

struct hpi_store {
    /* Fixed. */
    const hpi_backend_class *class;
    hpi_backend      *backend;
    char             *path, *run_id;
    hpi_head          head; /* as it is in the file from now on */
    uint32_t          dims;
    hpt_sync          sync;
    hpt_store_failure policy;
    int64_t           interval_ns;
    uint32_t          commit_trials; /* 0: no limit */
    long              pid;           /* a child of it must not write */
    void (*failed)(void *context);
    void (*news)(void *context);
    void (*reported)(void *context, uint64_t number, int64_t step, const double *values);
    void           *context;
    hpi_store_found found;
    hpi_holder      holder;
    hpi_owned       owned; /* no observer is to write into it */
    bool            is_entered, is_held;
    bool            is_new;      /* this opening has made the study          */
    char           *made_path;   /* ... the file, where links lead to; NULL: it was there */
    bool            is_refused;  /* ... for nothing: the run does not begin   */
    bool            is_selected; /* the study, in the backend                */
    hpi_shared     *shared;      /* NULL: this process has the study for itself */

    /* The lane's thread. */
    hpi_kept_set    kept;
    hpi_record_room room;
    hpt_coord      *point; /* of replay: dims of each */
    bool           *given;
    uint64_t        number_next, asked, order_next;
    uint64_t        gap_count;         /* of those that wait: see place.c                  */
    uint64_t        come_count;        /* ENDED events that have come, ever                */
    uint64_t        end_count;         /* ... that wait, ...                               */
    uint64_t        told_early;        /* ... of them, those that count as durable already */
    uint64_t        put_count;         /* puts that wait, ...                              */
    size_t          byte_count;        /* ... and what they take                           */
    int64_t         since_ns;          /* what waits has come after that; 0: nothing waits */
    int64_t         turn_ns;           /* of the turn before                       */
    int64_t         put_ns, commit_ns; /* what one took lately                 */
    int64_t         run_ns;            /* of the run's clock, at the last event    */
    int64_t         run_at_ns;         /* ... when that came                       */
    int64_t         wall_due_ns;       /* of writing the wall time beside others   */
    bool            has_finished;

    /* Failures. */
    bool     is_failing, has_failed; /* now; ever (failed() was called)         */
    bool     was_taken;              /* somebody else has it now                  */
    int64_t  busy_since_ns;          /* 0: not busy */
    int64_t  failing_since_ns, retry_ns, retry_due_ns;
    uint64_t outage_count;
    int64_t  outage_ns;
    uint64_t lost_ends, lost_reports;
    bool     has_gap;      /* an end was lost for want of memory: nothing is durable any more */
    char     failure[240]; /* the first one */

    _Alignas(128) atomic_uint_fast64_t durable;
};

/* store.c with a form that is known, for tests. */
hpt_status hpi_store_open_as(const hpi_backend_class *class, const hpi_store_setup *setup,
                             hpi_store **store_out, hpt_err *err);

/* choose.c: the study of that name, or the only one, or none yet: then head_out is untouched and
 * *name_out is what it is to be called (hpi_free() it). */
hpt_status hpi_store_choose(hpi_backend *backend, const char *path, const char *name,
                            hpi_head *head_out, char **name_out, hpt_err *err);

/* commit.c: write what waits. Takes note of a failure and calls failed(). True: nothing waits. */
bool hpi_store_commit(hpi_store *store, bool is_durable);
/* ... the id, and the order if it was told, of a trial that the file has already. */
hpt_status hpi_store_find(hpi_store *store, hpi_kept *kept, hpt_err *err);
/* ... it cannot be written, by policy: stop, or go on without. */
void hpi_store_fail(hpi_store *store, const char *why);
/* ... the run goes on without the file: what waits counts as durable. */
void hpi_store_tell_early(hpi_store *store);

/* place.c: the order of an end, by what it is and was. Then it has to wait for a commit. */
void hpi_place_end(hpi_store *store, hpi_kept *kept);
/* ... in the transaction that is open: nothing is missing between the orders any more. */
hpt_status hpi_place_fill_gaps(hpi_store *store, hpt_err *err);

/* writer.c: what all runs have taken so far. */
int64_t hpi_store_wall_ns(const hpi_store *store);

/* unmake.c, after hpi_store_refuse(): in the transaction that is open, and in one of its own. */
hpt_status hpi_store_unmake_study(hpi_store *store, hpt_err *err);
void       hpi_store_unmake_file(hpi_store *store);
/* ... which is of one that was noted, as soon as it was made. */
void hpi_store_note_made(hpi_store *store);

/* commit.c: whether it is still this process's, in the transaction that is open. */
hpt_status hpi_store_check_mine(hpi_store *store, hpt_err *err);
/* store.c: whether somebody has it for himself: HPT_EBUSY. */
hpt_status hpi_store_check_held(hpi_store *store, hpt_err *err);
/* store.c: write it and, at the end, the free hold, in the transaction that is open. */
hpt_status hpi_store_put_wall(hpi_store *store, hpt_err *err);

#endif
