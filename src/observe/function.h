/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_FUNCTION_H
#define HPI_OBSERVE_FUNCTION_H

/* A plain function of the user's as an observer class. It has no name and no row. */

#include "hpt/extend.h"

typedef struct hpi_function {
    hpt_events_function events;
    void               *user;
} hpi_function; /* the state: filled in before open */

extern const hpt_observer_class hpi_observer_function;

#endif
