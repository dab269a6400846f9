/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   simulated durations have the mean and the spread that were asked for, tables are read as
 *         they stand, and events come in one order whatever the order they were planned in.
 * Method: moments of many draws (of a fixed seed: no test here can fail by chance), small files,
 *         a heap against sorting. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/rng.h"
#include "pool/sim_heap.h"
#include "pool/sim_table.h"
#include "pool/sim_time.h"

enum { DRAWS = 200000 };

static void assert_moments(const hpi_sim_times *times, double mean, double cv) {
    double sum = 0, squares = 0, n = (double)fixture_scaled(DRAWS);
    for (uint64_t i = 0; i < (uint64_t)n; i++) {
        double seconds = hpi_sim_seconds(times, i);
        assert_true(seconds >= 0 && isfinite(seconds));
        sum += seconds;
        squares += seconds * seconds;
    }
    double is_mean = sum / n, is_cv = sqrt(squares / n - is_mean * is_mean) / is_mean;
    assert_true(fabs(is_mean - mean) <= 6 * mean * cv / sqrt(n));
    assert_true(fabs(is_cv - cv) <= 0.1 * cv);
}

static void draws_have_the_mean_and_the_spread_asked_for(void **state) {
    (void)state;
    static const struct {
        hpi_sim_times times;
        double        mean, cv;
    } cases[] = {
        { { .kind = HPI_SIM_CONSTANT, .mean = 3 }, 3, 0 },
        { { .kind = HPI_SIM_UNIFORM, .mean = 3, .cv = 0.5 }, 3, 0.5 },
        { { .kind = HPI_SIM_EXPONENTIAL, .mean = 1e-6 }, 1e-6, 1 },
        { { .kind = HPI_SIM_LOGNORMAL, .mean = 20, .cv = 0.3 }, 20, 0.3 },
        /* one in 4 takes 5 times as long: mean 2, variance 3 */
        { { .kind = HPI_SIM_CONSTANT, .mean = 1, .tail = 0.25, .tail_factor = 5 }, 2, 0.8660254 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_moments(&cases[i].times, cases[i].mean, cases[i].cv);
    }
}

static void a_draw_depends_on_nothing_but_seed_and_trial(void **state) {
    (void)state;
    hpi_sim_times a = { .kind = HPI_SIM_LOGNORMAL, .mean = 1, .cv = 1, .seed = 5 }, b = a;
    double        first = hpi_sim_seconds(&a, 77);
    hpi_sim_seconds(&a, 3);
    assert_true(hpi_sim_seconds(&a, 77) == first);
    b.seed = 6;
    assert_true(hpi_sim_seconds(&b, 77) != first);
}

/* Tables. */

static char path[] = "/tmp/hpt_sim_table_XXXXXX";

static void write_table(const char *text) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_table(const char *text, const char *column, const double *wanted, size_t count) {
    hpi_sim_table table = { .path = path, .column = column, .unit = 0.5 };
    hpt_err       err = { 0 };
    write_table(text);
    if (hpi_sim_table_read(&table, &err) != HPT_OK) fail_msg("%s", err.text);
    assert_int_equal(table.count, count);
    for (size_t i = 0; i < count; i++)
        assert_true(table.seconds[i] == wanted[i] * 0.5);
    hpi_free(table.seconds);
}

static void a_column_is_found_by_name_or_place(void **state) {
    (void)state;
    static const double one[] = { 1, 2.5, 3e-2 }, other[] = { 4, 5, 6 };
    assert_table("1\n2.5\n3e-2", NULL, one, 3);
    assert_table("1,4\r\n2.5,5\r\n3e-2,6\r\n", "1", one, 3);
    assert_table("1,4\n2.5,5\n3e-2,6\n", "2", other, 3);
    assert_table("a,duration_s,b\n4,1,x\n5,2.5,y\n6,3e-2,z\n", NULL, one, 3);
    assert_table("a,duration_s,b\n4,1,x\n5,2.5,y\n6,3e-2,z\n", "a", other, 3);
    assert_table("\"a\",\"duration_s\"\n4,1\n\n5,2.5\n6,3e-2", NULL, one, 3);
}

static void quoted_fields_may_hold_anything(void **state) {
    (void)state;
    static const double wanted[] = { 7, 8 };
    assert_table("reason,duration_s\n\"no,\n\"\"way\"\"\",7\n\"\",8\n", NULL, wanted, 2);
    assert_table("reason,duration_s\n,\"7\"\nnever started,\n\"x\",8\n", NULL, wanted, 2);
}

static void assert_refused(const char *text, const char *column, const char *words) {
    hpi_sim_table table = { .path = path, .column = column, .unit = 1, .count = 99 };
    hpt_err       err = { 0 };
    write_table(text);
    assert_true(hpi_sim_table_read(&table, &err) != HPT_OK);
    if (!strstr(err.text, words)) fail_msg("\"%s\" does not say \"%s\"", err.text, words);
    assert_null(table.seconds);
    assert_int_equal(table.count, 99);
}

static void what_is_no_table_is_refused_with_the_line(void **state) {
    (void)state;
    assert_refused("", NULL, "has no number in column 1");
    assert_refused("duration_s\n", NULL, "has no number in column 1");
    assert_refused("a,b\n1,2\n", "c", "has no column \"c\"");
    assert_refused("1\n2\nthree\n", NULL, "line 3: \"three\" is no number");
    assert_refused("x,y\n\"1\n2\",1\n4,nan\n", "y", "line 4: \"nan\" is no number");
    assert_refused("1\n-2\n", NULL, "line 2: \"-2\" is below 0");
    assert_refused("1\n2\n", "0", "has no column \"0\"");
    assert_refused("\"1", "2", "has no number");
    hpi_sim_table absent = { .path = "/nonexistent/x.csv", .unit = 1 };
    assert_int_equal(hpi_sim_table_read(&absent, NULL), HPT_EIO);
}

/* The heap. */

enum { EVENTS = 3000 };

static int by_time(const void *a_, const void *b_) {
    const hpi_sim_event *a = a_, *b = b_;
    if (a->time_ns != b->time_ns) return a->time_ns < b->time_ns ? -1 : 1;
    return a->worker < b->worker ? -1 : 1;
}

static void assert_drains_as(hpi_sim_heap *heap, hpi_sim_event *sorted) {
    qsort(sorted, EVENTS, sizeof *sorted, by_time);
    for (uint32_t i = 0; i < EVENTS; i++) {
        hpi_sim_event next = hpi_sim_heap_pop(heap);
        assert_int_equal(next.time_ns, sorted[i].time_ns);
        assert_int_equal(next.worker, sorted[i].worker);
    }
    assert_int_equal(heap->count, 0);
}

static void events_come_by_time_and_then_by_worker(void **state) {
    (void)state;
    static hpi_sim_event events[EVENTS], sorted[EVENTS];
    hpi_sim_heap         heap = { .events = events };
    uint64_t             words[4];
    for (int is_mended = 0; is_mended < 2; is_mended++) {
        for (uint32_t i = 0; i < EVENTS; i++) {
            hpi_rng_block(1, i, 0, 0, words);
            sorted[i] = (hpi_sim_event){ .time_ns = (int64_t)(words[0] % 500), .worker = i };
            hpi_sim_heap_push(&heap, sorted[i]);
        }
        for (uint32_t i = 0; is_mended && i < EVENTS; i++)
            if (events[i].time_ns > 100) events[i].time_ns = 100;
        for (uint32_t i = 0; is_mended && i < EVENTS; i++)
            if (sorted[i].time_ns > 100) sorted[i].time_ns = 100;
        if (is_mended) hpi_sim_heap_mend(&heap);
        assert_drains_as(&heap, sorted);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(draws_have_the_mean_and_the_spread_asked_for),
        cmocka_unit_test(a_draw_depends_on_nothing_but_seed_and_trial),
        cmocka_unit_test(a_column_is_found_by_name_or_place),
        cmocka_unit_test(quoted_fields_may_hold_anything),
        cmocka_unit_test(what_is_no_table_is_refused_with_the_line),
        cmocka_unit_test(events_come_by_time_and_then_by_worker),
    };
    int file = mkstemp(path);
    if (file < 0) return 1;
    close(file);
    int failures = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failures;
}
