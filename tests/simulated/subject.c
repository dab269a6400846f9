/* SPDX-License-Identifier: BSD-3-Clause */
/* The objective: what it does is a function of the trial's number, what it returns of the point. */
#include "ledger.h"

#include <math.h>
#include <signal.h>

#include "children.h"

ledger *ledger_open;

ledger_trial *ledger_of(uint64_t number) {
    SIM_EXPECT(number < LEDGER_TRIALS, "trial %llu: there are no so many",
               (unsigned long long)number);
    return &ledger_open->trials[number];
}

static void ledger_enter(uint64_t number) {
    ledger_of(number)->inside++;
    ledger_open->inside_objective++;
    ledger_open->inside_of[sim_self()] = number + 1;
}

void ledger_leave(int fiber) {
    uint64_t *at = &ledger_open->inside_of[fiber];
    if (*at == 0) return;
    ledger_of(*at - 1)->inside--;
    ledger_open->inside_objective--;
    *at = 0;
}

hpt_space *subject_space(void) {
    static const char *const modes[] = { "slow", "fast", "exact" };
    hpt_space               *space = hpt_space_create();
    if (!space) return NULL;
    hpt_param x = hpt_space_add_real(space, "x", 0, 1);
    hpt_space_set_step(space, x, hpt_real(0.03125));
    hpt_space_add_int(space, "n", 0, 20);
    hpt_space_add_choice(space, "c", modes, 3);
    return space;
}

double subject_value(const scenario *scene, const hpt_coord *point) {
    double x = point[0].real - 0.3, n = (double)point[1].integer / 20 - 0.5;
    double value = x * x + n * n + 0.1 * (double)point[2].integer;
    return scene->subject.has_values_twice ? floor(value * 8) / 8 : value;
}

/* How trial `number` behaves: bits for each of its habits. */
static double habit(const scenario *scene, uint64_t number, uint64_t which) {
    return sim_unit(sim_hash(sim_hash(scene->seed, 77 + which), number));
}

static int64_t span_of(const scenario *scene, uint64_t number) {
    const scenario_subject *it = &scene->subject;
    double                  share = habit(scene, number, 0);
    double                  span_ns = (share < 0.3 ? 0 : share) * (double)it->span_ns_max;
    if (habit(scene, number, 9) < it->hang_share) return INT64_C(2000000000);
    return (int64_t)(habit(scene, number, 1) < it->long_share ? 100 * span_ns : span_ns);
}

/* What is reported rises to the value. */
static bool may_report(hpt_trial *trial, const scenario *scene, unsigned step, unsigned count) {
    double     value = subject_value(scene, hpt_trial_point(trial)) * (step + 1) / (count + 1);
    hpt_status status = hpt_trial_report(trial, step, value);
    return status == HPT_OK;
}

/* Time passes, with reports and looks in between. False: it was told to stop. */
static bool spend(hpt_trial *trial, const scenario *scene, uint64_t number) {
    const scenario_subject *it = &scene->subject;
    unsigned                reports =
        it->report_max ? (unsigned)(habit(scene, number, 2) * (it->report_max + 1)) : 0;
    int64_t span_ns = span_of(scene, number), part_ns = span_ns / (reports + 1);
    for (unsigned i = 0; i <= reports; i++) {
        if (part_ns > 0) sim_doze(part_ns);
        if (it->looks && span_ns < INT64_C(2000000000) && hpt_trial_should_stop(trial))
            return false;
        if (i < reports && !may_report(trial, scene, i, reports) && it->looks) return false;
    }
    return true;
}

/* In a process of its own it may take that with it, at three moments. */
static void maybe_die(const scenario *scene, uint64_t number, unsigned moment) {
    static const int signals[] = { SIGSEGV, SIGABRT, 0, 0 };
    if (habit(scene, number, 10) >= scene->subject.die_share) return;
    uint64_t which = sim_hash(scene->seed + 11, number);
    if (which % 3 == moment) children_die(signals[which / 3 % 4], (int)(which / 12 % 2));
}

static hpt_status behave(hpt_trial *trial, const scenario *scene, uint64_t number,
                         double *value_out) {
    const scenario_subject *it = &scene->subject;
    if (habit(scene, number, 3) < it->cancel_share) {
        ledger_open->was_cancelled = true;
        hpt_run_cancel(hpt_trial_run(trial), scene->cancel_level);
    }
    if (habit(scene, number, 4) < it->attr_share) hpt_trial_set_attr(trial, "n", hpt_int(1));
    maybe_die(scene, number, 0);
    if (!spend(trial, scene, number)) return HPT_ESTOPPED;
    maybe_die(scene, number, 1);
    if (habit(scene, number, 5) < it->fail_share) return hpt_trial_fail(trial, "by chance");
    if (habit(scene, number, 6) < it->prune_share) return hpt_trial_prune(trial);
    if (habit(scene, number, 7) < it->infeasible_share) return hpt_trial_infeasible(trial, "so");
    *value_out = subject_value(scene, hpt_trial_point(trial));
    if (habit(scene, number, 8) < it->nan_share) *value_out = NAN;
    return HPT_OK;
}

hpt_status subject(hpt_trial *trial, void *user, double *value_out) {
    ledger         *book = user;
    const scenario *scene = book->scene;
    uint64_t        number = hpt_trial_number(trial);
    uint32_t        attempt = hpt_trial_attempt(trial);
    ledger_trial   *it = ledger_of(number);
    SIM_EXPECT(book == ledger_open && !book->is_over, "trial %u begins when the run is over",
               (unsigned)number);
    SIM_EXPECT(it->inside == 0 || scene->retry_count > 0, "trial %u is evaluated twice at once",
               (unsigned)number);
    SIM_EXPECT(it->calls++ <= scene->retry_count, "trial %u is evaluated %u times",
               (unsigned)number, it->calls);
    SIM_EXPECT(it->told == HPT_TRIAL_RUNNING, "trial %u is evaluated after it was told",
               (unsigned)number);
    SIM_EXPECT(book->kept[number].state == HPT_TRIAL_RUNNING,
               "I2: trial %u was kept as %s by an earlier life, and is evaluated again",
               (unsigned)number, hpt_trial_state_text(book->kept[number].state));
    const hpt_coord *point = hpt_trial_point(trial);
    for (int i = 0; i < LEDGER_DIMS; i++)
        it->point[i] = point[i];
    it->attempt = attempt;
    ledger_enter(number);
    hpt_status status = behave(trial, scene, number, value_out);
    ledger_leave(sim_self());
    if (attempt == it->attempt) it->answer = status;
    maybe_die(scene, number, 2);
    if (attempt == it->attempt) it->value = *value_out;
    for (int i = 0; i < LEDGER_DIMS; i++)
        SIM_EXPECT(it->point[i].integer == hpt_trial_point(trial)[i].integer,
                   "the point of trial %u changed while it ran", (unsigned)number);
    SIM_EXPECT(hpt_trial_number(trial) == number, "trial %u became another", (unsigned)number);
    return status;
}
