/* Replies of the server. */
#include "tests/simulation/mongo/server_parts.h"

void server_error(bson_t *ret_reply, int32_t code, const char *label, const char *message)
{
    bson_t labels;
    bson_init(ret_reply);
    (void)BSON_APPEND_DOUBLE(ret_reply, "ok", 0);
    (void)BSON_APPEND_UTF8(ret_reply, "errmsg", message);
    (void)BSON_APPEND_INT32(ret_reply, "code", code);
    if (label == NULL)
        return;
    (void)BSON_APPEND_ARRAY_BEGIN(ret_reply, "errorLabels", &labels);
    (void)BSON_APPEND_UTF8(&labels, "0", label);
    (void)bson_append_array_end(ret_reply, &labels);
}

void server_ok(bson_t *reply)
{
    bson_init(reply);
    (void)BSON_APPEND_DOUBLE(reply, "ok", 1);
}
