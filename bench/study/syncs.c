/* SPDX-License-Identifier: BSD-3-Clause */
/* What is written and synced. The functions here stand before the C library's in the order in which
 * a program's symbols are found, so SQLite's calls come here too. */
#include "study.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static atomic_ullong syncs, bytes_written;

uint64_t study_syncs(void) {
    return atomic_load(&syncs);
}

uint64_t study_bytes_written(void) {
    return atomic_load(&bytes_written);
}

static ssize_t counted(long written) {
    if (written > 0) atomic_fetch_add(&bytes_written, (unsigned long long)written);
    return written;
}

/* Else they were this program's alone. */
#define SEEN __attribute__((visibility("default")))

SEEN int     fdatasync(int file);
SEEN int     fsync(int file);
SEEN ssize_t pwrite64(int file, const void *from, size_t bytes, off_t at);
SEEN ssize_t pwrite(int file, const void *from, size_t bytes, off_t at);
SEEN ssize_t write(int file, const void *from, size_t bytes);

int fdatasync(int file) {
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fdatasync, file);
}

int fsync(int file) {
    atomic_fetch_add(&syncs, 1);
    return (int)syscall(SYS_fsync, file);
}

ssize_t pwrite64(int file, const void *from, size_t bytes, off_t at) {
    return counted(syscall(SYS_pwrite64, file, from, bytes, at));
}

ssize_t pwrite(int file, const void *from, size_t bytes, off_t at) {
    return counted(syscall(SYS_pwrite64, file, from, bytes, at));
}

ssize_t write(int file, const void *from, size_t bytes) {
    return counted(syscall(SYS_write, file, from, bytes));
}

double study_floor_ns(const study_settings *settings, uint64_t bytes, uint64_t times) {
    char  path[STUDY_PATH_BYTES];
    char *block = calloc(1, bytes);
    study_path(path, settings, "floor");
    int file = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (!block || file < 0) study_die(path, strerror(errno));
    double start = bench_now_ns();
    for (uint64_t i = 0; i < times; i++)
        if (pwrite(file, block, bytes, (off_t)(i * bytes)) != (ssize_t)bytes || fdatasync(file))
            study_die(path, strerror(errno));
    double wall_ns = bench_now_ns() - start;
    close(file);
    unlink(path);
    free(block);
    return wall_ns;
}
