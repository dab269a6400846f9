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

    /* Filled from the front, never emptied, so a reader may stop at the first NULL. A
     * compare-exchange per slot instead of a lock: there is nothing to initialise or to free. */
    _Atomic(const void *) registered[HPI_REGISTERED_MAX];
} hpi_kind;

/* NULL past the last. */
const void *hpi_kind_at(const hpi_kind *kind, size_t index);
const void *hpi_kind_find(const hpi_kind *kind, const char *name);

/* That a class is not NULL, is of this version, has a name, and options within its state. */
hpt_status hpi_kind_check(const hpi_kind *kind, const void *class, hpt_err *err);

/* Add a class that was checked. HPT_EBUSY: the name is taken; HPT_ELIMIT. */
hpt_status hpi_kind_register(hpi_kind *kind, const void *class, hpt_err *err);

/* What a text names, "name:key=value,...", or `own`, beside which the text may only give options,
 * or say nothing. The spec is the caller's, hpi_spec_fini() it. */
hpt_status hpi_kind_choose(const hpi_kind *kind, const char *text, const void *own,
                           hpi_spec *spec_out, const void **class_out, hpt_err *err);

/* A state of a chosen class with the options of its spec, hpi_free() it. */
hpt_status hpi_kind_state(const hpi_kind *kind, const void *class, hpi_spec *spec, void **state_out,
                          hpt_err *err);

/* As hpi_suggest(): the name that is nearest goes into a sentence. */
void hpi_kind_suggest(const hpi_kind *kind, const char *name, hpt_err *err);

#endif
