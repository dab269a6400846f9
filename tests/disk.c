/* SPDX-License-Identifier: BSD-3-Clause */
#include "disk.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "unsynced.h"

enum {
    SECTOR = 512, /* what SQLite is told; see change_in_sector() */
    NAME_BYTES = 256,
    INODES = 64,
    OPS = 4096,
    SLOTS = SQLITE_SHM_NLOCK,
    REGIONS = 64
};

typedef struct inode {
    content  now, safe; /* as programs see it; as it is on the platter */
    unsynced changes;   /* from *safe* to *now* */
    bool     is_used;
    int      opened;
    int      shared, reserved, pending, exclusive; /* locks: how many connections */
    void    *regions[REGIONS];
    int      slot_shared[SLOTS], slot_exclusive[SLOTS];
} inode;

/* The folder: names and what they stand for. */
typedef struct entry {
    char name[NAME_BYTES];
    int  inode; /* -1: removed */
} entry;

typedef struct disk_file {
    sqlite3_file base;
    int          inode;
    int          level;
    unsigned     slot_shared, slot_exclusive;
    bool         syncs_folder; /* as SQLite does for logs and journals at their first sync */
    bool         has_shm;
} disk_file;

static struct {
    sqlite3_vfs vfs, *real;
    inode       inodes[INODES];
    int         inode_count;
    entry       entries[OPS]; /* all changes of the folder in order: the last of a name counts */
    size_t      entry_count, entry_safe;
    size_t      calls, changes, syncs, cut_at, fail_at;
    int         fail_code;
    bool        is_off, fails_for_ever, has_failed;
} disk;

/* ------------------------------------------------------------------------------------- failures */

/* Ask for leave to do something. */
static int call(bool is_change, bool is_write) {
    disk.calls++;
    if (is_change && !disk.is_off && ++disk.changes == disk.cut_at) disk.is_off = true;
    if (disk.is_off) return SQLITE_IOERR;
    if (!disk.fail_at || (disk.fail_code == SQLITE_FULL && !is_write)) return SQLITE_OK;
    if (disk.fail_at > 1) {
        disk.fail_at--;
        return SQLITE_OK;
    }
    disk.has_failed = true;
    if (!disk.fails_for_ever) disk.fail_at = 0;
    return disk.fail_code;
}

void disk_power_off_after(size_t changes) {
    disk.cut_at = disk.changes + changes;
}

bool disk_is_off(void) {
    return disk.is_off;
}

void disk_fail_after(size_t calls, int code, bool is_for_ever) {
    disk.fail_at = calls;
    disk.fail_code = code;
    disk.fails_for_ever = is_for_ever;
    disk.has_failed = false;
}

bool disk_has_failed(void) {
    return disk.has_failed;
}
size_t disk_calls(void) {
    return disk.calls;
}
size_t disk_changes(void) {
    return disk.changes;
}
size_t disk_syncs(void) {
    return disk.syncs;
}

/* --------------------------------------------------------------------------------------- folder */

static int find(const char *name, size_t count) {
    for (size_t i = count; i-- > 0;)
        if (strcmp(disk.entries[i].name, name) == 0) return disk.entries[i].inode;
    return -1;
}

static void enter(const char *name, int number) {
    if (disk.entry_count == OPS || strlen(name) >= NAME_BYTES) abort();
    entry *fresh = &disk.entries[disk.entry_count++];
    memcpy(fresh->name, name, strlen(name) + 1);
    fresh->inode = number;
}

/* --------------------------------------------------------------------------------------- content
 */

static void make_safe(inode *file) {
    content_copy(&file->safe, &file->now);
    unsynced_forget(&file->changes);
}

static inode *new_inode(int *number_out) {
    int number = 0;
    while (number < disk.inode_count && disk.inodes[number].is_used)
        number++;
    if (number == INODES) abort();
    if (number == disk.inode_count) disk.inode_count++;
    *number_out = number;
    disk.inodes[number] = (inode){ .is_used = true };
    return &disk.inodes[number];
}

static void drop(inode *file) {
    unsynced_forget(&file->changes);
    for (int i = 0; i < REGIONS; i++)
        free(file->regions[i]);
    free(file->changes.list);
    free(file->now.bytes);
    free(file->safe.bytes);
    *file = (inode){ 0 };
}

void disk_format(void) {
    for (int i = 0; i < disk.inode_count; i++)
        drop(&disk.inodes[i]);
    disk.inode_count = 0;
    disk.entry_count = disk.entry_safe = 0;
    disk.calls = disk.changes = disk.syncs = disk.cut_at = disk.fail_at = 0;
    disk.is_off = disk.has_failed = false;
    sqlite3_randomness(0, NULL); /* SQLite's own begins again */
}

/* ---------------------------------------------------------------------------------------- power */

static uint64_t random_bits(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state * UINT64_C(0x2545F4914F6CDD1D) >> 11;
}

static void apply(inode *file, const change *one, uint64_t *state, unsigned luck) {
    if (!one->bytes) {
        if (random_bits(state) % 8 < luck) content_resize(&file->now, one->at);
        return;
    }
    for (size_t from = 0, part; from < one->count; from += part) {
        part = change_in_sector(one, from);
        if (random_bits(state) % 8 < luck)
            content_put(&file->now, one->at + from, one->bytes + from, part);
    }
}

/* What is on the platter, and by chance some of what was on its way. */
static void survive(inode *file, uint64_t *state) {
    unsigned luck = (unsigned)(random_bits(state) % 9); /* of 8 */
    content_copy(&file->now, &file->safe);
    for (size_t i = 0; i < file->changes.count; i++)
        apply(file, &file->changes.list[i], state, luck);
    make_safe(file);
    for (int i = 0; i < REGIONS; i++) {
        free(file->regions[i]);
        file->regions[i] = NULL;
    }
    file->shared = file->reserved = file->pending = file->exclusive = 0;
    memset(file->slot_shared, 0, sizeof file->slot_shared);
    memset(file->slot_exclusive, 0, sizeof file->slot_exclusive);
}

void disk_power_on(uint64_t seed) {
    uint64_t state = seed * UINT64_C(0x9E3779B97F4A7C15) + 1;
    size_t   unsafe = disk.entry_count - disk.entry_safe;
    random_bits(&state);
    disk.entry_count = disk.entry_safe + random_bits(&state) % (unsafe + 1);
    disk.entry_safe = disk.entry_count;
    for (int i = 0; i < disk.inode_count; i++)
        if (disk.inodes[i].is_used) survive(&disk.inodes[i], &state);
    disk.is_off = false;
    disk.cut_at = 0;
}

/* ------------------------------------------------------------------------------ a file's methods
 */

static inode *of(sqlite3_file *file) {
    return &disk.inodes[((disk_file *)file)->inode];
}

static int file_unlock(sqlite3_file *file, int level) {
    disk_file *at = (disk_file *)file;
    inode     *it = of(file);
    if (at->level >= SQLITE_LOCK_EXCLUSIVE) it->exclusive--;
    if (at->level >= SQLITE_LOCK_PENDING) it->pending--;
    if (at->level >= SQLITE_LOCK_RESERVED) it->reserved--;
    if (at->level >= SQLITE_LOCK_SHARED && level < SQLITE_LOCK_SHARED) it->shared--;
    at->level = level;
    return SQLITE_OK;
}

static int file_lock(sqlite3_file *file, int level) {
    disk_file *at = (disk_file *)file;
    inode     *it = of(file);
    int        code = call(false, false);
    if (code != SQLITE_OK || at->level >= level) return code;
    if (at->level < SQLITE_LOCK_SHARED) {
        if (it->pending || it->exclusive) return SQLITE_BUSY;
        it->shared++;
        at->level = SQLITE_LOCK_SHARED;
    }
    if (level >= SQLITE_LOCK_RESERVED && at->level < SQLITE_LOCK_RESERVED) {
        if (it->reserved) return SQLITE_BUSY;
        it->reserved++;
        at->level = SQLITE_LOCK_RESERVED;
    }
    if (level >= SQLITE_LOCK_PENDING && at->level < SQLITE_LOCK_PENDING) {
        it->pending++;
        at->level = SQLITE_LOCK_PENDING;
    }
    if (level < SQLITE_LOCK_EXCLUSIVE) return SQLITE_OK;
    if (it->shared > 1) return SQLITE_BUSY;
    it->exclusive++;
    at->level = SQLITE_LOCK_EXCLUSIVE;
    return SQLITE_OK;
}

static int file_reserved(sqlite3_file *file, int *out) {
    *out = of(file)->reserved > 0;
    return SQLITE_OK;
}

static int shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    disk_file *at = (disk_file *)file;
    inode     *it = of(file);
    bool       is_shared = (flags & SQLITE_SHM_SHARED) != 0;
    for (int i = offset; i < offset + count; i++) {
        unsigned bit = 1U << i;
        if (flags & SQLITE_SHM_UNLOCK) {
            if (at->slot_shared & bit) it->slot_shared[i]--;
            if (at->slot_exclusive & bit) it->slot_exclusive[i]--;
            at->slot_shared &= ~bit;
            at->slot_exclusive &= ~bit;
            continue;
        }
        int shared = it->slot_shared[i] - ((at->slot_shared & bit) != 0);
        int exclusive = it->slot_exclusive[i] - ((at->slot_exclusive & bit) != 0);
        if (exclusive || (!is_shared && shared)) return SQLITE_BUSY;
    }
    if (flags & SQLITE_SHM_UNLOCK) return SQLITE_OK;
    for (int i = offset; i < offset + count; i++) {
        unsigned  bit = 1U << i;
        unsigned *mine = is_shared ? &at->slot_shared : &at->slot_exclusive;
        if (*mine & bit) continue;
        *mine |= bit;
        (is_shared ? it->slot_shared : it->slot_exclusive)[i]++;
    }
    return SQLITE_OK;
}

static int shm_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **out) {
    inode *it = of(file);
    int    code = call(false, false);
    *out = NULL;
    if (code != SQLITE_OK) return code;
    if (region >= REGIONS) return SQLITE_NOMEM;
    ((disk_file *)file)->has_shm = true;
    if (!it->regions[region] && extend) it->regions[region] = calloc(1, (size_t)bytes);
    *out = it->regions[region];
    return SQLITE_OK;
}

static void shm_barrier(sqlite3_file *file) {
    (void)file;
}

static int shm_unmap(sqlite3_file *file, int is_last) {
    (void)is_last;
    shm_lock(file, 0, SLOTS, SQLITE_SHM_UNLOCK | SQLITE_SHM_SHARED);
    ((disk_file *)file)->has_shm = false;
    inode *it = of(file);
    if (it->opened > 1) return SQLITE_OK;
    for (int i = 0; i < REGIONS; i++) {
        free(it->regions[i]);
        it->regions[i] = NULL;
    }
    return SQLITE_OK;
}

static int file_close(sqlite3_file *file) {
    file_unlock(file, SQLITE_LOCK_NONE);
    of(file)->opened--;
    return SQLITE_OK;
}

static int file_read(sqlite3_file *file, void *out, int count, sqlite3_int64 at) {
    const inode *it = of(file);
    int          code = call(false, false);
    size_t       from = (size_t)at, wanted = (size_t)count;
    if (code != SQLITE_OK) return code == SQLITE_FULL ? SQLITE_IOERR_READ : code;
    size_t has = from < it->now.size ? it->now.size - from : 0;
    if (has > wanted) has = wanted;
    if (has) memcpy(out, it->now.bytes + from, has);
    memset((char *)out + has, 0, wanted - has);
    return has == wanted ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static int file_write(sqlite3_file *file, const void *bytes, int count, sqlite3_int64 at) {
    inode *it = of(file);
    bool   was_off = disk.is_off;
    int    code = call(true, true);
    /* The one that the power goes off in is on its way too. */
    if (!was_off && (code == SQLITE_OK || disk.is_off)) {
        unsynced_note(&it->changes, (size_t)at, bytes, (size_t)count);
        content_put(&it->now, (size_t)at, bytes, (size_t)count);
    }
    return code;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    int code = call(true, true);
    if (code != SQLITE_OK) return code;
    unsynced_note(&of(file)->changes, (size_t)size, NULL, 0);
    content_resize(&of(file)->now, (size_t)size);
    return SQLITE_OK;
}

static int file_sync(sqlite3_file *file, int flags) {
    disk_file *at = (disk_file *)file;
    int        code = call(true, false);
    (void)flags;
    if (code != SQLITE_OK) return code;
    disk.syncs++;
    make_safe(of(file));
    if (at->syncs_folder) disk.entry_safe = disk.entry_count;
    at->syncs_folder = false;
    return SQLITE_OK;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size_out) {
    int code = call(false, false);
    *size_out = (sqlite3_int64)of(file)->now.size;
    return code;
}

static int file_control(sqlite3_file *file, int what, void *argument) {
    (void)file, (void)what, (void)argument;
    return SQLITE_NOTFOUND;
}

static int file_sector(sqlite3_file *file) {
    (void)file;
    return SECTOR;
}

static int file_device(sqlite3_file *file) {
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE; /* as SQLite takes every disk to be */
}

static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_device,
    .xShmMap = shm_map,
    .xShmLock = shm_lock,
    .xShmBarrier = shm_barrier,
    .xShmUnmap = shm_unmap,
};

/* ------------------------------------------------------------------------------ the disk's methods
 */

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
                     int *flags_out) {
    static unsigned temporary;
    char            made_up[32];
    disk_file      *at = (disk_file *)file;
    (void)vfs;
    memset(at, 0, sizeof *at);
    if (!name) name = sqlite3_snprintf(sizeof made_up, made_up, "temporary-%u", temporary++);
    int  number = find(name, disk.entry_count);
    bool is_new = number < 0;
    int  code = call(is_new && (flags & SQLITE_OPEN_CREATE), false);
    if (code != SQLITE_OK) return SQLITE_CANTOPEN;
    if (is_new && !(flags & SQLITE_OPEN_CREATE)) return SQLITE_CANTOPEN;
    if (is_new) {
        new_inode(&number);
        enter(name, number);
    }
    at->inode = number;
    at->base.pMethods = &methods;
    at->syncs_folder = is_new && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL));
    disk.inodes[number].opened++;
    if (flags_out) *flags_out = flags;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int syncs_folder) {
    int code = call(true, false);
    (void)vfs;
    if (code != SQLITE_OK) return code;
    if (find(name, disk.entry_count) < 0) return SQLITE_IOERR_DELETE_NOENT;
    enter(name, -1);
    if (syncs_folder) disk.entry_safe = disk.entry_count;
    return SQLITE_OK;
}

static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out) {
    int number = find(name, disk.entry_count), code = call(false, false);
    (void)vfs;
    *out = number >= 0 && (flags != SQLITE_ACCESS_EXISTS || disk.inodes[number].now.size > 0);
    return code == SQLITE_OK ? SQLITE_OK : SQLITE_IOERR_ACCESS;
}

static int disk_full_name(sqlite3_vfs *vfs, const char *name, int room, char *out) {
    (void)vfs;
    sqlite3_snprintf(room, out, "%s", name);
    return SQLITE_OK;
}

static int disk_randomness(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs;
    memset(out, 7, (size_t)count); /* the same each time */
    return count;
}

static int disk_sleep(sqlite3_vfs *vfs, int us) {
    (void)vfs;
    return us; /* nobody else is there to wait for */
}

static int disk_time(sqlite3_vfs *vfs, double *out) {
    (void)vfs;
    return disk.real->xCurrentTime(disk.real, out);
}

static int disk_last_error(sqlite3_vfs *vfs, int count, char *out) {
    (void)vfs, (void)count, (void)out;
    return 0;
}

void disk_install(void) {
    disk.real = sqlite3_vfs_find(NULL);
    disk.vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = sizeof(disk_file),
        .mxPathname = NAME_BYTES - 1,
        .zName = "disk",
        .xOpen = disk_open,
        .xDelete = disk_delete,
        .xAccess = disk_access,
        .xFullPathname = disk_full_name,
        .xRandomness = disk_randomness,
        .xSleep = disk_sleep,
        .xCurrentTime = disk_time,
        .xGetLastError = disk_last_error,
    };
    sqlite3_vfs_register(&disk.vfs, 1);
    disk_format();
}

void disk_remove(void) {
    disk_format();
    sqlite3_vfs_register(disk.real, 1);
    sqlite3_vfs_unregister(&disk.vfs);
}

unsigned char *disk_bytes(const char *name, size_t *count_out) {
    int number = find(name, disk.entry_count);
    if (number < 0) return NULL;
    *count_out = disk.inodes[number].now.size;
    return disk.inodes[number].now.bytes;
}

void disk_put(const char *name, const unsigned char *bytes, size_t count) {
    int number = find(name, disk.entry_count);
    if (number < 0) {
        new_inode(&number);
        enter(name, number);
    }
    inode *file = &disk.inodes[number];
    content_resize(&file->now, count);
    content_put(&file->now, 0, bytes, count);
    make_safe(file);
    disk.entry_safe = disk.entry_count;
}
