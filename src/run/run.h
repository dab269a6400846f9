/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_RUN_H
#define HPI_RUN_RUN_H

/* A run and who may touch what of it. The path is in coordinate.c.
 *
 * Three kinds of members: fixed after the start (anyone reads); those of the turn (only the thread
 * that holds it); and a few atomic words through which threads meet. */

#include <stdatomic.h>

#include "base/thread.h"
#include "hpt/extend.h"
#include "observe/dispatch.h"
#include "pool/pool.h"
#include "run/block.h"
#include "run/queue.h"
#include "run/ring.h"
#include "run/stats.h"
#include "strategy/strategy.h"
#include "trial/trial.h"

/* The options, checked, with texts of its own. */
typedef struct hpi_plan {
    hpt_options options; /* texts point to the copies below; points and observers are not kept */
    char       *strategy, *pool, *metric;
    bool        is_maximising;
    bool        has_limit;    /* something but the strategy will end it */
    uint32_t    worker_count; /* wanted */
    int64_t     trial_limit_ns;
    hpt_coord  *points;
    size_t      point_count;
} hpi_plan;

typedef struct hpi_worker {
    _Alignas(128) hpt_run *run;
    uint32_t           index;
    hpi_block         *block; /* to be evaluated next */
    hpi_ring          *ring;  /* its results when somebody else holds the turn */
    hpt_trial          trial; /* used again and again */
    struct hpi_worker *outer; /* the worker in whose objective this one's run was started */
    hpi_busy           busy;
} hpi_worker;

/* What only the holder of the turn touches. */
typedef struct hpi_turn {
    uint64_t    asked, told; /* trials: in flight are asked - told                          */
    uint64_t    asked_max;   /* the least of the budget and the strategy's size             */
    bool        is_waiting;  /* the strategy wants results before its next candidate        */
    uint32_t    batch;       /* trials in the next block                                    */
    double      trial_ns;    /* running mean of what a trial takes                          */
    hpi_block  *leftovers;   /* blocks handed in early: what is left of them                */
    hpi_block  *filling;     /* with a window: the block that asks go into                  */
    hpi_block **window;      /* with a window: the block of trial number i, at i mod window */
    uint64_t    keep_below;  /* trials from this number on are CANCELLED, whatever they did  */

    hpt_stop       stop;
    hpt_stop       cut_by;   /* cancel or wall limit, perhaps after all was asked for */
    hpt_err        stop_err; /* HPT_STOP_STRATEGY: what it said */
    uint64_t       stale_count, fruitless_count;
    uint64_t       state_count[HPT_TRIAL_STATE_COUNT];
    bool           has_best;
    uint64_t       best_trial;
    double         best_value;
    double         best_loss;
    hpt_coord     *best_point;
    unsigned char *best_notes;
    uint32_t       best_notes_bytes;
    char           first_reason[HPI_REASON_BYTES]; /* of the first trial that failed */
    uint32_t       queue_depth_max, ring_depth_max;
} hpi_turn;

struct hpt_run {
    /* Fixed after the start. */
    hpi_plan                    plan;
    hpt_space                  *space;
    hpt_objective               objective; /* NULL: a study */
    void                       *user;
    uint32_t                    dims;
    uint8_t                    *kinds;      /* hpt_kind of each parameter */
    uint32_t                    block_room; /* most trials in a block */
    hpi_strategy                strategy;
    hpt_strategy_setup          setup;   /* here because the strategy may keep a pointer to it */
    bool                        is_pure; /* candidates are a function of their number */
    hpi_blocks                  blocks;
    hpi_queue                  *queue;
    hpi_worker                 *workers;
    hpi_pool                    pool;
    hpi_dispatch               *dispatch;
    const atomic_uint_fast64_t *wants; /* which facts anybody wants */
    hpi_cancels                 cancels;
    int64_t                     start_ns, until_ns; /* until_ns: the wall limit; INT64_MAX = none */
    bool                        may_spin;           /* no more workers than cores */
    hpt_err                     pool_err;           /* why there are fewer workers than wanted */
    char                        id[37];

    /* The turn. */
    _Alignas(128) atomic_uint is_taken;
    _Alignas(128) hpi_turn turn;

    /* Where threads meet. */
    _Alignas(128) atomic_int pending; /* blocks in rings that nobody has fed back            */
    atomic_bool is_askable;           /* the last holder could have asked for more              */
    atomic_bool is_finished;          /* nothing is in flight and nothing will be: workers leave */
    atomic_uint started;              /* workers that really started                            */
    hpi_park    park;                 /* idle workers                                           */
    hpi_stats   stats;

    /* The end: set when the last event was delivered. */
    hpi_lock over;
    bool     is_over;
    bool     is_worked_on; /* pool "inline": some thread is in it */
    int64_t  end_ns;
};

/* open.c: everything but the observers and the workers. With `objective` NULL it is a study's.
 * watch: attach the observers of the options, which may touch files, so nothing is refused after
 * it that could be refused before. */
hpt_status hpi_run_open(const hpt_space *space, hpt_objective objective, void *user,
                        const hpt_options *options, hpt_run **run_out, hpt_err *err);
hpt_status hpi_run_watch(hpt_run *run, const hpt_options *options, hpt_err *err);
void       hpi_run_close(hpt_run *run);

/* plan.c */
hpt_status hpi_plan_init(hpi_plan *plan, const hpt_space *space, const hpt_options *options,
                         hpt_err *err);
void       hpi_plan_fini(hpi_plan *plan);

/* coordinate.c */
void       hpi_work(void *run, uint32_t worker); /* until the run is finished              */
bool       hpi_work_step(hpt_run *run, uint32_t worker); /* one block; false when it is finished */
hpt_status hpi_coordinate_first(hpt_run *run, hpt_err *err); /* before there are workers   */

/* ask.c, holding the turn */
hpi_block *hpi_ask_block(hpt_run *run);  /* up to a batch of candidates, or NULL           */
void       hpi_ask_window(hpt_run *run); /* with a window: as many as it allows, into the queue */
void       hpi_publish_filling(hpt_run *run); /* ... the last, not full one as well */
void       hpi_queue_block(hpt_run *run, hpi_block *block);
bool       hpi_may_ask(const hpt_run *run);

/* worker.c */
void hpi_evaluate(hpi_worker *worker, hpi_block *block);
void hpi_cancel_rest(hpi_worker *worker, hpi_block *block, uint32_t index);
/* Once for each trial object, then for each trial. */
void hpi_trial_seat(hpi_worker *worker, hpt_trial *trial);
void hpi_trial_begin(const hpt_run *run, hpt_trial *trial, hpi_block *block, uint32_t index);
void hpi_trial_end(hpt_trial *trial, hpi_block *block, uint32_t index, hpt_trial_state state,
                   double value);
bool hpi_is_inside(const hpt_run *run); /* whether the calling thread is in one of its objectives */

/* feedback.c, holding the turn */
void hpi_feedback(hpt_run *run, hpi_block *block);
/* The trials of a block behind the first `keep` move to `rest`, which becomes a leftover. It may be
 * the block itself, whose first trials are forgotten then. */
void             hpi_split_block(hpt_run *run, hpi_block *block, uint32_t keep, hpi_block *rest);
const hpt_coord *hpi_point_of(const hpt_run *run, hpi_block *block, uint32_t index);

/* show.c, holding the turn: facts for observers, if any wants them. */
void hpi_show_ends(hpt_run *run, hpi_block *block, uint32_t end); /* of all told before `end` */
void hpi_show_best(hpt_run *run, hpi_block *block, uint32_t index);

/* budget.c, holding the turn */
void hpi_stop(hpt_run *run, hpt_stop stop);
void hpi_budget_told(hpt_run *run, uint64_t number, hpt_trial_state state, bool improved);
void hpi_budget_now(hpt_run *run);    /* cancel and wall time                       */
bool hpi_is_done(const hpt_run *run); /* stopped, and nothing in flight             */
void hpi_finish(hpt_run *run);        /* the last reason, the last event            */

/* stats.c */
void hpi_stats_of(const void *run, hpt_stats *stats_out);

/* result.c */
void hpi_stop_sentence(const hpt_run *run, char *text_out, size_t bytes);

#endif
