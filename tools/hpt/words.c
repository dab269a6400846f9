/* SPDX-License-Identifier: BSD-3-Clause */
#include "words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "table.h"

enum { WORD_BYTES_MAX = 64 };

typedef struct range {
    uint32_t first, last;
} range;

/* Combining marks, joiners, selectors: they take no column of their own. Blocks, not every
 * character: what a name of a parameter may have. */
static const range zero_width[] = {
    { 0x0300, 0x036F },   { 0x0483, 0x0489 }, { 0x0591, 0x05BD }, { 0x0610, 0x061A },
    { 0x064B, 0x065F },   { 0x06D6, 0x06DC }, { 0x0900, 0x0902 }, { 0x093C, 0x093C },
    { 0x0941, 0x0948 },   { 0x0E31, 0x0E31 }, { 0x0E34, 0x0E3A }, { 0x0E47, 0x0E4E },
    { 0x1160, 0x11FF },   { 0x1AB0, 0x1AFF }, { 0x1DC0, 0x1DFF }, { 0x200B, 0x200D },
    { 0x2060, 0x2064 },   { 0x20D0, 0x20FF }, { 0x302A, 0x302D }, { 0x3099, 0x309A },
    { 0xFE00, 0xFE0F },   { 0xFE20, 0xFE2F }, { 0xFEFF, 0xFEFF }, { 0x1F3FB, 0x1F3FF },
    { 0xE0001, 0xE01EF },
};

/* East Asian wide characters and pictures: two columns. After Unicode's EastAsianWidth, whose small
 * gaps of unassigned characters are closed. */
static const range two_wide[] = {
    { 0x1100, 0x115F },   { 0x231A, 0x231B },   { 0x2329, 0x232A },   { 0x23E9, 0x23EC },
    { 0x23F0, 0x23F0 },   { 0x23F3, 0x23F3 },   { 0x25FD, 0x25FE },   { 0x2614, 0x2615 },
    { 0x2648, 0x2653 },   { 0x267F, 0x267F },   { 0x2693, 0x2693 },   { 0x26A1, 0x26A1 },
    { 0x26AA, 0x26AB },   { 0x26BD, 0x26BE },   { 0x26C4, 0x26C5 },   { 0x26CE, 0x26CE },
    { 0x26D4, 0x26D4 },   { 0x26EA, 0x26EA },   { 0x26F2, 0x26F3 },   { 0x26F5, 0x26F5 },
    { 0x26FA, 0x26FA },   { 0x26FD, 0x26FD },   { 0x2705, 0x2705 },   { 0x270A, 0x270B },
    { 0x2728, 0x2728 },   { 0x274C, 0x274C },   { 0x274E, 0x274E },   { 0x2753, 0x2755 },
    { 0x2757, 0x2757 },   { 0x2795, 0x2797 },   { 0x27B0, 0x27B0 },   { 0x27BF, 0x27BF },
    { 0x2B1B, 0x2B1C },   { 0x2B50, 0x2B50 },   { 0x2B55, 0x2B55 },   { 0x2E80, 0x303E },
    { 0x3041, 0x3247 },   { 0x3250, 0x4DBF },   { 0x4E00, 0xA4CF },   { 0xA960, 0xA97C },
    { 0xAC00, 0xD7A3 },   { 0xF900, 0xFAFF },   { 0xFE10, 0xFE19 },   { 0xFE30, 0xFE6F },
    { 0xFF01, 0xFF60 },   { 0xFFE0, 0xFFE6 },   { 0x16FE0, 0x18AFF }, { 0x1B000, 0x1B2FF },
    { 0x1F004, 0x1F004 }, { 0x1F0CF, 0x1F0CF }, { 0x1F18E, 0x1F18E }, { 0x1F191, 0x1F19A },
    { 0x1F200, 0x1F265 }, { 0x1F300, 0x1F320 }, { 0x1F32D, 0x1F335 }, { 0x1F337, 0x1F37C },
    { 0x1F37E, 0x1F393 }, { 0x1F3A0, 0x1F3CA }, { 0x1F3CF, 0x1F3D3 }, { 0x1F3E0, 0x1F3F0 },
    { 0x1F3F4, 0x1F3F4 }, { 0x1F3F8, 0x1F43E }, { 0x1F440, 0x1F440 }, { 0x1F442, 0x1F4FC },
    { 0x1F4FF, 0x1F53D }, { 0x1F54B, 0x1F54E }, { 0x1F550, 0x1F567 }, { 0x1F57A, 0x1F57A },
    { 0x1F595, 0x1F596 }, { 0x1F5A4, 0x1F5A4 }, { 0x1F5FB, 0x1F64F }, { 0x1F680, 0x1F6C5 },
    { 0x1F6CC, 0x1F6CC }, { 0x1F6D0, 0x1F6D2 }, { 0x1F6D5, 0x1F6DF }, { 0x1F6EB, 0x1F6EC },
    { 0x1F6F4, 0x1F6FC }, { 0x1F7E0, 0x1F7F0 }, { 0x1F90C, 0x1F93A }, { 0x1F93C, 0x1F945 },
    { 0x1F947, 0x1F9FF }, { 0x1FA70, 0x1FAFF }, { 0x20000, 0x3FFFD },
};

/* Marks that turn the direction of writing, and separators of lines: a name with them would put
 * words elsewhere in the table. */
static const range harmful[] = {
    { 0x0000, 0x001F }, { 0x007F, 0x009F }, { 0x061C, 0x061C }, { 0x200E, 0x200F },
    { 0x2028, 0x202E }, { 0x2066, 0x206F }, { 0xFFF9, 0xFFFB },
};

#define IS_IN(ranges, character) is_in(ranges, sizeof(ranges) / sizeof(ranges)[0], character)

static bool is_in(const range *ranges, size_t count, uint32_t character) {
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (character < ranges[middle].first)
            count = middle;
        else if (character > ranges[middle].last)
            low = middle + 1;
        else
            return true;
    }
    return false;
}

static size_t decode(const char *text, size_t left, uint32_t *character_out) {
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    unsigned char         c = (unsigned char)*text;
    size_t                bytes = c < 0x80 ? 1 : c < 0xC0 ? 0 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (bytes == 0 || c >= 0xF8 || bytes > left) return 0;
    uint32_t character = bytes == 1 ? c : c & (0x7Fu >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if (((unsigned char)text[i] & 0xC0) != 0x80) return 0;
        character = character << 6 | ((unsigned char)text[i] & 0x3Fu);
    }
    bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < least[bytes] || character > 0x10FFFF || is_surrogate) return 0;
    *character_out = character;
    return bytes;
}

size_t character_bytes(const char *text, size_t left) {
    uint32_t ignored;
    return decode(text, left, &ignored);
}

static size_t width_of(uint32_t character) {
    if (character < 0x300) return 1;
    return IS_IN(zero_width, character) ? 0 : IS_IN(two_wide, character) ? 2 : 1;
}

size_t text_width(const char *text) {
    size_t width = 0;
    for (size_t left = strlen(text), step; left > 0; text += step, left -= step) {
        uint32_t character = '?';
        size_t   bytes = decode(text, left, &character);
        step = bytes ? bytes : 1;
        width += width_of(character);
    }
    return width;
}

/* To a terminal of 8 bits, such as one for ISO 8859, half of the bytes of other characters are
 * controls. */
static bool is_harmful(uint32_t character) {
    const screen *at = the_screen();
    return IS_IN(harmful, character) || (character >= 0x80 && at->is_terminal && !at->has_utf8);
}

void put_harmless_bytes(output *out, const char *text, size_t count) {
    for (size_t left = count, step; left > 0; text += step, left -= step) {
        uint32_t character = 0;
        size_t   bytes = decode(text, left, &character);
        step = bytes ? bytes : 1;
        if (is_harmful(character))
            put(out, "?");
        else
            put_bytes(out, text, step);
    }
}

void put_harmless(output *out, const char *text) {
    put_harmless_bytes(out, text, strlen(text));
}

void put_as_read(output *out, const char *text, size_t count) {
    if (out->fd == STDOUT_FILENO && the_screen()->is_terminal)
        put_harmless_bytes(out, text, count);
    else
        put_bytes(out, text, count);
}

void put_cut(output *out, const char *text, size_t width, const char *mark) {
    output all = { .fd = -1 };
    put_harmless(&all, text);
    const char *at = output_text(&all);
    size_t      whole = text_width(at), mark_width = text_width(mark), used = 0;
    size_t      room = whole <= width ? width : width > mark_width ? width - mark_width : 0;
    for (size_t left = strlen(at), bytes; left > 0; at += bytes, left -= bytes) {
        uint32_t character = '?';
        bytes = decode(at, left, &character);
        used += width_of(character);
        if (used > room) break;
        put_bytes(out, at, bytes);
    }
    if (whole > width && width >= mark_width) put(out, mark);
    output_free(&all);
}

static size_t least_of(size_t a, size_t b) {
    return a < b ? a : b;
}

static int lower(char c) {
    return tolower((unsigned char)c);
}

/* Edit distance in which a swap counts one and case nothing. */
static size_t distance(const char *a, const char *b) {
    size_t rows[3][WORD_BYTES_MAX + 1];
    size_t length_a = strlen(a), length_b = strlen(b);
    for (size_t j = 0; j <= length_b; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= length_a; i++) {
        size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *before = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= length_b; j++) {
            bool is_same = lower(a[i - 1]) == lower(b[j - 1]);
            bool is_swap = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            row[j] = least_of(above[j - 1] + !is_same, least_of(above[j], row[j - 1]) + 1);
            if (is_swap) row[j] = least_of(row[j], before[j - 2] + 1);
        }
    }
    return rows[length_a % 3][length_b];
}

const char *closest_word(const char *word, words_at *at, const void *context) {
    const char *found = NULL, *candidate;
    size_t      least = SIZE_MAX, length = strlen(word);
    if (length > WORD_BYTES_MAX) return NULL;
    for (size_t i = 0; (candidate = at(context, i)); i++) {
        size_t longer = strlen(candidate);
        if (longer > WORD_BYTES_MAX) continue;
        size_t far = distance(word, candidate);
        bool   begins = length >= 3 && strncmp(word, candidate, length) == 0;
        if (longer < length) longer = length;
        if (far > (longer + 2) / 3 && !begins) continue;
        if (far >= least) continue;
        least = far;
        found = candidate;
    }
    return found;
}

bool next_word(const char **list, char *word, size_t bytes) {
    const char *from = *list + strspn(*list, ", ");
    size_t      length = strcspn(from, ",");
    if (*from == '\0') return false;
    *list = from + length;
    while (length > 0 && from[length - 1] == ' ')
        length--;
    if (length >= bytes) length = bytes - 1;
    memcpy(word, from, length);
    word[length] = '\0';
    return true;
}

bool is_among(const char *words, const char *word, size_t *index_out) {
    size_t length = strlen(word);
    for (size_t index = 0;; index++) {
        size_t bytes = strcspn(words, "|");
        if (bytes == length && memcmp(words, word, bytes) == 0) {
            *index_out = index;
            return true;
        }
        if (words[bytes] == '\0') return false;
        words += bytes + 1;
    }
}
