/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_PLUGIN_H
#define HPI_BASE_PLUGIN_H

/* Plug-ins of one kind: the classes that come with hpt, and those that a program registers, which
 * are there as long as the process is. Any thread. */

#include <stdatomic.h>

#include "base/option.h"

enum { HPI_REGISTERED_MAX = 64 }; /* promised by hpt/extend.h; far above what a program links */

/* What classes of every kind have. */
typedef struct hpi_plugin {
    uint32_t          struct_size;
    const char       *name, *absent;
    const hpt_option *options;
    size_t            state_size;
} hpi_plugin;

typedef struct hpi_kind {
    const char        *what;       /* "strategy", for sentences         */
    size_t             class_size; /* of the struct hpt_strategy_class  */
    const void *const *rows;       /* those that come with hpt          */
    size_t             row_count;
    hpi_plugin (*read)(const void *class);
    /* What this kind wants of a class beside that; of one that is not absent. */
    hpt_status (*check)(const void *class, hpt_err *err);
    /* Begin with a state that has its options. NULL: such classes are not opened here. */
    hpt_status (*init)(const void *class, void *state, const void *setup, hpt_err *err);

    /* Filled from the front, never emptied, so a reader may stop at the first NULL. A
     * compare-exchange per slot instead of a lock: there is nothing to initialise or to free. */
    _Atomic(const void *) registered[HPI_REGISTERED_MAX];
} hpi_kind;

/* NULL past the last. */
const void *hpi_kind_at(const hpi_kind *kind, size_t index);
const void *hpi_kind_find(const hpi_kind *kind, const char *name);

/* Add a class that is of this version, has a name, options within its state, and what its kind
 * wants. HPT_EINVAL: it has not; HPT_EBUSY: the name is taken; HPT_ELIMIT. */
hpt_status hpi_kind_register(hpi_kind *kind, const void *class, hpt_err *err);

/* One that is in use. */
typedef struct hpi_plugged {
    const void *class;
    void    *state; /* hpi_free() it     */
    hpi_spec spec;  /* hpi_spec_fini() it */
} hpi_plugged;

/* Open what a text names, "name:key=value,...", or `own`, beside which the text may only give
 * options, or say nothing. The setup is what the class's `init` gets. */
hpt_status hpi_kind_open(const hpi_kind *kind, const char *text, const void *own, const void *setup,
                         hpi_plugged *plugged_out, hpt_err *err);

/* As hpi_suggest(): the name that is nearest goes into a sentence. */
void hpi_kind_suggest(const hpi_kind *kind, const char *name, hpt_err *err);

#endif
