/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_HISTORIES_H
#define HPT_TESTS_HISTORIES_H

/* Histories of study files, and whether two of them say the same, bit for bit. */

#include "study_forms.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hpt/extend.h>
#include <hpt/hpt.h>

#include "base/mem.h"
#include "store/history.h"

static inline hpt_history *histories_load(const char *path, const char *name) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    if (hpt_history_load(path, name, &history, &err) != HPT_OK) fail_msg("%s", err.text);
    return history;
}

static inline bool histories_same_value(hpt_value a, hpt_value b) {
    if (a.type == HPT_TYPE_REAL && b.type == HPT_TYPE_REAL)
        return memcmp(&a.as.real, &b.as.real, sizeof(double)) == 0;
    return hpt_value_equal(a, b);
}

static inline void histories_assert_attrs(const hpt_attr *a, const hpt_attr *b, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(a[i].name, b[i].name);
        assert_true(histories_same_value(a[i].value, b[i].value));
    }
}

static inline void histories_assert_record(const hpt_record *a, const hpt_record *b, size_t dims) {
    assert_int_equal(a->number, b->number);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->worker, b->worker);
    assert_int_equal(a->start_ns, b->start_ns);
    assert_int_equal(a->end_ns, b->end_ns);
    assert_int_equal(a->duration_ns, b->duration_ns);
    assert_int_equal(a->order, b->order);
    for (size_t j = 0; j < dims; j++)
        assert_true(histories_same_value(a->params[j], b->params[j]));
    assert_int_equal(a->value_count, b->value_count);
    if (a->value_count > 0)
        assert_memory_equal(a->values, b->values, a->value_count * sizeof(double));
    assert_int_equal(a->attr_count, b->attr_count);
    histories_assert_attrs(a->attrs, b->attrs, a->attr_count);
    assert_int_equal(a->constraint_count, b->constraint_count);
    histories_assert_attrs(a->constraints, b->constraints, a->constraint_count);
    assert_string_equal(a->reason, b->reason);
    assert_int_equal(a->has_report, b->has_report);
    if (!a->has_report) return;
    assert_int_equal(a->last_step, b->last_step);
    assert_memory_equal(&a->last_value, &b->last_value, sizeof(double));
}

static inline void histories_assert_reports(const hpt_history *a, const hpt_history *b,
                                            size_t index) {
    size_t            count = 0, other = 0;
    const hpt_report *left = hpt_history_reports(a, index, &count);
    const hpt_report *right = hpt_history_reports(b, index, &other);
    assert_int_equal(count, other);
    assert_int_equal(left == NULL, count == 0);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(left[i].step, right[i].step);
        bool is_nan = left[i].value != left[i].value; /* SQLite knows no -0 */
        assert_true(left[i].value == right[i].value ||
                    (is_nan && right[i].value != right[i].value));
    }
}

static inline void histories_assert_info(const hpt_study_info *a, const hpt_study_info *b) {
    assert_int_equal(a->goal_count, b->goal_count);
    for (uint32_t i = 0; i < a->goal_count; i++) {
        assert_string_equal(a->goals[i].name, b->goals[i].name);
        assert_int_equal(a->goals[i].direction, b->goals[i].direction);
    }
    assert_int_equal(a->trial_count, b->trial_count);
    assert_memory_equal(a->state_count, b->state_count, sizeof a->state_count);
    assert_int_equal(a->has_best, b->has_best);
    if (a->has_best) assert_int_equal(a->best_trial, b->best_trial);
    if (a->has_best) assert_memory_equal(&a->best_value, &b->best_value, sizeof(double));
    assert_int_equal(a->first_ns, b->first_ns);
    assert_int_equal(a->last_ns, b->last_ns);
    assert_int_equal(a->is_ours, b->is_ours);
    assert_int_equal(a->seed, b->seed);
    assert_string_equal(a->strategy, b->strategy);
    assert_string_equal(a->version, b->version);
}

/* Names of the studies may differ. */
static inline void histories_assert_same(const hpt_history *a, const hpt_history *b) {
    size_t dims = hpt_space_count(hpt_history_space(a));
    assert_int_equal(dims, hpt_space_count(hpt_history_space(b)));
    histories_assert_info(hpt_history_info(a), hpt_history_info(b));
    assert_int_equal(hpt_history_count(a), hpt_history_count(b));
    for (size_t i = 0; i < hpt_history_count(a); i++) {
        histories_assert_record(hpt_history_at(a, i), hpt_history_at(b, i), dims);
        histories_assert_reports(a, b, i);
    }
}

/* Tests that are run once for each form that the build has: "sqlite: a_test". */
typedef struct histories_test {
    const char *name;
    void (*run)(const hpi_backend_class *class);
} histories_test;

#define HISTORIES_TEST(name)                                                                       \
    { #name, name }

enum { HISTORIES_TESTS_MAX = 64 };

typedef struct histories_case {
    const hpi_backend_class *class;
    void (*run)(const hpi_backend_class *class);
    char name[120];
} histories_case;

static inline void histories_call(void **state) {
    const histories_case *it = *state;
    form_name(it->class); /* whoever goes by the name finds this form */
    it->run(it->class);
}

static inline int histories_run(const histories_test *tests, size_t test_count) {
    static histories_case    cases[HISTORIES_TESTS_MAX];
    static struct CMUnitTest all[HISTORIES_TESTS_MAX];
    size_t                   count = 0;
    for (size_t row = 0; hpi_backend_at(row); row++) {
        const hpi_backend_class *class = hpi_backend_at(row);
        for (size_t i = 0; i < test_count && !class->absent && count < HISTORIES_TESTS_MAX; i++) {
            histories_case *it = &cases[count];
            it->class = class;
            it->run = tests[i].run;
            snprintf(it->name, sizeof it->name, "%s: %s", class->name, tests[i].name);
            all[count++] = (struct CMUnitTest){ .name = it->name,
                                                .test_func = histories_call,
                                                .initial_state = it };
        }
    }
    return _cmocka_run_group_tests("tests", all, count, form_setup, form_teardown);
}

#endif
