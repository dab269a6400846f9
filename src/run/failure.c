/* SPDX-License-Identifier: BSD-3-Clause */
/* What trials that failed, took too long or crashed mean: for the strategy, and for the run. All of
 * it by the holder of the turn. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"
#include "run/run.h"

typedef struct cause {
    hpt_trial_state state;
    const char     *option;
} cause;

static const cause causes[] = {
    { HPT_TRIAL_FAILED, "on_failed" },
    { HPT_TRIAL_TIMEOUT, "on_timeout" },
    { HPT_TRIAL_CRASHED, "on_crashed" },
};
enum { CAUSES = sizeof causes / sizeof causes[0] };

void hpi_failure_plan(hpi_plan *plan) {
    const hpt_options *o = &plan->options;
    bool               is_counted = o->failure_count_max > 0 || o->failure_in_row_max > 0;
    for (int i = 0; i < CAUSES; i++) {
        const hpt_failure *it = hpi_failure_of(o, causes[i].state);
        if (it->retry_count > plan->retry_max) plan->retry_max = it->retry_count;
        plan->keeps_worst |= it->policy == HPT_FAILURE_WORST;
        if (is_counted || it->policy == HPT_FAILURE_STOP)
            plan->fatal_states |= 1U << causes[i].state;
    }
}

/* The worst value. */

void hpi_failure_note_worst(hpt_run *run, const double *losses) {
    hpi_turn *turn = &run->turn;
    bool      is_first = turn->worst_count++ == 0;
    for (uint32_t i = 0; i < run->plan.goal_count; i++)
        if (is_first || losses[i] > turn->worst[i]) turn->worst[i] = losses[i];
}

void hpi_failure_begin(hpt_run *run) {
    hpi_turn *turn = &run->turn;
    turn->failure_row = turn->retry_count = turn->worst_count = 0;
    turn->failed = (hpi_failed){ 0 };
    for (size_t i = 0; run->plan.keeps_worst && i < run->plan.known_count; i++)
        if (run->plan.known[i].state == HPT_TRIAL_COMPLETE)
            hpi_failure_note_worst(run, run->plan.known[i].losses);
}

/* For the strategy. */

void hpi_failure_outcome(const hpt_run *run, hpt_outcome *outcome) {
    const hpt_failure *it = hpi_failure_of(&run->plan.options, outcome->state);
    const hpi_turn    *turn = &run->turn;
    if (!it) return;
    outcome->is_failure = it->policy == HPT_FAILURE_FEASIBILITY || it->policy == HPT_FAILURE_STOP;
    if (it->policy != HPT_FAILURE_WORST || turn->worst_count == 0) return;
    outcome->state = HPT_TRIAL_COMPLETE;
    outcome->losses = turn->worst;
    outcome->loss = turn->worst[0];
    outcome->value = run->plan.signs[0] * turn->worst[0];
}

/* For the run. */

void hpi_failure_note(hpt_run *run, const hpi_block *block, uint32_t index, hpt_trial_state state) {
    hpi_failed *failed = &run->turn.failed;
    const char *reason = "";
    if (!(run->plan.fatal_states >> state & 1) || *failed->limit) return;
    failed->number = block->first + index;
    failed->state = state;
    if (block->has_details) {
        const hpi_detail *detail = &block->details[index];
        reason = hpi_notes_reason(block->notes + detail->notes_at, detail->notes_bytes);
    }
    hpi_cut(failed->reason, sizeof failed->reason, reason);
}

void hpi_failure_count(hpt_run *run, hpt_trial_state state) {
    bool is_failure = hpi_failure_of(&run->plan.options, state) != NULL;
    run->turn.failure_row = is_failure ? run->turn.failure_row + 1 : 0;
}

static bool exceeds(hpi_failed *failed, const char *option, uint64_t count, uint64_t most) {
    if (most == 0 || count < most) return false;
    snprintf(failed->limit, sizeof failed->limit, "%s is %" PRIu64, option, most);
    return true;
}

bool hpi_failure_is_limit(hpt_run *run) {
    const hpt_options *o = &run->plan.options;
    hpi_turn          *turn = &run->turn;
    hpi_failed        *failed = &turn->failed;
    uint64_t           count = 0;
    if (run->plan.fatal_states == 0) return false;
    for (int i = 0; i < CAUSES; i++) {
        uint64_t these = turn->state_count[causes[i].state];
        count += these;
        if (these == 0 || hpi_failure_of(o, causes[i].state)->policy != HPT_FAILURE_STOP) continue;
        snprintf(failed->limit, sizeof failed->limit, "%s.policy is HPT_FAILURE_STOP",
                 causes[i].option);
        return true;
    }
    return exceeds(failed, "failure_count_max", count, o->failure_count_max) ||
           exceeds(failed, "failure_in_row_max", turn->failure_row, o->failure_in_row_max);
}

void hpi_failure_sentence(const hpt_run *run, char *text_out, size_t bytes) {
    const hpi_failed *failed = &run->turn.failed;
    char              text[sizeof failed->limit + sizeof failed->reason + 128];
    snprintf(text, sizeof text, "%s: %s, and trial %" PRIu64 " ended as %s%s%s",
             hpt_stop_text(HPT_STOP_FAILURES), failed->limit, failed->number,
             hpt_trial_state_text(failed->state), *failed->reason ? ": " : "", failed->reason);
    hpi_cut(text_out, bytes, text);
}
