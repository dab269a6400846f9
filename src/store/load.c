/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/load.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"
#include "store/backend.h"

hpt_status hpi_load_fail(const hpi_loading *loading, hpt_status status, const char *format, ...) {
    char    path[64], sentence[200];
    va_list arguments;
    va_start(arguments, format);
    hpi_format(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    return hpi_fail(loading->err, status, "%s, line %zu: %s",
                    hpi_quote(path, sizeof path, loading->path), loading->line, sentence);
}

hpt_trial_state hpi_load_state(const char *word) {
    for (int state = 1; state < HPT_TRIAL_STATE_COUNT; state++)
        if (strcmp(word, hpt_trial_state_text((hpt_trial_state)state)) == 0)
            return (hpt_trial_state)state;
    return HPT_TRIAL_RUNNING;
}

/* The value that is kept is the space's own: on its step, its text. Null also stands for what is
 * inactive; who takes the point sees to that. */
hpt_status hpi_load_value(hpi_loading *loading, hpt_param param, hpt_value value, hpt_err *err) {
    const hpt_space *space = loading->into->space;
    hpt_coord        coord;
    hpt_err          why = { 0 };
    hpt_status       status = hpt_space_coord(space, param, value, &coord, &why);
    bool may_rest = value.type == HPT_TYPE_NULL && hpi_space_is_conditional(space, param);
    if (status != HPT_OK && !may_rest) return hpi_fail(err, status, "%s", why.text);
    loading->row[param] = status == HPT_OK ? hpt_space_value(space, param, coord) : hpt_null();
    loading->is_given[param] = true;
    return HPT_OK;
}

hpt_status hpi_load_param(hpi_loading *loading, hpt_param param, hpt_value value) {
    hpt_err    why = { 0 };
    hpt_status status = hpi_load_value(loading, param, value, &why);
    return status == HPT_OK ? HPT_OK : hpi_load_fail(loading, status, "%s", why.text);
}

void hpi_load_torn(hpi_loading *loading) {
    if (loading->torn_count++ == 0) loading->first_torn_line = loading->line;
}

double hpi_load_violation(const hpi_json_node *constraints) {
    double sum = 0;
    bool   has_null = false;
    if (!constraints || hpi_json_type_of(constraints) != HPI_JSON_OBJECT) return 0;
    for (const hpi_json_node *node = hpi_json_first(constraints); node;
         node = hpi_json_next(node)) {
        hpi_json_type type = hpi_json_type_of(node);
        has_null = has_null || type == HPI_JSON_NULL;
        if (type != HPI_JSON_NUMBER) continue;
        hpt_value value = hpi_json_scalar(node);
        double    real = value.type == HPT_TYPE_INT ? (double)value.as.integer : value.as.real;
        if (real > 0) sum += real;
    }
    return has_null ? INFINITY : sum;
}

/* Keeping. */

static bool grow(hpt_observations *it, size_t dims) {
    size_t room = it->room ? 2 * it->room : 64;
    void  *list = hpi_resize(it->list, room, sizeof *it->list);
    if (list) it->list = list;
    void *rows =
        room <= SIZE_MAX / dims ? hpi_resize(it->rows, room * dims, sizeof *it->rows) : NULL;
    if (rows) it->rows = rows;
    void *values = hpi_resize(it->values, room * HPI_LOAD_GOALS_MAX, sizeof *it->values);
    if (values) it->values = values;
    if (!list || !rows || !values) return false;
    it->room = room;
    return true;
}

static hpt_status check_given(const hpi_loading *loading, size_t dims) {
    const hpt_space *space = loading->into->space;
    char             name[64];
    for (hpt_param j = 0; j < dims; j++)
        if (!loading->is_given[j])
            return hpi_load_fail(loading, HPT_EINVAL, "parameter \"%s\" is missing",
                                 hpi_quote(name, sizeof name, hpi_space_name(space, j)));
    return HPT_OK;
}

hpt_status hpi_load_add(hpi_loading *loading, const hpt_observation *it) {
    hpt_observations *into = loading->into;
    size_t            dims = hpt_space_count(into->space);
    if (it->state == HPT_TRIAL_CANCELLED) return HPT_OK; /* it says nothing */
    hpt_status status = check_given(loading, dims);
    if (status != HPT_OK) return status;
    if (it->state == HPT_TRIAL_COMPLETE && it->value_count == 0)
        return hpi_load_fail(loading, HPT_EINVAL, "a trial that is COMPLETE has no value");
    if (into->count >= HPI_LOAD_VALUES_MAX / dims)
        return hpi_load_fail(loading, HPT_ELIMIT, "more than %d values of parameters",
                             HPI_LOAD_VALUES_MAX);
    if (into->count == into->room && !grow(into, dims))
        return hpi_load_fail(loading, HPT_ENOMEM, "out of memory");
    into->list[into->count] = *it;
    memcpy(into->rows + into->count * dims, loading->row, dims * sizeof *into->rows);
    memcpy(into->values + into->count * HPI_LOAD_GOALS_MAX, loading->record_values,
           sizeof loading->record_values);
    into->count++;
    return HPT_OK;
}

/* Nothing moves any more. */
static void settle(hpt_observations *it) {
    size_t dims = hpt_space_count(it->space);
    for (size_t i = 0; i < it->count; i++) {
        it->list[i].point = it->rows + i * dims;
        it->list[i].values =
            it->list[i].value_count > 0 ? it->values + i * HPI_LOAD_GOALS_MAX : NULL;
    }
}

static void warn(const hpi_loading *loading) {
    char path[64];
    if (loading->torn_count == 0) return;
    snprintf(loading->into->warning, sizeof loading->into->warning,
             "%s: %zu torn record%s left out, the first in line %zu",
             hpi_quote(path, sizeof path, loading->path), loading->torn_count,
             loading->torn_count == 1 ? " was" : "s were", loading->first_torn_line);
}

/* Loading. */

static hpt_status load(hpi_loading *loading) {
    static const char csv_start[] = "run,seed,trial,state,";
    loading->line = 1;
    if (loading->bytes == 0) return HPT_OK;
    if (*loading->text == '{') return hpi_load_jsonl(loading);
    if (strncmp(loading->text, csv_start, sizeof csv_start - 1) == 0) return hpi_load_csv(loading);
    return hpi_load_fail(
        loading, HPT_EPARSE,
        "this is neither a study nor anything that the observers jsonl or csv have "
        "written");
}

static hpt_status load_file(hpi_loading *loading, const void *user) {
    (void)user;
    const hpi_backend_class *form;
    hpt_status               status = hpi_backend_look(loading->path, &form, loading->err);
    if (status != HPT_OK) return status;
    if (form) return hpi_load_study(loading);
    status = hpi_read_file(loading->path, HPI_LOAD_BYTES_MAX, &loading->text, &loading->bytes,
                           loading->err);
    if (status == HPT_OK) status = load(loading);
    if (status == HPT_OK) warn(loading);
    return status;
}

static hpt_status load_into(hpi_loading *loading,
                            hpt_status (*read)(hpi_loading *loading, const void *user),
                            const void *user) {
    size_t dims = hpt_space_count(loading->into->space);
    loading->row = hpi_alloc(dims, sizeof *loading->row);
    loading->is_given = hpi_alloc(dims, sizeof *loading->is_given);
    hpt_status status = HPT_OK;
    if (!loading->row || !loading->is_given)
        status = hpi_fail(loading->err, HPT_ENOMEM, "out of memory for observations");
    if (status == HPT_OK) status = read(loading, user);
    hpi_free(loading->text);
    hpi_free(loading->is_given);
    hpi_free(loading->row);
    return status;
}

hpt_status hpi_load_all(const hpt_space *space, const char *path,
                        hpt_status (*read)(hpi_loading *loading, const void *user),
                        const void *user, hpt_observations **observations_out, hpt_err *err) {
    hpt_observations *it = hpi_alloc(1, sizeof *it);
    if (!it) return hpi_fail(err, HPT_ENOMEM, "out of memory for observations");
    hpi_loading loading = { .into = it, .path = path, .err = err };
    hpt_status  status = hpi_space_copy(space, &it->space, err);
    if (status == HPT_OK) status = load_into(&loading, read, user);
    if (status != HPT_OK) {
        hpt_observations_destroy(it);
        return status;
    }
    settle(it);
    *observations_out = it;
    return HPT_OK;
}

hpt_status hpt_observations_load(const hpt_space *space, const char *path,
                                 hpt_observations **observations_out, hpt_err *err) {
    hpt_status status = hpt_space_check(space, err);
    if (status != HPT_OK) return status;
    if (!path || !observations_out)
        return hpi_fail(err, HPT_EINVAL, "%s is NULL", path ? "observations_out" : "path");
    return hpi_load_all(space, path, load_file, NULL, observations_out, err);
}

const hpt_observation *hpt_observations_list(const hpt_observations *observations,
                                             size_t                 *count_out) {
    if (count_out) *count_out = observations ? observations->count : 0;
    return observations ? observations->list : NULL;
}

const char *hpt_observations_warning(const hpt_observations *observations) {
    return observations ? observations->warning : "";
}

void hpt_observations_destroy(hpt_observations *observations) {
    if (!observations) return;
    hpi_free(observations->list);
    hpi_free(observations->rows);
    hpi_free(observations->values);
    hpt_space_destroy(observations->space);
    hpi_free(observations);
}
