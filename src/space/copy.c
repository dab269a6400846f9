/* SPDX-License-Identifier: BSD-3-Clause */

/* Lists of values and whole spaces, copied with everything they point to. */

#include "space/copy.h"

#include "base/mem.h"
#include "space/rule.h"

#include <string.h>

static size_t text_bytes(const hpt_value *values, size_t count) {
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++)
        bytes += values[i].type == HPT_TYPE_TEXT ? strlen(values[i].as.text) + 1 : 0;
    return bytes;
}

/* One block for the values and one for all their texts: two allocations for any list. */
bool hpi_param_set_values(param *p, const hpt_value *values, uint32_t count) {
    p->values = hpi_alloc(count, sizeof *values);
    p->texts = hpi_alloc(text_bytes(values, count), 1);
    if (!p->values || !p->texts) return false;
    char *text = p->texts;
    for (uint32_t i = 0; i < count; i++) {
        p->values[i] = values[i];
        if (values[i].type != HPT_TYPE_TEXT) continue;
        size_t bytes = strlen(values[i].as.text) + 1;
        memcpy(text, values[i].as.text, bytes);
        p->values[i].as.text = text;
        text += bytes;
    }
    p->value_count = count;
    p->last = count - 1;
    return true;
}

/* The same parameter in another space, whose hashes differ. */
static hpt_status copy_param(hpt_space *copy, const param *p) {
    param twin = *p;
    twin.name = NULL;
    twin.values = NULL;
    twin.texts = NULL;
    twin.has_condition = false; /* rules come when all parameters are there */
    if (p->values && !hpi_param_set_values(&twin, p->values, p->value_count)) {
        hpi_param_fini(&twin);
        return HPT_ENOMEM;
    }
    hpi_space_insert(copy, p->name, &twin);
    return copy->error.code;
}

hpt_status hpi_space_copy(const hpt_space *space, hpt_space **copy_out, hpt_err *err) {
    hpt_status status = hpt_space_check(space, err);
    if (status != HPT_OK) return status;
    hpt_space *copy = hpt_space_create();
    status = copy ? HPT_OK : HPT_ENOMEM;
    for (uint32_t i = 0; status == HPT_OK && i < space->count; i++)
        status = copy_param(copy, &space->params[i]);
    if (status == HPT_OK) status = hpi_rules_copy(copy, space);
    if (status != HPT_OK) {
        hpt_space_destroy(copy);
        return hpi_fail(err, status, "out of memory for a copy of the space's %u parameters",
                        (unsigned)space->count);
    }
    *copy_out = copy;
    return HPT_OK;
}
