/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef WORDS_H
#define WORDS_H

/* Characters as a terminal shows them, and words that were mistyped. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "output.h"

/* How many bytes the character at `text` has: 1 to 4, or 0 when it is not valid UTF-8. */
size_t character_bytes(const char *text, size_t left);

/* Columns that a terminal needs for a text without control characters. */
size_t text_width(const char *text);

/* A text that no terminal acts on: controls, marks that turn the direction of writing, and what is
 * not UTF-8 become '?', and on a terminal for another character set all that is not ASCII. */
void put_harmless(output *out, const char *text);
void put_harmless_bytes(output *out, const char *text, size_t count);

/* For what programs read: as it is, but harmless where it goes to a terminal. */
void put_as_read(output *out, const char *text, size_t count);

/* As put_harmless(), at most so many columns; what is cut off is shown by `mark`. */
void put_cut(output *out, const char *text, size_t width, const char *mark);

/* Candidates for a word: number `index`, NULL past the last. */
typedef const char *words_at(const void *context, size_t index);

/* The candidate closest to a word that is none of them; NULL when none is near. */
const char *closest_word(const char *word, words_at *at, const void *context);

/* The next of words separated by commas, into `word` (room for bytes, cut there); false at the end.
 * Empty ones are skipped. */
bool next_word(const char **list, char *word, size_t bytes);

/* Whether words of a list, "a|b|c", include one; which in *index_out. */
bool is_among(const char *words, const char *word, size_t *index_out);

#endif
