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
    .cap_factor = 1,
    .grace_s = NAN,
    .drain_s = NAN,
    .observer_s_max = NAN,
};

void hpt_options_init(hpt_options *options, size_t size) {
    if (!options) return;
    memset(options, 0, size);
    memcpy(options, &defaults, size < sizeof defaults ? size : sizeof defaults);
    options->struct_size = (uint32_t)size;
}

/* A caller compiled against an older hpt has a shorter struct; the rest keeps its defaults. */
hpt_status hpi_options_read(hpt_options *into, const hpt_options *given, hpt_err *err) {
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

/* The study file. */

static hpt_status check_modes(const hpt_options *o, hpt_err *err) {
    if ((unsigned)o->sync > HPT_SYNC_EACH)
        return hpi_fail(err, HPT_EINVAL, "sync %d is neither HPT_SYNC_GROUP nor HPT_SYNC_EACH",
                        (int)o->sync);
    if ((unsigned)o->store_failure > HPT_STORE_GO_ON)
        return hpi_fail(err, HPT_EINVAL,
                        "store_failure %d is neither HPT_STORE_STOP nor HPT_STORE_GO_ON",
                        (int)o->store_failure);
    if ((unsigned)o->interrupted > HPT_INTERRUPTED_FAIL)
        return hpi_fail(err, HPT_EINVAL,
                        "interrupted %d is neither HPT_INTERRUPTED_AGAIN nor HPT_INTERRUPTED_FAIL",
                        (int)o->interrupted);
    if (o->commit_interval_ms > HPI_COMMIT_MS_MAX)
        return hpi_fail(err, HPT_EINVAL, "commit_interval_ms %u is above %d",
                        (unsigned)o->commit_interval_ms, HPI_COMMIT_MS_MAX);
    return check_seconds("lease_s", o->lease_s, err);
}

static hpt_status check_shared(const hpt_options *o, hpt_err *err) {
    if (!o->shared) return HPT_OK;
    if (o->window > 0)
        return hpi_fail(err, HPT_EINVAL,
                        "shared is true, and window is %u: what another process tells comes when "
                        "it comes, so there is no order to keep",
                        (unsigned)o->window);
    if (o->interrupted == HPT_INTERRUPTED_FAIL)
        return hpi_fail(err, HPT_EINVAL,
                        "shared is true, and interrupted is HPT_INTERRUPTED_FAIL: what a process "
                        "leaves is evaluated by the others");
    if (o->store_failure == HPT_STORE_GO_ON)
        return hpi_fail(err, HPT_EINVAL,
                        "shared is true, and store_failure is HPT_STORE_GO_ON: without the file "
                        "nobody knows which trials are whose");
    return HPT_OK;
}

static hpt_status check_study(const hpt_options *o, hpt_err *err) {
    hpt_status status = check_modes(o, err);
    if (status != HPT_OK) return status;
    if (!o->study && o->study_name)
        return hpi_fail(err, HPT_EINVAL, "study_name is given, but study, its file, is NULL");
    if (!o->study && o->shared) return hpi_fail(err, HPT_EINVAL, "shared is true, study is NULL");
    if (!o->study) return HPT_OK;
    if (!*o->study)
        return hpi_fail(err, HPT_EINVAL, "study is \"\": it must be the name of a file");
    const char *problem =
        o->study_name ? hpi_name_problem(o->study_name, HPI_STUDY_NAME_MAX) : NULL;
    char shown[64];
    if (problem)
        return hpi_fail(err, HPT_EINVAL,
                        "study_name \"%s\" %s (1 to %d bytes of UTF-8 without control characters)",
                        hpi_quote(shown, sizeof shown, o->study_name), problem, HPI_STUDY_NAME_MAX);
    return check_shared(o, err);
}

bool hpi_plan_holds_back(const hpi_plan *plan) {
    return plan->study && plan->options.sync == HPT_SYNC_EACH;
}

/* Trials that hang, crash or are hopeless. */

static hpt_status check_failure(const char *what, const hpt_failure *failure, hpt_err *err) {
    if ((unsigned)failure->policy > HPT_FAILURE_STOP)
        return hpi_fail(err, HPT_EINVAL,
                        "%s.policy %d is none of HPT_FAILURE_FEASIBILITY, _IGNORE, _WORST and "
                        "_STOP",
                        what, (int)failure->policy);
    if (failure->retry_count <= HPI_RETRIES_MAX) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "%s.retry_count %u is above %d", what,
                    (unsigned)failure->retry_count, HPI_RETRIES_MAX);
}

/* NaN is the default. */
static hpt_status check_patience(const char *what, double seconds, hpt_err *err) {
    if (isnan(seconds) || (seconds >= 0 && isfinite(seconds))) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL,
                    "%s is %g: it must be a finite number of seconds, at least 0, or NaN for the "
                    "default",
                    what, seconds);
}

static hpt_status check_cap(const hpt_options *o, hpt_err *err) {
    if ((unsigned)o->cap > HPT_CAP_REPORT)
        return hpi_fail(err, HPT_EINVAL,
                        "cap %d is none of HPT_CAP_NONE, HPT_CAP_TIME and HPT_CAP_REPORT",
                        (int)o->cap);
    if (!(o->cap_factor >= 1) || o->cap_factor > HPI_CAP_FACTOR_MAX)
        return hpi_fail(err, HPT_EINVAL, "cap_factor is %g: it must be from 1 to %g", o->cap_factor,
                        HPI_CAP_FACTOR_MAX);
    if (!(o->cap_slack >= 0) || isinf(o->cap_slack))
        return hpi_fail(err, HPT_EINVAL, "cap_slack is %g: it must be finite and at least 0",
                        o->cap_slack);
    bool is_maximising = o->direction == HPT_MAXIMISE ||
                         (o->goal_count == 1 && o->goals && o->goals->direction == HPT_MAXIMISE);
    if (o->cap == HPT_CAP_NONE || (o->goal_count <= 1 && !is_maximising)) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL,
                    "cap is for one goal that is minimised: a value that grows while the trial "
                    "runs can only be too large");
}

static hpt_status check_hopeless(const hpt_options *o, hpt_err *err) {
    hpt_status status = check_failure("on_failed", &o->on_failed, err);
    if (status == HPT_OK) status = check_failure("on_timeout", &o->on_timeout, err);
    if (status == HPT_OK) status = check_failure("on_crashed", &o->on_crashed, err);
    if (status == HPT_OK) status = check_patience("grace_s", o->grace_s, err);
    if (status == HPT_OK) status = check_patience("drain_s", o->drain_s, err);
    if (status == HPT_OK) status = check_patience("observer_s_max", o->observer_s_max, err);
    if (status == HPT_OK) status = check_cap(o, err);
    if (status != HPT_OK || o->lost_count_max <= HPI_WORKERS_MAX) return status;
    return hpi_fail(err, HPT_EINVAL, "lost_count_max %u is above %d", (unsigned)o->lost_count_max,
                    HPI_WORKERS_MAX);
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
    if (status == HPT_OK) status = check_hopeless(o, err);
    if (status == HPT_OK) status = check_study(o, err);
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
    plan->pruner = hpi_copy_text(o->pruner ? o->pruner : o->pruner_class ? "" : "none");
    if (o->study) plan->study = hpi_copy_text(o->study);
    if (o->study_name) plan->study_name = hpi_copy_text(o->study_name);
    bool has_study = (plan->study || !o->study) && (plan->study_name || !o->study_name);
    if (!plan->strategy || !plan->pool || !plan->pruner || !has_study)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the options");
    plan->options.pruner = plan->pruner;
    plan->options.study = plan->study;
    plan->options.study_name = plan->study_name;
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
    hpt_status  status = hpi_options_read(&o, options, err);
    if (status == HPT_OK) status = check(&o, err);
    if (status != HPT_OK) return status;
    forget_default_name(&o);
    if (!o.metric) o.metric = defaults.metric;
    plan->options = o;
    plan->trial_limit_ns = hpi_seconds_to_ns(o.trial_s_max);
    plan->has_limit = o.trial_count_max > 0 || o.wall_s_max > 0 || !isnan(o.target) ||
                      o.stale_count_max > 0 || o.cancel;
    hpi_failure_plan(plan);
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
    hpi_free(plan->pruner);
    hpi_free(plan->study);
    hpi_free(plan->study_name);
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
