/* SPDX-License-Identifier: BSD-3-Clause */
/* hpt pools: the pools of this build. */
#include "plugins.h"

static bool at(size_t index, plugin *plugin_out) {
    const hpt_pool_info *it = hpt_pool_at(index);
    if (!it) return false;
    *plugin_out = (plugin){ it->name, it->summary, it->absent, it->options };
    return true;
}

static const char *name_at(const void *context, size_t index) {
    (void)context;
    return plugins_name(at, index);
}

static exit_code pools_run(output *out, const char *const *operands, size_t count) {
    return plugins_show(out, "pool", at, operands, count);
}

const command command_pools = {
    .name = "pools",
    .summary = "show the pools there are, and their options",
    .operands = "[NAME]",
    .operands_max = 1,
    .operand_at = name_at,
    .about =
        "Shows where workers can live (hpt_options.pool), or all options of one that is named, "
        "with types, limits and defaults. What this build lacks is there too, with the reason.",
    .options = plugins_options,
    .run = pools_run,
};
