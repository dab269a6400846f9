/* SPDX-License-Identifier: BSD-3-Clause */
/* Building a run and taking it down, in the order of the path. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/option.h"
#include "base/uuid.h"
#include "run/limits.h"
#include "run/prune.h"
#include "run/run.h"
#include "space/space.h"

static uint32_t least(uint64_t a, uint64_t b) {
    return (uint32_t)(a < b ? a : b);
}

/* A study hands out trials one by one; its callers are its workers. */
static bool is_study(const hpt_run *run) {
    return run->objective == NULL;
}

static uint32_t study_in_flight(const hpt_run *run) {
    const hpt_options *o = &run->plan.options;
    return o->worker_count > 0 ? o->worker_count : HPI_STUDY_IN_FLIGHT;
}

uint32_t hpi_in_flight_max(const hpt_run *run) {
    const hpi_plan *plan = &run->plan;
    if (plan->options.window > 0) return plan->options.window;
    return is_study(run) ? study_in_flight(run) : plan->worker_count;
}

/* How many trials a block may hold, and how many blocks there are. Without a window: one that each
 * worker evaluates, one or some ahead of it in the queue; and no block is ever larger than the one
 * that hpi_ask_block() makes first, with everything left. With a window: a block for each trial of
 * it at the worst, and there are never more of them than the run has. */
static void size_blocks(hpt_run *run, uint32_t *room_out, uint32_t *count_out) {
    uint32_t window = run->plan.options.window, workers = run->plan.worker_count;
    uint32_t by_bytes = HPI_BLOCK_POINT_BYTES / (run->dims * (uint32_t)sizeof(hpt_coord));
    uint32_t room = least(by_bytes ? by_bytes : 1, HPI_BLOCK_TRIALS_MAX);
    uint32_t in_flight = least(window, run->turn.asked_max);
    uint32_t spare = run->plan.options.shared; /* for what others found: share.c */
    if (is_study(run)) {
        *room_out = 1;
        *count_out = window > 0 ? in_flight + 1 : study_in_flight(run) + spare;
    } else if (window > 0) {
        uint32_t share = window / (4 * workers);
        room = least(room, HPI_WINDOW_BLOCK_TRIALS);
        *room_out = share < 1 ? 1 : least(share, room);
        *count_out = in_flight + 1;
    } else {
        uint32_t ahead = run->caller == HPI_CALLER_COORDINATES ? HPI_DRIVE_BLOCKS : 1;
        if (hpi_plan_holds_back(&run->plan)) ahead += HPI_HELD_BLOCKS;
        uint32_t count = (1 + ahead) * workers + 1, share = HPI_BLOCKS_TRIALS_MAX / count;
        uint64_t largest = run->turn.asked_max / (2 * (uint64_t)workers) + 1;
        *room_out = share < 1 ? 1 : least(least(largest, share), room);
        *count_out = count + spare;
    }
}

/* Parts, each undone by hpi_run_close() whether or not it was begun. */

static hpt_status open_strategy(hpt_run *run, hpt_err *err) {
    const hpi_plan    *plan = &run->plan;
    const hpt_options *o = &plan->options;
    run->setup = (hpt_strategy_setup){
        .struct_size = sizeof run->setup,
        .space = run->space,
        .seed = o->seed,
        .trial_count_max = o->trial_count_max,
        .in_flight_max = hpi_in_flight_max(run),
        .is_maximising = plan->is_maximising,
        .points = plan->points,
        .point_count = plan->point_count,
        .goal_count = plan->goal_count,
    };
    hpi_prune_brackets(run, &run->setup);
    hpt_status status =
        hpi_strategy_open(&run->strategy, plan->strategy, o->strategy_class, &run->setup, err);
    if (status != HPT_OK) return status;
    bool is_list = hpi_strategy_is_list(&run->strategy);
    if (is_list && (status = hpi_points_check(plan, run->space, err)) != HPT_OK) return status;
    run->is_pure = hpi_strategy_is_pure(&run->strategy);
    run->sends_ranges = run->is_pure && run->caller != HPI_CALLER_COORDINATES;
    hpi_run_set_first(run, 0);
    run->plan.has_limit = run->plan.has_limit || hpi_strategy_size(&run->strategy) < UINT64_MAX;
    return HPT_OK;
}

void hpi_run_set_first(hpt_run *run, uint64_t number) {
    uint64_t trials = run->plan.options.trial_count_max;
    uint64_t budget = trials ? trials : HPT_UNLIMITED, size = hpi_strategy_size(&run->strategy);
    run->head_first = number;
    run->head_end = number;
    if (!hpi_strategy_is_list(&run->strategy)) run->head_end += run->plan.point_count;
    if (size < UINT64_MAX - run->head_end) size += run->head_end;
    run->turn.asked_max = size < budget ? size : budget;
}

hpt_status hpi_run_reopen_strategy(hpt_run *run, hpt_err *err) {
    const hpi_plan *plan = &run->plan;
    hpi_strategy_close(&run->strategy);
    run->strategy = (hpi_strategy){ 0 };
    hpt_status status = hpi_strategy_open(&run->strategy, plan->strategy,
                                          plan->options.strategy_class, &run->setup, err);
    if (status == HPT_OK) hpi_known_tell(run);
    return status;
}

static hpt_status open_turn(hpt_run *run, hpt_err *err) {
    hpi_turn *turn = &run->turn;
    uint32_t  window = run->plan.options.window;
    turn->batch = 1;
    turn->in_flight_max = window > 0 ? window : UINT64_MAX;
    turn->window_from = window > 0 ? 0 : UINT64_MAX;
    turn->keep_below = UINT64_MAX;
    turn->best_point = hpi_alloc(run->dims, sizeof *turn->best_point);
    turn->best_notes = hpi_alloc_room(1, HPI_TRIAL_NOTE_BYTES);
    if (window > 0) turn->window = hpi_alloc(window, sizeof(hpi_block *));
    if (turn->best_point && turn->best_notes && (window == 0 || turn->window)) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for the run");
}

static hpt_status open_workers(hpt_run *run, hpt_err *err) {
    uint32_t room, block_count, worker_count = run->plan.worker_count;
    size_blocks(run, &room, &block_count);
    hpt_status status = hpi_blocks_init(&run->blocks, block_count, room, run->dims, err);
    if (status != HPT_OK) return status;
    uint32_t most = run->is_pure ? 0 : run->strategy.class->batch_max;
    if (run->plan.options.cap != HPT_CAP_NONE) most = 1; /* each trial is to know of the last */
    run->batch_max = most > 0 && most < room ? most : room;
    run->queue = hpi_queue_create(block_count);
    run->slot_count = worker_count + run->lost.spare_count;
    run->workers = hpi_alloc_aligned(run->slot_count, sizeof *run->workers);
    bool complete = run->queue && run->workers;
    for (uint32_t i = 0; complete && i < worker_count; i++) {
        complete = hpi_worker_seat(run, i, i, NULL) == HPT_OK;
        if (run->simulated || !complete) continue;
        run->workers[i].ring = hpi_ring_create(block_count);
        complete = run->workers[i].ring != NULL;
    }
    if (complete) return HPT_OK;
    return hpi_fail(err, HPT_ENOMEM, "out of memory for %u workers", (unsigned)worker_count);
}

hpt_status hpi_worker_seat(hpt_run *run, uint32_t slot, uint32_t index, hpt_err *err) {
    hpi_worker *worker = &run->workers[slot];
    worker->run = run;
    worker->index = index;
    worker->stream = run->simulated ? 1 : 1 + index; /* one thread: one producer */
    hpt_status status = run->lost.spare_count > 0 ? hpi_grip_open(worker, err) : HPT_OK;
    hpi_trial_seat(worker, &worker->trial);
    return status;
}

static hpt_status check_workers(uint32_t count, uint32_t most, hpt_err *err) {
    if (most == 0) most = HPI_WORKERS_MAX;
    if (count <= most) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "worker_count %u is above %u", (unsigned)count,
                    (unsigned)most);
}

static bool is_over(const void *context) {
    const hpt_run *run = context;
    /* Relaxed: who hears of it too late only works for nothing. */
    return atomic_load_explicit(&run->is_finished, memory_order_relaxed);
}

static void choose_caller(hpt_run *run) {
    if (run->pool.class->is_on_caller) {
        run->caller = HPI_CALLER_WORKS; /* and coordinates, as nobody else is there */
    } else if (run->plan.options.coordinator == HPT_COORDINATOR_CALLER) {
        run->caller = HPI_CALLER_COORDINATES;
        run->pool.work = hpi_serve;
    }
}

static hpt_status open_pool(hpt_run *run, hpt_err *err) {
    const hpt_options *o = &run->plan.options;
    run->pool = (hpi_pool){ .worker_count = run->plan.worker_count,
                            .worker_count_asked = o->worker_count,
                            .seed = o->seed,
                            .work = hpi_work,
                            .work_step = hpi_work_step,
                            .left = hpi_work_left,
                            .is_over = is_over,
                            .steps = &hpi_simulate_steps,
                            .run = run };
    hpt_status status = hpi_pool_open(&run->pool, run->plan.pool, err);
    if (status != HPT_OK) return status;
    choose_caller(run);
    run->plan.worker_count = is_study(run) ? 1 : run->pool.worker_count;
    run->plan.worker_count_wanted = run->plan.worker_count;
    status = check_workers(o->worker_count, run->pool.class->worker_count_max, err);
    if (status != HPT_OK || !run->pool.clock || is_study(run)) return status;
    hpi_clock_set(run->pool.clock, run->start_ns);
    run->clock = run->pool.clock;
    return hpi_simulate_open(run, err);
}

/* More threads than there can be trials would have nothing to do. */
static void limit_workers(hpt_run *run) {
    uint64_t most = run->turn.asked_max > 0 ? run->turn.asked_max : 1;
    if (!run->pool.class->is_on_caller && most < run->plan.worker_count)
        run->pool.worker_count = run->plan.worker_count = (uint32_t)most;
    bool is_one_more = run->caller == HPI_CALLER_COORDINATES;
    run->may_spin = !hpi_plan_is_oversubscribed(&run->plan, run->plan.worker_count + is_one_more);
}

/* Whoever runs trials on his own thread keeps it where it is. However many workers a simulation
 * has, only one trial runs at a time. */
static hpt_status open_place(hpt_run *run, hpt_err *err) {
    const hpi_plan *plan = &run->plan;
    bool            is_moved = !run->pool.class->is_on_caller;
    if (is_study(run)) return HPT_OK;
    hpi_place_wish wish = { .placement = is_moved ? plan->placement : HPI_PLACE_NONE,
                            .worker_count = is_moved ? plan->worker_count : 1,
                            .threads_per_trial = plan->options.threads_per_trial,
                            .grant = plan->grant };
    return hpi_place_open(&run->pool.place, &wish, err);
}

static void hold(const void *run) {
    /* Relaxed: the run's own share is there still. */
    atomic_fetch_add_explicit(&((hpt_run *)(uintptr_t)run)->holders, 1, memory_order_relaxed);
}

static void release(const void *run) {
    hpi_run_release((hpt_run *)(uintptr_t)run);
}

static int64_t patience_ns(const hpt_run *run) {
    double seconds = run->plan.options.observer_s_max;
    return isnan(seconds) ? HPI_OBSERVER_NS : hpi_seconds_to_ns(seconds);
}

static hpt_status open_dispatch(hpt_run *run, hpt_err *err) {
    hpi_dispatch_setup setup = { .space = run->space,
                                 .run_id = run->id,
                                 .strategy = run->plan.strategy,
                                 .metric = run->plan.metric,
                                 .seed = run->plan.options.seed,
                                 .is_maximising = run->plan.is_maximising,
                                 .goals = run->plan.goals,
                                 .goal_count = run->plan.goal_count,
                                 .worker_count = run->simulated ? 1 : run->plan.worker_count,
                                 .start_ns = run->start_ns,
                                 .stats = hpi_stats_of,
                                 .run = run,
                                 .patience_ns = patience_ns(run),
                                 .hold = hold,
                                 .release = release };
    hpt_status         status = hpi_dispatch_create(&setup, &run->dispatch, err);
    if (status != HPT_OK) return status;
    run->wants = hpi_dispatch_wants_word(run->dispatch);
    return HPT_OK;
}

static hpt_status open_parts(hpt_run *run, hpt_err *err) {
    hpt_status status = open_pool(run, err);
    if (status == HPT_OK) status = hpi_prune_open(run, err);
    if (status == HPT_OK) status = open_strategy(run, err);
    if (status == HPT_OK) limit_workers(run);
    if (status == HPT_OK) status = open_place(run, err);
    if (status == HPT_OK) status = open_turn(run, err);
    if (status == HPT_OK) status = hpi_cap_open(run, err);
    if (status == HPT_OK) status = hpi_lost_open(run, err);
    if (status == HPT_OK) status = hpi_prune_reserve(run, err);
    if (status == HPT_OK) status = open_workers(run, err);
    if (status == HPT_OK) status = hpi_repeat_reserve(run, err);
    if (status == HPT_OK) status = hpi_isolate(run, err); /* forks: no thread nor file is there */
    if (status == HPT_OK) status = open_dispatch(run, err);
    return status;
}

static hpt_status read_kinds(hpt_run *run, hpt_err *err) {
    run->kinds = hpi_alloc(run->dims, sizeof *run->kinds);
    if (!run->kinds) return hpi_fail(err, HPT_ENOMEM, "out of memory for the run");
    for (hpt_param j = 0; j < run->dims; j++)
        run->kinds[j] = (uint8_t)hpi_space_kind(run->space, j);
    return HPT_OK;
}

hpt_status hpi_run_open(const hpt_space *space, hpt_objective objective, void *user,
                        const hpt_options *options, hpt_run **run_out, hpt_err *err) {
    hpt_run *run = hpi_alloc_aligned(1, sizeof *run);
    if (!run) return hpi_fail(err, HPT_ENOMEM, "out of memory for the run");
    run->process = hpi_process();
    atomic_store_explicit(&run->holders, 1, memory_order_relaxed);
    run->objective = objective;
    run->user = user;
    hpt_status status = hpi_lock_init(&run->over, err);
    if (status != HPT_OK) goto no_lock;
    if ((status = hpi_park_init(&run->park, err)) != HPT_OK) goto no_park;
    if ((status = hpi_park_init(&run->driver, err)) != HPT_OK) goto no_driver;
    status = hpi_space_copy(space, &run->space, err);
    if (status == HPT_OK) status = hpi_plan_init(&run->plan, run->space, options, err);
    if (status != HPT_OK) goto failed;
    run->dims = (uint32_t)hpt_space_count(run->space);
    if ((status = read_kinds(run, err)) != HPT_OK) goto failed;
    hpi_run_catch(run);
    if ((status = hpi_retry_open(run, err)) != HPT_OK) goto failed;
    if ((status = hpi_repeat_open(run, err)) != HPT_OK) goto failed;
    if ((status = hpi_goals_open(run, err)) != HPT_OK) goto failed;
    if ((status = hpi_guard_open(run, err)) != HPT_OK) goto failed;
    double drain_s = run->plan.options.drain_s;
    hpi_cancels_init(&run->cancels, run->plan.options.cancel,
                     isnan(drain_s) ? INT64_MAX : hpi_seconds_to_ns(drain_s));
    run->start_ns = hpi_run_now(run);
    int64_t wall_ns = hpi_seconds_to_ns(run->plan.options.wall_s_max);
    run->until_ns = wall_ns > 0 ? hpi_later_ns(run->start_ns, wall_ns) : INT64_MAX;
    hpi_uuid(run->id);
    status = open_parts(run, err);
    if (status != HPT_OK) goto failed;
    *run_out = run;
    return HPT_OK;

failed:
    hpi_run_close(run);
    return status;
no_driver:
    hpi_park_fini(&run->park);
no_park:
    hpi_lock_fini(&run->over);
no_lock:
    hpi_free_aligned(run);
    return status;
}

/* Attaching. All observers are looked at before the first is opened: a mistake in one must not have
 * touched the files of another. */

typedef hpt_status (*for_observer)(hpt_run *run, const hpt_observer *observer, hpt_err *err);

static hpt_status check_one(hpt_run *run, const hpt_observer *observer, hpt_err *err) {
    return hpi_dispatch_check(run->dispatch, observer, err);
}

static hpt_status attach_one(hpt_run *run, const hpt_observer *observer, hpt_err *err) {
    return hpi_dispatch_attach(run->dispatch, observer, NULL, err);
}

/* A place in an item is one in the whole list for the user. */
static void move_place(hpt_err *err, const char *list, const char *item) {
    if (err && err->col > 0) err->col += (uint32_t)(item - list);
}

static hpt_status each_named(hpt_run *run, const char *list, for_observer act, hpt_err *err) {
    const char *rest = list, *place = list;
    char       *item;
    hpt_status  status = HPT_OK;
    while (status == HPT_OK && list &&
           (status = hpi_spec_next(&rest, &place, &item, err)) == HPT_OK && item) {
        hpt_observer observer = hpt_observer_default();
        observer.name = item;
        status = act(run, &observer, err);
        if (status != HPT_OK) move_place(err, list, place);
        hpi_free(item);
    }
    return status;
}

static hpt_status each(hpt_run *run, const hpt_options *options, for_observer act, hpt_err *err) {
    hpt_status status = each_named(run, options->observe, act, err);
    for (size_t i = 0; status == HPT_OK && i < options->observer_count; i++)
        status = act(run, &options->observers[i], err);
    return status;
}

/* The strategy hears what is known, and then what the study holds. */
static hpt_status begin(hpt_run *run, hpt_err *err) {
    hpi_failure_begin(run);
    hpi_known_tell(run);
    hpt_status status = run->plan.study ? hpi_keep_open(run, err) : HPT_OK;
    hpi_known_forget(&run->plan);
    return status;
}

hpt_status hpi_run_watch(hpt_run *run, const hpt_options *options, hpt_err *err) {
    hpt_options own = { 0 };
    if (!options) return HPT_OK;
    /* The caller's struct may be of an older, shorter version. */
    memcpy(&own, options, least(options->struct_size, sizeof own));
    hpt_status status = each(run, &own, check_one, err);
    if (status == HPT_OK) status = begin(run, err);
    if (status == HPT_OK) status = each(run, &own, attach_one, err);
    if (status == HPT_OK && run->keep) hpi_resume_begin(run);
    return status;
}

void hpi_run_close(hpt_run *run) {
    hpi_watch_stop(run);
    hpt_result_destroy(run->result);
    hpi_dispatch_destroy(run->dispatch);
    hpi_keep_close(run);
    for (uint32_t i = 0; run->workers && i < run->plan.worker_count; i++)
        hpi_ring_destroy(run->workers[i].ring);
    hpi_queue_destroy(run->queue);
    hpi_blocks_fini(&run->blocks);
    hpi_free(run->turn.window);
    hpi_free(run->turn.best_notes);
    hpi_free(run->turn.best_point);
    hpi_front_release(run->turn.front);
    hpi_free(run->cap_values);
    hpi_strategy_close(&run->strategy);
    hpi_prune_close(run);
    hpi_simulate_close(run);
    hpi_place_close(&run->pool.place);
    hpi_pool_close(&run->pool);
    hpi_run_release(run);
}

void hpi_run_refuse(hpt_run *run) {
    if (run->keep) hpi_store_refuse(run->keep->store);
    hpi_run_close(run);
}

/* The last worker that is lost may return long after the run, and needs what stands around an
 * objective. */
void hpi_run_release(hpt_run *run) {
    /* acq_rel: whatever the others have done to it comes before it is freed */
    if (atomic_fetch_sub_explicit(&run->holders, 1, memory_order_acq_rel) > 1) return;
    for (uint32_t i = 0; run->workers && i < run->slot_count; i++)
        hpi_grip_close(&run->workers[i]);
    hpi_free_aligned(run->workers);
    hpi_lost_close(run);
    hpi_free(run->repeats);
    hpi_plan_fini(&run->plan);
    hpi_free(run->kinds);
    hpt_space_destroy(run->space);
    hpi_catch_give(&run->catcher);
    hpi_park_fini(&run->driver);
    hpi_park_fini(&run->park);
    hpi_lock_fini(&run->over);
    hpi_free_aligned(run);
}
