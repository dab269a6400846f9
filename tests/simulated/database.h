/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_SIMULATED_DATABASE_H
#define HPT_SIMULATED_DATABASE_H

/* SQLite's files on the simulated machine: on the disk of tests/disk.h, which loses power as the
 * other one does. SQLite also looks at how files begin that are not its own; those it is shown. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void database_install(void); /* once */
void database_format(void);
bool database_size(const char *path, size_t *bytes_out); /* false: there is none */
bool database_remove(const char *path);
void database_fault(size_t off_after, size_t fail_after,
                    bool is_for_ever); /* in changes, calls; 0: never */
bool database_is_off(void);
bool database_has_failed(void); /* since database_fault() */
void database_back_on(uint64_t seed);

#endif
