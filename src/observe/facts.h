/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_FACTS_H
#define HPI_OBSERVE_FACTS_H

/* dispatch > FACTS > lane: the intake of one stream of one lane, a ring of cells with one producer
 * and one consumer. Wait-free for both. A fact of many cells appears at once or not at all. */

#include "observe/pack.h"

typedef struct hpi_facts hpi_facts;

/* Room for at least cell_count cells. NULL: out of memory. */
hpi_facts *hpi_facts_create(uint32_t cell_count, uint32_t dims);
void       hpi_facts_destroy(hpi_facts *facts);

/* The producer. push: false when there is no room, and then nothing has happened. is_quarter: more
 * than a quarter is in use. lose: count one that did not fit. */
bool hpi_facts_push_sp(hpi_facts *facts, const hpi_packed *head, const hpi_fact *fact);
bool hpi_facts_has_room_sp(hpi_facts *facts, uint32_t cell_count);
bool hpi_facts_is_quarter_sp(hpi_facts *facts);
void hpi_facts_lose_sp(hpi_facts *facts, uint32_t kind);

/* The consumer. peek: the next fact's header in place, or NULL when there is none now: everything
 * whose push happened before (also by way of another stream's fact that was read) is there. take:
 * copies the peeked fact's cells. */
const hpi_packed *hpi_facts_peek_sc(hpi_facts *facts);
void              hpi_facts_take_sc(hpi_facts *facts, hpi_cell *cells_out);

/* Any thread: how many were lost of a kind's index. */
uint64_t hpi_facts_lost(const hpi_facts *facts, uint32_t kind_index);

#endif
