/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   strategies are found by name, own ones can be added, and every mistake gets its sentence.
 * Method: classes with one fault each; the list of strategies before and after; several threads
 *         that register at once. */
#include "strategies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread.h"
#include "evolve.h"

/* Of the rows: how many there are, and their names as a sentence lists them. */
#define STRATEGY(x) +1
enum {
    BUILT_IN = 0
#include "strategy/rows.h"
};
#undef STRATEGY
#define STRATEGY(x) ", " #x
static const char listed[] = ""
#include "strategy/rows.h"
    ;
#undef STRATEGY
static const char *const built_in = listed + 2;

static hpt_space *small_space(void) {
    hpt_space *space = hpt_space_create();
    hpt_space_add_int(space, "n", 0, 9);
    return space;
}

static void the_built_in_ones_come_first_in_their_order(void **state) {
    (void)state;
    static const char *const names[] = { "random", "grid", "list", "qmc" };
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(hpt_strategy_at(i)->name, names[i]);
    assert_null(hpt_strategy_at(SIZE_MAX));
    assert_null(hpt_strategy_at(1000));
}

static void unknown_names_get_the_closest_match(void **state) {
    (void)state;
    char       sentence[240];
    hpt_space *space = small_space();
    strategy_refused(space, "rnadom", HPT_EABSENT,
                     "there is no strategy \"rnadom\"; closest match: \"random\"");
    strategy_refused(space, "GRID:points=3", HPT_EABSENT,
                     "there is no strategy \"GRID\"; closest match: \"grid\"");
    snprintf(sentence, sizeof sentence,
             "there is no strategy \"simulated annealing\"; there are: %s", built_in);
    strategy_refused(space, "simulated annealing", HPT_EABSENT, sentence);
    strategy_refused(space, NULL, HPT_EINVAL, "strategy is NULL");
    hpt_space_destroy(space);
}

static void points_of_the_users_bother_nobody(void **state) {
    (void)state;
    static const char *const names[] = { "random", "grid", "qmc", "qmc:sequence=halton" };
    hpt_space               *space = small_space();
    hpt_strategy_setup       setup = strategy_setup(space, 0);
    hpt_coord                points[2] = { { .integer = 1 }, { .integer = 2 } };
    setup.points = points;
    setup.point_count = 2;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        hpi_strategy strategy;
        assert_int_equal(hpi_strategy_open(&strategy, names[i], NULL, &setup, NULL), HPT_OK);
        hpi_strategy_close(&strategy);
    }
    hpt_space_destroy(space);
}

static void text_that_breaks_the_grammar_is_refused(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", "  ", ":points=3", "grid:", "grid:points", "grid:points=1,", "grid:points=\"1", "\xff"
    };
    hpt_space *space = small_space();
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hpt_strategy_setup setup = strategy_setup(space, 0);
        hpi_strategy       strategy;
        hpt_err            err = { 0 };
        hpt_status         status = hpi_strategy_open(&strategy, texts[i], NULL, &setup, &err);
        if (status == HPT_OK) { /* "grid:" has no options, which is no mistake */
            assert_string_equal(texts[i], "grid:");
            hpi_strategy_close(&strategy);
            continue;
        }
        assert_true(status == HPT_EPARSE || status == HPT_EINVAL);
        assert_true(err.text[0] != '\0');
    }
    hpt_space_destroy(space);
}

static void an_own_class_takes_options_with_or_without_its_name(void **state) {
    (void)state;
    static const char *const texts[] = { NULL, "", " ", "evolve", "evolve:width=0.5" };
    hpt_space               *space = small_space();
    hpt_strategy_setup       setup = strategy_setup(space, 0);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        hpi_strategy strategy;
        assert_int_equal(hpi_strategy_open(&strategy, texts[i], &evolve_strategy, &setup, NULL),
                         HPT_OK);
        assert_true(strategy.class == &evolve_strategy);
        assert_true(hpi_strategy_size(&strategy) == UINT64_MAX);
        hpi_strategy_close(&strategy);
    }
    hpi_strategy strategy;
    hpt_err      err = { 0 };
    assert_int_equal(hpi_strategy_open(&strategy, "grid", &evolve_strategy, &setup, &err),
                     HPT_EINVAL);
    assert_string_equal(err.text, "strategy is \"grid\", but strategy_class is \"evolve\"");
    assert_int_equal(hpi_strategy_open(&strategy, "evolve:width=2", &evolve_strategy, &setup, &err),
                     HPT_EINVAL);
    assert_string_equal(err.text, "strategy \"evolve\": option \"width\" is 2, but must be 1e-6"
                                  " to 1");
    hpt_space_destroy(space);
}

static void closing_twice_or_an_unopened_one_does_nothing(void **state) {
    (void)state;
    hpt_space   *space = small_space();
    hpi_strategy strategy = { 0 };
    hpi_strategy_close(&strategy);
    strategy = strategy_opened(space, "random", 1);
    hpi_strategy_close(&strategy);
    hpi_strategy_close(&strategy);
    hpt_space_destroy(space);
}

static void assert_not_registered(const hpt_strategy_class *class, hpt_status status,
                                  const char *sentence) {
    hpt_err err = { 0 };
    size_t  before = 0, after = 0;
    while (hpt_strategy_at(before))
        before++;
    assert_int_equal(hpt_strategy_register(class, &err), status);
    assert_string_equal(err.text, sentence);
    while (hpt_strategy_at(after))
        after++;
    assert_int_equal(before, after);
}

static void classes_with_a_fault_are_not_registered(void **state) {
    (void)state;
    static const hpt_option beyond[] = { { "x", HPT_OPTION_REAL, 4, 0, 0, 1, NULL, "x" },
                                         { .name = NULL } };
    static const hpt_option wordless[] = { { "x", HPT_OPTION_CHOICE, 0, 0, 0, 1, NULL, "x" },
                                           { .name = NULL } };
    hpt_strategy_class class = evolve_strategy;
    assert_not_registered(NULL, HPT_EINVAL, "strategy is NULL");
    class.struct_size = 8;
    char sentence[128];
    snprintf(sentence, sizeof sentence,
             "strategy: struct_size is 8, but sizeof(hpt_strategy_class) is %zu here",
             sizeof class);
    assert_not_registered(&class, HPT_EINVAL, sentence);
    class = evolve_strategy;
    class.name = NULL;
    assert_not_registered(&class, HPT_EINVAL, "strategy: name is NULL");
    class.name = "Mine:x";
    assert_not_registered(&class, HPT_EINVAL,
                          "strategy \"Mine:x\": a name has 1 to 63 of the characters a-z 0-9 _ -");
    class.name = "";
    assert_not_registered(&class, HPT_EINVAL,
                          "strategy \"\": a name has 1 to 63 of the characters a-z 0-9 _ -");
    class = evolve_strategy;
    class.ask = NULL;
    assert_not_registered(&class, HPT_EINVAL, "strategy \"evolve\" has neither ask nor point");
    class = evolve_strategy;
    class.state_size = 8;
    class.options = beyond;
    assert_not_registered(&class, HPT_EINVAL,
                          "strategy \"evolve\": an option has an odd name, no choices, or lies "
                          "outside its state of 8 bytes");
    class.options = wordless;
    assert_not_registered(&class, HPT_EINVAL,
                          "strategy \"evolve\": an option has an odd name, no choices, or lies "
                          "outside its state of 8 bytes");
    class = evolve_strategy;
    class.name = "grid";
    assert_not_registered(&class, HPT_EBUSY, "the strategy \"grid\" comes with hpt");
}

static void a_faulty_own_class_is_not_opened(void **state) {
    (void)state;
    hpt_space         *space = small_space();
    hpt_strategy_setup setup = strategy_setup(space, 0);
    hpt_strategy_class class = evolve_strategy;
    hpi_strategy strategy;
    class.name = NULL;
    assert_int_equal(hpi_strategy_open(&strategy, "", &class, &setup, NULL), HPT_EINVAL);
    hpt_space_destroy(space);
}

static void an_absent_one_says_why(void **state) {
    (void)state;
    static const hpt_strategy_class absent = { .struct_size = sizeof(hpt_strategy_class),
                                               .name = "absent",
                                               .summary = "not there",
                                               .absent = "it needs a library" };
    hpt_space                      *space = small_space();
    assert_int_equal(hpt_strategy_register(&absent, NULL), HPT_OK);
    strategy_refused(space, "absent:any=1", HPT_EBUILD,
                     "the strategy \"absent\" is not in this build: it needs a library");
    hpt_space_destroy(space);
}

static void a_registered_one_is_found_and_its_name_is_taken(void **state) {
    (void)state;
    hpt_space *space = small_space();
    char       sentence[240];
    snprintf(sentence, sizeof sentence, "there is no strategy \"evolve\"; there are: %s, absent",
             built_in);
    strategy_refused(space, "evolve", HPT_EABSENT, sentence);
    assert_int_equal(hpt_strategy_register(&evolve_strategy, NULL), HPT_OK);
    hpi_strategy strategy = strategy_opened(space, "evolve:width=0.1", 1);
    assert_true(strategy.class == &evolve_strategy);
    hpi_strategy_close(&strategy);
    assert_not_registered(&evolve_strategy, HPT_EBUSY,
                          "the strategy \"evolve\" is registered already");
    hpt_space_destroy(space);
}

enum { THREADS = 4, CLASSES = 80 };

static hpt_strategy_class crowd[THREADS][CLASSES];
static char               crowd_names[CLASSES][8];
static unsigned           registered[THREADS], busy[THREADS], full[THREADS];

static void *register_a_crowd(void *user) {
    size_t thread = *(size_t *)user;
    for (size_t i = 0; i < CLASSES; i++) {
        hpt_status status = hpt_strategy_register(&crowd[thread][i], NULL);
        registered[thread] += status == HPT_OK;
        busy[thread] += status == HPT_EBUSY;
        full[thread] += status == HPT_ELIMIT;
    }
    return NULL;
}

/* Last, because it fills the registry: every thread brings the same 80 names. */
static void threads_that_register_at_once_never_share_a_name_or_pass_the_limit(void **state) {
    (void)state;
    hpi_thread threads[THREADS];
    size_t     numbers[THREADS], before = 0, sum = 0;
    while (hpt_strategy_at(before))
        before++;
    for (size_t i = 0; i < CLASSES; i++)
        snprintf(crowd_names[i], sizeof crowd_names[i], "crowd%zu", i);
    for (size_t t = 0; t < THREADS; t++)
        for (size_t i = 0; i < CLASSES; i++) {
            crowd[t][i] = evolve_strategy;
            crowd[t][i].name = crowd_names[i];
        }
    for (size_t t = 0; t < THREADS; t++) {
        numbers[t] = t;
        assert_int_equal(
            hpi_thread_start(&threads[t], "crowd", register_a_crowd, &numbers[t], NULL), HPT_OK);
    }
    for (size_t t = 0; t < THREADS; t++) {
        hpi_thread_join(&threads[t]);
        sum += registered[t];
        assert_int_equal(registered[t] + busy[t] + full[t], CLASSES);
    }
    assert_int_equal(before + sum, BUILT_IN + 64);
    assert_null(hpt_strategy_at(BUILT_IN + 64));
    for (size_t i = 0; i < BUILT_IN + 64; i++)
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(hpt_strategy_at(i)->name, hpt_strategy_at(k)->name);
    hpt_strategy_class more = evolve_strategy;
    more.name = "one_more";
    assert_not_registered(&more, HPT_ELIMIT,
                          "the strategy \"one_more\" is one more than the 64 that can be "
                          "registered");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_ones_come_first_in_their_order),
        cmocka_unit_test(unknown_names_get_the_closest_match),
        cmocka_unit_test(points_of_the_users_bother_nobody),
        cmocka_unit_test(text_that_breaks_the_grammar_is_refused),
        cmocka_unit_test(an_own_class_takes_options_with_or_without_its_name),
        cmocka_unit_test(closing_twice_or_an_unopened_one_does_nothing),
        cmocka_unit_test(classes_with_a_fault_are_not_registered),
        cmocka_unit_test(a_faulty_own_class_is_not_opened),
        cmocka_unit_test(an_absent_one_says_why),
        cmocka_unit_test(a_registered_one_is_found_and_its_name_is_taken),
        cmocka_unit_test(threads_that_register_at_once_never_share_a_name_or_pass_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
