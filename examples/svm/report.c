/* SPDX-License-Identifier: BSD-3-Clause */
#include "report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* One line of either part: a name, then what is said about it. */
#define LINE "  %-10s "

static long wrong_count(const struct dataset *data, double error_percent) {
    return lround(error_percent * (double)data->row_count / 100);
}

static void print_names(const hpt_space *space) {
    printf(LINE, "tuned");
    for (size_t i = 0; i < hpt_space_count(space); i++) {
        hpt_param_info info = { .struct_size = sizeof info };
        hpt_space_info(space, (hpt_param)i, &info, NULL);
        printf("%s%s", i ? ", " : "", info.name);
    }
    printf("\n");
}

static void print_search(const hpt_result *untuned, const hpt_options *options) {
    uint32_t workers = hpt_result_stats(untuned)->worker_count_wanted;
    printf(LINE "strategy %s, %u worker%s", "search", options->strategy, (unsigned)workers,
           workers == 1 ? "" : "s");
    if (options->trial_count_max)
        printf(", %llu trials", (unsigned long long)options->trial_count_max);
    if (options->wall_s_max > 0)
        printf("%s %g s", options->trial_count_max ? " or" : ",", options->wall_s_max);
    printf("\n" LINE "a trial may take %.2g s; Ctrl-C ends the search early\n\n", "",
           options->trial_s_max);
}

void report_start(const struct task *task, const struct dataset *data, const hpt_result *untuned,
                  const hpt_options *options) {
    printf("hpt teaches a support vector machine (libsvm) to %s.\n"
           "It tries parameters on every core, and keeps the best.\n\n",
           task->title);
    printf(LINE "%zu %s\n", "data", data->row_count, task->rows);
    printf(LINE "as few errors as possible in %d-fold cross-validation\n", "goal", FOLD_COUNT);
    if (hpt_result_has_best(untuned))
        printf(LINE "%.2f %% wrong: %ld %s; one trial took %.2g s\n", "untuned",
               hpt_result_value(untuned), wrong_count(data, hpt_result_value(untuned)), task->noun,
               hpt_result_stats(untuned)->wall_s);
    print_names(hpt_result_space(untuned));
    print_search(untuned, options);
    fflush(stdout); /* before the progress, which goes to stderr */
}

static const char *value_text(hpt_value value, char *text_out, size_t bytes) {
    if (value.type == HPT_TYPE_TEXT) return value.as.text;
    if (value.type == HPT_TYPE_INT)
        snprintf(text_out, bytes, "%lld", (long long)value.as.integer);
    else
        snprintf(text_out, bytes, "%.4g", value.as.real);
    return text_out;
}

/* Some kernels ignore some parameters. */
static bool matters(const char *name, const char *kernel) {
    if (strcmp(name, "gamma") == 0) return strcmp(kernel, "linear") != 0;
    if (strcmp(name, "degree") == 0) return strcmp(kernel, "poly") == 0;
    if (strcmp(name, "coef0") == 0)
        return strcmp(kernel, "poly") == 0 || strcmp(kernel, "sigmoid") == 0;
    return true;
}

static const char *parameter_text(const hpt_result *result, hpt_param param, const char *name,
                                  char *text_out, size_t bytes) {
    if (!matters(name, hpt_result_text(result, "kernel"))) return "-";
    return value_text(hpt_result_param_at(result, param), text_out, bytes);
}

static void print_wrong(const struct task *task, const struct dataset *data, double untuned,
                        double tuned) {
    char text[2][32];
    snprintf(text[0], sizeof text[0], "%.2f %%", untuned);
    snprintf(text[1], sizeof text[1], "%.2f %%", tuned);
    printf(LINE " %-12s %-12s %ld %s instead of %ld\n", "wrong", text[0], text[1],
           wrong_count(data, tuned), task->noun, wrong_count(data, untuned));
}

static void print_best(const struct task *task, const struct dataset *data,
                       const hpt_result *untuned, const hpt_result *tuned) {
    const hpt_space *space = hpt_result_space(tuned);
    char             text[2][64];
    printf(LINE " %-12s %s\n", "", "untuned", "best");
    print_wrong(task, data, hpt_result_value(untuned), hpt_result_value(tuned));
    for (size_t i = 0; i < hpt_space_count(space); i++) {
        hpt_param_info info = { .struct_size = sizeof info };
        hpt_space_info(space, (hpt_param)i, &info, NULL);
        printf(LINE " %-12s %s\n", info.name,
               parameter_text(untuned, (hpt_param)i, info.name, text[0], sizeof text[0]),
               parameter_text(tuned, (hpt_param)i, info.name, text[1], sizeof text[1]));
    }
}

static void print_states(const hpt_result *tuned, const hpt_options *options) {
    /* clang-format off */
    static const char *const meanings[HPT_TRIAL_STATE_COUNT] = {
        [HPT_TRIAL_COMPLETE] = "trained and tested on all folds",
        [HPT_TRIAL_PRUNED] = "given up: more errors than the best, before the last fold",
        [HPT_TRIAL_FAILED] = "see the log",
        [HPT_TRIAL_INFEASIBLE] = "parameters that libsvm refuses: see the log",
        [HPT_TRIAL_CANCELLED] = "were still waiting or running when the run was stopped",
    };
    /* clang-format on */
    printf(LINE "%llu\n", "trials", (unsigned long long)hpt_result_stats(tuned)->trial_count);
    for (int i = 0; i < HPT_TRIAL_STATE_COUNT; i++) {
        hpt_trial_state    state = (hpt_trial_state)i;
        unsigned long long count = hpt_result_count(tuned, state);
        if (count == 0) continue;
        printf("  %-10s %8llu  ", hpt_trial_state_text(state), count);
        if (state == HPT_TRIAL_TIMEOUT)
            printf("longer than %.2g s\n", options->trial_s_max);
        else
            printf("%s\n", meanings[i] ? meanings[i] : "");
    }
}

/* One figure per worker; of many workers the least and the most. */
static void print_workers(const hpt_result *tuned) {
    const hpt_stats *stats = hpt_result_stats(tuned);
    double           least = 1, most = 0;
    printf(LINE "%u, busy", "workers", (unsigned)stats->worker_count);
    for (uint32_t i = 0; i < stats->worker_count; i++) {
        double busy = hpt_result_busy(tuned, i);
        least = fmin(least, busy);
        most = fmax(most, busy);
        if (stats->worker_count <= 8) printf(" %.1f %%", 100 * busy);
    }
    if (stats->worker_count > 8) printf(" %.1f to %.1f %%", 100 * least, 100 * most);
    printf(" of the time\n");
}

/* A sentence of any length, in lines that fit a terminal. */
static void print_sentence(const char *name, const char *text) {
    enum { WIDTH = 66 };
    while (strlen(text) > WIDTH) {
        int bytes = WIDTH;
        while (bytes > 0 && text[bytes] != ' ')
            bytes--;
        if (bytes == 0) break; /* one long word */
        printf(LINE "%.*s\n", name, bytes, text);
        text += bytes + 1;
        name = "";
    }
    printf(LINE "%s\n", name, text);
}

/* How to look at what is kept. */
static void print_study(const char *path) {
    if (!path) return;
    printf(LINE "%s: the next run with it goes on. To look at it:\n", "study", path);
    printf(LINE "hpt trials %s --sort best\n", "", path);
    printf(LINE "hpt importance %s\n", "", path);
}

static void print_run(const hpt_result *tuned, const hpt_options *options, const char *log) {
    const hpt_stats *stats = hpt_result_stats(tuned);
    double           speed_up = stats->busy_fraction * stats->worker_count;
    print_sentence("stopped", hpt_result_stop_text(tuned));
    printf(LINE "%.2f s\n", "time", stats->wall_s);
    print_workers(tuned);
    printf(LINE "%.2f: %.2f s of trials in %.2f s\n", "speed-up", speed_up,
           speed_up * stats->wall_s, stats->wall_s);
    printf(LINE "%s, one line of JSON for each trial\n", "log", log);
    print_study(options->study);
    for (size_t i = 0; hpt_result_warning(tuned, i); i++)
        print_sentence("warning", hpt_result_warning(tuned, i));
}

void report_end(const struct task *task, const struct dataset *data, const hpt_result *untuned,
                const hpt_result *tuned, const hpt_options *options, const char *log) {
    fprintf(stderr, "\n"); /* between the progress and the table */
    if (hpt_result_has_best(untuned) && hpt_result_has_best(tuned))
        print_best(task, data, untuned, tuned);
    else
        printf("Nothing to compare: no trial completed.\n");
    printf("\n");
    print_states(tuned, options);
    printf("\n");
    print_run(tuned, options, log);
}
