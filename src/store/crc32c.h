/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_CRC32C_H
#define HPI_STORE_CRC32C_H

/* The two ways to a checksum; hpi_crc32c() of record.h takes the faster one. Any thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* By tables. */
uint32_t hpi_crc32c_plain(uint32_t crc, const void *bytes, size_t count);

/* By the processor's own instruction. False: it has none, and nothing was done. */
bool hpi_crc32c_quick(uint32_t *crc, const void *bytes, size_t count);

#endif
