/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   a run takes no more CPUs than the process may use: the affinity mask, every cgroup quota
 *         on the way up, the batch system and the ranks on the node count, and the least decides.
 * Method: made-up trees of cgroup files, versions 1 and 2, in a temporary folder; made-up limits; a
 *         child with one CPU in its mask. */
#include "fixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <hpt/cpus.h>

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

static void put(const char *path, const char *text) {
    fixture_put(folder, path, text);
}

static double quota(const char *membership) {
    char path[128], root[128];
    put("membership", membership);
    snprintf(path, sizeof path, "%s/membership", folder);
    snprintf(root, sizeof root, "%s/root", folder);
    return hpi_cpus_quota(path, root);
}

static void assert_quota(double is, double expected) {
    if (is != expected) fail_msg("a quota of %g instead of %g", is, expected);
}

static void without_files_there_is_no_quota(void **state) {
    (void)state;
    assert_quota(hpi_cpus_quota("/nowhere/at/all", "/nowhere"), INFINITY);
    assert_quota(quota(""), INFINITY);
    assert_quota(quota("0::/a/b\n"), INFINITY);
    assert_quota(quota("nonsense\n:\n::\n\n0\n"), INFINITY);
}

static void version_2_reads_cpu_max(void **state) {
    (void)state;
    static const struct {
        const char *text;
        double      cpus;
    } cases[] = {
        { "200000 100000\n", 2 },
        { "150000 100000\n", 1.5 },
        { "50000 100000\n", 0.5 },
        { "1000 100000\n", 0.01 },
        { "max 100000\n", INFINITY },
        { "max\n", INFINITY },
        { "300000\n", 3 }, /* the period may be left out */
        { "6400000 100000\n", 64 },
        { "", INFINITY },
        { "rubbish here\n", INFINITY },
        { "0 0\n", INFINITY },
        { "-5 100000\n", INFINITY },
        { "9999999999999999999999 1\n", INFINITY },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        put("root/job/cpu.max", cases[i].text);
        assert_quota(quota("0::/job\n"), cases[i].cpus);
    }
}

static void the_least_quota_on_the_way_up_counts(void **state) {
    (void)state;
    put("root/a/cpu.max", "max 100000\n");
    put("root/a/b/cpu.max", "400000 100000\n");
    put("root/a/b/c/cpu.max", "800000 100000\n");
    assert_quota(quota("0::/a/b/c\n"), 4);
    assert_quota(quota("0::/a/b/c/d/that/is/not/there\n"), 4);
    assert_quota(quota("0::/a\n"), INFINITY);
    put("root/cpu.max", "300000 100000\n"); /* a container sees its own as the root */
    assert_quota(quota("0::/a/b/c\n"), 3);
    assert_quota(quota("0::/\n"), 3);
}

static void version_1_reads_the_controller_of_cores(void **state) {
    (void)state;
    put("root/cpu/job/cpu.cfs_quota_us", "250000\n");
    put("root/cpu/job/cpu.cfs_period_us", "100000\n");
    put("root/cpuset/job/cpu.max", "100000 100000\n"); /* not a place to look */
    assert_quota(quota("4:cpu,cpuacct:/job\n"), 2.5);
    assert_quota(quota("4:cpuacct,cpu:/job\n"), 2.5);
    assert_quota(quota("4:cpuset,cpu,cpuacct:/job\n"), 2.5);
    assert_quota(quota("4:cpu:/job\n"), 2.5);
    assert_quota(quota("7:cpuset:/job\n6:memory:/job\n"), INFINITY);
    assert_quota(quota("7:name=cpu:/job\n"), INFINITY);
    put("root/cpu/job/cpu.cfs_quota_us", "-1\n");
    assert_quota(quota("4:cpu,cpuacct:/job\n"), INFINITY);
}

static void with_both_versions_the_lesser_counts(void **state) {
    (void)state;
    put("root/cpu/job/cpu.cfs_quota_us", "500000\n");
    put("root/cpu/job/cpu.cfs_period_us", "100000\n");
    put("root/job/cpu.max", "200000 100000\n");
    assert_quota(quota("4:cpu:/job\n0::/job\n"), 2);
}

static void a_path_that_is_too_long_is_left_alone(void **state) {
    (void)state;
    static char line[10000];
    memset(line, 'x', sizeof line - 1);
    memcpy(line, "0::/", 4);
    assert_quota(quota(line), INFINITY);
}

/* Limits. */

/* 8 CPUs in the mask of a machine of 16, nothing else; then what the case changes. */
static hpi_cpu_limits eight(void) {
    return (hpi_cpu_limits){
        .mask_count = 8, .online_count = 16, .quota = INFINITY, .batch.rank_count = 1
    };
}

static void assert_decides(hpi_cpu_limits limits, uint32_t count, hpt_cpu_limit by) {
    hpi_cpus_decide(&limits);
    assert_int_equal(limits.count, count);
    assert_int_equal(limits.decided_by, by);
}

static void the_least_limit_decides(void **state) {
    (void)state;
    hpi_cpu_limits it = eight();
    assert_decides(it, 8, HPT_CPU_LIMIT_MASK);
    it.batch.count = 6;
    assert_decides(it, 6, HPT_CPU_LIMIT_BATCH);
    it.quota = 3.5;
    assert_decides(it, 4, HPT_CPU_LIMIT_QUOTA);
    it.mask_count = 2;
    assert_decides(it, 2, HPT_CPU_LIMIT_MASK);
    it.batch.count = 2; /* of equal ones the first */
    assert_decides(it, 2, HPT_CPU_LIMIT_MASK);
}

static void half_a_cpu_is_one_worker(void **state) {
    (void)state;
    hpi_cpu_limits it = eight();
    put("root/job/cpu.max", "50000 100000\n");
    it.quota = quota("0::/job\n");
    assert_decides(it, 1, HPT_CPU_LIMIT_QUOTA);
    it.quota = 0.01;
    assert_decides(it, 1, HPT_CPU_LIMIT_QUOTA);
}

static void ranks_share_a_whole_machine_and_leave_nothing_over(void **state) {
    (void)state;
    hpi_cpu_limits it = eight();
    uint32_t       sum = 0;
    it.mask_count = 16;
    it.batch.rank_count = 3;
    for (it.batch.rank = 0; it.batch.rank < 3; it.batch.rank++) {
        hpi_cpus_decide(&it);
        assert_in_range(it.count, 5, 6);
        assert_int_equal(it.decided_by, HPT_CPU_LIMIT_RANKS);
        sum += it.count;
    }
    assert_int_equal(sum, 16);
    it.batch.rank_count = 100;
    it.batch.rank = 0;
    assert_decides(it, 1, HPT_CPU_LIMIT_RANKS);
}

static void a_rank_with_a_mask_of_its_own_shares_it_with_nobody(void **state) {
    (void)state;
    hpi_cpu_limits it = eight();
    it.batch.rank_count = 4;
    assert_decides(it, 8, HPT_CPU_LIMIT_MASK);
}

static void ranks_share_the_quota_of_their_cgroup(void **state) {
    (void)state;
    hpi_cpu_limits it = eight();
    it.batch.rank_count = 4;
    it.quota = 10;
    assert_decides(it, 3, HPT_CPU_LIMIT_QUOTA);
}

/* Run `body` in a child whose mask has only the first CPU of ours; its result is what is tested. */
static int with_one_cpu(int (*body)(void)) {
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        hpi_cpu_mask all, one;
        uint32_t     first = 0;
        if (!hpi_cpus_mask(&all)) _exit(100);
        while (!hpi_mask_has(&all, first))
            first++;
        hpi_mask_clear(&one, all.bytes);
        hpi_mask_add(&one, first);
        _exit(hpi_cpus_bind(&one) ? body() : 101);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int granted(void) {
    return (int)hpi_cpus_grant().count;
}

static int told(void) {
    hpt_cpu_info info = { .struct_size = sizeof info };
    if (hpt_cpus(&info, NULL) != HPT_OK) return 102;
    if (info.count != 1 || info.mask_count != 1 || info.core_count != 1) return 103;
    if (info.decided_by != HPT_CPU_LIMIT_MASK) return 104;
    return strstr(info.text, "1 CPU, decided by the affinity mask: mask 1 of ") ? 0 : 105;
}

static void one_cpu_in_the_mask_is_one_worker(void **state) {
    (void)state;
    assert_true(hpi_cpus_grant().count >= 1);
    assert_int_equal(with_one_cpu(granted), 1);
    assert_int_equal(with_one_cpu(told), 0);
}

static void a_thread_that_openmp_may_have_bound_is_told(void **state) {
    (void)state;
    char           text[512];
    hpi_cpu_limits it = eight();
    it.batch.is_openmp_binding = true;
    hpi_cpus_decide(&it);
    hpi_cpus_say(&it, 8, 1, text, sizeof text);
    assert_non_null(strstr(text, "OMP_PROC_BIND is set"));
    it.online_count = 8; /* it has not */
    hpi_cpus_say(&it, 8, 1, text, sizeof text);
    assert_null(strstr(text, "OMP_PROC_BIND"));
}

static void a_sentence_is_cut_where_it_has_no_room(void **state) {
    (void)state;
    char           text[40];
    hpi_cpu_limits it = eight();
    hpi_cpus_decide(&it);
    hpi_cpus_say(&it, 8, 1, text, sizeof text);
    assert_int_equal(strlen(text), sizeof text - 1);
}

/* Masks. */

static void a_mask_knows_its_members(void **state) {
    (void)state;
    hpi_cpu_mask mask;
    hpi_mask_clear(&mask, sizeof mask.words);
    assert_int_equal(hpi_mask_count(&mask), 0);
    for (uint32_t cpu = 0; cpu < HPI_CPUS_MAX; cpu += 1001)
        hpi_mask_add(&mask, cpu);
    assert_int_equal(hpi_mask_count(&mask), 17);
    assert_true(hpi_mask_has(&mask, 0) && hpi_mask_has(&mask, 16016));
    assert_false(hpi_mask_has(&mask, 1) || hpi_mask_has(&mask, HPI_CPUS_MAX));
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
        HPT_CASE(the_least_limit_decides),
        HPT_CASE(half_a_cpu_is_one_worker),
        HPT_CASE(ranks_share_a_whole_machine_and_leave_nothing_over),
        HPT_CASE(a_rank_with_a_mask_of_its_own_shares_it_with_nobody),
        HPT_CASE(ranks_share_the_quota_of_their_cgroup),
        HPT_CASE(one_cpu_in_the_mask_is_one_worker),
        HPT_CASE(a_thread_that_openmp_may_have_bound_is_told),
        HPT_CASE(a_sentence_is_cut_where_it_has_no_room),
        HPT_CASE(a_mask_knows_its_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
