/* SPDX-License-Identifier: BSD-3-Clause */
/* What it costs to keep trials that hang, crash or are hopeless away from the rest, against the
 * targets. tools/bench isolation builds and runs it; bench/README.md says how to read it. */
#include "isolation/isolation.h"

#include "machine.h"
#include "verdict.h"

#include <stdlib.h>
#include <string.h>

static const char *usage = "usage: bench_isolation [--pace F] [--only STATION]\n"
                           "  --pace F      F times as many trials as usual (0.1: a first look)\n"
                           "  --only NAME   one of overhead, efficiency, crashes, fork, ladder, "
                           "limit, lost, idle, report\n";

typedef struct station {
    const char *name;
    void (*judge)(const isolation_settings *settings);
} station;

static const station stations[] = {
    { "overhead", isolation_judge_overhead }, { "efficiency", isolation_judge_efficiency },
    { "crashes", isolation_judge_crashes },   { "fork", isolation_judge_fork },
    { "ladder", isolation_judge_ladder },     { "limit", isolation_judge_limit },
    { "lost", isolation_judge_lost },         { "idle", isolation_judge_idle },
    { "report", isolation_judge_report },
};

enum { STATIONS = sizeof stations / sizeof *stations };

static bool is_station(const char *name) {
    for (size_t i = 0; i < STATIONS; i++)
        if (strcmp(name, stations[i].name) == 0) return true;
    return false;
}

static bool parse(isolation_settings *settings, const char **only_out, int count, char **words) {
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(words[i], "--pace") == 0) {
            settings->pace = strtod(words[i + 1], NULL);
            if (!(settings->pace > 0 && settings->pace <= 10)) return false;
        } else if (strcmp(words[i], "--only") == 0) {
            *only_out = words[i + 1];
            if (!is_station(*only_out)) return false;
        } else {
            return false;
        }
    }
    return count % 2 == 1;
}

int main(int count, char **words) {
    isolation_settings settings = { .pace = 1 };
    const char        *only = NULL;
    bench_machine_begin();
    if (!parse(&settings, &only, count, words)) return fputs(usage, stderr), 2;
    bench_set_pinning(false);
    bench_describe(stdout, "");
    printf("\n");
    fflush(stdout);
    bench_set_pinning(true); /* where a line says so */
    for (size_t i = 0; i < STATIONS; i++)
        if (!only || strcmp(only, stations[i].name) == 0) stations[i].judge(&settings);
    bench_verdicts_print();
    return 0;
}
