/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_PLAIN_H
#define HPI_OBSERVE_PLAIN_H

/* Text for people, on a terminal: nothing in it moves the cursor, whatever a name or a reason
 * contains, and numbers look the same in every locale. Any thread. */

#include "base/json.h"
#include "hpt/space.h"

/* A text with every control character (ESC, newline, C1) and every byte that is not UTF-8 as '?'.
 */
void hpi_plain_text(hpi_writer *writer, const char *text);

/* So many significant digits; so many decimals. Non-finite: nan, inf, -inf. */
void hpi_plain_real(hpi_writer *writer, double real, int digits);
void hpi_plain_fixed(hpi_writer *writer, double real, int decimals);

/* "35 µs", "0.71 s", "4 min 12 s", "2 h 05 min"; for an infinite one "?". */
void hpi_plain_seconds(hpi_writer *writer, double seconds);

/* rbf, 31.6, true, null; a text with spaces or none at all in quotes. */
void hpi_plain_value(hpi_writer *writer, hpt_value value);

/* "C=31.6 gamma=0.021". */
void hpi_plain_point(hpi_writer *writer, const hpt_space *space, const hpt_coord *point);

/* "best error 0.021 of trial 7". */
void hpi_plain_best(hpi_writer *writer, const char *metric, double value, uint64_t trial);

/* "2026-02-03T04:05:06.789012Z". */
void hpi_plain_time(hpi_writer *writer, int64_t wall_ns);

/* How many columns a text takes on a terminal: its characters, each counted as one. */
size_t hpi_plain_width(const char *text);

#endif
