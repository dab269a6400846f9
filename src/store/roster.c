/* SPDX-License-Identifier: BSD-3-Clause */
#include "store/roster.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/hold.h"

static void member_fini(hpi_member *member) {
    hpi_free(member->run);
    hpi_free(member->who);
    hpi_spans_fini(&member->has);
}

void hpi_roster_fini(hpi_roster *roster) {
    for (size_t i = 0; i < roster->member_count; i++)
        member_fini(&roster->members[i]);
    hpi_free(roster->members);
    hpi_spans_fini(&roster->free);
    *roster = (hpi_roster){ 0 };
}

/* Members. */

hpi_member *hpi_roster_find(const hpi_roster *roster, const char *run) {
    for (size_t i = 0; i < roster->member_count; i++)
        if (strcmp(roster->members[i].run, run) == 0) return &roster->members[i];
    return NULL;
}

hpi_member *hpi_roster_join(hpi_roster *roster, const char *run, const char *who) {
    if (roster->member_count == roster->member_room) {
        size_t      room = roster->member_room ? 2 * roster->member_room : 4;
        hpi_member *members = hpi_resize(roster->members, room, sizeof *members);
        if (!members) return NULL;
        roster->members = members;
        roster->member_room = room;
    }
    hpi_member *member = &roster->members[roster->member_count];
    *member = (hpi_member){ .run = hpi_copy_text(run), .who = hpi_copy_text(who) };
    if (!member->run || !member->who) {
        member_fini(member);
        return NULL;
    }
    roster->member_count++;
    member->index = roster->joined++;
    return member;
}

bool hpi_roster_remove(hpi_roster *roster, hpi_member *member) {
    size_t at = (size_t)(member - roster->members);
    HPI_ASSERT(at < roster->member_count);
    if (!hpi_spans_add_all(&roster->free, &member->has)) return false;
    member_fini(member);
    memmove(member, member + 1, (--roster->member_count - at) * sizeof *member);
    return true;
}

/* The clock counts from the start of the machine: a beat that is still to come is of another start.
 */
bool hpi_member_is_gone(const hpi_member *member, int64_t now_ms, bool is_asking) {
    char who[HPI_HOLD_WHO_BYTES];
    bool is_late = member->beat_ms > now_ms || now_ms - member->beat_ms > member->lease_ms;
    return is_late || (is_asking && hpi_hold_judge(member->who, who) == HPI_HOLD_DEAD);
}

bool hpi_roster_expire(hpi_roster *roster, int64_t now_ms, bool is_asking) {
    for (size_t i = roster->member_count; i-- > 0;) {
        hpi_member *member = &roster->members[i];
        if (!hpi_member_is_gone(member, now_ms, is_asking)) continue;
        if (!hpi_roster_remove(roster, member)) return false;
    }
    return true;
}

uint64_t hpi_roster_end(const hpi_roster *roster) {
    return roster->end < roster->limit ? roster->end : roster->limit;
}

void hpi_roster_end_at(hpi_roster *roster, uint64_t number) {
    roster->end = number;
    hpi_spans_cut(&roster->free, number);
    for (size_t i = 0; i < roster->member_count; i++)
        hpi_spans_cut(&roster->members[i].has, number);
}

uint64_t hpi_roster_left(const hpi_roster *roster) {
    uint64_t end = hpi_roster_end(roster), freed = hpi_spans_total(&roster->free);
    uint64_t ahead = roster->next < end ? end - roster->next : 0;
    return ahead < UINT64_MAX - freed ? ahead + freed : UINT64_MAX;
}

bool hpi_roster_is_over(const hpi_roster *roster) {
    if (hpi_roster_left(roster) > 0) return false;
    for (size_t i = 0; i < roster->member_count; i++)
        if (roster->members[i].has.count > 0) return false;
    return true;
}

/* Writing. */

static void write_member(hpi_writer *writer, const hpi_member *member) {
    hpi_write(writer, "{\"run\":");
    hpi_write_json_text(writer, member->run);
    hpi_write(writer, ",\"index\":");
    hpi_write_uint(writer, member->index);
    hpi_write(writer, ",\"beat\":");
    hpi_write_uint(writer, (uint64_t)member->beat_ms);
    hpi_write(writer, ",\"lease\":");
    hpi_write_uint(writer, (uint64_t)member->lease_ms);
    hpi_write(writer, ",\"has\":");
    hpi_spans_write(writer, &member->has);
    hpi_write(writer, ",\"who\":");
    hpi_write_json_text(writer, member->who);
    hpi_write(writer, "}");
}

static void write_end(hpi_writer *writer, uint64_t end) {
    if (end == UINT64_MAX)
        hpi_write(writer, "null");
    else
        hpi_write_uint(writer, end);
}

hpt_status hpi_roster_print(const hpi_roster *roster, char **json_out, hpt_err *err) {
    hpi_writer writer = { 0 };
    hpi_write(&writer, "{\"joined\":");
    hpi_write_uint(&writer, roster->joined);
    hpi_write(&writer, ",\"limit\":");
    write_end(&writer, roster->limit);
    hpi_write(&writer, ",\"end\":");
    write_end(&writer, roster->end);
    hpi_write(&writer, ",\"next\":");
    hpi_write_uint(&writer, roster->next);
    hpi_write(&writer, ",\"free\":");
    hpi_spans_write(&writer, &roster->free);
    hpi_write(&writer, ",\"members\":[");
    for (size_t i = 0; i < roster->member_count; i++) {
        if (i > 0) hpi_write(&writer, ",");
        write_member(&writer, &roster->members[i]);
    }
    hpi_write(&writer, "]}");
    if (!writer.failed) {
        *json_out = writer.text;
        return HPT_OK;
    }
    hpi_writer_fini(&writer);
    return hpi_fail(err, HPT_ENOMEM, "out of memory for who shares a study");
}

/* Reading. */

static hpt_status read_member(const hpi_json_node *node, hpi_roster *roster) {
    const char *run = hpi_json_member_text(node, "run"), *who = hpi_json_member_text(node, "who");
    uint64_t    index, beat, lease;
    if (!run || !who || roster->member_count == HPI_ROSTER_MEMBERS_MAX) return HPT_EPARSE;
    if (!hpi_json_member_uint(node, "index", &index) ||
        !hpi_json_member_uint(node, "beat", &beat) || !hpi_json_member_uint(node, "lease", &lease))
        return HPT_EPARSE;
    hpi_member *member = hpi_roster_join(roster, run, who);
    if (!member) return HPT_ENOMEM;
    member->index = index;
    member->beat_ms = (int64_t)beat;
    member->lease_ms = (int64_t)lease;
    return hpi_spans_read(hpi_json_member(node, "has"), &member->has);
}

/* null: UINT64_MAX. */
static bool end_of(const hpi_json_node *object, const char *name, uint64_t *out) {
    const hpi_json_node *node = hpi_json_member(object, name);
    bool                 is_null = node && hpi_json_type_of(node) == HPI_JSON_NULL;
    if (is_null) *out = UINT64_MAX;
    return is_null || hpi_json_member_uint(object, name, out);
}

/* Whoever has a number that nobody was given would make others take it again. */
static bool is_given(const hpi_roster *roster) {
    bool is_good = hpi_spans_end(&roster->free) <= roster->next;
    for (size_t i = 0; i < roster->member_count; i++)
        is_good = is_good && hpi_spans_end(&roster->members[i].has) <= roster->next;
    return is_good;
}

static hpt_status read_root(const hpi_json_node *root, hpi_roster *roster) {
    const hpi_json_node *members = hpi_json_member(root, "members");
    if (!members || hpi_json_type_of(members) != HPI_JSON_ARRAY) return HPT_EPARSE;
    hpt_status status = hpi_spans_read(hpi_json_member(root, "free"), &roster->free);
    for (const hpi_json_node *node = hpi_json_first(members); status == HPT_OK && node;
         node = hpi_json_next(node))
        status = read_member(node, roster);
    if (status != HPT_OK) return status;
    bool is_whole = hpi_json_member_uint(root, "joined", &roster->joined) &&
                    hpi_json_member_uint(root, "next", &roster->next) &&
                    end_of(root, "limit", &roster->limit) && end_of(root, "end", &roster->end);
    return is_whole && is_given(roster) ? HPT_OK : HPT_EPARSE;
}

hpt_status hpi_roster_read(const char *json, hpi_roster *roster, hpt_err *err) {
    hpi_json  *document = NULL;
    hpi_roster read = { 0 };
    hpt_status status = hpi_json_parse(json, strlen(json), &document, NULL);
    if (status == HPT_OK) {
        const hpi_json_node *root = hpi_json_root(document);
        if (hpi_json_type_of(root) != HPI_JSON_NULL) status = read_root(root, &read);
        hpi_json_destroy(document);
    }
    if (status == HPT_OK) {
        hpi_roster_fini(roster);
        *roster = read;
        return HPT_OK;
    }
    hpi_roster_fini(&read);
    if (status == HPT_ENOMEM) return hpi_fail(err, status, "out of memory for who shares a study");
    return hpi_fail(err, HPT_EPARSE,
                    "the study is damaged: its list of who shares it cannot be read");
}

/* In the file. */

hpt_status hpi_roster_get(hpi_backend *backend, hpi_roster *roster, hpt_err *err) {
    char      *json = NULL;
    hpt_err    why = { 0 };
    hpt_status status = backend->class->attr_get(backend, true, HPI_ROSTER_KEY, &json, &why);
    if (status == HPT_EABSENT) {
        hpi_roster_fini(roster);
        return HPT_OK;
    }
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    status = hpi_roster_read(json, roster, err);
    hpi_free(json);
    return status;
}

hpt_status hpi_roster_put(hpi_backend *backend, const hpi_roster *roster, hpt_err *err) {
    char      *json = NULL;
    hpt_status status = hpi_roster_print(roster, &json, err);
    if (status != HPT_OK) return status;
    status = backend->class->attr_put(backend, true, HPI_ROSTER_KEY, json, err);
    hpi_free(json);
    return status;
}
