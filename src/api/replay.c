/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt_replay(): one trial of a study once more, by the parts of a run that evaluate a trial and
 * none of those that ask and tell. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "hpt/study.h"
#include "run/run.h"
#include "space/space.h"
#include "store/history.h"

enum { SHOWN_BYTES = 72 };

typedef struct replaying {
    const hpt_options *given;
    hpt_history       *history;
    const hpt_record  *record;
    hpt_run           *run;
    hpi_block         *block; /* with the point */
    hpt_err           *err;
} replaying;

static const char *study_of(const replaying *it, char shown[SHOWN_BYTES]) {
    return hpi_quote(shown, SHOWN_BYTES, hpt_history_info(it->history)->name);
}

static hpt_status find(replaying *it, uint64_t number) {
    char   shown[SHOWN_BYTES];
    size_t index = hpi_history_find(it->history, number), count = hpt_history_count(it->history);
    if (index != SIZE_MAX) {
        it->record = hpt_history_at(it->history, index);
        return HPT_OK;
    }
    if (count == 0)
        return hpi_fail(it->err, HPT_EABSENT, "study \"%s\" has no trials yet",
                        study_of(it, shown));
    return hpi_fail(it->err, HPT_EABSENT,
                    "study \"%s\" has no trial %" PRIu64 ": the last is %" PRIu64,
                    study_of(it, shown), number, hpt_history_at(it->history, count - 1)->number);
}

/* The run that evaluates it. What a trial can see of a run is as it was. */

static hpt_status check_goals(const replaying *it) {
    char     shown[SHOWN_BYTES];
    uint32_t have = hpt_history_info(it->history)->goal_count;
    uint32_t want = it->given->goal_count > 1 ? it->given->goal_count : 1;
    if (have == want) return HPT_OK;
    return hpi_fail(it->err, HPT_EINVAL, "goal_count is %u, in study \"%s\" it is %u",
                    (unsigned)want, study_of(it, shown), (unsigned)have);
}

static hpt_status open_run(replaying *it, const hpt_space *space, hpt_objective objective,
                           void *user) {
    const hpi_head *head = &it->history->entry.head;
    hpt_goal        goals[HPI_GOALS_MAX];
    hpt_options     own = hpt_options_default();
    uint32_t        given = it->given->goals ? it->given->goal_count : 0;
    hpt_status      status = check_goals(it);
    if (status != HPT_OK) return status;
    for (uint32_t i = 0; i < head->goal_count; i++) {
        const char *metric = it->given->metric ? it->given->metric : head->goals[i].name;
        goals[i] = (hpt_goal){ i < given ? it->given->goals[i].name : metric,
                               head->goals[i].direction, NAN };
    }
    own.strategy = "random"; /* it is not asked */
    own.pool = "inline";
    own.trial_count_max = 1;
    own.goals = goals;
    own.goal_count = head->goal_count;
    own.seed = head->is_ours ? head->seed : it->given->seed;
    own.repeat_count = head->is_ours ? head->repeat_count : it->given->repeat_count;
    own.repeat_take = head->is_ours ? head->repeat_take : it->given->repeat_take;
    own.trial_s_max = it->given->trial_s_max;
    own.threads_per_trial = it->given->threads_per_trial;
    own.cancel = it->given->cancel;
    return hpi_run_open(space, objective, user, &own, &it->run, it->err);
}

/* The point, in the space of the program. */

static hpt_status refuse(const replaying *it, const char *name, const char *why) {
    char quoted[SHOWN_BYTES], shown[SHOWN_BYTES];
    return hpi_fail(it->err, HPT_EINVAL, "trial %" PRIu64 " of study \"%s\": parameter \"%s\" %s",
                    it->record->number, study_of(it, shown), hpi_quote(quoted, sizeof quoted, name),
                    why);
}

/* Of what the study has and the program does not. */
static hpt_status check_names(const replaying *it) {
    const hpt_space *from = hpt_history_space(it->history);
    for (hpt_param j = 0; j < hpt_space_count(from); j++) {
        const char *name = hpi_space_name(from, j);
        if (it->record->params[j].type == HPT_TYPE_NULL && hpi_space_is_conditional(from, j))
            continue;
        if (hpt_space_find(it->run->space, name) == HPT_PARAM_NONE)
            return refuse(it, name, "is not in the space of the program");
    }
    return HPT_OK;
}

static hpt_value recorded(const replaying *it, hpt_param param, bool *is_there_out) {
    const char *name = hpi_space_name(it->run->space, param);
    hpt_param   column = hpt_space_find(hpt_history_space(it->history), name);
    *is_there_out = column != HPT_PARAM_NONE;
    return *is_there_out ? it->record->params[column] : hpt_null();
}

/* Null is of what was inactive; or a value of a list. */
static hpt_status put_param(replaying *it, hpt_param param) {
    const hpt_space *space = it->run->space;
    const char      *name = hpi_space_name(space, param);
    hpt_coord       *coord = &it->block->points[param];
    hpt_err          why = { 0 };
    bool             is_there;
    hpt_value        value = recorded(it, param, &is_there);
    if (!is_there) return refuse(it, name, "is not in the study");
    if (hpt_space_coord(space, param, value, coord, &why) == HPT_OK) return HPT_OK;
    *coord = hpt_space_at_fraction(space, param, 0);
    if (value.type == HPT_TYPE_NULL) return HPT_OK; /* check_active() has the last word */
    return hpi_fail(it->err, HPT_EINVAL, "trial %" PRIu64 ": %s", it->record->number, why.text);
}

static hpt_status check_active(const replaying *it, hpt_param param) {
    const hpt_space *space = it->run->space;
    const char      *name = hpi_space_name(space, param);
    hpt_coord        ignored;
    hpt_err          why = { 0 };
    bool             is_there;
    hpt_value        value = recorded(it, param, &is_there);
    bool             is_active = hpt_space_is_active(space, param, it->block->points);
    if (value.type != HPT_TYPE_NULL)
        return is_active ? HPT_OK : refuse(it, name, "had a value, and is inactive in the program");
    if (!is_active || hpt_space_coord(space, param, value, &ignored, &why) == HPT_OK) return HPT_OK;
    return refuse(it, name, "had no value, and is active in the program");
}

static hpt_status put_point(replaying *it) {
    hpt_run   *run = it->run;
    hpt_status status = check_names(it);
    for (hpt_param j = 0; status == HPT_OK && j < run->dims; j++)
        status = put_param(it, j);
    if (status != HPT_OK) return status;
    hpi_space_settle(run->space, it->block->points, 1);
    for (hpt_param j = 0; status == HPT_OK && j < run->dims; j++)
        status = check_active(it, j);
    return status;
}

/* The trial. */

/* hpt_trial.decide: where it was hopeless, it is so again. */
static bool was_hopeless(hpt_trial *trial, const double *values, uint32_t count) {
    const hpt_record *record = trial->decider;
    (void)values, (void)count;
    return record->state == HPT_TRIAL_PRUNED && record->has_report &&
           record->last_step == trial->last_step;
}

static double evaluate(replaying *it) {
    hpt_run    *run = it->run;
    hpi_worker *worker = &run->workers[0];
    hpt_trial  *trial = &worker->trial;
    int64_t     start_ns = hpi_run_now(run);
    double      value = NAN;
    worker->block = it->block;
    hpi_block_begin(worker, it->block);
    hpi_place_enter(&run->pool.place, 0, &run->caller_saved);
    hpi_worker_enter(worker);
    hpi_stamped_begin(worker, it->block, it->block->points, start_ns);
    trial->attempt = hpi_retry_count(it->record->attrs, it->record->attr_count);
    trial->decide = was_hopeless;
    trial->decider = (void *)(uintptr_t)it->record;
    trial->pruner = "the recorded run";
    hpt_status status = run->objective(trial, run->user, &value);
    hpi_worker_leave(worker);
    hpi_place_leave(&run->pool.place, &run->caller_saved);
    int64_t took_ns = hpi_run_now(run) - start_ns;
    hpi_stamped_end(worker, it->block, status, value, start_ns, took_ns);
    return (double)took_ns * 1e-9;
}

/* What came of it. */

static void fill_values(const replaying *it, hpt_replayed *out) {
    const hpi_notes     *notes = &it->run->workers[0].trial.notes;
    uint32_t             count = 0;
    const unsigned char *values = hpi_notes_values(notes->bytes, notes->used, &count);
    if (out->state != HPT_TRIAL_COMPLETE && out->state != HPT_TRIAL_INFEASIBLE) return;
    out->value_count = values ? count : out->state == HPT_TRIAL_COMPLETE;
    if (values)
        memcpy(out->values, values, count * sizeof *out->values);
    else
        out->values[0] = it->block->values[0];
}

static bool is_same_real(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static bool is_same(const hpt_record *record, const hpt_replayed *now) {
    if (record->state != now->state || record->value_count != now->value_count) return false;
    for (uint32_t i = 0; i < now->value_count; i++)
        if (!is_same_real(record->values[i], now->values[i])) return false;
    if (now->state == HPT_TRIAL_FAILED && strcmp(record->reason, now->reason) != 0) return false;
    if (record->has_report != now->has_report) return false;
    return !now->has_report || (record->last_step == now->last_step &&
                                is_same_real(record->last_value, now->last_value));
}

static void fill(const replaying *it, double took_s, hpt_replayed *out) {
    const hpt_trial *trial = &it->run->workers[0].trial;
    out->state = hpi_block_state(it->block, 0);
    fill_values(it, out);
    out->has_report = trial->has_report;
    out->last_step = trial->has_report ? trial->last_step : 0;
    out->last_value = trial->has_report ? trial->last_value : NAN;
    out->duration_s = took_s;
    hpi_cut(out->reason, sizeof out->reason,
            hpi_notes_reason(trial->notes.bytes, trial->notes.used));
    out->recorded_state = it->record->state;
    out->is_same = is_same(it->record, out);
}

static hpt_status replay(replaying *it, const hpt_space *space, hpt_objective objective, void *user,
                         hpt_replayed *out) {
    hpt_status status = find(it, out->trial);
    if (status == HPT_OK) status = open_run(it, space, objective, user);
    if (status != HPT_OK) return status;
    it->block = hpi_block_take(&it->run->blocks);
    it->block->first = out->trial;
    it->block->count = 1;
    status = put_point(it);
    if (status == HPT_OK) fill(it, evaluate(it), out);
    hpi_run_close(it->run);
    return status;
}

static hpt_status check(const hpt_options *options, const hpt_replayed *replayed, hpt_err *err) {
    if (!options) return hpi_fail(err, HPT_EINVAL, "options is NULL: they say which study");
    if (!replayed) return hpi_fail(err, HPT_EINVAL, "replayed is NULL");
    if (replayed->struct_size == sizeof *replayed) return HPT_OK;
    return hpi_fail(err, HPT_EINVAL, "replayed->struct_size is %u: set it to sizeof(hpt_replayed)",
                    (unsigned)replayed->struct_size);
}

hpt_status hpt_replay(const hpt_space *space, hpt_objective objective, void *user,
                      const hpt_options *options, hpt_replayed *replayed, hpt_err *err) {
    hpt_options given;
    if (!objective) return hpi_fail(err, HPT_EINVAL, "objective is NULL");
    hpt_status status = check(options, replayed, err);
    if (status == HPT_OK) status = hpi_options_read(&given, options, err);
    if (status == HPT_OK && !given.study)
        status = hpi_fail(err, HPT_EINVAL, "options.study is NULL: it says which study");
    if (status != HPT_OK) return status;
    replaying    it = { .given = &given, .err = err };
    hpt_replayed out = { .struct_size = sizeof out, .trial = replayed->trial };
    status = hpt_history_load(given.study, given.study_name, &it.history, err);
    if (status != HPT_OK) return status;
    status = replay(&it, space, objective, user, &out);
    hpt_history_destroy(it.history);
    if (status == HPT_OK) *replayed = out;
    return status;
}
