/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_JOURNAL_STATE_H
#define HPI_STORE_JOURNAL_STATE_H

/* What the operations of a journal come to: its studies with their attributes, and an index of 32
 * bytes a trial, which says where its lines are. Ids are Optuna's: a study and a trial is the n-th
 * one that was created, over the whole file. Who only writes need not know of trials that have
 * ended for good: the first ones of the index may be left out. One thread at a time. */

#include "base/err.h"
#include "store/backend.h"
#include "store/journal_line.h"

enum {
    HPI_OPTUNA_RUNNING,
    HPI_OPTUNA_COMPLETE,
    HPI_OPTUNA_PRUNED,
    HPI_OPTUNA_FAIL,
    HPI_OPTUNA_WAITING
};

enum {
    HPI_JOURNAL_HAS_RECORD = 1, /* of ours; `said` and `order` are its                          */
    HPI_JOURNAL_HAS_REPORT = 2,
    HPI_JOURNAL_IS_AMENDED = 4,  /* its record is newer than what Optuna takes for its end       */
    HPI_JOURNAL_IS_DISCARDED = 8 /* by Rustuna's operation, which Optuna ignores and hpt too     */
};

#define HPI_JOURNAL_NO_ORDER UINT32_MAX

typedef struct hpi_journal_trial {
    uint64_t at; /* of the line that created it                                     */
    uint32_t study;
    uint32_t number;      /* the record's, else Optuna's                                     */
    uint32_t order;       /* the record's, or HPI_JOURNAL_NO_ORDER                           */
    uint32_t last;        /* of its other lines, from 1; they are a ring; 0: none            */
    uint32_t record_line; /* which of them has the record, from 1; 0: the first line has     */
    uint8_t  state;       /* Optuna's                                                        */
    uint8_t  said;        /* the record's: hpt_trial_state                                   */
    uint8_t  flags;
} hpi_journal_trial;

typedef struct hpi_journal_more {
    uint64_t at;
    uint32_t next; /* of the same trial, from 1 */
    uint32_t code;
} hpi_journal_more;

typedef struct hpi_journal_attr {
    char *key, *json;
    bool  is_system;
} hpi_journal_attr;

typedef struct hpi_journal_study {
    char             *name;
    bool              is_deleted;
    uint32_t          direction_count; /* may be above 8: then the study cannot be selected */
    uint8_t           directions[8];   /* Optuna's: 1 down, 2 up                            */
    uint32_t          trial_count;
    uint32_t          told_count; /* ends of ours that were told                        */
    uint32_t          number_next;
    hpi_journal_attr *attrs;
    size_t            attr_count, attr_room;
} hpi_journal_study;

typedef struct hpi_journal_state {
    hpi_journal_study *studies;
    hpi_journal_trial *trials;
    hpi_journal_more  *more;
    size_t             study_count, study_room, trial_count, trial_room, more_count, more_room;
    size_t             left_out;               /* trials before those in the index               */
    bool               is_missed;              /* one of them was changed                        */
    uint64_t           end, line_count;        /* how far it was read       */
    uint64_t           group_start, group_end; /* the commit `end` is in, or was last in */
    hpi_writer         head;                   /* see hpi_journal_peek()    */
    hpi_bytes          bytes;                  /* room for a record         */
    hpi_writer         texts;
} hpi_journal_state;

void hpi_journal_state_reset(hpi_journal_state *state); /* as if nothing was read; keeps memory */
void hpi_journal_state_fini(hpi_journal_state *state);

/* Do what a line says, which begins at `at`. HPT_EPARSE with what is wrong with it, as the end of a
 * sentence; HPT_ENOMEM, and then nothing has changed. */
hpt_status hpi_journal_apply(hpi_journal_state *state, hpi_slice line, uint64_t at, hpt_err *err);

/* The same for a line that creates a trial and may be trusted by its start alone; HPT_EAGAIN: it
 * may not. */
hpt_status hpi_journal_apply_fast(hpi_journal_state *state, hpi_slice line, uint64_t at);

/* A text of base64 in its line, as bytes in state->bytes. False: it is none. */
bool hpi_journal_bytes(hpi_journal_state *state, hpi_slice text);

/* The study of a name; NULL: none. */
hpi_journal_study *hpi_journal_study_find(const hpi_journal_state *state, const char *name);

const char *hpi_journal_attr_find(const hpi_journal_study *study, bool is_system, const char *key);

/* A trial that was not left out. */
static inline hpi_journal_trial *hpi_journal_trial_at(const hpi_journal_state *state,
                                                      size_t                   place) {
    HPI_ASSERT(place >= state->left_out && place < state->trial_count);
    return &state->trials[place - state->left_out];
}

/* How many of the first trials may be left out: they have ended, for Optuna too, and are ours. The
 * last one of all stays. leave_out: trials before that place. */
size_t hpi_journal_state_done(const hpi_journal_state *state);
void   hpi_journal_state_leave_out(hpi_journal_state *state, size_t before);

/* Whether Optuna would take a change of a trial no more. */
static inline bool hpi_journal_is_frozen(const hpi_journal_trial *trial) {
    return trial->state == HPI_OPTUNA_COMPLETE || trial->state == HPI_OPTUNA_PRUNED ||
           trial->state == HPI_OPTUNA_FAIL;
}

/* Optuna's state of a record. */
int hpi_journal_state_of(const hpi_record *record);

#endif
