/* SPDX-License-Identifier: BSD-3-Clause */
/* hwloc knows more machines than we do. It takes up to 30 ms to load, so it is not linked but
 * loaded when somebody asks for it, and unloaded again. */
#include "base/topology.h"

#include <dlfcn.h>
#include <hwloc.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"

/* Its functions, by the names they have there. */
typedef struct library {
    void *handle;
    unsigned (*get_api_version)(void);
    int (*topology_init)(hwloc_topology_t *topology);
    int (*topology_load)(hwloc_topology_t topology);
    void (*topology_destroy)(hwloc_topology_t topology);
    int (*get_type_depth)(hwloc_topology_t topology, hwloc_obj_type_t type);
    unsigned (*get_nbobjs_by_depth)(hwloc_topology_t topology, int depth);
    hwloc_obj_t (*get_obj_by_depth)(hwloc_topology_t topology, int depth, unsigned index);
    int (*bitmap_next)(hwloc_const_bitmap_t bitmap, int previous);
} library;

static const struct {
    const char *name;
    size_t      offset;
} symbols[] = {
    { "hwloc_get_api_version", offsetof(library, get_api_version) },
    { "hwloc_topology_init", offsetof(library, topology_init) },
    { "hwloc_topology_load", offsetof(library, topology_load) },
    { "hwloc_topology_destroy", offsetof(library, topology_destroy) },
    { "hwloc_get_type_depth", offsetof(library, get_type_depth) },
    { "hwloc_get_nbobjs_by_depth", offsetof(library, get_nbobjs_by_depth) },
    { "hwloc_get_obj_by_depth", offsetof(library, get_obj_by_depth) },
    { "hwloc_bitmap_next", offsetof(library, bitmap_next) },
};

static void say(char *out, size_t bytes, const char *text) {
    hpi_cut(out, bytes, text ? text : "no reason given");
}

static bool open_library(library *hwloc, char *why_out, size_t bytes) {
    hwloc->handle = dlopen("libhwloc.so.15", RTLD_NOW | RTLD_LOCAL);
    if (!hwloc->handle) {
        say(why_out, bytes, dlerror());
        return false;
    }
    for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++) {
        void *symbol = dlsym(hwloc->handle, symbols[i].name);
        memcpy((char *)hwloc + symbols[i].offset, &symbol, sizeof symbol);
        if (symbol) continue;
        say(why_out, bytes, dlerror());
        dlclose(hwloc->handle);
        return false;
    }
    return true;
}

/* Call `set` for each CPU of each object of a type. The last object comes first, so that the
 * first of several that hold a CPU has the last word: some machines have two kinds of memory. */
static unsigned for_each(const library *hwloc, hwloc_topology_t from, hwloc_obj_type_t type,
                         void (*set)(hpi_topology *, unsigned, unsigned, unsigned),
                         hpi_topology *topology) {
    int      depth = hwloc->get_type_depth(from, type);
    unsigned count =
        depth == HWLOC_TYPE_DEPTH_UNKNOWN ? 0 : hwloc->get_nbobjs_by_depth(from, depth);
    for (unsigned i = count; i-- > 0;) {
        hwloc_obj_t object = hwloc->get_obj_by_depth(from, depth, i);
        int         lowest = hwloc->bitmap_next(object->cpuset, -1), cpu = lowest;
        for (; cpu >= 0 && cpu < HPI_CPUS_MAX; cpu = hwloc->bitmap_next(object->cpuset, cpu))
            set(topology, i, (unsigned)lowest, (unsigned)cpu);
    }
    return count;
}

static void set_core(hpi_topology *topology, unsigned index, unsigned lowest, unsigned cpu) {
    (void)index;
    topology->core_of[cpu] = (uint16_t)(lowest + 1);
    if (cpu != lowest) topology->has_smt = true;
}

static void set_node(hpi_topology *topology, unsigned index, unsigned lowest, unsigned cpu) {
    (void)lowest;
    if (index < HPI_NODES_MAX) topology->node_of[cpu] = (uint16_t)index;
}

static void fill(const library *hwloc, hwloc_topology_t from, hpi_topology *topology) {
    for_each(hwloc, from, HWLOC_OBJ_CORE, set_core, topology);
    unsigned nodes = for_each(hwloc, from, HWLOC_OBJ_NUMANODE, set_node, topology);
    topology->node_end = nodes < HPI_NODES_MAX ? nodes : HPI_NODES_MAX;
    topology->has_nodes = nodes > 1;
}

static bool ask(const library *hwloc, hpi_topology *topology, char *why_out, size_t bytes) {
    hwloc_topology_t from;
    unsigned         version = hwloc->get_api_version();
    if (version >> 16 != HWLOC_API_VERSION >> 16) {
        snprintf(why_out, bytes, "hwloc has interface %u, hpt was built for %u", version >> 16,
                 (unsigned)HWLOC_API_VERSION >> 16);
        return false;
    }
    if (hwloc->topology_init(&from) != 0) {
        say(why_out, bytes, "hwloc_topology_init() failed");
        return false;
    }
    bool is_loaded = hwloc->topology_load(from) == 0;
    if (is_loaded)
        fill(hwloc, from, topology);
    else
        say(why_out, bytes, "hwloc_topology_load() failed");
    hwloc->topology_destroy(from);
    return is_loaded;
}

bool hpi_topology_hwloc(hpi_topology *topology, char *why_out, size_t bytes) {
    library hwloc;
    if (!open_library(&hwloc, why_out, bytes)) return false;
    bool is_good = ask(&hwloc, topology, why_out, bytes);
    dlclose(hwloc.handle);
    return is_good;
}
