/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_RUN_H
#define HPI_RUN_RUN_H

/* A run and who may touch what of it. The path is in coordinate.c.
 *
 * Three kinds of members: fixed after the start (anyone reads); those of the turn (only the thread
 * that holds it); and a few atomic words through which threads meet. */

#include <stdatomic.h>

#include "base/clock.h"
#include "base/thread.h"
#include "hpt/extend.h"
#include "observe/dispatch.h"
#include "pool/pool.h"
#include "run/block.h"
#include "run/front.h"
#include "run/limits.h"
#include "run/queue.h"
#include "run/ring.h"
#include "run/stats.h"
#include "strategy/strategy.h"
#include "trial/trial.h"

/* The options, checked, with texts of its own. */
typedef struct hpi_plan {
    hpt_options options; /* texts point to the copies below; points and observers are not kept */
    char       *strategy, *pool;
    hpt_goal    goals[HPI_GOALS_MAX]; /* with names of their own; at least one          */
    double      signs[HPI_GOALS_MAX]; /* a value times its sign is to be minimised      */
    uint32_t    goal_count;
    const char *metric;        /* of the first goal */
    bool        is_maximising; /* ... and its direction */
    bool        has_limit;     /* something but the strategy will end it */
    bool        is_judging;    /* a target or a limit is held against each single trial */
    uint32_t    worker_count_wanted;
    uint32_t    worker_count; /* no more than there are trials */
    int64_t     trial_limit_ns;
    hpt_coord  *points;
    size_t      point_count;

    /* Told before the first ask, then freed. */
    hpt_outcome *known;
    hpt_coord   *known_points;
    double      *known_losses;
    size_t       known_count;

    hpi_placement placement;
    hpi_cpu_grant grant; /* the CPUs that the run may use */
} hpi_plan;

typedef struct hpi_worker {
    _Alignas(128) hpt_run *run;
    uint32_t           index;
    uint32_t           stream; /* of facts: whose producer it is */
    hpi_block         *block;  /* to be evaluated next */
    hpi_ring          *ring;   /* its results when somebody else holds the turn */
    hpt_trial          trial;  /* used again and again */
    struct hpi_worker *outer;  /* the worker in whose objective it works */
    hpi_meter          meter;
} hpi_worker;

typedef struct hpi_simulated hpi_simulated; /* simulate.c's */

/* What only the holder of the turn touches. It moves from core to core with the turn, line by line:
 * what every turn needs stands first. */
typedef struct hpi_turn {
    uint64_t   asked, told; /* trials: in flight are asked - told                           */
    uint64_t   asked_max;   /* the least of the budget and the strategy's size              */
    hpi_block *leftovers;   /* blocks handed in early: what is left of them                 */
    double     best_loss;
    uint64_t   best_trial;

    atomic_uint_fast64_t asked_shown, told_shown; /* copies, for statistics                 */
    double               trial_ns; /* running mean of what a trial takes                    */
    double               hold_ns;  /* ... and of how long the turn is held for each trial   */
    hpt_stop             stop;
    uint32_t             batch;      /* trials in the next block                            */
    bool                 is_waiting; /* the strategy wants results before its next candidate */
    bool                 has_best;
    bool                 has_news; /* statistics have changed, beside asked and told        */

    uint64_t       state_count[HPT_TRIAL_STATE_COUNT]; /* but COMPLETE, which is the rest of told */
    uint64_t       stale_count, fruitless_count;
    uint64_t       valued_count; /* INFEASIBLE with a value all the same */
    hpi_block     *filling;      /* with a window: the block that asks go into                  */
    hpi_block    **window;       /* with a window: the block of trial number i, at i mod window */
    uint64_t       keep_below;   /* trials from this number on are CANCELLED, whatever they did */
    hpt_stop       cut_by;       /* cancel or wall limit, perhaps after all was asked for       */
    double         best_value;
    hpi_front     *front; /* NULL: there is one goal */
    hpt_coord     *best_point;
    unsigned char *best_notes;
    uint32_t       best_notes_bytes;
    uint32_t       queue_depth_max, ring_depth_max;
    uint64_t       queued, drained; /* blocks: into the queue; by drive.c out of the rings */
    hpt_err        stop_err;        /* HPT_STOP_STRATEGY: what it said */
    char           first_reason[HPI_REASON_BYTES]; /* of the first trial that failed  */
} hpi_turn;

static inline uint64_t hpi_complete_count(const hpi_turn *turn) {
    uint64_t count = turn->told;
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++)
        count -= turn->state_count[i];
    return count;
}

/* What the thread that waits for the run does meanwhile. */
typedef enum hpi_caller {
    HPI_CALLER_WAITS,
    HPI_CALLER_WORKS,       /* it is worker 0 */
    HPI_CALLER_COORDINATES, /* it alone has the turn, and evaluates nothing */
} hpi_caller;

struct hpt_run {
    /* Fixed after the start. */
    hpi_plan                    plan;
    hpt_space                  *space;
    hpt_objective               objective; /* NULL: a study; may be guard.c's */
    void                       *user;
    hpt_objective               guarded; /* what is behind guard.c */
    void                       *guarded_user;
    hpt_objective               repeated; /* what is behind repeat.c */
    void                       *repeated_user;
    double                     *repeats;  /* values of a trial, for each worker */
    hpt_objective               measured; /* what is behind goals.c */
    void                       *measured_user;
    bool                        has_constraints;
    bool                        has_conditions;
    uint32_t                    dims;
    uint8_t                    *kinds;     /* hpt_kind of each parameter */
    uint32_t                    batch_max; /* most trials in a block */
    hpi_strategy                strategy;
    hpt_strategy_setup          setup;      /* here because the strategy may keep a pointer to it */
    uint64_t                    head_count; /* points of the user's that are tried first */
    bool                        is_pure;    /* candidates are a function of their number */
    bool                        sends_ranges; /* ... that workers may call */
    hpi_queue                  *queue;
    hpi_worker                 *workers;
    hpi_pool                    pool;
    hpi_caller                  caller;
    hpi_dispatch               *dispatch;
    const atomic_uint_fast64_t *wants; /* which facts anybody wants */
    hpi_cancels                 cancels;
    const hpi_clock            *clock;              /* NULL: the real one                        */
    hpi_simulated              *simulated;          /* NULL: workers are real                    */
    int64_t                     start_ns, until_ns; /* until_ns: the wall limit; INT64_MAX = none */
    bool                        may_spin;           /* no more workers than cores */
    hpt_err                     pool_err;           /* why there are fewer workers than wanted */
    char                        id[37];

    /* The turn. Who waits for it looks at the first line, who has it works in the others. */
    _Alignas(128) atomic_uint is_taken;
    atomic_int pending; /* blocks in rings that nobody has fed back */
    _Alignas(128) hpi_blocks blocks;
    hpi_turn turn;

    /* Where threads meet. */
    _Alignas(128) atomic_bool is_askable; /* the last holder could have asked for more      */
    atomic_bool is_brief;    /* the turn goes round faster than it can change hands            */
    atomic_bool is_finished; /* nothing is in flight and nothing will be: workers leave */
    atomic_bool is_called;   /* drive.c: the caller that coordinates is to look        */
    atomic_int  call_at;     /* ... when so many blocks are in rings                   */
    atomic_uint started;     /* workers that really started                            */
    hpi_park    park;        /* idle workers                                           */
    hpi_park    driver;      /* the caller that coordinates                            */
    hpi_stats   stats;

    /* The end: set when the last event was delivered. */
    hpi_lock over;
    bool     is_over;
    bool     is_worked_on; /* some thread that waits for the run is in it */
    int64_t  end_ns;
};

/* Holding the turn: whether the strategy may be asked now. asked < asked_max while there is no
 * stop.
 */
static inline bool hpi_may_ask(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    uint32_t        window = run->plan.options.window;
    if (turn->stop != HPT_STOP_NONE || turn->is_waiting) return false;
    return window == 0 || turn->asked - turn->told < window;
}

/* The run's time: every stamp, deadline and duration of it. */
static inline int64_t hpi_run_now(const hpt_run *run) {
    return hpi_clock_now(run->clock);
}

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
uint32_t   hpi_plan_threads(const hpi_plan *plan); /* of a trial, at least 1 */
/* Whether so many workers, with the threads of their trials, are more than there are CPUs. */
bool hpi_plan_is_oversubscribed(const hpi_plan *plan, uint32_t worker_count);

/* coordinate.c */
void       hpi_work(void *run, uint32_t worker);      /* until the run is finished              */
bool       hpi_work_step(void *run, uint32_t worker); /* one block; false when it is finished   */
int64_t    hpi_spin_ns(const hpt_run *run); /* how long an idle worker should spin           */
hpt_status hpi_coordinate_first(hpt_run *run, hpt_err *err); /* before there are workers   */
/* All that a holder does between taking the turn and giving it. `own` is the block that its worker
 * has just finished, if any. Returns how many sleepers are worth waking once the turn is given. */
unsigned hpi_coordinate_pass(hpt_run *run, hpi_worker *worker, hpi_block *own);
void     hpi_learn_hold(hpi_turn *turn, double took_ns, uint64_t trials); /* a pass took so long */

/* drive.c: the same with the caller as the only coordinator. */
void hpi_drive(hpt_run *run, bool is_once,
               int64_t until_ns);           /* one look, or until then or the end */
void hpi_serve(void *run, uint32_t worker); /* until the run is finished */

/* ask.c, holding the turn */
hpi_block *hpi_ask_block(hpt_run *run);  /* up to a batch of candidates, or NULL           */
void       hpi_ask_window(hpt_run *run); /* with a window: as many as it allows, into the queue */
void       hpi_publish_filling(hpt_run *run); /* ... the last, not full one as well */
void       hpi_queue_block(hpt_run *run, hpi_block *block);
/* Any thread: candidates that are a function of their number. */
void hpi_make_points(const hpt_run *run, uint64_t first, uint32_t count, hpt_coord *points_out);

/* goals.c: the goals of the options; several of them, before the guard is opened; and the values of
 * a trial, which become part of its notes or, if they will not do, its reason. */
hpt_status hpi_goals_read(hpi_plan *plan, const hpt_options *options, hpt_err *err);
void       hpi_goals_forget(hpi_plan *plan);
hpt_status hpi_goals_open(hpt_run *run, hpt_err *err);
hpt_status hpi_goals_take(const hpi_plan *plan, hpt_trial *trial, const double *values);

/* repeat.c: several calls for a trial, before the goals are opened; room for them, once it is known
 * how many workers there are. */
hpt_status hpi_repeat_open(hpt_run *run, hpt_err *err);
hpt_status hpi_repeat_reserve(hpt_run *run, hpt_err *err);

/* known.c: points and observations of the options. check: of a list. */
hpt_status hpi_points_read(hpi_plan *plan, const hpt_space *space, const hpt_options *options,
                           hpt_err *err);
hpt_status hpi_points_check(const hpi_plan *plan, const hpt_space *space, hpt_err *err);
hpt_status hpi_known_read(hpi_plan *plan, const hpt_space *space, const hpt_options *options,
                          hpt_err *err);
void       hpi_known_tell(hpt_run *run);
void       hpi_known_forget(hpi_plan *plan);

/* guard.c: of a space with constraints. Refuses one that has no valid point. */
hpt_status hpi_guard_open(hpt_run *run, hpt_err *err);
/* False: the trial is not to be evaluated, and has its reason. */
bool hpi_guard_permits(const hpt_run *run, hpt_trial *trial);

/* worker.c */
void hpi_evaluate(hpi_worker *worker, hpi_block *block);
/* Its pieces: a block begins and ends, and each trial in it, with a call of the objective between.
 */
void       hpi_block_begin(hpi_worker *worker, hpi_block *block);
void       hpi_block_end(hpi_worker *worker, hpi_block *block);
void       hpi_stamped_begin(hpi_worker *worker, hpi_block *block, const hpt_coord *point,
                             int64_t start_ns);
hpt_status hpi_stamped_call(hpi_worker *worker,
                            double     *value_out); /* by itself, not in a block's */
void       hpi_stamped_end(hpi_worker *worker, hpi_block *block, hpt_status status, double value,
                           int64_t start_ns, int64_t took_ns);
void       hpi_cancel_rest(hpi_worker *worker, hpi_block *block, uint32_t index);
/* Once for each trial object, then for each trial. */
void hpi_trial_seat(hpi_worker *worker, hpt_trial *trial);
void hpi_trial_begin(hpt_trial *trial, hpi_block *block, uint32_t index, const hpt_coord *point);
void hpi_trial_end(hpt_trial *trial, hpi_block *block, uint32_t index, hpt_trial_state state,
                   double value);
/* The calling thread becomes that worker, until it leaves. */
void hpi_worker_enter(hpi_worker *worker);
void hpi_worker_leave(hpi_worker *worker);
bool hpi_is_inside(const hpt_run *run); /* whether the calling thread is one of its workers */

/* feedback.c, holding the turn */
void hpi_feedback(hpt_run *run, hpi_block *block);
/* The trials of a block behind the first `keep` move to `rest`, which becomes a leftover. It may be
 * the block itself, whose first trials are forgotten then. */
void             hpi_split_block(hpt_run *run, hpi_block *block, uint32_t keep, hpi_block *rest);
const hpt_coord *hpi_point_of(const hpt_run *run, hpi_block *block, uint32_t index);

/* simulate.c: what a pool with a virtual clock needs of a run. */
extern const hpi_steps hpi_simulate_steps;
hpt_status             hpi_simulate_open(hpt_run *run, hpt_err *err);
void                   hpi_simulate_close(hpt_run *run);

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
