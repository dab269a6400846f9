/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/err.h"
#include "base/topology.h"

bool hpi_topology_hwloc(hpi_topology *topology, char *why_out, size_t bytes) {
    (void)topology;
    hpi_cut(why_out, bytes, "built without hwloc (HPT_HWLOC=OFF)");
    return false;
}
