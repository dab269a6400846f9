/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt/run.h and the parts of hpt/observe.h that take a run. */
#include "hpt/run.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "run/limits.h"
#include "run/result.h"
#include "run/run.h"

static bool is_study(const hpt_run *run) {
    return run->objective == NULL;
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
    hpt_status status = hpi_run_open(space, objective, user, options, &run, err);
    if (status != HPT_OK) return status;
    status = hpi_run_watch(run, options, err);
    if (status == HPT_OK) status = hpi_coordinate_first(run, err);
    if (status == HPT_OK) status = start_pool(run, err);
    if (status != HPT_OK)
        hpi_run_close(run);
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

/* Be worker 0 for one step, or until that time. */
static void be_worker(hpt_run *run, bool is_once, int64_t until_ns) {
    const hpi_pool_class *pool = run->pool.class;
    int64_t               hurry_ns = hpi_now_ns() + HPI_HURRY_NS;
    hpi_place_saved       saved;
    hpi_place_enter(&run->pool.place, 0, &saved);
    if (is_once) {
        pool->step(&run->pool);
    } else if (work_until(run, until_ns < hurry_ns ? until_ns : hurry_ns)) {
        if (pool->hurry) pool->hurry(&run->pool);
        work_on(run, until_ns);
    }
    hpi_place_leave(&run->pool.place, &saved);
}

/* Holding the lock, but for the work. */
static void work(hpt_run *run, bool is_once, int64_t until_ns) {
    run->is_worked_on = true;
    hpi_lock_give(&run->over);
    if (run->caller == HPI_CALLER_COORDINATES)
        hpi_drive(run, is_once, until_ns);
    else
        be_worker(run, is_once, until_ns);
    hpi_lock_take(&run->over);
    run->is_worked_on = false;
    hpi_lock_wake_all(&run->over); /* whoever waits may be the next */
}

/* Waiting for itself would be waiting for ever. */
static bool is_own_thread(const hpt_run *run) {
    return hpi_is_inside(run) || hpi_dispatch_is_own_thread(run->dispatch);
}

hpt_status hpt_run_poll(hpt_run *run) {
    if (!run) return HPT_EINVAL;
    bool is_inside = is_own_thread(run);
    hpi_lock_take(&run->over);
    if (!is_inside && is_wanted_as_worker(run)) work(run, true, INT64_MAX);
    bool over = run->is_over;
    hpi_lock_give(&run->over);
    return over ? HPT_OK : HPT_EAGAIN;
}

hpt_status hpt_run_wait(hpt_run *run, double seconds) {
    if (!run || isnan(seconds) || is_study(run)) return HPT_EINVAL;
    if (is_own_thread(run)) return HPT_EREENTRANT;
    int64_t now_ns = hpi_now_ns(), span_ns = seconds < 0 ? INT64_MAX : hpi_seconds_to_ns(seconds);
    int64_t until_ns = span_ns >= INT64_MAX - now_ns ? INT64_MAX : now_ns + span_ns;
    bool    in_time = true;
    hpi_lock_take(&run->over);
    while (!run->is_over && in_time) {
        if (is_wanted_as_worker(run)) work(run, false, until_ns);
        if (!run->is_over) in_time = hpi_lock_wait_until(&run->over, until_ns);
    }
    bool over = run->is_over;
    hpi_lock_give(&run->over);
    return over ? HPT_OK : HPT_EAGAIN;
}

void hpt_run_cancel(hpt_run *run, hpt_cancel_level level) {
    if (run) hpt_cancel_raise(&run->cancels.own, level);
}

hpt_status hpt_run_stats(const hpt_run *run, hpt_stats *stats_out, hpt_err *err) {
    if (!run) return hpi_fail(err, HPT_EINVAL, "run is NULL");
    if (!stats_out) return hpi_fail(err, HPT_EINVAL, "stats_out is NULL");
    if (stats_out->struct_size == 0 || stats_out->struct_size > sizeof(hpt_stats))
        return hpi_fail(err, HPT_EINVAL,
                        "stats_out->struct_size is %u: set it to sizeof(hpt_stats)",
                        (unsigned)stats_out->struct_size);
    hpt_stats stats;
    uint32_t  size = stats_out->struct_size;
    hpi_stats_of(run, &stats);
    stats.struct_size = size;
    memcpy(stats_out, &stats, size);
    return HPT_OK;
}

hpt_status hpt_run_result(const hpt_run *run, hpt_result **result_out, hpt_err *err) {
    if (!run) return hpi_fail(err, HPT_EINVAL, "run is NULL");
    if (!result_out) return hpi_fail(err, HPT_EINVAL, "result_out is NULL");
    if (!is_over((hpt_run *)run)) return hpi_fail(err, HPT_EBUSY, "the run has not finished");
    hpt_status status = hpi_result_reserve(run, result_out, err);
    if (status == HPT_OK) hpi_result_fill(*result_out, run);
    return status;
}

void hpt_run_destroy(hpt_run *run) {
    if (!run || is_study(run) || is_own_thread(run)) return;
    hpt_run_cancel(run, HPT_CANCEL_NOW);
    while (hpt_run_wait(run, -1) != HPT_OK)
        continue;
    run->pool.class->join(&run->pool);
    hpi_run_close(run);
}

hpt_status hpt_run_attach(hpt_run *run, const hpt_observer *observer, uint64_t *id_out,
                          hpt_err *err) {
    if (!run) return hpi_fail(err, HPT_EINVAL, "run is NULL");
    return hpi_dispatch_attach(run->dispatch, observer, id_out, err);
}

hpt_status hpt_run_detach(hpt_run *run, uint64_t id, hpt_err *err) {
    if (!run) return hpi_fail(err, HPT_EINVAL, "run is NULL");
    return hpi_dispatch_detach(run->dispatch, id, err);
}

hpt_status hpt_run_subscribe(hpt_run *run, uint32_t kinds, uint32_t buffer_count,
                             hpt_receiver **receiver_out, hpt_err *err) {
    if (!run) return hpi_fail(err, HPT_EINVAL, "run is NULL");
    if (!receiver_out) return hpi_fail(err, HPT_EINVAL, "receiver_out is NULL");
    return hpi_dispatch_subscribe(run->dispatch, kinds, buffer_count, receiver_out, err);
}

/* A run that nothing would ever end is an oversight when the caller waits for it. */
static hpt_status check_ends(const hpt_run *run, hpt_err *err) {
    if (run->plan.has_limit) return HPT_OK;
    return hpi_fail(
        err, HPT_EINVAL,
        "nothing would ever end this run: set trial_count_max (HPT_UNLIMITED if you mean "
        "it), wall_s_max, target, stale_count_max or cancel");
}

hpt_status hpt_parallel_run(const hpt_space *space, hpt_objective objective, void *user,
                            const hpt_options *options, hpt_result **result_out, hpt_err *err) {
    hpt_run *run = NULL;
    if (!objective) return hpi_fail(err, HPT_EINVAL, "objective is NULL");
    if (!result_out) return hpi_fail(err, HPT_EINVAL, "result_out is NULL");
    hpt_status status = hpi_run_open(space, objective, user, options, &run, err);
    if (status != HPT_OK) return status;
    hpt_result *result = NULL;
    status = check_ends(run, err);
    if (run->caller == HPI_CALLER_WAITS) run->caller = HPI_CALLER_WORKS; /* it is here anyway */
    if (status == HPT_OK) status = hpi_result_reserve(run, &result, err);
    if (status == HPT_OK) status = hpi_run_watch(run, options, err);
    if (status == HPT_OK) status = hpi_coordinate_first(run, err);
    if (status == HPT_OK) status = start_pool(run, err);
    if (status != HPT_OK) {
        hpt_result_destroy(result);
        hpi_run_close(run);
        return status;
    }
    while (hpt_run_wait(run, -1) != HPT_OK)
        continue;
    hpi_result_fill(result, run);
    hpt_run_destroy(run);
    *result_out = result;
    return HPT_OK;
}
