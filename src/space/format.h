/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_SPACE_FORMAT_H
#define HPI_SPACE_FORMAT_H

/* Inside this folder: what the foreign formats share. Each is one row of rows.h and one file that
 * ends with its class. */

#include "base/err.h"
#include "base/json.h"
#include "hpt/formats.h"

typedef struct hpi_format_class {
    hpt_format info;
    hpt_status (*read)(const char *text, size_t bytes, hpt_space **space_out, hpt_err *err);
    /* `around` may be NULL. What is written when it fails does not matter. */
    hpt_status (*write)(const hpt_space *space, const hpi_json_node *around, hpi_writer *writer,
                        hpt_err *err);
} hpi_format_class;

/* ---- reading ---- */

/* A space that is being read. `json` is NULL for formats that are not JSON. */
typedef struct hpi_import {
    const hpi_json *json;
    hpt_space      *space;
    hpt_err        *err;
    uint64_t        made; /* values that short expressions made, in all */
} hpi_import;

/* Parse, make an empty space, fill it, check it. On failure nothing is left. */
hpt_status hpi_import_json(const char *text, size_t bytes, hpt_status fill(hpi_import *import),
                           hpt_space **space_out, hpt_err *err);

/* A sentence with the place of a node. */
hpt_status hpi_import_refuse(const hpi_import *import, const hpi_json_node *node,
                             const char *format, ...) HPT_PRINTF(3, 4);

/* What the space has remembered, with the place of a node; of_expr: of a text that became an
 * expression as it is, so that the column inside it counts. */
hpt_status hpi_import_pass_on(const hpi_import *import, const hpi_json_node *node, bool of_expr);

/* A member that must be there, and of a type. `what` is whose member it is: "tuning parameter 3".
 */
hpt_status hpi_import_need(const hpi_import *import, const hpi_json_node *object, const char *key,
                           hpi_json_type type, const char *what, const hpi_json_node **node_out);

/* As that, of a text. */
hpt_status hpi_import_text(const hpi_import *import, const hpi_json_node *object, const char *key,
                           const char *what, const char **text_out);

/* The scalars of a list, in an array for hpi_free(); texts are borrowed from the document. */
hpt_status hpi_import_values(const hpi_import *import, const hpi_json_node *list, const char *what,
                             hpt_value **values_out, size_t *count_out);

/* An unknown name at a node: `sentence` with the name in it, and the closest of `names`. */
hpt_status hpi_import_unknown(const hpi_import *import, const hpi_json_node *node,
                              const char *sentence, const char *name, const char *const *names,
                              size_t count);

/* ---- writing ---- */

/* A JSON value as it was read. */
void hpi_write_json_node(hpi_writer *writer, const hpi_json_node *node);

/* The words of an expression: a name (in backquotes unless plain; it must hold no backquote), and a
 * constant. */
bool hpi_can_name(const char *name);
void hpi_write_name(hpi_writer *writer, const char *name);
void hpi_write_literal(hpi_writer *writer, hpt_value value);

#endif
