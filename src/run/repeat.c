/* SPDX-License-Identifier: BSD-3-Clause */
/* Noisy values: the objective is called several times for each trial. One more objective in front
 * of the user's, as guard.c and goals.c are: a run that calls it once has none of it. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "run/limits.h"
#include "run/run.h"
#include "trial/trial.h"

/* In the order of the calls. Of equal values it is that value, and nothing overflows. */
static double mean_of(const double *values, uint32_t count) {
    double mean = 0;
    for (uint32_t i = 0; i < count; i++)
        mean += values[i] / (i + 1) - mean / (i + 1);
    return mean;
}

/* The square root of the sample variance over the count. */
static double stderr_of(const double *values, uint32_t count, double mean) {
    double scale = 0, sum = 0;
    for (uint32_t i = 0; i < count; i++)
        scale = fmax(scale, fabs(values[i] - mean));
    if (scale == 0 || !isfinite(scale)) return scale;
    for (uint32_t i = 0; i < count; i++) {
        double part = (values[i] - mean) / scale;
        sum += part * part;
    }
    return scale * sqrt(sum / (count - 1) / count);
}

/* Changes the order of the values. There are few of them. */
static double median_of(double *values, uint32_t count) {
    for (uint32_t i = 1; i < count; i++) {
        double   value = values[i];
        uint32_t at = i;
        for (; at > 0 && values[at - 1] > value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
    double low = values[(count - 1) / 2], high = values[count / 2];
    return low == high ? low : low / 2 + high / 2; /* half of the least number is 0 */
}

static double worst_of(const double *values, uint32_t count, double sign) {
    double worst = values[0];
    for (uint32_t i = 1; i < count; i++)
        if (sign * values[i] > sign * worst) worst = values[i];
    return worst;
}

/* What is sorted last: changes the order of the values. */
static double take(const hpi_plan *plan, uint32_t goal, double *values, double mean) {
    uint32_t count = plan->options.repeat_count;
    switch (plan->options.repeat_take) {
    case HPT_TAKE_MEDIAN:
        return median_of(values, count);
    case HPT_TAKE_WORST:
        return worst_of(values, count, plan->signs[goal]);
    case HPT_TAKE_MEAN:
        break;
    }
    return mean;
}

/* A name that does not fit is cut, and an error that overflows left out: it is only told. */
static void tell_stderr(const hpi_plan *plan, hpt_trial *trial, uint32_t goal, double error) {
    char name[HPI_ATTR_NAME_BYTES + 1], whole[8 + 256] = "stderr";
    if (plan->goal_count > 1)
        snprintf(whole, sizeof whole, "stderr %.255s", plan->goals[goal].name);
    hpi_cut(name, sizeof name, whole);
    hpt_trial_set_attr(trial, name, hpt_real(error));
}

/* What ends the trial at this call. */
static bool is_over(const hpi_plan *plan, const hpt_trial *trial, hpt_status status,
                    const double *values) {
    bool is_good = status == HPT_OK && trial->said == HPT_OK && !trial->read_wrongly;
    for (uint32_t goal = 0; is_good && goal < plan->goal_count; goal++)
        is_good = isfinite(values[goal]);
    return !is_good;
}

static hpt_status call_all(const hpt_run *run, hpt_trial *trial, double *rows, double *values_out) {
    const hpi_plan *plan = &run->plan;
    uint32_t        goals = plan->goal_count, count = plan->options.repeat_count;
    for (uint32_t i = 0; i < count; i++) {
        double values[HPI_GOALS_MAX];
        if (i > 0 && hpt_trial_should_stop(trial)) return HPT_ESTOPPED;
        for (uint32_t goal = 0; goal < goals; goal++)
            values[goal] = NAN;
        trial->repeat = i;
        hpt_status status = run->repeated(trial, run->repeated_user, values);
        if (is_over(plan, trial, status, values)) {
            memcpy(values_out, values, goals * sizeof *values);
            return status;
        }
        for (uint32_t goal = 0; goal < goals; goal++)
            rows[(size_t)goal * count + i] = values[goal];
    }
    for (uint32_t goal = 0; goal < goals; goal++) {
        double *row = rows + (size_t)goal * count, mean = mean_of(row, count);
        tell_stderr(plan, trial, goal, stderr_of(row, count, mean));
        values_out[goal] = take(plan, goal, row, mean);
    }
    return HPT_OK;
}

static hpt_status repeat(hpt_trial *trial, void *user, double *values_out) {
    const hpt_run *run = user;
    size_t         share = (size_t)run->plan.goal_count * run->plan.options.repeat_count;
    /* A simulation has one thread, whatever its workers; and a worker that is lost may still be at
     * it when another one stands in for it. */
    const hpi_worker *worker = trial->reporter;
    size_t            slot = run->simulated ? 0 : (size_t)(worker - run->workers);
    hpt_status        status = call_all(run, trial, run->repeats + slot * share, values_out);
    trial->repeat = 0;
    return status;
}

hpt_status hpi_repeat_open(hpt_run *run, hpt_err *err) {
    const hpt_options *o = &run->plan.options;
    if (o->repeat_count <= 1) return HPT_OK;
    if (!run->objective)
        return hpi_fail(err, HPT_EINVAL,
                        "repeat_count is %u, but a study has no objective to call so often",
                        (unsigned)o->repeat_count);
    run->repeated = run->objective;
    run->repeated_user = run->user;
    run->objective = repeat;
    run->user = run;
    return HPT_OK;
}

hpt_status hpi_repeat_reserve(hpt_run *run, hpt_err *err) {
    size_t share = (size_t)run->plan.goal_count * run->plan.options.repeat_count;
    if (!run->repeated) return HPT_OK;
    run->repeats =
        hpi_alloc_room(run->simulated ? 1 : run->slot_count, share * sizeof *run->repeats);
    return run->repeats ? HPT_OK : hpi_fail(err, HPT_ENOMEM, "out of memory for the run");
}
