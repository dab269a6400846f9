/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   each worker gets its CPUs by the placement asked for; a thread of the host's that was a
 *         worker for a while is as it was.
 * Method: made-up machines of eight CPUs; the real one for what the kernel has to do. */
#include "fixture.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/place.h"

/* Eight CPUs on two nodes, even and odd. */
static hpi_topology topology = { .has_nodes = true,
                                 .node_end = 2,
                                 .node_of = { 0, 1, 0, 1, 0, 1, 0, 1 } };
static uint16_t     order[8];

static hpi_place place_of(hpi_placement placement, uint32_t group) {
    hpi_place place = { .placement = placement, .group = group, .topology = &topology };
    hpi_mask_clear(&place.mask, 8);
    for (uint32_t cpu = 0; cpu < 8; cpu++)
        hpi_mask_add(&place.mask, cpu);
    place.order = order;
    place.cpu_count = hpi_topology_order(&topology, &place.mask, group, order);
    return place;
}

/* The CPUs of a worker as a text, "0 2". */
static void assert_starts(const hpi_place *place, uint32_t worker, const char *expected) {
    hpi_cpu_mask mask;
    char         text[64] = "";
    assert_true(hpi_place_start(place, worker, &mask));
    for (uint32_t cpu = 0; cpu < hpi_mask_end(&mask); cpu++)
        if (hpi_mask_has(&mask, cpu))
            snprintf(text + strlen(text), sizeof text - strlen(text), *text ? " %u" : "%u",
                     (unsigned)cpu);
    assert_string_equal(text, expected);
}

static void spread_workers_begin_on_a_cpu_each(void **state) {
    (void)state;
    hpi_place place = place_of(HPI_PLACE_SPREAD, 1);
    for (uint32_t worker = 0; worker < 8; worker++) {
        char expected[8];
        snprintf(expected, sizeof expected, "%u", (unsigned)worker);
        assert_starts(&place, worker, expected);
        assert_starts(&place, worker + 4088, expected); /* more workers than CPUs go round */
    }
}

static void bound_workers_have_their_threads_cpus(void **state) {
    (void)state;
    hpi_place place = place_of(HPI_PLACE_CORE, 2);
    assert_starts(&place, 0, "0 2");
    assert_starts(&place, 1, "1 3");
    assert_starts(&place, 2, "4 6");
    assert_starts(&place, 3, "5 7");
    assert_starts(&place, 4, "0 2");
    place = place_of(HPI_PLACE_CORE, 4096);
    assert_starts(&place, 7, "0 1 2 3 4 5 6 7");
}

static void numa_workers_have_a_whole_node(void **state) {
    (void)state;
    hpi_place place = place_of(HPI_PLACE_NUMA, 1);
    assert_starts(&place, 0, "0 2 4 6");
    assert_starts(&place, 1, "1 3 5 7");
    assert_starts(&place, 2, "0 2 4 6");
}

static void a_rank_begins_behind_the_lower_ones(void **state) {
    (void)state;
    hpi_place place = place_of(HPI_PLACE_CORE, 1);
    place.first = 6;
    assert_starts(&place, 0, "6");
    assert_starts(&place, 1, "7");
    assert_starts(&place, 2, "0");
}

/* On this machine. */

static void open_place(hpi_place *place, hpi_place_wish wish) {
    wish.grant = hpi_cpus_grant();
    memset(place, 0, sizeof *place);
    assert_int_equal(hpi_place_open(place, &wish, NULL), HPT_OK);
}

static bool is_same(const hpi_cpu_mask *a, const hpi_cpu_mask *b) {
    return a->bytes == b->bytes && memcmp(a->words, b->words, a->bytes) == 0;
}

static void needs_two_cpus(void) {
    hpi_cpu_mask mask;
    if (!hpi_cpus_mask(&mask) || hpi_mask_count(&mask) < 2) skip();
}

static void a_host_thread_is_bound_and_released(void **state) {
    (void)state;
    hpi_place       place;
    hpi_place_saved saved;
    hpi_cpu_mask    before, inside, after;
    needs_two_cpus();
    assert_true(hpi_cpus_mask(&before));
    open_place(&place, (hpi_place_wish){ .placement = HPI_PLACE_CORE, .worker_count = 2 });
    hpi_place_enter(&place, 0, &saved);
    assert_true(hpi_cpus_mask(&inside));
    hpi_place_leave(&place, &saved);
    assert_true(hpi_cpus_mask(&after));
    assert_int_equal(hpi_mask_count(&inside), 1);
    assert_true(is_same(&before, &after));
    hpi_place_close(&place);
}

static void a_host_thread_is_not_moved_to_spread_others(void **state) {
    (void)state;
    hpi_place       place;
    hpi_place_saved saved;
    hpi_cpu_mask    before, inside;
    assert_true(hpi_cpus_mask(&before));
    open_place(&place, (hpi_place_wish){ .worker_count = 2 });
    hpi_place_enter(&place, 0, &saved);
    assert_true(hpi_cpus_mask(&inside));
    assert_true(is_same(&before, &inside));
    hpi_place_leave(&place, &saved);
    hpi_place_close(&place);
}

typedef struct entering {
    const hpi_place *place;
    hpi_cpu_mask     mask;
} entering;

static void *enter(void *user) {
    entering *it = user;
    for (uint32_t worker = 0; worker < it->place->cpu_count; worker++)
        hpi_place_enter(it->place, worker, NULL); /* all but one of them have to move */
    hpi_cpus_mask(&it->mask);
    return NULL;
}

static hpi_cpu_mask mask_in_worker(const hpi_place *place) {
    entering  it = { .place = place };
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, enter, &it), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    return it.mask;
}

static void a_spread_worker_may_move_afterwards(void **state) {
    (void)state;
    hpi_place    place;
    hpi_cpu_mask own, in_worker;
    assert_true(hpi_cpus_mask(&own));
    open_place(&place, (hpi_place_wish){ .worker_count = 2 });
    in_worker = mask_in_worker(&place);
    assert_true(is_same(&own, &in_worker));
    hpi_place_close(&place);
}

static void with_none_nobody_is_moved(void **state) {
    (void)state;
    hpi_place    place;
    hpi_cpu_mask mask;
    open_place(&place, (hpi_place_wish){ .placement = HPI_PLACE_NONE, .worker_count = 2 });
    assert_false(hpi_place_start(&place, 0, &mask));
    hpi_place_close(&place);
}

/* Whoever was there first keeps his CPU: others must not be sent to it. */
static void a_caller_that_works_has_the_place_where_it_is(void **state) {
    (void)state;
    hpi_place    place;
    hpi_cpu_mask all, one;
    needs_two_cpus();
    assert_true(hpi_cpus_mask(&all));
    for (uint32_t cpu = 0; cpu < hpi_mask_end(&all); cpu++) {
        if (!hpi_mask_has(&all, cpu)) continue;
        open_place(&place, (hpi_place_wish){ .worker_count = 2 });
        hpi_place_keep(&place, 0, cpu);
        assert_true(hpi_place_start(&place, 0, &one));
        assert_true(hpi_mask_has(&one, cpu));
        assert_true(hpi_place_start(&place, 1, &one));
        assert_false(hpi_mask_has(&one, cpu));
        hpi_place_close(&place);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spread_workers_begin_on_a_cpu_each),
        cmocka_unit_test(bound_workers_have_their_threads_cpus),
        cmocka_unit_test(numa_workers_have_a_whole_node),
        cmocka_unit_test(a_rank_begins_behind_the_lower_ones),
        cmocka_unit_test(a_host_thread_is_bound_and_released),
        cmocka_unit_test(a_host_thread_is_not_moved_to_spread_others),
        cmocka_unit_test(a_spread_worker_may_move_afterwards),
        cmocka_unit_test(with_none_nobody_is_moved),
        cmocka_unit_test(a_caller_that_works_has_the_place_where_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
