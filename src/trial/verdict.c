/* SPDX-License-Identifier: BSD-3-Clause */
/* How a trial ended: what its objective said, weighed by the rules of the contract. */
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "trial/trial.h"

static bool has_reason(const hpt_trial *trial) {
    return *hpi_notes_reason(trial->notes.bytes, trial->notes.used) != '\0';
}

/* It has a value, and constraints on results may be broken all the same. The value is kept for who
 * learns from it. */
static hpt_trial_state judge_constraints(hpt_trial *trial, double value) {
    hpt_attr worst;
    char     shown[HPI_SHOWN_BYTES];
    uint32_t count;
    if (hpi_notes_violation(trial->notes.bytes, trial->notes.used, &worst) <= 0)
        return HPT_TRIAL_COMPLETE;
    hpi_trial_explain(trial, "constraint \"%s\" is %s, which is above 0", worst.name,
                      hpi_show_value(shown, worst.value));
    if (!hpi_notes_values(trial->notes.bytes, trial->notes.used, &count))
        hpi_notes_set_values(&trial->notes, &value, 1);
    return HPT_TRIAL_INFEASIBLE;
}

static hpt_trial_state judge_value(hpt_trial *trial, double value) {
    if (isfinite(value)) return judge_constraints(trial, value);
    char shown[HPI_SHOWN_BYTES];
    hpi_trial_explain(trial, "the objective returned %s", hpi_show_value(shown, hpt_real(value)));
    return HPT_TRIAL_FAILED;
}

/* A status without a word may be what a refused call returned. */
static void explain_status(hpt_trial *trial, hpt_status status) {
    bool was_refused = trial->refused_by == trial->head.number + 1;
    if (was_refused && trial->refused.code == status)
        hpi_trial_explain(trial, "%s", trial->refused.text);
    else
        hpi_trial_explain(trial, "the objective returned status %d (%s)%s%s", (int)status,
                          hpt_status_text(status), was_refused ? "; before that, " : "",
                          was_refused ? trial->refused.text : "");
}

static hpt_trial_state judge_status(hpt_trial *trial, hpt_status status) {
    if (status == HPT_EPRUNED) return HPT_TRIAL_PRUNED;
    if (status == HPT_EINFEASIBLE) return HPT_TRIAL_INFEASIBLE;
    if (!has_reason(trial)) explain_status(trial, status);
    return HPT_TRIAL_FAILED;
}

/* In as many digits as show that one is above the other. */
static void say_late(hpt_trial *trial, int64_t took_ns, int64_t limit_ns) {
    char took[32], limit[32];
    int  digits = 3;
    do {
        snprintf(took, sizeof took, "%.*g", digits, (double)took_ns * 1e-9);
        snprintf(limit, sizeof limit, "%.*g", digits, (double)limit_ns * 1e-9);
    } while (strcmp(took, limit) == 0 && ++digits < DBL_DIG);
    hpi_trial_explain(trial, "took %s s, the limit is %s s", took, limit);
}

/* A value that is known by what it is at least. */
void hpi_trial_say_capped(hpt_trial *trial) {
    char shown[HPI_SHOWN_BYTES];
    bool by_report = trial->has_report && trial->bound == trial->last_value;
    hpi_show_value(shown, hpt_real(trial->bound));
    if (by_report)
        hpi_trial_explain(trial,
                          "reported %s at step %" PRId64 ": it cannot beat the best any more",
                          shown, trial->last_step);
    else
        hpi_trial_explain(
            trial, "was not done within its cap of %s s: it cannot beat the best any more", shown);
    /* Attributes are finite: what reads files wants it. */
    double bound = fmin(trial->bound, DBL_MAX);
    hpi_notes_set_attr(&trial->notes, HPI_ATTR_BOUND, hpt_real(bound));
}

hpt_trial_state hpi_trial_judge(hpt_trial *trial, hpt_status status, double value, int64_t took_ns,
                                int64_t limit_ns) {
    if (trial->read_wrongly) return HPT_TRIAL_FAILED;
    if (trial->ended != HPT_TRIAL_RUNNING) return trial->ended;
    int64_t own_ns = took_ns - trial->waited_ns;
    if (limit_ns > 0 && (trial->was_late || own_ns >= limit_ns)) {
        say_late(trial, own_ns, limit_ns);
        return HPT_TRIAL_TIMEOUT;
    }
    /* Whatever it says now, it was told to break off: a value may be half a value. */
    if (trial->was_capped) {
        hpi_trial_say_capped(trial);
        return HPT_TRIAL_PRUNED;
    }
    if (trial->was_pruned) return HPT_TRIAL_PRUNED;
    if (trial->was_stopped) return HPT_TRIAL_CANCELLED;
    if (status == HPT_OK) status = trial->said; /* hpt_trial_fail() without a return */
    return status == HPT_OK ? judge_value(trial, value) : judge_status(trial, status);
}
