/* SPDX-License-Identifier: BSD-3-Clause */
#include "study.h"

#include "work.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const study_suffixes[STUDY_FORMS] = { ".db", ".journal" };

static const char *const beside[] = { "", "-wal", "-shm", "-journal", ".lock", ".torn" };

void study_die(const char *what, const char *why) {
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

void study_path(char *out, const study_settings *settings, const char *name) {
    snprintf(out, STUDY_PATH_BYTES, "%s/%s", settings->folder, name);
}

void study_remove(const char *path) {
    char name[STUDY_PATH_BYTES + 16];
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++) {
        snprintf(name, sizeof name, "%s%s", path, beside[i]);
        unlink(name);
    }
}

uint64_t study_file_bytes(const char *path) {
    char        name[STUDY_PATH_BYTES + 16];
    struct stat found;
    uint64_t    bytes = 0;
    for (size_t i = 0; i < 2; i++) {
        snprintf(name, sizeof name, "%s%s", path, beside[i]);
        if (stat(name, &found) == 0) bytes += (uint64_t)found.st_size;
    }
    return bytes;
}

uint64_t study_scaled(const study_settings *settings, uint64_t trials) {
    double scaled = (double)trials * settings->pace;
    return scaled < 100 ? 100 : (uint64_t)scaled;
}

/* ---- a run ---- */

typedef struct span {
    uint32_t       cost_ops;
    uint64_t       trials;
    atomic_ullong  begun, ended;
    study_measured first, last; /* what the clocks and counters showed */
} span;

static void look(study_measured *out) {
    out->wall_ns = bench_now_ns();
    out->cpu_ns = bench_cpu_ns();
    out->syncs = study_syncs();
    out->bytes = study_bytes_written();
}

static hpt_status objective(hpt_trial *trial, void *user, double *value_out) {
    span *it = user;
    if (atomic_fetch_add(&it->begun, 1) == 0) look(&it->first);
    const double   point[WORK_DIMS] = { hpt_trial_real_at(trial, 0), hpt_trial_real_at(trial, 1) };
    const work_job job = { .trials = it->trials, .workers = 1, .cost_ops = it->cost_ops };
    *value_out = work_evaluate(&job, hpt_trial_number(trial), point);
    if (atomic_fetch_add(&it->ended, 1) + 1 == it->trials) look(&it->last);
    return HPT_OK;
}

static hpt_space *make_space(int dim) {
    hpt_space *space = hpt_space_create();
    char       name[16];
    for (int i = 0; i < dim; i++) {
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_add_real(space, name, -5, 5);
    }
    return space;
}

study_measured study_do(const study_run *it) {
    span        at = { .cost_ops = it->cost_ops, .trials = it->trials };
    hpt_err     err = { 0 };
    hpt_result *result = NULL;
    hpt_space  *space = make_space(it->dim);
    hpt_options options = hpt_options_default();
    options.strategy = "random";
    options.trial_count_max = it->trials;
    options.worker_count = it->workers;
    options.window = it->window;
    options.study = it->path;
    options.sync = it->sync;
    double start = bench_now_ns();
    if (hpt_parallel_run(space, objective, &at, &options, &result, &err) != HPT_OK)
        study_die("a run", err.text);
    if (hpt_result_warning(result, 0)) study_die("a run", hpt_result_warning(result, 0));
    hpt_result_destroy(result);
    hpt_space_destroy(space);
    return (study_measured){ .total_ns = bench_now_ns() - start,
                             .wall_ns = at.last.wall_ns - at.first.wall_ns,
                             .cpu_ns = at.last.cpu_ns - at.first.cpu_ns,
                             .syncs = at.last.syncs - at.first.syncs,
                             .bytes = at.last.bytes - at.first.bytes };
}
