/* SPDX-License-Identifier: BSD-3-Clause */
#include "strategy/local_replay.h"

#include <math.h>
#include <string.h>

#include <nlopt.h>

typedef struct replay {
    const hpi_local_call *call;
    nlopt_opt             nlopt;
    bool                  is_stopped, is_broken;
} replay;

static const nlopt_algorithm algorithms[HPI_LOCAL_METHOD_COUNT] = {
    [HPI_LOCAL_BOBYQA] = NLOPT_LN_BOBYQA,
    [HPI_LOCAL_SBPLX] = NLOPT_LN_SBPLX,
    [HPI_LOCAL_NELDERMEAD] = NLOPT_LN_NELDERMEAD,
};

/* NLopt looks whether it is to stop after each value; should it not, it gets no other one. A
 * point that is no number comes of values that are too large to calculate with. */
static double evaluate(unsigned d, const double *x, double *gradient, void *context) {
    replay *of = context;
    double  value = HUGE_VAL;
    (void)gradient;
    for (unsigned j = 0; j < d; j++)
        of->is_broken |= !isfinite(x[j]);
    if (!of->is_stopped && !of->is_broken)
        of->is_stopped = !of->call->value(of->call->context, x, &value);
    if (of->is_stopped || of->is_broken) nlopt_force_stop(of->nlopt);
    return value;
}

static bool prepare(replay *of) {
    const hpi_local_call *call = of->call;
    nlopt_opt             nlopt = of->nlopt;
    return nlopt_set_min_objective(nlopt, evaluate, of) == NLOPT_SUCCESS &&
           nlopt_set_lower_bounds1(nlopt, 0) == NLOPT_SUCCESS &&
           nlopt_set_upper_bounds1(nlopt, 1) == NLOPT_SUCCESS &&
           nlopt_set_initial_step1(nlopt, call->step) == NLOPT_SUCCESS &&
           nlopt_set_xtol_abs1(nlopt, call->tolerance) == NLOPT_SUCCESS &&
           nlopt_set_maxeval(nlopt, call->count_max) == NLOPT_SUCCESS;
}

hpi_local_end hpi_local_run(const hpi_local_call *call) {
    replay of = { .call = call };
    double least = 0;
    of.nlopt = nlopt_create(algorithms[call->method], (unsigned)call->d);
    bool works = of.nlopt && prepare(&of);
    memcpy(call->room, call->origin, call->d * sizeof *call->room);
    nlopt_result result =
        works ? nlopt_optimize(of.nlopt, call->room, &least) : NLOPT_OUT_OF_MEMORY;
    nlopt_destroy(of.nlopt);
    if (result == NLOPT_OUT_OF_MEMORY) return HPI_LOCAL_NO_MEMORY;
    return of.is_stopped ? HPI_LOCAL_STOPPED : HPI_LOCAL_ENDED;
}
