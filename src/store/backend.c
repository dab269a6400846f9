/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/backend.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/err.h"
#include "base/fds.h"
#include "base/text.h"
#include "store/peek.h"

#define BACKEND(x) extern const hpi_backend_class hpi_backend_##x;
#include "store/rows.h"
#undef BACKEND

static const hpi_backend_class *const rows[] = {
#define BACKEND(x) &hpi_backend_##x,
#include "store/rows.h"
#undef BACKEND
    NULL
};

enum { START_BYTES = 512, SHOWN_BYTES = 96 };

const hpi_backend_class *hpi_backend_at(size_t index) {
    size_t i = 0;
    while (i < index && rows[i])
        i++;
    return rows[i];
}

typedef struct finding {
    uint64_t number;
    void (*each)(void *, const hpi_record *);
    void *user;
} finding;

static bool find_one(void *user, const hpi_record *record) {
    const finding *it = user;
    if (record->number == it->number) it->each(it->user, record);
    return false;
}

hpt_status hpi_backend_find_trial(hpi_backend *backend, uint64_t                  number,
                                  void (*each)(void *, const hpi_record *), void *user,
                                  hpt_err *err) {
    const hpi_backend_class *class = backend->class;
    finding it = { number, each, user };
    if (class->find) return class->find(backend, number, each, user, err);
    return class->scan(backend, HPI_SCAN_ALL, number, find_one, &it, err);
}

/* What a file begins with. */
typedef struct file_start {
    size_t        count;
    unsigned char bytes[START_BYTES];
} file_start;

static hpt_status read_start(const char *path, file_start *start, hpt_err *err) {
    char        shown[SHOWN_BYTES];
    struct stat about;
    hpi_quote(shown, sizeof shown, path);
    if (stat(path, &about) != 0 && errno == ENOENT) return HPT_OK;
    if (stat(path, &about) != 0)
        return hpi_fail(err, HPT_EIO, "\"%s\" cannot be opened: %s", shown, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is a directory, not a study file", shown);
    if (!S_ISREG(about.st_mode))
        return hpi_fail(err, HPT_EPARSE, "\"%s\" is no regular file, so no study file", shown);
    if (hpi_databases_had(&about))
        return hpi_fail(err, HPT_EFORKED,
                        "\"%s\" was open in the process of which this one is a fork, so SQLite "
                        "cannot open it here",
                        shown);
    return hpi_peek(path, start->bytes, START_BYTES, &start->count, err);
}

static bool ends_in(const char *path, const char *suffix) {
    size_t path_bytes = strlen(path), suffix_bytes = strlen(suffix);
    return path_bytes >= suffix_bytes && strcmp(path + path_bytes - suffix_bytes, suffix) == 0;
}

static const hpi_backend_class *by_suffix(const char *path) {
    const hpi_backend_class *otherwise = NULL;
    for (size_t i = 0; rows[i]; i++) {
        if (rows[i]->suffix && ends_in(path, rows[i]->suffix)) return rows[i];
        if (strcmp(rows[i]->name, "sqlite") == 0) otherwise = rows[i];
    }
    return otherwise;
}

/* Nothing of the beginning has reached the disk when the power went while the file was made. Each
 * form knows how to go back to what there was before, if it is one of its files. */
static bool is_hole(const file_start *start) {
    return start->bytes[0] == '\0';
}

static const hpi_backend_class *by_start(const char *path, const file_start *start) {
    for (size_t i = 0; rows[i]; i++)
        if (rows[i]->is_mine(start->bytes, start->count)) return rows[i];
    return is_hole(start) ? by_suffix(path) : NULL;
}

hpt_status hpi_backend_look(const char *path, const hpi_backend_class **class_out, hpt_err *err) {
    file_start start = { .count = 0 };
    hpt_err    why = { 0 };
    hpt_status status = read_start(path, &start, &why);
    if (status == HPT_ENOMEM || status == HPT_EFORKED) return hpi_fail(err, status, "%s", why.text);
    *class_out = status == HPT_OK && start.count > 0 ? by_start(path, &start) : NULL;
    return HPT_OK;
}

hpt_status hpi_backend_find(const char *path, const hpi_backend_class **class_out, hpt_err *err) {
    char       shown[SHOWN_BYTES];
    file_start start = { .count = 0 };
    hpi_quote(shown, sizeof shown, path);
    if (*path == '\0') return hpi_fail(err, HPT_EINVAL, "a study file needs a name: it is \"\"");
    hpt_status status = read_start(path, &start, err);
    if (status != HPT_OK) return status;
    bool is_new = start.count == 0;
    const hpi_backend_class *class = is_new ? by_suffix(path) : by_start(path, &start);
    if (!class && !is_new)
        return hpi_fail(err, HPT_EPARSE,
                        "\"%s\" is no study file: neither a database nor a journal of studies",
                        shown);
    if (!class) return hpi_fail(err, HPT_EBUILD, "\"%s\": this build has no study files", shown);
    if (class->absent) return hpi_fail(err, HPT_EBUILD, "\"%s\": %s", shown, class->absent);
    *class_out = class;
    return HPT_OK;
}
