/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/crc32c.h"

bool hpi_crc32c_quick(uint32_t *crc, const void *bytes, size_t count) {
    (void)crc;
    (void)bytes;
    (void)count;
    return false;
}
