/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_JSON_H
#define HPI_BASE_JSON_H

/* Strict JSON, read through cJSON and written by ourselves. json.c is the only file that knows
 * cJSON.
 *
 * Why not cJSON alone: it rounds integers above 2^53, prints doubles that do not read back, takes
 * 1e999, 0x10 and bytes after the end, cuts strings at \u0000 and passes bytes that are not UTF-8.
 * So the text is checked here first (RFC 8259, with line and column), and every number keeps its
 * own characters. Any thread; one document per thread. */

#include "hpt/base.h"

typedef struct hpi_json      hpi_json;      /* a document                                 */
typedef struct hpi_json_node hpi_json_node; /* a value in it; opaque, in fact cJSON's     */

typedef enum hpi_json_type {
    HPI_JSON_NULL,
    HPI_JSON_BOOL,
    HPI_JSON_NUMBER,
    HPI_JSON_TEXT,
    HPI_JSON_ARRAY,
    HPI_JSON_OBJECT
} hpi_json_type;

/* Read a document. Refuses duplicate keys, \u0000, numbers that overflow a double, depth above 32,
 * more than 64 MiB and more than 4 194 304 values. Linear in time, but n log n in the members of
 * one object. Memory: about 100 bytes a value. */
hpt_status hpi_json_parse(const char *text, size_t bytes, hpi_json **json_out, hpt_err *err);
void       hpi_json_destroy(hpi_json *json);
const hpi_json_node *hpi_json_root(const hpi_json *json);

hpi_json_type hpi_json_type_of(const hpi_json_node *node);
const char   *hpi_json_type_text(hpi_json_type type); /* "a number", "an object" */

/* Children in order of the text; NULL at the end. */
const hpi_json_node *hpi_json_first(const hpi_json_node *node);
const hpi_json_node *hpi_json_next(const hpi_json_node *node);
const char          *hpi_json_key(const hpi_json_node *node); /* of an object's child */

/* The child of that name; NULL: there is none, or it is no object. */
const hpi_json_node *hpi_json_member(const hpi_json_node *object, const char *name);
/* Its text, or its number >= 0 without a fraction; NULL and false for anything else. */
const char *hpi_json_member_text(const hpi_json_node *object, const char *name);
bool        hpi_json_member_uint(const hpi_json_node *object, const char *name, uint64_t *out);

/* Where the value, or an object's child's key, starts in the text, 1-based, for error sentences.
 * Columns count characters. */
void hpi_json_place(const hpi_json *json, const hpi_json_node *node, uint32_t *line_out,
                    uint32_t *col_out);
void hpi_json_key_place(const hpi_json *json, const hpi_json_node *node, uint32_t *line_out,
                        uint32_t *col_out);

/* A scalar as a value with its type: a number is an INT when it is written without '.' and exponent
 * and fits, else a REAL. Texts are borrowed from the document. Not for arrays and objects. */
hpt_value hpi_json_scalar(const hpi_json_node *node);

/* A number as it is written, for error sentences: as hpi_quote(). */
char *hpi_json_show_number(char *out, size_t out_bytes, const hpi_json_node *node);

/* Writing: a text that grows. After a failed allocation everything is ignored until the end. */
typedef struct hpi_writer {
    char  *text;
    size_t bytes, room;
    bool   failed;
} hpi_writer;

void hpi_write(hpi_writer *writer, const char *text); /* as it is              */
void hpi_write_bytes(hpi_writer *writer, const char *text, size_t bytes);
void hpi_write_json_text(hpi_writer *writer, const char *text); /* quoted and escaped    */
void hpi_write_json_key(hpi_writer *writer, const char *name);  /* ,"name":              */
void hpi_write_json_member(hpi_writer *writer, const char *name, const char *text); /* NULL: "" */
void hpi_write_json_value(hpi_writer *writer, hpt_value value); /* typed: 3.0 stays real */
void hpi_write_uint(hpi_writer *writer, uint64_t integer);
void hpi_write_int(hpi_writer *writer, int64_t integer);
void hpi_write_real(hpi_writer *writer, double real); /* non-finite: null      */
void hpi_writer_fini(hpi_writer *writer);             /* frees the text        */

#endif
