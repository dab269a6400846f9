/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/journal_owner.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "base/file.h"
#include "store/record.h"

/* Where process numbers mean the same: the host, since it was started, and the namespace. 0: nobody
 * knows. */
static uint32_t place(void) {
    char text[512] = { 0 }, boot[64], space[64] = { 0 };
    if (!hpi_read_start("/proc/sys/kernel/random/boot_id", boot, sizeof boot)) return 0;
    ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    if (length <= 0 || gethostname(text, sizeof text - 128) != 0) return 0;
    text[sizeof text - 128] = '\0';
    size_t used = strlen(text);
    snprintf(text + used, sizeof text - used, " %.40s %.60s", boot, space);
    uint32_t sum = hpi_crc32c(0, text, strlen(text));
    return sum ? sum : 1;
}

/* When a process was started, in ticks since the boot: a number that is given again has another
 * one. It is the 22nd field of its status, counted from behind the name, which may contain
 * anything. 0: there is no such process, or nobody knows. */
static uint32_t start_of(pid_t pid) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%jd/stat", (intmax_t)pid);
    if (!hpi_read_start(path, text, sizeof text)) return 0;
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 22; field++)
        at = strchr(at + 1, ' ');
    uint64_t ticks = 0;
    for (at = at ? at + 1 : ""; *at >= '0' && *at <= '9'; at++)
        ticks = ticks * 10 + (uint64_t)(*at - '0');
    return (uint32_t)ticks;
}

static void put(unsigned char *out, uint32_t number) {
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(number >> (8 * i));
}

static uint32_t get(const unsigned char *in) {
    return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

bool hpi_owner_self(unsigned char owner_out[HPI_OWNER_BYTES]) {
    uint32_t here = place(), start = start_of(getpid());
    if (here == 0 || start == 0) return false;
    put(owner_out, here);
    put(owner_out + 4, (uint32_t)getpid());
    put(owner_out + 8, start);
    return true;
}

bool hpi_owner_is_dead(const unsigned char owner[HPI_OWNER_BYTES]) {
    pid_t    pid = (pid_t)get(owner + 4);
    uint32_t here = place();
    if (here == 0 || get(owner) != here || pid <= 0) return false;
    if (kill(pid, 0) != 0 && errno == ESRCH) return true;
    uint32_t start = start_of(pid);
    return start != 0 && start != get(owner + 8);
}
