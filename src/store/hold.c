/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/hold.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "base/thread.h"

/* The runs of this process. Entered and left once per run, so a spin will do. */
static atomic_flag is_busy = ATOMIC_FLAG_INIT;
static hpi_holder *holders;

static void lock(void) {
    while (atomic_flag_test_and_set_explicit(&is_busy, memory_order_acquire)) /* with unlock() */
        hpi_thread_yield();
}

static void unlock(void) {
    atomic_flag_clear_explicit(&is_busy, memory_order_release); /* pairs with lock() */
}

void hpi_holder_enter(hpi_holder *entry) {
    lock();
    entry->next = holders;
    holders = entry;
    unlock();
}

void hpi_holder_leave(hpi_holder *entry) {
    lock();
    hpi_holder **at = &holders;
    while (*at && *at != entry)
        at = &(*at)->next;
    if (*at) *at = entry->next;
    unlock();
}

static bool is_held_here(const char *run_id) {
    lock();
    const hpi_holder *entry = holders;
    while (entry && strcmp(entry->run_id, run_id) != 0)
        entry = entry->next;
    unlock();
    return entry != NULL;
}

/* Writing. */

static void host_name(char text_out[HPI_HOLD_FACT_BYTES]) {
    char name[256] = "";
    if (gethostname(name, sizeof name - 1) != 0) *name = '\0';
    hpi_quote(text_out, HPI_HOLD_FACT_BYTES, name);
}

static void time_text(char text_out[HPI_HOLD_FACT_BYTES]) {
    time_t    seconds = (time_t)(hpi_wall_ns() / HPI_NS_PER_S);
    struct tm parts;
    if (!gmtime_r(&seconds, &parts) ||
        strftime(text_out, HPI_HOLD_FACT_BYTES, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        *text_out = '\0';
}

hpt_status hpi_hold_print(const char *run_id, char **json_out, hpt_err *err) {
    hpi_writer writer = { 0 };
    char       fact[HPI_HOLD_FACT_BYTES];
    hpi_write(&writer, "{\"pid\":");
    hpi_write_uint(&writer, (uint64_t)getpid());
    host_name(fact);
    hpi_write_json_member(&writer, "host", fact);
    time_text(fact);
    hpi_write_json_member(&writer, "since", fact);
    hpi_hold_start((long)getpid(), fact);
    hpi_write_json_member(&writer, "start", fact);
    hpi_hold_boot(fact);
    hpi_write_json_member(&writer, "boot", fact);
    hpi_hold_machine(fact);
    hpi_write_json_member(&writer, "machine", fact);
    hpi_hold_container(fact);
    hpi_write_json_member(&writer, "container", fact);
    hpi_write_json_member(&writer, "run", run_id);
    hpi_write(&writer, "}");
    if (!writer.failed) {
        *json_out = writer.text;
        return HPT_OK;
    }
    hpi_writer_fini(&writer);
    return hpi_fail(err, HPT_ENOMEM, "out of memory for a study's hold");
}

/* Reading. */

/* "" for what is not there. */
static const char *text_of(const hpi_json_node *object, const char *name) {
    const char *text = hpi_json_member_text(object, name);
    return text ? text : "";
}

static long pid_of(const hpi_json_node *object) {
    const hpi_json_node *node = hpi_json_member(object, "pid");
    bool                 is_number = node && hpi_json_type_of(node) == HPI_JSON_NUMBER;
    hpt_value            value = is_number ? hpi_json_scalar(node) : hpt_int(0);
    return value.type == HPT_TYPE_INT ? (long)value.as.integer : 0;
}

static void describe(const hpi_json_node *object, char who[HPI_HOLD_WHO_BYTES]) {
    char host[64], since[40];
    hpi_quote(host, sizeof host, text_of(object, "host"));
    hpi_quote(since, sizeof since, text_of(object, "since"));
    snprintf(who, HPI_HOLD_WHO_BYTES, "process %ld on host %s since %s", pid_of(object), host,
             since);
}

typedef void fact_function(char text_out[HPI_HOLD_FACT_BYTES]);

static bool is_same(const hpi_json_node *object, const char *name, fact_function *fact) {
    char here[HPI_HOLD_FACT_BYTES];
    fact(here);
    return strcmp(text_of(object, name), here) == 0;
}

/* Not only unknown. */
static bool is_other(const hpi_json_node *object, const char *name, fact_function *fact) {
    char        here[HPI_HOLD_FACT_BYTES];
    const char *there = text_of(object, name);
    fact(here);
    return *here && *there && strcmp(here, there) != 0;
}

static bool is_gone(const hpi_json_node *object) {
    char start[HPI_HOLD_FACT_BYTES];
    long pid = pid_of(object);
    if (!is_same(object, "host", host_name) || !is_same(object, "machine", hpi_hold_machine))
        return false;
    if (is_other(object, "boot", hpi_hold_boot)) return true;
    if (is_other(object, "container", hpi_hold_container)) return false;
    if (!hpi_hold_start(pid, start)) return true;
    const char *started = text_of(object, "start");
    if (*start && *started && strcmp(start, started) != 0) return true;
    return pid == (long)getpid() && !is_held_here(text_of(object, "run"));
}

static bool is_there(const hpi_json_node *object) {
    char start[HPI_HOLD_FACT_BYTES];
    return is_same(object, "host", host_name) && is_same(object, "machine", hpi_hold_machine) &&
           is_same(object, "boot", hpi_hold_boot) &&
           is_same(object, "container", hpi_hold_container) && !is_gone(object) &&
           hpi_hold_start(pid_of(object), start) && *start &&
           strcmp(start, text_of(object, "start")) == 0;
}

bool hpi_hold_is_there(const char *json) {
    hpi_json *document = NULL;
    hpt_err   ignored = { 0 };
    if (hpi_json_parse(json, strlen(json), &document, &ignored) != HPT_OK) return false;
    const hpi_json_node *root = hpi_json_root(document);
    bool                 is_it = hpi_json_type_of(root) == HPI_JSON_OBJECT && is_there(root);
    hpi_json_destroy(document);
    return is_it;
}

hpi_hold hpi_hold_judge(const char *json, char who[HPI_HOLD_WHO_BYTES]) {
    hpi_json *document = NULL;
    hpt_err   ignored = { 0 };
    snprintf(who, HPI_HOLD_WHO_BYTES, "an unknown process");
    hpt_status status = hpi_json_parse(json, strlen(json), &document, &ignored);
    if (status == HPT_ENOMEM)
        snprintf(who, HPI_HOLD_WHO_BYTES, "a process that is not known for want of memory");
    if (status != HPT_OK) return HPI_HOLD_TAKEN;
    const hpi_json_node *root = hpi_json_root(document);
    hpi_hold             hold = HPI_HOLD_TAKEN;
    if (hpi_json_type_of(root) == HPI_JSON_NULL) {
        hold = HPI_HOLD_NOBODY;
        *who = '\0';
    } else if (hpi_json_type_of(root) == HPI_JSON_OBJECT && pid_of(root) > 0) {
        describe(root, who);
        if (is_gone(root)) hold = HPI_HOLD_DEAD;
    }
    hpi_json_destroy(document);
    return hold;
}

bool hpi_hold_is_of(const char *json, const char *run_id) {
    hpi_json *document = NULL;
    hpt_err   ignored = { 0 };
    if (hpi_json_parse(json, strlen(json), &document, &ignored) != HPT_OK) return false;
    const hpi_json_node *root = hpi_json_root(document);
    bool                 is_mine = hpi_json_type_of(root) == HPI_JSON_OBJECT &&
                   strcmp(text_of(root, "run"), run_id) == 0 && pid_of(root) == (long)getpid();
    hpi_json_destroy(document);
    return is_mine;
}
