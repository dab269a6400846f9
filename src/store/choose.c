/* SPDX-License-Identifier: BSD-3-Clause */
/* Which study of a file: the one of that name, the only one, or a new one named after the file. */
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/writer.h"

/* The names that are there, for a sentence; the first is kept whole. */
typedef struct listing {
    size_t count, used;
    char   names[120]; /* "\"a\", \"b\"" */
    char  *first;
    bool   is_out_of_memory;
} listing;

static bool list_one(void *user, const hpi_study_row *row) {
    listing *all = user;
    char     quoted[48];
    if (all->count++ == 0) {
        all->first = hpi_copy_text(row->name);
        all->is_out_of_memory = !all->first;
    }
    if (all->used >= sizeof all->names - 1) return !all->is_out_of_memory;
    hpi_quote(quoted, sizeof quoted, row->name);
    int wrote = snprintf(all->names + all->used, sizeof all->names - all->used, "%s\"%s\"",
                         all->count == 1 ? "" : ", ", quoted);
    if (wrote < 0 || all->used + (size_t)wrote >= sizeof all->names) {
        all->names[all->used] = '\0'; /* no half a name */
        hpi_cut(all->names + all->used, sizeof all->names - all->used, ", ...");
        all->used = sizeof all->names;
        return !all->is_out_of_memory;
    }
    all->used += (size_t)wrote;
    return !all->is_out_of_memory;
}

/* The file's name without folder and end; what begins with a dot has no end there. */
static char *stem_of(const char *path) {
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    size_t      bytes = dot && dot > name ? (size_t)(dot - name) : strlen(name);
    return hpi_copy_bytes(name, bytes);
}

static hpt_status check_name(const char *name, const char *path, bool is_stem, hpt_err *err) {
    char        shown[64];
    const char *problem = hpi_name_problem(name, HPI_STUDY_NAME_BYTES - 1);
    if (!problem) return HPT_OK;
    if (is_stem)
        return hpi_fail(err, HPT_EINVAL,
                        "the study in \"%s\" needs a study_name: the name of the file %s",
                        hpi_quote(shown, sizeof shown, path), problem);
    return hpi_fail(err, HPT_EINVAL, "study_name \"%s\" %s", hpi_quote(shown, sizeof shown, name),
                    problem);
}

/* As it will be called: the user's choice, or the stem. */
static hpt_status name_it(const char *path, const char *name, char **name_out, hpt_err *err) {
    char *copy = name ? hpi_copy_text(name) : stem_of(path);
    if (!copy) return hpi_fail(err, HPT_ENOMEM, "out of memory for a study's name");
    hpt_status status = check_name(copy, path, !name, err);
    if (status == HPT_OK)
        *name_out = copy;
    else
        hpi_free(copy);
    return status;
}

static hpt_status choose_only(hpi_backend *backend, const char *path, hpi_head *head_out,
                              char **name_out, hpt_err *err) {
    listing    all = { .count = 0 };
    char       shown[64];
    hpt_status status = backend->class->studies(backend, list_one, &all, err);
    if (status == HPT_OK && all.is_out_of_memory)
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for a study's name");
    if (status == HPT_OK && all.count > 1)
        status = hpi_fail(err, HPT_EINVAL,
                          "\"%s\" holds %zu studies, and study_name says none of them: %s",
                          hpi_quote(shown, sizeof shown, path), all.count, all.names);
    if (status == HPT_OK && all.count == 1)
        status = backend->class->select(backend, all.first, head_out, err);
    if (status == HPT_OK && all.count == 0) status = name_it(path, NULL, name_out, err);
    hpi_free(all.first);
    return status;
}

hpt_status hpi_store_choose(hpi_backend *backend, const char *path, const char *name,
                            hpi_head *head_out, char **name_out, hpt_err *err) {
    hpt_err why = { 0 };
    if (!name) return choose_only(backend, path, head_out, name_out, err);
    hpt_status status = backend->class->select(backend, name, head_out, &why);
    if (status == HPT_EABSENT) return name_it(path, name, name_out, err);
    return status == HPT_OK ? status : hpi_fail(err, status, "%s", why.text);
}
