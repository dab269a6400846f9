/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_TETHER_H
#define HPI_OBSERVE_TETHER_H

/* What a dispatcher and its receivers share, so that a receiver may outlive the run, and may be
 * destroyed while the run is. Any thread. */

#include "observe/dispatch.h"

typedef struct hpi_tether hpi_tether;

/* The dispatcher is the first owner. */
hpt_status hpi_tether_create(hpi_dispatch *dispatch, hpi_tether **tether_out, hpt_err *err);
void       hpi_tether_own(hpi_tether *tether);
void       hpi_tether_release(hpi_tether *tether);

/* The dispatcher goes: no receiver is inside it when this returns. One owner less. */
void hpi_tether_cut(hpi_tether *tether);

/* Detach a receiver, if its dispatcher is still there. */
void hpi_tether_detach(hpi_tether *tether, uint64_t id);

#endif
