/* SPDX-License-Identifier: BSD-3-Clause */
#define _GNU_SOURCE /* O_DIRECTORY and others, whatever the library asks for */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "database.h"
#include "platter.h"
#include "system.h"

enum { FIRST_FD = 1000, FDS = 64, TEXT_BYTES = 512, DEVICE = 77, ROOT = 1 };

static const char folder[] = "/sim/";

typedef struct descriptor {
    bool          is_open, is_folder;
    platter_file *file;
    char          text[TEXT_BYTES]; /* of a file that is made up; `file` is NULL */
    int           flags;
    size_t        at;
} descriptor;

static descriptor   descriptors[FDS];
static files_faults faults;
static sim_random   by;
static size_t       calls, failed;
static bool         is_off;

void files_reset(uint64_t seed) {
    by = sim_random_of(seed, 5);
    memset(descriptors, 0, sizeof descriptors);
    platter_format();
    database_format();
    files_set(&(files_faults){ 0 });
    is_off = false;
}

void files_set(const files_faults *wanted) {
    faults = *wanted;
    calls = failed = 0;
    size_t fail_after = wanted->share > 0 ? wanted->from + 1 : 0;
    database_fault(wanted->off_at, fail_after, wanted->to - wanted->from > 10);
}

bool files_are_off(void) {
    return is_off || database_is_off();
}

size_t files_calls(void) {
    return calls;
}

size_t files_failed(void) {
    return failed + database_has_failed();
}

void files_back_on(bool is_power) {
    SIM_EXPECT(platter_open_count() == 0, "I4: %d files are still open", platter_open_count());
    if (is_power)
        platter_power_on(&by);
    else
        platter_new_process();
    database_back_on(sim_random_bits(&by));
    is_off = false;
    files_set(&(files_faults){ 0 });
}

/* ---- Faults
 * ----------------------------------------------------------------------------------------- */

static bool fail(int error) {
    errno = error;
    return false;
}

/* Ask for leave to read: only a disk without power refuses. */
static bool may_look(void) {
    sim_point();
    return is_off ? fail(EIO) : true;
}

/* ... to change something. */
static bool may_change(bool is_write) {
    static const int errors[] = { ENOSPC, EIO, EINTR, EDQUOT };
    sim_point();
    if (!is_off && ++calls == faults.off_at) is_off = true;
    if (is_off) return fail(EIO);
    if (calls < faults.from || calls >= faults.to || !sim_chance(&by, faults.share)) return true;
    failed++;
    return fail(is_write ? errors[sim_below(&by, 4)] : errors[1 + sim_below(&by, 2)]);
}

/* How much of so many bytes a write takes. */
static size_t some_of(size_t count) {
    bool is_faulty = calls >= faults.from && calls < faults.to && faults.share > 0;
    if (!is_faulty || count < 2 || sim_below(&by, 4) > 0) return count;
    return 1 + sim_below(&by, count - 1);
}

/* ---- Names
 * ------------------------------------------------------------------------------------------ */

/* In the folder; NULL: it is elsewhere. */
static const char *name_in(const char *path) {
    size_t bytes = sizeof folder - 1;
    return strncmp(path, folder, bytes) == 0 && !strchr(path + bytes, '/') ? path + bytes : NULL;
}

static bool is_folder(const char *path) {
    return strcmp(path, folder) == 0 || strcmp(path, "/sim") == 0 || strcmp(path, "/sim/.") == 0 ||
           strcmp(path, ".") == 0;
}

/* The file that a path leads to, through a link. */
static platter_file *find(const char *path, bool follows) {
    const char   *name = name_in(path);
    platter_file *file = name ? platter_find(name) : NULL;
    for (int i = 0; file && follows && platter_kind_of(file) == PLATTER_LINK && i < 8; i++) {
        char target[4096];
        snprintf(target, sizeof target, "%.*s", (int)platter_size(file), platter_bytes(file));
        const char *last = strrchr(target, '/');
        file = platter_find(last ? last + 1 : target);
    }
    return file;
}

/* What Linux tells of processes: of the one there is. False: there is no such file. */
static bool make_up(const char *path, char text_out[TEXT_BYTES]) {
    char own[64];
    snprintf(own, sizeof own, "/proc/%ld/stat", system_pid());
    if (strcmp(path, "/proc/sys/kernel/random/boot_id") == 0)
        snprintf(text_out, TEXT_BYTES, "00000000-0000-4000-8000-000000000001\n");
    else if (strcmp(path, own) == 0)
        snprintf(text_out, TEXT_BYTES,
                 "%ld (simulated) S 1 1 1 0 -1 4194560 1 1 1 1 1 1 1 1 20 0 9 0 %ld 1 1\n",
                 system_pid(), 1000 * system_pid());
    else
        return false;
    return true;
}

/* ---- Descriptors
 * ------------------------------------------------------------------------------------ */

static descriptor *of(int fd) {
    if (fd < FIRST_FD || fd >= FIRST_FD + FDS || !descriptors[fd - FIRST_FD].is_open)
        sim_fail("descriptor %d is not open", fd);
    return &descriptors[fd - FIRST_FD];
}

static int fresh(platter_file *file, bool is_a_folder, int flags) {
    int i = 0;
    while (i < FDS && descriptors[i].is_open)
        i++;
    SIM_EXPECT(i < FDS, "more than %d descriptors", FDS);
    descriptors[i] =
        (descriptor){ .is_open = true, .is_folder = is_a_folder, .file = file, .flags = flags };
    if (file) platter_open(file, 1);
    return FIRST_FD + i;
}

/* clang-format off: names that the linker makes */
int     __wrap_open(const char *path, int flags, ...);
int     __wrap_close(int fd);
ssize_t __wrap_read(int fd, void *out, size_t count);
ssize_t __wrap_pread(int fd, void *out, size_t count, off_t at);
ssize_t __wrap_write(int fd, const void *bytes, size_t count);
ssize_t __wrap_pwrite(int fd, const void *bytes, size_t count, off_t at);
int     __wrap_fsync(int fd);
int     __wrap_fdatasync(int fd);
int     __wrap_ftruncate(int fd, off_t size);
off_t   __wrap_lseek(int fd, off_t to, int whence);
int     __wrap_fcntl(int fd, int what, ...);
int     __wrap_stat(const char *path, struct stat *out);
int     __wrap_lstat(const char *path, struct stat *out);
int     __wrap_fstat(int fd, struct stat *out);
int     __wrap_access(const char *path, int mode);
int     __wrap_rename(const char *from, const char *to);
int     __wrap_unlink(const char *path);
int     __wrap_symlink(const char *target, const char *path);
int     __wrap_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags);
ssize_t __wrap_readlink(const char *path, char *out, size_t room);
char   *__wrap_getcwd(char *out, size_t room);
/* clang-format on */

static int refuse(int error) {
    errno = error;
    return -1;
}

static int open_made_up(const char *path, int flags) {
    char text[TEXT_BYTES];
    if (!make_up(path, text)) return refuse(ENOENT);
    int fd = fresh(NULL, false, flags);
    strcpy(of(fd)->text, text);
    return fd;
}

int __wrap_open(const char *path, int flags, ...) {
    if (!may_look()) return -1;
    if (is_folder(path)) return fresh(NULL, true, flags);
    if (!name_in(path)) return open_made_up(path, flags);
    platter_file *file = find(path, true);
    if (file && (flags & O_CREAT) && (flags & O_EXCL)) return refuse(EEXIST);
    if (!file && !(flags & O_CREAT)) return refuse(ENOENT);
    if (!file) {
        if (!may_change(true)) return -1;
        file = platter_make(name_in(path), PLATTER_FILE);
    }
    if (flags & O_TRUNC) platter_cut(file, 0);
    return fresh(file, false, flags);
}

/* Also without power: the process goes, and with it what it had open. */
int __wrap_close(int fd) {
    descriptor *it = of(fd);
    if (it->file) platter_open(it->file, -1);
    it->is_open = false;
    return 0;
}

static ssize_t read_at(const descriptor *it, void *out, size_t count, size_t at) {
    const char *bytes = it->file ? platter_bytes(it->file) : it->text;
    size_t      size = it->file ? platter_size(it->file) : strlen(it->text);
    if (it->is_folder) return refuse(EISDIR);
    if (at >= size) return 0;
    if (count > size - at) count = size - at;
    memcpy(out, bytes + at, count);
    return (ssize_t)count;
}

ssize_t __wrap_pread(int fd, void *out, size_t count, off_t at) {
    if (!may_look()) return -1;
    return read_at(of(fd), out, count, (size_t)at);
}

ssize_t __wrap_read(int fd, void *out, size_t count) {
    if (!may_look()) return -1;
    descriptor *it = of(fd);
    ssize_t     got = read_at(it, out, count, it->at);
    if (got > 0) it->at += (size_t)got;
    return got;
}

/* The write in which the power goes off is on its way too. */
static ssize_t write_at(descriptor *it, const void *bytes, size_t count, size_t at) {
    bool was_off = is_off;
    if (!may_change(true)) {
        if (is_off && !was_off) platter_write(it->file, at, bytes, some_of(count));
        return -1;
    }
    count = some_of(count);
    platter_write(it->file, at, bytes, count);
    return (ssize_t)count;
}

ssize_t __wrap_pwrite(int fd, const void *bytes, size_t count, off_t at) {
    return write_at(of(fd), bytes, count, (size_t)at);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t count) {
    descriptor *it = of(fd);
    size_t      at = it->flags & O_APPEND ? platter_size(it->file) : it->at;
    bool        is_torn = sim_has_plant(SIM_PLANT_TORN) && count > 1 && sim_below(&by, 8) == 0;
    ssize_t     put = write_at(it, bytes, is_torn ? count / 2 : count, at);
    if (is_torn && put > 0) put = (ssize_t)count; /* so it says */
    if (put > 0) it->at = at + (size_t)put;
    return put;
}

int __wrap_fsync(int fd) {
    descriptor *it = of(fd);
    if (!may_change(false)) {
        if (it->file && !is_off && errno != EINTR) platter_fail_sync(it->file);
        return -1;
    }
    if (sim_has_plant(SIM_PLANT_SYNC)) return 0;
    if (it->file)
        platter_sync(it->file);
    else
        platter_sync_names();
    return 0;
}

int __wrap_fdatasync(int fd) {
    return __wrap_fsync(fd);
}

int __wrap_ftruncate(int fd, off_t size) {
    if (!may_change(false)) return -1;
    platter_cut(of(fd)->file, (size_t)size);
    return 0;
}

off_t __wrap_lseek(int fd, off_t to, int whence) {
    descriptor *it = of(fd);
    size_t base = whence == SEEK_CUR ? it->at : whence == SEEK_END ? platter_size(it->file) : 0;
    it->at = base + (size_t)to;
    return (off_t)it->at;
}

int __wrap_fcntl(int fd, int what, ...) {
    descriptor *it = of(fd);
    return what == F_GETFL ? it->flags : 0;
}

static int tell(const platter_file *file, bool is_a_folder, struct stat *out) {
    if (!file && !is_a_folder) return refuse(ENOENT);
    *out =
        (struct stat){ .st_dev = DEVICE, .st_ino = ROOT, .st_mode = S_IFDIR | 0755, .st_nlink = 1 };
    if (!file) return 0;
    int64_t time_ns = platter_time_ns(file);
    out->st_ino = (ino_t)(ROOT + platter_number(file));
    out->st_mode = platter_kind_of(file) == PLATTER_LINK ? S_IFLNK | 0777 : S_IFREG | 0644;
    out->st_size = (off_t)platter_size(file);
    out->st_mtim = (struct timespec){ time_ns / 1000000000, time_ns % 1000000000 };
    return 0;
}

static int tell_database(size_t bytes, struct stat *out) {
    *out =
        (struct stat){ .st_dev = DEVICE, .st_ino = ROOT, .st_mode = S_IFREG | 0644, .st_nlink = 1 };
    out->st_ino = (ino_t)1 << 20;
    out->st_size = (off_t)bytes;
    return 0;
}

int __wrap_stat(const char *path, struct stat *out) {
    size_t bytes;
    if (!may_look()) return -1;
    if (database_size(path, &bytes)) return tell_database(bytes, out);
    return tell(find(path, true), is_folder(path), out);
}

int __wrap_lstat(const char *path, struct stat *out) {
    return may_look() ? tell(find(path, false), is_folder(path), out) : -1;
}

int __wrap_fstat(int fd, struct stat *out) {
    return may_look() ? tell(of(fd)->file, of(fd)->is_folder, out) : -1;
}

int __wrap_access(const char *path, int mode) {
    (void)mode;
    if (!may_look()) return -1;
    return find(path, true) || is_folder(path) ? 0 : refuse(ENOENT);
}

int __wrap_rename(const char *from, const char *to) {
    if (!may_change(false)) return -1;
    platter_file *file = find(from, false);
    if (!file || !name_in(to)) return refuse(ENOENT);
    platter_enter(name_in(to), file);
    platter_enter(name_in(from), NULL);
    return 0;
}

int __wrap_unlink(const char *path) {
    size_t bytes;
    if (!may_change(false)) return -1;
    if (database_size(path, &bytes)) return database_remove(path) ? 0 : refuse(EIO);
    if (!find(path, false)) return refuse(ENOENT);
    platter_enter(name_in(path), NULL);
    return 0;
}

int __wrap_symlink(const char *target, const char *path) {
    if (!may_change(true)) return -1;
    if (!name_in(path)) return refuse(ENOENT);
    if (find(path, false)) return refuse(EEXIST);
    platter_write(platter_make(name_in(path), PLATTER_LINK), 0, target, strlen(target));
    return 0;
}

int __wrap_linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    (void)from_folder, (void)to_folder, (void)flags;
    if (!may_change(true)) return -1;
    platter_file *file = find(from, false);
    if (!file || !name_in(to)) return refuse(ENOENT);
    if (find(to, false)) return refuse(EEXIST);
    platter_enter(name_in(to), file);
    return 0;
}

ssize_t __wrap_readlink(const char *path, char *out, size_t room) {
    static const char space[] = "pid:[4026531836]";
    if (!may_look()) return -1;
    const platter_file *file = find(path, false);
    bool                is_space = strcmp(path, "/proc/self/ns/pid") == 0;
    if (!file && !is_space) return refuse(ENOENT);
    if (file && platter_kind_of(file) != PLATTER_LINK) return refuse(EINVAL);
    size_t bytes = is_space ? sizeof space - 1 : platter_size(file);
    if (bytes > room) bytes = room;
    memcpy(out, is_space ? space : platter_bytes(file), bytes);
    return (ssize_t)bytes;
}

char *__wrap_getcwd(char *out, size_t room) {
    snprintf(out, room, "/sim");
    return out;
}
