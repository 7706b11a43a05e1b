/* fence_sessions: whose open transaction could hold what a raise or a new owner is to write, and
 * its end. Internal to the store.
 *
 * A writer that dies in a batch is found by the session in its fence. One that dies in a raise is
 * not in the fence yet: so each says which session it is, in a document of its own beside the
 * fence, before its transaction can hold the lock. One that lives has its transaction broken off,
 * and repeats it. All calls: 0, or a negative errno as of mongo_errno(). */
#pragma once

#include "db-svc/store/fence.h"

#define FENCE_RAISER_SIZE (FENCE_ID_SIZE + 64)

struct fence_session {
    const char *named_by; /* the document's id */
    uint8_t id[FENCE_SESSION];
};
struct fence_sessions {
    const void *arena;
    struct fence_session *all;
    size_t n;
};
/* The session that a document names, if any but the store's own has it. */
void fence_sessions_add(struct fence_sessions *sessions, const struct store *store,
                        const bson_t *document);
/* Ends their transactions. */
int fence_sessions_kill(struct store *store, const struct fence_sessions *sessions);

/* Appends `session`, the store's own. */
void fence_append_session(const struct store *store, bson_t *set);
/* Writes the document of a raiser of the fence, and says its id. It is to be deleted in the
 * transaction of the raise. */
int fence_announce(struct store *store, const char *fence_id, char ret_own[FENCE_RAISER_SIZE]);
/* The command that deletes documents of raisers by their ids. */
void fence_write_forget(bson_t *command, const char *const *ids, size_t n);
/* Ends the transactions of the fence's owner and of all its raisers but this one. */
int fence_kill_holders(struct store *store, const char *fence_id);
