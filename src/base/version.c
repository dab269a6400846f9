/* SPDX-License-Identifier: BSD-3-Clause */
#include <hpt/base.h>

#define TEXT(x)                      #x
#define VERSION(major, minor, patch) TEXT(major) "." TEXT(minor) "." TEXT(patch)

const char *hpt_version(void) {
    return VERSION(HPT_VERSION_MAJOR, HPT_VERSION_MINOR, HPT_VERSION_PATCH);
}
