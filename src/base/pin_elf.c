/* SPDX-License-Identifier: BSD-3-Clause */
/* Systems whose loader tells what it has loaded where: Linux, BSD. */
#define _GNU_SOURCE /* dladdr1 */
#include "base/pin.h"

#include <dlfcn.h>
#include <link.h>
#include <stddef.h>

const char *hpi_pin_file(const void *address) {
    Dl_info          info;
    struct link_map *map = NULL;
    if (!dladdr1(address, &info, (void **)&map, RTLD_DL_LINKMAP) || !map) return NULL;
    return map->l_name && *map->l_name ? map->l_name : NULL;
}

void *hpi_pin(const char *file) {
    return dlopen(file, RTLD_LAZY | RTLD_NOLOAD);
}

void hpi_unpin(void *pin) {
    if (pin) dlclose(pin);
}
