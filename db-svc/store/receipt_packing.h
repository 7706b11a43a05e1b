/* receipt_packing: the texts of a receipt as few bytes: an LZ4 block, by a dictionary.
 *
 * The dictionary is what such texts mostly consist of, then what the receipt has packed before,
 * then the receipt's id as the texts spell it. So what a receipt says twice is stored once. A
 * receipt is unpacked with the same id and the same texts before. Pure; memory is an arena's. */
#pragma once

#include <bson/bson.h>

#include "db-svc/store/receipt.h"

/* Constant for good: receipts that are stored need it. */
extern const char receipt_dictionary[];
extern const size_t receipt_dictionary_size;

struct receipt_packing {
    uint8_t id[RECEIPT_ID];
    const uint8_t *before; /* a document packed before, for the same receipt; NULL: none */
    size_t n_before;
};

void receipt_packing_append(bson_t *document, const char *name,
                            const struct receipt_packing *packing, const bson_t *content);
/* False: it is not what receipt_packing_append() makes. `ret_content` lies in the arena. */
bool receipt_packing_read(const void *arena, const struct receipt_packing *packing,
                          const bson_iter_t *member, bson_t *ret_content)
    __attribute__((warn_unused_result));
