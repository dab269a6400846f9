/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_OBSERVE_TERMINAL_H
#define HPI_OBSERVE_TERMINAL_H

/* What the progress observer must know of where it writes. One thread at a time. */

#include <stdbool.h>
#include <stdio.h>

/* Whether the file is a terminal that can redraw a line (TERM is set and not "dumb"). */
bool hpi_terminal_can_redraw(FILE *file);

/* Whether colour is wanted (NO_COLOR is not set), and whether the terminal shows UTF-8. */
bool hpi_terminal_wants_colour(void);
bool hpi_terminal_is_utf8(void);

/* Columns now; 80 when nobody knows. */
unsigned hpi_terminal_width(FILE *file);

#endif
