#include "tests/simulation/mongo/document.h"

bool document_sub(const bson_t *from, const char *name, bson_t *ret_document)
{
    bson_iter_t at;
    uint32_t length;
    const uint8_t *bytes;
    if (!bson_iter_init_find(&at, from, name) ||
        (!BSON_ITER_HOLDS_DOCUMENT(&at) && !BSON_ITER_HOLDS_ARRAY(&at)))
        return false;
    if (BSON_ITER_HOLDS_DOCUMENT(&at))
        bson_iter_document(&at, &length, &bytes);
    else
        bson_iter_array(&at, &length, &bytes);
    return bson_init_static(ret_document, bytes, length);
}

bool document_flag(const bson_t *from, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, from, name) && bson_iter_as_bool(&at);
}

int64_t document_number(const bson_t *from, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, from, name) ? bson_iter_as_int64(&at) : 0;
}

const char *document_text(const bson_t *from, const char *name)
{
    bson_iter_t at;
    return bson_iter_init_find(&at, from, name) && BSON_ITER_HOLDS_UTF8(&at)
               ? bson_iter_utf8(&at, NULL)
               : "";
}
