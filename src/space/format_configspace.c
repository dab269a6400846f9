/* SPDX-License-Identifier: BSD-3-Clause */

/* ConfigSpace's JSON, format 0.4, and the names that older ones had (ConfigSpace,
 * read_and_write/dictionary.py). What says how to draw and not what may be drawn (mu, sigma, alpha,
 * beta, weights) and notes (meta) are left out: a space of hpt is the set of its points. */

#include "base/mem.h"
#include "base/text.h"
#include "space/configspace.h"
#include "space/param.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FLOAT = 1, INT = 2, NORMAL = 4, BETA = 8, CHOICE = 16, ORDER = 32, FIXED = 64 };
enum { RANGE = FLOAT | INT, ALL = RANGE | CHOICE | ORDER | FIXED };

typedef enum key {
    TYPE,
    NAME,
    META,
    DEFAULT,
    DEFAULT_OLDER,
    LOWER,
    UPPER,
    LOG,
    Q,
    MU,
    SIGMA,
    ALPHA,
    BETA_,
    CHOICES,
    WEIGHTS,
    WEIGHTS_OLDER,
    SEQUENCE,
    VALUE,
    KEY_COUNT
} key;

/* clang-format off */
static const char *const keys[] = {
    "type", "name", "meta", "default_value", "default", "lower", "upper", "log", "q", "mu", "sigma", "alpha", "beta",
    "choices", "weights", "probabilities", "sequence", "value",
};

static const unsigned keys_of[KEY_COUNT] = {
    [TYPE] = ALL, [NAME] = ALL, [META] = ALL, [DEFAULT] = ALL, [DEFAULT_OLDER] = ALL, [LOWER] = RANGE, [UPPER] = RANGE,
    [LOG] = RANGE, [Q] = RANGE, [MU] = NORMAL, [SIGMA] = NORMAL, [ALPHA] = BETA, [BETA_] = BETA,
    [CHOICES] = CHOICE, [WEIGHTS] = CHOICE, [WEIGHTS_OLDER] = CHOICE, [SEQUENCE] = ORDER, [VALUE] = FIXED,
};

static const char *const types[] = {
    "uniform_float", "uniform_int", "normal_float", "normal_int", "beta_float", "beta_int", "categorical", "ordinal",
    "constant", "unparametrized",
};

static const unsigned masks[] = {
    FLOAT, INT, FLOAT | NORMAL, INT | NORMAL, FLOAT | BETA, INT | BETA, CHOICE, ORDER, FIXED, FIXED,
};
/* clang-format on */

enum { TYPE_COUNT = sizeof types / sizeof *types };

typedef struct entry {
    const char          *name, *type;
    unsigned             mask;
    const hpi_json_node *node, *found[KEY_COUNT];
    hpt_param            handle;
    bool                 is_conditional;
    char                 what[HPI_LABEL_BYTES + 24]; /* for sentences */
} entry;

/* ---- its members ---- */

static bool is_null(const hpi_json_node *node) {
    return !node || hpi_json_type_of(node) == HPI_JSON_NULL;
}

static bool is_scalar(const hpi_json_node *node) {
    hpi_json_type type = hpi_json_type_of(node);
    return type != HPI_JSON_ARRAY && type != HPI_JSON_OBJECT;
}

static hpt_status collect(const hpi_import *import, entry *e) {
    for (const hpi_json_node *n = hpi_json_first(e->node); n; n = hpi_json_next(n)) {
        size_t k = 0;
        while (k < KEY_COUNT && strcmp(keys[k], hpi_json_key(n)) != 0)
            k++;
        if (k == KEY_COUNT) {
            char sentence[HPI_LABEL_BYTES + 48];
            snprintf(sentence, sizeof sentence, "%s: there is no key", e->what);
            return hpi_import_unknown(import, n, sentence, hpi_json_key(n), keys, KEY_COUNT);
        }
        if (!(keys_of[k] & e->mask))
            return hpi_import_refuse(import, n, "%s: \"%s\" does not go with type %s", e->what,
                                     keys[k], e->type);
        e->found[k] = n;
    }
    if (!e->found[DEFAULT]) e->found[DEFAULT] = e->found[DEFAULT_OLDER];
    return HPT_OK;
}

static hpt_status identify(const hpi_import *import, entry *e, size_t index) {
    char label[HPI_LABEL_BYTES];
    snprintf(e->what, sizeof e->what, "hyperparameters[%zu]", index);
    if (hpi_json_type_of(e->node) != HPI_JSON_OBJECT)
        return hpi_import_refuse(import, e->node, "%s is %s, not an object", e->what,
                                 hpi_json_type_text(hpi_json_type_of(e->node)));
    hpt_status status = hpi_import_text(import, e->node, "name", e->what, &e->name);
    if (status != HPT_OK) return status;
    snprintf(e->what, sizeof e->what, "hyperparameter \"%s\"", hpi_label(label, e->name));
    status = hpi_import_text(import, e->node, "type", e->what, &e->type);
    if (status != HPT_OK) return status;
    for (size_t i = 0; i < TYPE_COUNT; i++)
        if (strcmp(types[i], e->type) == 0) e->mask = masks[i];
    return e->mask ? HPT_OK
                   : hpi_import_unknown(import, hpi_json_member(e->node, "type"),
                                        "there is no type", e->type, types, TYPE_COUNT);
}

/* ---- ranges ---- */

/* An integer may be written as 3.0; a real as 3. */
hpt_value hpi_configspace_number(hpt_value value, bool is_real) {
    if (is_real && value.type == HPT_TYPE_INT) return hpt_real((double)value.as.integer);
    if (!is_real && value.type == HPT_TYPE_REAL && value.as.real == trunc(value.as.real) &&
        fabs(value.as.real) <= 0x1p53)
        return hpt_int((int64_t)value.as.real);
    return value;
}

static hpt_status read_number(const hpi_import *import, const entry *e, key k,
                              hpt_value *value_out) {
    const hpi_json_node *node = e->found[k];
    bool                 is_real = e->mask & FLOAT;
    char                 shown[HPI_SHOWN_BYTES];
    if (is_null(node))
        return hpi_import_refuse(import, node ? node : e->node,
                                 "%s: \"%s\" is missing; hpt needs bounds", e->what, keys[k]);
    if (hpi_json_type_of(node) != HPI_JSON_NUMBER)
        return hpi_import_refuse(import, node, "%s: \"%s\" is %s, not a number", e->what, keys[k],
                                 hpi_json_type_text(hpi_json_type_of(node)));
    *value_out = hpi_configspace_number(hpi_json_scalar(node), is_real);
    if (is_real || value_out->type == HPT_TYPE_INT) return HPT_OK;
    return hpi_import_refuse(import, node, "%s: \"%s\" is %s, not an integer of 64 bits", e->what,
                             keys[k], hpi_show_value(shown, *value_out));
}

/* "q" was a step before it was taken out of the format. */
static hpt_status read_q(const hpi_import *import, const entry *e) {
    hpt_value step;
    if (is_null(e->found[Q])) return HPT_OK;
    hpt_status status = read_number(import, e, Q, &step);
    if (status == HPT_OK && hpt_space_set_step(import->space, e->handle, step) != HPT_OK)
        status = hpi_import_pass_on(import, e->found[Q], false);
    return status;
}

static hpt_status read_log(const hpi_import *import, const entry *e) {
    const hpi_json_node *node = e->found[LOG];
    if (is_null(node)) return HPT_OK;
    if (hpi_json_type_of(node) != HPI_JSON_BOOL)
        return hpi_import_refuse(import, node, "%s: \"log\" is %s, not true or false", e->what,
                                 hpi_json_type_text(hpi_json_type_of(node)));
    if (hpi_json_scalar(node).as.boolean && hpt_space_set_log(import->space, e->handle) != HPT_OK)
        return hpi_import_pass_on(import, node, false);
    return HPT_OK;
}

static hpt_status read_range(const hpi_import *import, entry *e) {
    hpt_value  lower, upper;
    hpt_status status = read_number(import, e, LOWER, &lower);
    if (status == HPT_OK) status = read_number(import, e, UPPER, &upper);
    if (status != HPT_OK) return status;
    e->handle = e->mask & FLOAT
                    ? hpt_space_add_real(import->space, e->name, lower.as.real, upper.as.real)
                    : hpt_space_add_int(import->space, e->name, lower.as.integer, upper.as.integer);
    if (e->handle == HPT_PARAM_NONE) return hpi_import_pass_on(import, e->node, false);
    status = read_log(import, e);
    return status == HPT_OK ? read_q(import, e) : status;
}

/* ---- lists ---- */

static hpt_status read_list(const hpi_import *import, entry *e, key k) {
    const hpi_json_node *list;
    hpt_value           *values;
    size_t               count;
    hpt_status status = hpi_import_need(import, e->node, keys[k], HPI_JSON_ARRAY, e->what, &list);
    if (status == HPT_OK) status = hpi_import_values(import, list, e->what, &values, &count);
    if (status != HPT_OK) return status;
    e->handle = k == SEQUENCE ? hpt_space_add_ordinal(import->space, e->name, values, count)
                              : hpt_space_add_categorical(import->space, e->name, values, count);
    hpi_free(values);
    return e->handle == HPT_PARAM_NONE ? hpi_import_pass_on(import, list, false) : HPT_OK;
}

/* A constant of hpt is always there. One with a condition is a choice of one. */
static hpt_status read_constant(const hpi_import *import, entry *e) {
    const hpi_json_node *node = e->found[VALUE];
    if (!node || !is_scalar(node))
        return hpi_import_refuse(import, node ? node : e->node, "%s: \"value\" is %s", e->what,
                                 node ? hpi_json_type_text(hpi_json_type_of(node)) : "missing");
    hpt_value value = hpi_json_scalar(node);
    e->handle = e->is_conditional ? hpt_space_add_categorical(import->space, e->name, &value, 1)
                                  : hpt_space_add_constant(import->space, e->name, value);
    return e->handle == HPT_PARAM_NONE ? hpi_import_pass_on(import, node, false) : HPT_OK;
}

/* null is a default only to a list that holds it. */
static hpt_status read_default(const hpi_import *import, const entry *e) {
    const hpi_json_node *node = e->found[DEFAULT];
    hpt_coord            coord;
    if (!node || (e->mask & FIXED)) return HPT_OK;
    if (!is_scalar(node))
        return hpi_import_refuse(import, node, "%s: the default is %s, not one value", e->what,
                                 hpi_json_type_text(hpi_json_type_of(node)));
    hpt_value value = hpi_json_scalar(node);
    if (value.type == HPT_TYPE_NULL &&
        hpt_space_coord(import->space, e->handle, value, &coord, NULL) != HPT_OK)
        return HPT_OK;
    if (e->mask & RANGE) value = hpi_configspace_number(value, e->mask & FLOAT);
    return hpt_space_set_default(import->space, e->handle, value) == HPT_OK
               ? HPT_OK
               : hpi_import_pass_on(import, node, false);
}

static hpt_status read_hyperparameter(const hpi_import *import, const hpi_json_node *node,
                                      size_t index, const hpt_space *children) {
    entry      e = { .node = node };
    hpt_status status = identify(import, &e, index);
    if (status == HPT_OK) status = collect(import, &e);
    if (status != HPT_OK) return status;
    e.is_conditional = hpt_space_find(children, e.name) != HPT_PARAM_NONE;
    if (e.mask & RANGE)
        status = read_range(import, &e);
    else if (e.mask & FIXED)
        status = read_constant(import, &e);
    else
        status = read_list(import, &e, e.mask & CHOICE ? CHOICES : SEQUENCE);
    return status == HPT_OK ? read_default(import, &e) : status;
}

/* ---- the whole ---- */

static hpt_status check_version(const hpi_import *import, const hpi_json_node *root) {
    static const char *const names[] = { "format_version", "json_format_version" };
    for (size_t i = 0; i < 2; i++) {
        const hpi_json_node *node = hpi_json_member(root, names[i]);
        char                 shown[HPI_SHOWN_BYTES];
        if (!node || hpi_json_type_of(node) != HPI_JSON_NUMBER) continue;
        hpt_value version = hpi_configspace_number(hpi_json_scalar(node), true);
        if (version.as.real > 0.4)
            return hpi_import_refuse(import, node, "\"%s\" is %s; the newest that is read is 0.4",
                                     names[i], hpi_show_value(shown, version));
    }
    return HPT_OK;
}

/* The names that have conditions, as a space for its look-up by hash. Wrong ones are reported when
 * the conditions are read. */
static void note_children(hpt_space *children, const hpi_json_node *conditions) {
    for (const hpi_json_node *n = hpi_json_first(conditions); n; n = hpi_json_next(n)) {
        const char *name = hpi_json_member_text(n, "child");
        if (name && hpt_space_find(children, name) == HPT_PARAM_NONE)
            hpt_space_add_constant(children, name, hpt_null());
    }
}

static hpt_status read_all(const hpi_import *import, const hpi_json_node *list,
                           const hpi_json_node *conditions, const hpi_json_node *forbiddens,
                           hpt_space *children) {
    hpt_status status = HPT_OK;
    size_t     index = 0;
    if (conditions) note_children(children, conditions);
    if (children->error.code == HPT_ENOMEM)
        return hpi_fail(import->err, HPT_ENOMEM, "out of memory for the names of conditions");
    for (const hpi_json_node *n = hpi_json_first(list); n && status == HPT_OK; n = hpi_json_next(n))
        status = read_hyperparameter(import, n, index++, children);
    if (status == HPT_OK && conditions) status = hpi_configspace_conditions(import, conditions);
    if (status == HPT_OK && forbiddens) status = hpi_configspace_forbiddens(import, forbiddens);
    return status;
}

static hpt_status fill(hpi_import *import) {
    const hpi_json_node *root = hpi_json_root(import->json);
    const hpi_json_node *list = NULL, *conditions = NULL, *forbiddens = NULL;
    const char          *what = "a space of ConfigSpace";
    if (hpi_json_type_of(root) != HPI_JSON_OBJECT)
        return hpi_import_refuse(import, root, "%s is an object, not %s", what,
                                 hpi_json_type_text(hpi_json_type_of(root)));
    hpt_status status = check_version(import, root);
    if (status == HPT_OK)
        status = hpi_import_need(import, root, "hyperparameters", HPI_JSON_ARRAY, what, &list);
    if (status == HPT_OK && hpi_json_member(root, "conditions"))
        status = hpi_import_need(import, root, "conditions", HPI_JSON_ARRAY, what, &conditions);
    if (status == HPT_OK && hpi_json_member(root, "forbiddens"))
        status = hpi_import_need(import, root, "forbiddens", HPI_JSON_ARRAY, what, &forbiddens);
    if (status != HPT_OK) return status;
    hpt_space *children = hpt_space_create();
    if (!children) return hpi_fail(import->err, HPT_ENOMEM, "out of memory for a search space");
    status = read_all(import, list, conditions, forbiddens, children);
    hpt_space_destroy(children);
    return status;
}

static hpt_status read_configspace(const char *text, size_t bytes, hpt_space **space_out,
                                   hpt_err *err) {
    return hpi_import_json(text, bytes, fill, space_out, err);
}

const hpi_format_class hpi_format_configspace = {
    .info = { .name = "configspace",
              .summary = "JSON of ConfigSpace, format 0.4: SMAC, auto-sklearn",
              .can_read = true,
              .can_write = true },
    .read = read_configspace,
    .write = hpi_configspace_print,
};
