/* SPDX-License-Identifier: BSD-3-Clause */
/* Where there is no /proc: POSIX tells machines apart, and whether a process is there. One whose
 * number was given again since seems to be there still, which is the safe side. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/hold.h"

void hpi_hold_boot(char text_out[HPI_HOLD_FACT_BYTES]) {
    strcpy(text_out, "-");
}

/* 0 is what systems say that have no number. */
void hpi_hold_machine(char text_out[HPI_HOLD_FACT_BYTES]) {
    unsigned long number = (unsigned long)gethostid();
    *text_out = '\0';
    if (number != 0) snprintf(text_out, HPI_HOLD_FACT_BYTES, "%lx", number);
}

void hpi_hold_container(char text_out[HPI_HOLD_FACT_BYTES]) {
    strcpy(text_out, "-");
}

bool hpi_hold_start(long pid, char text_out[HPI_HOLD_FACT_BYTES]) {
    *text_out = '\0';
    return pid > 0 && (kill((pid_t)pid, 0) == 0 || errno != ESRCH);
}
