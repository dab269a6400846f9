/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/sim_heap.h"

#include "base/err.h"

enum { CHILDREN = 4 };

static bool is_earlier(hpi_sim_event a, hpi_sim_event b) {
    return a.time_ns != b.time_ns ? a.time_ns < b.time_ns : a.worker < b.worker;
}

void hpi_sim_heap_push(hpi_sim_heap *heap, hpi_sim_event event) {
    uint32_t hole = heap->count++;
    while (hole > 0) {
        uint32_t parent = (hole - 1) / CHILDREN;
        if (!is_earlier(event, heap->events[parent])) break;
        heap->events[hole] = heap->events[parent];
        hole = parent;
    }
    heap->events[hole] = event;
}

/* The earliest of the children of `parent`, or `parent` when it has none. */
static uint32_t first_child(const hpi_sim_heap *heap, uint32_t parent) {
    uint64_t first = (uint64_t)CHILDREN * parent + 1;
    if (first >= heap->count) return parent;
    uint64_t end = first + CHILDREN < heap->count ? first + CHILDREN : heap->count;
    uint32_t best = (uint32_t)first;
    for (uint32_t i = best + 1; i < end; i++)
        if (is_earlier(heap->events[i], heap->events[best])) best = i;
    return best;
}

static void sink(hpi_sim_heap *heap, uint32_t hole) {
    hpi_sim_event event = heap->events[hole];
    for (;;) {
        uint32_t child = first_child(heap, hole);
        if (child == hole || !is_earlier(heap->events[child], event)) break;
        heap->events[hole] = heap->events[child];
        hole = child;
    }
    heap->events[hole] = event;
}

hpi_sim_event hpi_sim_heap_pop(hpi_sim_heap *heap) {
    HPI_ASSERT(heap->count > 0);
    hpi_sim_event first = heap->events[0];
    heap->events[0] = heap->events[--heap->count];
    if (heap->count > 1) sink(heap, 0);
    return first;
}

void hpi_sim_heap_mend(hpi_sim_heap *heap) {
    for (uint32_t i = heap->count; i-- > 0;)
        sink(heap, i);
}
