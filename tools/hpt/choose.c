/* SPDX-License-Identifier: BSD-3-Clause */
#include "choose.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Columns. */

/* Words that are columns of every study, and in each form what they show. */
static const struct {
    const char *name;
    trial_field field;
} words[] = {
    { "number", FIELD_NUMBER },  { "trial", FIELD_NUMBER },      { "state", FIELD_STATE },
    { "value", FIELD_VALUE },    { "duration", FIELD_DURATION }, { "reason", FIELD_REASON },
    { "last_step", FIELD_STEP }, { "last_value", FIELD_REPORT }, { "start", FIELD_START },
    { "end", FIELD_END },        { "worker", FIELD_WORKER },     { "order", FIELD_ORDER },
};

enum { WORD_COUNT = sizeof words / sizeof *words };

static const char *without(const char *name, const char *prefix) {
    size_t bytes = strlen(prefix);
    return strncmp(name, prefix, bytes) == 0 ? name + bytes : NULL;
}

static bool find_param(const hpt_history *history, const char *name, trial_column *out) {
    hpt_param param = hpt_space_find(hpt_history_space(history), name);
    if (param == HPT_PARAM_NONE) return false;
    *out = (trial_column){ FIELD_PARAM, param, param_name(hpt_history_space(history), param) };
    return true;
}

static bool find_goal(const hpt_history *history, const char *name, trial_column *out) {
    const hpt_study_info *info = hpt_history_info(history);
    for (uint32_t i = 0; i < info->goal_count; i++) {
        if (strcmp(goal_name(info, i), name) != 0) continue;
        *out = (trial_column){ FIELD_VALUE, i, goal_name(info, i) };
        return true;
    }
    return false;
}

static bool find_word(const hpt_history *history, const char *name, trial_column *out) {
    const hpt_study_info *info = hpt_history_info(history);
    const char           *number = without(name, "value_");
    for (size_t i = 0; i < WORD_COUNT; i++) {
        if (strcmp(words[i].name, name) != 0) continue;
        *out = (trial_column){ words[i].field, 0, words[i].name };
        return true;
    }
    if (!number || number[0] < '1' || number[0] > '9' || number[1]) return false;
    uint32_t goal = (uint32_t)(number[0] - '0');
    if (goal >= info->goal_count) return false;
    *out = (trial_column){ FIELD_VALUE, goal, goal_name(info, goal) };
    return true;
}

static const hpt_attr *attr_of(const hpt_attr *list, uint32_t count, const char *name) {
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i].name, name) == 0) return &list[i];
    return NULL;
}

static const hpt_attr *note_of(const hpt_record *of, trial_field field, const char *name) {
    return field == FIELD_ATTR ? attr_of(of->attrs, of->attr_count, name)
                               : attr_of(of->constraints, of->constraint_count, name);
}

static bool find_note(const hpt_history *history, trial_field field, const char *name,
                      trial_column *out) {
    for (size_t i = 0; i < hpt_history_count(history); i++) {
        const hpt_attr *found = note_of(hpt_history_at(history, i), field, name);
        if (!found) continue;
        *out = (trial_column){ field, 0, found->name };
        return true;
    }
    return false;
}

bool trial_column_find(const hpt_history *history, const char *name, trial_column *column_out) {
    const char *rest;
    if (find_param(history, name, column_out) || find_goal(history, name, column_out)) return true;
    if (find_word(history, name, column_out)) return true;
    if ((rest = without(name, "parameter:"))) return find_param(history, rest, column_out);
    if ((rest = without(name, "goal:"))) return find_goal(history, rest, column_out);
    if ((rest = without(name, "attribute:")))
        return find_note(history, FIELD_ATTR, rest, column_out);
    if ((rest = without(name, "constraint:")))
        return find_note(history, FIELD_CONSTRAINT, rest, column_out);
    return find_note(history, FIELD_ATTR, name, column_out) ||
           find_note(history, FIELD_CONSTRAINT, name, column_out);
}

static const char *name_at(const void *context, size_t index) {
    const hpt_history *history = context;
    size_t             count = hpt_space_count(hpt_history_space(history));
    if (index < count) return param_name(hpt_history_space(history), (hpt_param)index);
    return index - count < WORD_COUNT ? words[index - count].name : NULL;
}

void trial_column_complain(const hpt_history *history, const char *name) {
    complain_unknown("column", name, name_at, history);
}

static hpt_value real_or_null(double real) {
    return isnan(real) ? hpt_null() : hpt_real(real);
}

static hpt_value time_or_null(int64_t ns) {
    return ns == HPT_TIME_NONE ? hpt_null() : hpt_int(ns);
}

hpt_value trial_column_value(const hpt_history *history, const trial_column *of, size_t index) {
    const hpt_record *it = hpt_history_at(history, index);
    const hpt_attr   *note;
    switch (of->field) {
    case FIELD_NUMBER:
        return hpt_int((int64_t)it->number);
    case FIELD_STATE:
        return hpt_text(state_word(it->state));
    case FIELD_VALUE:
        return it->values && of->index < it->value_count ? hpt_real(it->values[of->index])
                                                         : hpt_null();
    case FIELD_PARAM:
        return it->params ? it->params[of->index] : hpt_null();
    case FIELD_ATTR:
    case FIELD_CONSTRAINT:
        note = note_of(it, of->field, of->name);
        return note ? note->value : hpt_null();
    case FIELD_DURATION:
        return real_or_null(trial_seconds(it));
    case FIELD_REASON:
        return it->reason && *it->reason ? hpt_text(it->reason) : hpt_null();
    case FIELD_STEP:
        return it->has_report ? hpt_int(it->last_step) : hpt_null();
    case FIELD_REPORT:
        return it->has_report ? hpt_real(it->last_value) : hpt_null();
    case FIELD_START:
        return time_or_null(it->start_ns);
    case FIELD_END:
        return time_or_null(it->end_ns);
    case FIELD_WORKER:
        return it->worker != UINT32_MAX ? hpt_int(it->worker) : hpt_null();
    case FIELD_ORDER:
        return it->order != UINT64_MAX ? hpt_int((int64_t)it->order) : hpt_null();
    }
    return hpt_null();
}

/* Sorting: numbers before texts, nothing last; ties in the order of numbers. */

typedef struct key {
    hpt_value value;
    double    number;
    size_t    index;
    bool      falls;
} key;

static int rank_of(const key *it) {
    return it->value.type == HPT_TYPE_NULL || isnan(it->number) ? 2
           : it->value.type == HPT_TYPE_TEXT                    ? 1
                                                                : 0;
}

static int compare(const void *a, const void *b) {
    const key *x = a, *y = b;
    int        order = rank_of(x) - rank_of(y), kind = rank_of(x);
    if (order != 0) return order;
    if (kind == 1) order = strcmp(x->value.as.text, y->value.as.text);
    if (kind == 0) order = (x->number > y->number) - (x->number < y->number);
    if (order != 0) return x->falls ? -order : order;
    return (x->index > y->index) - (x->index < y->index);
}

static double number_of(hpt_value value) {
    switch (value.type) {
    case HPT_TYPE_BOOL:
        return value.as.boolean;
    case HPT_TYPE_INT:
        return (double)value.as.integer;
    case HPT_TYPE_REAL:
        return value.as.real;
    default:
        return 0;
    }
}

static exit_code sort(const hpt_history *history, const char *by, size_t *indices, size_t count) {
    const hpt_study_info *info = hpt_history_info(history);
    trial_column          column = { FIELD_VALUE, 0, "value" };
    bool                  falls = *by == '-';
    const char           *name = by + falls;
    bool                  is_best = strcmp(name, "best") == 0;
    if (is_best) falls = falls != (info->goals[0].direction == HPT_MAXIMISE);
    if (!is_best && !trial_column_find(history, name, &column)) {
        trial_column_complain(history, name);
        return EXIT_USAGE;
    }
    key *keys = take(count, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        hpt_value value = trial_column_value(history, &column, indices[i]);
        /* What did not complete is not the best, whatever its value. */
        if (is_best && hpt_history_at(history, indices[i])->state != HPT_TRIAL_COMPLETE)
            value = hpt_null();
        keys[i] = (key){ value, number_of(value), indices[i], falls };
    }
    qsort(keys, count, sizeof *keys, compare);
    for (size_t i = 0; i < count; i++)
        indices[i] = keys[i].index;
    free(keys);
    return EXIT_FINE;
}

/* Filtering. */

static const char *state_at(const void *context, size_t index) {
    (void)context;
    return index < HPT_TRIAL_STATE_COUNT ? state_word((hpt_trial_state)index) : NULL;
}

static exit_code read_states(const char *list, uint32_t *bits_out) {
    char word[64];
    bool is_given = list != NULL;
    for (*bits_out = 0; list && next_word(&list, word, sizeof word);) {
        hpt_trial_state state;
        if (!state_of(word, &state)) {
            complain_unknown("state", word, state_at, NULL);
            return EXIT_USAGE;
        }
        *bits_out |= 1u << state;
    }
    if (is_given && *bits_out == 0) {
        complain("--state names none");
        return EXIT_USAGE;
    }
    return EXIT_FINE;
}

static exit_code check_number(const char *option, long long number) {
    if (number >= 0 || number == NOT_GIVEN) return EXIT_FINE;
    complain("%s takes the number of a trial, from 0, not %lld", option, number);
    return EXIT_USAGE;
}

/* hpt_filter.last says "no end" by 0, so what lies behind trial 0 is left out here. */
static size_t drop_behind(const hpt_history *history, long long last, size_t *indices,
                          size_t count) {
    size_t kept = 0;
    for (size_t i = 0; i < count; i++)
        if (last < 0 || hpt_history_at(history, indices[i])->number <= (uint64_t)last)
            indices[kept++] = indices[i];
    return kept;
}

static size_t take_some(long long limit, size_t *indices, size_t count) {
    size_t most = limit < 0 ? (size_t) - (limit + 1) + 1 : (size_t)limit;
    if (limit == 0 || count <= most) return count;
    if (limit < 0) memmove(indices, indices + count - most, most * sizeof *indices);
    return most;
}

exit_code choose(const hpt_history *history, const choice *given, size_t **indices_out,
                 size_t *count_out) {
    hpt_err    err = { 0 };
    hpt_filter filter = { .first = given->first > 0 ? (uint64_t)given->first : 0,
                          .last = given->last > 0 ? (uint64_t)given->last : 0,
                          .where = given->where };
    exit_code  code = check_number("--first", given->first);
    if (code == EXIT_FINE) code = check_number("--last", given->last);
    if (code == EXIT_FINE) code = read_states(given->states, &filter.states);
    if (code != EXIT_FINE) return code;
    size_t    *indices = take(hpt_history_count(history) + 1, sizeof *indices);
    size_t     count = 0;
    hpt_status status = hpt_history_filter(history, &filter, indices, &count, &err);
    if (status != HPT_OK) {
        code = complain_status(NULL, status, &err);
        if (code == EXIT_FILE) code = EXIT_USAGE; /* the expression's syntax */
    }
    if (code == EXIT_FINE) count = drop_behind(history, given->last, indices, count);
    if (code == EXIT_FINE && given->sort) code = sort(history, given->sort, indices, count);
    if (code != EXIT_FINE) {
        free(indices);
        return code;
    }
    *count_out = take_some(given->limit, indices, count);
    *indices_out = indices;
    return EXIT_FINE;
}
