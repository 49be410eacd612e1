/* SPDX-License-Identifier: BSD-3-Clause */
#include "dataplane/judging.h"

#include "dataplane/pace.h"
#include "validator/judge.h"

#include <rte_ring_elem.h>
#include <stdlib.h>

/* In the worker's loop: at some 150 µs a case, packets of decided flows wait for a millisecond at most. */
#define INLINE_BURST  8
#define RING_SIZE     1024
#define CASES_OUT_MAX (RING_SIZE - 1)

/* A case on its way back. */
struct judged {
    struct val_case *c;
    struct val_verdict verdict;
};

_Static_assert(sizeof(struct judged) % 4 == 0, "rings take elements of whole words");

struct seat {
    struct rte_ring *due;    /* of struct val_case * */
    struct rte_ring *judged; /* of struct judged */
};

struct dp_judging_core {
    struct val_judge *judge;
    const struct dp_published *published;
    _Atomic(const struct val_policy *) policy; /* worked by */
    atomic_bool stop;
    bool busy;
    uint32_t num_seats;
    struct seat seats[];
};

struct dp_judging {
    struct val_judge *judge; /* inline, else NULL */
    struct seat *seat;       /* remote, else NULL; the core's */
    uint32_t out;
};

static struct rte_ring *ring_new(size_t element_size)
{
    size_t size = (size_t)rte_ring_get_memsize_elem((unsigned)element_size, RING_SIZE);
    struct rte_ring *ring = aligned_alloc(RTE_CACHE_LINE_SIZE, RTE_ALIGN_CEIL(size, (size_t)RTE_CACHE_LINE_SIZE));

    if (ring != NULL && rte_ring_init(ring, "judging", RING_SIZE, RING_F_SP_ENQ | RING_F_SC_DEQ) != 0) {
        free(ring);
        return NULL;
    }
    return ring;
}

struct dp_judging_core *dp_judging_core_new(size_t chains_max, uint32_t num_workers, const struct dp_published *policy,
                                            bool busy)
{
    struct dp_judging_core *core = calloc(1, sizeof(*core) + num_workers * sizeof(core->seats[0]));

    if (core == NULL)
        return NULL;
    core->published = policy;
    core->busy = busy;
    core->num_seats = num_workers;
    core->judge = val_judge_new(chains_max);
    for (uint32_t i = 0; i < num_workers; i++) {
        core->seats[i].due = ring_new(sizeof(struct val_case *));
        core->seats[i].judged = ring_new(sizeof(struct judged));
        if (core->judge == NULL || core->seats[i].due == NULL || core->seats[i].judged == NULL) {
            dp_judging_core_free(core);
            return NULL;
        }
    }
    return core;
}

void dp_judging_core_free(struct dp_judging_core *core)
{
    if (core == NULL)
        return;
    for (uint32_t i = 0; i < core->num_seats; i++) {
        free(core->seats[i].due);
        free(core->seats[i].judged);
    }
    val_judge_free(core->judge);
    free(core);
}

/* One burst of one worker's cases; true when there were any. */
static bool judge_seat(struct dp_judging_core *core, struct seat *seat, const struct val_policy *policy)
{
    struct val_case *cases[VAL_BURST_MAX];
    struct val_verdict verdicts[VAL_BURST_MAX];
    struct judged judged[VAL_BURST_MAX];
    unsigned num = rte_ring_dequeue_burst_elem(seat->due, (void *)cases, sizeof(cases[0]), VAL_BURST_MAX, NULL);

    if (num == 0)
        return false;
    val_judge_burst(core->judge, policy, cases, verdicts, num);
    for (unsigned i = 0; i < num; i++)
        judged[i] = (struct judged){.c = cases[i], .verdict = verdicts[i]};
    /* There is room: a worker has no more cases out than the ring holds. */
    (void)rte_ring_enqueue_bulk_elem(seat->judged, judged, sizeof(judged[0]), num, NULL);
    return true;
}

int dp_judging_core_run(void *argument)
{
    struct dp_judging_core *core = argument;
    struct dp_pace pace;

    dp_pace_init(&pace, core->busy);
    while (!atomic_load_explicit(&core->stop, memory_order_acquire)) {
        const struct val_policy *policy = dp_published_get(core->published);
        bool worked = false;

        atomic_store_explicit(&core->policy, policy, memory_order_release);
        for (uint32_t i = 0; i < core->num_seats; i++)
            worked |= judge_seat(core, &core->seats[i], policy);
        dp_pace_turn(&pace, worked);
    }
    return 0;
}

void dp_judging_core_stop(struct dp_judging_core *core)
{
    atomic_store_explicit(&core->stop, true, memory_order_release);
}

const struct val_policy *dp_judging_core_policy(const struct dp_judging_core *core)
{
    return atomic_load_explicit(&core->policy, memory_order_acquire);
}

struct dp_judging *dp_judging_inline(size_t chains_max)
{
    struct dp_judging *judging = calloc(1, sizeof(*judging));

    if (judging == NULL)
        return NULL;
    judging->judge = val_judge_new(chains_max);
    if (judging->judge != NULL)
        return judging;
    free(judging);
    return NULL;
}

struct dp_judging *dp_judging_remote(struct dp_judging_core *core, uint32_t seat)
{
    struct dp_judging *judging = calloc(1, sizeof(*judging));

    if (judging != NULL)
        judging->seat = &core->seats[seat];
    return judging;
}

void dp_judging_free(struct dp_judging *judging)
{
    if (judging == NULL)
        return;
    val_judge_free(judging->judge);
    free(judging);
}

static bool turn_inline(struct dp_judging *judging, struct dp_box *box, const struct val_policy *policy,
                        int64_t mono_us, int64_t wall_us)
{
    struct val_case *cases[INLINE_BURST];
    struct val_verdict verdicts[INLINE_BURST];
    size_t num = dp_box_cases(box, cases, INLINE_BURST);

    if (num == 0)
        return false;
    val_judge_burst(judging->judge, policy, cases, verdicts, num);
    dp_box_verdicts(box, cases, verdicts, num, mono_us, wall_us);
    return true;
}

static bool take_back(struct dp_judging *judging, struct dp_box *box, int64_t mono_us, int64_t wall_us)
{
    struct judged judged[DP_CASES_MAX];
    struct val_case *cases[DP_CASES_MAX];
    struct val_verdict verdicts[DP_CASES_MAX];
    unsigned num = rte_ring_dequeue_burst_elem(judging->seat->judged, judged, sizeof(judged[0]), DP_CASES_MAX, NULL);

    if (num == 0)
        return false;
    for (unsigned i = 0; i < num; i++) {
        cases[i] = judged[i].c;
        verdicts[i] = judged[i].verdict;
    }
    judging->out -= num;
    dp_box_verdicts(box, cases, verdicts, num, mono_us, wall_us);
    return true;
}

static bool give_away(struct dp_judging *judging, struct dp_box *box)
{
    struct val_case *cases[DP_CASES_MAX];
    size_t room = RTE_MIN((size_t)DP_CASES_MAX, (size_t)(CASES_OUT_MAX - judging->out));
    size_t num = room == 0 ? 0 : dp_box_cases(box, cases, room);

    if (num == 0)
        return false;
    judging->out += (uint32_t)num;
    (void)rte_ring_enqueue_bulk_elem(judging->seat->due, (void *)cases, sizeof(cases[0]), (unsigned)num, NULL);
    return true;
}

bool dp_judging_turn(struct dp_judging *judging, struct dp_box *box, const struct val_policy *policy, int64_t mono_us,
                     int64_t wall_us)
{
    bool worked;

    if (judging->seat == NULL)
        return turn_inline(judging, box, policy, mono_us, wall_us);
    worked = take_back(judging, box, mono_us, wall_us);
    return give_away(judging, box) || worked;
}

uint32_t dp_judging_out(const struct dp_judging *judging)
{
    return judging->out;
}
