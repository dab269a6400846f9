/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_ENV_H
#define HPI_BASE_ENV_H

/* The environment, where what it says decides which files are read and written. */

/* A variable; NULL if there is none, or if the process has rights that whoever started it has not
 * (set-user-ID and the like): it does not listen to him. Borrowed until the environment changes.
 * Any thread, while none changes it. */
const char *hpi_env_trusted(const char *name);

#endif
