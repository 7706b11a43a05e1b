/* fence: who owns a partition number, as stored. Internal to the store. */
#pragma once

#include "db-svc/store/mongo.h"

#define FENCES "fences"
#define FENCE_SESSION 16

/* A fence as it is now. */
struct fence_now {
    bool exists;
    bool owned; /* by the owner asked for */
    struct fence fence;
    uint8_t session[FENCE_SESSION]; /* of the owner */
    bool has_session;
};
/* As it is before anyone had it. */
struct fence_now fence_nobody(int32_t partition);
void fence_read(const bson_t *document, const char *owner, const char *const topics[FENCE_TOPICS],
                struct fence_now *now);
int fence_look(struct store *store, const char *cluster, int32_t partition, const char *owner,
               const char *const topics[FENCE_TOPICS], struct fence_now *ret_now);

#define FENCE_ID_SIZE 256
void fence_id(char out[FENCE_ID_SIZE], const char *cluster, int32_t partition);
/* STORE_COMMITTED: the fence is just as given. STORE_CONFLICT: as before the batch that gave it so.
 * STORE_FENCED: another's, or raised since. STORE_SET_BACK: any other, or gone. */
enum store_outcome fence_compare(const struct fence_now *now, const struct fence *fence);
