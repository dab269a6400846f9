/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt/run.h and the parts of hpt/observe.h that take a run. */
#include "hpt/run.h"

#include <math.h>
#include <string.h>

#include "api/replay.h"
#include "base/apart.h"
#include "base/clock.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/result.h"
#include "run/run.h"

static bool is_study(const hpt_run *run) {
    return run->objective == NULL;
}

/* What a fork has is a copy of memory, without the threads that belong to it. */
static hpt_status check_process(const hpt_run *run, hpt_err *err) {
    if (!hpi_is_forked(run)) return HPT_OK;
    return hpi_fail(err, HPT_EFORKED,
                    "the run belongs to another process, of which this one is a fork");
}

/* What an objective does with the run it is in, whose worker may have been written off long ago:
 * then there may be no run any more but for what an objective needs. */
static hpt_status begin_visit(const hpt_run *run, hpt_trial **visitor_out, hpt_err *err) {
    if (!run) return hpi_fail(err, HPT_EINVAL, "run is NULL");
    hpt_status status = check_process(run, err);
    if (status != HPT_OK || hpi_visit_begin(run, visitor_out)) return status;
    return hpi_fail(err, HPT_ESTOPPED,
                    "the trial's worker was written off, and its run goes on "
                    "without it");
}

/* A caller that works or coordinates needs the CPU it is on, so workers start elsewhere first. */
static void keep_caller(hpt_run *run) {
    if (run->caller == HPI_CALLER_WAITS) return;
    uint32_t worker = run->pool.has_caller ? 0 : run->plan.worker_count;
    hpi_place_keep(&run->pool.place, worker, hpi_cpus_here());
}

static hpt_status start_pool(hpt_run *run, hpt_err *err) {
    uint32_t started = 0;
    hpt_err  why = { 0 };
    /* As many as wanted, until the pool knows better: a short run may end while its workers start,
     * and its last event tells the statistics. */
    atomic_store_explicit(&run->started, run->plan.worker_count, memory_order_relaxed);
    run->pool.has_caller = run->caller == HPI_CALLER_WORKS;
    keep_caller(run);
    hpt_status status = run->pool.class->start(&run->pool, &started, &why);
    run->pool_err = why;
    if (status != HPT_OK) return hpi_fail(err, status, "no worker could be started: %s", why.text);
    atomic_store_explicit(&run->started, started, memory_order_relaxed);
    return HPT_OK;
}

static hpt_status start(const hpt_space *space, hpt_objective objective, void *user,
                        const hpt_options *options, hpt_run **run_out, hpt_err *err) {
    hpt_run *run = NULL;
    if (!objective) return hpi_fail(err, HPT_EINVAL, "objective is NULL");
    if (hpi_replay_is_asked(options)) return hpi_replay_asked(space, objective, user, options, err);
    hpt_status status = hpi_longjmp_look(HPI_FRAME_HERE, NULL, err);
    if (status == HPT_OK) status = hpi_run_open(space, objective, user, options, &run, err);
    if (status != HPT_OK) return status;
    status = hpi_run_watch(run, options, err);
    if (status == HPT_OK) status = hpi_coordinate_first(run, err);
    if (status == HPT_OK) status = hpi_watch_start(run, err);
    if (status == HPT_OK) status = start_pool(run, err);
    if (status != HPT_OK)
        hpi_run_refuse(run);
    else
        *run_out = run;
    return status;
}

hpt_status hpt_run_start(const hpt_space *space, hpt_objective objective, void *user,
                         const hpt_options *options, hpt_run **run_out, hpt_err *err) {
    if (!run_out) return hpi_fail(err, HPT_EINVAL, "run_out is NULL");
    return start(space, objective, user, options, run_out, err);
}

static bool is_over(hpt_run *run) {
    hpi_lock_take(&run->over);
    bool over = run->is_over;
    hpi_lock_give(&run->over);
    return over;
}

/* Whether the calling thread should work, which one thread can do at a time. Holding the lock. */
static bool is_wanted_as_worker(const hpt_run *run) {
    if (is_study(run) || run->caller == HPI_CALLER_WAITS || run->is_worked_on) return false;
    if (run->is_broken) return false;
    return !atomic_load_explicit(&run->is_finished, memory_order_acquire);
}

/* False: there is no more to do. */
static bool work_until(hpt_run *run, int64_t until_ns) {
    while (hpi_now_ns() < until_ns)
        if (!run->pool.class->step(&run->pool)) return false;
    return true;
}

/* To the end, without a look at the clock after each block, or until that time. A clock of its own
 * means that the pool has workers of its own kind. */
static void work_on(hpt_run *run, int64_t until_ns) {
    if (until_ns == INT64_MAX && !run->pool.clock)
        hpi_work(run, 0);
    else
        work_until(run, until_ns);
}

/* What a thread of the host's does for a run. */
typedef struct shift {
    hpt_run *run;
    bool     is_once;
    int64_t  until_ns;
} shift;

/* Be worker 0 for one step, or until that time. */
static void be_worker(void *user) {
    const shift          *it = user;
    hpt_run              *run = it->run;
    const hpi_pool_class *pool = run->pool.class;
    int64_t               hurry_ns = hpi_now_ns() + HPI_HURRY_NS;
    if (it->is_once) {
        pool->step(&run->pool);
    } else if (work_until(run, it->until_ns < hurry_ns ? it->until_ns : hurry_ns)) {
        if (pool->hurry) pool->hurry(&run->pool);
        work_on(run, it->until_ns);
    }
}

/* Whoever leaves an objective by longjmp() and then calls hpt through some functions of his own
 * should not come to stand further down than the worker stood: shift.c would not see that it is
 * gone. */
HPI_APART static void be_worker_below(void *user) {
    char gap[HPI_LONGJMP_GAP_BYTES];
    /* Whoever reads this may read all of it: so it is there, and there until then. Of an array that
     * is only volatile itself clang keeps the bytes that are used. */
    char *volatile at = gap;
    be_worker(user);
    at[0] = 0;
}

static void end_shift(hpt_run *run) {
    hpi_shift_end(run);
    hpi_lock_take(&run->over);
    run->is_worked_on = false;
    hpi_lock_wake_all(&run->over); /* whoever waits may be the next */
}

/* The thread ends, by pthread_exit() in an objective. Its run goes on when another thread waits for
 * it. */
static void leave_shift(void *user) {
    shift      *it = user;
    hpi_worker *worker = hpi_worker_here(it->run);
    bool        is_broken = worker && !hpi_work_broken_off(worker, "called pthread_exit()");
    hpi_place_leave(&it->run->pool.place, &it->run->caller_saved);
    end_shift(it->run);
    it->run->is_broken = it->run->is_broken || is_broken;
    hpi_lock_give(&it->run->over);
}

/* Holding the lock, but for the work. */
static void work(hpt_run *run, bool is_once, int64_t until_ns) {
    shift it = { .run = run, .is_once = is_once, .until_ns = until_ns };
    hpi_shift_begin(run);
    run->is_worked_on = true;
    hpi_lock_give(&run->over);
    if (run->caller == HPI_CALLER_COORDINATES) {
        hpi_drive(run, is_once, until_ns);
    } else {
        hpi_place_enter(&run->pool.place, 0, &run->caller_saved);
        hpi_thread_guard(be_worker_below, leave_shift, &it);
        hpi_place_leave(&run->pool.place, &run->caller_saved);
    }
    end_shift(run);
}

/* How far it is. Holding the lock. */
static hpt_status progress(const hpt_run *run) {
    if (run->is_broken) return HPT_EREENTRANT;
    return run->is_over ? HPT_OK : HPT_EAGAIN;
}

/* Waiting for itself would be waiting for ever. */
static bool is_own_thread(const hpt_run *run) {
    return hpi_is_on_shift(run) || hpi_is_inside(run) || hpi_dispatch_is_own_thread(run->dispatch);
}

hpt_status hpt_run_poll(hpt_run *run) {
    if (!run) return HPT_EINVAL;
    if (hpi_is_forked(run)) return HPT_EFORKED;
    hpi_longjmp_look(HPI_FRAME_HERE, run, NULL);
    bool is_inside = is_own_thread(run);
    hpi_lock_take(&run->over);
    if (!is_inside && is_wanted_as_worker(run)) work(run, true, INT64_MAX);
    if (!is_inside && !run->is_over) hpi_mind_observers(run);
    hpt_status status = progress(run);
    hpi_lock_give(&run->over);
    return status;
}

hpt_status hpt_run_wait(hpt_run *run, double seconds) {
    if (!run || isnan(seconds) || is_study(run)) return HPT_EINVAL;
    if (hpi_is_forked(run)) return HPT_EFORKED;
    hpi_longjmp_look(HPI_FRAME_HERE, run, NULL);
    if (is_own_thread(run)) return HPT_EREENTRANT;
    int64_t now_ns = hpi_now_ns(), span_ns = seconds < 0 ? INT64_MAX : hpi_seconds_to_ns(seconds);
    int64_t until_ns = hpi_later_ns(now_ns, span_ns);
    bool    in_time = true;
    hpi_lock_take(&run->over);
    while (progress(run) == HPT_EAGAIN && in_time) {
        if (is_wanted_as_worker(run)) work(run, false, until_ns);
        int64_t look_ns = hpi_mind_observers(run);
        if (progress(run) != HPT_EAGAIN) break;
        if (hpi_lock_wait_until(&run->over, look_ns < until_ns ? look_ns : until_ns)) continue;
        in_time = hpi_now_ns() < until_ns;
    }
    hpt_status status = progress(run);
    hpi_lock_give(&run->over);
    return status;
}

void hpt_run_cancel(hpt_run *run, hpt_cancel_level level) {
    if (!run) return;
    hpi_cancels_raise(&run->cancels, level, hpi_run_now(run));
    /* In a worker process that is a copy, and the run is told as well. */
    if (run->pool.carried) hpi_carry(run->pool.carried, &run->cancels, level);
}

void hpt_run_cancel_within(hpt_run *run, double seconds) {
    if (!run) return;
    int64_t span_ns = seconds > 0 ? hpi_seconds_to_ns(seconds) : 0;
    hpi_cancels_within(&run->cancels, hpi_run_now(run), span_ns);
    if (run->pool.carried) hpi_carry(run->pool.carried, &run->cancels, HPT_CANCEL_FINISH);
}

static hpt_status read_stats(const hpt_run *run, hpt_stats *stats_out, hpt_err *err) {
    if (!stats_out) return hpi_fail(err, HPT_EINVAL, "stats_out is NULL");
    if (stats_out->struct_size == 0 || stats_out->struct_size > sizeof(hpt_stats))
        return hpi_fail(err, HPT_EINVAL,
                        "stats_out->struct_size is %u: set it to sizeof(hpt_stats)",
                        (unsigned)stats_out->struct_size);
    hpt_status status = check_process(run, err);
    if (status != HPT_OK) return status;
    hpt_stats stats;
    uint32_t  size = stats_out->struct_size;
    hpi_stats_of(run, &stats);
    stats.struct_size = size;
    memcpy(stats_out, &stats, size);
    return HPT_OK;
}

hpt_status hpt_run_stats(const hpt_run *run, hpt_stats *stats_out, hpt_err *err) {
    hpt_trial *visitor;
    hpt_status status = begin_visit(run, &visitor, err);
    if (status != HPT_OK) return status;
    status = read_stats(run, stats_out, err);
    hpi_visit_end(visitor);
    return status;
}

/* A run that an objective is in has not finished, unless it has gone on without that. */
hpt_status hpt_run_result(const hpt_run *run, hpt_result **result_out, hpt_err *err) {
    if (!run) return hpi_fail(err, HPT_EINVAL, "run is NULL");
    if (hpi_is_inside(run)) return hpi_fail(err, HPT_EBUSY, "the run has not finished");
    if (!result_out) return hpi_fail(err, HPT_EINVAL, "result_out is NULL");
    hpt_status status = check_process(run, err);
    if (status != HPT_OK) return status;
    if (!is_over((hpt_run *)run)) return hpi_fail(err, HPT_EBUSY, "the run has not finished");
    status = hpi_result_reserve(run, result_out, err);
    if (status == HPT_OK) hpi_result_fill(*result_out, run);
    return status;
}

static hpt_status to_the_end(hpt_run *run) {
    hpt_status status;
    while ((status = hpt_run_wait(run, -1)) == HPT_EAGAIN)
        continue;
    return status;
}

void hpt_run_destroy(hpt_run *run) {
    if (!run || is_study(run) || hpi_is_forked(run)) return;
    hpi_longjmp_look(HPI_FRAME_HERE, run, NULL);
    if (is_own_thread(run)) return;
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    /* Threads that wait for a turn for ever cannot be joined. */
    if (to_the_end(run) != HPT_OK && !run->pool.class->is_on_caller) return;
    hpi_watch_stop(run); /* it might start workers */
    run->pool.class->join(&run->pool);
    hpi_run_close(run);
}

hpt_status hpt_run_attach(hpt_run *run, const hpt_observer *observer, uint64_t *id_out,
                          hpt_err *err) {
    hpt_trial *visitor;
    hpt_status status = begin_visit(run, &visitor, err);
    if (status != HPT_OK) return status;
    status = hpi_dispatch_attach(run->dispatch, observer, id_out, err);
    hpi_visit_end(visitor);
    return status;
}

hpt_status hpt_run_detach(hpt_run *run, uint64_t id, hpt_err *err) {
    hpt_trial *visitor;
    hpt_status status = begin_visit(run, &visitor, err);
    if (status != HPT_OK) return status;
    status = hpi_dispatch_detach(run->dispatch, id, err);
    hpi_visit_end(visitor);
    return status;
}

hpt_status hpt_run_subscribe(hpt_run *run, uint32_t kinds, uint32_t buffer_count,
                             hpt_receiver **receiver_out, hpt_err *err) {
    hpt_trial *visitor;
    hpt_status status = begin_visit(run, &visitor, err);
    if (status != HPT_OK) return status;
    status = receiver_out
                 ? hpi_dispatch_subscribe(run->dispatch, kinds, buffer_count, receiver_out, err)
                 : hpi_fail(err, HPT_EINVAL, "receiver_out is NULL");
    hpi_visit_end(visitor);
    return status;
}

/* A run that nothing would ever end is an oversight when the caller waits for it. */
static hpt_status check_ends(const hpt_run *run, hpt_err *err) {
    if (run->plan.has_limit) return HPT_OK;
    return hpi_fail(
        err, HPT_EINVAL,
        "nothing would ever end this run: set trial_count_max (HPT_UNLIMITED if you mean "
        "it), wall_s_max, target, stale_count_max or cancel");
}

/* Not where a trial might keep it for good. */
static bool may_work(const hpt_run *run) {
    return run->caller == HPI_CALLER_WAITS && run->lost.spare_count == 0;
}

/* A run that nobody but its caller knows. */

static void wait_for_end(void *run) {
    to_the_end(run);
}

/* The caller's thread ends, by pthread_exit() in an objective: nobody is there to get a result. */
static void leave_whole(void *run) {
    hpt_run_destroy(run);
}

hpt_status hpt_parallel_run(const hpt_space *space, hpt_objective objective, void *user,
                            const hpt_options *options, hpt_result **result_out, hpt_err *err) {
    hpt_run *run = NULL;
    if (!objective) return hpi_fail(err, HPT_EINVAL, "objective is NULL");
    if (!result_out) return hpi_fail(err, HPT_EINVAL, "result_out is NULL");
    if (hpi_replay_is_asked(options)) return hpi_replay_asked(space, objective, user, options, err);
    hpt_status status = hpi_longjmp_look(HPI_FRAME_HERE, NULL, err);
    if (status == HPT_OK) status = hpi_run_open(space, objective, user, options, &run, err);
    if (status != HPT_OK) return status;
    status = check_ends(run, err);
    if (may_work(run)) run->caller = HPI_CALLER_WORKS; /* it is here anyway */
    if (status == HPT_OK) status = hpi_result_reserve(run, &run->result, err);
    if (status == HPT_OK) status = hpi_run_watch(run, options, err);
    if (status == HPT_OK) status = hpi_coordinate_first(run, err);
    if (status == HPT_OK) status = hpi_watch_start(run, err);
    if (status == HPT_OK) status = start_pool(run, err);
    if (status != HPT_OK) {
        hpi_run_refuse(run);
        return status;
    }
    hpi_thread_guard(wait_for_end, leave_whole, run);
    hpi_result_fill(run->result, run);
    *result_out = run->result;
    run->result = NULL;
    hpt_run_destroy(run);
    return HPT_OK;
}
