#include "db-svc/store/receipt_packing.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

/* No document is larger. */
#define CONTENT_BYTES (16 * 1024 * 1024)
/* Before the block: how many bytes it unpacks to. */
#define HEAD_BYTES 4

static void open_window(const void *arena, const uint8_t id[RECEIPT_ID], size_t contents,
                        struct receipt_packing *packing)
{
    packing->arena = arena;
    packing->size = receipt_dictionary_size + 2 * RECEIPT_ID;
    packing->room = packing->size + contents;
    packing->window = mem_bytes(arena, packing->room + 1); /* a NUL follows the id */
    memcpy(packing->window, receipt_dictionary, receipt_dictionary_size);
    text_hex(packing->window + receipt_dictionary_size, id, RECEIPT_ID);
}

void receipt_packing_begin(const void *arena, const uint8_t id[RECEIPT_ID], size_t contents,
                           struct receipt_packing *ret_packing)
{
    open_window(arena, id, contents, ret_packing);
    /* It begins the stream anew. */
    (void)LZ4_loadDict(&ret_packing->stream, ret_packing->window, (int)ret_packing->size);
}

/* A content follows what came before in memory, so that all of that is the block's dictionary. */
void receipt_packing_append(struct receipt_packing *packing, bson_t *document, const char *name,
                            const bson_t *content)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(packing->arena, 0);
    const int most = LZ4_compressBound((int)content->len);
    const uint32_t length = htole32(content->len);
    char *packed = mem_bytes(scratch, HEAD_BYTES + (size_t)most);
    char *at = packing->window + packing->size;
    if (packing->size + content->len > packing->room)
        abort(); /* the caller has said how much there is */
    memcpy(at, bson_get_data(content), content->len);
    packing->size += content->len;
    memcpy(packed, &length, HEAD_BYTES);
    const int size = LZ4_compress_fast_continue(&packing->stream, at, packed + HEAD_BYTES,
                                                (int)content->len, most, 1);
    (void)bson_append_binary(document, name, -1, BSON_SUBTYPE_BINARY, (const uint8_t *)packed,
                             (uint32_t)(HEAD_BYTES + size));
}

void receipt_packing_begin_reading(const void *arena, const uint8_t id[RECEIPT_ID],
                                   struct receipt_packing *ret_packing)
{
    open_window(arena, id, 0, ret_packing);
}

/* Makes room for a content; what was unpacked before stays where it is. */
static char *open_content(struct receipt_packing *packing, size_t length)
{
    char *window = mem_bytes(packing->arena, packing->size + length);
    memcpy(window, packing->window, packing->size);
    packing->window = window;
    return window + packing->size;
}

bool receipt_packing_read(struct receipt_packing *packing, const bson_iter_t *member,
                          bson_t *ret_content)
{
    uint32_t n = 0, length;
    const uint8_t *packed = NULL;
    if (BSON_ITER_HOLDS_BINARY(member))
        bson_iter_binary(member, NULL, &n, &packed);
    if (n <= HEAD_BYTES)
        return false;
    memcpy(&length, packed, HEAD_BYTES);
    length = le32toh(length);
    if (length > CONTENT_BYTES)
        return false;
    char *content = open_content(packing, length);
    const int size = LZ4_decompress_safe_usingDict((const char *)packed + HEAD_BYTES, content,
                                                   (int)(n - HEAD_BYTES), (int)length,
                                                   packing->window, (int)packing->size);
    packing->size += length;
    return size == (int)length && bson_init_static(ret_content, (uint8_t *)content, length) &&
           bson_validate(ret_content, BSON_VALIDATE_NONE, NULL);
}
