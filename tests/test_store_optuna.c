/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what Optuna wrote is read as Optuna itself reads it, field by field.
 * Method: files made by Optuna 4.9 and 5.0, SQLite and journal, and beside each what Optuna read
 *         from it, as JSON. */
#include "optuna.h"

static void for_each_trial(const hpi_json_node *study, const hpt_history *history,
                           void (*judge)(const hpi_json_node *, const hpt_history *, size_t)) {
    const hpi_json_node *trial = hpi_json_first(member(study, "trials"));
    size_t               index = 0;
    for (; trial; trial = hpi_json_next(trial), index++) {
        assert_non_null(hpt_history_at(history, index));
        judge(trial, history, index);
    }
    assert_int_equal(hpt_history_count(history), index);
}

/* Those of the list; if there is none the named ones. */
static const hpi_json_node *constraints_of(const hpi_json_node *trial) {
    const hpi_json_node *list = member(trial, "constraints");
    return hpi_json_type_of(list) == HPI_JSON_ARRAY ? list : member(trial, "named_constraints");
}

static bool is_feasible(const hpi_json_node *trial) {
    const hpi_json_node *one = hpi_json_first(constraints_of(trial));
    for (; one; one = hpi_json_next(one))
        if (number_of(one) > 0) return false;
    return true;
}

static hpt_trial_state state_of(const hpi_json_node *trial) {
    const char *word = text_of(member(trial, "state"));
    if (strcmp(word, "COMPLETE") == 0)
        return is_feasible(trial) ? HPT_TRIAL_COMPLETE : HPT_TRIAL_INFEASIBLE;
    if (strcmp(word, "PRUNED") == 0) return HPT_TRIAL_PRUNED;
    if (strcmp(word, "FAIL") == 0) return HPT_TRIAL_FAILED;
    return HPT_TRIAL_RUNNING; /* waiting ones too */
}

static void judge_state(const hpi_json_node *trial, const hpt_history *history, size_t index) {
    const hpt_record *record = hpt_history_at(history, index);
    assert_int_equal(record->number, hpi_json_scalar(member(trial, "number")).as.integer);
    assert_string_equal(hpt_trial_state_text(record->state), hpt_trial_state_text(state_of(trial)));
}

static void judge_states(const hpi_json_node *study, const hpt_history *history) {
    for_each_trial(study, history, judge_state);
}

static void every_state_has_its_word_and_broken_constraints_make_infeasible(void **state) {
    (void)state;
    for_each_study(judge_states);
}

static void judge_value(const hpi_json_node *trial, const hpt_history *history, size_t index) {
    const hpt_record    *record = hpt_history_at(history, index);
    const hpi_json_node *values = member(trial, "values");
    if (hpi_json_type_of(values) != HPI_JSON_ARRAY) {
        assert_int_equal(record->value_count, 0);
        return;
    }
    const hpi_json_node *value = hpi_json_first(values);
    assert_int_equal(record->value_count, length(values));
    for (uint32_t i = 0; i < record->value_count; i++, value = hpi_json_next(value))
        assert_true(record->values[i] == number_of(value));
}

static void judge_values(const hpi_json_node *study, const hpt_history *history) {
    for_each_trial(study, history, judge_value);
}

static void values_are_the_same_doubles_also_infinite_ones(void **state) {
    (void)state;
    for_each_study(judge_values);
}

static void judge_time(const hpi_json_node *trial, int64_t time_ns, const char *key) {
    hpt_value wanted = hpi_json_scalar(member(trial, key));
    assert_true(time_ns == (wanted.type == HPT_TYPE_NULL ? HPT_TIME_NONE : wanted.as.integer));
}

static void judge_trial_times(const hpi_json_node *trial, const hpt_history *history,
                              size_t index) {
    const hpt_record *record = hpt_history_at(history, index);
    judge_time(trial, record->start_ns, "start_ns");
    judge_time(trial, record->end_ns, "end_ns");
}

static void judge_times(const hpi_json_node *study, const hpt_history *history) {
    for_each_trial(study, history, judge_trial_times);
}

static void times_are_read_to_the_microsecond(void **state) {
    (void)state;
    for_each_study(judge_times);
}

static void judge_param(const hpi_json_node *trial, const hpt_history *history, size_t index) {
    const hpt_space     *space = hpt_history_space(history);
    const hpt_record    *record = hpt_history_at(history, index);
    const hpi_json_node *wanted = hpi_json_first(member(trial, "params"));
    size_t               given = 0;
    for (; wanted; wanted = hpi_json_next(wanted)) {
        hpt_param param = hpt_space_find(space, hpi_json_key(wanted));
        if (param == HPT_PARAM_NONE) fail_msg("%s is not in the space", hpi_json_key(wanted));
        if (!hpt_value_equal(record->params[param], hpi_json_scalar(wanted)))
            fail_msg("trial %zu has another %s", index, hpi_json_key(wanted));
        given += hpi_json_type_of(wanted) != HPI_JSON_NULL;
    }
    for (hpt_param param = 0; param < hpt_space_count(space); param++)
        given -= record->params[param].type != HPT_TYPE_NULL;
    assert_int_equal(given, 0);
}

static void judge_params(const hpi_json_node *study, const hpt_history *history) {
    for_each_trial(study, history, judge_param);
}

static void a_trial_has_its_parameters_with_their_types_and_no_others(void **state) {
    (void)state;
    for_each_study(judge_params);
}

/* Equal but for spaces: the journal has none in lists and objects. */
static bool is_same_json(const char *a, const char *b) {
    for (;;) {
        a += strspn(a, " ");
        b += strspn(b, " ");
        if (*a != *b) return false;
        if (*a == '\0') return true;
        a++, b++;
    }
}

static void judge_attr(const hpi_json_node *trial, const hpt_history *history, size_t index) {
    const hpt_record    *record = hpt_history_at(history, index);
    const hpi_json_node *wanted = hpi_json_first(member(trial, "attrs"));
    assert_int_equal(record->attr_count, length(member(trial, "attrs")));
    for (; wanted; wanted = hpi_json_next(wanted)) {
        uint32_t at = 0;
        while (at < record->attr_count && strcmp(record->attrs[at].name, hpi_json_key(wanted)) != 0)
            at++;
        if (at == record->attr_count) fail_msg("attribute %s is lost", hpi_json_key(wanted));
        hpt_value value = record->attrs[at].value;
        if (hpi_json_type_of(wanted) == HPI_JSON_OBJECT) {
            assert_int_equal(value.type, HPT_TYPE_TEXT);
            assert_true(is_same_json(value.as.text, text_of(member(wanted, "json"))));
        } else if (!hpt_value_equal(value, hpi_json_scalar(wanted)))
            fail_msg("trial %zu has another %s", index, hpi_json_key(wanted));
    }
}

static void judge_attrs(const hpi_json_node *study, const hpt_history *history) {
    for_each_trial(study, history, judge_attr);
}

static void attributes_keep_their_types_and_lists_are_their_json(void **state) {
    (void)state;
    for_each_study(judge_attrs);
}

static void judge_constraint(const hpi_json_node *trial, const hpt_history *history, size_t index) {
    const hpt_record    *record = hpt_history_at(history, index);
    const hpi_json_node *wanted = hpi_json_first(constraints_of(trial));
    bool                 has_names = constraints_of(trial) == member(trial, "named_constraints");
    assert_int_equal(record->constraint_count, length(constraints_of(trial)));
    for (uint32_t i = 0; wanted; i++, wanted = hpi_json_next(wanted)) {
        uint32_t at = has_names ? 0 : i;
        while (has_names && at + 1 < record->constraint_count &&
               strcmp(record->constraints[at].name, hpi_json_key(wanted)) != 0)
            at++;
        if (has_names) assert_string_equal(record->constraints[at].name, hpi_json_key(wanted));
        assert_int_equal(record->constraints[at].value.type, HPT_TYPE_REAL);
        assert_true(record->constraints[at].value.as.real == number_of(wanted));
    }
}

static void judge_constraints(const hpi_json_node *study, const hpt_history *history) {
    for_each_trial(study, history, judge_constraint);
}

static void constraints_are_read_from_the_list_and_by_name(void **state) {
    (void)state;
    for_each_study(judge_constraints);
}

static void judge_report(const hpi_json_node *trial, const hpt_history *history, size_t index) {
    const hpi_json_node *wanted = hpi_json_first(member(trial, "reports"));
    const hpt_record    *record = hpt_history_at(history, index);
    size_t               count = 0;
    const hpt_report    *reports = hpt_history_reports(history, index, &count);
    assert_int_equal(count, length(member(trial, "reports")));
    assert_int_equal(record->has_report, count > 0);
    for (size_t i = 0; i < count; i++, wanted = hpi_json_next(wanted)) {
        const hpi_json_node *step = hpi_json_first(wanted);
        double               value = number_of(hpi_json_next(step));
        assert_int_equal(reports[i].step, hpi_json_scalar(step).as.integer);
        assert_true(isnan(value) ? isnan(reports[i].value) : reports[i].value == value);
        if (i + 1 == count) assert_int_equal(record->last_step, reports[i].step);
    }
}

static void judge_reports(const hpi_json_node *study, const hpt_history *history) {
    for_each_trial(study, history, judge_report);
}

static void intermediate_values_come_by_step_also_nan_and_infinities(void **state) {
    (void)state;
    for_each_study(judge_reports);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_state_has_its_word_and_broken_constraints_make_infeasible),
        cmocka_unit_test(values_are_the_same_doubles_also_infinite_ones),
        cmocka_unit_test(times_are_read_to_the_microsecond),
        cmocka_unit_test(a_trial_has_its_parameters_with_their_types_and_no_others),
        cmocka_unit_test(attributes_keep_their_types_and_lists_are_their_json),
        cmocka_unit_test(constraints_are_read_from_the_list_and_by_name),
        cmocka_unit_test(intermediate_values_come_by_step_also_nan_and_infinities),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
