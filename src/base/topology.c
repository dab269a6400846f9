/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/topology.h"

#include <pthread.h>
#include <string.h>

#include "base/err.h"

/* This machine's, each filled under the lock once. */
static pthread_mutex_t filling = PTHREAD_MUTEX_INITIALIZER;
static hpi_topology    of_kernel, of_hwloc;
static bool            has_kernel, has_hwloc;

static const hpi_topology *kernel_locked(void) {
    if (!has_kernel) hpi_topology_sysfs(&of_kernel, "/sys/devices/system");
    has_kernel = true;
    return &of_kernel;
}

const hpi_topology *hpi_topology_of_kernel(void) {
    pthread_mutex_lock(&filling);
    const hpi_topology *topology = kernel_locked();
    pthread_mutex_unlock(&filling);
    return topology;
}

const hpi_topology *hpi_topology_of_hwloc(char *why_out, size_t bytes) {
    pthread_mutex_lock(&filling);
    if (!has_hwloc) has_hwloc = hpi_topology_hwloc(&of_hwloc, why_out, bytes);
    const hpi_topology *topology = has_hwloc ? &of_hwloc : kernel_locked();
    pthread_mutex_unlock(&filling);
    return topology;
}

/* Which of the CPUs of its core it is within the mask, from 0: lower numbers come first. */
static uint32_t place_in_core(const hpi_topology *topology, const hpi_cpu_mask *mask,
                              uint32_t cpu) {
    uint32_t before = 0;
    if (topology->core_of[cpu] == 0) return 0;
    for (uint32_t other = topology->core_of[cpu] - 1u; other < cpu; other++)
        before += topology->core_of[other] == topology->core_of[cpu] && hpi_mask_has(mask, other);
    return before;
}

uint32_t hpi_topology_cores(const hpi_topology *topology, const hpi_cpu_mask *mask) {
    uint32_t count = 0;
    for (uint32_t cpu = 0; cpu < hpi_mask_end(mask); cpu++)
        if (hpi_mask_has(mask, cpu)) count += place_in_core(topology, mask, cpu) == 0;
    return count;
}

uint32_t hpi_topology_nodes(const hpi_topology *topology, const hpi_cpu_mask *mask) {
    bool     is_seen[HPI_NODES_MAX] = { false };
    uint32_t count = 0;
    if (topology->node_end == 0) return 0;
    for (uint32_t cpu = 0; cpu < hpi_mask_end(mask); cpu++) {
        uint32_t node = topology->node_of[cpu];
        if (!hpi_mask_has(mask, cpu) || is_seen[node]) continue;
        is_seen[node] = true;
        count++;
    }
    return count;
}

/* Dealing CPUs out to workers. `turns` says in which round a CPU is dealt: which one of its core it
 * is; NOT_MINE when it is not in the mask. */
enum { NOT_MINE = 255 };

typedef struct deck {
    const hpi_topology *topology;
    uint32_t            end;
    uint8_t             turns[HPI_CPUS_MAX];
    uint16_t            next[HPI_NODES_MAX]; /* CPUs of that node below this one are dealt */
    uint16_t           *order;
    uint32_t            count;
} deck;

/* Deal up to `group` CPUs of one node in one round. Returns how many. */
static uint32_t deal(deck *d, uint32_t node, uint32_t turn, uint32_t group) {
    uint32_t dealt = 0, cpu = d->next[node];
    for (; cpu < d->end && dealt < group; cpu++) {
        if (d->turns[cpu] != turn || d->topology->node_of[cpu] != node) continue;
        d->order[d->count++] = (uint16_t)cpu;
        dealt++;
    }
    d->next[node] = (uint16_t)cpu;
    return dealt;
}

/* One CPU of each core, the nodes in turn. */
static void deal_round(deck *d, uint32_t turn, uint32_t group) {
    uint32_t nodes = d->topology->node_end ? d->topology->node_end : 1, dealt;
    memset(d->next, 0, nodes * sizeof *d->next);
    do {
        dealt = 0;
        for (uint32_t node = 0; node < nodes; node++)
            dealt += deal(d, node, turn, group);
    } while (dealt > 0);
}

static uint32_t order_flat(const hpi_cpu_mask *mask, uint16_t *order_out) {
    uint32_t count = 0;
    for (uint32_t cpu = 0; cpu < hpi_mask_end(mask); cpu++)
        if (hpi_mask_has(mask, cpu)) order_out[count++] = (uint16_t)cpu;
    return count;
}

uint32_t hpi_topology_order(const hpi_topology *topology, const hpi_cpu_mask *mask, uint32_t group,
                            uint16_t *order_out) {
    deck     d;
    uint32_t turn_last = 0;
    HPI_ASSERT(group > 0);
    if (!topology->has_smt && !topology->has_nodes) return order_flat(mask, order_out);
    d.topology = topology;
    d.order = order_out;
    d.count = 0;
    d.end = hpi_mask_end(mask);
    for (uint32_t cpu = 0; cpu < d.end; cpu++) {
        bool     is_mine = hpi_mask_has(mask, cpu);
        uint32_t turn = is_mine ? place_in_core(topology, mask, cpu) : NOT_MINE;
        d.turns[cpu] = (uint8_t)turn;
        if (is_mine && turn > turn_last) turn_last = turn;
    }
    for (uint32_t turn = 0; turn <= turn_last; turn++)
        deal_round(&d, turn, group);
    return d.count;
}
