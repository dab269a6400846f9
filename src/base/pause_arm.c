/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/thread.h"

/* The hint that other threads of the core may go first: 64-bit ARM, and 32-bit from version 6K. */
void hpi_pause(void) {
    __asm__ volatile("yield" ::: "memory");
}
