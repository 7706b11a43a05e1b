/* list_anchors: a long list in spans between its anchors, each of about ANCHOR_EVERY records.
 * MongoDB reads an index in order and stops at the limit; its stand-in gathers all that matches
 * before it sorts, so that a page costs what the span holds. Internal to the store. */
#pragma once

#include "db-svc/store/mongo.h"

struct anchored_list {
    const struct collection *collection; /* without anchors it is one span */
    const char *event_id;
    const char *after; /* NULL: from the first */
    bool descending;
    size_t limit; /* how many are wanted; 0: unknown */
};

/* A part of a list: the records behind `after`, none further than `until` (NULL: to the end). */
struct anchored_span {
    const char *after, *until;
};
/* Sets `ret_enough` if no more are wanted. */
typedef int list_anchors_read(void *context, const struct anchored_span *span, bool *ret_enough);

/* Calls `read` span by span, each as long as all before, until there is enough. */
int list_anchors_walk(struct store *store, const struct anchored_list *list,
                      list_anchors_read *read, void *context) __attribute__((warn_unused_result));
