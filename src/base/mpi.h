/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_MPI_H
#define HPI_BASE_MPI_H

/* Whether the program uses MPI, found among the libraries that are loaded: hpt depends on none. */

#include <stdbool.h>

/* MPI_Init() was called, and MPI_Finalize() was not. Any thread. */
bool hpi_mpi_is_up(void);

#endif
