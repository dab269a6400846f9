/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLUGINS_H
#define PLUGINS_H

/* What `strategies`, `observers`, `pruners` and `pools` have in common: lists from their own
 * tables. */

#include <hpt/extend.h>

#include "command.h"

typedef struct plugin {
    const char       *name, *summary, *absent;
    const hpt_option *options; /* NULL = none */
} plugin;

/* Number `index`; false past the last. */
typedef bool plugin_at(size_t index, plugin *plugin_out);

/* Their only option: --json. */
extern const struct poptOption plugins_options[];

/* The name of number `index`; NULL past the last. */
const char *plugins_name(plugin_at *at, size_t index);

/* All of them, or the one that is the operand in detail. `what` is "strategy". */
exit_code plugins_show(output *out, const char *what, plugin_at *at, const char *const *operands,
                       size_t operand_count);

#endif
