/* workset: the records of one batch, as they are now: loaded, then changed in memory by one command
 * after the other, then written as one change each however many commands touched it.
 *
 * Pure. Everything lives in the arena of the batch; records put in belong to it. One thread. */
#pragma once

#include "db-svc/store/store.h"

#define WORKSET_TABLES 32 /* more than there are collections */

struct workset;
struct workset *workset_new(void *arena);

/* Adds what the store has under that id; NULL: nothing. A record that is there already stays: it
 * may be newer. */
void workset_loaded(struct workset *workset, const struct collection *collection, const char *id,
                    void *record);
/* Whether the id was loaded, or made, so that it needs no loading. */
bool workset_knows(const struct workset *workset, const struct collection *collection,
                   const char *id);
/* Notes that all records with that key, or of that page, are loaded. The caller names pages. */
void workset_know_key(struct workset *workset, const struct collection *collection,
                      const char *key);
void workset_know_page(struct workset *workset, const char *name);
/* Also of a key that a record has which is there. */
bool workset_knows_key(const struct workset *workset, const struct collection *collection,
                       const char *key);
bool workset_knows_page(const struct workset *workset, const char *name);

/* NULL: there is none. */
const void *workset_read(const struct workset *workset, const struct collection *collection,
                         const char *id);
const void *workset_find(const struct workset *workset, const struct collection *collection,
                         const char *key);
/* Puts a new state in the place of what is there; a NULL record removes it. */
void workset_put(struct workset *workset, const struct collection *collection, const char *id,
                 const void *record);
/* Those of an event, in the order of their ids. */
size_t workset_of_event(const struct workset *workset, const void *arena,
                        const struct collection *collection, const char *event_id,
                        const void ***ret_records);

/* Calls `each` with every record that is there or was; `gone`: it is not there any more. */
typedef void workset_record(void *context, const struct collection *collection, const char *id,
                            const void *record, bool gone, bool changed);
void workset_each(const struct workset *workset, workset_record *each, void *context);
/* The records that differ from those loaded. */
size_t workset_changes(const struct workset *workset, const void *arena,
                       struct store_change **ret_changes);
