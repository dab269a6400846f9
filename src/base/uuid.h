/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_UUID_H
#define HPI_BASE_UUID_H

/* A random UUID (RFC 9562, version 4) in its 36 characters. Any thread. */
void hpi_uuid(char text_out[37]);

#endif
