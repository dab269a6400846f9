/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a strategy that shares its study keeps its contract: whenever it is told what others of
 *         its kind have found, in whatever state, what it proposes is valid, and it ends no sooner.
 * Method: for each strategy there is, on each of the spaces of subjects.h, some of them with seeds
 * of their own, as the processes of a study have them. Each is asked and told by itself, and at
 *         random moments told what the others found. */
#include "subjects.h"

#include <math.h>
#include <string.h>

enum { MEMBERS = 3, TURNS = 60, DEAR_TURNS = 36, FLIGHT = 4, SEED = 21 };

typedef struct found {
    hpt_trial_state state;
    double          loss;
    hpt_coord       point[SUBJECT_WIDTH_MAX];
} found;

typedef struct member {
    hpi_strategy strategy;
    uint64_t     next; /* its own number */
    size_t       heard, in_flight;
    bool         has_ended;
    uint64_t     numbers[FLIGHT];
    hpt_coord    points[FLIGHT][SUBJECT_WIDTH_MAX];
} member;

/* What all have found, in order, and who found it. */
static found  list[TURNS];
static size_t finder[TURNS], list_count;
static member members[MEMBERS];

static const subject_space *on;
static uint64_t             draws;

static uint64_t draw(uint64_t below) {
    uint64_t word;
    hpt_random(SEED, draws++, 99, &word, 1);
    return word % below;
}

static void tell(member *it, uint64_t number, const found *result) {
    bool        is_complete = result->state == HPT_TRIAL_COMPLETE;
    hpt_outcome outcome = { .struct_size = sizeof outcome,
                            .state = result->state,
                            .number = number,
                            .point = result->point,
                            .value = is_complete ? result->loss : (double)NAN,
                            .loss = is_complete ? result->loss : (double)NAN,
                            .goal_count = 1,
                            .losses = is_complete ? &result->loss : NULL,
                            .violation = result->state == HPT_TRIAL_INFEASIBLE ? 1 : 0,
                            .bound = (double)NAN,
                            .is_failure = result->state >= HPT_TRIAL_FAILED && number % 2 };
    if (it->strategy.class->tell) it->strategy.class->tell(it->strategy.state, &outcome);
}

static void assert_valid(const member *it, const hpt_coord *point) {
    for (size_t j = 0; j < on->width; j++)
        if (!hpi_space_contains(on->space, (hpt_param)j, point[j]))
            fail_msg("%s leaves the space in \"%s\"", it->strategy.class->name,
                     hpi_space_name(on->space, (hpt_param)j));
    if (!hpt_space_permits(on->space, point))
        fail_msg("%s breaks a constraint", it->strategy.class->name);
}

static void hear(member *it, size_t index) {
    for (; it->heard < list_count; it->heard++)
        if (finder[it->heard] != index) tell(it, HPT_NUMBER_NONE, &list[it->heard]);
}

/* One of those that it has asked for ends, in any state, and the others can hear of it. */
static void land(member *it, size_t index) {
    static const hpt_trial_state states[] = { HPT_TRIAL_COMPLETE, HPT_TRIAL_COMPLETE,
                                              HPT_TRIAL_COMPLETE, HPT_TRIAL_PRUNED,
                                              HPT_TRIAL_FAILED,   HPT_TRIAL_INFEASIBLE,
                                              HPT_TRIAL_TIMEOUT,  HPT_TRIAL_CRASHED };
    found                       *result = &list[list_count];
    size_t                       which = draw(it->in_flight), last = --it->in_flight;
    uint64_t                     number = it->numbers[which];
    memcpy(result->point, it->points[which], on->width * sizeof *result->point);
    memcpy(it->points[which], it->points[last], on->width * sizeof *result->point);
    it->numbers[which] = it->numbers[last];
    result->state = states[draw(sizeof states / sizeof *states)];
    result->loss = (double)draw(1000) - 500;
    finder[list_count++] = index;
    tell(it, number, result);
}

static void take_off(member *it) {
    hpt_err    err = { 0 };
    hpt_coord *point = it->points[it->in_flight];
    hpt_status status = it->strategy.class->ask(it->strategy.state, it->next, point, &err);
    it->has_ended = status == HPT_EDONE;
    if (status == HPT_EAGAIN && it->in_flight == 0)
        fail_msg("%s waits for nothing", it->strategy.class->name);
    if (status != HPT_OK && status != HPT_EAGAIN && status != HPT_EDONE)
        fail_msg("%s: %s", it->strategy.class->name, err.text);
    if (status != HPT_OK) return;
    assert_valid(it, point);
    it->numbers[it->in_flight++] = it->next++;
}

/* False: this space is not for it. */
static bool open_all(const hpt_strategy_class *class) {
    memset(members, 0, sizeof members);
    list_count = 0;
    for (size_t i = 0; i < MEMBERS; i++) {
        hpt_strategy_setup setup = strategy_setup(on->space, SEED + i);
        setup.in_flight_max = FLIGHT;
        hpt_status status =
            hpi_strategy_open(&members[i].strategy, class->name, NULL, &setup, NULL);
        if (status == HPT_OK) continue;
        assert_int_equal(i, 0);
        return false;
    }
    return true;
}

static void share(const hpt_strategy_class *class) {
    size_t turns = fixture_scaled(on->is_dear ? DEAR_TURNS : TURNS);
    if (turns > TURNS) turns = TURNS;
    if (!open_all(class)) return;
    while (list_count < turns) {
        size_t  index = draw(MEMBERS);
        member *it = &members[index];
        if (draw(3) == 0) hear(it, index);
        if (it->in_flight < FLIGHT && !it->has_ended && draw(2) == 0) take_off(it);
        if (it->in_flight > 0 && draw(2) == 0) land(it, index);
        bool is_over = true;
        for (size_t i = 0; i < MEMBERS; i++)
            is_over = is_over && members[i].has_ended && members[i].in_flight == 0;
        if (is_over) break;
    }
    for (size_t i = 0; i < MEMBERS; i++)
        hpi_strategy_close(&members[i].strategy);
}

static void what_others_found_may_be_told_at_any_time(void **state) {
    (void)state;
    const hpt_strategy_class *class;
    for (size_t row = 0; (class = hpt_strategy_at(row)); row++) {
        if (class->absent || !class->tell) continue;
        for (size_t i = 0; i < SUBJECT_SPACES; i++) {
            on = subject_space_at(i);
            share(class);
        }
    }
    subject_spaces_drop();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_others_found_may_be_told_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
