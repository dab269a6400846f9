/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_BLOCK_H
#define HPI_RUN_BLOCK_H

/* A block: a few trials with consecutive numbers, on their way from the strategy through queue and
 * worker back to feedback. Blocks come from a fixed pool, which is what bounds the memory of a run.
 * At any moment one thread has a block; the queue and the rings hand it over. */

#include <string.h>

#include "hpt/extend.h"

/* What is seldom needed of a trial that ended. Valid if the block has_details. */
typedef struct hpi_detail {
    int64_t  start_ns, duration_ns; /* start relative to the run; -1 = never called    */
    uint64_t mark;                  /* of the worker's stream of facts, after the trial */
    int64_t  last_step;
    double   last_value;
    uint32_t notes_at, notes_bytes; /* in the block's notes                            */
    bool     has_report;
    uint16_t retry_count; /* attempts behind the first */
} hpi_detail;

typedef struct hpi_block {
    uint64_t first;       /* number of the first trial                                  */
    uint64_t shift, mask; /* a strategy knows number n as (n + shift) | mask: see share.c */
    uint32_t count;       /* trials in it                                               */
    uint32_t done;        /* trials evaluated, from the front; set at hand-in           */
    uint32_t back;        /* with a window: trials handed in. `done` is the worker's until then */
    uint32_t told;        /* with a window: trials told to the strategy, from the front */
    uint32_t shown;       /* trials whose end observers were told of, from the front    */
    uint32_t room;        /* most trials it can hold                                    */
    uint32_t worker;      /* who evaluated it                                           */
    uint32_t notes_used;
    uint64_t mark;     /* of stream 0 when it was made: STARTED comes after CREATED   */
    int64_t  took_ns;  /* evaluation of all that is done                             */
    bool has_points;   /* else it is a range: workers make the points, by the strategy's `point` */
    bool keeps_points; /* of a range: one row each, because feedback needs them too */
    uint32_t made;     /* of a range that keeps them: points made, from the front */
    bool     has_details;
    bool     is_kept; /* the study file has been shown its ends, before anybody else */
    bool is_plain; /* everything done is COMPLETE and said nothing: feedback needs only values, and
                      details have nothing but times */
    uint32_t          best;   /* if it is plain: the index of the least loss, the first of equals */
    double           *values; /* room each, beside each other: feedback reads little else   */
    uint8_t          *states; /* hpt_trial_state                                            */
    hpt_coord        *points; /* room rows of one coordinate per parameter                  */
    hpi_detail       *details;
    unsigned char    *notes;
    uint64_t          due;  /* if it is held back: how many ends must be durable first      */
    struct hpi_block *next; /* in a list of the turn's holder                            */
} hpi_block;

/* All blocks of a run in one piece of memory. */
typedef struct hpi_blocks {
    unsigned char *memory;
    hpi_block     *free; /* a stack; only for the holder of the turn */
    uint32_t       count;
} hpi_blocks;

/* `count` blocks of `room` trials of `dims` coordinates. */
hpt_status hpi_blocks_init(hpi_blocks *blocks, uint32_t count, uint32_t room, uint32_t dims,
                           hpt_err *err);
void       hpi_blocks_fini(hpi_blocks *blocks);

static inline hpt_trial_state hpi_block_state(const hpi_block *block, uint32_t index) {
    return block->is_plain ? HPT_TRIAL_COMPLETE : (hpt_trial_state)block->states[index];
}

/* It is no longer plain: there are states from now on. */
static inline void hpi_block_mark(hpi_block *block) {
    if (!block->is_plain) return;
    block->is_plain = false;
    memset(block->states, HPT_TRIAL_COMPLETE, block->count);
}

hpi_block *hpi_block_take(hpi_blocks *blocks); /* empty; NULL when all are on their way */
void       hpi_block_give(hpi_blocks *blocks, hpi_block *block);

#endif
