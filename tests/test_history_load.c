/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a history has what the file has, of every form; after a refresh too, whatever has
 * happened in between. Method: studies written through the form itself; after each of many random
 * steps a history that is refreshed is compared with one that is loaded. */
#include "histories.h"

#include "failing.h"

#include "base/clock.h"
#include "store/hold.h"
#include "store/roster.h"

static void a_history_has_what_was_written(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    for (int state = HPT_TRIAL_RUNNING; state < HPT_TRIAL_STATE_COUNT; state++) {
        form_trial trial;
        form_full_trial(&trial, (uint64_t)state, (hpt_trial_state)state);
        trial.record.order = trial.record.order == HPI_UNKNOWN ? HPI_UNKNOWN : (uint64_t)state - 1;
        form_put(backend, &trial.record);
    }
    class->close(backend);
    hpt_history *history = histories_load(form_path, NULL);
    assert_int_equal(hpt_history_count(history), HPT_TRIAL_STATE_COUNT);
    for (int state = HPT_TRIAL_RUNNING; state < HPT_TRIAL_STATE_COUNT; state++) {
        form_trial trial;
        form_full_trial(&trial, (uint64_t)state, (hpt_trial_state)state);
        const hpt_record *record = hpt_history_at(history, (size_t)state);
        assert_int_equal(record->state, state);
        assert_int_equal(record->number, state);
        assert_int_equal(record->start_ns, trial.record.start_wall_ns);
        assert_int_equal(record->duration_ns, trial.record.duration_ns);
        assert_string_equal(record->reason, trial.record.reason);
        assert_int_equal(record->value_count, trial.record.value_count);
        assert_int_equal(record->attr_count, trial.record.attr_count);
        histories_assert_attrs(record->attrs, trial.record.attrs, record->attr_count);
        for (hpt_param j = 0; j < FORM_DIMS; j++)
            assert_true(histories_same_value(
                record->params[j], hpt_space_value(hpt_history_space(history), j, trial.point[j])));
    }
    assert_null(hpt_history_at(history, HPT_TRIAL_STATE_COUNT));
    assert_string_equal(hpt_history_info(history)->name, "first");
    assert_string_equal(hpt_history_info(history)->held_by, "");
    hpt_history_destroy(history);
}

static void intermediate_values_are_of_their_trials(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    for (uint64_t number = 0; number < 4; number++) {
        form_trial trial;
        form_full_trial(&trial, number, number == 3 ? HPT_TRIAL_RUNNING : HPT_TRIAL_COMPLETE);
        trial.record.has_report = number != 1;
        trial.record.last_step = (int64_t)number;
        trial.record.last_value = 1;
        assert_int_equal(class->begin(backend, 0, NULL), HPT_OK);
        assert_int_equal(class->put(backend, &trial.record, &trial.record.id, NULL), HPT_OK);
        for (int64_t step = (int64_t)number; number != 1 && step >= 0; step--)
            assert_int_equal(
                class->put_report(backend, trial.record.id, step,
                                  (double[]){ step == 0 ? INFINITY : (double)number, (double)step },
                                  NULL),
                HPT_OK);
        assert_int_equal(class->commit(backend, true, NULL), HPT_OK);
    }
    class->close(backend);
    hpt_history *history = histories_load(form_path, NULL);
    for (size_t i = 0; i < 4; i++) {
        size_t            count = 77;
        const hpt_report *reports = hpt_history_reports(history, i, &count);
        assert_int_equal(count, i == 1 ? 0 : i + 1);
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(reports[k].step, k);
            assert_true(reports[k].value == (k == 0 ? INFINITY : (double)i));
        }
    }
    hpt_history_destroy(history);
}

/* ---- refreshing ---- */

enum { NUMBERS_MAX = 200 };

/* What the file is made to hold. */
typedef struct script {
    hpi_backend    *backend;
    uint64_t        word, told;
    uint64_t        ids[NUMBERS_MAX];
    hpt_trial_state states[NUMBERS_MAX];
    uint64_t        orders[NUMBERS_MAX];
    size_t          count;
} script;

static uint64_t draw(script *it, uint64_t below) {
    uint64_t word;
    hpt_random(7, it->word++, 0, &word, 1);
    return word % below;
}

static void put(script *it, uint64_t number, hpt_trial_state state) {
    form_trial trial;
    form_full_trial(&trial, number, state);
    bool is_told = state != HPT_TRIAL_RUNNING && state != HPT_TRIAL_CANCELLED;
    trial.record.id = it->ids[number];
    trial.record.order = is_told ? it->told++ : HPI_UNKNOWN;
    trial.record.attr_count = (uint32_t)draw(it, trial.record.attr_count + 1);
    trial.record.has_report = draw(it, 2);
    trial.record.last_step = (int64_t)draw(it, 5);
    trial.record.last_value = (double)draw(it, 3);
    assert_int_equal(it->backend->class->put(it->backend, &trial.record, &it->ids[number], NULL),
                     HPT_OK);
    it->states[number] = state;
    it->orders[number] = trial.record.order;
    if (trial.record.has_report)
        assert_int_equal(
            it->backend->class->put_report(it->backend, it->ids[number], trial.record.last_step,
                                           (double[]){ trial.record.last_value, NAN }, NULL),
            HPT_OK);
}

static bool is_open(const script *it, size_t number) {
    return it->states[number] == HPT_TRIAL_RUNNING || it->states[number] == HPT_TRIAL_CANCELLED;
}

/* The end that was told last does not count after all; its place is another one's then. */
static void take_back(script *it) {
    for (size_t i = 0; i < it->count && it->told > 0; i++) {
        if (is_open(it, i) || it->orders[i] != it->told - 1) continue;
        it->told--;
        put(it, i, HPT_TRIAL_CANCELLED);
        return;
    }
}

/* Some new trials, some that go on. */
static void step(script *it) {
    uint64_t fresh = draw(it, 4);
    assert_int_equal(it->backend->class->begin(it->backend, 0, NULL), HPT_OK);
    for (uint64_t count = draw(it, 3); count > 0; count--)
        take_back(it);
    for (uint64_t i = 0; i < fresh && it->count < NUMBERS_MAX; i++)
        put(it, it->count++, (hpt_trial_state)draw(it, HPT_TRIAL_STATE_COUNT));
    for (size_t i = 0; i < it->count; i++)
        if (is_open(it, i) && draw(it, 3) == 0)
            put(it, i, (hpt_trial_state)draw(it, HPT_TRIAL_STATE_COUNT));
    assert_int_equal(it->backend->class->commit(it->backend, true, NULL), HPT_OK);
}

static void a_refresh_finds_what_is_new(const hpi_backend_class *class) {
    script  it = { .backend = form_open(class, HPI_OPEN_CREATE) };
    hpt_err err = { 0 };
    form_create(it.backend, "first");
    hpt_history *history = histories_load(form_path, NULL);
    assert_int_equal(hpt_history_count(history), 0);
    for (size_t i = 0; i < fixture_scaled(60); i++) {
        for (uint64_t steps = draw(&it, 3); steps > 0; steps--)
            step(&it);
        if (hpt_history_refresh(history, &err) != HPT_OK) fail_msg("%s", err.text);
        hpt_history *other = histories_load(form_path, NULL);
        histories_assert_same(history, other);
        hpt_history_destroy(other);
    }
    assert_true(hpt_history_count(history) > 0);
    hpt_history_destroy(history);
    class->close(it.backend);
}

/* A trial that goes on for long takes memory only while that is not too much. */
static void refreshing_often_does_not_pile_up(const hpi_backend_class *class) {
    SKIP_WHERE_SCALED_DOWN();
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_trial   trial;
    char        *text = calloc(1, 100001);
    form_create(backend, "first");
    form_full_trial(&trial, 0, HPT_TRIAL_RUNNING);
    trial.attrs[0] = (hpt_attr){ "log", hpt_text(memset(text, 'x', 100000)) };
    trial.record.attrs = trial.attrs;
    trial.record.attr_count = 1;
    form_put(backend, &trial.record);
    hpt_history *history = histories_load(form_path, NULL);
    for (int i = 0; i < 60; i++) {
        text[i] = 'y';
        form_put(backend, &trial.record);
        assert_int_equal(hpt_history_refresh(history, NULL), HPT_OK);
        assert_string_equal(hpt_history_at(history, 0)->attrs[0].value.as.text, text);
        assert_true(history->arena.bytes < 3 << 20);
    }
    hpt_history_destroy(history);
    class->close(backend);
    free(text);
}

/* As it was, when memory was out. */
static bool try_refresh(void *user) {
    (void)user;
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    if (hpt_history_load(form_path, NULL, &history, &err) != HPT_OK) {
        if (err.code != HPT_ENOMEM) fail_msg("%d %s", err.code, err.text);
        return false;
    }
    history->rows.count--; /* the last one is to be found again */
    size_t     count = hpt_history_count(history);
    hpt_status status = hpt_history_refresh(history, &err);
    if (status != HPT_OK) {
        assert_int_equal(status, HPT_ENOMEM);
        assert_int_equal(hpt_history_count(history), count);
        assert_int_equal(hpt_history_at(history, 0)->number, 0);
    } else {
        assert_int_equal(hpt_history_count(history), count + 1);
    }
    hpt_history_destroy(history);
    return status == HPT_OK;
}

static void reading_without_memory_says_so(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    form_put_ended(backend, 0, 3);
    class->close(backend);
    failing_tolerated(try_refresh, NULL);
}

/* ---- studies ---- */

static void a_list_says_of_each_study_what_its_history_says(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    form_create(backend, "second");
    form_put_ended(backend, 0, 5);
    class->close(backend);
    hpt_study_list *list = NULL;
    assert_int_equal(hpt_study_list_load(form_path, &list, NULL), HPT_OK);
    assert_int_equal(hpt_study_list_count(list), 2);
    assert_null(hpt_study_list_at(list, 2));
    for (size_t i = 0; i < 2; i++) {
        const hpt_study_info *info = hpt_study_list_at(list, i);
        assert_string_equal(info->name, i == 0 ? "first" : "second");
        assert_int_equal(info->trial_count, 5 * i);
        assert_int_equal(info->has_best, i == 1);
        hpt_history *history = histories_load(form_path, info->name);
        histories_assert_info(info, hpt_history_info(history));
        hpt_history_destroy(history);
    }
    hpt_study_list_destroy(list);
}

static void a_study_is_chosen_by_its_name(const hpi_backend_class *class) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    form_create(backend, "second");
    class->close(backend);
    assert_int_equal(hpt_history_load(form_path, NULL, &history, &err), HPT_EINVAL);
    assert_non_null(strstr(err.text, "first"));
    assert_non_null(strstr(err.text, "second"));
    assert_int_equal(hpt_history_load(form_path, "secnod", &history, &err), HPT_EABSENT);
    assert_non_null(strstr(err.text, "closest match: \"second\""));
    assert_null(history);
    history = histories_load(form_path, "second");
    assert_string_equal(hpt_history_info(history)->name, "second");
    hpt_history_destroy(history);
}

static void a_study_may_have_no_trials(const hpi_backend_class *class) {
    hpt_history    *history = NULL;
    hpt_study_list *list = NULL;
    hpt_err         err = { 0 };
    hpi_backend    *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    class->close(backend);
    assert_int_equal(hpt_study_list_load(form_path, &list, NULL), HPT_OK);
    assert_int_equal(hpt_study_list_count(list), 1);
    hpt_study_list_destroy(list);
    history = histories_load(form_path, NULL);
    assert_int_equal(hpt_history_count(history), 0);
    assert_int_equal(hpt_history_best(history), SIZE_MAX);
    hpt_importance how = hpt_importance_default();
    double         shares[FORM_DIMS];
    assert_int_equal(hpt_history_importance(history, &how, shares, &err), HPT_EINVAL);
    hpt_history_destroy(history);
}

static void what_is_no_study_is_refused(const hpi_backend_class *class) {
    hpt_history *history = NULL;
    hpt_err      err = { 0 };
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    class->close(backend);
    form_write("not a study file at all\n");
    assert_int_equal(hpt_history_load(form_path, NULL, &history, &err), HPT_EPARSE);
    assert_int_equal(hpt_history_load(form_folder, NULL, &history, &err), HPT_EPARSE);
    assert_int_equal(hpt_history_load(NULL, NULL, &history, &err), HPT_EINVAL);
    assert_int_not_equal(hpt_history_load("/nowhere/at.all", NULL, &history, &err), HPT_OK);
    assert_null(history);
}

static void a_hold_is_told(const hpi_backend_class *class) {
    char        *json = NULL;
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    hpi_holder entry = { .run_id = "this run" };
    assert_int_equal(hpi_hold_print("this run", &json, NULL), HPT_OK);
    form_put_attr(backend, true, HPI_HOLD_KEY, json);
    hpi_free(json);
    hpi_holder_enter(&entry);
    hpt_history *history = histories_load(form_path, NULL);
    hpi_holder_leave(&entry);
    assert_non_null(strstr(hpt_history_info(history)->held_by, "process"));
    form_put_attr(backend, true, HPI_HOLD_KEY, HPI_HOLD_FREE);
    assert_int_equal(hpt_history_refresh(history, NULL), HPT_OK);
    assert_string_equal(hpt_history_info(history)->held_by, "");
    hpt_history_destroy(history);
    class->close(backend);
}

/* Two that share it: one of this very process, one of which nothing was heard for too long. */
static char *roster_of_two(void) {
    hpi_roster roster = { .limit = UINT64_MAX, .end = UINT64_MAX };
    char      *who = NULL, *json = NULL;
    assert_int_equal(hpi_hold_print("this run", &who, NULL), HPT_OK);
    for (int i = 0; i < 2; i++) {
        hpi_member *member = hpi_roster_join(&roster, i == 0 ? "this run" : "late", who);
        assert_non_null(member);
        member->beat_ms = i == 0 ? hpi_now_ns() / HPI_NS_PER_MS : 0;
        member->lease_ms = i == 0 ? 60000 : 1;
    }
    assert_int_equal(hpi_roster_print(&roster, &json, NULL), HPT_OK);
    hpi_roster_fini(&roster);
    hpi_free(who);
    return json;
}

static void who_shares_a_study_is_told(const hpi_backend_class *class) {
    hpi_backend *backend = form_open(class, HPI_OPEN_CREATE);
    form_create(backend, "first");
    char      *json = roster_of_two();
    hpi_holder entry = { .run_id = "this run" };
    form_put_attr(backend, true, HPI_ROSTER_KEY, json);
    hpi_free(json);
    hpi_holder_enter(&entry);
    hpt_history *history = histories_load(form_path, NULL);
    assert_non_null(strstr(hpt_history_info(history)->held_by, " UTC (shared)"));
    hpi_holder_leave(&entry);
    assert_int_equal(hpt_history_refresh(history, NULL), HPT_OK);
    assert_string_equal(hpt_history_info(history)->held_by, ""); /* its run is gone */
    hpt_history_destroy(history);
    class->close(backend);
}

int main(void) {
    static const histories_test tests[] = {
        HISTORIES_TEST(a_history_has_what_was_written),
        HISTORIES_TEST(intermediate_values_are_of_their_trials),
        HISTORIES_TEST(a_refresh_finds_what_is_new),
        HISTORIES_TEST(refreshing_often_does_not_pile_up),
        HISTORIES_TEST(reading_without_memory_says_so),
        HISTORIES_TEST(a_list_says_of_each_study_what_its_history_says),
        HISTORIES_TEST(a_study_is_chosen_by_its_name),
        HISTORIES_TEST(a_study_may_have_no_trials),
        HISTORIES_TEST(what_is_no_study_is_refused),
        HISTORIES_TEST(a_hold_is_told),
        HISTORIES_TEST(who_shares_a_study_is_told),
    };
    return histories_run(tests, sizeof tests / sizeof *tests);
}
