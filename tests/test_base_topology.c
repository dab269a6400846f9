/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   workers get physical cores before the second threads of any, and NUMA nodes in turn, by
 *         what the kernel says or by what hwloc says.
 * Method: made-up folders like /sys/devices/system; machines that hwloc makes up (HWLOC_SYNTHETIC);
 *         the real one. */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/topology.h"

static char          folder[64];
static hpi_topology *topology; /* zeroed for each case */

static int begin(void **state) {
    (void)state;
    strcpy(folder, "/tmp/hpt-sys-XXXXXX");
    topology = calloc(1, sizeof *topology);
    return topology && mkdtemp(folder) ? 0 : -1;
}

static int end(void **state) {
    char command[128];
    (void)state;
    free(topology);
    unsetenv("HWLOC_SYNTHETIC");
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

static void put(const char *path, const char *text) {
    fixture_put(folder, path, text);
}

static void put_siblings(uint32_t cpu, const char *list) {
    char path[128];
    snprintf(path, sizeof path, "cpu/cpu%u/topology/thread_siblings_list", (unsigned)cpu);
    put(path, list);
}

/* Two nodes; two cores on each, which have two threads: the usual numbering of servers. */
static void put_server(void) {
    static const char *const siblings[] = { "0,4\n", "1,5\n", "2,6\n", "3,7\n" };
    put("cpu/online", "0-7\n");
    put("cpu/smt/active", "1\n");
    for (uint32_t cpu = 0; cpu < 8; cpu++)
        put_siblings(cpu, siblings[cpu % 4]);
    put("node/online", "0-1\n");
    put("node/node0/cpulist", "0-1,4-5\n");
    put("node/node1/cpulist", "2-3,6-7\n");
}

static hpi_cpu_mask mask_of(uint32_t first, uint32_t last) {
    hpi_cpu_mask mask;
    hpi_mask_clear(&mask, HPI_CPUS_MAX / 8);
    for (uint32_t cpu = first; cpu <= last; cpu++)
        hpi_mask_add(&mask, cpu);
    return mask;
}

/* The order as a text, "0 2 1 3". */
static void assert_order(const hpi_cpu_mask *mask, uint32_t group, const char *expected) {
    uint16_t order[64];
    char     text[256] = "";
    assert_true(hpi_mask_count(mask) <= 64);
    uint32_t count = hpi_topology_order(topology, mask, group, order);
    assert_int_equal(count, hpi_mask_count(mask));
    for (uint32_t i = 0; i < count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), i ? " %u" : "%u",
                 (unsigned)order[i]);
    assert_string_equal(text, expected);
}

static void cores_come_before_second_threads_and_nodes_in_turn(void **state) {
    (void)state;
    put_server();
    hpi_topology_sysfs(topology, folder);
    hpi_cpu_mask all = mask_of(0, 7);
    assert_order(&all, 1, "0 2 1 3 4 6 5 7");
    assert_int_equal(hpi_topology_cores(topology, &all), 4);
    assert_int_equal(hpi_topology_nodes(topology, &all), 2);
}

static void the_threads_of_one_trial_stay_on_one_node(void **state) {
    (void)state;
    put_server();
    hpi_topology_sysfs(topology, folder);
    hpi_cpu_mask all = mask_of(0, 7);
    assert_order(&all, 2, "0 1 2 3 4 5 6 7");
    assert_order(&all, 4, "0 1 2 3 4 5 6 7");
}

static void only_cpus_of_the_mask_count(void **state) {
    (void)state;
    put_server();
    hpi_topology_sysfs(topology, folder);
    hpi_cpu_mask upper = mask_of(3, 6); /* 4 and 5 are here the first threads of their cores */
    assert_order(&upper, 1, "4 3 5 6");
    assert_int_equal(hpi_topology_cores(topology, &upper), 4);
    hpi_cpu_mask two = mask_of(0, 0);
    hpi_mask_add(&two, 4);
    assert_order(&two, 1, "0 4");
    assert_int_equal(hpi_topology_cores(topology, &two), 1);
    assert_int_equal(hpi_topology_nodes(topology, &two), 1);
}

static void neighbouring_threads_are_told_apart(void **state) {
    (void)state;
    put("cpu/online", "0-7");
    for (uint32_t cpu = 0; cpu < 8; cpu++)
        put_siblings(cpu, cpu < 4 ? "0-3" : "4-7"); /* four threads each */
    hpi_topology_sysfs(topology, folder);
    hpi_cpu_mask all = mask_of(0, 7);
    assert_order(&all, 1, "0 4 1 5 2 6 3 7");
}

static void nodes_of_unequal_size_are_used_up(void **state) {
    (void)state;
    put("node/online", "0,2\n");
    put("node/node0/cpulist", "0\n");
    put("node/node2/cpulist", "1-4\n");
    hpi_topology_sysfs(topology, folder);
    hpi_cpu_mask all = mask_of(0, 4);
    assert_order(&all, 1, "0 1 2 3 4");
    assert_order(&all, 2, "0 1 2 3 4");
    assert_int_equal(hpi_topology_nodes(topology, &all), 2);
}

static void without_files_every_cpu_is_a_core(void **state) {
    (void)state;
    hpi_topology_sysfs(topology, folder);
    hpi_cpu_mask all = mask_of(0, 3);
    assert_order(&all, 1, "0 1 2 3");
    assert_int_equal(hpi_topology_cores(topology, &all), 4);
    assert_int_equal(hpi_topology_nodes(topology, &all), 0);
}

static void files_of_rubbish_do_no_harm(void **state) {
    (void)state;
    put("cpu/online", "0-3,,99999999999-5,x");
    put_siblings(0, "3-0");
    put_siblings(1, "rubbish");
    put_siblings(2, "99999");
    put_siblings(3, "-");
    put("node/online", "0-4096");
    hpi_topology_sysfs(topology, folder);
    hpi_cpu_mask all = mask_of(0, 3);
    assert_order(&all, 1, "0 1 2 3");
}

static void the_largest_machine_is_ordered(void **state) {
    (void)state;
    static uint16_t order[HPI_CPUS_MAX];
    static uint8_t  times[HPI_CPUS_MAX];
    hpi_cpu_mask    all = mask_of(0, HPI_CPUS_MAX - 1);
    for (uint32_t cpu = 0; cpu < HPI_CPUS_MAX; cpu++) {
        topology->core_of[cpu] = (uint16_t)(cpu / 2 * 2 + 1);
        topology->node_of[cpu] = (uint16_t)(cpu % 7);
    }
    topology->has_smt = topology->has_nodes = true;
    topology->node_end = 7;
    assert_int_equal(hpi_topology_order(topology, &all, 3, order), HPI_CPUS_MAX);
    for (uint32_t i = 0; i < HPI_CPUS_MAX; i++)
        assert_int_equal(++times[order[i]], 1);
    assert_int_equal(order[HPI_CPUS_MAX / 2 - 1] % 2, 0); /* the last that is a first thread */
    assert_int_equal(order[HPI_CPUS_MAX / 2] % 2, 1);
}

/* hwloc, where it is there. */

static void ask_hwloc(void) {
    char why[160] = "";
    if (hpi_topology_hwloc(topology, why, sizeof why)) return;
    assert_string_not_equal(why, "");
    print_message("no hwloc: %s\n", why);
    skip();
}

static void hwloc_says_the_same_as_the_kernel(void **state) {
    (void)state;
    hpi_cpu_mask mask;
    ask_hwloc();
    if (!hpi_cpus_mask(&mask)) skip();
    const hpi_topology *kernel = hpi_topology_of_kernel();
    assert_int_equal(hpi_topology_cores(topology, &mask), hpi_topology_cores(kernel, &mask));
    if (kernel->node_end > 0)
        assert_int_equal(hpi_topology_nodes(topology, &mask), hpi_topology_nodes(kernel, &mask));
}

static void hwloc_tells_nodes_and_threads(void **state) {
    (void)state;
    setenv("HWLOC_SYNTHETIC", "numa:2 core:2 pu:2", 1);
    ask_hwloc();
    hpi_cpu_mask all = mask_of(0, 7);
    assert_order(&all, 1, "0 4 2 6 1 5 3 7"); /* it numbers the threads of a core together */
    assert_int_equal(hpi_topology_cores(topology, &all), 4);
    assert_int_equal(hpi_topology_nodes(topology, &all), 2);
}

static void hwloc_tells_threads_where_there_is_one_node(void **state) {
    (void)state;
    setenv("HWLOC_SYNTHETIC", "core:2 pu:2", 1);
    ask_hwloc();
    hpi_cpu_mask all = mask_of(0, 3);
    assert_order(&all, 1, "0 2 1 3");
    assert_int_equal(hpi_topology_nodes(topology, &all), 1);
}

static void this_machine_is_read_once(void **state) {
    (void)state;
    char why[160] = "";
    assert_ptr_equal(hpi_topology_of_kernel(), hpi_topology_of_kernel());
    const hpi_topology *first = hpi_topology_of_hwloc(why, sizeof why);
    assert_non_null(first);
    assert_ptr_equal(hpi_topology_of_hwloc(why, sizeof why), first);
}

int main(void) {
#define HPT_CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        HPT_CASE(cores_come_before_second_threads_and_nodes_in_turn),
        HPT_CASE(the_threads_of_one_trial_stay_on_one_node),
        HPT_CASE(only_cpus_of_the_mask_count),
        HPT_CASE(neighbouring_threads_are_told_apart),
        HPT_CASE(nodes_of_unequal_size_are_used_up),
        HPT_CASE(without_files_every_cpu_is_a_core),
        HPT_CASE(files_of_rubbish_do_no_harm),
        HPT_CASE(the_largest_machine_is_ordered),
        HPT_CASE(hwloc_says_the_same_as_the_kernel),
        HPT_CASE(hwloc_tells_nodes_and_threads),
        HPT_CASE(hwloc_tells_threads_where_there_is_one_node),
        HPT_CASE(this_machine_is_read_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
