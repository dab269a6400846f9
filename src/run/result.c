/* SPDX-License-Identifier: BSD-3-Clause */
#include "run/result.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"
#include "space/space.h"

enum { WARNING_COUNT_MAX = 80 };

const char *hpt_stop_text(hpt_stop stop) {
    switch (stop) {
#define HPT_ROW(name, value, text)                                                                 \
    case name:                                                                                     \
        return text;
        HPT_STOP_LIST(HPT_ROW)
#undef HPT_ROW
    }
    return "unknown reason";
}

void hpi_stop_sentence(const hpt_run *run, char *text_out, size_t bytes) {
    const hpi_turn *turn = &run->turn;
    const char     *text = hpt_stop_text(turn->stop);
    /* Without a window a trial may complete that was in flight when the run gave up. */
    uint64_t late =
        hpi_complete_count(turn) + turn->state_count[HPT_TRIAL_PRUNED] + turn->valued_count;
    if (turn->stop == HPT_STOP_ALL_FAILED && late > 0)
        text = "every trial failed, but for some that came too late";
    const char *broken = hpi_pool_broken(&run->pool);
    if (turn->stop == HPT_STOP_WORKERS)
        snprintf(text_out, bytes, "%s: %s", text,
                 broken ? broken : "the last of them did not come back from its trial");
    else if (turn->stop == HPT_STOP_ALL_FAILED && *turn->first_reason)
        snprintf(text_out, bytes, "%s; the first said: %s", text, turn->first_reason);
    else if (turn->stop == HPT_STOP_STRATEGY)
        snprintf(text_out, bytes, "%s: %s", text, turn->stop_err.text);
    else if (turn->stop == HPT_STOP_STORE)
        snprintf(text_out, bytes, "%s: %s", text, hpi_store_failure_text(run->keep->store));
    else if (turn->stop == HPT_STOP_FAILURES)
        hpi_failure_sentence(run, text_out, bytes);
    else if (!turn->has_best && turn->valued_count > 0)
        snprintf(text_out, bytes, "%s; no trial was feasible, the first said: %s", text,
                 turn->first_reason);
    else
        snprintf(text_out, bytes, "%s", text);
}

/* Making one. */

hpt_status hpi_result_reserve(const hpt_run *run, hpt_result **result_out, hpt_err *err) {
    hpt_result *result = hpi_alloc(1, sizeof *result);
    if (!result) return hpi_fail(err, HPT_ENOMEM, "out of memory for the result");
    result->point = hpi_alloc(run->dims, sizeof *result->point);
    result->notes = hpi_alloc_room(1, HPI_TRIAL_NOTE_BYTES);
    result->busy = hpi_alloc(run->plan.worker_count, sizeof *result->busy);
    result->warnings = hpi_alloc_room(WARNING_COUNT_MAX, sizeof *result->warnings);
    result->front = hpi_front_hold(run->turn.front);
    hpt_status status = hpi_space_copy(run->space, &result->space, err);
    if (status == HPT_OK && !(result->point && result->notes && result->busy && result->warnings))
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for the result");
    if (status != HPT_OK)
        hpt_result_destroy(result);
    else
        *result_out = result;
    return status;
}

/* What it says of CPUs, from warning number `count` on. */
static size_t warn_of_places(hpt_result *result, const hpt_run *run, size_t count) {
    const hpt_stats *stats = &result->stats;
    char             threads[48] = "";
    for (int i = 0; i < HPI_PLACE_WARNINGS; i++)
        if (*run->pool.place.warnings[i])
            hpi_cut(result->warnings[count++], HPI_WARNING_BYTES, run->pool.place.warnings[i]);
    if (!stats->is_oversubscribed) return count;
    if (stats->threads_per_trial > 1)
        snprintf(threads, sizeof threads, " of %u threads each",
                 (unsigned)stats->threads_per_trial);
    snprintf(result->warnings[count++], HPI_WARNING_BYTES,
             "%u worker%s%s on %u CPU%s: more than one per CPU helps only trials that wait",
             (unsigned)stats->worker_count, stats->worker_count == 1 ? "" : "s", threads,
             (unsigned)stats->cpu_count, stats->cpu_count == 1 ? "" : "s");
    return count;
}

static size_t warn_of_front(hpt_result *result, size_t count) {
    const hpi_front *front = result->front;
    if (!front || front->left_out == 0) return count;
    snprintf(result->warnings[count++], HPI_WARNING_BYTES,
             "%llu trials belong on the front and are not: it was full, with %u",
             (unsigned long long)front->left_out, (unsigned)front->count);
    return count;
}

static void fill_warnings(hpt_result *result, const hpt_run *run) {
    const hpt_stats *stats = &result->stats;
    size_t           count = 0;
    if (run->pool_err.code != HPT_OK)
        snprintf(result->warnings[count++], HPI_WARNING_BYTES,
                 "only %u of %u workers could be started: %s", (unsigned)stats->worker_count,
                 (unsigned)stats->worker_count_wanted, run->pool_err.text);
    count = warn_of_places(result, run, count);
    for (int i = 0; i < HPI_POOL_WARNINGS; i++)
        if (*run->pool.warnings[i])
            hpi_cut(result->warnings[count++], HPI_WARNING_BYTES, run->pool.warnings[i]);
    count = warn_of_front(result, count);
    count = hpi_lost_warnings(run, result->warnings, count);
    count = hpi_keep_warnings(run, result->warnings, count);
    for (size_t i = 0;
         count < WARNING_COUNT_MAX &&
         hpi_dispatch_warning(run->dispatch, i, result->warnings[count], HPI_WARNING_BYTES);
         i++)
        count++;
    result->warning_count = count;
}

static void fill_goals(hpt_result *result, const hpt_run *run) {
    result->goal_count = run->plan.goal_count;
    for (uint32_t i = 0; i < result->goal_count; i++) {
        result->signs[i] = run->plan.signs[i];
        result->references[i] = run->plan.signs[i] * run->plan.goals[i].reference;
    }
}

static void fill_best(hpt_result *result, const hpt_run *run) {
    const hpi_turn *turn = &run->turn;
    memcpy(result->point, turn->best_point, run->dims * sizeof *result->point);
    memcpy(result->notes, turn->best_notes, turn->best_notes_bytes);
    result->notes_bytes = turn->best_notes_bytes;
}

static void fill_busy(hpt_result *result, const hpt_run *run) {
    double wall = (double)(run->end_ns - run->start_ns);
    for (uint32_t i = 0; i < run->slot_count; i++) {
        double  ns = (double)hpi_meter_busy_ns(&run->workers[i].meter, run->end_ns);
        double *busy = &result->busy[run->workers[i].index];
        *busy = wall > 0 ? fmin(*busy + ns / wall, 1) : 0;
    }
}

void hpi_result_fill(hpt_result *result, const hpt_run *run) {
    hpi_stats_of(run, &result->stats);
    result->seed = run->plan.options.seed;
    memcpy(result->id, run->id, sizeof result->id);
    hpi_stop_sentence(run, result->stop_text, sizeof result->stop_text);
    fill_goals(result, run);
    fill_best(result, run);
    fill_busy(result, run);
    fill_warnings(result, run);
}

void hpt_result_destroy(hpt_result *result) {
    if (!result) return;
    hpi_front_release(result->front);
    hpi_free(result->warnings);
    hpi_free(result->busy);
    hpi_free(result->notes);
    hpi_free(result->point);
    hpt_space_destroy(result->space);
    hpi_free(result);
}

/* Reading one. */

bool hpt_result_has_best(const hpt_result *result) {
    return result && result->stats.has_best;
}

double hpt_result_value(const hpt_result *result) {
    return hpt_result_has_best(result) ? result->stats.best_value : NAN;
}

uint64_t hpt_result_trial(const hpt_result *result) {
    return hpt_result_has_best(result) ? result->stats.best_trial : UINT64_MAX;
}

hpt_value hpt_result_param_at(const hpt_result *result, hpt_param param) {
    if (!hpt_result_has_best(result) || param >= hpt_space_count(result->space)) return hpt_null();
    return hpi_space_value_at(result->space, param, result->point);
}

hpt_value hpt_result_param(const hpt_result *result, const char *name) {
    return result ? hpt_result_param_at(result, hpt_space_find(result->space, name)) : hpt_null();
}

double hpt_result_real(const hpt_result *result, const char *name) {
    hpt_value value = hpt_result_param(result, name);
    if (value.type == HPT_TYPE_INT) return (double)value.as.integer;
    return value.type == HPT_TYPE_REAL ? value.as.real : NAN;
}

int64_t hpt_result_int(const hpt_result *result, const char *name) {
    hpt_value value = hpt_result_param(result, name);
    return value.type == HPT_TYPE_INT ? value.as.integer : 0;
}

bool hpt_result_bool(const hpt_result *result, const char *name) {
    hpt_value value = hpt_result_param(result, name);
    return value.type == HPT_TYPE_BOOL && value.as.boolean;
}

const char *hpt_result_text(const hpt_result *result, const char *name) {
    hpt_value value = hpt_result_param(result, name);
    return value.type == HPT_TYPE_TEXT ? value.as.text : "";
}

const hpt_space *hpt_result_space(const hpt_result *result) {
    return result ? result->space : NULL;
}

hpt_value hpt_result_attr(const hpt_result *result, const char *name) {
    if (!hpt_result_has_best(result) || !name) return hpt_null();
    return hpi_notes_attr(result->notes, result->notes_bytes, name);
}

hpt_stop hpt_result_stop(const hpt_result *result) {
    return result ? result->stats.stop : HPT_STOP_NONE;
}

const char *hpt_result_stop_text(const hpt_result *result) {
    return result ? result->stop_text : hpt_stop_text(HPT_STOP_NONE);
}

uint64_t hpt_result_count(const hpt_result *result, hpt_trial_state state) {
    bool known = result && (unsigned)state < HPT_TRIAL_STATE_COUNT;
    return known ? result->stats.state_count[state] : 0;
}

const hpt_stats *hpt_result_stats(const hpt_result *result) {
    return result ? &result->stats : NULL;
}

double hpt_result_busy(const hpt_result *result, uint32_t worker) {
    return result && worker < result->stats.worker_count ? result->busy[worker] : NAN;
}

uint64_t hpt_result_seed(const hpt_result *result) {
    return result ? result->seed : 0;
}

const char *hpt_result_id(const hpt_result *result) {
    return result ? result->id : "";
}

const char *hpt_result_warning(const hpt_result *result, size_t index) {
    return result && index < result->warning_count ? result->warnings[index] : NULL;
}
