/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_RECORD_FORM_H
#define HPI_STORE_RECORD_FORM_H

/* clang-format off */
/* A trial as bytes:
 *
 *     version; flags; state and number of values   a byte each
 *     number of parameters, number of the trial    varints
 *     order, asked                                 signed varints: the distance from the number
 *     worker + 1                                   varint, 0 for nobody
 *     start                                        8 bytes
 *     duration; end                                varint; signed: the distance from start + duration
 *     last step; last value                        signed varint; 8 bytes
 *     which parameters are given                   a bit each
 *     point; values                                8 bytes each
 *     reason, attributes, constraints              texts with their length before them, types
 *     checksum                                     CRC-32C of all before it, 4 bytes
 *
 * What the flags say is not there takes no room. All is little endian; a signed varint has its sign
 * in the lowest bit. */
/* clang-format on */

#include "store/record.h"

enum {
    HPI_RECORD_VERSION = 1,
    HPI_RECORD_CRC_BYTES = 4,
    HPI_RECORD_VARINT_BYTES = 10,
    HPI_RECORD_VALUES_MAX = 8,
    HPI_RECORD_BYTES_MIN = 3 + 3 + HPI_RECORD_CRC_BYTES,
    /* What all members of fixed number take at most, with room to spare. */
    HPI_RECORD_FIXED_BYTES =
        3 + 10 * HPI_RECORD_VARINT_BYTES + 2 * 8 + HPI_RECORD_VALUES_MAX * 8 + HPI_RECORD_CRC_BYTES
};

enum {
    HPI_RECORD_HAS_REPORT = 1,
    HPI_RECORD_HAS_GIVEN = 2, /* some parameters are not */
    HPI_RECORD_HAS_ORDER = 4,
    HPI_RECORD_HAS_ASKED = 8,
    HPI_RECORD_HAS_START = 16,
    HPI_RECORD_HAS_END = 32,
    HPI_RECORD_HAS_DURATION = 64,
    HPI_RECORD_HAS_NOTES = 128 /* a reason, attributes or constraints */
};

#endif
