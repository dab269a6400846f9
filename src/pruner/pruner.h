/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_PRUNER_H
#define HPI_PRUNER_PRUNER_H

/* Finding a pruner by name and opening it. The run holds one; one thread at a time calls it
 * (hpt/extend.h says which members any thread may call). */

#include "base/option.h"
#include "hpt/extend.h"

typedef struct hpi_pruner {
    const hpt_pruner_class *class; /* NULL: there is none, or it is "none" */
    void    *state;
    hpi_spec spec;
} hpi_pruner;

/* Open `text` ("name" or "name:key=value,..."). With `own` that class is used and `text` gives
 * options only ("" or "name" or "name:..."). Unknown names answer with the closest match. */
hpt_status hpi_pruner_open(hpi_pruner *pruner, const char *text, const hpt_pruner_class *own,
                           const hpt_pruner_setup *setup, hpt_err *err);
void       hpi_pruner_close(hpi_pruner *pruner); /* also one that was never opened */

#endif
