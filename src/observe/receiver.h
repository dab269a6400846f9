/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_RECEIVER_H
#define HPI_OBSERVE_RECEIVER_H

/* lane > RECEIVER > the user, who polls. It sits on the drop lane like an observer, but the lane
 * puts packed facts straight into it. It may outlive the dispatcher: the tether tells it when. */

#include "observe/pack.h"
#include "observe/tether.h"

/* Two owners from the start: the user and the seat. */
hpt_status hpi_receiver_create(hpi_tether *tether, const hpi_unpacking *unpacking,
                               uint32_t buffer_count, hpt_receiver **receiver_out, hpt_err *err);
void       hpi_receiver_attached(hpt_receiver *receiver, uint64_t id);
void       hpi_receiver_release(hpt_receiver *receiver); /* one owner less */

/* The lane's thread. put: false when it was full, and has counted the loss. */
bool hpi_receiver_put(hpt_receiver *receiver, const hpi_cell *cells, uint32_t cell_count);
void hpi_receiver_miss(hpt_receiver *receiver, uint64_t count);
void hpi_receiver_finish(hpt_receiver *receiver, const hpt_event *finished);

#endif
