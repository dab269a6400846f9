/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   every observer keeps the promises of hpt/extend.h and survives what a run may show it.
 * Method: one battery, run once per row of observe/rows.h; a new row is tested for free. An
 * observer with an option "path" gets a file, others write to one given in the struct. */
#include "observing.h"

#include <stdlib.h>
#include <unistd.h>

#include "hpt/extend.h"

static char folder[64];

/* Memory that fails at the n-th request. Threads: any. */
static atomic_long requests, fail_at, live;

static bool may_have_memory(void) {
    return atomic_fetch_add(&requests, 1) + 1 != atomic_load(&fail_at);
}

static void *failing_allocate(size_t bytes, void *user) {
    (void)user;
    void *memory = may_have_memory() ? malloc(bytes) : NULL;
    if (memory) atomic_fetch_add(&live, 1);
    return memory;
}

static void *failing_resize(void *memory, size_t bytes, void *user) {
    (void)user;
    return may_have_memory() ? realloc(memory, bytes) : NULL;
}

static void failing_release(void *memory, void *user) {
    (void)user;
    if (memory) atomic_fetch_sub(&live, 1);
    free(memory);
}

static bool has_option(const hpt_observer_class *class, const char *name) {
    for (const hpt_option *row = class->options; row && row->name; row++)
        if (strcmp(row->name, name) == 0) return true;
    return false;
}

/* How the battery attaches one. `name` is storage for its text. */
static hpt_observer describe(const hpt_observer_class *class, const char *path, FILE *file,
                             char name[256]) {
    hpt_observer observer = hpt_observer_default();
    if (has_option(class, "path"))
        snprintf(name, 256, "%s:path=\"%s\"", class->name, path);
    else
        snprintf(name, 256, "%s", class->name);
    observer.name = name;
    if (!has_option(class, "path")) observer.file = file;
    return observer;
}

static void its_identity_card_is_whole(const hpt_observer_class *class) {
    assert_true(class->struct_size >= sizeof *class);
    assert_true(class->name && *class->name);
    assert_true(class->summary && *class->summary);
    if (class->absent) return;
    assert_non_null(class->events);
    assert_int_equal(class->kinds & ~(uint32_t)HPT_EVENT_ALL, 0);
    for (const hpt_option *row = class->options; row && row->name; row++) {
        assert_true(row->help && *row->help);
        assert_true(row->offset < class->state_size);
        if (row->type == HPT_OPTION_INT || row->type == HPT_OPTION_REAL)
            assert_true(row->min <= row->initial && row->initial <= row->max);
        if (row->type == HPT_OPTION_TEXT || row->type == HPT_OPTION_CHOICE)
            assert_non_null(row->text);
    }
}

/* Several goals, and constraints on results. */
static void push_values(observing *o, const hpt_coord *point) {
    static const double values[] = { -1e300, 0.1 + 0.2, 0 };
    for (int state = 1; state < HPT_TRIAL_STATE_COUNT; state++) {
        unsigned char bytes[1024 + HPI_NOTE_VALUES_BYTES];
        hpi_notes     notes = { .bytes = bytes, .room = 1024 };
        assert_true(hpi_notes_set_constraint(&notes, "me\"mory,", 0.25));
        assert_true(hpi_notes_set_constraint(&notes, "edge", -INFINITY));
        hpi_notes_set_values(&notes, values, 3);
        hpi_fact fact = observing_fact(o, HPT_EVENT_TRIAL_ENDED, 22, 0);
        fact.state = (hpt_trial_state)state;
        fact.value = state == HPT_TRIAL_COMPLETE ? values[0] : NAN;
        fact.point = point;
        fact.notes = notes.bytes;
        fact.notes_bytes = notes.used;
        hpi_dispatch_push(o->dispatch, 0, &fact);
        fact.kind = HPT_EVENT_BEST_IMPROVED;
        hpi_dispatch_push(o->dispatch, 0, &fact);
    }
}

/* Every kind, every state, no point, no value, texts that are out to break a format. */
static void push_everything(observing *o) {
    static const char hostile[] =
        "\x1b[2J\"',;\\\n\r\t\x7f</script>\xc2\x9b%s%n {a=\"b\"} \xf0\x9f\x92\xa5";
    hpt_coord point[3] = { { .real = 1e-300 }, { .integer = INT64_MAX }, { 0 } };
    hpt_attr  attrs[] = { { "null", hpt_null() },
                          { "yes", hpt_bool(true) },
                          { "big", hpt_int(INT64_MIN) },
                          { "real", hpt_real(0.1 + 0.2) },
                          { "te\"xt,\n", hpt_text(hostile) },
                          { "empty", hpt_text("") } };
    for (uint64_t trial = 0; trial < 20; trial++)
        observing_push_trial(o, trial, trial & 1);
    for (int state = 1; state < HPT_TRIAL_STATE_COUNT; state++) {
        double value = state == HPT_TRIAL_COMPLETE ? -0.0 : NAN;
        observing_push_ended_with(o, 20, (hpt_trial_state)state, value, hostile, attrs, 6, point);
        observing_push_ended_with(o, 21, (hpt_trial_state)state, value, "", NULL, 0, NULL);
    }
    push_values(o, point);
    hpi_fact best = observing_fact(o, HPT_EVENT_BEST_IMPROVED, 20, 0);
    best.value = INFINITY;
    best.point = point;
    hpi_dispatch_push(o->dispatch, 0, &best);
}

/* With memory that fails this may fail at any step. */
static bool with_goals; /* several */

static hpt_status run_once(const hpt_observer_class *class, const char *path, uint32_t kinds,
                           bool with_events) {
    static const hpt_goal goals[] = { { "err\"or", HPT_MINIMISE, NAN },
                                      { "state", HPT_MAXIMISE, 1 },
                                      { "\xe2\x82\xac, x", HPT_MINIMISE, 0 } };
    char                  name[256];
    observing             o = { .space = observing_space() };
    o.start_ns = hpi_now_ns();
    hpi_dispatch_setup setup = { .space = o.space,
                                 .run_id = "6c0c9a4e-0000-4000-8000-000000000001",
                                 .strategy = "random",
                                 .metric = "err\"or",
                                 .goals = goals,
                                 .goal_count = with_goals ? 3 : 1,
                                 .worker_count = 2,
                                 .start_ns = o.start_ns,
                                 .stats = observing_stats,
                                 .run = &o };
    hpt_err            err = { 0 };
    FILE              *file = tmpfile();
    hpt_observer       observer = describe(class, path, file, name);
    observer.kinds = kinds;
    observer.buffer_count = 64;
    observer.policy = HPT_POLICY_BLOCK;
    hpt_status status = hpi_dispatch_create(&setup, &o.dispatch, &err);
    if (status == HPT_OK) {
        status = hpi_dispatch_attach(o.dispatch, &observer, NULL, &err);
        if (status == HPT_OK && with_events) push_everything(&o);
        observing_finish(&o);
    }
    if (status != HPT_OK) assert_true(*err.text);
    uint64_t lost = 0, failures = 0;
    if (o.dispatch) hpi_dispatch_totals(o.dispatch, &lost, &failures);
    assert_int_equal(lost, 0);
    observing_stop(&o);
    fclose(file);
    if (status == HPT_OK && failures > 0) return HPT_EAGAIN; /* it lived, and told */
    return status;
}

static void it_takes_every_event(const hpt_observer_class *class, const char *path) {
    assert_int_equal(run_once(class, path, HPT_EVENT_ALL, true), HPT_OK);
    assert_int_equal(run_once(class, path, 0, true), HPT_OK);
    assert_int_equal(run_once(class, path, 0, false), HPT_OK);
    assert_int_equal(run_once(class, path, HPT_EVENT_TRIAL_CREATED, true), HPT_OK);
}

static void it_survives_every_allocation_failing(const hpt_observer_class *class,
                                                 const char *path) {
    hpt_allocator failing = { failing_allocate, failing_resize, failing_release, NULL };
    assert_int_equal(hpt_allocator_set(&failing), HPT_OK);
    long n = 1;
    for (bool is_through = false; !is_through && n < 4000; n++) {
        atomic_store(&requests, 0);
        atomic_store(&fail_at, n);
        run_once(class, path, HPT_EVENT_ALL, true);
        is_through = atomic_load(&requests) < n;
        assert_int_equal(atomic_load(&live), 0);
    }
    assert_in_range(n, 10, 3999);
    assert_int_equal(hpt_allocator_set(NULL), HPT_OK);
}

static void it_refuses_unknown_options(const hpt_observer_class *class) {
    char      name[128];
    hpt_err   err = { 0 };
    observing o;
    observing_start(&o, 1);
    snprintf(name, sizeof name, "%s:no_such_option=1", class->name);
    hpt_observer observer = hpt_observer_default();
    observer.name = name;
    assert_int_not_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_OK);
    assert_non_null(strstr(err.text, "no_such_option"));
    observing_stop(&o);
}

static void it_says_which_file_cannot_be_written(const hpt_observer_class *class) {
    char      name[256];
    hpt_err   err = { 0 };
    observing o;
    observing_start(&o, 1);
    hpt_observer observer = describe(class, "/nowhere/at/all", NULL, name);
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EIO);
    assert_non_null(strstr(err.text, "/nowhere/at/all"));
    assert_non_null(strstr(err.text, "No such file"));
    observing_stop(&o);
}

/* A full disk ends no run: it is refused at once, or counted. */
static void it_lives_with_a_full_disk(const hpt_observer_class *class) {
    hpt_status status = run_once(class, "/dev/full", 0, true);
    assert_true(status == HPT_EAGAIN || status == HPT_EIO);
}

static void every_observer_passes_the_battery(void **state) {
    (void)state;
    const hpt_observer_class *class;
    size_t row = 0;
    for (; (class = hpt_observer_at(row)); row++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%zu", folder, row);
        print_message("           %s\n", class->name);
        its_identity_card_is_whole(class);
        if (class->absent) continue;
        for (int goals = 0; goals < 2; goals++) {
            with_goals = goals;
            it_takes_every_event(class, path);
            it_survives_every_allocation_failing(class, path);
            unlink(path); /* other columns */
        }
        it_refuses_unknown_options(class);
        if (!has_option(class, "path")) continue;
        it_says_which_file_cannot_be_written(class);
        it_lives_with_a_full_disk(class);
    }
    assert_true(row >= 5);
}

static hpt_status nothing(void *state, const hpt_event *events, size_t count, hpt_err *err) {
    (void)state, (void)events, (void)count, (void)err;
    return HPT_OK;
}

static const hpt_observer_class mine = { .struct_size = sizeof mine,
                                         .name = "mine",
                                         .events = nothing };
static const hpt_observer_class taken = { .struct_size = sizeof taken,
                                          .name = "jsonl",
                                          .events = nothing };
static const hpt_observer_class nameless = { .struct_size = sizeof nameless, .events = nothing };
static const hpt_observer_class odd = { .struct_size = sizeof odd,
                                        .name = "Mine!",
                                        .events = nothing };
static const hpt_observer_class idle = { .struct_size = sizeof idle, .name = "idle" };

static void a_registered_observer_is_found_by_name(void **state) {
    (void)state;
    hpt_err err = { 0 };
    assert_int_equal(hpt_observer_register(&mine, &err), HPT_OK);
    assert_int_equal(hpt_observer_register(&mine, &err), HPT_EBUSY);
    assert_int_equal(hpt_observer_register(&taken, &err), HPT_EBUSY);
    assert_int_equal(hpt_observer_register(&nameless, &err), HPT_EINVAL);
    assert_int_equal(hpt_observer_register(&odd, &err), HPT_EINVAL);
    assert_int_equal(hpt_observer_register(&idle, &err), HPT_EINVAL);
    assert_int_equal(hpt_observer_register(NULL, &err), HPT_EINVAL);
    observing o;
    observing_start(&o, 1);
    observing_attach_named(&o, "mine");
    hpt_observer observer = hpt_observer_default();
    observer.name = "mne";
    assert_int_equal(hpi_dispatch_attach(o.dispatch, &observer, NULL, &err), HPT_EABSENT);
    assert_non_null(strstr(err.text, "closest match: \"mine\""));
    observing_finish(&o);
    observing_stop(&o);
}

static int make_folder(void **state) {
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/hpt_observer_XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    (void)state;
    for (int row = 0; row < 100; row++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%d", folder, row);
        unlink(path);
    }
    return rmdir(folder); /* fails when an observer left something else behind */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_observer_passes_the_battery),
        cmocka_unit_test(a_registered_observer_is_found_by_name),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
