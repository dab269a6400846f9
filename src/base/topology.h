/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_TOPOLOGY_H
#define HPI_BASE_TOPOLOGY_H

/* Which CPUs share a core, which a NUMA node, and the order in which workers take them. Any
 * thread. */

#include <stdbool.h>
#include <stdint.h>

#include "base/cpus.h"

enum { HPI_NODES_MAX = 1024 };

/* All zero: every CPU is a core, all on one node. */
typedef struct hpi_topology {
    bool     has_smt, has_nodes;
    uint32_t node_end;              /* all nodes are below; 0 = unknown                       */
    uint16_t core_of[HPI_CPUS_MAX]; /* 1 + the lowest CPU of its core; 0: it is one by itself */
    uint16_t node_of[HPI_CPUS_MAX];
} hpi_topology;

/* What the kernel's files below `root` (/sys/devices/system) say, into a zeroed one. */
void hpi_topology_sysfs(hpi_topology *topology, const char *root);

/* What hwloc says, into a zeroed one. False with a reason, and nothing filled in, when it is not
 * part of this build, or not installed. Loads hwloc, asks it, unloads it: 14 to 30 ms or more. */
bool hpi_topology_hwloc(hpi_topology *topology, char *why_out, size_t bytes);

/* This machine's: read once per process, then kept, as it cannot change. By hwloc on request; when
 * that cannot be had, `why_out` says why, and it is the kernel's. */
const hpi_topology *hpi_topology_of_kernel(void);
const hpi_topology *hpi_topology_of_hwloc(char *why_out, size_t bytes);

/* How many cores and nodes the CPUs of a mask are on. */
uint32_t hpi_topology_cores(const hpi_topology *topology, const hpi_cpu_mask *mask);
uint32_t hpi_topology_nodes(const hpi_topology *topology, const hpi_cpu_mask *mask);

/* The CPUs of a mask as workers take them, `group` at a time: one CPU of every core before the
 * second one of any, and the nodes in turn. Returns how many there are; order_out has room. */
uint32_t hpi_topology_order(const hpi_topology *topology, const hpi_cpu_mask *mask, uint32_t group,
                            uint16_t *order_out);

#endif
