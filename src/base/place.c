/* SPDX-License-Identifier: BSD-3-Clause */
#include "base/place.h"

#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

static const char *const names[] = {
#define HPI_ROW(name, text) [name] = text,
    HPI_PLACEMENT_LIST(HPI_ROW)
#undef HPI_ROW
};

static const char *name_at(const void *context, size_t index) {
    (void)context;
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

hpt_status hpi_placement_find(const char *name, hpi_placement *placement_out, hpt_err *err) {
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) != 0) continue;
        *placement_out = (hpi_placement)i;
        return HPT_OK;
    }
    char shown[64];
    hpi_fail(err, HPT_EINVAL, "there is no placement \"%s\"", hpi_quote(shown, sizeof shown, name));
    hpi_suggest(err, name, name_at, NULL);
    return HPT_EINVAL;
}

static bool is_bound(const hpi_place *place) {
    return place->placement == HPI_PLACE_CORE || place->placement == HPI_PLACE_NUMA;
}

/* Opening. */

static const hpi_topology *find_topology(hpi_place *place) {
    char why[160] = "";
    if (!is_bound(place)) return hpi_topology_of_kernel();
    const hpi_topology *topology = hpi_topology_of_hwloc(why, sizeof why);
    if (*why)
        snprintf(place->warnings[0], HPI_PLACE_WARNING_BYTES,
                 "workers are bound by what the kernel says of cores and nodes, not hwloc: %s",
                 why);
    return topology;
}

static hpt_status open_order(hpi_place *place, const hpi_place_wish *wish, hpt_err *err) {
    bool is_alone = wish->worker_count < 2 && !is_bound(place); /* nobody to be spread from */
    if (is_alone || place->placement == HPI_PLACE_NONE) return HPT_OK;
    if (!hpi_cpus_mask(&place->mask)) return HPT_OK;
    uint32_t count = hpi_mask_count(&place->mask);
    if (count < 2) return HPT_OK; /* there is nowhere else to go */
    place->order = hpi_alloc(count, sizeof *place->order);
    if (!place->order) return hpi_fail(err, HPT_ENOMEM, "out of memory for the order of CPUs");
    place->topology = find_topology(place);
    place->cpu_count =
        hpi_topology_order(place->topology, &place->mask, place->group, place->order);
    place->first = wish->grant.first % count;
    return HPT_OK;
}

/* Said by the user: exactly so many. Otherwise the workers share the CPUs: each of them opening as
 * many threads as there are CPUs is what OpenMP would do. */
static void open_nested(hpi_place *place, const hpi_place_wish *wish) {
    uint32_t share = wish->grant.count / wish->worker_count;
    if (wish->threads_per_trial > 0)
        place->thread_count = wish->threads_per_trial;
    else if (wish->worker_count > 1)
        place->thread_count = share > 0 ? share : 1;
    place->is_thread_limit = wish->threads_per_trial == 0;
    if (place->thread_count == 0) return;
    hpi_nested_find(&place->nested);
    if (!place->is_thread_limit)
        hpi_nested_problem(&place->nested, place->thread_count, place->warnings[1],
                           HPI_PLACE_WARNING_BYTES);
}

hpt_status hpi_place_open(hpi_place *place, const hpi_place_wish *wish, hpt_err *err) {
    HPI_ASSERT(wish->worker_count > 0);
    place->placement = wish->placement;
    place->group = wish->threads_per_trial > 0 ? wish->threads_per_trial : 1;
    open_nested(place, wish);
    return open_order(place, wish, err);
}

void hpi_place_close(hpi_place *place) {
    hpi_free(place->order);
    place->order = NULL;
}

void hpi_place_keep(hpi_place *place, uint32_t worker, uint32_t cpu) {
    if (!place->order || is_bound(place)) return;
    uint64_t index = (place->first + (uint64_t)worker * place->group) % place->cpu_count;
    for (uint32_t i = 0; i < place->cpu_count; i++) {
        if (place->order[i] != cpu) continue;
        place->order[i] = place->order[index];
        place->order[index] = (uint16_t)cpu;
        return;
    }
}

/* In the worker. */

/* The i-th CPU of a worker. */
static uint32_t cpu_of(const hpi_place *place, uint32_t worker, uint32_t i) {
    uint64_t index = place->first + (uint64_t)worker * place->group + i;
    return place->order[index % place->cpu_count];
}

static void add_node(const hpi_place *place, uint32_t node, hpi_cpu_mask *mask) {
    for (uint32_t i = 0; i < place->cpu_count; i++)
        if (place->topology->node_of[place->order[i]] == node) hpi_mask_add(mask, place->order[i]);
}

bool hpi_place_start(const hpi_place *place, uint32_t worker, hpi_cpu_mask *mask_out) {
    if (!place->order) return false;
    hpi_mask_clear(mask_out, place->mask.bytes);
    uint32_t first = cpu_of(place, worker, 0);
    uint32_t count = place->group < place->cpu_count ? place->group : place->cpu_count;
    if (place->placement == HPI_PLACE_NUMA)
        add_node(place, place->topology->node_of[first], mask_out);
    else if (place->placement == HPI_PLACE_CORE)
        for (uint32_t i = 0; i < count; i++)
            hpi_mask_add(mask_out, cpu_of(place, worker, i));
    else
        hpi_mask_add(mask_out, first);
    return true;
}

/* Kernels that pack new threads on the core of their creator leave the others idle for milliseconds
 * (docs/rationale.md), so a new thread is moved once. */
static void go(const hpi_place *place, uint32_t worker) {
    hpi_cpu_mask mask;
    bool         is_free = place->placement == HPI_PLACE_SPREAD;
    if (!hpi_place_start(place, worker, &mask)) return;
    if (!is_free || cpu_of(place, worker, 0) != hpi_cpus_here()) hpi_cpus_bind(&mask);
    if (is_free) hpi_cpus_bind(&place->mask);
}

void hpi_place_enter(const hpi_place *place, uint32_t worker, hpi_place_saved *saved_out) {
    hpi_nested_saved unused;
    if (saved_out) saved_out->mask.bytes = 0;
    if (saved_out && is_bound(place) && place->order) hpi_cpus_mask(&saved_out->mask);
    if (!saved_out || is_bound(place)) go(place, worker);
    if (place->thread_count > 0)
        hpi_nested_set(&place->nested, place->thread_count, place->is_thread_limit,
                       saved_out ? &saved_out->nested : &unused);
}

void hpi_place_leave(const hpi_place *place, const hpi_place_saved *saved) {
    if (place->thread_count > 0) hpi_nested_restore(&place->nested, &saved->nested);
    if (saved->mask.bytes > 0) hpi_cpus_bind(&saved->mask);
}
