/* SPDX-License-Identifier: BSD-3-Clause */
#include "subjects.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the spaces ---- */

static void add_every_kind(hpt_space *space) {
    const hpt_value values[] = { hpt_int(16), hpt_text("x"), hpt_null(), hpt_bool(true),
                                 hpt_real(1.5) };
    hpt_space_add_real(space, "real", -5, 5);
    hpt_space_set_log(space, hpt_space_add_real(space, "log", 1e-5, 1e-1));
    hpt_space_set_step(space, hpt_space_add_real(space, "step", 0, 0.5), hpt_real(0.05));
    hpt_space_add_int(space, "int", -3, 12);
    hpt_space_set_log(space, hpt_space_add_int(space, "log int", 1, 1000));
    hpt_space_set_step(space, hpt_space_add_int(space, "step int", 10, 100), hpt_int(7));
    hpt_space_add_categorical(space, "categorical", values, 5);
    hpt_space_add_constant(space, "constant", hpt_text("c"));
    hpt_space_add_ordinal(space, "ordinal", values, 3);
}

static void add_extremes(hpt_space *space) {
    hpt_space_add_int(space, "all", INT64_MIN, INT64_MAX);
    hpt_space_set_log(space, hpt_space_add_int(space, "log", 1, INT64_MAX));
    hpt_space_add_int(space, "top", INT64_MAX - 1, INT64_MAX);
    hpt_space_set_step(space, hpt_space_add_int(space, "wide", INT64_MIN, INT64_MAX),
                       hpt_int(INT64_MAX));
    hpt_space_add_real(space, "reals", -DBL_MAX, DBL_MAX);
    hpt_space_add_real(space, "tiny", 0, DBL_TRUE_MIN);
}

static void add_many_decades(hpt_space *space) {
    hpt_space_set_log(space, hpt_space_add_real(space, "a", 1e-150, 1e150));
    hpt_space_set_log(space, hpt_space_add_real(space, "b", DBL_TRUE_MIN, DBL_MAX));
}

static void add_single_values(hpt_space *space) {
    const hpt_value value = hpt_text("only");
    hpt_space_add_real(space, "real", 3.5, 3.5);
    hpt_space_add_int(space, "int", INT64_MIN, INT64_MIN);
    hpt_space_set_log(space, hpt_space_add_int(space, "log", 7, 7));
    hpt_space_add_categorical(space, "list", &value, 1);
    hpt_space_add_constant(space, "constant", hpt_int(1));
}

void subject_fill_with_few_points(hpt_space *space) {
    const hpt_value values[] = { hpt_int(1), hpt_int(2) };
    hpt_space_add_int(space, "int", 0, 4);
    hpt_space_add_ordinal(space, "list", values, 2);
    hpt_space_set_step(space, hpt_space_add_real(space, "step", 0, 1), hpt_real(0.5));
}

/* 3 of 4 combinations, and more than there are trials. */
static void add_constrained(hpt_space *space) {
    const hpt_value values[] = { hpt_int(1), hpt_int(2), hpt_int(4), hpt_int(8) };
    hpt_space_add_ordinal(space, "a", values, 4);
    hpt_space_add_categorical(space, "b", values, 4);
    hpt_space_set_step(space, hpt_space_add_real(space, "step", 0, 1), hpt_real(0.125));
    hpt_space_add_constraint(space, "a * b <= 16 and (step < 1 or a != b)");
}

/* One of a thousand. */
static void add_tightly_constrained(hpt_space *space) {
    char name[16];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "x%d", i);
        hpt_space_set_step(space, hpt_space_add_int(space, name, 0, 9), hpt_int(1));
    }
    hpt_space_add_constraint(space, "x0 + x1 == x2 + x3 == x4 + x5 == 7");
}

static void add_conditional(hpt_space *space) {
    hpt_space_add_choice(space, "solver", (const char *[]){ "sgd", "adam", "lbfgs" }, 3);
    hpt_space_set_condition(space, hpt_space_add_real(space, "momentum", 0, 1), "solver == 'sgd'");
    hpt_space_set_condition(space, hpt_space_add_int(space, "nesterov", 0, 3), "momentum > 0.5");
    hpt_space_set_condition(space, hpt_space_add_int(space, "memory", 2, 90), "solver == 'lbfgs'");
    hpt_space_add_constraint(space, "memory * 2 < 170 or momentum < 0.9");
}

/* No numbers; one list has ten thousand values. */
static void add_only_lists(hpt_space *space) {
    enum { COUNT = 10000 };
    static hpt_value values[COUNT];
    for (int i = 0; i < COUNT; i++)
        values[i] = hpt_int(i);
    hpt_space_add_categorical(space, "many", values, COUNT);
    hpt_space_add_categorical(space, "few", values, 3);
}

static void add_a_thousand(hpt_space *space) {
    for (size_t j = 0; j < 1000; j++) {
        char name[16];
        snprintf(name, sizeof name, "p%zu", j);
        if (j % 2)
            hpt_space_add_int(space, name, 0, 9);
        else
            hpt_space_add_real(space, name, 0, 1);
    }
}

/* Dear are those where a candidate costs a hundred times what it costs elsewhere: by their width,
 * or by the search for a valid point. */
static const struct kind {
    void (*fill)(hpt_space *);
    bool is_dear, is_small, is_mixed;
} kinds[SUBJECT_SPACES] = {
    { add_every_kind, false, false, true },
    { add_extremes, false, false, false },
    { add_many_decades, false, false, false },
    { add_single_values, false, true, false },
    { subject_fill_with_few_points, false, true, false },
    { add_constrained, false, false, true },
    { add_tightly_constrained, true, false, false },
    { add_conditional, false, false, true },
    { add_only_lists, false, false, false },
    { add_a_thousand, true, false, false },
};

static subject_space *made[SUBJECT_SPACES];

static hpt_space *make_space(size_t index) {
    hpt_err    err = { 0 };
    hpt_space *space = hpt_space_create();
    kinds[index].fill(space);
    if (hpt_space_check(space, &err) != HPT_OK) fail_msg("space %zu: %s", index, err.text);
    return space;
}

/* The points of a list are valid: a run sees to that before it opens the strategy. */
static void fill_list(subject_space *it) {
    for (size_t k = 0; k < SUBJECT_LISTED * it->width; k++)
        it->listed[k] = hpt_space_at_fraction(it->space, (hpt_param)(k % it->width),
                                              k * UINT64_C(0x9e3779b97f4a7c15));
    for (size_t k = 0; k < SUBJECT_LISTED; k++)
        assert_int_equal(hpt_space_repair(it->space, it->listed + k * it->width, NULL), HPT_OK);
}

const subject_space *subject_space_at(size_t index) {
    if (made[index]) return made[index];
    subject_space *it = calloc(1, sizeof *it);
    assert_non_null(it);
    it->space = make_space(index);
    it->width = hpt_space_count(it->space);
    it->is_dear = kinds[index].is_dear;
    it->is_small = kinds[index].is_small;
    it->is_mixed = kinds[index].is_mixed;
    fill_list(it);
    return made[index] = it;
}

void subject_spaces_drop(void) {
    for (size_t i = 0; i < SUBJECT_SPACES; i++) {
        if (made[i]) hpt_space_destroy(made[i]->space);
        free(made[i]);
        made[i] = NULL;
    }
}

/* ---- the options ---- */

bool subject_option(const hpt_option *row, int turn, char *value, size_t bytes) {
    static const char *const bools[] = { "yes", "no" };
    const double             reals[] = { row->min, row->max, fmin(row->max, row->min + 3) };
    const char              *word = row->text;
    switch (row->type) {
    case HPT_OPTION_BOOL:
        if (turn >= 2) return false;
        snprintf(value, bytes, "%s", bools[turn]);
        return true;
    case HPT_OPTION_INT:
    case HPT_OPTION_REAL:
        if (turn >= 3) return false;
        snprintf(value, bytes, "%.17g", reals[turn]);
        return true;
    case HPT_OPTION_CHOICE:
        for (; word && turn > 0; turn--)
            word = strchr(word, '|') ? strchr(word, '|') + 1 : NULL;
        if (word) snprintf(value, bytes, "%.*s", (int)strcspn(word, "|"), word);
        return word != NULL;
    case HPT_OPTION_TEXT:
        return false;
    }
    return false;
}

hpt_status subject_ask(const hpi_strategy *strategy, uint64_t number, hpt_coord *point_out) {
    hpt_err err = { 0 };
    if (hpi_strategy_is_pure(strategy)) {
        strategy->class->point(strategy->state, number, point_out);
        return HPT_OK;
    }
    hpt_status status = strategy->class->ask(strategy->state, number, point_out, &err);
    if (status != HPT_OK && status != HPT_EAGAIN && status != HPT_EDONE)
        fail_msg("%s: ask %llu: %s", strategy->class->name, (unsigned long long)number, err.text);
    return status;
}

bool subject_propose(const hpi_strategy *strategy, uint64_t number, hpt_coord *point_out) {
    hpt_status status = subject_ask(strategy, number, point_out);
    if (status == HPT_EAGAIN) fail_msg("%s waits for nothing", strategy->class->name);
    return status == HPT_OK;
}
