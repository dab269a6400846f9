/* SPDX-License-Identifier: BSD-3-Clause */
#include "host.h"

#include <dirent.h>
#include <fenv.h>
#include <float.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runs.h"

/* Asked of the processor, and not of a register of its: every kind has it somewhere else. */
static bool flushes(void) {
    volatile double least = DBL_MIN;
    return least / 2 == 0;
}

/* A sanitizer has a child from the first time that it says, or keeps to itself, something: it names
 * functions for it. */
bool host_is_helper(int pid) {
    char path[64], name[32] = "";
    snprintf(path, sizeof path, "/proc/%d/comm", pid);
    FILE *file = fopen(path, "r");
    if (!file) return false; /* it has ended meanwhile, and somebody should have waited for it */
    bool is_it = fgets(name, sizeof name, file) && strstr(name, "symbolizer");
    fclose(file);
    return is_it;
}

/* Of one thread: those that it has made. The first that is not a helper, or 0. */
static int child_of(const char *task, size_t *helpers) {
    char path[288];
    int  pid, found = 0;
    snprintf(path, sizeof path, "/proc/self/task/%s/children", task);
    FILE *file = fopen(path, "r");
    while (file && found == 0 && fscanf(file, "%d", &pid) == 1) {
        if (host_is_helper(pid))
            ++*helpers;
        else
            found = pid;
    }
    if (file) fclose(file);
    return found;
}

static int any_child(size_t *helpers) {
    int  found = 0;
    DIR *directory = opendir("/proc/self/task");
    assert_non_null(directory);
    for (struct dirent *entry; found == 0 && (entry = readdir(directory));)
        if (entry->d_name[0] != '.') found = child_of(entry->d_name, helpers);
    closedir(directory);
    return found;
}

static size_t assert_no_child_but_helpers(void) {
    size_t helpers = 0;
    int    found = any_child(&helpers);
    if (found != 0) fail_msg("a child is left: process %d", found);
    return helpers;
}

bool host_has_child(void) {
    size_t helpers = 0;
    return any_child(&helpers) != 0;
}

void host_assert_no_child(void) {
    assert_no_child_but_helpers();
}

void host_note(host *it) {
    memset(it, 0, sizeof *it);
    it->helpers = assert_no_child_but_helpers();
    for (int i = 1; i < HOST_SIGNALS; i++)
        sigaction(i, NULL, &it->actions[i]);
    pthread_sigmask(SIG_SETMASK, NULL, &it->mask);
    it->rounding = fegetround();
    it->flushes = flushes();
    snprintf(it->locale, sizeof it->locale, "%s", setlocale(LC_ALL, NULL));
    assert_non_null(getcwd(it->folder, sizeof it->folder));
    umask(it->umask = umask(0));
    for (int i = 0; i < HOST_LIMITS; i++)
        getrlimit((__rlimit_resource_t)i, &it->limits[i]);
    it->threads = runs_threads();
    it->files = runs_files();
}

static void assert_same_signals(const host *before, const host *after) {
    for (int i = 1; i < HOST_SIGNALS; i++) {
        assert_true(before->actions[i].sa_handler == after->actions[i].sa_handler);
        /* The kernel's SA_RESTORER is there once anybody has set the action, also to what it was.
         */
        int changed = before->actions[i].sa_flags ^ after->actions[i].sa_flags;
        assert_int_equal(changed & ~0x04000000, 0);
        assert_int_equal(sigismember(&before->mask, i), sigismember(&after->mask, i));
    }
}

void host_assert_unchanged(const host *before) {
    host after;
    runs_assert_threads(before->threads);
    host_note(&after);
    assert_same_signals(before, &after);
    assert_int_equal(before->rounding, after.rounding);
    assert_int_equal(before->flushes, after.flushes);
    assert_string_equal(before->locale, after.locale);
    assert_string_equal(before->folder, after.folder);
    assert_int_equal(before->umask, after.umask);
    assert_memory_equal(before->limits, after.limits, sizeof before->limits);
    if (before->helpers == after.helpers) assert_int_equal(before->files, after.files);
}

static bool is_in(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcmp(*names, name) == 0) return true;
    return false;
}

void host_assert_holds(const char *folder, const char *const *names) {
    size_t count = 0, wanted = 0;
    DIR   *directory = opendir(folder);
    assert_non_null(directory);
    while (names[wanted])
        wanted++;
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        if (!is_in(entry->d_name, names)) fail_msg("\"%s\" is left in %s", entry->d_name, folder);
        count++;
    }
    closedir(directory);
    assert_int_equal(count, wanted);
}
