/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef OUTPUT_H
#define OUTPUT_H

/* Where text goes: a file, or memory that grows (a cell of a table). A write that fails is
 * remembered, and what follows is dropped: who prints looks once, at the end. Numbers are the same
 * in every locale: the command never calls setlocale(). */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hpt/base.h>

typedef struct output {
    int    fd;    /* -1: memory                                              */
    int    error; /* errno of the first write that failed; 0 = none          */
    char  *text;  /* NUL-terminated, unless nothing was ever put             */
    size_t bytes, room;
    bool   needs_comma; /* JSON: a value was written, and none begins yet    */
} output;

/* Text. */
void put(output *out, const char *text);
void put_bytes(output *out, const char *text, size_t bytes);
void putf(output *out, const char *format, ...) HPT_PRINTF(2, 3);
void put_repeated(output *out, const char *text, size_t count);

/* Numbers: all digits that a double needs and no more, or for people at most six. */
void put_exact(output *out, double real);
void put_short(output *out, double real);

/* For people: "12.3 ms", "2 h 05 min"; "2026-11-21 16:57:07" in local time; "-" when unknown. */
void put_duration(output *out, double seconds);
void put_time(output *out, int64_t wall_ns);

/* For programs: "2026-11-21T16:57:07.123456Z", and seconds with nine decimals. */
void put_utc(output *out, int64_t wall_ns);
void put_seconds(output *out, int64_t ns);

/* A value as people write it, texts as they are. */
void put_value(output *out, hpt_value value);

/* JSON. Commas come by themselves: json_open("{"), json_key(), json_text(), ..., json_close("}"). A
 * number that JSON has no word for becomes the text "inf", "-inf" or "nan". */
void json_open(output *out, const char *bracket);
void json_close(output *out, const char *bracket);
void json_key(output *out, const char *key);
void json_text(output *out, const char *text);
void json_real(output *out, double real);
void json_int(output *out, int64_t integer);
void json_uint(output *out, uint64_t integer);
void json_bool(output *out, bool boolean);
void json_null(output *out);
void json_value(output *out, hpt_value value);
void json_utc(output *out, int64_t wall_ns);  /* null when unknown */
void json_seconds(output *out, int64_t ns);   /* null below 0      */
void json_raw(output *out, const char *json); /* a value, written already */
void json_line(output *out);                  /* the next value begins a line */

/* Write what waits. False when anything ever failed. */
bool output_flush(output *out);
/* The text in memory; "" when there is none. */
const char *output_text(const output *out);
/* Empty it, keeping its room; and give the room back. */
void output_clear(output *out);
void output_free(output *out);

/* Memory or the end: a command that has none left says so and exits. */
void *take(size_t count, size_t bytes);
void *take_more(void *memory, size_t count, size_t bytes);

#endif
