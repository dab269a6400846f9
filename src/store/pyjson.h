/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_STORE_PYJSON_H
#define HPI_STORE_PYJSON_H

/* JSON as Python's json module writes and reads it, which is what Optuna's files are made of:
 * NaN, Infinity and -Infinity are numbers, a member given twice counts the last time, and reals are
 * printed as repr() prints them. Nothing is allocated for reading: a value is a slice of the text,
 * checked once as a whole and looked into afterwards. base/json.h is the strict reader, for what
 * people write. Any thread. */

#include "base/json.h"

/* A piece of a text. `at` NULL: there is none. */
typedef struct hpi_slice {
    const char *at;
    size_t      bytes;
} hpi_slice;

/* The one value that a text is, without the white space around it. False for anything else: wrong
 * syntax, nesting above 64, not UTF-8. Only slices of a value that was checked may be given to the
 * functions below. */
bool hpi_py_check(const char *text, size_t bytes, hpi_slice *value_out);

/* Null for a slice that is none; NaN and the infinities are numbers. */
hpi_json_type hpi_py_type(hpi_slice value);

/* Members of an object and items of an array, one after the other. `rest` begins as the whole
 * value. False at the end, and at once for a value of another type. The key is a text in its
 * quotes. */
bool hpi_py_member(hpi_slice *rest, hpi_slice *key_out, hpi_slice *value_out);
bool hpi_py_item(hpi_slice *rest, hpi_slice *value_out);

/* The member of a plain name (no escapes in it); the last one, as Python does. */
hpi_slice hpi_py_find(hpi_slice object, const char *name);

/* Whether a text in its quotes is this one. */
bool hpi_py_is(hpi_slice text, const char *plain);

/* A number: also of an infinity or NaN. False for other types, and for integers that are none or do
 * not fit; 3.0 and 3e0 are integers. */
bool hpi_py_real(hpi_slice value, double *real_out);
bool hpi_py_int(hpi_slice value, int64_t *integer_out);

/* Append a text without its quotes and escapes. A lone surrogate and U+0000 become U+FFFD: neither
 * can be part of a text of ours. False for other types. */
bool hpi_py_text(hpi_slice value, hpi_writer *into);

/* A scalar with its type. A text is appended to `texts`, after what is there, and the value's text
 * is left NULL: *text_at_out is where it begins. Numbers that are not finite and integers that do
 * not fit become reals. False for arrays and objects. */
bool hpi_py_scalar(hpi_slice value, hpi_writer *texts, hpt_value *value_out, size_t *text_at_out);

/* A real as repr() prints it: 0.1, 1e-05, 3.0, inf as Infinity, NaN. */
void hpi_py_write_real(hpi_writer *writer, double real);

/* As hpi_write_json_value(), but reals as above. */
void hpi_py_write_value(hpi_writer *writer, hpt_value value);

#endif
