/* SPDX-License-Identifier: BSD-3-Clause */
/* Any number of workers on a virtual clock: a discrete-event simulation on the thread that waits
 * for the run. Coordination, strategy, budgets and observers are the real ones; only time is made
 * up: how long trials take, and what the turn, hand-overs and wake-ups cost.
 *
 * Each worker has at most one event ahead of it, and the next is the earliest, of equal ones that
 * of the lowest worker. So the same seed gives the same run, to the nanosecond. */
#include "pool/pool.h"

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "pool/sim_heap.h"
#include "pool/sim_time.h"

enum { SIM_WORKERS_MAX = 100 * 1000 };

/* What a worker's event is; those without have none. */
typedef enum doing {
    IDLE,   /* spins or sleeps until a holder of the turn wakes it */
    WAIT,   /* spins until it gets the turn, with a block to hand in */
    TAKE,   /* sees that the turn is free                            */
    SEEK,   /* looks for something to do                           */
    OPEN,   /* begins its next block                               */
    REPORT, /* a trial reports                                    */
    TRIAL,  /* a trial ends                                        */
    HOLD,   /* gives the turn                                      */
    WAKE    /* has woken others, and looks round                   */
} doing;

typedef struct actor {
    int64_t since_ns; /* TRIAL, REPORT: its start; IDLE, WAIT: the beginning */
    int64_t end_ns;   /* TRIAL, REPORT: when it ends                         */
    int64_t whole_ns; /* ... and how long it takes if nobody cuts it short   */
    uint8_t doing;    /* of enum doing                         */
    uint8_t ending;   /* TRIAL: hpi_ending                     */
} actor;

typedef struct sim {
    /* Options. */
    int64_t       workers, seed;
    hpi_sim_times times;
    bool          listens;
    int64_t       turn_ns, tell_ns, ask_ns, block_ns, transfer_ns;
    int64_t       look_ns, spin_ns, wake_ns, wake_call_ns;

    hpi_clock    clock;
    hpi_sim_heap ahead;
    actor       *actors;
    uint32_t    *idle; /* a stack: who was busy last is the first to be woken */
    uint32_t     idle_count;
    uint32_t    *waiting; /* a ring: who has waited longest is the next to get the turn */
    uint32_t     waiting_first, waiting_count;
    bool         is_held;     /* the turn                                          */
    uint32_t     last_holder; /* in whose cache the strategy is                    */
    unsigned     wanted;      /* sleepers that the holder will wake                */
    bool         has_cut;     /* trials were told that the run is stopping         */
    int64_t      cap_ns;      /* trials know that they may take so long            */
} sim;

/* clang-format off */
#define AT(member) offsetof(sim, member)
static const hpt_option options[] = {
    { "workers", HPT_OPTION_INT, AT(workers), 0, 1, SIM_WORKERS_MAX, NULL,
      "virtual workers; else hpt_options.worker_count" },
    { "time", HPT_OPTION_CHOICE, AT(times.kind), HPI_SIM_MEASURED, 0, 0,
      "measured|constant|uniform|exponential|lognormal|table",
      "how long trials take; measured: as long as the objective really runs, so not the same twice" },
    { "mean", HPT_OPTION_REAL, AT(times.mean), 0, 1e-9, 1e9, NULL, "mean of the drawn times, seconds" },
    { "cv", HPT_OPTION_REAL, AT(times.cv), -1, 0, 100, NULL,
      "standard deviation of uniform and lognormal times over their mean" },
    { "tail", HPT_OPTION_REAL, AT(times.tail), 0, 0, 1, NULL, "share of trials that take tail_factor times as long" },
    { "tail_factor", HPT_OPTION_REAL, AT(times.tail_factor), 100, 0, 1e6, NULL, "how many times as long" },
    { "table", HPT_OPTION_TEXT, AT(times.table.path), 0, 0, 0, NULL,
      "time=table: a file of comma-separated values; trial n takes row n, and so on from the first again" },
    { "column", HPT_OPTION_TEXT, AT(times.table.column), 0, 0, 0, NULL,
      "which column, by name or from 1; else duration_s, else the first" },
    { "unit", HPT_OPTION_REAL, AT(times.table.unit), 1, 1e-12, 1e6, NULL, "seconds that a number of the table stands for" },
    { "resample", HPT_OPTION_BOOL, AT(times.resample), 0, 0, 0, NULL, "yes: rows of the table at random" },
    { "fail", HPT_OPTION_REAL, AT(times.fail), 0, 0, 1, NULL, "share of trials that fail" },
    { "slow", HPT_OPTION_REAL, AT(times.slow), 0, 0, 1, NULL, "share of workers that are slow_factor times slower" },
    { "slow_factor", HPT_OPTION_REAL, AT(times.slow_factor), 2, 1e-3, 1e6, NULL, "how many times slower" },
    { "listens", HPT_OPTION_BOOL, AT(listens), 1, 0, 0, NULL,
      "trials end when hpt_trial_should_stop() would be true; no: they run to their end; measured ones do as they do" },
    { "turn_ns", HPT_OPTION_INT, AT(turn_ns), 30, 0, 1e9, NULL, "what each pass with the turn costs, ns" },
    { "tell_ns", HPT_OPTION_INT, AT(tell_ns), 2, 0, 1e12, NULL, "... and each result told to the strategy" },
    { "ask_ns", HPT_OPTION_INT, AT(ask_ns), 2, 0, 1e12, NULL, "... and each candidate asked of it" },
    { "transfer_ns", HPT_OPTION_INT, AT(transfer_ns), 60, 0, 1e9, NULL,
      "... and each hand-over of the turn or of a block to another worker" },
    { "block_ns", HPT_OPTION_INT, AT(block_ns), 30, 0, 1e9, NULL, "what each block of trials costs its worker, ns" },
    { "look_ns", HPT_OPTION_INT, AT(look_ns), 300, 0, 1e9, NULL, "until an idle worker that spins sees what there is to do, ns" },
    { "spin_ns", HPT_OPTION_INT, AT(spin_ns), 20e3, 0, 1e9, NULL, "how long an idle worker spins before it sleeps, ns" },
    { "wake_ns", HPT_OPTION_INT, AT(wake_ns), 20e3, 0, 1e9, NULL, "from waking a sleeper until it runs, ns" },
    { "wake_call_ns", HPT_OPTION_INT, AT(wake_call_ns), 11500, 0, 1e9, NULL, "what waking one costs who does it, ns" },
    { "seed", HPT_OPTION_INT, AT(seed), -1, 0, 0x1p53, NULL, "of times and faults; else hpt_options.seed" },
    { .name = NULL },
};
/* clang-format on */

/* Opening. */

static hpt_status choose_workers(hpi_pool *pool, const sim *it, hpt_err *err) {
    if (it->workers == 0) return HPT_OK;
    if (pool->worker_count_asked > 0 && pool->worker_count_asked != it->workers)
        return hpi_fail(err, HPT_EINVAL, "pool \"sim\": workers is %d, but worker_count is %u",
                        (int)it->workers, (unsigned)pool->worker_count_asked);
    pool->worker_count = (uint32_t)it->workers;
    return HPT_OK;
}

static hpt_status check_table(const sim *it, hpt_err *err) {
    bool has_table = it->times.table.path && *it->times.table.path;
    if (has_table == (it->times.kind == HPI_SIM_TABLE)) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL,
                    has_table ? "pool \"sim\": a table needs time=table"
                              : "pool \"sim\": time=table needs table=FILE");
}

static void sim_close(hpi_pool *pool) {
    sim *it = pool->state;
    hpi_free(it->times.table.seconds);
    hpi_free(it->actors);
    hpi_free(it->idle);
    hpi_free(it->waiting);
    hpi_free(it->ahead.events);
}

static hpt_status make_room(hpi_pool *pool, sim *it, hpt_err *err) {
    uint32_t count = pool->worker_count;
    it->actors = hpi_alloc(count, sizeof *it->actors);
    it->idle = hpi_alloc(count, sizeof *it->idle);
    it->waiting = hpi_alloc(count, sizeof *it->waiting);
    it->ahead.events = hpi_alloc(count, sizeof *it->ahead.events);
    if (it->actors && it->idle && it->waiting && it->ahead.events) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for %u simulated workers", (unsigned)count);
}

static hpt_status sim_open(hpi_pool *pool, hpt_err *err) {
    sim *it = pool->state;
    it->times.seed = it->seed >= 0 ? (uint64_t)it->seed : pool->seed;
    hpt_status status = choose_workers(pool, it, err);
    if (status == HPT_OK) status = hpi_sim_times_check(&it->times, err);
    if (status == HPT_OK) status = check_table(it, err);
    if (status == HPT_OK && it->times.kind == HPI_SIM_TABLE)
        status = hpi_sim_table_read(&it->times.table, err);
    if (status == HPT_OK) status = make_room(pool, it, err);
    pool->is_report_timed = it->times.kind != HPI_SIM_MEASURED;
    if (status != HPT_OK)
        sim_close(pool);
    else
        pool->clock = &it->clock;
    return status;
}

/* Events. */

/* Virtual time ends after 73 years: later events all happen then. */
static int64_t later(int64_t now_ns, double ns) {
    const int64_t last_ns = INT64_MAX / 4;
    if (ns >= (double)(last_ns - now_ns)) return last_ns;
    return now_ns + (int64_t)(ns + 0.5);
}

static void plan(sim *it, uint32_t worker, doing what, int64_t time_ns) {
    it->actors[worker].doing = (uint8_t)what;
    hpi_sim_heap_push(&it->ahead, (hpi_sim_event){ .time_ns = time_ns, .worker = worker });
}

static int64_t now(const sim *it) {
    return hpi_clock_read(&it->clock);
}

static void end_block(hpi_pool *pool, uint32_t worker);

/* What is drawn for a trial is drawn anew for each attempt at it. */
static uint64_t draw_of(const hpi_begun *begun) {
    return begun->number ^ (uint64_t)begun->attempt << 48;
}

/* How long the trial takes that has just begun. `ran_ns` is how long its objective has really run.
 */
static double duration_ns(const sim *it, uint32_t worker, const hpi_begun *begun, int64_t ran_ns) {
    if (begun->spent_ns >= 0) return (double)begun->spent_ns; /* at the worker's pace already */
    double pace = hpi_sim_pace(&it->times, worker);
    if (it->times.kind == HPI_SIM_MEASURED) return (double)ran_ns * pace;
    bool is_row = it->times.kind == HPI_SIM_TABLE && !it->times.resample;
    return hpi_sim_seconds(&it->times, is_row ? begun->number : draw_of(begun)) * 1e9 * pace;
}

/* A measured objective has seen by itself how late it is: its clock ran. */
static bool may_cut(const sim *it) {
    return it->listens && it->times.kind != HPI_SIM_MEASURED;
}

/* To its next report, or to its end. */
static void go_on(hpi_pool *pool, uint32_t worker) {
    sim         *it = pool->state;
    const actor *mine = &it->actors[worker];
    int64_t report_ns = pool->steps->next_report(pool->run, worker, mine->since_ns, mine->whole_ns);
    if (report_ns <= mine->end_ns)
        plan(it, worker, REPORT, report_ns);
    else
        plan(it, worker, TRIAL, mine->end_ns);
}

static void begin_trial(hpi_pool *pool, uint32_t worker) {
    sim      *it = pool->state;
    actor    *mine = &it->actors[worker];
    int64_t   start_ns = now(it);
    hpi_begun begun;
    if (it->times.kind == HPI_SIM_MEASURED) hpi_clock_run(&it->clock);
    bool has_begun =
        pool->steps->begin(pool->run, worker, hpi_sim_pace(&it->times, worker), &begun);
    int64_t ran_ns = now(it) - start_ns;
    hpi_clock_set(&it->clock, start_ns);
    if (!has_begun) {
        end_block(pool, worker);
        return;
    }
    int64_t end_ns = later(start_ns, duration_ns(it, worker, &begun, ran_ns));
    mine->since_ns = start_ns;
    mine->whole_ns = end_ns - start_ns;
    mine->ending = hpi_sim_fails(&it->times, draw_of(&begun)) ? HPI_ENDING_FAIL : HPI_ENDING_OWN;
    if (may_cut(it) && begun.until_ns < end_ns) {
        mine->ending = HPI_ENDING_CUT;
        end_ns = begun.until_ns > start_ns ? begun.until_ns : start_ns;
    }
    mine->end_ns = end_ns;
    go_on(pool, worker);
}

static void open_block(hpi_pool *pool, uint32_t worker) {
    pool->steps->open(pool->run, worker);
    begin_trial(pool, worker);
}

/* Idle, and since when. */
static void rest(sim *it, uint32_t worker, int64_t since_ns) {
    it->actors[worker] = (actor){ .doing = IDLE, .since_ns = since_ns };
    it->idle[it->idle_count++] = worker;
}

/* Those who find the turn taken and the queue empty spin for the turn, for as long as a wake-up
 * takes; then they leave their block in the ring. */

static void wait_for_turn(sim *it, uint32_t worker, uint32_t worker_count) {
    it->actors[worker] = (actor){ .doing = WAIT, .since_ns = now(it) };
    uint32_t last = (it->waiting_first + it->waiting_count++) % worker_count;
    it->waiting[last] = worker;
}

static uint32_t next_waiting(sim *it, uint32_t worker_count) {
    uint32_t worker = it->waiting[it->waiting_first];
    it->waiting_first = (it->waiting_first + 1) % worker_count;
    it->waiting_count--;
    return worker;
}

static void give_up_waiting(hpi_pool *pool) {
    sim *it = pool->state;
    while (it->waiting_count > 0) {
        int64_t since_ns = it->actors[it->waiting[it->waiting_first]].since_ns;
        if (now(it) - since_ns <= it->spin_ns) break;
        uint32_t worker = next_waiting(it, pool->worker_count);
        pool->steps->hand_in(pool->run, worker);
        rest(it, worker, since_ns + it->spin_ns);
    }
}

/* There are blocks in the queue: whoever spins sees them first, and then needs no turn. */
static void leave_for_queue(hpi_pool *pool, uint32_t blocks) {
    sim *it = pool->state;
    for (; blocks > 0 && it->waiting_count > 0; blocks--) {
        uint32_t worker = next_waiting(it, pool->worker_count);
        pool->steps->hand_in(pool->run, worker);
        plan(it, worker, SEEK, later(now(it), (double)it->look_ns));
    }
}

/* How soon one of so many who look from time to time sees something. */
static double first_look_ns(const sim *it) {
    return 2 * (double)it->look_ns / (double)(it->waiting_count + 1);
}

/* The turn. What the holder changes shows at once; what it costs him, and for how long nobody else
 * can have the turn, comes after. */
static void take_turn(hpi_pool *pool, uint32_t worker, bool has_own) {
    sim       *it = pool->state;
    hpi_passed passed;
    HPI_ASSERT(!it->is_held);
    give_up_waiting(pool);
    pool->steps->pass(pool->run, worker, has_own, &passed);
    double cost_ns = (double)it->turn_ns + (double)passed.told * (double)it->tell_ns +
                     (double)passed.asked * (double)it->ask_ns;
    uint32_t moves = passed.fetched + (it->last_holder != worker);
    cost_ns += moves * (double)it->transfer_ns;
    int64_t end_ns = later(now(it), cost_ns);
    pool->steps->held(pool->run, end_ns - now(it));
    it->is_held = true;
    it->last_holder = worker;
    it->wanted = passed.wanted;
    atomic_fetch_add_explicit(&pool->turn_ns, end_ns - now(it), memory_order_relaxed);
    plan(it, worker, HOLD, end_ns);
    leave_for_queue(pool, passed.queued);
}

static void seek(hpi_pool *pool, uint32_t worker) {
    sim      *it = pool->state;
    hpi_taken taken = pool->steps->take(pool->run, worker);
    if (taken != HPI_TAKEN_NONE) {
        int64_t arrival_ns = taken == HPI_TAKEN_QUEUED ? it->transfer_ns : 0;
        plan(it, worker, OPEN, later(now(it), (double)(arrival_ns + it->block_ns)));
    } else if (!it->is_held && pool->steps->is_askable(pool->run)) {
        take_turn(pool, worker, false);
    } else {
        rest(it, worker, now(it));
    }
}

/* worker > ring, or the turn. */
static void end_block(hpi_pool *pool, uint32_t worker) {
    sim *it = pool->state;
    if (!it->is_held) {
        take_turn(pool, worker, true);
    } else if (it->spin_ns > 0 && !pool->steps->is_queued(pool->run)) {
        wait_for_turn(it, worker, pool->worker_count);
    } else {
        pool->steps->hand_in(pool->run, worker);
        seek(pool, worker);
    }
}

static void end_trial(hpi_pool *pool, uint32_t worker) {
    const sim   *it = pool->state;
    const actor *mine = &it->actors[worker];
    if (pool->steps->end(pool->run, worker, mine->since_ns, (hpi_ending)mine->ending))
        begin_trial(pool, worker);
    else
        end_block(pool, worker);
}

static void report(hpi_pool *pool, uint32_t worker) {
    const sim *it = pool->state;
    if (pool->steps->report(pool->run, worker) && it->listens)
        end_trial(pool, worker);
    else
        go_on(pool, worker);
}

/* Wake as many as the holder thought useful; returns how many of them had to be called. Who still
 * spins sees by itself that there is something to do. */
static uint32_t wake(sim *it) {
    uint32_t called = 0;
    for (unsigned left = it->wanted; left > 0 && it->idle_count > 0; left--) {
        uint32_t worker = it->idle[--it->idle_count];
        bool     is_spinning = now(it) - it->actors[worker].since_ns <= it->spin_ns;
        called += !is_spinning;
        plan(it, worker, SEEK, later(now(it), (double)(is_spinning ? it->look_ns : it->wake_ns)));
    }
    return called;
}

/* Results that came while the turn was held are the last holder's to fetch. */
static void look_round(hpi_pool *pool, uint32_t worker) {
    const sim *it = pool->state;
    if (!it->is_held && pool->steps->is_pending(pool->run))
        take_turn(pool, worker, false);
    else
        seek(pool, worker);
}

static void give_turn(hpi_pool *pool, uint32_t worker) {
    sim *it = pool->state;
    it->is_held = false;
    give_up_waiting(pool);
    if (it->waiting_count > 0) {
        double look_ns = first_look_ns(it);
        plan(it, next_waiting(it, pool->worker_count), TAKE, later(now(it), look_ns));
    }
    double cost_ns = (double)wake(it) * (double)it->wake_call_ns;
    if (cost_ns > 0)
        plan(it, worker, WAKE, later(now(it), cost_ns));
    else
        look_round(pool, worker);
}

static void happen(hpi_pool *pool, uint32_t worker) {
    const sim *it = pool->state;
    switch ((doing)it->actors[worker].doing) {
    case SEEK:
        seek(pool, worker);
        break;
    case TAKE:
        end_block(pool, worker);
        break;
    case OPEN:
        open_block(pool, worker);
        break;
    case REPORT:
        report(pool, worker);
        break;
    case TRIAL:
        end_trial(pool, worker);
        break;
    case HOLD:
        give_turn(pool, worker);
        break;
    case WAKE:
        look_round(pool, worker);
        break;
    case IDLE:
    case WAIT:
        HPI_ASSERT(false);
        break;
    }
}

/* Trials that look end when they have taken so long, or at once if they have. */
static void cut_trials(sim *it, int64_t most_ns) {
    for (uint32_t i = 0; i < it->ahead.count; i++) {
        hpi_sim_event *event = &it->ahead.events[i];
        actor         *whose = &it->actors[event->worker];
        int64_t        end_ns = later(whose->since_ns, (double)most_ns);
        if (end_ns < now(it)) end_ns = now(it);
        if ((whose->doing != TRIAL && whose->doing != REPORT) || whose->end_ns <= end_ns) continue;
        whose->end_ns = end_ns;
        whose->ending = HPI_ENDING_CUT;
        if (event->time_ns <= end_ns) continue;
        event->time_ns = end_ns;
        whose->doing = TRIAL;
    }
    hpi_sim_heap_mend(&it->ahead);
}

/* What trials are told while they run. */
static void tell_trials(hpi_pool *pool, int64_t next_ns) {
    sim    *it = pool->state;
    int64_t stop_ns = pool->steps->stops_at(pool->run), cap_ns = pool->steps->cap_ns(pool->run);
    if (!may_cut(it)) return;
    if (cap_ns < it->cap_ns) cut_trials(it, cap_ns);
    it->cap_ns = cap_ns;
    if (it->has_cut || stop_ns > next_ns) return;
    if (stop_ns > now(it)) hpi_clock_set(&it->clock, stop_ns);
    it->has_cut = true;
    cut_trials(it, 0);
}

/* The class. */

static hpt_status sim_start(hpi_pool *pool, uint32_t *started_out, hpt_err *err) {
    sim *it = pool->state;
    (void)err;
    for (uint32_t i = 0; i < pool->worker_count; i++)
        plan(it, i, SEEK, now(it));
    *started_out = pool->worker_count;
    return HPT_OK;
}

static bool sim_step(hpi_pool *pool) {
    sim *it = pool->state;
    if (pool->steps->is_finished(pool->run)) return false;
    tell_trials(pool, it->ahead.events[0].time_ns);
    hpi_sim_event next = hpi_sim_heap_pop(&it->ahead);
    if (next.time_ns > now(it)) hpi_clock_set(&it->clock, next.time_ns);
    happen(pool, next.worker);
    return !pool->steps->is_finished(pool->run);
}

static void sim_join(hpi_pool *pool) {
    (void)pool;
}

const hpi_pool_class hpi_pool_sim = {
    .info.struct_size = sizeof(hpt_pool_info),
    .info.name = "sim",
    .info.summary = "any number of virtual workers on a virtual clock",
    .is_on_caller = true,
    .worker_count_max = SIM_WORKERS_MAX,
    .state_size = sizeof(sim),
    .info.options = options,
    .open = sim_open,
    .start = sim_start,
    .step = sim_step,
    .join = sim_join,
    .close = sim_close,
};
