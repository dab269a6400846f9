/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SVM_REPORT_H
#define SVM_REPORT_H

/* What a visitor reads before and after the run, on stdout. */

#include <hpt/hpt.h>

#include "data.h"

/* What is learnt, and how long to look for the best way. */
struct task {
    const char *title; /* "read handwritten digits" */
    const char *path;  /* the data                  */
    const char *rows;  /* "images of 8 x 8 pixels"  */
    const char *noun;  /* "images"                  */
    uint64_t    trial_count_max;
    double      wall_s_max;
};

void report_start(const struct task *task, const struct dataset *data, const hpt_result *untuned,
                  const hpt_options *options);

void report_end(const struct task *task, const struct dataset *data, const hpt_result *untuned,
                const hpt_result *tuned, const hpt_options *options, const char *log);

#endif
