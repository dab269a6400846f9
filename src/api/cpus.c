/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt/cpus.h */
#include "hpt/cpus.h"

#include <math.h>
#include <string.h>

#include "base/cpus.h"
#include "base/err.h"
#include "base/topology.h"

static void tell_machine(hpt_cpu_info *info) {
    const hpi_topology *topology = hpi_topology_of_kernel();
    hpi_cpu_mask        mask;
    info->core_count = info->mask_count;
    if (!hpi_cpus_mask(&mask)) return;
    info->core_count = hpi_topology_cores(topology, &mask);
    info->node_count = hpi_topology_nodes(topology, &mask);
}

static void tell_limits(hpt_cpu_info *info, const hpi_cpu_limits *limits) {
    const hpi_job *batch = &limits->batch;
    info->count = limits->count;
    info->decided_by = limits->decided_by;
    info->online_count = limits->online_count;
    info->mask_count = limits->mask_count;
    info->quota = isfinite(limits->quota) ? limits->quota : 0;
    info->batch_count = batch->count;
    info->rank_count = batch->rank_count;
    info->rank = batch->rank;
    hpi_cut(info->batch_variable, sizeof info->batch_variable,
            batch->variable ? batch->variable : "");
    hpi_cut(info->rank_variable, sizeof info->rank_variable,
            batch->rank_variable ? batch->rank_variable : "");
}

hpt_status hpt_cpus(hpt_cpu_info *info_out, hpt_err *err) {
    if (!info_out) return hpi_fail(err, HPT_EINVAL, "info_out is NULL");
    uint32_t size = info_out->struct_size;
    if (size < sizeof info_out->struct_size || size > sizeof(hpt_cpu_info))
        return hpi_fail(err, HPT_EINVAL,
                        "info_out->struct_size is %u: set it to sizeof(hpt_cpu_info)",
                        (unsigned)size);
    hpi_cpu_limits limits;
    hpt_cpu_info   info = { .struct_size = size };
    hpi_cpus_look(&limits);
    tell_limits(&info, &limits);
    tell_machine(&info);
    hpi_cpus_say(&limits, info.core_count, info.node_count, info.text, sizeof info.text);
    memcpy(info_out, &info, size);
    return HPT_OK;
}
