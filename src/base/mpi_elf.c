/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include "base/mpi.h"

#include <dlfcn.h>
#include <stddef.h>
#include <string.h>

/* int MPI_Initialized(int *flag) is the same in every MPI. */
typedef int question(int *answer_out);

static bool is_true(const char *name) {
    question *ask = NULL;
    void     *found = dlsym(RTLD_DEFAULT, name);
    int       answer = 0;
    memcpy(&ask, &found, sizeof ask);
    return ask && ask(&answer) == 0 && answer != 0;
}

bool hpi_mpi_is_up(void) {
    return is_true("MPI_Initialized") && !is_true("MPI_Finalized");
}
