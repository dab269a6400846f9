/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_POOL_MAILBOX_H
#define HPI_POOL_MAILBOX_H

/* The memory that a worker process shares with its keeper: one trial goes in, its result comes
 * out. The keeper trusts nothing in it: a wild objective may have written anywhere. Everything is
 * copied out once, and then looked at. */

#include "base/cancel.h"
#include "pool/pool.h"
#include "trial/trial.h"

/* Whose turn it is. ASKED and RESUMED: the process's; all others: the keeper's. */
typedef enum hpi_mail_word {
    HPI_MAIL_IDLE,    /* there was no trial yet                               */
    HPI_MAIL_ASKED,   /* evaluate the trial                                   */
    HPI_MAIL_SAID,    /* it has ended                                         */
    HPI_MAIL_REPORTS, /* decide on the last report before the trial goes on   */
    HPI_MAIL_RESUMED, /* ... done                                             */
    HPI_MAIL_DEAD     /* said by the fork server                              */
} hpi_mail_word;

/* Whether the process has seen the trial. Neither is 0: who erases the mailbox has not undone that.
 */
typedef enum hpi_mail_begun { HPI_MAIL_GIVEN = 1, HPI_MAIL_BEGUN } hpi_mail_begun;

typedef enum hpi_mail_exit {
    HPI_MAIL_BY_NOTHING,
    HPI_MAIL_BY_EXIT,
    HPI_MAIL_BY_PTHREAD_EXIT,
    HPI_MAIL_BY_LONGJMP /* ... and then exit() */
} hpi_mail_exit;

enum {
    /* Reports that the keeper has not fetched yet. It looks at least each 10 ms, and at once when
     * they are half full. */
    HPI_MAIL_REPORTS_MAX = 256
};

typedef struct hpi_mail_report {
    int64_t  step;
    uint32_t count;
    double   values[HPI_NOTE_VALUES_MAX];
} hpi_mail_report;

/* What the objective has made of its trial. */
typedef struct hpi_mail_answer {
    double   values[HPI_NOTE_VALUES_MAX];
    int32_t  status;
    uint32_t notes_bytes;
    bool     is_marked; /* else nothing of what follows counts */
    bool     was_stopped, was_late, read_wrongly, has_report, was_pruned, was_capped;
    int32_t  said;
    int64_t  last_step;
    double   last_value, bound;
    bool     was_refused;
    hpt_err  refused;
} hpi_mail_answer;

typedef struct hpi_mailbox {
    _Alignas(128) atomic_uint word; /* hpi_mail_word */
    atomic_uint          begun;     /* hpi_mail_begun                 */
    int64_t              since_ns;  /* the trial waits for the process since then ...    */
    atomic_int_fast64_t  waited_ns; /* ... and has, when it has begun: that is not its time */
    hpt_cancel           down;      /* who wants the trial to stop    */
    atomic_int_fast64_t  stops;     /* as hpt_trial.stops             */
    hpi_carried          up;        /* what the objective wants of the run */
    atomic_uint_fast64_t pruned;    /* as hpt_trial.pruned */
    hpi_caps             caps;
    uint32_t             place_first; /* of hpi_place: where the process belongs */
    uint64_t             cpu_s;       /* CPU time that a trial may have, rounded up; 0: no limit */

    atomic_uint left_by; /* hpi_mail_exit: how the objective left for good, if that is known */

    /* Reports: the process puts them in at `put`, the keeper takes them out at `taken`. */
    _Alignas(128) atomic_uint_fast64_t put;
    atomic_uint_fast64_t taken;
    hpi_mail_report      reports[HPI_MAIL_REPORTS_MAX];

    /* The trial, as it is in the host: pointers to what was there before the fork are good. */
    hpt_trial       trial;
    bool            decides; /* each report is decided on at once */
    hpi_mail_answer answer;
    unsigned char   notes[HPI_POOL_NOTE_BYTES];
    hpt_coord       point[];
} hpi_mailbox;

static inline size_t hpi_mailbox_bytes(uint32_t dims) {
    return sizeof(hpi_mailbox) + dims * sizeof(hpt_coord);
}

/* The keeper's side. put: the trial, before the word says so. take: what came back, into the trial
 * and its notes; false when it makes no sense, and then nothing has changed. */
void hpi_mail_put_trial(hpi_mailbox *box, const hpt_trial *trial);
bool hpi_mail_take_answer(const hpi_mailbox *box, hpt_trial *trial, double *values_out,
                          uint32_t count, hpt_status *status_out);
/* The next report; false: there is none, or *is_wild_out: what is there makes no sense. `taken`:
 * how many were taken of this trial, which only the keeper knows for sure. */
bool hpi_mail_take_report(hpi_mailbox *box, uint64_t *taken, hpi_mail_report *report_out,
                          bool *is_wild_out);

/* Both: the trial has waited for so long, and nobody has called its objective. */
void hpi_mail_wait(hpt_trial *trial, int64_t waited_ns);

/* The process's side. The trial's notes are in the mailbox. */
void hpi_mail_take_trial(hpi_mailbox *box, hpt_trial *trial_out);
void hpi_mail_put_answer(hpi_mailbox *box, const hpt_trial *trial, hpt_status status,
                         const double *values, uint32_t count);
/* False: there is no room now. */
bool hpi_mail_put_report(hpi_mailbox *box, const hpi_mail_report *report);

#endif
