/* SPDX-License-Identifier: BSD-3-Clause */
/* A space's constraints, held against every candidate before it is evaluated. The guard stands in
 * front of the objective as another objective: a run without constraints has none of it. */
#include "base/err.h"
#include "base/mem.h"
#include "run/run.h"
#include "space/search.h"
#include "space/space.h"

bool hpi_guard_permits(const hpt_run *run, hpt_trial *trial) {
    char reason[HPI_REASON_BYTES];
    if (!run->has_constraints || hpt_space_permits(run->space, trial->head.point)) return true;
    hpi_space_refusal(run->space, trial->head.point, reason, sizeof reason);
    hpt_trial_infeasible(trial, "%s", reason);
    trial->has_spent = true; /* no time, where time is simulated */
    return false;
}

static hpt_status guard(hpt_trial *trial, void *user, double *value_out) {
    const hpt_run *run = user;
    if (!hpi_guard_permits(run, trial)) return HPT_EINFEASIBLE;
    return run->guarded(trial, run->guarded_user, value_out);
}

/* That none was found does not mean that there is none: the strategy may know better. */
static hpt_status check_some_is_valid(const hpt_run *run, hpt_err *err) {
    hpt_coord *point = hpi_alloc(run->dims, sizeof *point);
    if (!point) return hpi_fail(err, HPT_ENOMEM, "out of memory for the run");
    hpt_err    why = { 0 };
    hpt_status status = hpi_space_find_valid(run->space, point, &why);
    hpi_free(point);
    if (status == HPT_OK || status == HPT_ELIMIT) return HPT_OK;
    return hpi_fail(err, status, "%s", why.text);
}

hpt_status hpi_guard_open(hpt_run *run, hpt_err *err) {
    run->has_conditions = hpi_space_has_conditions(run->space);
    run->has_constraints = hpi_space_has_constraints(run->space);
    if (!run->has_constraints) return HPT_OK;
    if (run->objective) {
        run->guarded = run->objective;
        run->guarded_user = run->user;
        run->objective = guard;
        run->user = run;
    }
    return check_some_is_valid(run, err);
}
