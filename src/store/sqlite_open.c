/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/sqlite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

enum {
    /* Pages of the log before they are brought into the database; then it begins anew, over itself.
     * What a group of trials changes at the end of each table it changes again and again, so the
     * longer the log, the less is written twice: with four times as many pages a run of 20 000
     * trials a second makes 6 % fewer writes. But a sync of what was there before is cheaper than
     * one of a file that grows, which has to write what the file system knows of it too. */
    LOG_PAGES = 1024,
    PAGE_BYTES = 4096,
    READ_WAIT_MS = 10000, /* for a process that recovers the file or closes it as the last one */
    CLOSE_WAIT_MS = 100
};

/* A file from elsewhere may say anything: SQLite is not to believe sizes beyond what a study can
 * have. */
static void limit(sqlite3 *db) {
    static const struct {
        int what, value;
    } limits[] = {
        { SQLITE_LIMIT_LENGTH, 128 << 20 }, { SQLITE_LIMIT_SQL_LENGTH, 1 << 20 },
        { SQLITE_LIMIT_COLUMN, 100 },       { SQLITE_LIMIT_EXPR_DEPTH, 100 },
        { SQLITE_LIMIT_ATTACHED, 0 },       { SQLITE_LIMIT_TRIGGER_DEPTH, 10 },
        { SQLITE_LIMIT_WORKER_THREADS, 0 },
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        sqlite3_limit(db, limits[i].what, limits[i].value);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    /* As is usual; but a program may want it otherwise for all its databases. What is said of a
     * trial is put before its row. */
    sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_FKEY, 0, NULL);
}

/* ------------------------------------------------------------------------------------- opening */

char *hpi_sqlite_plain_name(const char *path) {
    size_t room = strlen(path) + 3;
    char  *name = hpi_alloc(room, 1);
    if (name) snprintf(name, room, "%s%s", path[0] == '/' ? "" : "./", path);
    return name;
}

/* Of a file that cannot be made SQLite only says that it is not there. */
static int why_not_made(const char *path) {
    const char *slash = strrchr(path, '/');
    size_t      bytes = slash ? (size_t)(slash - path) + 1 : 0;
    char       *folder = hpi_alloc(bytes + 2, 1);
    if (!folder) return ENOMEM;
    snprintf(folder, bytes + 2, "%.*s.", (int)bytes, path);
    int why = access(folder, W_OK | X_OK) == 0 ? ENOENT : errno;
    hpi_free(folder);
    return why;
}

static hpt_status cannot_open(const hpi_sqlite *file, int code, hpt_err *err) {
    int cause = file->db ? sqlite3_system_errno(file->db) : 0;
    if ((code & 0xff) == SQLITE_NOMEM) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    if ((code & 0xff) == SQLITE_CANTOPEN && cause == ENOENT && file->mode == HPI_OPEN_CREATE)
        return hpi_fail(err, HPT_EIO, "cannot make \"%s\": %s", file->shown,
                        strerror(why_not_made(file->path)));
    if ((code & 0xff) == SQLITE_CANTOPEN && cause)
        return hpi_fail(err, HPT_EIO, "cannot open \"%s\": %s", file->shown, strerror(cause));
    return hpi_sqlite_fail(file, code, "opened", err);
}

/* Instead of SQLite's own, which would bring the log in before the commit returns. */
static int note_log(void *user, sqlite3 *db, const char *name, int pages) {
    (void)db;
    (void)name;
    ((hpi_sqlite *)user)->log_pages = pages;
    return SQLITE_OK;
}

void hpi_sqlite_bring_in_log(hpi_sqlite *file) {
    if (file->log_pages < LOG_PAGES) return;
    file->log_pages = 0;
    /* What others still read of it stays; a failure changes nothing, and the next commit tries. */
    sqlite3_wal_checkpoint_v2(file->db, "main", SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* No worker process of another run is to write into it, and none is forked before that is known.
 * SQLite's own path, which is that of no link: what it has beside the file is beside that. */
static int open_ours(hpi_sqlite *file, const char *name, int flags) {
    hpi_fds_begin();
    int code = sqlite3_open_v2(name, &file->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK) file->whole_path = hpi_copy_text(sqlite3_db_filename(file->db, "main"));
    if (code == SQLITE_OK && !file->whole_path) code = SQLITE_NOMEM;
    if (code == SQLITE_OK) hpi_database_enter(&file->database, file->whole_path);
    hpi_fds_end();
    return code;
}

static void disconnect(hpi_sqlite *file) {
    sqlite3_close(file->db);
    file->db = NULL;
    hpi_database_leave(&file->database);
    hpi_free(file->whole_path);
    file->whole_path = NULL;
}

static hpt_status connect_to(hpi_sqlite *file, const char *name, int flags, hpt_err *err) {
    int code = open_ours(file, name, flags);
    if (code != SQLITE_OK) return cannot_open(file, code, err);
    limit(file->db);
    sqlite3_busy_timeout(file->db, READ_WAIT_MS);
    sqlite3_wal_hook(file->db, note_log, file);
    return HPT_OK;
}

static hpt_status connect_plain(hpi_sqlite *file, hpt_err *err) {
    struct stat found;
    if (stat(file->path, &found) == 0 && S_ISDIR(found.st_mode))
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is a directory, not a study file", file->shown);
    char *name = hpi_sqlite_plain_name(file->path);
    if (!name) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    /* Reading goes through the same door: a connection that may not write cannot tidy up the log
     * and its index when it closes. What may not be written SQLite opens for reading by itself. */
    int        create = file->mode == HPI_OPEN_CREATE ? SQLITE_OPEN_CREATE : 0;
    hpt_status status = connect_to(file, name, SQLITE_OPEN_READWRITE | create, err);
    hpi_free(name);
    if (status == HPT_OK && file->mode != HPI_OPEN_READ && sqlite3_db_readonly(file->db, "main"))
        return hpi_fail(err, HPT_EIO, "\"%s\" may not be written", file->shown);
    return status;
}

/* A name as it stands in a URI: SQLite takes "?", "#" and "%" for parts of it. */
static char *uri_of(const char *path) {
    static const char digits[] = "0123456789abcdef", tail[] = "?immutable=1";
    size_t            bytes = strlen(path);
    char             *uri = hpi_alloc(3 * bytes + sizeof tail + 8, 1);
    if (!uri) return NULL;
    char *at = uri + 5;
    memcpy(uri, "file:", 5);
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = (unsigned char)path[i];
        *at++ = '%', *at++ = digits[byte >> 4], *at++ = digits[byte & 15];
    }
    memcpy(at, tail, sizeof tail);
    return uri;
}

static bool has_log(const hpi_sqlite *file) {
    sqlite3_vfs *vfs = NULL;
    const char  *name = sqlite3_db_filename(file->db, "main");
    int          is_there = 0;
    sqlite3_file_control(file->db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs);
    if (!vfs || !name || !name[0]) return false;
    /* "Exists" is "exists and is not empty" to SQLite. */
    vfs->xAccess(vfs, sqlite3_filename_wal(name), SQLITE_ACCESS_EXISTS, &is_there);
    return is_there != 0;
}

/* Where nothing can be written, SQLite cannot make the index of the log that it wants beside the
 * file. Without a log there is nothing to index: nobody can be writing there. */
static hpt_status connect_read_only(hpi_sqlite *file, hpt_err *err) {
    if (has_log(file))
        return hpi_fail(
            err, HPT_EIO,
            "\"%s\" cannot be read where nothing can be written: its last part is still in "
            "the log beside it; copy both to another folder",
            file->shown);
    char *uri = uri_of(sqlite3_db_filename(file->db, "main"));
    if (!uri) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    disconnect(file);
    hpt_status status = connect_to(file, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    hpi_free(uri);
    return status;
}

static hpt_status file_bytes(const hpi_sqlite *file, sqlite3_int64 *bytes_out, hpt_err *err) {
    sqlite3_file *opened = NULL;
    int           code = sqlite3_file_control(file->db, "main", SQLITE_FCNTL_FILE_POINTER, &opened);
    if (code == SQLITE_OK && (!opened || !opened->pMethods)) code = SQLITE_CANTOPEN;
    if (code == SQLITE_OK) code = opened->pMethods->xFileSize(opened, bytes_out);
    if (code != SQLITE_OK) return cannot_open(file, code, err);
    /* A file of one byte is empty to SQLite. More there may be by now: somebody makes it. */
    struct stat found;
    if (*bytes_out == 0 && stat(file->path, &found) == 0 && found.st_size == 1)
        return hpi_sqlite_fail(file, SQLITE_NOTADB, "read", err);
    return HPT_OK;
}

/* The first read: which mode the file is in, whether it is a database at all. (fullfsync is for
 * macOS, as in base/system_darwin.c.) */
static int look(const hpi_sqlite *file) {
    return sqlite3_exec(
        file->db,
        "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA cache_size = -8192;"
        "SELECT count(*) FROM sqlite_master; PRAGMA synchronous = EXTRA; PRAGMA fullfsync = ON",
        NULL, NULL, NULL);
}

static bool is_unwritable(int code) {
    return (code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY;
}

static hpt_status begin_reading(hpi_sqlite *file, hpt_err *err) {
    int code = look(file);
    if (file->mode == HPI_OPEN_READ && is_unwritable(code)) {
        hpt_status status = connect_read_only(file, err);
        if (status != HPT_OK) return status;
        code = look(file);
    }
    if (code != SQLITE_OK) return hpi_sqlite_fail(file, code, "read", err);
    if (file->mode != HPI_OPEN_READ) return HPT_OK;
    /* A log that was there before stays as it is. */
    if (has_log(file)) sqlite3_db_config(file->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return hpi_sqlite_run_text(file, "PRAGMA query_only = ON", "read", err);
}

static hpt_status open_file(hpi_sqlite *file, hpt_err *err) {
    sqlite3_int64 bytes = 0;
    hpt_status    status = connect_plain(file, err);
    if (status == HPT_OK) status = file_bytes(file, &bytes, err);
    if (status == HPT_OK && bytes == 0 && file->mode != HPI_OPEN_CREATE && !has_log(file))
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is empty", file->shown);
    if (status == HPT_OK) status = begin_reading(file, err);
    if (status == HPT_OK) status = hpi_sqlite_schema_check(file, err);
    if (status == HPT_OK && !file->has_schema && file->mode != HPI_OPEN_CREATE)
        return hpi_fail(err, HPT_EPARSE,
                        "\"%s\" is a database without a study; one that was copied while it was "
                        "written, or after a kill, needs the file of that name with -wal, too",
                        file->shown);
    return status;
}

hpt_status hpi_sqlite_open(const char *path, hpi_open_mode mode, hpi_backend **backend_out,
                           hpt_err *err) {
    if (!path || !path[0]) return hpi_fail(err, HPT_EINVAL, "the study file has no name");
    if (!sqlite3_threadsafe())
        return hpi_fail(err, HPT_EBUILD, "this SQLite was built without threads");
    hpi_sqlite *file = hpi_alloc(1, sizeof *file);
    if (!file) return hpi_fail(err, HPT_ENOMEM, "out of memory");
    file->base.class = &hpi_backend_sqlite;
    file->mode = mode;
    file->path = hpi_copy_text(path);
    hpi_quote(file->shown, sizeof file->shown, path);
    hpt_status status =
        file->path ? open_file(file, err) : hpi_fail(err, HPT_ENOMEM, "out of memory");
    if (status != HPT_OK) {
        hpi_sqlite_close(&file->base);
        return status;
    }
    *backend_out = &file->base;
    return HPT_OK;
}

/* ---------------------------------------------------------------------------- writing, closing */

static hpt_status set_log(hpi_sqlite *file, hpt_err *err) {
    int code = sqlite3_exec(file->db, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
    /* Others have the file open in its old mode, or the file system cannot share memory: then it
     * stays as it is, which is slower and as safe. */
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED)
        return HPT_OK;
    return hpi_sqlite_fail(file, code, "written", err);
}

hpt_status hpi_sqlite_tune(hpi_sqlite *file, hpt_err *err) {
    if (file->is_tuned) return HPT_OK;
    hpt_status status = set_log(file, err);
    if (status == HPT_OK) {
        char *sql = sqlite3_mprintf("PRAGMA journal_size_limit = %d", LOG_PAGES * PAGE_BYTES);
        status = sql ? hpi_sqlite_run_text(file, sql, "written", err)
                     : hpi_fail(err, HPT_ENOMEM, "out of memory");
        sqlite3_free(sql);
    }
    file->is_tuned = status == HPT_OK;
    return status;
}

static int note_mode(void *is_alone, int count, char **values, char **names) {
    (void)names;
    *(bool *)is_alone = count == 1 && values[0] && sqlite3_stricmp(values[0], "delete") == 0;
    return 0;
}

/* Without the log: SQLite removes it and its index, unless somebody else has them open. */
hpt_status hpi_sqlite_make_alone(hpi_backend *backend, hpt_err *err) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    bool        is_alone = false;
    sqlite3_busy_timeout(file->db, 0);
    int code = sqlite3_exec(file->db, "PRAGMA journal_mode = DELETE", note_mode, &is_alone, NULL);
    if (code != SQLITE_OK) return hpi_sqlite_fail(file, code, "written", err);
    return is_alone ? HPT_OK : hpi_fail(err, HPT_EBUSY, "\"%s\" is in use", file->shown);
}

/* The last one to close brings the log into the file and removes it. While others only look at the
 * file that is not done by itself, so it is done here. */
static void tidy(hpi_sqlite *file) {
    sqlite3_busy_timeout(file->db, CLOSE_WAIT_MS);
    sqlite3_wal_checkpoint_v2(file->db, "main", SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

void hpi_sqlite_close(hpi_backend *backend) {
    hpi_sqlite *file = (hpi_sqlite *)backend;
    if (!file) return;
    hpi_sqlite_forget(file);
    hpi_sqlite_statements_fini(file);
    if (file->db && !sqlite3_get_autocommit(file->db))
        sqlite3_exec(file->db, "ROLLBACK", NULL, NULL, NULL);
    if (file->db && file->is_tuned) tidy(file);
    disconnect(file);
    hpi_bytes_fini(&file->bytes);
    hpi_record_room_fini(&file->old_room);
    hpi_free(file->path);
    hpi_free(file);
}
