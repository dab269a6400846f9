/* SPDX-License-Identifier: BSD-3-Clause */
#include "data.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 100000, FEATURES_MAX = 1000, CLASSES_MAX = 100, LINE_BYTES = 16384 };

const char *const scaling_names[SCALING_COUNT] = { "standard", "range" };

/* An example needs no plan for running out of memory. */
static void *allocate(size_t count, size_t bytes) {
    void *memory = calloc(count, bytes);
    if (memory) return memory;
    fprintf(stderr, "svm: out of memory\n");
    exit(1);
}

static bool complain(const char *path, size_t line, const char *what) {
    fprintf(stderr, "svm: %s:%zu: %s\n", path, line, what);
    return false;
}

/* The numbers of a line; 0 when some field is none. */
static size_t read_numbers(const char *line, double *numbers_out, size_t count_max) {
    size_t count = 0;
    for (const char *at = line; count < count_max; at++) {
        char *end;
        numbers_out[count++] = strtod(at, &end);
        if (end == at || !isfinite(numbers_out[count - 1])) return 0;
        at = end;
        if (*at == '\n' || *at == '\r' || *at == 0) return count;
        if (*at != ',') return 0;
    }
    return 0;
}

static void add_row(struct dataset *data, const double *numbers) {
    size_t row = data->row_count++, width = data->feature_count;
    memcpy(data->features + row * width, numbers, width * sizeof *numbers);
    data->classes[row] = numbers[width];
    if (data->class_count < (size_t)numbers[width] + 1)
        data->class_count = (size_t)numbers[width] + 1;
}

static bool read_rows(struct dataset *data, FILE *file, const char *path) {
    static char   line[LINE_BYTES];
    static double numbers[FEATURES_MAX + 1];
    size_t        number = 0;
    while (fgets(line, sizeof line, file)) {
        size_t count = read_numbers(line, numbers, FEATURES_MAX + 1);
        if (++number == 1 && count == 0) continue; /* a header */
        if (count < 2) return complain(path, number, "expected numbers, separated by commas");
        if (!data->classes) {
            data->feature_count = count - 1;
            data->features = allocate((size_t)ROWS_MAX * (count - 1), sizeof(double));
            data->classes = allocate(ROWS_MAX, sizeof(double));
        }
        if (count != data->feature_count + 1)
            return complain(path, number, "more or fewer columns than in the lines before");
        if (data->row_count == ROWS_MAX) return complain(path, number, "too many rows");
        double class = numbers[count - 1];
        if (class < 0 || class >= CLASSES_MAX || floor(class) < class)
            return complain(path, number, "the class in the last column is not one of 0 to 99");
        add_row(data, numbers);
    }
    if (ferror(file)) return complain(path, number, "cannot read on");
    if (data->row_count < 2 * FOLD_COUNT) return complain(path, number, "too few rows");
    return true;
}

/* scaled = (value - shift) * factor */
typedef struct scale {
    double shift, factor;
} scale;

static scale standard_scale(const double *column, size_t count, size_t stride) {
    double sum = 0, squares = 0;
    for (size_t i = 0; i < count; i++)
        sum += column[i * stride];
    double mean = sum / (double)count;
    for (size_t i = 0; i < count; i++)
        squares += (column[i * stride] - mean) * (column[i * stride] - mean);
    double deviation = sqrt(squares / (double)count);
    return (scale){ mean,
                    deviation > 0 ? 1 / deviation : 0 }; /* a constant column counts for nothing */
}

static scale range_scale(const double *column, size_t count, size_t stride) {
    double min = column[0], max = column[0];
    for (size_t i = 0; i < count; i++) {
        min = fmin(min, column[i * stride]);
        max = fmax(max, column[i * stride]);
    }
    return (scale){ (min + max) / 2, max > min ? 2 / (max - min) : 0 };
}

/* libsvm takes rows as lists of (index, value) that leave out zeros and end with index -1. */
static void make_nodes(struct dataset *data, int scaling, struct svm_node **rows_out) {
    size_t           width = data->feature_count, count = data->row_count;
    struct svm_node *node = allocate(count * (width + 1), sizeof *node);
    scale           *scales = allocate(width, sizeof *scales);
    for (size_t i = 0; i < width; i++)
        scales[i] = scaling == 0 ? standard_scale(data->features + i, count, width)
                                 : range_scale(data->features + i, count, width);
    data->nodes[scaling] = node;
    for (size_t row = 0; row < count; row++) {
        rows_out[row] = node;
        for (size_t i = 0; i < width; i++) {
            double value = (data->features[row * width + i] - scales[i].shift) * scales[i].factor;
            if (value < 0 || value > 0)
                *node++ = (struct svm_node){ .index = (int)i + 1, .value = value };
        }
        *node++ = (struct svm_node){ .index = -1 };
    }
    free(scales);
}

/* SplitMix64 (Steele, Lea, Flood 2014): the same folds on every machine, unlike rand(). */
static uint64_t next_random(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

/* Which fold tests each row: shuffled, and every fold with its share of each class. */
static void deal_folds(const struct dataset *data, int *fold_of_out) {
    uint64_t state = 1;
    size_t  *order = allocate(data->row_count, sizeof *order), dealt = 0;
    for (size_t i = 0; i < data->row_count; i++) {
        size_t other = next_random(&state) % (i + 1);
        order[i] = order[other];
        order[other] = i;
    }
    for (size_t class = 0; class < data->class_count; class ++)
        for (size_t i = 0; i < data->row_count; i++)
            if ((size_t)data->classes[order[i]] == class)
                fold_of_out[order[i]] = (int)(dealt++ % FOLD_COUNT);
    free(order);
}

static void add_to(struct svm_problem *problem, double class, struct svm_node *row) {
    problem->y[problem->l] = class;
    problem->x[problem->l++] = row;
}

static struct svm_problem make_problem(size_t row_count) {
    return (struct svm_problem){ .y = allocate(row_count, sizeof(double)),
                                 .x = allocate(row_count, sizeof(struct svm_node *)) };
}

static void make_folds(struct dataset *data) {
    struct svm_node **rows = allocate(data->row_count, sizeof *rows);
    int              *fold_of = allocate(data->row_count, sizeof *fold_of);
    deal_folds(data, fold_of);
    for (int scaling = 0; scaling < SCALING_COUNT; scaling++) {
        make_nodes(data, scaling, rows);
        for (int k = 0; k < FOLD_COUNT; k++) {
            struct fold *one = &data->folds[scaling][k];
            one->train = make_problem(data->row_count);
            one->test = make_problem(data->row_count);
            for (size_t row = 0; row < data->row_count; row++)
                add_to(fold_of[row] == k ? &one->test : &one->train, data->classes[row], rows[row]);
        }
    }
    free(fold_of);
    free(rows);
}

bool dataset_load(struct dataset *data_out, const char *path) {
    struct dataset data = { 0 };
    FILE          *file = fopen(path, "r");
    if (!file) {
        perror(path);
        return false;
    }
    bool is_read = read_rows(&data, file, path);
    fclose(file);
    if (!is_read) {
        dataset_free(&data);
        return false;
    }
    make_folds(&data);
    *data_out = data;
    return true;
}

const struct fold *dataset_folds(const struct dataset *data, const char *scaling) {
    for (int i = 0; i < SCALING_COUNT; i++)
        if (strcmp(scaling, scaling_names[i]) == 0) return data->folds[i];
    return NULL;
}

void dataset_free(struct dataset *data) {
    for (int scaling = 0; scaling < SCALING_COUNT; scaling++) {
        for (int k = 0; k < FOLD_COUNT; k++) {
            free(data->folds[scaling][k].train.x);
            free(data->folds[scaling][k].train.y);
            free(data->folds[scaling][k].test.x);
            free(data->folds[scaling][k].test.y);
        }
        free(data->nodes[scaling]);
    }
    free(data->features);
    free(data->classes);
    *data = (struct dataset){ 0 };
}
