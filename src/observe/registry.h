/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_REGISTRY_H
#define HPI_OBSERVE_REGISTRY_H

/* The observers there are: the rows of rows.h, then those that were registered. Any thread. */

#include "hpt/extend.h"

/* By name. HPT_EABSENT with the closest match; HPT_EBUILD with what the build lacks. */
hpt_status hpi_observer_find(const char *name, const hpt_observer_class **class_out, hpt_err *err);

#endif
