/* SPDX-License-Identifier: BSD-3-Clause */
/* oneTBB: a parallel loop, and the two forms that have a serial ask and a serial tell. */
#include "machine.h"
#include "peers/peers.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/combinable.h>
#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>
#include <oneapi/tbb/parallel_pipeline.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_scheduler_observer.h>

namespace {

constexpr std::size_t ahead = 8; // tokens for each worker: the best of those tried (8, 64)

/* Binds the threads of an arena as they come in. */
class seats : public tbb::task_scheduler_observer {
  public:
    explicit seats(tbb::task_arena &arena) : tbb::task_scheduler_observer(arena) { observe(true); }
    ~seats() override { observe(false); }
    void on_scheduler_entry(bool) override {
        bench_pin_self(static_cast<unsigned>(tbb::this_task_arena::current_thread_index()));
    }
    void on_scheduler_exit(bool) override { bench_unpin_self(); }
};

template <typename body> void in_arena(const work_job &job, const body &run) {
    tbb::global_control limit(tbb::global_control::max_allowed_parallelism, job.workers);
    tbb::task_arena     arena(static_cast<int>(job.workers));
    arena.initialize();
    {
        seats bound(arena);
        arena.execute(run);
    }
    bench_unpin_self();
}

struct local {
    work_best     best = work_best_none();
    std::uint64_t count = 0;
};

void run_for(const work_job *job, work_answer *answer) {
    tbb::combinable<local> locals;
    in_arena(*job, [&] {
        tbb::parallel_for(tbb::blocked_range<std::uint64_t>(0, job->trials),
                          [&](const tbb::blocked_range<std::uint64_t> &range) {
                              local &mine = locals.local();
                              for (std::uint64_t id = range.begin(); id < range.end(); id++)
                                  work_keep(&mine.best, id, work_trial(job, id));
                              mine.count += range.size();
                          });
    });
    answer->best = work_best_none();
    locals.combine_each([&](const local &one) {
        answer->evaluated += one.count;
        if (one.count > 0) work_keep(&answer->best, one.best.id, one.best.value);
    });
}

struct item {
    std::uint64_t id;
    double        point[WORK_DIMS];
    double        value;
};

item ask(const work_job &job, std::uint64_t id) {
    item it;
    it.id = id;
    work_ask(&job, id, it.point);
    return it;
}

item evaluate(const work_job &job, item it) {
    it.value = work_evaluate(&job, it.id, it.point);
    return it;
}

void run_pipeline(const work_job *job, work_answer *answer) {
    work_hook    hook;
    WORK_ALIGNED std::uint64_t next = 0;
    work_hook_init(&hook);
    in_arena(*job, [&] {
        const auto first = [&](tbb::flow_control &control) {
            if (next >= job->trials) {
                control.stop();
                return item();
            }
            return ask(*job, next++);
        };
        tbb::parallel_pipeline(
            ahead * job->workers,
            tbb::make_filter<void, item>(tbb::filter_mode::serial_out_of_order, first) &
                tbb::make_filter<item, item>(tbb::filter_mode::parallel,
                                             [&](item it) { return evaluate(*job, it); }) &
                tbb::make_filter<item, void>(tbb::filter_mode::serial_out_of_order,
                                             [&](item it) { work_tell(&hook, it.id, it.value); }));
    });
    work_answer_by_hook(answer, &hook);
}

void run_graph(const work_job *job, work_answer *answer) {
    work_hook    hook;
    WORK_ALIGNED std::uint64_t next = 0;
    work_hook_init(&hook);
    in_arena(*job, [&] {
        tbb::flow::graph                     graph;
        tbb::flow::input_node<item>          asks(graph, [&](tbb::flow_control &control) {
            if (next >= job->trials) {
                control.stop();
                return item();
            }
            return ask(*job, next++);
        });
        tbb::flow::limiter_node<item>        limit(graph, ahead * job->workers);
        tbb::flow::function_node<item, item> evaluates(graph, tbb::flow::unlimited,
                                                       [&](item it) { return evaluate(*job, it); });
        tbb::flow::function_node<item, tbb::flow::continue_msg> tells(
            graph, tbb::flow::serial, [&](item it) {
                work_tell(&hook, it.id, it.value);
                return tbb::flow::continue_msg();
            });
        tbb::flow::make_edge(asks, limit);
        tbb::flow::make_edge(limit, evaluates);
        tbb::flow::make_edge(evaluates, tells);
        tbb::flow::make_edge(tells, limit.decrementer());
        asks.activate();
        graph.wait_for_all();
    });
    work_answer_by_hook(answer, &hook);
}

const work_variant variants[] = {
    { "tbb.parallel_for", run_for, 0, "tells nobody" },
    { "tbb.pipeline", run_pipeline, WORK_ASKS | WORK_TELLS, nullptr },
    { "tbb.flow_graph", run_graph, WORK_ASKS | WORK_TELLS, nullptr },
    { nullptr, nullptr, 0, nullptr },
};

} // namespace

const work_family peers_tbb = { "oneTBB", nullptr, variants };
