/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/sort.h"

#include <string.h>

/* items[0..middle) and items[middle..count) are in order: merge them by way of `room`. */
static void merge(const void **items, const void **room, size_t middle, size_t count,
                  int (*compare)(const void *a, const void *b)) {
    size_t left = 0, right = middle;
    for (size_t i = 0; i < count; i++) {
        if (left < middle && (right == count || compare(items[left], items[right]) <= 0))
            room[i] = items[left++];
        else
            room[i] = items[right++];
    }
    memcpy(items, room, count * sizeof *items);
}

void hpi_sort(const void **items, const void **room, size_t count,
              int (*compare)(const void *a, const void *b)) {
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t start = 0; width < count - start; start += 2 * width) {
            size_t rest = count - start;
            merge(items + start, room, width, rest < 2 * width ? rest : 2 * width, compare);
            if (rest <= 2 * width) break;
        }
    }
}
