/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   whatever options come together, every trial ends exactly once, the counts add up, the
 * best is the best of what was told, and the stop reason fits. Method: runs with options drawn at
 * random from a seed, which is printed when one of them breaks a promise; an objective that does
 * everything an objective may do. */
#include "runs.h"
#include "trace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A small generator of its own: the same runs everywhere. */
typedef struct dice {
    uint64_t state;
} dice;

static uint64_t roll(dice *it, uint64_t sides) {
    it->state = it->state * 6364136223846793005u + 1442695040888963407u;
    return (it->state >> 33) % sides;
}

/* What the objective does with a trial is drawn from the trial's own seed. `user` says of 64 how
 * often something unusual. */
static hpt_status do_anything(hpt_trial *trial, void *user, double *value_out) {
    uint64_t bits = hpt_trial_seed(trial, 1);
    unsigned mood = (unsigned)(bits >> 32) % 64;
    double   x = hpt_trial_real_at(trial, 0);
    *value_out = floor(x * 50); /* ties are common */
    if (mood >= *(const unsigned *)user) return HPT_OK;
    if (bits % 7 == 0) hpt_trial_set_attr(trial, "bits", hpt_int((int64_t)bits));
    if (bits % 11 == 0) hpt_trial_report(trial, 1, x);
    if (mood < 4) return hpt_trial_fail(trial, "mood %u", mood);
    if (mood < 6) return hpt_trial_infeasible(trial, "mood %u", mood);
    if (mood < 8) return hpt_trial_prune(trial);
    if (mood < 10) *value_out = NAN;
    if (mood == 10) runs_sleep_ms(1);
    if (mood == 11 && bits % 64 == 0) hpt_run_cancel(hpt_trial_run(trial), HPT_CANCEL_FINISH);
    return hpt_trial_should_stop(trial) ? HPT_ESTOPPED : HPT_OK;
}

static hpt_options draw_options(dice *it) {
    static const char *const strategies[] = { "random", "grid:points=700", "qmc",
                                              "grid:points=300,shuffle=yes" };
    static const uint32_t    windows[] = { 0, 0, 1, 3, 16, 100, 5000 };
    hpt_options              options = runs_options(1 + (uint32_t)roll(it, 8), 1 + roll(it, 3000));
    options.seed = roll(it, 1000);
    options.strategy = strategies[roll(it, 4)];
    if (roll(it, 3) == 0) options.strategy_class = &trace_learner, options.strategy = NULL;
    options.window = windows[roll(it, 7)];
    options.pool = roll(it, 4) == 0 ? "inline" : "threads";
    options.direction = roll(it, 2) ? HPT_MAXIMISE : HPT_MINIMISE;
    if (roll(it, 4) == 0) options.stale_count_max = 1 + roll(it, 500);
    if (roll(it, 4) == 0) options.target = options.direction == HPT_MAXIMISE ? 49 : 0;
    if (roll(it, 4) == 0) options.wall_s_max = 0.0001 * (double)(1 + roll(it, 100));
    if (roll(it, 4) == 0) runs_ask_to_stop_after(&options, 1e-6 * (double)(1 + roll(it, 1000)));
    options.fruitless_count_max = roll(it, 2) ? 1000 : 1;
    return options;
}

/* Judging. */

static bool is_better(const hpt_options *options, const trace_trial *a, const trace_trial *b) {
    if (a->value == b->value) return a->number < b->number;
    return options->direction == HPT_MAXIMISE ? a->value > b->value : a->value < b->value;
}

static const char *judge_trials(const hpt_options *options, const hpt_result *result,
                                const trace *it) {
    const hpt_stats   *stats = hpt_result_stats(result);
    const trace_trial *best = NULL;
    bool              *seen = calloc(stats->trial_count + 1, sizeof *seen);
    const char        *problem = it->count == stats->trial_count ? NULL : "ENDED is missing";
    for (size_t i = 0; i < it->count && !problem; i++) {
        const trace_trial *trial = &it->trials[i];
        if (trial->number >= stats->trial_count || seen[trial->number]) problem = "number";
        if (options->window > 0 && trial->number != i) problem = "order";
        if (problem) break;
        seen[trial->number] = true;
        if (trial->state == HPT_TRIAL_COMPLETE ? !isfinite(trial->value) : !isnan(trial->value))
            problem = "value";
        if (trial->state == HPT_TRIAL_FAILED && !*trial->reason) problem = "reason";
        if (trial->state != HPT_TRIAL_COMPLETE) continue;
        if (!best || is_better(options, trial, best)) best = trial;
    }
    free(seen);
    if (problem) return problem;
    if (hpt_result_has_best(result) != (best != NULL)) return "has_best";
    if (!best) return NULL;
    if (hpt_result_trial(result) != best->number) return "best trial";
    if (hpt_result_value(result) != best->value) return "best value";
    return hpt_result_real(result, "x") == best->point[0].real ? NULL : "best point";
}

/* A trial that was running when the others had failed too often may still complete. */
static const char *judge_all_failed(const hpt_options *options, const hpt_result *result) {
    const uint64_t *count = hpt_result_stats(result)->state_count;
    uint64_t bad = count[HPT_TRIAL_FAILED] + count[HPT_TRIAL_INFEASIBLE] + count[HPT_TRIAL_TIMEOUT];
    bool     says_all = strstr(hpt_result_stop_text(result), "too late") == NULL;
    bool     is_all = count[HPT_TRIAL_COMPLETE] + count[HPT_TRIAL_PRUNED] == 0;
    if (says_all != is_all || bad == 0) return "ALL_FAILED";
    return is_all || bad >= options->fruitless_count_max ? NULL : "ALL_FAILED too early";
}

static const char *judge_stop(const hpt_options *options, const hpt_result *result) {
    const hpt_stats *stats = hpt_result_stats(result);
    uint64_t         cancelled = stats->state_count[HPT_TRIAL_CANCELLED];
    double           sign = options->direction == HPT_MAXIMISE ? -1 : 1;
    if (stats->trial_count > options->trial_count_max) return "one trial too many";
    switch (hpt_result_stop(result)) {
    case HPT_STOP_TRIALS:
        return stats->trial_count == options->trial_count_max && cancelled == 0 ? NULL : "TRIALS";
    case HPT_STOP_EXHAUSTED:
        return stats->trial_count <= options->trial_count_max && cancelled == 0 ? NULL
                                                                                : "EXHAUSTED";
    case HPT_STOP_WALL:
        return stats->wall_s >= options->wall_s_max && options->wall_s_max > 0 ? NULL : "WALL";
    case HPT_STOP_TARGET:
        return sign * hpt_result_value(result) <= sign * options->target ? NULL : "TARGET";
    case HPT_STOP_STALE:
        return options->stale_count_max > 0 ? NULL : "STALE";
    case HPT_STOP_ALL_FAILED:
        return judge_all_failed(options, result);
    case HPT_STOP_CANCELLED:
        return NULL;
    default:
        return "a stop that cannot be";
    }
}

static void run_seed(uint64_t seed) {
    dice         it = { seed * 2654435761u + 1 };
    hpt_options  options = draw_options(&it);
    unsigned     moods = (unsigned)roll(&it, 14);
    trace        seen = { 0 };
    hpt_observer observer;
    trace_attach(&seen, &observer, &options);
    observer.kinds = roll(&it, 2) ? 0 : HPT_EVENT_TRIAL_ENDED | HPT_EVENT_FINISHED;
    hpt_result *result = runs_do(do_anything, &moods, &options);
    const char *problem = judge_trials(&options, result, &seen);
    if (!problem) problem = judge_stop(&options, result);
    if (!problem && seen.finished_count != 1) problem = "FINISHED";
    if (problem) fail_msg("seed %d: %s", (int)seed, problem);
    hpt_result_destroy(result);
    trace_free(&seen);
}

static void any_options_together_keep_the_promises(void **state) {
    const char *only = getenv("HPT_STRESS_SEED"); /* to repeat one that failed */
    (void)state;
    if (only) {
        run_seed(strtoull(only, NULL, 10));
        return;
    }
    for (uint64_t seed = 0; seed < fixture_scaled(1500); seed++)
        run_seed(seed);
}

/* With nobody watching, trials that simply complete are fed back many at a time. */

typedef struct diary {
    unsigned moods;
    double   values[3001]; /* by number; NaN when it has none */
} diary;

static hpt_status keep_diary(hpt_trial *trial, void *user, double *value_out) {
    diary     *it = user;
    hpt_status status = do_anything(trial, &it->moods, value_out);
    it->values[hpt_trial_number(trial)] =
        status == HPT_OK && isfinite(*value_out) ? *value_out : NAN;
    return status;
}

static const char *judge_diary(const hpt_options *options, const hpt_result *result,
                               const diary *it) {
    double   sign = options->direction == HPT_MAXIMISE ? -1 : 1;
    uint64_t complete = 0, best = UINT64_MAX;
    for (uint64_t i = 0; i < 3001; i++) {
        if (isnan(it->values[i])) continue;
        complete++;
        if (best == UINT64_MAX || sign * it->values[i] < sign * it->values[best]) best = i;
    }
    if (hpt_result_count(result, HPT_TRIAL_COMPLETE) != complete) return "complete";
    if (hpt_result_trial(result) != best) return "best trial";
    return best == UINT64_MAX || hpt_result_value(result) == it->values[best] ? NULL : "best value";
}

static void unwatched_runs_keep_the_promises(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < fixture_scaled(1500); seed++) {
        static diary book;
        dice         it = { seed * 2654435761u + 99 };
        hpt_options  options = draw_options(&it);
        book.moods = roll(&it, 2) ? 0 : (unsigned)roll(&it, 14);
        for (size_t i = 0; i < sizeof book.values / sizeof *book.values; i++)
            book.values[i] = NAN;
        options.trial_s_max = 0; /* the diary cannot know which trials were late */
        hpt_result *result = runs_do(keep_diary, &book, &options);
        const char *problem = judge_stop(&options, result);
        /* with a window, what is behind the end does not count although it ran */
        if (!problem && (options.window == 0 || hpt_result_count(result, HPT_TRIAL_CANCELLED) == 0))
            problem = judge_diary(&options, result, &book);
        if (problem) fail_msg("seed %d: %s", (int)seed, problem);
        hpt_result_destroy(result);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_options_together_keep_the_promises),
        cmocka_unit_test(unwatched_runs_keep_the_promises),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
