/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPT_BASE_H
#define HPT_BASE_H

#ifdef __cplusplus
extern "C" {
#endif

#define HPT_VERSION_MAJOR 0
#define HPT_VERSION_MINOR 1
#define HPT_VERSION_PATCH 0

#if defined(__GNUC__)
#define HPT_API __attribute__((visibility("default")))
#else
#define HPT_API
#endif

/** The version of the library that is running. @return a constant text. */
HPT_API const char *hpt_version(void);

#ifdef __cplusplus
}
#endif
#endif
