/* SPDX-License-Identifier: BSD-3-Clause */
/* The options: checked, and copied with their texts, before anything is started. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/place.h"
#include "base/text.h"
#include "run/limits.h"
#include "run/run.h"
#include "space/space.h"

static const hpt_options defaults = {
    .struct_size = sizeof(hpt_options),
    .target = NAN,
    .fruitless_count_max = 1000,
    .direction = HPT_MINIMISE,
    .metric = "value",
    .strategy = "auto",
    .pool = "threads",
};

void hpt_options_init(hpt_options *options, size_t size) {
    if (!options) return;
    memset(options, 0, size);
    memcpy(options, &defaults, size < sizeof defaults ? size : sizeof defaults);
    options->struct_size = (uint32_t)size;
}

/* A caller compiled against an older hpt has a shorter struct; the rest keeps its defaults. */
static hpt_status read_options(hpt_options *into, const hpt_options *given, hpt_err *err) {
    *into = defaults;
    if (!given) return HPT_OK;
    if (given->struct_size < offsetof(hpt_options, worker_count) + sizeof(uint32_t))
        return hpi_fail(err, HPT_EINVAL, "the options were not made by hpt_options_default()");
    if (given->struct_size > sizeof *into)
        return hpi_fail(err, HPT_EINVAL,
                        "the options are %u bytes, this library (%s) knows %zu: it is older than "
                        "the program",
                        (unsigned)given->struct_size, hpt_version(), sizeof *into);
    memcpy(into, given, given->struct_size);
    into->struct_size = sizeof *into;
    return HPT_OK;
}

static hpt_status check_seconds(const char *what, double seconds, hpt_err *err) {
    if (seconds >= 0 && isfinite(seconds)) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "%s is %g: it must be 0 (none) or a finite number above 0",
                    what, seconds);
}

static hpt_status check_counts(const hpt_options *o, hpt_err *err) {
    if (o->threads_per_trial > HPI_WORKERS_MAX)
        return hpi_fail(err, HPT_EINVAL, "threads_per_trial %u is above %d",
                        (unsigned)o->threads_per_trial, HPI_WORKERS_MAX);
    if (o->window > HPI_WINDOW_MAX)
        return hpi_fail(err, HPT_EINVAL, "window %u is above %d", (unsigned)o->window,
                        HPI_WINDOW_MAX);
    if (o->direction != HPT_MINIMISE && o->direction != HPT_MAXIMISE)
        return hpi_fail(err, HPT_EINVAL, "direction %d is neither HPT_MINIMISE nor HPT_MAXIMISE",
                        (int)o->direction);
    if (o->coordinator != HPT_COORDINATOR_WORKERS && o->coordinator != HPT_COORDINATOR_CALLER)
        return hpi_fail(err, HPT_EINVAL,
                        "coordinator %d is neither HPT_COORDINATOR_WORKERS nor "
                        "HPT_COORDINATOR_CALLER",
                        (int)o->coordinator);
    if (o->repeat_count > HPI_REPEATS_MAX)
        return hpi_fail(err, HPT_EINVAL, "repeat_count %u is above %d", (unsigned)o->repeat_count,
                        HPI_REPEATS_MAX);
    if ((unsigned)o->repeat_take > HPT_TAKE_WORST)
        return hpi_fail(err, HPT_EINVAL,
                        "repeat_take %d is none of HPT_TAKE_MEAN, _MEDIAN and _WORST",
                        (int)o->repeat_take);
    if (isinf(o->target))
        return hpi_fail(err, HPT_EINVAL, "target is %g: it must be finite, or NaN for none",
                        o->target);
    if (o->point_count > 0 && !o->points)
        return hpi_fail(err, HPT_EINVAL, "points is NULL, point_count is %zu", o->point_count);
    if (o->observer_count > 0 && !o->observers)
        return hpi_fail(err, HPT_EINVAL, "observers is NULL, observer_count is %zu",
                        o->observer_count);
    return HPT_OK;
}

/* Where workers go, and how many there are if nobody said so. */
static hpt_status place_workers(hpi_plan *plan, const hpt_options *o, hpt_err *err) {
    const char *placement = o->placement ? o->placement : o->pin ? "core" : "spread";
    hpt_status  status = hpi_placement_find(placement, &plan->placement, err);
    if (status != HPT_OK) return status;
    plan->options.placement = NULL; /* the caller's text */
    plan->grant = hpi_cpus_grant();
    uint32_t fitting = plan->grant.count / hpi_plan_threads(plan);
    if (fitting > HPI_WORKERS_MAX) fitting = HPI_WORKERS_MAX;
    if (fitting < 1) fitting = 1;
    plan->worker_count = o->worker_count ? o->worker_count : fitting; /* the pool has a word, too */
    return HPT_OK;
}

static hpt_status check(const hpt_options *o, hpt_err *err) {
    hpt_status status = check_counts(o, err);
    if (status == HPT_OK) status = check_seconds("wall_s_max", o->wall_s_max, err);
    if (status == HPT_OK) status = check_seconds("trial_s_max", o->trial_s_max, err);
    if (status != HPT_OK) return status;
    const char *problem = hpi_name_problem(o->metric ? o->metric : defaults.metric, 255);
    if (problem && !o->goals) return hpi_fail(err, HPT_EINVAL, "the metric's name %s", problem);
    return HPT_OK;
}

static hpt_status copy_texts(hpi_plan *plan, const hpt_options *o, hpt_err *err) {
    plan->strategy = hpi_copy_text(o->strategy         ? o->strategy
                                   : o->strategy_class ? ""
                                                       : defaults.strategy);
    plan->pool = hpi_copy_text(o->pool ? o->pool : defaults.pool);
    if (!plan->strategy || !plan->pool)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the options");
    plan->options.strategy = plan->strategy;
    plan->options.pool = plan->pool;
    plan->options.metric = plan->metric;
    plan->options.points = NULL;
    plan->options.point_count = 0;
    plan->options.observations = NULL;
    plan->options.observation_count = 0;
    plan->options.observers = NULL;
    plan->options.observer_count = 0;
    plan->options.observe = NULL;
    return HPT_OK;
}

/* An own class with the default strategy's name beside it means that nobody chose that name. */
static void forget_default_name(hpt_options *o) {
    if (o->strategy_class && o->strategy && strcmp(o->strategy, defaults.strategy) == 0)
        o->strategy = NULL;
}

hpt_status hpi_plan_init(hpi_plan *plan, const hpt_space *space, const hpt_options *options,
                         hpt_err *err) {
    hpt_options o;
    hpt_status  status = read_options(&o, options, err);
    if (status == HPT_OK) status = check(&o, err);
    if (status != HPT_OK) return status;
    forget_default_name(&o);
    if (!o.metric) o.metric = defaults.metric;
    plan->options = o;
    plan->trial_limit_ns = hpi_seconds_to_ns(o.trial_s_max);
    plan->has_limit = o.trial_count_max > 0 || o.wall_s_max > 0 || !isnan(o.target) ||
                      o.stale_count_max > 0 || o.cancel;
    plan->is_judging = !isnan(o.target) || o.stale_count_max > 0;
    status = hpi_goals_read(plan, &o, err);
    if (status == HPT_OK) status = place_workers(plan, &o, err);
    if (status == HPT_OK) status = hpi_points_read(plan, space, &o, err);
    if (status == HPT_OK) status = hpi_known_read(plan, space, &o, err);
    if (status == HPT_OK) status = copy_texts(plan, &o, err);
    if (status != HPT_OK) hpi_plan_fini(plan);
    return status;
}

void hpi_plan_fini(hpi_plan *plan) {
    hpi_free(plan->strategy);
    hpi_free(plan->pool);
    hpi_goals_forget(plan);
    hpi_free(plan->points);
    hpi_known_forget(plan);
    *plan = (hpi_plan){ 0 };
}

uint32_t hpi_plan_threads(const hpi_plan *plan) {
    uint32_t count = plan->options.threads_per_trial;
    return count > 0 ? count : 1;
}

bool hpi_plan_is_oversubscribed(const hpi_plan *plan, uint32_t worker_count) {
    return (uint64_t)worker_count * hpi_plan_threads(plan) > plan->grant.count;
}
