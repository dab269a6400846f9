/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   no file breaks the reader of durations, and what it gives are durations.
 * Method: parse any bytes, by the default column, by place and by name. */
#include "pool/sim_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool is_true) {
    if (!is_true) abort();
}

static void check(const char *text, size_t bytes, const char *column) {
    hpi_sim_table table = { .path = "file", .column = column, .unit = 1e6 };
    hpt_err       err = { 0 };
    hpt_status    status = hpi_sim_table_parse(&table, text, bytes, &err);
    if (status != HPT_OK) {
        require(!table.seconds && table.count == 0 && err.code == status && err.text[0]);
        require(memchr(err.text, '\0', sizeof err.text) != NULL);
        return;
    }
    require(table.count > 0);
    for (size_t i = 0; i < table.count; i++)
        require(table.seconds[i] >= 0 && !isnan(table.seconds[i]));
    hpi_free(table.seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const columns[] = { NULL, "1", "3", "a", "18446744073709551615" };
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        check((const char *)data, size, columns[i]);
    return 0;
}
