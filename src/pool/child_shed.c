/* SPDX-License-Identifier: BSD-3-Clause */
/* What a fork server gives up of what the program has open (Linux): the files of other runs and
 * studies, and the ways to their processes. An objective that writes to whatever it finds must not
 * reach them. It takes nothing from the program: locks of files that were taken by fcntl() are a
 * process's own, and a mapping goes in this process only.
 *
 * Another thread of the program may have been in the midst of malloc() when it was copied, so
 * nothing here needs that. */
#define _GNU_SOURCE /* syscall */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fds.h"
#include "pool/child_server.h"

enum { ROOM_BYTES = 8192 }; /* of a line with a path, or of a good part of a folder */

/* Descriptors of databases, by their files. */

/* What the system writes, which no header of the C library has. */
typedef struct entry64 {
    uint64_t inode;
    int64_t  next;
    uint16_t bytes;
    uint8_t  type;
    char     name[];
} entry64;

static void close_if_database(int fd) {
    struct stat about;
    if (fd > STDERR_FILENO && fstat(fd, &about) == 0 && hpi_databases_have(&about)) close(fd);
}

static void close_databases(void) {
    _Alignas(entry64) char room[ROOM_BYTES];
    int                    folder = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    long                   got;
    if (folder < 0) return;
    while ((got = syscall(SYS_getdents64, folder, room, sizeof room)) > 0)
        for (long at = 0; at < got;) {
            const entry64 *entry = (const void *)(room + at);
            if (entry->name[0] != '.') close_if_database(atoi(entry->name));
            at += entry->bytes;
        }
    close(folder);
}

/* Mappings: the index of a database's log. */

/* "7f10a000-7f112000 rw-s 00000000 08:01 1234      /data/svm.db-shm" */
static void unmap_if_database(const char *line) {
    struct stat   about;
    char         *rest;
    unsigned long from = strtoul(line, &rest, 16);
    unsigned long to = *rest == '-' ? strtoul(rest + 1, &rest, 16) : 0;
    const char   *path = strchr(rest, '/');
    bool          is_shared = to > from && strlen(rest) > 4 && rest[4] == 's';
    if (!is_shared || !path || stat(path, &about) != 0 || !hpi_databases_have(&about)) return;
    munmap((void *)(uintptr_t)from, to - from);
}

/* The lines that are whole. Returns what they take. */
static size_t take_lines(char *room) {
    char *line = room, *end;
    for (; (end = strchr(line, '\n')); line = end + 1) {
        *end = '\0';
        unmap_if_database(line);
    }
    return (size_t)(line - room);
}

static void unmap_databases(void) {
    char    room[ROOM_BYTES];
    size_t  used = 0;
    ssize_t got;
    int     maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (maps < 0) return;
    while ((got = read(maps, room + used, sizeof room - 1 - used)) > 0) {
        used += (size_t)got;
        room[used] = '\0';
        size_t taken = take_lines(room);
        memmove(room, room + taken, used - taken);
        used -= taken;
    }
    close(maps);
}

void hpi_server_shed(void) {
    hpi_fds_give_up();
    if (hpi_databases_look()) {
        close_databases();
        unmap_databases();
        hpi_databases_give_up();
    }
    hpi_fds_copy_end();
}
