/* SPDX-License-Identifier: BSD-3-Clause */
/* What is to be made small or large. Several goals are one more objective in front of the user's,
 * as guard.c is: the first value goes where a value goes, all of them go with the notes. So a run
 * with one goal has none of it. */
#include <math.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "run/limits.h"
#include "run/run.h"

/* The options. */

static hpt_status check_goal(const hpt_goal *goals, uint32_t i, hpt_err *err) {
    char        name[64];
    const char *problem = hpi_name_problem(goals[i].name, 255);
    if (problem) return hpi_fail(err, HPT_EINVAL, "the name of goal %u %s", (unsigned)i, problem);
    hpi_quote(name, sizeof name, goals[i].name);
    if (goals[i].direction != HPT_MINIMISE && goals[i].direction != HPT_MAXIMISE)
        return hpi_fail(err, HPT_EINVAL,
                        "goal \"%s\": direction %d is neither HPT_MINIMISE nor HPT_MAXIMISE", name,
                        (int)goals[i].direction);
    if (isinf(goals[i].reference))
        return hpi_fail(err, HPT_EINVAL,
                        "goal \"%s\": reference is %g: it must be finite, or NaN for none", name,
                        goals[i].reference);
    for (uint32_t j = 0; j < i; j++)
        if (strcmp(goals[i].name, goals[j].name) == 0)
            return hpi_fail(err, HPT_EINVAL, "goals %u and %u are both called \"%s\"", (unsigned)j,
                            (unsigned)i, name);
    return HPT_OK;
}

static hpt_status check_goals(const hpt_options *o, hpt_err *err) {
    if (o->goal_count > HPI_GOALS_MAX)
        return hpi_fail(err, HPT_EINVAL, "goal_count %u is above %d", (unsigned)o->goal_count,
                        HPI_GOALS_MAX);
    if (!o->goals && o->goal_count > 1)
        return hpi_fail(err, HPT_EINVAL, "goals is NULL, goal_count is %u",
                        (unsigned)o->goal_count);
    if (o->goals && o->goal_count == 0)
        return hpi_fail(err, HPT_EINVAL, "goal_count is 0, but there are goals");
    for (uint32_t i = 0; o->goals && i < o->goal_count; i++) {
        hpt_status status = check_goal(o->goals, i, err);
        if (status != HPT_OK) return status;
    }
    if (o->goals && o->direction != HPT_MINIMISE)
        return hpi_fail(err, HPT_EINVAL,
                        "direction is HPT_MAXIMISE, but each of the goals has its own");
    if (o->goal_count > 1 && !isnan(o->target))
        return hpi_fail(err, HPT_EINVAL,
                        "target is %g, but there are %u goals: a target is for one "
                        "(stale_count_max also ends a run with several)",
                        o->target, (unsigned)o->goal_count);
    return HPT_OK;
}

hpt_status hpi_goals_read(hpi_plan *plan, const hpt_options *o, hpt_err *err) {
    const hpt_goal  one = { o->metric, o->direction, NAN };
    const hpt_goal *from = o->goals ? o->goals : &one;
    hpt_status      status = check_goals(o, err);
    if (status != HPT_OK) return status;
    plan->goal_count = o->goal_count > 1 ? o->goal_count : 1;
    for (uint32_t i = 0; i < plan->goal_count; i++) {
        plan->goals[i] = from[i];
        plan->signs[i] = from[i].direction == HPT_MAXIMISE ? -1 : 1;
        plan->goals[i].name = hpi_copy_text(from[i].name);
        if (plan->goals[i].name) continue;
        plan->goal_count = i;
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the options");
    }
    plan->metric = plan->goals[0].name;
    plan->is_maximising = plan->goals[0].direction == HPT_MAXIMISE;
    plan->options.goals = NULL; /* the caller's */
    return HPT_OK;
}

void hpi_goals_forget(hpi_plan *plan) {
    for (uint32_t i = 0; i < plan->goal_count; i++)
        hpi_free((char *)(uintptr_t)plan->goals[i].name);
    plan->goal_count = 0;
}

/* The values of a trial. */

hpt_status hpi_goals_take(const hpi_plan *plan, hpt_trial *trial, const double *values) {
    char name[64], shown[HPI_SHOWN_BYTES];
    for (uint32_t i = 0; i < plan->goal_count; i++) {
        if (isfinite(values[i])) continue;
        bool has_said = trial->said != HPT_OK || trial->was_stopped;
        if (has_said) return HPT_OK; /* then nobody looks at values */
        return hpt_trial_fail(trial, "the objective returned %s for goal \"%s\"",
                              hpi_show_value(shown, hpt_real(values[i])),
                              hpi_quote(name, sizeof name, plan->goals[i].name));
    }
    trial->is_marked = true;
    if (!hpi_trial_enter(trial)) return HPT_ESTOPPED;
    hpi_notes_set_values(&trial->notes, values, plan->goal_count);
    hpi_trial_leave(trial);
    return HPT_OK;
}

static hpt_status measure(hpt_trial *trial, void *user, double *value_out) {
    const hpt_run *run = user;
    double         values[HPI_GOALS_MAX];
    for (int i = 0; i < HPI_GOALS_MAX; i++)
        values[i] = NAN;
    hpt_status status = run->measured(trial, run->measured_user, values);
    if (status != HPT_OK) return status;
    *value_out = values[0];
    return hpi_goals_take(&run->plan, trial, values);
}

hpt_status hpi_goals_open(hpt_run *run, hpt_err *err) {
    if (run->plan.goal_count == 1) return HPT_OK;
    run->turn.front = hpi_front_create(run->plan.goal_count, run->dims);
    if (!run->turn.front) return hpi_fail(err, HPT_ENOMEM, "out of memory for the front");
    if (!run->objective) return HPT_OK;
    run->measured = run->objective;
    run->measured_user = run->user;
    run->objective = measure;
    run->user = run;
    return HPT_OK;
}
