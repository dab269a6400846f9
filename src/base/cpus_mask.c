/* SPDX-License-Identifier: BSD-3-Clause */
/* Sets of CPUs. */
#include <string.h>

#include "base/cpus.h"
#include "base/err.h"

void hpi_mask_clear(hpi_cpu_mask *mask, uint32_t bytes) {
    HPI_ASSERT(bytes <= sizeof mask->words);
    mask->bytes = bytes;
    memset(mask->words, 0, bytes);
}

void hpi_mask_add(hpi_cpu_mask *mask, uint32_t cpu) {
    HPI_ASSERT(cpu < hpi_mask_end(mask));
    mask->words[cpu / HPI_MASK_WORD_BITS] |= 1UL << cpu % HPI_MASK_WORD_BITS;
}

bool hpi_mask_has(const hpi_cpu_mask *mask, uint32_t cpu) {
    if (cpu >= hpi_mask_end(mask)) return false;
    return (mask->words[cpu / HPI_MASK_WORD_BITS] >> cpu % HPI_MASK_WORD_BITS & 1) != 0;
}

uint32_t hpi_mask_count(const hpi_cpu_mask *mask) {
    uint32_t count = 0;
    for (uint32_t i = 0; i < mask->bytes / sizeof(unsigned long); i++)
        for (unsigned long word = mask->words[i]; word; word &= word - 1)
            count++;
    return count;
}

uint32_t hpi_mask_end(const hpi_cpu_mask *mask) {
    return mask->bytes * 8;
}
