/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run takes no more cores than the process may use: the affinity mask and every cgroup
 *         quota on the way up count.
 * Method: made-up trees of cgroup files, versions 1 and 2, in a temporary folder; a child with one
 *         core in its mask. */
#define _GNU_SOURCE /* sched_setaffinity, CPU_SET */
#include "fixture.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cpus.h"

static char folder[64];

static int make_folder(void **state) {
    (void)state;
    strcpy(folder, "/tmp/hpt-cpus-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state) {
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

/* Write a file below the folder, with the folders above it. */
static void put(const char *path, const char *text) {
    char whole[256];
    snprintf(whole, sizeof whole, "%s/%s", folder, path);
    for (char *at = whole + strlen(folder) + 1; (at = strchr(at, '/')); at++) {
        *at = '\0';
        mkdir(whole, 0700);
        *at = '/';
    }
    FILE *file = fopen(whole, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static uint32_t quota(const char *membership) {
    char path[128], root[128];
    put("membership", membership);
    snprintf(path, sizeof path, "%s/membership", folder);
    snprintf(root, sizeof root, "%s/root", folder);
    return hpi_cpus_quota(path, root);
}

static void without_files_there_is_no_quota(void **state) {
    (void)state;
    assert_int_equal(hpi_cpus_quota("/nowhere/at/all", "/nowhere"), UINT32_MAX);
    assert_int_equal(quota(""), UINT32_MAX);
    assert_int_equal(quota("0::/a/b\n"), UINT32_MAX);
    assert_int_equal(quota("nonsense\n:\n::\n\n0\n"), UINT32_MAX);
}

static void version_2_reads_cpu_max(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint32_t    cores;
    } cases[] = {
        { "200000 100000\n", 2 },
        { "150000 100000\n", 2 },
        { "50000 100000\n", 1 },
        { "1000 100000\n", 1 },
        { "max 100000\n", UINT32_MAX },
        { "max\n", UINT32_MAX },
        { "300000\n", 3 }, /* the period may be left out */
        { "6400000 100000\n", 64 },
        { "", UINT32_MAX },
        { "rubbish here\n", UINT32_MAX },
        { "0 0\n", UINT32_MAX },
        { "-5 100000\n", UINT32_MAX },
        { "9999999999999999999999 1\n", UINT32_MAX },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("root/job/cpu.max", cases[i].text);
        assert_int_equal(quota("0::/job\n"), cases[i].cores);
    }
}

static void the_least_quota_on_the_way_up_counts(void **state) {
    (void)state;
    put("root/a/cpu.max", "max 100000\n");
    put("root/a/b/cpu.max", "400000 100000\n");
    put("root/a/b/c/cpu.max", "800000 100000\n");
    assert_int_equal(quota("0::/a/b/c\n"), 4);
    assert_int_equal(quota("0::/a/b/c/d/that/is/not/there\n"), 4);
    assert_int_equal(quota("0::/a\n"), UINT32_MAX);
    put("root/cpu.max", "300000 100000\n"); /* a container sees its own as the root */
    assert_int_equal(quota("0::/a/b/c\n"), 3);
    assert_int_equal(quota("0::/\n"), 3);
}

static void version_1_reads_the_controller_of_cores(void **state) {
    (void)state;
    put("root/cpu/job/cpu.cfs_quota_us", "250000\n");
    put("root/cpu/job/cpu.cfs_period_us", "100000\n");
    put("root/cpuset/job/cpu.max", "100000 100000\n"); /* not a place to look */
    assert_int_equal(quota("4:cpu,cpuacct:/job\n"), 3);
    assert_int_equal(quota("4:cpuacct,cpu:/job\n"), 3);
    assert_int_equal(quota("4:cpuset,cpu,cpuacct:/job\n"), 3);
    assert_int_equal(quota("4:cpu:/job\n"), 3);
    assert_int_equal(quota("7:cpuset:/job\n6:memory:/job\n"), UINT32_MAX);
    assert_int_equal(quota("7:name=cpu:/job\n"), UINT32_MAX);
    put("root/cpu/job/cpu.cfs_quota_us", "-1\n");
    assert_int_equal(quota("4:cpu,cpuacct:/job\n"), UINT32_MAX);
}

static void with_both_versions_the_lesser_counts(void **state) {
    (void)state;
    put("root/cpu/job/cpu.cfs_quota_us", "500000\n");
    put("root/cpu/job/cpu.cfs_period_us", "100000\n");
    put("root/job/cpu.max", "200000 100000\n");
    assert_int_equal(quota("4:cpu:/job\n0::/job\n"), 2);
}

static void a_path_that_is_too_long_is_left_alone(void **state) {
    (void)state;
    static char line[10000];
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "0::/", 4);
    assert_int_equal(quota(line), UINT32_MAX);
}

/* In a child: with the first core of the mask alone. */
static int count_with_one_core(void) {
    cpu_set_t all, one;
    int       first = 0;
    if (sched_getaffinity(0, sizeof all, &all) != 0) return 100;
    while (first < CPU_SETSIZE && !CPU_ISSET(first, &all))
        first++;
    CPU_ZERO(&one);
    CPU_SET(first, &one);
    if (sched_setaffinity(0, sizeof one, &one) != 0) return 101;
    if (!hpi_cpus_pin_self(0) || !hpi_cpus_pin_self(12345)) return 102;
    hpi_cpus_spread_self(3);
    return (int)hpi_cpus_count();
}

static void one_core_in_the_mask_is_one_core(void **state) {
    (void)state;
    assert_true(hpi_cpus_count() >= 1);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(count_with_one_core());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 1);
}

static int keep_mask_in_child(void) {
    cpu_set_t before, after;
    sched_getaffinity(0, sizeof before, &before);
    for (uint32_t i = 0; i < 8; i++)
        hpi_cpus_spread_self(i);
    sched_getaffinity(0, sizeof after, &after);
    return CPU_EQUAL(&before, &after) ? 0 : 1;
}

static void spreading_gives_the_mask_back(void **state) {
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) _exit(keep_mask_in_child());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void) {
#define HPT_CASE(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)
    const struct CMUnitTest tests[] = {
        HPT_CASE(without_files_there_is_no_quota),
        HPT_CASE(version_2_reads_cpu_max),
        HPT_CASE(the_least_quota_on_the_way_up_counts),
        HPT_CASE(version_1_reads_the_controller_of_cores),
        HPT_CASE(with_both_versions_the_lesser_counts),
        HPT_CASE(a_path_that_is_too_long_is_left_alone),
        HPT_CASE(one_core_in_the_mask_is_one_core),
        HPT_CASE(spreading_gives_the_mask_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
