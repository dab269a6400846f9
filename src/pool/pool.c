/* SPDX-License-Identifier: BSD-3-Clause */
#include "pool/pool.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#define POOL(x) extern const hpi_pool_class hpi_pool_##x;
#include "pool/rows.h"
#undef POOL

static const hpi_pool_class *const rows[] = {
#define POOL(x) &hpi_pool_##x,
#include "pool/rows.h"
#undef POOL
};

const hpi_pool_class *hpi_pool_at(size_t index) {
    return index < sizeof rows / sizeof *rows ? rows[index] : NULL;
}

static const char *name_at(const void *context, size_t index) {
    (void)context;
    const hpi_pool_class *class = hpi_pool_at(index);
    return class ? class->name : NULL;
}

hpt_status hpi_pool_find(const char *name, const hpi_pool_class **class_out, hpt_err *err) {
    const hpi_pool_class *class;
    for (size_t i = 0; (class = hpi_pool_at(i)); i++) {
        if (strcmp(class->name, name) != 0) continue;
        if (class->absent) return hpi_fail(err, HPT_EBUILD, "pool \"%s\": %s", name, class->absent);
        *class_out = class;
        return HPT_OK;
    }
    char shown[64];
    hpi_fail(err, HPT_EABSENT, "there is no pool \"%s\"", hpi_quote(shown, sizeof shown, name));
    hpi_suggest(err, name, name_at, NULL);
    return HPT_EABSENT;
}

static hpt_status open_class(hpi_pool *pool, hpt_err *err) {
    const hpi_pool_class *class = pool->class;
    if (class->state_size > 0 && !(pool->state = hpi_alloc(1, class->state_size)))
        return hpi_fail(err, HPT_ENOMEM, "out of memory for the pool \"%s\"", class->name);
    hpt_status status = hpi_spec_apply(&pool->spec, "pool", class->options, pool->state, err);
    if (status == HPT_OK && class->open) status = class->open(pool, err);
    return status;
}

hpt_status hpi_pool_open(hpi_pool *pool, const char *text, hpt_err *err) {
    hpt_status status = hpi_spec_init(&pool->spec, text, err);
    if (status != HPT_OK) return status;
    const hpi_pool_class *class = NULL;
    status = hpi_pool_find(pool->spec.name, &class, err);
    pool->class = class;
    if (status == HPT_OK) status = open_class(pool, err);
    if (status == HPT_OK) return status;
    if (class && class->state_size > 0) hpi_free(pool->state);
    hpi_spec_fini(&pool->spec);
    pool->class = NULL;
    pool->state = NULL;
    return status;
}

void hpi_pool_close(hpi_pool *pool) {
    if (!pool->class) return;
    if (pool->class->close) pool->class->close(pool);
    if (pool->class->state_size > 0) hpi_free(pool->state);
    hpi_spec_fini(&pool->spec);
    pool->class = NULL;
    pool->state = NULL;
}
