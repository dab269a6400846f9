/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening, replay and closing. Everything that can be judged without the file is judged before it
 * is made, and everything that is written at the opening is one transaction. */
#include "store/store.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/text.h"
#include "space/space.h"
#include "store/shared.h"

enum { SHOWN_BYTES = 64 };

/* Memory. */

static void destroy(hpi_store *store) {
    hpi_shared_destroy(store->shared);
    hpi_kept_set_fini(&store->kept);
    hpi_record_room_fini(&store->room);
    hpi_head_fini(&store->head);
    hpi_free(store->point);
    hpi_free(store->given);
    hpi_free(store->path);
    hpi_free(store->made_path);
    hpi_free(store->run_id);
    hpi_free_aligned(store);
}

/* What the run wants, as this struct's own; the name is found later. */
static hpt_status copy_head(const hpi_head *from, hpi_head *to, hpt_err *err) {
    *to = *from;
    to->name = NULL;
    to->is_ours = true;
    to->space = NULL;
    memset(to->goals, 0, sizeof to->goals);
    to->strategy = hpi_copy_text(from->strategy ? from->strategy : "");
    to->version = hpi_copy_text(hpt_version());
    bool is_whole = to->strategy && to->version;
    for (uint32_t i = 0; i < from->goal_count; i++) {
        to->goals[i] = from->goals[i];
        to->goals[i].name = hpi_copy_text(from->goals[i].name ? from->goals[i].name : "value");
        is_whole = is_whole && to->goals[i].name;
    }
    if (!is_whole) return hpi_fail(err, HPT_ENOMEM, "out of memory for a study");
    return hpi_space_copy(from->space, &to->space, err);
}

static hpt_status fill_in(hpi_store *store, const hpi_store_setup *setup, hpt_err *err) {
    const hpt_options *options = setup->options;
    uint32_t           interval_ms = options->commit_interval_ms;
    if (interval_ms == 0) interval_ms = HPI_STORE_INTERVAL_MS;
    store->sync = options->sync;
    store->policy = options->store_failure;
    store->interval_ns = (int64_t)interval_ms * HPI_NS_PER_MS;
    store->commit_trials = options->commit_trials;
    store->pid = (long)getpid();
    store->failed = setup->failed;
    store->news = setup->news;
    store->reported = setup->reported;
    store->context = setup->context;
    atomic_init(&store->durable, 0);
    hpt_status status = copy_head(&setup->head, &store->head, err);
    if (status != HPT_OK) return status;
    store->dims = (uint32_t)hpt_space_count(store->head.space);
    store->path = hpi_copy_text(setup->path);
    store->run_id = hpi_copy_text(setup->run_id ? setup->run_id : "");
    store->point = hpi_alloc(store->dims, sizeof *store->point);
    store->given = hpi_alloc(store->dims, sizeof *store->given);
    if (!store->path || !store->run_id || !store->point || !store->given)
        return hpi_fail(err, HPT_ENOMEM, "out of memory for a study");
    if (!options->shared) return HPT_OK;
    return hpi_shared_create(setup, &store->shared, err);
}

static hpt_status create(const hpi_backend_class *class, const hpi_store_setup *setup,
                         hpi_store **store_out, hpt_err *err) {
    hpi_store *store = hpi_alloc_aligned(1, sizeof *store);
    if (!store) return hpi_fail(err, HPT_ENOMEM, "out of memory for a study");
    store->class = class;
    hpt_status status = fill_in(store, setup, err);
    if (status == HPT_OK)
        *store_out = store;
    else
        destroy(store);
    return status;
}

/* The hold. */

static hpt_status refuse_held(const hpi_store *store, const char *who, bool is_there,
                              hpt_err *err) {
    char shown[SHOWN_BYTES];
    return hpi_fail(
        err, HPT_EBUSY, "\"%s\" is held by %s%s", hpi_quote(shown, sizeof shown, store->path), who,
        is_there ? ", which is running" : "; if that is gone: hpt check --repair --release FILE");
}

/* Whoever has it for himself must be gone. */
hpt_status hpi_store_check_held(hpi_store *store, hpt_err *err) {
    char      *json = NULL, who[HPI_HOLD_WHO_BYTES];
    hpt_err    why = { 0 };
    hpt_status status = store->class->attr_get(store->backend, true, HPI_HOLD_KEY, &json, &why);
    if (status == HPT_EABSENT) return HPT_OK;
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    hpi_hold hold = hpi_hold_judge(json, who);
    bool     is_there = hpi_hold_is_there(json);
    hpi_free(json);
    return hold == HPI_HOLD_TAKEN ? refuse_held(store, who, is_there, err) : HPT_OK;
}

/* ... and whoever shares it. */
static hpt_status check_shared(hpi_store *store, hpt_err *err) {
    char       who[HPI_HOLD_WHO_BYTES], shown[SHOWN_BYTES];
    size_t     count;
    hpt_status status = hpi_shared_find(store, &store->found.was_shared, who, &count, err);
    if (status != HPT_OK || count == 0) return status;
    return hpi_fail(
        err, HPT_EBUSY,
        "\"%s\" is shared by %zu run%s, the first of %s; shared = true lets this one join",
        hpi_quote(shown, sizeof shown, store->path), count, count == 1 ? "" : "s", who);
}

static hpt_status take_hold(hpi_store *store, hpt_err *err) {
    char      *json = NULL;
    hpt_status status = hpi_store_check_held(store, err);
    if (status == HPT_OK && store->shared) {
        store->found.was_shared = true;
        return hpi_shared_join(store, err);
    }
    if (status == HPT_OK) status = check_shared(store, err);
    if (status == HPT_OK) status = hpi_hold_print(store->run_id, &json, err);
    if (status != HPT_OK) return status;
    status = store->class->attr_put(store->backend, true, HPI_HOLD_KEY, json, err);
    hpi_free(json);
    return status;
}

/* The study. */

/* A large space is a large text: it is not written again for nothing. */
static bool has_head(hpi_store *store, const char *wanted) {
    char   *json = NULL;
    hpt_err ignored = { 0 };
    if (store->class->attr_get(store->backend, true, HPI_HEAD_KEY, &json, &ignored) != HPT_OK)
        return false;
    bool is_same = strcmp(json, wanted) == 0;
    hpi_free(json);
    return is_same;
}

static hpt_status write_head(hpi_store *store, hpt_err *err) {
    char      *json = NULL;
    hpt_status status = hpi_head_print(&store->head, &json, err);
    if (status != HPT_OK) return status;
    if (!has_head(store, json))
        status = store->class->attr_put(store->backend, true, HPI_HEAD_KEY, json, err);
    hpi_free(json);
    return status;
}

static hpt_status read_wall(hpi_store *store, int64_t *wall_ns_out, hpt_err *err) {
    char      *json = NULL;
    hpt_err    why = { 0 };
    hpt_status status = store->class->attr_get(store->backend, true, HPI_WALL_KEY, &json, &why);
    if (status == HPT_EABSENT) return HPT_OK;
    if (status != HPT_OK) return hpi_fail(err, status, "%s", why.text);
    int64_t wall_ns = 0;
    if (hpi_read_int(json, strlen(json), &wall_ns) && wall_ns > 0) *wall_ns_out = wall_ns;
    hpi_free(json);
    return HPT_OK;
}

/* Who shares a study has been at it for as long as the one who has been for longest. */
hpt_status hpi_store_put_wall(hpi_store *store, hpt_err *err) {
    char       json[32];
    int64_t    wall_ns = hpi_store_wall_ns(store), found_ns = 0;
    hpt_status status = store->shared ? read_wall(store, &found_ns, err) : HPT_OK;
    if (status != HPT_OK || found_ns > wall_ns) return status;
    snprintf(json, sizeof json, "%" PRId64, wall_ns);
    return store->class->attr_put(store->backend, true, HPI_WALL_KEY, json, err);
}

static void add_way_out(hpt_err *err) {
    size_t used = err ? strlen(err->text) : 0;
    if (err)
        hpi_cut(err->text + used, sizeof err->text - used,
                "; another study_name begins a new study");
}

/* The strategy, the space and all that must not change; then what may is as this run wants it. The
 * name of a new study is what choosing found. */
static hpt_status join(hpi_store *store, const hpi_head *kept, bool may_widen, hpt_err *err) {
    hpi_head   wanted = store->head;
    hpt_status status = hpi_head_check(&wanted, kept, may_widen, err);
    if (status == HPT_EINVAL) add_way_out(err);
    if (status != HPT_OK) return status;
    store->found.is_same_window = kept->is_ours && kept->window == store->head.window;
    if (kept->is_ours) store->head.trial_count_max = kept->trial_count_max; /* the first stays */
    store->found.trial_count_max = store->head.trial_count_max;
    store->found.is_widened = kept->is_ours && !hpi_head_is_same_space(&store->head, kept);
    store->head.name = hpi_copy_text(kept->name);
    if (!store->head.name) return hpi_fail(err, HPT_ENOMEM, "out of memory for a study's name");
    status = take_hold(store, err);
    if (status == HPT_OK) status = read_wall(store, &store->found.wall_ns, err);
    return status == HPT_OK ? write_head(store, err) : status;
}

static hpt_status begin_new(hpi_store *store, char *name, hpt_err *err) {
    store->head.name = name;
    store->is_new = true;
    store->found.is_same_window = true;
    store->found.trial_count_max = store->head.trial_count_max;
    hpt_status status = store->class->create(store->backend, &store->head, err);
    if (status == HPT_OK) status = write_head(store, err);
    return status == HPT_OK ? take_hold(store, err) : status;
}

static hpt_status choose(hpi_store *store, const hpi_store_setup *setup, hpt_err *err) {
    hpi_head   kept = { 0 };
    char      *name = NULL;
    hpt_status status =
        hpi_store_choose(store->backend, store->path, setup->name, &kept, &name, err);
    if (status != HPT_OK) return status;
    if (name) return begin_new(store, name, err);
    status = join(store, &kept, setup->options->may_widen, err);
    hpi_head_fini(&kept);
    return status;
}

/* From here on the file is as this run wants it: trials are told in terms of its space. */
static hpt_status select_again(hpi_store *store, hpt_err *err) {
    hpi_head   head = { 0 };
    hpt_status status = store->class->select(store->backend, store->head.name, &head, err);
    hpi_head_fini(&head);
    store->is_selected = status == HPT_OK;
    return status;
}

static hpt_status begin_and_choose(hpi_store *store, const hpi_store_setup *setup, hpt_err *err) {
    hpt_status status = store->class->begin(store->backend, HPI_STORE_OPEN_WAIT_MS, err);
    if (status != HPT_OK) return status;
    status = choose(store, setup, err);
    if (status != HPT_OK) {
        store->class->rollback(store->backend);
        return status;
    }
    /* Before the file says so: another thread of the process that reads it takes a hold of a run
     * that is not here for one that was left. */
    store->holder.run_id = store->run_id;
    hpi_holder_enter(&store->holder);
    store->is_entered = true;
    status = store->class->commit(store->backend, true, err);
    if (status != HPT_OK) return status;
    store->is_held = true;
    hpi_owned_enter(&store->owned, store->path);
    if (store->shared) hpi_shared_publish(store);
    return select_again(store, err);
}

/* What it holds. */

static bool count_foreign(void *user, const hpi_record *record) {
    hpi_store *store = user;
    if (record->order != HPI_UNKNOWN) return false; /* others come first */
    store->found.foreign_count++;
    return true;
}

typedef struct open_trials {
    hpi_store *store;
    uint64_t   foreign_count;
    bool       is_out_of_memory;
} open_trials;

/* Those of others have been asked for by others, who may be at them. */
static bool remember_open(void *user, const hpi_record *record) {
    open_trials *all = user;
    if (record->asked == HPI_UNKNOWN) {
        all->foreign_count++;
        return true;
    }
    hpi_kept *kept = hpi_kept_add(&all->store->kept, record->number);
    if (!kept) {
        all->is_out_of_memory = true;
        return false;
    }
    kept->id = record->id;
    kept->asked = record->asked;
    return true;
}

static hpt_status find_out(hpi_store *store, hpt_err *err) {
    const hpi_backend_class *class = store->class;
    hpi_store_found *found = &store->found;
    open_trials      all = { .store = store };
    uint64_t         told = 0;
    hpt_status       status = class->counts(store->backend, &found->number_next, &told, err);
    if (status == HPT_OK)
        status = class->scan(store->backend, HPI_SCAN_TOLD, 0, count_foreign, store, err);
    if (status == HPT_OK && !store->shared)
        status = class->scan(store->backend, HPI_SCAN_OPEN, 0, remember_open, &all, err);
    if (status != HPT_OK) return status;
    if (all.is_out_of_memory) return hpi_fail(err, HPT_ENOMEM, "out of memory for a study");
    found->told_count = told + found->foreign_count;
    found->foreign_open_count = all.foreign_count;
    store->number_next = found->number_next;
    store->order_next = told;
    uint64_t foreign = found->foreign_count + all.foreign_count;
    store->asked = found->number_next > foreign ? found->number_next - foreign : 0;
    return HPT_OK;
}

/* Giving back. */

static void give_back(hpi_store *store) {
    hpt_err ignored = { 0 };
    if (!store->is_held || store->was_taken) return;
    if (store->class->begin(store->backend, HPI_STORE_WAIT_MS, &ignored) != HPT_OK) return;
    /* An opening that broke off may have left none selected. */
    hpt_status status = store->is_selected ? HPT_OK : select_again(store, &ignored);
    if (status == HPT_OK && !store->shared) status = hpi_store_check_mine(store, &ignored);
    if (status == HPT_OK) status = hpi_store_put_wall(store, &ignored);
    if (status == HPT_OK && store->shared)
        status = hpi_shared_part(store, &ignored);
    else if (status == HPT_OK)
        status =
            store->class->attr_put(store->backend, true, HPI_HOLD_KEY, HPI_HOLD_FREE, &ignored);
    if (status == HPT_OK) status = hpi_store_unmake_study(store, &ignored);
    if (status == HPT_OK)
        store->class->commit(store->backend, true, &ignored);
    else
        store->class->rollback(store->backend);
    if (store->is_refused) hpi_store_unmake_file(store);
}

void hpi_store_close(hpi_store *store) {
    if (!store) return;
    /* A child has the file in common with its parent, which goes on writing. */
    bool is_mine = store->pid == (long)getpid();
    if (is_mine) {
        give_back(store);
        store->class->close(store->backend);
    }
    hpi_owned_leave(&store->owned);
    if (store->is_entered) hpi_holder_leave(&store->holder);
    destroy(store);
}

/* Opening. */

static bool is_there(const char *path) {
    struct stat about;
    return stat(path, &about) == 0 || errno != ENOENT;
}

static hpt_status open_it(hpi_store *store, const hpi_store_setup *setup, hpt_err *err) {
    bool       was_there = is_there(store->path);
    hpt_status status = store->class->open(store->path, HPI_OPEN_CREATE, &store->backend, err);
    if (status != HPT_OK) return status;
    if (!was_there) hpi_store_note_made(store);
    status = begin_and_choose(store, setup, err);
    if (status != HPT_OK && !store->is_held) hpi_store_unmake_file(store);
    if (status != HPT_OK) return status;
    if (!is_there(store->path))
        return hpi_fail(err, HPT_EIO, "\"%s\" was removed while it was opened", store->path);
    return find_out(store, err);
}

/* A space that no file can hold is told before there is a file. */
static hpt_status try_head(const hpi_store *store, hpt_err *err) {
    char      *json = NULL;
    hpt_status status = hpi_head_print(&store->head, &json, err);
    hpi_free(json);
    return status;
}

hpt_status hpi_store_open_as(const hpi_backend_class *class, const hpi_store_setup *setup,
                             hpi_store **store_out, hpt_err *err) {
    hpi_store *store = NULL;
    char       shown[SHOWN_BYTES];
    if (setup->options->shared && !class->may_share)
        return hpi_fail(
            err, HPT_EINVAL,
            "shared is true, and \"%s\" is a study file of the form \"%s\": only SQLite "
            "files can be shared",
            hpi_quote(shown, sizeof shown, setup->path), class->name);
    hpt_status status = create(class, setup, &store, err);
    if (status != HPT_OK) return status;
    status = try_head(store, err);
    if (status == HPT_OK) status = open_it(store, setup, err);
    if (status == HPT_OK)
        *store_out = store;
    else
        hpi_store_close(store);
    return status;
}

hpt_status hpi_store_open(const hpi_store_setup *setup, hpi_store **store_out, hpt_err *err) {
    const hpi_backend_class *class = NULL;
    hpt_status status = hpi_backend_find(setup->path, &class, err);
    return status == HPT_OK ? hpi_store_open_as(class, setup, store_out, err) : status;
}

const hpi_store_found *hpi_store_found_of(const hpi_store *store) {
    return &store->found;
}
