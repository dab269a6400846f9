/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/journal_owner.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include "store/hold.h"
#include "store/record.h"

enum { HOST_BYTES = 256 };

/* Where process numbers mean the same: the machine, since it was started, and the namespace. 0:
 * nobody knows. */
static uint32_t place(void) {
    char boot[HPI_HOLD_FACT_BYTES], container[HPI_HOLD_FACT_BYTES], machine[HPI_HOLD_FACT_BYTES];
    char host[HOST_BYTES] = "", text[sizeof host + 3 * sizeof boot];
    hpi_hold_boot(boot);
    hpi_hold_container(container);
    hpi_hold_machine(machine);
    if (!*boot || !*container || gethostname(host, sizeof host - 1) != 0 || !*host) return 0;
    snprintf(text, sizeof text, "%s %s %s %s", host, machine, boot, container);
    uint32_t sum = hpi_crc32c(0, text, strlen(text));
    return sum ? sum : 1;
}

/* When a process was started, in ticks since the boot: a number that is given again has another
 * one. False: there is no such process. 0: nobody knows. */
static bool find_start(pid_t pid, uint32_t *start_out) {
    char text[HPI_HOLD_FACT_BYTES];
    bool is_there = hpi_hold_start(pid, text);
    *start_out = (uint32_t)strtoull(text, NULL, 10);
    return is_there;
}

static void put(unsigned char *out, uint32_t number) {
    for (int i = 0; i < 4; i++)
        out[i] = (unsigned char)(number >> (8 * i));
}

static uint32_t get(const unsigned char *in) {
    return in[0] | (uint32_t)in[1] << 8 | (uint32_t)in[2] << 16 | (uint32_t)in[3] << 24;
}

bool hpi_owner_self(unsigned char owner_out[HPI_OWNER_BYTES]) {
    uint32_t here = place(), start;
    if (here == 0 || !find_start(getpid(), &start)) return false;
    put(owner_out, here);
    put(owner_out + 4, (uint32_t)getpid());
    put(owner_out + 8, start);
    return true;
}

bool hpi_owner_is_dead(const unsigned char owner[HPI_OWNER_BYTES]) {
    pid_t    pid = (pid_t)get(owner + 4);
    uint32_t here = place(), start;
    if (here == 0 || get(owner) != here || pid <= 0) return false;
    if (!find_start(pid, &start)) return true;
    uint32_t then = get(owner + 8);
    return start != 0 && then != 0 && start != then;
}
