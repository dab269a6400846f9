/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_RUN_RUN_H
#define HPI_RUN_RUN_H

/* A run and who may touch what of it. The path is in coordinate.c.
 *
 * Three kinds of members: fixed after the start (anyone reads); those of the turn (only the thread
 * that holds it); and a few atomic words through which threads meet. */

#include <stdatomic.h>

#include "base/clock.h"
#include "base/process.h"
#include "base/thread.h"
#include "hpt/extend.h"
#include "observe/dispatch.h"
#include "pool/pool.h"
#include "run/block.h"
#include "run/front.h"
#include "run/keep.h"
#include "run/limits.h"
#include "run/lost.h"
#include "run/queue.h"
#include "run/ring.h"
#include "run/stats.h"
#include "run/watch.h"
#include "strategy/strategy.h"
#include "trial/catch.h"
#include "trial/trial.h"

/* The options, checked, with texts of its own. */
typedef struct hpi_plan {
    hpt_options options; /* texts point to the copies below; points and observers are not kept */
    char       *strategy, *pool, *pruner, *study, *study_name;
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
    uint32_t    retry_max;    /* the most that any cause of failure is tried again            */
    bool        keeps_worst;  /* some cause of failure counts as the worst value              */
    uint32_t    fatal_states; /* a bit for each state of which a trial may end the run        */
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

/* What it takes to end a trial without its objective: see lost.h. */
typedef struct hpi_grip {
    atomic_uint_fast64_t phase;    /* hpi_phase of its trial                                 */
    atomic_int_fast64_t  begun_ns; /* when that began                                        */
    hpt_coord           *point;    /* of the trial, so that its block can go its own way; NULL:
                                      the worker always comes back                           */
    unsigned char *notes;          /* likewise                                               */
    bool           is_lost;        /* the worker's own: it has found out                     */
    uint64_t       told_word;      /* the watch's own: the trial that was told to stop      */
    int64_t        told_ns;        /* ... and when                                          */
} hpi_grip;

typedef struct hpi_worker {
    _Alignas(128) hpt_run *run;
    uint32_t           index;  /* who stands in for a lost worker has that one's */
    uint32_t           stream; /* of facts: whose producer it is */
    hpi_block         *block;  /* to be evaluated next */
    hpi_ring          *ring;   /* its results when somebody else holds the turn */
    hpt_trial          trial;  /* used again and again */
    struct hpi_worker *outer;  /* the worker in whose objective it works */
    const void        *frame;  /* where it stands on the stack of its thread */
    bool               is_evaluating;
    hpi_meter          meter;
    hpi_caps           caps; /* with a window: those of its trial, as known when it was asked for */
    bool               has_left; /* its block is done, by a thread that has ended since: grip.c */
    hpi_grip           grip;
} hpi_worker;

typedef struct hpi_simulated hpi_simulated; /* simulate.c's */
typedef struct hpi_prune     hpi_prune;     /* prune.c's */

/* The last failure that counted towards the end of a run. */
typedef struct hpi_failed {
    uint64_t        number;
    hpt_trial_state state;
    char            limit[64]; /* the option that ended the run; "" while none has */
    char            reason[HPI_REASON_BYTES];
} hpi_failed;

/* What only the holder of the turn touches. It moves from core to core with the turn, line by line:
 * what every turn needs stands first. */
typedef struct hpi_turn {
    uint64_t asked, told;   /* trials: in flight are asked - told                           */
    uint64_t asked_max;     /* the least of the budget and the strategy's size              */
    uint64_t in_flight_max; /* the window, or without one seldom any limit                */
    uint64_t teaching; /* UINT64_MAX: the strategy has not asked for what it is told now; else 0 */
    uint64_t window_from; /* trials from this number on are told in order; UINT64_MAX = none */
    hpi_block *leftovers; /* blocks handed in early: what is left of them                 */
    double     best_loss;
    uint64_t   best_trial;

    atomic_uint_fast64_t asked_shown, told_shown; /* copies, for statistics                 */
    double               trial_ns; /* running mean of what a trial takes                    */
    double               hold_ns;  /* ... and of how long the turn is held for each trial   */
    hpt_stop             stop;
    uint32_t             batch;      /* trials in the next block                            */
    bool                 is_waiting; /* the strategy wants results before its next candidate */
    bool                 is_mute;    /* the strategy is not told of the trial that is taken now */
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
    uint64_t       queued, drained;      /* blocks: into the queue; by drive.c out of the rings */
    uint64_t       retry_count;          /* attempts behind the first, of all trials         */
    uint64_t       failure_row;          /* trials that failed since the last that did not   */
    uint64_t       worst_count;          /* values that `worst` is the worst of              */
    double         worst[HPI_GOALS_MAX]; /* ... as losses: the highest in each goal     */
    hpi_failed     failed;               /* HPT_STOP_FAILURES: by what, and what it said     */
    hpt_err        stop_err;             /* HPT_STOP_STRATEGY: what it said */
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
    hpi_plan           plan;
    hpt_space         *space;
    hpt_objective      objective; /* NULL: a study; may be guard.c's */
    void              *user;
    hpt_catch_call     caught; /* what is behind catch.c */
    hpi_catch          catcher;
    hpt_objective      guarded; /* what is behind guard.c */
    void              *guarded_user;
    hpt_objective      repeated; /* what is behind repeat.c */
    void              *repeated_user;
    double            *repeats;  /* values of a trial, for each worker */
    hpt_objective      measured; /* what is behind goals.c */
    void              *measured_user;
    bool               has_constraints;
    bool               has_conditions;
    uint32_t           dims;
    uint8_t           *kinds;     /* hpt_kind of each parameter */
    uint32_t           batch_max; /* most trials in a block */
    hpi_strategy       strategy;
    hpi_prune         *prune;        /* NULL: no trial is stopped early */
    hpt_strategy_setup setup;        /* here because the strategy may keep a pointer to it */
    uint64_t           head_first;   /* from this number on the user's points are tried, */
    uint64_t           head_end;     /* ... below this one; then it is the strategy's turn */
    bool               is_pure;      /* candidates are a function of their number */
    bool               sends_ranges; /* ... that workers may call */
    hpi_queue         *queue;
    hpi_worker        *workers;
    uint32_t           slot_count; /* of them: behind worker_count stand those to be lost */
    bool               has_limits; /* each trial needs its times and caps                 */
    double            *cap_values; /* with a window: of trial i, at i mod window; or NULL */
    hpi_caps           caps;       /* what the best allows a trial                        */
    hpi_lost           lost;
    hpi_pool           pool;
    hpi_caller         caller;
    hpi_watch         *watch; /* NULL: nothing needs one */
    hpi_dispatch      *dispatch;
    const atomic_uint_fast64_t *wants; /* which facts anybody wants */
    hpi_cancels                 cancels;
    hpi_keep                   *keep;  /* NULL: there is no study file                          */
    const hpi_clock            *clock; /* NULL: the real one                        */
    hpi_simulated              *simulated;          /* NULL: workers are real                    */
    int64_t                     start_ns, until_ns; /* until_ns: the wall limit; INT64_MAX = none */
    bool                        may_spin;           /* no more workers than cores */
    hpt_err                     pool_err;           /* why there are fewer workers than wanted */
    uint64_t                    process; /* that it belongs to: a fork of it has only a copy */
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
    atomic_uint holders;     /* of its memory: the run itself, workers that are lost   */
    hpi_park    park;        /* idle workers                                           */
    hpi_park    driver;      /* the caller that coordinates                            */
    hpi_stats   stats;

    /* The end: set when the last event was delivered. */
    hpi_lock         over;
    bool             is_over;
    bool             is_worked_on; /* some thread that waits for the run is in it */
    bool             is_broken;    /* shift.c: it cannot go on */
    atomic_uintptr_t on_shift;     /* the mark of the thread that works on it; 0 = none */
    hpi_place_saved  caller_saved; /* what the thread had that works on it */
    hpt_result      *result;       /* of a run that nobody else has a handle of; else NULL */
    int64_t          end_ns;
};

/* Holding the turn: whether the strategy may be asked now. asked < asked_max while there is no
 * stop.
 */
static inline bool hpi_may_ask(const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    if (turn->stop != HPT_STOP_NONE || turn->is_waiting) return false;
    return turn->asked - turn->told < turn->in_flight_max;
}

/* The calling process is a fork of the one that the run belongs to. */
static inline bool hpi_is_forked(const hpt_run *run) {
    return hpi_process() != run->process;
}

/* The run's time: every stamp, deadline and duration of it. */
static inline int64_t hpi_run_now(const hpt_run *run) {
    return hpi_clock_now(run->clock);
}

/* open.c: everything but the study file, the observers and the workers. With `objective` NULL it is
 * a study's. watch: open the file, go on where it ends, and attach the observers of the options:
 * all of that may touch files, so nothing is refused after it that could be refused before.
 * refuse: close a run that does not begin after all, and take back the study that it has made.
 * reopen_strategy: as new, for who has led it astray. */
hpt_status hpi_run_open(const hpt_space *space, hpt_objective objective, void *user,
                        const hpt_options *options, hpt_run **run_out, hpt_err *err);
hpt_status hpi_run_watch(hpt_run *run, const hpt_options *options, hpt_err *err);
/* A worker in that slot, with the number that the world sees. */
hpt_status hpi_worker_seat(hpt_run *run, uint32_t slot, uint32_t index, hpt_err *err);
void       hpi_run_close(hpt_run *run);
void       hpi_run_refuse(hpt_run *run);
uint32_t   hpi_in_flight_max(const hpt_run *run); /* trials that run at once; the pool is open */
hpt_status hpi_run_reopen_strategy(hpt_run *run, hpt_err *err);
/* The first trial of hpt's has this number: how far heads and budgets reach. */
void hpi_run_set_first(hpt_run *run, uint64_t number);

/* Of what a lost worker may still touch; the last one frees it. */
void hpi_run_release(hpt_run *run);

/* plan.c. hpi_options_read: a whole struct of what may be a shorter one, or NULL. */
hpt_status hpi_options_read(hpt_options *into, const hpt_options *given, hpt_err *err);
hpt_status hpi_plan_init(hpi_plan *plan, const hpt_space *space, const hpt_options *options,
                         hpt_err *err);
void       hpi_plan_fini(hpi_plan *plan);
uint32_t   hpi_plan_threads(const hpi_plan *plan);    /* of a trial, at least 1 */
bool       hpi_plan_holds_back(const hpi_plan *plan); /* results, until they are on the disk */
/* Whether so many workers, with the threads of their trials, are more than there are CPUs. */
bool hpi_plan_is_oversubscribed(const hpi_plan *plan, uint32_t worker_count);

/* cap.c. open: once there is a window. lower: holding the turn, there is a new best. asked: that
 * trial is asked for, with a window. begin: with a window, what a trial has that is about to begin.
 * bound: what its loss would be at least; NaN: nobody knows. */
hpt_status hpi_cap_open(hpt_run *run, hpt_err *err);
void       hpi_cap_lower(hpt_run *run);
void       hpi_cap_asked(hpt_run *run, uint64_t number);
void       hpi_cap_begin(const hpi_worker *worker, const hpt_trial *trial, hpi_caps *caps_out);
double     hpi_cap_bound(const hpt_run *run, const hpi_block *block, uint32_t index,
                         hpt_trial_state state);

/* coordinate.c */
void       hpi_work(void *run, uint32_t worker);      /* until the run is finished              */
bool       hpi_work_step(void *run, uint32_t worker); /* one block; false when it is finished   */
int64_t    hpi_spin_ns(const hpt_run *run); /* how long an idle worker should spin           */
hpt_status hpi_coordinate_first(hpt_run *run, hpt_err *err); /* before there are workers   */
/* For who is no worker: blocks were put into a ring in a worker's name. */
void hpi_coordinate_left(hpt_run *run);
/* All that a holder does between taking the turn and giving it. `own` is the block that its worker
 * has just finished, if any. Returns how many sleepers are worth waking once the turn is given. */
unsigned hpi_coordinate_pass(hpt_run *run, hpi_worker *worker, hpi_block *own);
void     hpi_learn_hold(hpi_turn *turn, double took_ns, uint64_t trials); /* a pass took so long */

/* drive.c: the same with the caller as the only coordinator. */
void hpi_drive(hpt_run *run, bool is_once,
               int64_t until_ns);           /* one look, or until then or the end */
void hpi_serve(void *run, uint32_t worker); /* until the run is finished */
void hpi_call_driver(hpt_run *run);         /* any thread: there is something for it to do */

/* ask.c, holding the turn */
hpi_block *hpi_ask_block(hpt_run *run);  /* up to a batch of candidates, or NULL           */
void       hpi_ask_window(hpt_run *run); /* with a window: as many as it allows, into the queue */
void       hpi_publish_filling(hpt_run *run); /* ... the last, not full one as well */
void       hpi_queue_block(hpt_run *run, hpi_block *block);
bool       hpi_ask_one(hpt_run *run, hpi_block *block); /* the next candidate; false: none now */
void       hpi_show_created(hpt_run *run, uint32_t lanes, uint64_t number, const hpt_coord *point);
void       hpi_stop_at_last(hpt_run *run); /* the last candidate has been asked for */
/* One as the strategy's own number, whatever number its trial has; what it answers instead. */
hpt_status hpi_ask_as(hpt_run *run, uint64_t number, hpt_coord *point_out);
void       hpi_no_candidate(hpt_run *run, hpt_status status);
/* Any thread: candidates that are a function of their number. */
void hpi_make_points(const hpt_run *run, uint64_t first, uint32_t count, hpt_coord *points_out);

/* goals.c: the goals of the options; several of them, before the guard is opened; and the values of
 * a trial, which become part of its notes or, if they will not do, its reason. */
hpt_status hpi_goals_read(hpi_plan *plan, const hpt_options *options, hpt_err *err);
void       hpi_goals_forget(hpi_plan *plan);
hpt_status hpi_goals_open(hpt_run *run, hpt_err *err);
hpt_status hpi_goals_take(const hpi_plan *plan, hpt_trial *trial, const double *values);

/* catch.c: before anything else stands in front of the user's objective. */
void hpi_run_catch(hpt_run *run);

/* repeat.c: several calls for a trial, before the goals are opened; room for them, once it is known
 * how many workers there are. */
hpt_status hpi_repeat_open(hpt_run *run, hpt_err *err);
hpt_status hpi_repeat_reserve(hpt_run *run, hpt_err *err);

/* isolate.c: pools that evaluate elsewhere get the objective, and the time to fork. */
hpt_status hpi_isolate(hpt_run *run, hpt_err *err);

/* known.c: points and observations of the options. check: of a list. */
hpt_status hpi_points_read(hpi_plan *plan, const hpt_space *space, const hpt_options *options,
                           hpt_err *err);
hpt_status hpi_points_check(const hpi_plan *plan, const hpt_space *space, hpt_err *err);
hpt_status hpi_known_read(hpi_plan *plan, const hpt_space *space, const hpt_options *options,
                          hpt_err *err);
void       hpi_known_tell(hpt_run *run);
void       hpi_known_forget(hpi_plan *plan);
/* Of both, for a study to be held against when it is continued; 0 = there are none. */
uint64_t hpi_known_digest(const hpi_plan *plan, size_t dims);

/* retry.c: options that need an objective to call again are refused to a study. The worker: whether
 * the attempt that just ended so is not the trial's last; if so it is ready for the next one, which
 * begins now. `took_ns` is this attempt's. */
hpt_status hpi_retry_open(const hpt_run *run, hpt_err *err);
void       hpi_retry_note(hpt_trial *trial); /* which attempt it is */
/* What that says of a trial that was recorded: how many attempts came before its last one. */
uint32_t hpi_retry_count(const hpt_attr *attrs, uint32_t attr_count);
bool     hpi_retry(hpi_worker *worker, hpt_status status, double value, int64_t took_ns);

/* failure.c, holding the turn: what trials that failed mean. begin: nothing is known but the
 * observations of the options. note_worst: of one that completed. note: of one that failed.
 * outcome: what the strategy is told of it. */
void hpi_failure_plan(hpi_plan *plan);
void hpi_failure_begin(hpt_run *run);
void hpi_failure_note_worst(hpt_run *run, const double *losses);
void hpi_failure_note(hpt_run *run, const hpi_block *block, uint32_t index, hpt_trial_state state);
void hpi_failure_outcome(const hpt_run *run, hpt_outcome *outcome);
/* budget.c: count a trial that was told; whether a limit is reached, which then has its name. */
void hpi_failure_count(hpt_run *run, hpt_trial_state state);
bool hpi_failure_is_limit(hpt_run *run);
void hpi_failure_sentence(const hpt_run *run, char *text_out, size_t bytes);

/* What the options say of trials that end so; NULL: that is no failure. */
static inline const hpt_failure *hpi_failure_of(const hpt_options *options, hpt_trial_state state) {
    switch (state) {
    case HPT_TRIAL_FAILED:
        return &options->on_failed;
    case HPT_TRIAL_TIMEOUT:
        return &options->on_timeout;
    case HPT_TRIAL_CRASHED:
        return &options->on_crashed;
    default:
        return NULL;
    }
}

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
/* A trial of the worker's block has ended so, by the worker or without it. */
void hpi_stamped_put(hpi_worker *worker, const hpt_trial *trial, hpt_trial_state state,
                     double value, int64_t start_ns, int64_t took_ns);
void hpi_evaluate_end(hpi_worker *worker, hpi_block *block); /* with what time it took */
void hpi_stamped_end(hpi_worker *worker, hpi_block *block, hpt_status status, double value,
                     int64_t start_ns, int64_t took_ns);
void hpi_cancel_rest(hpi_worker *worker, hpi_block *block, uint32_t index);
/* Once for each trial object, then for each trial. */
void hpi_trial_seat(hpi_worker *worker, hpt_trial *trial);
void hpi_trial_begin(hpt_trial *trial, hpi_block *block, uint32_t index, const hpt_coord *point);
void hpi_trial_end(const hpt_trial *trial, hpi_block *block, uint32_t index, hpt_trial_state state,
                   double value);
/* The calling thread becomes that worker, until it leaves. */
void        hpi_worker_enter(hpi_worker *worker);
void        hpi_worker_leave(hpi_worker *worker);
hpi_worker *hpi_worker_innermost(void);
hpi_worker *hpi_worker_here(const hpt_run *run); /* which one the calling thread is, or NULL */
bool        hpi_is_inside(const hpt_run *run);   /* ... and whether it is one */
/* grip.c: open once, for a worker that may be written off; take its trial out of the block; begin,
 * end around its objective. end: false when the trial was ended meanwhile; the worker touches
 * neither it nor its block any more.
 */
hpt_status hpi_grip_open(hpi_worker *worker, hpt_err *err);
void       hpi_grip_close(hpi_worker *worker);
void       hpi_grip_take(hpi_worker *worker);
void       hpi_grip_begin(hpi_worker *worker, int64_t start_ns);
bool       hpi_grip_end(hpi_worker *worker);
/* The watch: end the trial that was seen by that word. False: it has ended by itself, or cannot be
 * ended just now. */
bool hpi_grip_lose(hpi_grip *grip, uint64_t word);
/* Around what an objective does with the run it is in. begin: false when its worker was written
 * off, and then the run may be gone. */
bool hpi_visit_begin(const hpt_run *run, hpt_trial **visitor_out);
void hpi_visit_end(hpt_trial *visitor);
/* The thread of a worker ends in the midst of a trial. False: nobody waits for it any more. */
bool hpi_work_left(void *run, uint32_t worker);
/* ... of a worker that is the calling thread, which is the host's: that one has left, and its trial
 * has failed, as the objective `why`. False: it was not in an objective, and the turn may never be
 * given. */
bool hpi_work_broken_off(hpi_worker *worker, const char *why);

/* shift.c. The calling thread, which is the host's, works for the run: is on shift. */
void hpi_shift_begin(hpt_run *run);
void hpi_shift_end(hpt_run *run);
bool hpi_is_on_shift(const hpt_run *run);
/* Whether objectives that the calling thread was in have been left by longjmp(), seen from `here`.
 * Their runs can go on then, or are ended if nobody has a handle of them but `known`: then
 * HPT_EREENTRANT, which says so. */
hpt_status hpi_longjmp_look(const void *here, const hpt_run *known, hpt_err *err);

/* feedback.c, holding the turn */
void hpi_feedback(hpt_run *run, hpi_block *block);
/* How a trial ended, as plug-ins are told; it points to `last_loss` and to `losses`, which is NULL
 * when there are none that count. */
typedef struct hpi_ended {
    hpt_outcome outcome;
    double      last_loss;
} hpi_ended;
void hpi_ended_read(const hpt_run *run, hpi_block *block, uint32_t index, const double *losses,
                    hpi_ended *ended_out);
void hpi_feedback_now(hpt_run *run, hpi_block *block); /* it need not be held back (any more) */
/* Its one trial, as it comes, to the strategy and the counts; the block is given back. */
void hpi_feedback_one(hpt_run *run, hpi_block *block);
/* The trials of a block behind the first `keep` move to `rest`, which becomes a leftover. It may be
 * the block itself, whose first trials are forgotten then. */
void             hpi_split_block(hpt_run *run, hpi_block *block, uint32_t keep, hpi_block *rest);
const hpt_coord *hpi_point_of(const hpt_run *run, hpi_block *block, uint32_t index);

/* simulate.c: what a pool with a virtual clock needs of a run. */
extern const hpi_steps hpi_simulate_steps;
hpt_status             hpi_simulate_open(hpt_run *run, hpt_err *err);
void                   hpi_simulate_close(hpt_run *run);
hpt_status hpi_simulate_reports(hpt_run *run, hpt_err *err); /* somebody decides by them */
/* The host's thread has ended in the worker's trial, and there is no going on from there. */
void hpi_simulate_break_off(hpt_run *run, hpi_worker *worker);

/* show.c, holding the turn: facts for observers, if any wants them. */
void hpi_show_ends(hpt_run *run, hpi_block *block, uint32_t end); /* of all told before `end` */
void hpi_show_store(hpt_run *run, hpi_block *block); /* of all done, to the study file only */
void hpi_show_best(hpt_run *run, hpi_block *block, uint32_t index);
/* Whoever reports, of a stream of his own: the fact with the values of a report of several goals.
 */
void hpi_show_report(hpt_run *run, uint32_t stream, hpi_fact *fact, const double *values,
                     uint32_t count);

/* budget.c, holding the turn. cancel_queued: what nobody will come for any more. */
void hpi_stop(hpt_run *run, hpt_stop stop);
void hpi_cancel_queued(hpt_run *run);
void hpi_budget_told(hpt_run *run, uint64_t number, hpt_trial_state state, bool improved);
void hpi_budget_judge(hpt_run *run, uint64_t number, bool improved); /* after that trial */
void hpi_budget_now(hpt_run *run);    /* cancel and wall time                       */
bool hpi_is_done(const hpt_run *run); /* stopped, and nothing in flight             */
/* Give up observers that do not return. Who waits for the end, holding `over`, which others get
 * meanwhile: returns when to do so again. Who has the turn and knows the time passes by. */
int64_t            hpi_mind_observers(hpt_run *run);
static inline void hpi_glance_at_observers(hpt_run *run, int64_t now_ns) {
    if (!run->simulated) hpi_dispatch_glance(run->dispatch, now_ns); /* theirs is the real time */
}
void hpi_finish(hpt_run *run); /* the last reason, the last event            */

/* stats.c */
void hpi_stats_of(const void *run, hpt_stats *stats_out);

/* result.c */
void hpi_stop_sentence(const hpt_run *run, char *text_out, size_t bytes);

#endif
