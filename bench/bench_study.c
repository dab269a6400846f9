/* SPDX-License-Identifier: BSD-3-Clause */
/* What a study file costs, against the targets and beside Optuna on the same disk. tools/bench
 * study builds and runs it; bench/README.md says how to read it. */
#include "study/study.h"

#include "machine.h"
#include "verdict.h"
#include "work.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *usage =
    "usage: bench_study [--folder DIR] [--pace F] [--only STATION]\n"
    "  --folder DIR  files lie in a folder made there, on the disk to be measured (default: .)\n"
    "  --pace F      F times as many trials as usual (0.1: a first look)\n"
    "  --only NAME   one of commits, each, share, load, memory, resume\n";

typedef struct station {
    const char *name;
    void (*judge)(const study_settings *settings);
} station;

static const station stations[] = {
    { "commits", study_judge_commits }, { "each", study_judge_each },
    { "share", study_judge_share },     { "load", study_judge_load },
    { "memory", study_judge_memory },   { "resume", study_judge_resume },
};

enum { STATIONS = sizeof stations / sizeof *stations };

typedef struct arguments {
    study_settings settings;
    const char    *parent, *only;
} arguments;

static bool parse(arguments *it, int count, char **words) {
    *it = (arguments){ .settings = { .program = words[0], .pace = 1 }, .parent = "." };
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(words[i], "--folder") == 0) {
            it->parent = words[i + 1];
        } else if (strcmp(words[i], "--pace") == 0) {
            it->settings.pace = strtod(words[i + 1], NULL);
            if (!(it->settings.pace > 0 && it->settings.pace <= 10)) return false;
        } else if (strcmp(words[i], "--only") == 0) {
            it->only = words[i + 1];
        } else {
            return false;
        }
    }
    return count % 2 == 1;
}

static void introduce(const arguments *it) {
    const char *absent = study_peer_absent();
    bench_describe(stdout, "");
    printf("files: in %s; a trial: uniform reals of `random`, an empty objective unless said "
           "otherwise\n",
           it->parent);
    if (absent) printf("absent: %s\n", absent);
    printf("\n");
    fflush(stdout);
}

int main(int count, char **words) {
    arguments it;
    char      folder[STUDY_PATH_BYTES];
    int       child = study_child_main(count, words);
    if (child >= 0) return child;
    bench_machine_begin();
    if (!parse(&it, count, words)) return fputs(usage, stderr), 2;
    snprintf(folder, sizeof folder, "%s/hpt-bench-XXXXXX", it.parent);
    if (!mkdtemp(folder)) study_die(folder, strerror(errno));
    it.settings.folder = folder;
    introduce(&it);
    for (size_t i = 0; i < STATIONS; i++)
        if (!it.only || strcmp(it.only, stations[i].name) == 0) stations[i].judge(&it.settings);
    rmdir(folder);
    bench_verdicts_print();
    return 0;
}
