/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/backend.h"

#include <string.h>

static bool is_mine(const unsigned char *start, size_t count) {
    static const char magic[] = "SQLite format 3";
    return count >= sizeof magic && memcmp(start, magic, sizeof magic) == 0;
}

extern const hpi_backend_class hpi_backend_sqlite;

const hpi_backend_class hpi_backend_sqlite = {
    .name = "sqlite",
    .absent = "built without SQLite (HPT_SQLITE=OFF, or sqlite3.h was not found)",
    .suffix = ".db",
    .is_mine = is_mine,
};
