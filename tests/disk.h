/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_TESTS_DISK_H
#define HPT_TESTS_DISK_H

/* A disk that exists in memory only, under SQLite: files, a folder, caches. It loses power and
 * breaks when it is told to.
 *
 * What was written and not synced is, after a loss of power, there or not, sector by sector and in
 * any order; what was created or removed is so if the folder was synced, else as far as the file
 * system came with it. Everything follows from a seed. One thread. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Put it in place of the file system for all databases opened from now on; empty. */
void disk_install(void);

/* The real one again. No file may be open. */
void disk_remove(void);

/* Empty again. */
void disk_format(void);

/* How often something was asked of the disk (of any kind; of what changes it) since it was
 * formatted. */
size_t disk_calls(void);
size_t disk_changes(void);

/* How many times what was written has been synced. */
size_t disk_syncs(void);

/* The power goes off after so many more changes: from then on everything fails. And back on: what
 * has survived is now what is there. All files must be closed by then. */
void disk_power_off_after(size_t changes);
bool disk_is_off(void);
void disk_power_on(uint64_t seed);

/* After so many more calls one fails, or all from then on; *code* is what SQLite is told:
 * SQLITE_FULL counts writes alone. 0 changes: never. */
void disk_fail_after(size_t calls, int code, bool is_for_ever);
bool disk_has_failed(void); /* since disk_fail_after() */

/* A file's bytes, to be looked at and changed; NULL: there is none. */
unsigned char *disk_bytes(const char *name, size_t *count_out);
void           disk_put(const char *name, const unsigned char *bytes, size_t count);

#endif
