/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems of whose processes we know what POSIX tells. */
#include "base/process.h"

#include <unistd.h>

uint64_t hpi_process(void) {
    return (uint64_t)getpid();
}

uint32_t hpi_process_threads(void) {
    return 0;
}
