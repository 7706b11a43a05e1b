/* What messages say of themselves. */
#include "tests/simulation/checker.h"

#include <sodium.h>
#include <string.h>

#include "db-svc/store/receipt.h"
#include "libshared/base/text.h"

bool message_header(const struct kept_record *record, const char *name,
                    struct bus_header *ret_header)
{
    for (size_t i = 0; i < record->n_headers; i++)
        if (text_is(record->headers[i].name, name)) {
            *ret_header = record->headers[i];
            return true;
        }
    return false;
}

bool message_receipt(const struct bus_header *id, struct key *ret_key)
{
    size_t n;
    ret_key->n = 2 + RECEIPT_ID;
    ret_key->bytes[0] = 4; /* as value_append() begins a binary one */
    ret_key->bytes[1] = RECEIPT_ID;
    return id->size >= 2 * RECEIPT_ID &&
           sodium_hex2bin(ret_key->bytes + 2, RECEIPT_ID, id->value, 2 * RECEIPT_ID, NULL, &n,
                          NULL) == 0 &&
           n == RECEIPT_ID;
}

bool topic_ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}
