/* SPDX-License-Identifier: BSD-3-Clause */
/* Where there is no /proc: whether a process is there is all that can be known. */
#include <errno.h>
#include <signal.h>

#include "store/hold.h"

void hpi_hold_boot(char text_out[HPI_HOLD_FACT_BYTES]) {
    *text_out = '\0';
}

void hpi_hold_machine(char text_out[HPI_HOLD_FACT_BYTES]) {
    *text_out = '\0';
}

void hpi_hold_container(char text_out[HPI_HOLD_FACT_BYTES]) {
    *text_out = '\0';
}

bool hpi_hold_start(long pid, char text_out[HPI_HOLD_FACT_BYTES]) {
    *text_out = '\0';
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}
