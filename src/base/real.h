/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_REAL_H
#define HPI_BASE_REAL_H

/* Doubles as decimal digits, whatever the locale. Any thread. */

enum { HPI_DECIMAL_DIGITS = 17 };

/* 0.DIGITS * 10^point. */
typedef struct hpi_decimal {
    char digits[HPI_DECIMAL_DIGITS + 1]; /* without zeros at the end                         */
    int  count;                          /* of them                                          */
    int  precision; /* the digits that were needed, zeros too: 15 to 17, or less where there
                       are no more                                                           */
    int point;
} hpi_decimal;

/* A finite double above 0 in the fewest digits that read back as the same double; what 15 digits
 * say, in no more. */
void hpi_decimal_of(double real, hpi_decimal *out);

#endif
