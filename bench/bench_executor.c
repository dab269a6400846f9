/* SPDX-License-Identifier: BSD-3-Clause */
/* What hpt adds to a trial, beside the floor and the peers, against the targets. tools/bench
 * executor builds and runs it; bench/README.md says how to read it. */
#include "executor/executor.h"

#include "machine.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

static const char *usage =
    "usage: bench_executor [--csv FILE] [--pace F] [--free] [--trust] [--only TEXT]\n"
    "  --csv FILE   write the rows there as well\n"
    "  --pace F     timings F times as long as usual (0.2: a first look)\n"
    "  --free       bind no thread to a CPU, in any variant\n"
    "  --trust      judge even if the CPUs are visibly shared with somebody\n"
    "  --only TEXT  only stations whose label contains it\n";

typedef struct arguments {
    executor_settings settings;
    const char       *only;
} arguments;

static bool parse(arguments *it, int count, char **words) {
    *it = (arguments){ .settings = { .pace = 1 } };
    for (int i = 1; i < count; i++) {
        const char *next = i + 1 < count ? words[i + 1] : NULL;
        if (strcmp(words[i], "--free") == 0) {
            bench_set_pinning(false);
        } else if (strcmp(words[i], "--trust") == 0) {
            it->settings.trust = true;
        } else if (next && strcmp(words[i], "--csv") == 0) {
            it->settings.csv = fopen(words[++i], "w");
            if (!it->settings.csv) return perror(next), false;
        } else if (next && strcmp(words[i], "--pace") == 0) {
            it->settings.pace = strtod(words[++i], NULL);
            if (!(it->settings.pace > 0 && it->settings.pace <= 10)) return false;
        } else if (next && strcmp(words[i], "--only") == 0) {
            it->only = words[++i];
        } else {
            return false;
        }
    }
    return true;
}

static void introduce(void) {
    bench_describe(stdout, "");
    printf("work: 4 uniform reals from the trial's id, dependent multiply-adds (%u per us), best, "
           "hook;\n      every variant must evaluate each trial once and find the same best one\n",
           work_ops_per_us());
    printf("bound: worker k of every variant to CPU k, unless --free; helpers (a drainer, a "
           "dispatcher) never\n");
    for (const work_family *const *family = executor_families(); *family; family++)
        if ((*family)->absent) printf("absent: %s: %s\n", (*family)->name, (*family)->absent);
    printf("\n");
    fflush(stdout);
}

static bool is_wanted(const arguments *it, const char *label) {
    return !it->only || strstr(label, it->only);
}

static bool run_costs(const arguments *it) {
    static const struct {
        const char *label;
        double      us;
        bool        has_tail;
    } costs[] = { { "empty", 0, false },    { "1 us", 1, false },    { "10 us", 10, false },
                  { "100 us", 100, false }, { "1 ms", 1000, false }, { "mix", 10, true } };
    static executor_station at;
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        if (!is_wanted(it, costs[i].label)) continue;
        if (!executor_cost(&at, costs[i].label, costs[i].us, costs[i].has_tail, &it->settings))
            return false;
        if (costs[i].has_tail)
            executor_judge_tail(&at);
        else
            executor_judge_cost(&at, costs[i].us);
        bench_table_fini(&at.table);
    }
    return true;
}

static bool run_others(const arguments *it) {
    static const double     slow[][2] = { { 2, 1 }, { 5, 10 }, { 20, 10 }, { 50, 100 } };
    static executor_station at;
    for (size_t i = 0; i < sizeof slow / sizeof *slow && is_wanted(it, "slow strategy"); i++) {
        if (!executor_slow(&at, slow[i][0], slow[i][1], &it->settings)) return false;
        executor_judge_slow(&at, slow[i][0], slow[i][1]);
        bench_table_fini(&at.table);
    }
    if (is_wanted(it, "one CPU")) {
        if (!executor_one_cpu(&at, &it->settings)) return false;
        executor_judge_one_cpu(&at);
        bench_table_fini(&at.table);
    }
    if (is_wanted(it, "cold start")) {
        if (!executor_cold(&at, &it->settings)) return false;
        executor_judge_cold(&at);
        bench_table_fini(&at.table);
    }
    return true;
}

int main(int count, char **words) {
    arguments        it;
    executor_manners manners = { 0 };
    bench_machine_begin();
    if (!parse(&it, count, words)) return fputs(usage, stderr), 2;
    introduce();
    if (it.settings.csv) bench_csv_header(it.settings.csv);
    if (is_wanted(&it, "manners")) {
        const char *failed = executor_manners_measure(&manners);
        if (failed) return fprintf(stderr, "could not measure: %s\n", failed), 1;
    }
    if (!run_costs(&it) || !run_others(&it)) return fputs("out of memory\n", stderr), 1;
    if (is_wanted(&it, "manners")) executor_judge_manners(&manners);
    bench_verdicts_print();
    if (it.settings.csv) fclose(it.settings.csv);
    return 0;
}
