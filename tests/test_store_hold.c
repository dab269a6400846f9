/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a study of a process that is gone can be taken, one of a process that is there, or that
 *         nobody can judge from here, cannot.
 * Method: holds of this process with one fact changed at a time, of children that live, have ended
 *         and have not been waited for; judged. */
#include "fixture.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/hold.h"

static hpi_holder holder = { .run_id = "this run" };

/* Until the next call. */
static const char *hold_of_this(void) {
    static char text[1024];
    char       *json = NULL;
    assert_int_equal(hpi_hold_print("this run", &json, NULL), HPT_OK);
    snprintf(text, sizeof text, "%s", json);
    hpi_free(json);
    return text;
}

static void expect(const char *json, hpi_hold hold) {
    char     who[HPI_HOLD_WHO_BYTES];
    hpi_hold is = hpi_hold_judge(json, who);
    if (is != hold) fail_msg("%d, not %d: %s (%s)", is, hold, json, who);
}

/* The hold of this process with the text of a member replaced. */
static void expect_with(const char *member, const char *text, hpi_hold hold) {
    const char *json = hold_of_this();
    char        key[32], other[1280];
    snprintf(key, sizeof key, "\"%s\":\"", member);
    const char *at = strstr(json, key);
    assert_non_null(at);
    at += strlen(key);
    snprintf(other, sizeof other, "%.*s%s%s", (int)(at - json), json, text, strchr(at, '"'));
    expect(other, hold);
}

/* ... with another process number. */
static void expect_of(pid_t pid, const char *start, hpi_hold hold) {
    const char *rest = strchr(hold_of_this(), ',');
    char        other[1280];
    const char *at = strstr(rest, "\"start\":\"") + strlen("\"start\":\"");
    snprintf(other, sizeof other, "{\"pid\":%ld%.*s%s%s", (long)pid, (int)(at - rest), rest, start,
             strchr(at, '"'));
    expect(other, hold);
}

static bool is_linux(void) {
    char boot[HPI_HOLD_FACT_BYTES];
    hpi_hold_boot(boot);
    return strcmp(boot, "-") != 0;
}

static void nobody_has_what_was_given_back(void **state) {
    (void)state;
    char who[HPI_HOLD_WHO_BYTES] = "x";
    assert_int_equal(hpi_hold_judge(HPI_HOLD_FREE, who), HPI_HOLD_NOBODY);
    assert_string_equal(who, "");
}

static void a_run_of_this_process_has_its_study(void **state) {
    (void)state;
    const char *json = hold_of_this();
    char        who[HPI_HOLD_WHO_BYTES], process[32];
    hpi_holder_enter(&holder);
    assert_int_equal(hpi_hold_judge(json, who), HPI_HOLD_TAKEN);
    snprintf(process, sizeof process, "process %d on host ", (int)getpid());
    assert_true(strncmp(who, process, strlen(process)) == 0);
    assert_non_null(strstr(who, " since 2"));
    assert_non_null(strstr(who, " UTC"));
    assert_true(hpi_hold_is_of(json, "this run"));
    assert_false(hpi_hold_is_of(json, "another run"));
    hpi_holder_leave(&holder);
    expect(json, HPI_HOLD_DEAD); /* the run is over, and could not give it back */
}

static void a_process_of_another_machine_cannot_be_judged(void **state) {
    (void)state;
    expect_with("host", "elsewhere", HPI_HOLD_TAKEN);
    expect_with("machine", "another", HPI_HOLD_TAKEN);
}

static void a_process_of_another_container_cannot_be_judged(void **state) {
    (void)state;
    if (!is_linux()) skip();
    expect_with("container", "pid:[1]", HPI_HOLD_TAKEN);
}

static void no_process_outlives_a_boot(void **state) {
    (void)state;
    if (!is_linux()) skip();
    hpi_holder_enter(&holder);
    expect_with("boot", "another", HPI_HOLD_DEAD);
    expect_with("boot", "", HPI_HOLD_TAKEN); /* nobody knows */
    hpi_holder_leave(&holder);
}

static void a_later_process_of_the_same_number_is_another(void **state) {
    (void)state;
    if (!is_linux()) skip();
    hpi_holder_enter(&holder);
    expect_with("start", "1", HPI_HOLD_DEAD);
    expect_with("start", "", HPI_HOLD_TAKEN);
    hpi_holder_leave(&holder);
}

static void a_process_is_there_until_it_has_ended(void **state) {
    (void)state;
    char  start[HPI_HOLD_FACT_BYTES];
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        pause();
        _exit(0);
    }
    assert_true(hpi_hold_start((long)child, start));
    expect_of(child, start, HPI_HOLD_TAKEN);
    assert_int_equal(kill(child, SIGKILL), 0);
    if (is_linux()) { /* ended, and not waited for */
        siginfo_t info;
        assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
        expect_of(child, start, HPI_HOLD_DEAD);
    }
    assert_int_equal(waitpid(child, NULL, 0), child);
    expect_of(child, start, HPI_HOLD_DEAD);
}

static void only_a_process_of_this_machine_is_known_to_be_there(void **state) {
    (void)state;
    if (!is_linux()) skip();
    char elsewhere[1280];
    snprintf(elsewhere, sizeof elsewhere, "%s", hold_of_this());
    char *host = strstr(elsewhere, "\"host\":\"") + strlen("\"host\":\"");
    *host = *host == 'x' ? 'y' : 'x';
    assert_false(hpi_hold_is_there(hold_of_this())); /* no run has it */
    hpi_holder_enter(&holder);
    assert_true(hpi_hold_is_there(hold_of_this()));
    assert_false(hpi_hold_is_there(elsewhere));
    assert_false(hpi_hold_is_there(HPI_HOLD_FREE));
    assert_false(hpi_hold_is_there("{"));
    hpi_holder_leave(&holder);
}

static void what_cannot_be_read_is_taken(void **state) {
    (void)state;
    static const char *const texts[] = {
        "", "{", "[]", "7", "{}", "{\"pid\":\"1\"}", "{\"pid\":-1}", "{\"pid\":1.5}", "true"
    };
    char who[HPI_HOLD_WHO_BYTES];
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        assert_int_equal(hpi_hold_judge(texts[i], who), HPI_HOLD_TAKEN);
        assert_string_equal(who, "an unknown process");
        assert_false(hpi_hold_is_of(texts[i], ""));
    }
}

static void a_holder_that_leaves_leaves_the_others(void **state) {
    (void)state;
    hpi_holder first = { .run_id = "first" }, second = { .run_id = "this run" },
               third = { .run_id = "third" };
    const char *json = hold_of_this();
    hpi_holder_enter(&first);
    hpi_holder_enter(&second);
    hpi_holder_enter(&third);
    hpi_holder_leave(&third);
    expect(json, HPI_HOLD_TAKEN);
    hpi_holder_leave(&first);
    expect(json, HPI_HOLD_TAKEN);
    hpi_holder_leave(&second);
    expect(json, HPI_HOLD_DEAD);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_has_what_was_given_back),
        cmocka_unit_test(a_run_of_this_process_has_its_study),
        cmocka_unit_test(a_process_of_another_machine_cannot_be_judged),
        cmocka_unit_test(a_process_of_another_container_cannot_be_judged),
        cmocka_unit_test(no_process_outlives_a_boot),
        cmocka_unit_test(a_later_process_of_the_same_number_is_another),
        cmocka_unit_test(a_process_is_there_until_it_has_ended),
        cmocka_unit_test(only_a_process_of_this_machine_is_known_to_be_there),
        cmocka_unit_test(what_cannot_be_read_is_taken),
        cmocka_unit_test(a_holder_that_leaves_leaves_the_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
