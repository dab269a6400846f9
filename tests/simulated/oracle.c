/* SPDX-License-Identifier: BSD-3-Clause */
/* What must be true of every run, whatever happened in it: each trial ends once, counts add up, the
 * best is the best, nothing is left. The numbers I1 to I5 are those of docs/verification.md. */
#include "ledger.h"

#include <math.h>
#include <string.h>

static uint64_t sum_of(const hpt_stats *stats) {
    uint64_t sum = 0;
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++)
        sum += stats->state_count[i];
    return sum;
}

void oracle_stats(const hpt_stats *stats) {
    ledger  *book = ledger_open;
    uint64_t told = stats->trial_count - stats->state_count[HPT_TRIAL_RUNNING];
    SIM_EXPECT(sum_of(stats) == stats->trial_count, "statistics: %u trials in states, %u in all",
               (unsigned)sum_of(stats), (unsigned)stats->trial_count);
    SIM_EXPECT(stats->has_best == (stats->state_count[HPT_TRIAL_COMPLETE] > 0),
               "statistics: a best without a complete trial, or none with one");
    SIM_EXPECT(told >= book->seen_told, "statistics went back from %u to %u trials",
               (unsigned)book->seen_told, (unsigned)told);
    book->seen_told = told;
}

static bool is_better(double a, double b, hpt_direction direction) {
    return direction == HPT_MAXIMISE ? a > b : a < b;
}

/* The best that the teacher was told. */
static const ledger_trial *best_told(void) {
    const ledger       *book = ledger_open;
    const ledger_trial *best = NULL;
    for (uint64_t i = 0; i < LEDGER_TRIALS; i++) {
        const ledger_trial *trial = &book->trials[i];
        if (trial->told != HPT_TRIAL_COMPLETE) continue;
        if (!best || is_better(trial->told_value, best->told_value, book->scene->direction))
            best = trial;
    }
    return best;
}

/* I1 and I3, where the teacher was the strategy: it has seen every trial. */
static void check_told(const hpt_result *result) {
    const ledger *book = ledger_open;
    uint64_t      counts[HPT_TRIAL_STATE_COUNT] = { 0 };
    for (uint64_t i = 0; i < LEDGER_TRIALS; i++) {
        const ledger_trial *trial = &book->trials[i];
        SIM_EXPECT(!trial->was_asked || trial->told != HPT_TRIAL_RUNNING,
                   "I1: trial %u was asked for and never told", (unsigned)i);
        SIM_EXPECT(trial->calls == 0 || trial->told != HPT_TRIAL_RUNNING,
                   "I1: trial %u was evaluated and never told", (unsigned)i);
        counts[trial->told]++;
    }
    for (int i = 1; i < HPT_TRIAL_STATE_COUNT && !book->is_blind; i++)
        SIM_EXPECT(counts[i] == hpt_result_count(result, (hpt_trial_state)i),
                   "I1: %u trials were told as %s, the result has %u", (unsigned)counts[i],
                   hpt_trial_state_text((hpt_trial_state)i),
                   (unsigned)hpt_result_count(result, (hpt_trial_state)i));
    const ledger_trial *best = best_told();
    SIM_EXPECT(!best || book->is_blind || best->told_value == hpt_result_value(result),
               "I3: the best told is %.17g, the result has %.17g", best->told_value,
               hpt_result_value(result));
}

/* What the objective saw, whoever was the strategy. */
static void check_values(const hpt_result *result) {
    const ledger *book = ledger_open;
    uint64_t      called = 0, complete = 0;
    uint64_t      number = hpt_result_trial(result);
    for (uint64_t i = 0; i < LEDGER_TRIALS; i++) {
        const ledger_trial *trial = &book->trials[i];
        bool                has_value = trial->answer == HPT_OK && isfinite(trial->value);
        called += trial->calls > 0;
        complete += trial->calls > 0 && has_value;
    }
    const hpt_stats *stats = hpt_result_stats(result);
    SIM_EXPECT(called <= stats->trial_count, "%u evaluations of %u trials", (unsigned)called,
               (unsigned)stats->trial_count);
    SIM_EXPECT(stats->state_count[HPT_TRIAL_COMPLETE] <= complete,
               "I1: %u trials returned a value, the result has %u", (unsigned)complete,
               (unsigned)stats->state_count[HPT_TRIAL_COMPLETE]);
    if (!hpt_result_has_best(result)) return;
    const ledger_trial *best = ledger_of(number);
    SIM_EXPECT(best->calls > 0 && best->value == hpt_result_value(result),
               "I3: trial %u is the best with %.17g, and returned %.17g", (unsigned)number,
               hpt_result_value(result), best->value);
}

void oracle_result(const hpt_result *result) {
    const ledger    *book = ledger_open;
    const scenario  *scene = book->scene;
    const hpt_stats *stats = hpt_result_stats(result);
    oracle_stats(stats);
    SIM_EXPECT(stats->state_count[HPT_TRIAL_RUNNING] == 0, "I1: %u trials still run at the end",
               (unsigned)stats->state_count[HPT_TRIAL_RUNNING]);
    SIM_EXPECT(hpt_result_stop(result) != HPT_STOP_NONE || scene->form == FORM_STUDY,
               "the run is over for no reason");
    SIM_EXPECT(stats->trial_count <= scene->trial_count_max, "%u trials of %u",
               (unsigned)stats->trial_count, (unsigned)scene->trial_count_max);
    SIM_EXPECT(stats->trial_count == scene->trial_count_max ||
                   hpt_result_stop(result) != HPT_STOP_TRIALS,
               "the budget is said to be used up after %u of %u trials",
               (unsigned)stats->trial_count, (unsigned)scene->trial_count_max);
    if (book->life == 0) check_values(result);
    if (!scene->strategy) check_told(result);
}

void oracle_over(void) {
    const ledger *book = ledger_open;
    SIM_EXPECT(book->inside_objective == 0, "%u objectives still run",
               (unsigned)book->inside_objective);
}

/* I2 again, from the file itself: what was promised is there, and nothing twice. */
void oracle_file(const char *path) {
    ledger      *book = ledger_open;
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    hpt_status   status = hpt_history_load(path, NULL, &history, &err);
    size_t       count = status == HPT_OK ? hpt_history_count(history) : 0;
    uint64_t     last = UINT64_MAX;
    for (size_t i = 0; i < count; i++) {
        const hpt_record *record = hpt_history_at(history, i);
        ledger_kept *kept = record->number < LEDGER_TRIALS ? &book->kept[record->number] : NULL;
        SIM_EXPECT(i == 0 || record->number > last, "I1: trial %u is in the file twice",
                   (unsigned)record->number);
        last = record->number;
        if (!kept || kept->state == HPT_TRIAL_RUNNING) continue;
        SIM_EXPECT(kept->state == record->state, "I2: trial %u was promised as %s, the file has %s",
                   (unsigned)record->number, hpt_trial_state_text(kept->state),
                   hpt_trial_state_text(record->state));
        SIM_EXPECT(kept->state != HPT_TRIAL_COMPLETE ||
                       (record->value_count == 1 && record->values[0] == kept->value),
                   "I2: trial %u has another value in the file", (unsigned)record->number);
    }
    for (uint64_t i = 0; i < LEDGER_TRIALS; i++) {
        size_t at = 0;
        if (book->kept[i].state == HPT_TRIAL_RUNNING) continue;
        while (at < count && hpt_history_at(history, at)->number != i)
            at++;
        SIM_EXPECT(at < count,
                   "I2: trial %u was promised as %s, and the file has no such trial (%s)",
                   (unsigned)i, hpt_trial_state_text(book->kept[i].state),
                   status == HPT_OK ? "it can be read" : err.text);
    }
    hpt_history_destroy(history);
}

/* A window makes the trace a function of the options: so the one of a run on the calling thread
 * that nobody disturbed is the right one. */
void oracle_same(const ledger *it, const ledger *reference) {
    for (uint64_t i = 0; i < LEDGER_TRIALS; i++) {
        const ledger_trial *a = &it->trials[i], *b = &reference->trials[i];
        SIM_EXPECT(a->told == b->told, "trial %u is %s, and %s where it ran alone", (unsigned)i,
                   hpt_trial_state_text(a->told), hpt_trial_state_text(b->told));
        SIM_EXPECT(a->order == b->order, "trial %u was told as number %u, and alone as %u",
                   (unsigned)i, (unsigned)a->order, (unsigned)b->order);
        if (a->told != HPT_TRIAL_COMPLETE) continue;
        SIM_EXPECT(a->told_value == b->told_value &&
                       !memcmp(a->told_point, b->told_point, sizeof a->told_point),
                   "trial %u has %.17g, and %.17g where it ran alone", (unsigned)i, a->told_value,
                   b->told_value);
    }
}
