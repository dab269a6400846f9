/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef HPI_BASE_PIN_H
#define HPI_BASE_PIN_H

/* Keeping a shared object where it is while some function of it may be called, whoever else closes
 * it meanwhile. Where objects are never unloaded, or we cannot ask, all of this does nothing. */

/* The file of the object that `address` is in, as the loader calls it: valid as long as it is
 * loaded. NULL for the program itself, which stays. */
const char *hpi_pin_file(const void *address);

/* Keep it, if it is still loaded, until hpi_unpin() of what this returns. NULL: it is not. */
void *hpi_pin(const char *file);
void  hpi_unpin(void *pin); /* NULL does nothing */

#endif
