/* SPDX-License-Identifier: BSD-3-Clause */
/* Goal:   what goes into an intake ring or a backlog comes out, whole and in order, at every size
 * and at every place where they wrap; what does not fit changes nothing. Method: facts of random
 * sizes whose bytes follow from their number, against a count. */
#include "observing.h"

#include "base/mem.h"
#include "base/thread.h"
#include "observe/backlog.h"
#include "observe/facts.h"

enum { DIMS = 5 };

/* A fact whose every byte follows from its number. */
typedef struct sample {
    hpt_coord     point[DIMS];
    unsigned char notes[HPI_FACT_NOTE_BYTES_MAX];
    char          reason[200];
    hpi_fact      fact;
} sample;

static uint32_t mix(uint64_t number) {
    number = (number + 1) * 0x9E3779B97F4A7C15u;
    return (uint32_t)(number >> 33);
}

static void make(sample *s, uint64_t number) {
    uint32_t  dice = mix(number);
    hpi_notes notes = { .bytes = s->notes, .room = sizeof s->notes };
    size_t    length = dice % 3 == 0 ? 0 : dice / 3 % (sizeof s->reason - 1);
    memset(s->reason, 'a' + (int)(number % 26), length);
    s->reason[length] = '\0';
    if (length) assert_true(hpi_notes_set_reason(&notes, s->reason));
    for (uint32_t i = 0; dice % 50 == 7 && i < 60; i++) { /* now and then a large one */
        char name[16];
        snprintf(name, sizeof name, "n%u", i);
        assert_true(hpi_notes_set_attr(&notes, name, hpt_text(s->reason)) || i > 30);
    }
    for (int i = 0; i < DIMS; i++)
        s->point[i].integer = (int64_t)(number * DIMS) + i;
    s->fact = (hpi_fact){ .kind = HPT_EVENT_TRIAL_ENDED,
                          .state = HPT_TRIAL_FAILED,
                          .trial = number,
                          .start_ns = 5,
                          .value = (double)number,
                          .has_report = dice % 7 < 3,
                          .step = -(int64_t)number,
                          .point = dice & 64 ? s->point : NULL,
                          .notes = s->notes,
                          .notes_bytes = notes.used };
}

/* Compare an event with the fact of that number. */
static void check(const hpt_event *event, uint64_t number, sample *scratch) {
    make(scratch, number);
    assert_int_equal(event->trial, number);
    assert_int_equal(event->kind, HPT_EVENT_TRIAL_ENDED);
    assert_int_equal(event->state, HPT_TRIAL_FAILED);
    assert_int_equal(event->has_report, scratch->fact.has_report);
    if (event->has_report) {
        assert_true(isnan(event->value) && event->last_value == (double)number);
        assert_int_equal(event->step, -(int64_t)number);
    } else {
        assert_true(event->value == (double)number);
        assert_int_equal(event->step, 0);
    }
    assert_int_equal(event->start_ns, 5);
    assert_string_equal(event->reason, scratch->reason);
    assert_int_equal(event->point != NULL, scratch->fact.point != NULL);
    if (event->point) assert_memory_equal(event->point, scratch->point, sizeof scratch->point);
    for (uint32_t i = 0; i < event->attr_count; i++)
        assert_string_equal(event->attrs[i].value.as.text, scratch->reason);
}

static const hpi_unpacking unpacking = { .dims = DIMS };

static void a_backlog_gives_back_what_it_was_given(void **state) {
    (void)state;
    hpi_backlog backlog;
    sample     *s = test_malloc(sizeof *s);
    hpi_batch   batch = { .events = test_calloc(300, sizeof(hpt_event)),
                          .attrs = test_calloc(4096, sizeof(hpt_attr)),
                          .attr_room = 4096 };
    hpi_facts  *ring = hpi_facts_create(800, DIMS); /* the way from a fact to cells */
    uint64_t    put = 0, got = 0, refused = 0;
    assert_true(hpi_backlog_init(&backlog, 200, DIMS));
    for (int step = 0; step < 40000; step++) {
        uint32_t dice = mix((uint64_t)step + 1000000);
        for (uint32_t i = 0; i < dice % 40; i++) {
            make(s, put);
            uint32_t count = hpi_fact_cells(&s->fact, DIMS);
            if (!hpi_backlog_has_room(&backlog, count)) {
                refused++;
                assert_true(backlog.count > 0);
                break;
            }
            assert_true(hpi_facts_push_sp(ring, &s->fact, &(hpi_postmark){ .number = put }));
            const hpi_cell *cells = hpi_facts_peek_sc(ring, NULL);
            assert_non_null(cells);
            hpi_backlog_put(&backlog, cells, count);
            hpi_facts_drop_sc(ring);
            put++;
        }
        batch.event_room = 1 + dice / 64 % 45;
        hpi_backlog_view(&backlog, &unpacking, &batch);
        for (uint32_t i = 0; i < batch.count; i++)
            check(&batch.events[i], got++, s);
        hpi_backlog_drop(&backlog, &batch);
        assert_int_equal(backlog.count, put - got);
    }
    assert_true(put > 100000);
    assert_true(refused > 100);
    hpi_backlog_fini(&backlog);
    hpi_facts_destroy(ring);
    test_free(batch.events);
    test_free(batch.attrs);
    test_free(s);
}

static void a_full_ring_refuses_and_keeps_what_it_has(void **state) {
    (void)state;
    sample    *s = test_malloc(sizeof *s);
    hpi_facts *ring = hpi_facts_create(800, DIMS);
    uint64_t   put = 0, got = 0;
    for (int round = 0; round < 500; round++) {
        for (;; put++) {
            make(s, put);
            bool has_room = hpi_facts_has_room_sp(ring, hpi_fact_cells(&s->fact, DIMS));
            assert_int_equal(hpi_facts_push_sp(ring, &s->fact, &(hpi_postmark){ .number = put }),
                             has_room);
            if (!has_room) break;
        }
        assert_true(hpi_facts_is_due_sp(ring));
        for (uint32_t left = mix(got) % 4; put - got > left; got++) {
            const hpi_cell *cells = hpi_facts_peek_sc(ring, NULL);
            assert_non_null(cells);
            assert_int_equal(hpi_packed_number(hpi_packed_of(cells)), got);
            hpt_event event;
            hpt_attr  attrs[100];
            assert_in_range(hpi_unpack(cells, &unpacking, &event, attrs, 100), 0, 100);
            check(&event, got, s);
            hpi_facts_drop_sc(ring);
        }
    }
    while (hpi_facts_peek_sc(ring, NULL)) {
        hpi_facts_drop_sc(ring);
        got++;
    }
    assert_int_equal(put, got);
    hpi_facts_lose_sp(ring, HPT_EVENT_TRIAL_REPORTED, 1);
    assert_int_equal(hpi_facts_lost(ring, hpi_kind_index(HPT_EVENT_TRIAL_REPORTED)), 1);
    assert_int_equal(hpi_facts_lost(ring, hpi_kind_index(HPT_EVENT_TRIAL_ENDED)), 0);
    hpi_facts_destroy(ring);
    test_free(s);
}

/* Ends of trials `first` and on, whose every number follows from the trial's. */
typedef struct ends {
    double    values[100];
    hpt_coord points[100 * DIMS];
    struct {
        int64_t start_ns, duration_ns, other;
    } times[100];
    hpi_ends all;
} ends;

static void make_ends(ends *it, uint64_t first, uint32_t count) {
    for (uint32_t i = 0; i < count; i++) {
        it->values[i] = (double)(first + i) / 2;
        it->times[i].start_ns = (int64_t)(first + i) * 10;
        it->times[i].duration_ns = 7;
        for (int j = 0; j < DIMS; j++)
            it->points[i * DIMS + j].integer = (int64_t)((first + i) * DIMS) + j;
    }
    it->all = (hpi_ends){ .first = first,
                          .count = count,
                          .worker = 3,
                          .after = first / 2,
                          .values = it->values,
                          .points = it->points,
                          .start_ns = &it->times[0].start_ns,
                          .duration_ns = &it->times[0].duration_ns,
                          .stride = sizeof it->times[0] };
}

static void check_end(const hpi_cell *cells, uint64_t number) {
    hpt_event event;
    hpt_attr  attrs[1];
    assert_int_equal(hpi_packed_number(hpi_packed_of(cells)), number);
    assert_int_equal(hpi_packed_of(cells)->after, (number - number % 50) / 2);
    assert_int_equal(hpi_unpack(cells, &unpacking, &event, attrs, 1), 0);
    assert_int_equal(event.kind, HPT_EVENT_TRIAL_ENDED);
    assert_int_equal(event.state, HPT_TRIAL_COMPLETE);
    assert_int_equal(event.trial, number);
    assert_int_equal(event.worker, 3);
    assert_int_equal(event.start_ns, 10 * number);
    assert_int_equal(event.duration_ns, 7);
    /* Its own end, but not before what the first of them was postmarked with. */
    uint64_t not_before = 10 * (number - number % 50) + 100;
    assert_int_equal(event.time_ns, 10 * number + 7 > not_before ? 10 * number + 7 : not_before);
    assert_true(event.value == (double)number / 2);
    for (int j = 0; j < DIMS; j++)
        assert_int_equal(event.point[j].integer, number * DIMS + j);
}

/* Together or in pieces, at every place where the ring wraps, taken one by one. */
static void ends_packed_together_come_out_one_by_one(void **state) {
    enum { TOGETHER = 50, ROUNDS = 3000 };
    (void)state;
    ends      *it = test_malloc(sizeof *it);
    hpi_cell   scratch[8];
    hpi_facts *ring = hpi_facts_create(1000, DIMS);
    uint64_t   put = 0, got = 0, refused = 0;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t dice = mix(round); dice > 0; dice /= 64) {
            uint32_t     from = (uint32_t)(put % TOGETHER), count = 1 + dice % (TOGETHER - from);
            uint64_t     first = put - from;
            hpi_postmark postmark = { .number = put, .time_ns = (int64_t)first * 10 + 100 };
            make_ends(it, first, TOGETHER);
            if (hpi_facts_push_ends_sp(ring, &it->all, from, count, &postmark))
                put += count;
            else
                refused++;
        }
        for (uint32_t i = mix(round + ROUNDS) % 100; i > 0 && got < put; i--, got++) {
            const hpi_cell *cells = hpi_facts_peek_sc(ring, scratch);
            assert_non_null(cells);
            check_end(cells, got);
            hpi_facts_drop_sc(ring);
        }
    }
    for (; got < put; got++) {
        check_end(hpi_facts_peek_sc(ring, scratch), got);
        hpi_facts_drop_sc(ring);
    }
    assert_null(hpi_facts_peek_sc(ring, scratch));
    assert_true(put > 10 * ROUNDS);
    assert_true(refused > 100);
    hpi_facts_destroy(ring);
    test_free(it);
}

static hpi_facts *shared_ring;
static size_t     shared_count;

static void *produce(void *user) {
    sample *s = user;
    for (uint64_t number = 0; number < shared_count; number++) {
        make(s, number);
        while (!hpi_facts_push_sp(shared_ring, &s->fact, &(hpi_postmark){ .number = number }))
            hpi_pause();
    }
    return NULL;
}

static void two_threads_hand_over_every_fact(void **state) {
    (void)state;
    sample    *s = test_malloc(2 * sizeof *s);
    hpi_thread producer;
    shared_count = fixture_scaled(50000);
    shared_ring = hpi_facts_create(800, DIMS);
    assert_int_equal(hpi_thread_start(&producer, "producer", produce, &s[0], NULL), HPT_OK);
    for (uint64_t number = 0; number < shared_count; number++) {
        const hpi_cell *cells;
        while (!(cells = hpi_facts_peek_sc(shared_ring, NULL)))
            hpi_pause();
        hpt_event event;
        hpt_attr  attrs[100];
        hpi_unpack(cells, &unpacking, &event, attrs, 100);
        check(&event, number, &s[1]);
        hpi_facts_drop_sc(shared_ring);
    }
    hpi_thread_join(&producer);
    assert_null(hpi_facts_peek_sc(shared_ring, NULL));
    hpi_facts_destroy(shared_ring);
    test_free(s);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_backlog_gives_back_what_it_was_given),
        cmocka_unit_test(a_full_ring_refuses_and_keeps_what_it_has),
        cmocka_unit_test(ends_packed_together_come_out_one_by_one),
        cmocka_unit_test(two_threads_hand_over_every_fact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
