/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no bytes break the reading of a record, and what was read is written as it was read.
 * Method: the first byte is a number of parameters, the rest a record, once as it is and once with
 * a checksum that fits; what is read is written, and read again: the bytes stay the same. */
#include "store/record.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true) {
    if (!is_true) abort();
}

/* Bytes may say the same in several ways; ours say it in one. */
static void check_again(const hpi_record *record, uint32_t dims) {
    hpi_bytes       first = { 0 }, second = { 0 };
    hpi_record_room room = { 0 };
    hpi_record      again;
    require(hpi_record_encode(record, dims, &first, NULL) == HPT_OK);
    require(hpi_record_decode(first.at, first.used, dims, &room, &again, NULL) == HPT_OK);
    require(again.number == record->number && again.state == record->state);
    require(hpi_record_encode(&again, dims, &second, NULL) == HPT_OK);
    require(first.used == second.used && memcmp(first.at, second.at, first.used) == 0);
    hpi_record_room_fini(&room);
    hpi_bytes_fini(&second);
    hpi_bytes_fini(&first);
}

static void check(const uint8_t *bytes, size_t size, uint32_t dims) {
    hpi_record_room room = { 0 };
    hpi_record      record;
    hpt_err         err = { 0 };
    hpt_status      status = hpi_record_decode(bytes, size, dims, &room, &record, &err);
    if (status == HPT_OK)
        check_again(&record, dims);
    else
        require(status == HPT_EPARSE && err.text[0] != '\0');
    require(room.text_room <= size && room.attr_room <= size);
    hpi_record_room_fini(&room);
    if (hpi_record_peek(bytes, size, &record, NULL) != HPT_OK) require(status != HPT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0) return 0;
    uint32_t dims = *data++;
    uint8_t *copy = malloc(--size + 4); /* exactly as long: reads beyond show */
    require(copy != NULL);
    if (size > 0) memcpy(copy, data, size);
    uint32_t crc = hpi_crc32c(0, copy, size);
    check(data, size, dims);
    for (int i = 0; i < 4; i++)
        copy[size + (size_t)i] = (uint8_t)(crc >> 8 * i);
    check(copy, size + 4, dims);
    free(copy);
    return 0;
}
