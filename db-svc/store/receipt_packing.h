/* receipt_packing: the texts of a receipt as few bytes: LZ4 blocks, by a dictionary.
 *
 * The dictionary of a block is what such texts mostly consist of, the receipt's id as the texts
 * spell it, then all blocks before it of the same receipt. So what a receipt says twice is stored
 * once. Blocks are unpacked in the order in which they were packed.
 * Pure; memory is an arena's. */
#pragma once

#include <bson/bson.h>
#include <lz4.h>

#include "db-svc/store/receipt.h"

/* Constant for good: receipts that are stored need it. */
extern const char receipt_dictionary[];
extern const size_t receipt_dictionary_size;

struct receipt_packing {
    const void *arena;
    LZ4_stream_t stream; /* for packing */
    char *window;        /* the dictionary, and the contents so far */
    size_t size, room;
};

/* `contents`: the bytes of all that is to be packed. */
void receipt_packing_begin(const void *arena, const uint8_t id[RECEIPT_ID], size_t contents,
                           struct receipt_packing *ret_packing);
void receipt_packing_append(struct receipt_packing *packing, bson_t *document, const char *name,
                            const bson_t *content);

void receipt_packing_begin_reading(const void *arena, const uint8_t id[RECEIPT_ID],
                                   struct receipt_packing *ret_packing);
/* False: it is not what receipt_packing_append() makes. `ret_content` lies in the arena. */
bool receipt_packing_read(struct receipt_packing *packing, const bson_iter_t *member,
                          bson_t *ret_content) __attribute__((warn_unused_result));
