/* SPDX-License-Identifier: BSD-3-Clause */
#include "pruner/map.h"

#include "base/mem.h"

enum { ROOM_FIRST = 16 };

void hpi_map_init(hpi_map *map, size_t record_bytes, void (*fini)(void *record)) {
    *map = (hpi_map){ .record_bytes = record_bytes, .fini = fini };
}

static void destroy(const hpi_map *map, void *record) {
    if (record && map->fini) map->fini(record);
    hpi_free(record);
}

void hpi_map_fini(hpi_map *map) {
    for (size_t i = 0; i < map->room; i++)
        destroy(map, map->slots[i].record);
    hpi_free(map->slots);
    *map = (hpi_map){ 0 };
}

/* Keys follow one another: without mixing they would be one long run of slots, and each removal
 * would walk through all of it. */
static size_t home_of(const hpi_map *map, uint64_t key) {
    uint64_t mixed = key * UINT64_C(0x9E3779B97F4A7C15); /* Knuth: 2^64 / the golden ratio */
    return (size_t)(mixed >> 32) & (map->room - 1);
}

/* The slot of a key, or the free one where it would be. There is always a free one. */
static size_t slot_of(const hpi_map *map, uint64_t key) {
    size_t at = home_of(map, key);
    while (map->slots[at].record && map->slots[at].key != key)
        at = (at + 1) & (map->room - 1);
    return at;
}

void *hpi_map_find(const hpi_map *map, uint64_t key) {
    return map->room > 0 ? map->slots[slot_of(map, key)].record : NULL;
}

static bool grow(hpi_map *map) {
    hpi_map larger = *map;
    larger.room = map->room ? 2 * map->room : ROOM_FIRST;
    larger.slots = hpi_alloc(larger.room, sizeof *larger.slots);
    if (!larger.slots) return false;
    for (size_t i = 0; i < map->room; i++)
        if (map->slots[i].record) larger.slots[slot_of(&larger, map->slots[i].key)] = map->slots[i];
    hpi_free(map->slots);
    *map = larger;
    return true;
}

void *hpi_map_make(hpi_map *map, uint64_t key) {
    void *record = hpi_map_find(map, key);
    if (record) return record;
    if (2 * (map->count + 1) > map->room && !grow(map)) return NULL;
    record = hpi_alloc(1, map->record_bytes);
    if (!record) return NULL;
    map->slots[slot_of(map, key)] = (hpi_map_slot){ key, record };
    map->count++;
    return record;
}

/* Whoever was pushed on by the one that goes moves back. */
static void close_gap(hpi_map *map, size_t hole) {
    size_t mask = map->room - 1;
    for (size_t at = (hole + 1) & mask; map->slots[at].record; at = (at + 1) & mask) {
        size_t home = home_of(map, map->slots[at].key);
        if (((at - home) & mask) < ((at - hole) & mask)) continue; /* its home lies behind it */
        map->slots[hole] = map->slots[at];
        hole = at;
    }
    map->slots[hole] = (hpi_map_slot){ 0 };
}

void hpi_map_remove(hpi_map *map, uint64_t key) {
    if (map->room == 0) return;
    size_t at = slot_of(map, key);
    if (!map->slots[at].record) return;
    destroy(map, map->slots[at].record);
    map->count--;
    close_gap(map, at);
}
