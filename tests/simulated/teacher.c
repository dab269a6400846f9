/* SPDX-License-Identifier: BSD-3-Clause */
/* A strategy that learns, so that what it proposes depends on the order of asks and tells, and that
 * checks the promises made to strategies: one thread at a time, numbers that rise by one, each
 * trial told once, in order where there is a window. Points and results go into the ledger. */
#include "ledger.h"

#include <math.h>
#include <string.h>

#include "alloc.h"
#include "files.h"

typedef struct lesson {
    const hpt_space *space;
    uint64_t         seed, told;
    double           best_loss, step;
    hpt_coord        best[LEDGER_DIMS];
} lesson;

static void enter(void) {
    SIM_EXPECT(ledger_open->inside_teacher++ == 0, "two threads in the strategy");
    sim_point(); /* whoever else has the turn may come now */
}

static void leave(void) {
    sim_point();
    SIM_EXPECT(--ledger_open->inside_teacher == 0, "two threads in the strategy");
}

/* As new: a study may find that it cannot repeat what was asked before, and begin again. */
static void forget(void) {
    ledger *book = ledger_open;
    for (uint64_t i = 0; i < LEDGER_TRIALS; i++) {
        SIM_EXPECT(book->trials[i].calls == 0, "the strategy begins again in the middle of a run");
        book->trials[i] = (ledger_trial){ .told = HPT_TRIAL_RUNNING };
    }
    book->asked_next = book->scene->point_count;
    book->asked = book->told = 0;
    book->is_blind = false;
}

static hpt_status init(void *state, const hpt_strategy_setup *setup, hpt_err *err) {
    (void)err;
    forget();
    lesson *it = state;
    it->space = setup->space;
    it->seed = setup->seed;
    it->best_loss = INFINITY;
    it->step = 0.3;
    return HPT_OK;
}

/* It waits for results before each fourth candidate, while there are any to wait for. */
static bool is_waiting(uint64_t number) {
    const ledger *book = ledger_open;
    return book->scene->has_teacher_gaps && number % 4 == 3 && book->told < book->asked;
}

static void propose(const lesson *it, uint64_t number, hpt_coord *point_out) {
    uint64_t words[LEDGER_DIMS];
    hpt_random(it->seed, number, 1, words, LEDGER_DIMS);
    for (hpt_param i = 0; i < LEDGER_DIMS; i++) {
        double unit = sim_unit(words[i]);
        double centre = isfinite(it->best_loss) ? hpt_space_to_unit(it->space, i, it->best[i]) : -1;
        if (centre >= 0) unit = centre + it->step * (2 * unit - 1);
        point_out[i] = hpt_space_from_unit(it->space, i, unit);
    }
}

static hpt_status ask(void *state, uint64_t number, hpt_coord *point_out, hpt_err *err) {
    ledger *book = ledger_open;
    (void)err;
    enter();
    bool waits = is_waiting(number);
    if (!waits) {
        ledger_trial *trial = ledger_of(number);
        SIM_EXPECT(!trial->was_asked, "trial %u is asked for again", (unsigned)number);
        if ((book->is_blind || book->life > 0) && book->asked == 0)
            book->asked_next = number; /* behind theirs */
        SIM_EXPECT(number == book->asked_next, "trial %u is asked for, not %u", (unsigned)number,
                   (unsigned)book->asked_next);
        trial->was_asked = true;
        book->asked_next++;
        book->asked++;
        propose(state, number, point_out);
    }
    leave();
    return waits ? HPT_EAGAIN : HPT_OK;
}

/* What it is told must be what the objective said. */
static void compare(const ledger_trial *trial, const hpt_outcome *outcome) {
    unsigned number = (unsigned)outcome->number;
    bool     is_complete = outcome->state == HPT_TRIAL_COMPLETE;
    bool may_be_lost = ledger_open->scene->trial_s_max > 0 || !isnan(ledger_open->scene->grace_s);
    SIM_EXPECT(trial->inside == 0 || may_be_lost, "trial %u is told while it runs", number);
    SIM_EXPECT(outcome->state != HPT_TRIAL_RUNNING, "trial %u is told as running", number);
    /* A process may die, or be ended for its time, before it calls the objective. */
    const char *pool = ledger_open->scene->pool;
    bool        is_elsewhere = !is_complete && pool && strcmp(pool, "processes") == 0;
    SIM_EXPECT(trial->calls > 0 || outcome->state == HPT_TRIAL_CANCELLED || is_elsewhere ||
                   ledger_open->life > 0,
               "trial %u is told as %s and was never evaluated", number,
               hpt_trial_state_text(outcome->state));
    double value = subject_value(ledger_open->scene, outcome->point);
    SIM_EXPECT(!is_complete || value == outcome->value, "trial %u is told %.17g, and was %.17g",
               number, outcome->value, value);
    SIM_EXPECT(!is_complete || trial->calls == 0 || trial->answer == HPT_OK,
               "trial %u did not return a value", number);
    bool has_value = trial->calls > 0 && trial->answer == HPT_OK && isfinite(trial->value);
    SIM_EXPECT(!has_value || is_complete || outcome->state == HPT_TRIAL_CANCELLED ||
                   outcome->state == HPT_TRIAL_TIMEOUT || outcome->state == HPT_TRIAL_CRASHED ||
                   outcome->state == HPT_TRIAL_PRUNED,
               "trial %u has a value and is told as %s", number,
               hpt_trial_state_text(outcome->state));
    for (int i = 0; i < LEDGER_DIMS && trial->calls > 0; i++)
        SIM_EXPECT(trial->point[i].integer == outcome->point[i].integer,
                   "trial %u is told with another point", number);
}

/* I2: what an earlier life was promised, this one is told. */
static void check_kept(const hpt_outcome *outcome) {
    ledger_kept *kept = &ledger_open->kept[outcome->number];
    if (kept->state == HPT_TRIAL_RUNNING) return;
    /* With a window nothing counts behind the trial that stops the run, as in one that was never
     * interrupted: also not what an earlier life, which was cancelled before it saw that, was told.
     */
    if (ledger_open->scene->window > 0 && outcome->state == HPT_TRIAL_CANCELLED) {
        *kept = (ledger_kept){ .state = HPT_TRIAL_RUNNING };
        return;
    }
    bool is_same = kept->state == outcome->state &&
                   (kept->state != HPT_TRIAL_COMPLETE || kept->value == outcome->value);
    SIM_EXPECT(is_same, "I2: trial %u was kept as %s %g, and comes back as %s %g",
               (unsigned)outcome->number, hpt_trial_state_text(kept->state), kept->value,
               hpt_trial_state_text(outcome->state), outcome->value);
}

/* With HPT_SYNC_EACH a result is on the disk before the strategy is told. */
static void note_promise(ledger_trial *trial) {
    const scenario *scene = ledger_open->scene;
    bool            is_each = scene->file != FILE_NONE && scene->sync == HPT_SYNC_EACH;
    trial->is_promised = is_each && !files_are_off() && files_failed() == 0 &&
                         alloc_failures() == 0 && trial->told != HPT_TRIAL_CANCELLED;
}

static void tell(void *state, const hpt_outcome *outcome) {
    lesson *it = state;
    ledger *book = ledger_open;
    if (outcome->number == HPT_NUMBER_NONE) {
        book->is_blind = true;
        return;
    }
    ledger_trial *trial = ledger_of(outcome->number);
    enter();
    bool is_users = outcome->number < book->scene->point_count;
    SIM_EXPECT(trial->was_asked || is_users || book->is_blind || book->life > 0,
               "trial %u was not asked for", (unsigned)outcome->number);
    SIM_EXPECT(trial->told == HPT_TRIAL_RUNNING, "trial %u is told twice",
               (unsigned)outcome->number);
    compare(trial, outcome);
    check_kept(outcome);
    SIM_EXPECT(book->scene->window == 0 || book->life > 0 || outcome->number == it->told,
               "with a window trial %u is told as number %u", (unsigned)outcome->number,
               (unsigned)it->told);
    trial->told = outcome->state;
    trial->told_value = outcome->value;
    memcpy(trial->told_point, outcome->point, sizeof trial->told_point);
    note_promise(trial);
    trial->order = it->told++;
    if (trial->was_asked) book->told++;
    it->step *= 0.999; /* so that even a failed trial changes what comes */
    if (outcome->state == HPT_TRIAL_COMPLETE && outcome->loss < it->best_loss) {
        it->best_loss = outcome->loss;
        it->step *= 1.1;
        for (int i = 0; i < LEDGER_DIMS; i++)
            it->best[i] = outcome->point[i];
    }
    leave();
}

const hpt_strategy_class teacher = {
    .struct_size = sizeof(hpt_strategy_class),
    .name = "teacher",
    .summary = "keeps books, for tests",
    .state_size = sizeof(lesson),
    .init = init,
    .ask = ask,
    .tell = tell,
};
