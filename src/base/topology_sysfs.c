/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's own files (Linux). Two of them say most often that there is nothing to tell: one
 * node, no CPU that shares a core. */
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/topology.h"

enum { LIST_BYTES = 16384, PATH_BYTES = 512 };

/* The next range of a list like "0-3,8,10-11": moves *at on; false at the end and at nonsense. */
static bool next_range(const char **at, uint32_t *first_out, uint32_t *last_out) {
    char         *end;
    unsigned long first = strtoul(*at, &end, 10), last = first;
    if (end == *at) return false;
    if (*end == '-') {
        const char *begin = end + 1;
        last = strtoul(begin, &end, 10);
        if (end == begin) return false;
    }
    if (last < first || last >= HPI_CPUS_MAX) return false;
    *at = *end == ',' ? end + 1 : end;
    *first_out = (uint32_t)first;
    *last_out = (uint32_t)last;
    return true;
}

/* The CPUs of one core: "0,64". */
static void read_core(hpi_topology *topology, const char *root, uint32_t cpu) {
    char        path[PATH_BYTES], list[LIST_BYTES];
    const char *at = list;
    uint32_t    first, last, lowest = 0, count = 0;
    snprintf(path, sizeof path, "%s/cpu/cpu%u/topology/thread_siblings_list", root, (unsigned)cpu);
    if (!hpi_read_start(path, list, sizeof list)) return;
    while (next_range(&at, &first, &last)) {
        if (count == 0) lowest = first;
        for (uint32_t it = first; it <= last; it++, count++)
            topology->core_of[it] = (uint16_t)(lowest + 1);
    }
    if (count > 1) topology->has_smt = true;
}

static void read_cores(hpi_topology *topology, const char *root) {
    char        path[PATH_BYTES], list[LIST_BYTES];
    const char *at = list;
    uint32_t    first, last;
    snprintf(path, sizeof path, "%s/cpu/smt/active", root);
    if (hpi_read_start(path, list, sizeof list) && list[0] == '0') return;
    snprintf(path, sizeof path, "%s/cpu/online", root);
    if (!hpi_read_start(path, list, sizeof list)) return;
    while (next_range(&at, &first, &last))
        for (uint32_t cpu = first; cpu <= last; cpu++)
            if (topology->core_of[cpu] == 0) read_core(topology, root, cpu);
}

static void read_node(hpi_topology *topology, const char *root, uint32_t node) {
    char        path[PATH_BYTES], list[LIST_BYTES];
    const char *at = list;
    uint32_t    first, last;
    snprintf(path, sizeof path, "%s/node/node%u/cpulist", root, (unsigned)node);
    if (!hpi_read_start(path, list, sizeof list)) return;
    while (next_range(&at, &first, &last))
        for (uint32_t cpu = first; cpu <= last; cpu++)
            topology->node_of[cpu] = (uint16_t)node;
}

static void read_nodes(hpi_topology *topology, const char *root) {
    char        path[PATH_BYTES], list[LIST_BYTES];
    const char *at = list;
    uint32_t    first, last;
    snprintf(path, sizeof path, "%s/node/online", root);
    if (!hpi_read_start(path, list, sizeof list)) return;
    while (next_range(&at, &first, &last)) {
        if (last >= HPI_NODES_MAX) return;
        topology->has_nodes = topology->has_nodes || last > 0;
        topology->node_end = last + 1;
        for (uint32_t node = first; node <= last && topology->has_nodes; node++)
            read_node(topology, root, node);
    }
}

void hpi_topology_sysfs(hpi_topology *topology, const char *root) {
    read_cores(topology, root);
    read_nodes(topology, root);
}
