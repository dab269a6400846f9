/* SPDX-License-Identifier: BSD-3-Clause */
#include <inttypes.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "store/history.h"

typedef struct collecting {
    hpi_study_names *names;
    hpt_status       status;
} collecting;

static bool grow(hpi_study_names *names) {
    size_t room = names->room ? 2 * names->room : 8;
    char **list = hpi_resize(names->list, room, sizeof *list);
    if (!list) return false;
    names->list = list;
    names->room = room;
    return true;
}

static bool collect(void *user, const hpi_study_row *row) {
    collecting      *all = user;
    hpi_study_names *names = all->names;
    if (names->count == HPI_HISTORY_NAMES_MAX) {
        all->status = HPT_ELIMIT;
        return false;
    }
    char *name = names->count < names->room || grow(names) ? hpi_copy_text(row->name) : NULL;
    if (!name) {
        all->status = HPT_ENOMEM;
        return false;
    }
    names->list[names->count++] = name;
    return true;
}

hpt_status hpi_study_names_read(hpi_study_names *names, hpi_backend *backend, hpt_err *err) {
    *names = (hpi_study_names){ 0 };
    collecting all = { .names = names, .status = HPT_OK };
    hpt_status status = backend->class->studies(backend, collect, &all, err);
    if (status == HPT_OK && all.status == HPT_ENOMEM)
        status = hpi_fail(err, HPT_ENOMEM, "out of memory for the names of studies");
    if (status == HPT_OK && all.status == HPT_ELIMIT)
        status =
            hpi_fail(err, HPT_ELIMIT, "the file has more than %d studies", HPI_HISTORY_NAMES_MAX);
    if (status != HPT_OK) hpi_study_names_fini(names);
    return status;
}

void hpi_study_names_fini(hpi_study_names *names) {
    for (size_t i = 0; i < names->count; i++)
        hpi_free(names->list[i]);
    hpi_free(names->list);
    *names = (hpi_study_names){ 0 };
}

static const char *name_at(const void *context, size_t index) {
    const hpi_study_names *names = context;
    return index < names->count ? names->list[index] : NULL;
}

static hpt_status refuse_absent(const hpi_study_names *names, const char *path, const char *name,
                                hpt_err *err) {
    char shown[72], quoted[72];
    hpi_quote(shown, sizeof shown, path);
    if (names->count == 0) return hpi_fail(err, HPT_EABSENT, "\"%s\" holds no study", shown);
    hpi_fail(err, HPT_EABSENT, "\"%s\" has no study \"%s\"", shown,
             hpi_quote(quoted, sizeof quoted, name));
    hpi_suggest(err, name, name_at, names);
    return HPT_EABSENT;
}

hpt_status hpi_study_names_choose(const hpi_study_names *names, const char *path, const char *name,
                                  const char **name_out, hpt_err *err) {
    char shown[72];
    for (size_t i = 0; i < names->count && name; i++) {
        if (strcmp(names->list[i], name) != 0) continue;
        *name_out = names->list[i];
        return HPT_OK;
    }
    if (name || names->count == 0) return refuse_absent(names, path, name ? name : "", err);
    if (names->count == 1) {
        *name_out = names->list[0];
        return HPT_OK;
    }
    hpi_fail(err, HPT_EINVAL, "\"%s\" holds %zu studies, and study_name is NULL",
             hpi_quote(shown, sizeof shown, path), names->count);
    hpi_suggest(err, NULL, name_at, names);
    return HPT_EINVAL;
}
