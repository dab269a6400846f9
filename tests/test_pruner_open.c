/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   pruners are found by name, own ones can be added, and every mistake gets its sentence.
 * Method: the pruner of docs/extending.md; classes with one fault each; the list before and after.
 */
#include "pruning.h"

#include <stdio.h>

typedef struct hurdle {
    int64_t step;
    double  limit;
} hurdle;

static const hpt_option options_of_hurdle[] = {
    { "step", HPT_OPTION_INT, offsetof(hurdle, step), 10, 1, 1e9, NULL,
      "when trials are looked at" },
    { "limit", HPT_OPTION_REAL, offsetof(hurdle, limit), 0.5, -1e9, 1e9, NULL, "the most" },
    { .name = NULL },
};

static bool hurdle_report(void *state, const hpt_pruner_report *report) {
    const hurdle *it = state;
    return report->step == it->step && report->losses[0] > it->limit;
}

static const hpt_pruner_class hurdle_class = {
    .struct_size = sizeof(hpt_pruner_class),
    .name = "hurdle",
    .summary = "stops trials that are not below a limit in time",
    .state_size = sizeof(hurdle),
    .options = options_of_hurdle,
    .report = hurdle_report,
};

static size_t count_all(void) {
    size_t count = 0;
    while (hpt_pruner_at(count))
        count++;
    return count;
}

static void the_built_in_ones_come_first_in_their_order(void **state) {
    (void)state;
    static const char *const names[] = { "none", "median", "percentile", "threshold" };
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(hpt_pruner_at(i)->name, names[i]);
    assert_null(hpt_pruner_at(SIZE_MAX));
    assert_null(hpt_pruner_at(1000));
}

static void assert_refused(const char *text, const hpt_pruner_class *own, hpt_status status,
                           const char *sentence) {
    static const hpi_pruner untouched;
    hpt_pruner_setup        setup = pruning_setup(1, 0);
    hpt_space              *space = hpt_space_create();
    hpi_pruner              pruner = { 0 };
    hpt_err                 err = { 0 };
    setup.space = space;
    assert_int_equal(hpi_pruner_open(&pruner, text, own, &setup, &err), status);
    assert_string_equal(err.text, sentence);
    assert_memory_equal(&pruner, &untouched, sizeof pruner);
    assert_int_equal(hpi_pruner_open(&pruner, text, own, &setup, NULL), status);
    hpt_space_destroy(space);
}

static void mistakes_get_their_sentence(void **state) {
    (void)state;
    assert_refused("medain", NULL, HPT_EABSENT,
                   "there is no pruner \"medain\"; closest match: \"median\"");
    assert_refused(NULL, NULL, HPT_EINVAL, "pruner is NULL");
    assert_refused("none:x=1", NULL, HPT_EINVAL,
                   "pruner \"none\" has no option \"x\"; there are none");
    assert_refused("median", &hurdle_class, HPT_EINVAL,
                   "pruner is \"median\", but pruner_class is \"hurdle\"");
    assert_refused("hurdle:step=0", &hurdle_class, HPT_EINVAL,
                   "pruner \"hurdle\": option \"step\" is 0, but must be 1 to 1000000000");
    assert_refused("patient:of=\"median:x=1\"", NULL, HPT_EINVAL,
                   "pruner \"median\" has no option \"x\"; there are: startup_trials, "
                   "warmup_steps, interval, min_trials");
    assert_refused(" ", NULL, HPT_EPARSE, "pruner: the name is missing (name:key=value,...)");
    assert_refused("median,interval=2", NULL, HPT_EPARSE,
                   "pruner: options begin behind a colon, not a comma (name:key=value,...)");
    assert_refused("asha:min_resource=30,max_resource=9", NULL, HPT_EINVAL,
                   "pruner \"asha\": max_resource is 9, below min_resource, 30");
    assert_refused("patient:of= patient :of=median", NULL, HPT_EINVAL,
                   "pruner \"patient\" cannot be made patient: of is itself");
}

static void none_is_nobody(void **state) {
    (void)state;
    hpt_pruner_setup setup = pruning_setup(1, 0);
    hpi_pruner       pruner = pruning_opened(" none ", &setup);
    assert_null(pruner.class);
    hpi_pruner_close(&pruner);
}

static void assert_not_registered(const hpt_pruner_class *class, hpt_status status,
                                  const char *sentence) {
    hpt_err err = { 0 };
    size_t  before = count_all();
    assert_int_equal(hpt_pruner_register(class, &err), status);
    assert_string_equal(err.text, sentence);
    assert_int_equal(count_all(), before);
}

static uint32_t one(const void *state) {
    (void)state;
    return 1;
}

static void classes_with_a_fault_are_not_registered(void **state) {
    (void)state;
    static const hpt_option beyond[] = { { "x", HPT_OPTION_REAL, 12, 0, 0, 1, NULL, "x" },
                                         { .name = NULL } };
    hpt_pruner_class class = hurdle_class;
    char sentence[160];
    assert_not_registered(NULL, HPT_EINVAL, "pruner is NULL");
    class.struct_size = 8;
    snprintf(sentence, sizeof sentence,
             "pruner: struct_size is 8, but sizeof(hpt_pruner_class) is %zu here", sizeof class);
    assert_not_registered(&class, HPT_EINVAL, sentence);
    class = hurdle_class;
    class.name = NULL;
    assert_not_registered(&class, HPT_EINVAL, "pruner: name is NULL");
    class.name = "Hurdle";
    assert_not_registered(&class, HPT_EINVAL,
                          "pruner \"Hurdle\": a name has 1 to 63 of the characters a-z 0-9 _ -");
    class = hurdle_class;
    class.report = NULL;
    assert_not_registered(&class, HPT_EINVAL, "pruner \"hurdle\" has no function for reports");
    class = hurdle_class;
    class.bracket_count = one;
    assert_not_registered(&class, HPT_EINVAL,
                          "pruner \"hurdle\" has one of bracket and bracket_count only");
    class = hurdle_class;
    class.options = beyond;
    assert_not_registered(&class, HPT_EINVAL,
                          "pruner \"hurdle\": an option has an odd name, no choices, or lies "
                          "outside its state of 16 bytes");
    class = hurdle_class;
    class.name = "median";
    assert_not_registered(&class, HPT_EBUSY, "the pruner \"median\" comes with hpt");
}

/* Last: it stays registered. */
static void a_registered_one_is_found_by_its_name(void **state) {
    (void)state;
    hpt_pruner_setup setup = pruning_setup(1, 0);
    double           bad = 2, good = 0;
    size_t           before = count_all();
    assert_int_equal(hpt_pruner_register(&hurdle_class, NULL), HPT_OK);
    assert_true(hpt_pruner_at(before) == &hurdle_class);
    assert_not_registered(&hurdle_class, HPT_EBUSY, "the pruner \"hurdle\" is registered already");
    hpi_pruner pruner = pruning_opened("hurdle:step=5", &setup);
    assert_false(pruning_report(&pruner, 0, 4, &bad, 1, UINT64_MAX));
    assert_true(pruning_report(&pruner, 0, 5, &bad, 1, UINT64_MAX));
    assert_false(pruning_report(&pruner, 1, 5, &good, 1, UINT64_MAX));
    hpi_pruner_close(&pruner);
    pruner = pruning_opened("patient:of=hurdle,patience=0", &setup);
    hpi_pruner_close(&pruner);
}

static void as_many_as_promised_can_be_registered(void **state) {
    (void)state;
    static hpt_pruner_class many[64];
    static char             names[64][16];
    hpt_status              status = HPT_OK;
    size_t                  count = 1; /* of the test before */
    for (; count < 65 && status == HPT_OK; count++) {
        many[count % 64] = hurdle_class;
        snprintf(names[count % 64], sizeof names[0], "hurdle-%zu", count);
        many[count % 64].name = names[count % 64];
        status = hpt_pruner_register(&many[count % 64], NULL);
    }
    assert_int_equal(status, HPT_ELIMIT);
    assert_int_equal(count, 65);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_built_in_ones_come_first_in_their_order),
        cmocka_unit_test(mistakes_get_their_sentence),
        cmocka_unit_test(none_is_nobody),
        cmocka_unit_test(classes_with_a_fault_are_not_registered),
        cmocka_unit_test(a_registered_one_is_found_by_its_name),
        cmocka_unit_test(as_many_as_promised_can_be_registered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
