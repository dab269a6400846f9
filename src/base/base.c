/* SPDX-License-Identifier: BSD-3-Clause */

/* What hpt/base.h promises and no other part is needed for. */

#include "hpt/base.h"

#include <string.h>

#define TEXT_OF(token) #token
#define TEXT(token)    TEXT_OF(token)

const char *hpt_version(void) {
    return TEXT(HPT_VERSION_MAJOR) "." TEXT(HPT_VERSION_MINOR) "." TEXT(HPT_VERSION_PATCH);
}

const char *hpt_status_text(hpt_status status) {
    switch (status) {
#define HPT_ROW(name, value, text)                                                                 \
    case name:                                                                                     \
        return text;
        HPT_STATUS_LIST(HPT_ROW)
#undef HPT_ROW
    }
    return "unknown status";
}

static bool texts_equal(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

bool hpt_value_equal(hpt_value a, hpt_value b) {
    if (a.type != b.type) return false;
    switch (a.type) {
    case HPT_TYPE_NULL:
        return true;
    case HPT_TYPE_BOOL:
        return a.as.boolean == b.as.boolean;
    case HPT_TYPE_INT:
        return a.as.integer == b.as.integer;
    case HPT_TYPE_REAL:
        return a.as.real == b.as.real;
    case HPT_TYPE_TEXT:
        return texts_equal(a.as.text, b.as.text);
    }
    return false;
}
