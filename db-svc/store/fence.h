/* fence: who owns a partition number, as stored. Internal to the store. */
#pragma once

#include "db-svc/store/mongo.h"

#define FENCES "fences"

/* A fence as it is now. */
struct fence_now {
    bool exists;
    bool owned; /* by the owner asked for */
    struct fence fence;
    uint8_t session[16]; /* of the owner */
    bool has_session;
};
int fence_look(struct store *store, const char *cluster, int32_t partition, const char *owner,
               const char *const topics[FENCE_TOPICS], struct fence_now *ret_now);

#define FENCE_ID_SIZE 160
void fence_id(char out[FENCE_ID_SIZE], const char *cluster, int32_t partition);
