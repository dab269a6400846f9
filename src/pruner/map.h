/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_PRUNER_MAP_H
#define HPI_PRUNER_MAP_H

/* Records by a 64-bit key: trials in flight by number, steps. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hpi_map_slot {
    uint64_t key;
    void    *record; /* NULL: the slot is free */
} hpi_map_slot;

typedef struct hpi_map {
    hpi_map_slot *slots;
    size_t        count, room, record_bytes;
    void (*fini)(void *record); /* of what a record holds; NULL: nothing */
} hpi_map;

void hpi_map_init(hpi_map *map, size_t record_bytes, void (*fini)(void *record));
void hpi_map_fini(hpi_map *map); /* also of a zeroed one */

void *hpi_map_find(const hpi_map *map, uint64_t key); /* NULL: there is none */
/* The same, and a zeroed record where there is none. NULL: out of memory. */
void *hpi_map_make(hpi_map *map, uint64_t key);
void  hpi_map_remove(hpi_map *map, uint64_t key); /* with its record; fine if there is none */

#endif
