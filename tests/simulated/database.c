/* SPDX-License-Identifier: BSD-3-Clause */
#include "database.h"

#include <sqlite3.h>
#include <string.h>

#include "disk.h"
#include "platter.h"

/* A file that is not a database: read by who wants to know what it is. */
typedef struct plain_file {
    sqlite3_file  base;
    platter_file *file;
} plain_file;

static sqlite3_vfs vfs, *below;

static int plain_close(sqlite3_file *file) {
    platter_open(((plain_file *)file)->file, -1);
    return SQLITE_OK;
}

static int plain_read(sqlite3_file *file, void *out, int count, sqlite3_int64 at) {
    const platter_file *it = ((plain_file *)file)->file;
    size_t              size = platter_size(it), from = (size_t)at, wanted = (size_t)count;
    size_t              has = from < size ? size - from : 0;
    if (has > wanted) has = wanted;
    if (has) memcpy(out, platter_bytes(it) + from, has);
    memset((char *)out + has, 0, wanted - has);
    return has == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int plain_size(sqlite3_file *file, sqlite3_int64 *size_out) {
    *size_out = (sqlite3_int64)platter_size(((plain_file *)file)->file);
    return SQLITE_OK;
}

static int plain_lock(sqlite3_file *file, int level) {
    (void)file, (void)level;
    return SQLITE_OK;
}

static int plain_reserved(sqlite3_file *file, int *out) {
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int plain_control(sqlite3_file *file, int what, void *argument) {
    (void)file, (void)what, (void)argument;
    return SQLITE_NOTFOUND;
}

static int plain_number(sqlite3_file *file) {
    (void)file;
    return 0;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = plain_close,
    .xRead = plain_read,
    .xFileSize = plain_size,
    .xLock = plain_lock,
    .xUnlock = plain_lock,
    .xCheckReservedLock = plain_reserved,
    .xFileControl = plain_control,
    .xSectorSize = plain_number,
    .xDeviceCharacteristics = plain_number,
};

static platter_file *plain(const char *path) {
    const char *last = path ? strrchr(path, '/') : NULL;
    return last ? platter_find(last + 1) : NULL;
}

static int open_any(sqlite3_vfs *self, const char *path, sqlite3_file *out, int flags,
                    int *flags_out) {
    platter_file *file = plain(path);
    (void)self;
    if (!file) return below->xOpen(below, path, out, flags, flags_out);
    platter_open(file, 1);
    *(plain_file *)out = (plain_file){ .base.pMethods = &methods, .file = file };
    if (flags_out) *flags_out = flags;
    return SQLITE_OK;
}

void database_install(void) {
    disk_install();
    below = sqlite3_vfs_find(NULL);
    vfs = *below;
    vfs.zName = "simulated";
    vfs.xOpen = open_any;
    if (vfs.szOsFile < (int)sizeof(plain_file)) vfs.szOsFile = (int)sizeof(plain_file);
    sqlite3_vfs_register(&vfs, 1);
}

void database_format(void) {
    disk_format();
}

bool database_size(const char *path, size_t *bytes_out) {
    return disk_bytes(path, bytes_out) != NULL;
}

bool database_remove(const char *path) {
    return below->xDelete(below, path, 0) == SQLITE_OK;
}

void database_fault(size_t off_after, size_t fail_after, bool is_for_ever) {
    static const int codes[] = { SQLITE_FULL, SQLITE_IOERR };
    if (off_after) disk_power_off_after(off_after);
    disk_fail_after(fail_after, codes[fail_after % 2], is_for_ever);
}

bool database_is_off(void) {
    return disk_is_off();
}

void database_back_on(uint64_t seed) {
    disk_fail_after(0, SQLITE_OK, false);
    disk_power_on(seed);
}

bool database_has_failed(void) {
    return disk_has_failed();
}
