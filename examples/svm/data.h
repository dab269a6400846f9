/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef SVM_DATA_H
#define SVM_DATA_H

/* Labelled rows, scaled in two ways and cut into folds, once, before the tuning. After that nobody
 * changes them: any number of threads may train on them at once. */

#include <stdbool.h>
#include <stddef.h>
#include <svm.h>

enum { FOLD_COUNT = 5, SCALING_COUNT = 2 };

/* How the features are scaled: "standard" (mean 0, deviation 1) or "range" (-1 to 1). */
extern const char *const scaling_names[SCALING_COUNT];

/* One fold: the rows to train on, and the others, to test with. */
struct fold {
    struct svm_problem train, test;
};

struct dataset {
    size_t           row_count, feature_count, class_count;
    double          *features; /* as read: row_count x feature_count */
    double          *classes;
    struct svm_node *nodes[SCALING_COUNT]; /* scaled, as libsvm wants them */
    struct fold      folds[SCALING_COUNT][FOLD_COUNT];
};

/* Read a CSV file whose last column is the class, 0 to 99. Says on stderr what is wrong. */
bool dataset_load(struct dataset *data_out, const char *path);

/* The folds of a scaling; NULL for a name that is none. */
const struct fold *dataset_folds(const struct dataset *data, const char *scaling);

void dataset_free(struct dataset *data);

#endif
