/* SPDX-License-Identifier: BSD-3-Clause */
#include "output.h"

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "table.h"

enum { WAITING_BYTES_MAX = 1 << 16, NS_PER_S = 1000000000 };

void *take_more(void *memory, size_t count, size_t bytes) {
    void *more = bytes == 0 || count <= SIZE_MAX / bytes
                     ? realloc(memory, count * bytes > 0 ? count * bytes : 1)
                     : NULL;
    if (more) return more;
    complain("out of memory");
    exit(EXIT_OTHER);
}

void *take(size_t count, size_t bytes) {
    void *memory = take_more(NULL, count, bytes);
    memset(memory, 0, count * bytes);
    return memory;
}

/* Text. */

static void write_out(output *out) {
    size_t written = 0;
    while (written < out->bytes && !out->error) {
        ssize_t step = write(out->fd, out->text + written, out->bytes - written);
        if (step > 0) written += (size_t)step;
        if (step == 0) out->error = EIO;
        if (step < 0 && errno != EINTR) out->error = errno;
    }
    out->bytes = 0;
}

void put_bytes(output *out, const char *text, size_t bytes) {
    if (out->error) return;
    if (out->bytes + bytes >= out->room) {
        out->room = 2 * (out->bytes + bytes) + 64;
        out->text = take_more(out->text, out->room, 1);
    }
    if (bytes > 0) memcpy(out->text + out->bytes, text, bytes);
    out->bytes += bytes;
    out->text[out->bytes] = '\0';
    if (out->fd >= 0 && out->bytes >= WAITING_BYTES_MAX) write_out(out);
}

void put(output *out, const char *text) {
    put_bytes(out, text, strlen(text));
}

void putf(output *out, const char *format, ...) {
    char    text[512];
    va_list list;
    va_start(list, format);
    int length = vsnprintf(text, sizeof text, format, list);
    va_end(list);
    if (length < 0) return;
    if ((size_t)length < sizeof text) {
        put_bytes(out, text, (size_t)length);
        return;
    }
    char *all = take((size_t)length + 1, 1);
    va_start(list, format);
    vsnprintf(all, (size_t)length + 1, format, list);
    va_end(list);
    put_bytes(out, all, (size_t)length);
    free(all);
}

void put_repeated(output *out, const char *text, size_t count) {
    while (count-- > 0)
        put(out, text);
}

bool output_flush(output *out) {
    if (out->fd >= 0) write_out(out);
    return out->error == 0;
}

const char *output_text(const output *out) {
    return out->bytes > 0 ? out->text : "";
}

void output_clear(output *out) {
    out->bytes = 0;
    if (out->text) *out->text = '\0';
}

void output_free(output *out) {
    free(out->text);
    *out = (output){ .fd = -1 };
}

/* Numbers. */

/* "1e-05" as "1e-5". */
static void put_plain(output *out, const char *text) {
    const char *exponent = strchr(text, 'e');
    if (!exponent) {
        put(out, text);
        return;
    }
    put_bytes(out, text, (size_t)(exponent - text) + 1);
    if (exponent[1] == '-') put(out, "-");
    exponent += 1 + strspn(exponent + 1, "+-");
    put(out, exponent + strspn(exponent, "0"));
}

static void put_odd(output *out, double real) {
    put(out, isnan(real) ? "nan" : real > 0 ? "inf" : "-inf");
}

void put_exact(output *out, double real) {
    char text[40];
    if (!isfinite(real)) {
        put_odd(out, real);
        return;
    }
    /* 15 digits survive a double, so a shorter text is found at 15; below the normal range not. */
    for (int digits = fabs(real) < DBL_MIN ? 1 : DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, real);
        if (strtod(text, NULL) == real) break;
    }
    put_plain(out, text);
}

void put_short(output *out, double real) {
    char text[40];
    snprintf(text, sizeof text, "%.6g", real);
    if (isfinite(real))
        put_plain(out, text);
    else
        put_odd(out, real);
}

/* Times. */

void put_duration(output *out, double seconds) {
    if (!(seconds >= 0 && seconds < 1e15))
        put(out, "-");
    else if (seconds < 1e-3)
        putf(out, "%.3g %s", seconds * 1e6, the_screen()->has_utf8 ? "µs" : "us");
    else if (seconds < 1)
        putf(out, seconds < 0.9995 ? "%.3g ms" : "%.0f ms", seconds * 1e3);
    else if (seconds < 60)
        putf(out, "%.*f s", seconds < 10 ? 2 : 1, seconds);
    else if (seconds < 3600)
        putf(out, "%d min %02d s", (int)seconds / 60, (int)seconds % 60);
    else if (seconds < 48 * 3600.0)
        putf(out, "%d h %02d min", (int)seconds / 3600, (int)seconds / 60 % 60);
    else
        putf(out, "%.0f d %02d h", floor(seconds / 86400), (int)(fmod(seconds, 86400) / 3600));
}

/* Rounded down, also before 1970. */
static time_t whole_seconds(int64_t wall_ns, int *below_out) {
    int64_t seconds = wall_ns / NS_PER_S, below = wall_ns % NS_PER_S;
    *below_out = (int)(below < 0 ? below + NS_PER_S : below);
    return (time_t)(below < 0 ? seconds - 1 : seconds);
}

void put_time(output *out, int64_t wall_ns) {
    struct tm here;
    int       below;
    time_t    seconds = whole_seconds(wall_ns, &below);
    if (wall_ns == INT64_MIN || !localtime_r(&seconds, &here))
        put(out, "-");
    else
        putf(out, "%04d-%02d-%02d %02d:%02d:%02d", here.tm_year + 1900, here.tm_mon + 1,
             here.tm_mday, here.tm_hour, here.tm_min, here.tm_sec);
}

void put_utc(output *out, int64_t wall_ns) {
    struct tm utc;
    int       below;
    time_t    seconds = whole_seconds(wall_ns, &below);
    if (!gmtime_r(&seconds, &utc)) memset(&utc, 0, sizeof utc);
    putf(out, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", utc.tm_year + 1900, utc.tm_mon + 1,
         utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, below / 1000);
}

void put_seconds(output *out, int64_t ns) {
    if (ns < 0) ns = 0;
    putf(out, "%" PRId64 ".%09" PRId64, ns / NS_PER_S, ns % NS_PER_S);
}

void put_value(output *out, hpt_value value) {
    switch (value.type) {
    case HPT_TYPE_NULL:
        break;
    case HPT_TYPE_BOOL:
        put(out, value.as.boolean ? "true" : "false");
        break;
    case HPT_TYPE_INT:
        putf(out, "%" PRId64, value.as.integer);
        break;
    case HPT_TYPE_REAL:
        put_short(out, value.as.real);
        break;
    case HPT_TYPE_TEXT:
        put(out, value.as.text);
        break;
    }
}
