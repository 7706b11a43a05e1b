#include "db-svc/store/receipt_packing.h"

#include <endian.h>
#include <lz4.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

/* More of what came before does not pay. */
#define BEFORE_BYTES (8 * 1024)
/* No document is larger. */
#define CONTENT_BYTES (16 * 1024 * 1024)
/* Before the block: how many bytes it unpacks to. */
#define HEAD_BYTES 4

struct dictionary {
    char *bytes;
    int size;
};

static struct dictionary dictionary_of(const void *arena, const struct receipt_packing *packing)
{
    const size_t before = packing->n_before < BEFORE_BYTES ? packing->n_before : BEFORE_BYTES;
    const size_t size = receipt_dictionary_size + before + 2 * RECEIPT_ID;
    char *bytes = mem_array(arena, char, size + 1), *at = bytes;
    memcpy(at, receipt_dictionary, receipt_dictionary_size);
    at += receipt_dictionary_size;
    if (before > 0)
        memcpy(at, packing->before, before);
    text_hex(at + before, packing->id, RECEIPT_ID);
    return (struct dictionary){bytes, (int)size};
}

void receipt_packing_append(bson_t *document, const char *name,
                            const struct receipt_packing *packing, const bson_t *content)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
    const struct dictionary dictionary = dictionary_of(scratch, packing);
    const int most = LZ4_compressBound((int)content->len);
    const uint32_t length = htole32(content->len);
    char *packed = mem_array(scratch, char, HEAD_BYTES + (size_t)most);
    LZ4_stream_t stream;
    (void)LZ4_initStream(&stream, sizeof stream);
    (void)LZ4_loadDict(&stream, dictionary.bytes, dictionary.size);
    memcpy(packed, &length, HEAD_BYTES);
    const int size = LZ4_compress_fast_continue(&stream, (const char *)bson_get_data(content),
                                                packed + HEAD_BYTES, (int)content->len, most, 1);
    (void)bson_append_binary(document, name, -1, BSON_SUBTYPE_BINARY, (const uint8_t *)packed,
                             (uint32_t)(HEAD_BYTES + size));
}

bool receipt_packing_read(const void *arena, const struct receipt_packing *packing,
                          const bson_iter_t *member, bson_t *ret_content)
{
    _cleanup_(mem_freep) void *scratch = mem_arena(NULL, 0);
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
    const struct dictionary dictionary = dictionary_of(scratch, packing);
    char *content = mem_array(arena, char, (size_t)length + 1);
    const int size = LZ4_decompress_safe_usingDict((const char *)packed + HEAD_BYTES, content,
                                                   (int)(n - HEAD_BYTES), (int)length,
                                                   dictionary.bytes, dictionary.size);
    return size == (int)length && bson_init_static(ret_content, (uint8_t *)content, length) &&
           bson_validate(ret_content, BSON_VALIDATE_NONE, NULL);
}
