/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * published: the policy in force, as the control thread hands it to the poll loops.
 *
 * The control thread stores a new snapshot; each loop looks at the start of each of its turns and says, in an atomic of
 * its own, which one it works by (dp_loop_policy(), dp_judging_core_policy()). A snapshot that no loop works by any more may be
 * freed by whoever published it. Readers never wait, and never see half a policy.
 *
 * Threads: one writer, any number of readers.
 */
#ifndef CELLGATE_DATAPLANE_PUBLISHED_H
#define CELLGATE_DATAPLANE_PUBLISHED_H

#include "validator/policy.h"

#include <stdatomic.h>

struct dp_published {
    _Atomic(const struct val_policy *) policy;
};

/* dp_published_set: from now on loops take up `policy`. */
static inline void dp_published_set(struct dp_published *published, const struct val_policy *policy)
{
    atomic_store_explicit(&published->policy, policy, memory_order_release);
}

/* dp_published_get: the policy in force. */
static inline const struct val_policy *dp_published_get(const struct dp_published *published)
{
    return atomic_load_explicit(&published->policy, memory_order_acquire);
}

#endif
