/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_FACTS_H
#define HPI_OBSERVE_FACTS_H

/* dispatch > FACTS > lane: the intake of one stream of one lane, a ring of cells with one producer
 * and one consumer. Wait-free for both. A fact of many cells appears at once or not at all, and
 * lies in one piece, so that it can be read where it is. */

#include "observe/pack.h"

typedef struct hpi_facts hpi_facts;

/* Room for at least cell_count cells; a fact may take up to half of them. NULL: out of memory.
 */
hpi_facts *hpi_facts_create(uint32_t cell_count, uint32_t dims);
void       hpi_facts_destroy(hpi_facts *facts);

/* The producer. push: false when there is no room, and then nothing has happened. is_due: whether a
 * quarter is in use, so that the consumer should be awake; now and then, not each time. lose: count
 * one that did not fit. */
bool hpi_facts_push_sp(hpi_facts *facts, const hpi_fact *fact, const hpi_postmark *postmark);
bool hpi_facts_has_room_sp(hpi_facts *facts, uint32_t cell_count);
bool hpi_facts_is_due_sp(hpi_facts *facts);
void hpi_facts_lose_sp(hpi_facts *facts, uint32_t kind);

/* The consumer reads from a place on. look: for new facts; returns the place of the oldest one. see:
 * the fact at a place, which it moves there, or NULL behind the last one that was there at the last
 * look. release: give back everything before a place, for the producer to overwrite. is_filling:
 * more than half was in use at the last look. */
unsigned        hpi_facts_look_sc(hpi_facts *facts);
const hpi_cell *hpi_facts_see_sc(const hpi_facts *facts, unsigned *at);
void            hpi_facts_release_sc(hpi_facts *facts, unsigned at);
bool            hpi_facts_is_filling_sc(const hpi_facts *facts);

/* ... or one by one. peek: the oldest fact, or NULL when there is none now: everything whose push
 * happened before (also by way of another stream's fact that was read) is there. drop: release it.
 */
const hpi_cell *hpi_facts_peek_sc(hpi_facts *facts);
void            hpi_facts_drop_sc(hpi_facts *facts);

/* Any thread: how many were lost of a kind's index. */
uint64_t hpi_facts_lost(const hpi_facts *facts, uint32_t kind_index);

#endif
