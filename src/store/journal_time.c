/* SPDX-License-Identifier: BSD-3-Clause */

/* Times as Optuna's journal has them. */

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/journal.h"

/* Of years that have four digits. */
static bool find_second(hpi_journal_second *last, time_t second) {
    struct tm local = { 0 };
    if (last->is_known && last->second == second) return true;
    last->is_known = localtime_r(&second, &local) && local.tm_year >= -1900 && local.tm_year < 8100;
    if (!last->is_known) return false;
    char *at = hpi_put_digits(last->text, local.tm_year + 1900, 4);
    *at++ = '-', at = hpi_put_digits(at, local.tm_mon + 1, 2);
    *at++ = '-', at = hpi_put_digits(at, local.tm_mday, 2);
    *at++ = 'T', at = hpi_put_digits(at, local.tm_hour, 2);
    *at++ = ':', at = hpi_put_digits(at, local.tm_min, 2);
    *at++ = ':', at = hpi_put_digits(at, local.tm_sec, 2);
    last->second = second;
    return true;
}

/* Local time without its zone: Optuna 4 writes and compares nothing else, and Optuna 5 takes a time
 * without zone for a local one. The record has the exact time. */
void hpi_journal_write_time(hpi_journal_second *last, hpi_writer *out, int64_t wall_ns) {
    char    text[HPI_JOURNAL_SECOND_BYTES + 16], *at = text;
    bool    is_known = wall_ns != HPI_NO_TIME;
    int64_t seconds = is_known ? wall_ns / HPI_NS_PER_S : 0, fraction = wall_ns % HPI_NS_PER_S;
    if (fraction < 0) {
        fraction += HPI_NS_PER_S;
        seconds--;
    }
    if (!is_known || !find_second(last, (time_t)seconds)) {
        hpi_write(out, "null");
        return;
    }
    *at++ = '"';
    memcpy(at, last->text, HPI_JOURNAL_SECOND_BYTES);
    at += HPI_JOURNAL_SECOND_BYTES;
    *at++ = '.', at = hpi_put_digits(at, fraction / 1000, 6);
    *at++ = '"';
    hpi_write_bytes(out, text, (size_t)(at - text));
}
