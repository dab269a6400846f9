/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   the log's lines read as documented, go where they should, and carry no control character.
 * Method: lines taken by a function, from a FILE and from a path. */
#include "observing.h"

#include <stdlib.h>
#include <unistd.h>

typedef struct lines {
    int       count;
    hpt_level levels[64];
    char      text[64][400];
} lines;

static void take(void *user, hpt_level level, const char *line) {
    lines *l = user;
    if (l->count == 64) return;
    l->levels[l->count] = level;
    strncpy(l->text[l->count++], line, sizeof l->text[0] - 1);
}

/* Without the time at its beginning. */
static const char *rest(const lines *l, int index) {
    const char *at = strstr(l->text[index], " s  ");
    assert_non_null(at);
    return at + 4;
}

static void push_some(observing *o) {
    hpt_coord point[3] = { { .real = 31.6 }, { .integer = 3 }, { .integer = 1 } };
    hpt_attr  attrs[] = { { "iterations", hpt_int(12) }, { "why", hpt_text("a b") } };
    observing_push_trial(o, 41, 1);
    hpi_fact best = observing_fact(o, HPT_EVENT_BEST_IMPROVED, 41, 0);
    best.value = 0.0184;
    best.point = point;
    hpi_dispatch_push(o->dispatch, 0, &best);
    observing_push_ended_with(o, 42, HPT_TRIAL_FAILED, NAN, "x\x1b[2J\ny\xc2\x9bz\xff", attrs, 2,
                              point);
    observing_push_ended_with(o, 43, HPT_TRIAL_PRUNED, NAN, "", NULL, 0, NULL);
    observing_finish(o);
}

static void log_to_function(lines *l, const char *name) {
    observing    o;
    hpt_observer observer = hpt_observer_default();
    memset(l, 0, sizeof *l);
    observing_start(&o, 2);
    observer.name = name;
    observer.line = take;
    observer.user = l;
    observing_attach(&o, &observer);
    push_some(&o);
    observing_stop(&o);
}

static void lines_read_as_documented(void **state) {
    (void)state;
    lines l;
    log_to_function(&l, "log:level=debug");
    assert_int_equal(l.count, 9);
    assert_string_equal(rest(&l, 0), "trial 41  created  x=1 n=41 mode=\"a,\\\"b\\\"\"");
    assert_string_equal(rest(&l, 1), "trial 41  started on worker 1");
    assert_string_equal(rest(&l, 2), "trial 41  reports step 1  0.25");
    assert_string_equal(rest(&l, 4),
                        "trial 41  COMPLETE  error 41  in 0.5 µs  x=1 n=41 mode=\"a,\\\"b\\\"\"");
    assert_string_equal(rest(&l, 5),
                        "trial 41  is the best so far  error 0.0184  x=31.6 n=3 mode=c");
    assert_string_equal(rest(&l, 6),
                        "trial 42  FAILED  \"x?[2J?y?z?\"  in 3 ms  x=31.6 n=3 mode=c  "
                        "[iterations=12 why=\"a b\"]");
    assert_string_equal(rest(&l, 7), "trial 43  PRUNED  in 3 ms");
    assert_string_equal(rest(&l, 8), "finished: all trials of the budget are done; best error 0.25 "
                                     "of trial 3  x=0.5 n=4 mode=c");
    assert_string_equal(l.text[8],
                        "4.000 s  finished: all trials of the budget are done; best error "
                        "0.25 of trial 3  x=0.5 n=4 mode=c");
}

static void a_level_leaves_out_what_is_below(void **state) {
    (void)state;
    static const struct {
        const char *name;
        int         count;
    } cases[] = {
        { "log", 5 }, { "log:level=info", 5 }, { "log:level=best", 2 }, { "log:level=warn", 1 }
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lines l;
        log_to_function(&l, cases[i].name);
        assert_int_equal(l.count, cases[i].count);
        for (int k = 0; k < l.count; k++)
            assert_true((int)l.levels[k] >= (int)(i == 0 ? 1 : i));
    }
}

/* What it would not show must not be pushed for it. */
static void a_level_decides_which_events_are_wanted(void **state) {
    (void)state;
    observing o;
    observing_start(&o, 1);
    uint64_t id = observing_attach_named(&o, "log:level=info");
    assert_false(
        hpi_dispatch_wants(o.dispatch, HPT_EVENT_TRIAL_CREATED | HPT_EVENT_TRIAL_REPORTED));
    assert_true(hpi_dispatch_wants(o.dispatch, HPT_EVENT_TRIAL_ENDED));
    hpi_dispatch_detach(o.dispatch, id, NULL);
    id = observing_attach_named(&o, "log:level=debug");
    assert_true(hpi_dispatch_wants(o.dispatch, HPT_EVENT_TRIAL_REPORTED));
    hpi_dispatch_detach(o.dispatch, id, NULL);
    observing_stop(&o);
}

static void lines_go_to_a_file_or_a_path(void **state) {
    (void)state;
    observing    o;
    char         path[] = "/tmp/hpt_log_XXXXXX", name[64], text[2000];
    FILE        *file = tmpfile();
    hpt_observer observer = hpt_observer_default();
    close(mkstemp(path));
    snprintf(name, sizeof name, "log:path=%s", path);
    observing_start(&o, 2);
    observing_attach_named(&o, name);
    observer.name = "log";
    observer.file = file;
    observing_attach(&o, &observer);
    push_some(&o);
    observing_stop(&o);
    FILE *files[] = { file, fopen(path, "r") };
    for (int i = 0; i < 2; i++) {
        rewind(files[i]);
        size_t bytes = fread(text, 1, sizeof text - 1, files[i]);
        text[bytes] = '\0';
        int count = 0;
        for (const char *c = text; *c; c++)
            count += *c == '\n';
        assert_int_equal(count, 5);
        assert_int_equal(text[bytes - 1], '\n');
        assert_null(strchr(text, '\x1b'));
        fclose(files[i]);
    }
    unlink(path);
}

static void keep_line(void *user, hpt_level level, const char *line) {
    (void)level;
    snprintf(user, 200, "%s", line);
}

static void a_pruned_trial_keeps_its_last_report(void **state) {
    (void)state;
    char         line[200] = "";
    observing    o;
    hpt_observer observer = hpt_observer_default();
    observer.name = "log";
    observer.kinds = HPT_EVENT_TRIAL_ENDED;
    observer.line = keep_line;
    observer.user = line;
    observing_start(&o, 1);
    observing_attach(&o, &observer);
    hpi_fact fact = observing_fact(&o, HPT_EVENT_TRIAL_ENDED, 0, 0);
    fact.state = HPT_TRIAL_PRUNED;
    fact.has_report = true;
    fact.step = -12;
    fact.value = 0.25;
    hpi_dispatch_push(o.dispatch, 0, &fact);
    observing_finish(&o);
    observing_stop(&o);
    assert_non_null(strstr(line, "trial 0  PRUNED  last reported step -12  0.25"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pruned_trial_keeps_its_last_report),
        cmocka_unit_test(lines_read_as_documented),
        cmocka_unit_test(a_level_leaves_out_what_is_below),
        cmocka_unit_test(a_level_decides_which_events_are_wanted),
        cmocka_unit_test(lines_go_to_a_file_or_a_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
