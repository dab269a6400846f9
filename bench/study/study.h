/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BENCH_STUDY_STUDY_H
#define HPT_BENCH_STUDY_STUDY_H

/* What a study file costs. Main thread. */

#include "bench.h"

#include <hpt/hpt.h>

enum { STUDY_PATH_BYTES = 512, STUDY_FORMS = 2 };

typedef struct study_settings {
    const char *program; /* of the bench, to be run again as a child */
    const char *folder;  /* on the disk that is measured; ends up empty */
    double      pace;    /* 1 = as documented; less: fewer trials       */
} study_settings;

/* The forms of a file, by their suffixes. */
extern const char *const study_suffixes[STUDY_FORMS];

/* runs.c: runs whose file is measured. */
typedef struct study_run {
    const char *path; /* NULL: none is kept */
    int         dim;
    uint64_t    trials;
    uint32_t    workers, window;
    uint32_t    cost_ops; /* multiply-adds of a trial */
    hpt_sync    sync;
} study_run;

/* What was measured from the first call of the objective to the end of the last. */
typedef struct study_measured {
    double   total_ns; /* of the whole run, with opening and closing     */
    double   wall_ns, cpu_ns;
    uint64_t syncs, bytes; /* of all files: calls of fdatasync(), bytes written */
} study_measured;

/* A failure ends the program with its sentence. */
study_measured study_do(const study_run *it);

void     study_path(char *out, const study_settings *settings, const char *name);
void     study_remove(const char *path);     /* with what lies beside it              */
uint64_t study_file_bytes(const char *path); /* with its write-ahead log, if it has one */
uint64_t study_scaled(const study_settings *settings, uint64_t trials);
void     study_die(const char *what, const char *why);

/* syncs.c: what all code of this process, libraries too, writes and syncs. */
uint64_t study_syncs(void);
uint64_t study_bytes_written(void);

/* The floor: so many bytes appended and synced, so often. Wall time. */
double study_floor_ns(const study_settings *settings, uint64_t bytes, uint64_t times);

/* child.c: what is measured in a process of its own. */
typedef struct study_child {
    double seconds, peak_kib, trials;
} study_child;

/* Loads a file, or runs so many trials into a new one. */
study_child study_child_load(const study_settings *settings, const char *path);
study_child study_child_run(const study_settings *settings, const char *path, uint64_t trials);

/* In the child; -1: the arguments are not a child's. */
int study_child_main(int count, char **words);

/* peer.c: Optuna, if HPT_OPTUNA_PYTHON names a Python that can import it. NULL, or why there are no
 * figures. */
const char *study_peer_absent(void);

typedef struct study_peer {
    double trials_per_s, bytes_per_trial;
} study_peer;

/* Let it run for some seconds. */
bool study_peer_run(const char *path, const char *strategy, int dim, double seconds,
                    study_peer *out);

/* Seconds that it takes to read all trials of a file. */
bool study_peer_load(const char *path, double *seconds_out);

/* stations.c: the lines. */
void study_judge_commits(const study_settings *settings);
void study_judge_each(const study_settings *settings);
void study_judge_share(const study_settings *settings);
void study_judge_load(const study_settings *settings);
void study_judge_memory(const study_settings *settings);
void study_judge_resume(const study_settings *settings);

#endif
