/* SPDX-License-Identifier: BSD-3-Clause */
/* scene: what the tests of path.c show and trust, and the questions that they ask. Include it after cmocka. */
#ifndef CELLGATE_TESTS_SCENE_H
#define CELLGATE_TESTS_SCENE_H

#include "validator/path.h"

#include "forge.h"

#define NOW  INT64_C(1780272000) /* 2026-06-01 */
#define SETS 80

/* What one test shows and trusts; certificates parse when they are put in and go at the end. */
struct scene {
    struct val_path *path;
    const struct val_certificate *sent[SETS];
    size_t num_sent;
    const struct val_certificate *anchor[SETS];
    size_t num_anchors;
    struct val_algorithms_spec floor;
    int side;
    int64_t time_s;
};

static inline int setup(void **state)
{
    static struct scene scene;

    scene = (struct scene){.path = val_path_new(),
                           .floor = {.rsa_bits_min = 2048, .ec_bits_min = 256, .forbid_md5 = 1, .forbid_sha1 = 1},
                           .side = CASE_SERVER,
                           .time_s = NOW};
    *state = &scene;
    return scene.path == NULL;
}

static inline void drop(const struct val_certificate *certificate)
{
    if (certificate == NULL)
        return;
    OPENSSL_free((void *)(uintptr_t)certificate->der.at);
    val_certificate_free((struct val_certificate *)(uintptr_t)certificate);
}

static inline int teardown(void **state)
{
    struct scene *scene = *state;

    for (size_t i = 0; i < scene->num_sent; i++)
        drop(scene->sent[i]);
    for (size_t i = 0; i < scene->num_anchors; i++)
        drop(scene->anchor[i]);
    val_path_free(scene->path);
    return 0;
}

static inline void send(struct scene *scene, struct bytes der)
{
    scene->sent[scene->num_sent] = val_certificate_new(der);
    assert_non_null(scene->sent[scene->num_sent]);
    scene->num_sent++;
}

static inline void trust(struct scene *scene, struct bytes der)
{
    scene->anchor[scene->num_anchors] = val_certificate_new_anchor(der);
    assert_non_null(scene->anchor[scene->num_anchors]);
    scene->num_anchors++;
}

static inline struct val_path_answer ask(struct scene *scene)
{
    const struct val_path_query query = {
        .sent = scene->sent,
        .num_sent = scene->num_sent,
        .anchors = scene->anchor,
        .num_anchors = scene->num_anchors,
        .floor = &scene->floor,
        .side = scene->side,
        .time_s = scene->time_s,
    };
    struct val_path_answer answer;

    val_path_check(scene->path, &answer, &query);
    return answer;
}

/* The reasons must be exactly these; none: the path is good. */
static inline void expect(struct scene *scene, uint64_t reasons)
{
    struct val_path_answer answer = ask(scene);

    if (answer.reasons != reasons)
        fail_msg("reasons %llx, first %s (%s), expected %llx, first %s", (unsigned long long)answer.reasons,
                 reason_name(reason_first(answer.reasons)), answer.what, (unsigned long long)reasons,
                 reason_name(reason_first(reasons)));
}

static inline void expect_one(struct scene *scene, enum reason reason)
{
    expect(scene, reason_bit(reason));
}

#endif
