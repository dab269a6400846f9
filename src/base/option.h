/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_OPTION_H
#define HPI_BASE_OPTION_H

/* Options as tables: "name:key=value,key=value" filled into a plug-in's state by its rows. One
 * grammar for strategies, pools and observers. Any thread. */

#include "hpt/extend.h"

/* A text like `qmc:sequence=halton` taken apart. `name` and the texts of TEXT options live in
 * `storage`, which hpi_spec_fini() frees. */
typedef struct hpi_spec {
    char *storage;
    char *name;     /* "qmc"                                  */
    char *settings; /* "sequence=halton", "" when there are none */
} hpi_spec;

/* Take apart. Spaces around names, keys and values do not count; a value may stand in double
 * quotes, with \" and \\ inside. Fails with HPT_EPARSE (col says where) and HPT_ENOMEM. */
hpt_status hpi_spec_init(hpi_spec *spec, const char *text, hpt_err *err);

/* The same of a text that is a "strategy", "pool" or "pruner": sentences begin with that, and a
 * name with a comma is one whose options were not put behind a colon. */
hpt_status hpi_spec_of(hpi_spec *spec, const char *what, const char *text, hpt_err *err);
void       hpi_spec_fini(hpi_spec *spec);

/* Fill `state` by the rows: first every default, then the settings of `spec` (whose storage TEXT
 * members point into). `what` is "strategy", "pool" or "observer", for the sentences: unknown
 * option (closest match), value that is none, out of range, given twice; all are HPT_EINVAL, col
 * says where. After a failure the state is half filled: throw it away. rows may be NULL. */
hpt_status hpi_spec_apply(hpi_spec *spec, const char *what, const hpt_option *rows, void *state,
                          hpt_err *err);

/* The next spec of a list separated by semicolons: copies it to *item_out (hpi_free() it), moves
 * *list on and sets *place_out to where the item stands; NULL at the end. Empty items are skipped;
 * semicolons inside quotes do not count. */
hpt_status hpi_spec_next(const char **list, const char **place_out, char **item_out, hpt_err *err);

/* What a class that somebody registers may look like. Its name: 1 to 63 of a-z 0-9 _ -. Its option
 * rows, which may be NULL: each has such a name, a choice has words, and none would be filled in
 * outside the state, the one mistake nobody would find again. */
enum { HPI_PLUGIN_NAME_BYTES = 63 };
bool hpi_is_plugin_name(const char *name);
bool hpi_options_fit(const hpt_option *rows, size_t state_size);

#endif
