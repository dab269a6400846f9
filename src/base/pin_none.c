/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems whose loader we cannot ask. */
#include "base/pin.h"

#include <stddef.h>

const char *hpi_pin_file(const void *address) {
    (void)address;
    return NULL;
}

void *hpi_pin(const char *file) {
    (void)file;
    return NULL;
}

void hpi_unpin(void *pin) {
    (void)pin;
}
