/* SPDX-License-Identifier: BSD-3-Clause */
#include "observe/plain.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "space/space.h"

static bool is_control(const unsigned char *at, size_t bytes) {
    return at[0] < 0x20 || at[0] == 0x7F || (bytes == 2 && at[0] == 0xC2 && at[1] < 0xA0);
}

static void write_plain(hpi_writer *writer, const char *text, size_t bytes) {
    size_t left = bytes;
    while (left > 0) {
        size_t step = hpi_utf8_bytes(text, left);
        bool   is_fine = step > 0 && !is_control((const unsigned char *)text, step);
        hpi_write_bytes(writer, is_fine ? text : "?", is_fine ? step : 1);
        step = step ? step : 1;
        text += step;
        left -= step;
    }
}

void hpi_plain_text(hpi_writer *writer, const char *text) {
    write_plain(writer, text, strlen(text));
}

/* The C library writes the locale's decimal point; whatever is not part of a number here is it. */
static void write_number(hpi_writer *writer, const char *text) {
    while (*text) {
        size_t plain = strspn(text, "0123456789+-einfa");
        hpi_write_bytes(writer, text, plain);
        text += plain;
        size_t point = strcspn(text, "0123456789+-einfa");
        if (point > 0) hpi_write(writer, ".");
        text += point;
    }
}

void hpi_plain_real(hpi_writer *writer, double real, int digits) {
    char text[64];
    snprintf(text, sizeof text, "%.*g", digits, real);
    write_number(writer, isnan(real) ? "nan" : text);
}

void hpi_plain_fixed(hpi_writer *writer, double real, int decimals) {
    char text[400]; /* the largest double has 309 digits */
    snprintf(text, sizeof text, "%.*f", decimals, real);
    write_number(writer, isnan(real) ? "nan" : text);
}

void hpi_plain_seconds(hpi_writer *writer, double seconds) {
    char text[64];
    if (!(seconds < 1e9)) {
        hpi_write(writer, "?");
    } else if (seconds > 0 && seconds < 0.1) {
        hpi_plain_real(writer, seconds < 1e-3 ? seconds * 1e6 : seconds * 1e3, 3);
        hpi_write(writer, seconds < 1e-3 ? " µs" : " ms");
    } else if (seconds < 60) {
        hpi_plain_fixed(writer, seconds, seconds < 10 ? 2 : 1);
        hpi_write(writer, " s");
    } else {
        long whole = (long)seconds;
        if (whole < 3600)
            snprintf(text, sizeof text, "%ld min %02ld s", whole / 60, whole % 60);
        else
            snprintf(text, sizeof text, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
        hpi_write(writer, text);
    }
}

static void write_text_value(hpi_writer *writer, const char *text) {
    bool needs_quotes = *text == '\0' || strpbrk(text, " =\"") != NULL;
    if (!needs_quotes) {
        hpi_plain_text(writer, text);
        return;
    }
    hpi_write(writer, "\"");
    while (*text) {
        size_t bytes = strcspn(text, "\"");
        write_plain(writer, text, bytes);
        if (text[bytes] == '"') hpi_write(writer, "\\\"");
        text += bytes + (text[bytes] == '"');
    }
    hpi_write(writer, "\"");
}

void hpi_plain_value(hpi_writer *writer, hpt_value value) {
    if (value.type == HPT_TYPE_TEXT)
        write_text_value(writer, value.as.text);
    else if (value.type == HPT_TYPE_REAL)
        hpi_plain_real(writer, value.as.real, 6);
    else
        hpi_write_json_value(writer, value);
}

void hpi_plain_point(hpi_writer *writer, const hpt_space *space, const hpt_coord *point) {
    size_t count = hpt_space_count(space);
    for (hpt_param param = 0; param < count; param++) {
        if (param > 0) hpi_write(writer, " ");
        hpi_plain_text(writer, hpi_space_name(space, param));
        hpi_write(writer, "=");
        hpi_plain_value(writer, hpi_space_value_at(space, param, point));
    }
}

void hpi_plain_best(hpi_writer *writer, const char *metric, double value, uint64_t trial) {
    hpi_write(writer, "best ");
    hpi_plain_text(writer, metric);
    hpi_write(writer, " ");
    hpi_plain_real(writer, value, 6);
    hpi_write(writer, " of trial ");
    hpi_write_uint(writer, trial);
}

void hpi_plain_time(hpi_writer *writer, int64_t wall_ns) {
    char    text[64];
    int64_t below = wall_ns % HPI_NS_PER_S;
    if (below < 0) below += HPI_NS_PER_S;
    time_t    seconds = (time_t)((wall_ns - below) / HPI_NS_PER_S);
    struct tm utc;
    if (!gmtime_r(&seconds, &utc)) memset(&utc, 0, sizeof utc);
    snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900,
             utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, (int)(below / 1000));
    hpi_write(writer, text);
}

size_t hpi_plain_width(const char *text) {
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80; /* not the later bytes of a character */
    return width;
}
