#include "libshared/record/json_text.h"
#include "libshared/service/health.h"

#include <jansson.h>
#include <stddef.h>

#include "libshared/base/mem.h"

struct check {
    const char *name;
    health_check *check;
    void *user;
};

struct health {
    struct check *checks;
    size_t count;
    bool stopping;
};

const char health_schema[] =
    "{\"type\":\"object\",\"required\":[\"status\"],\"properties\":{"
    "\"status\":{\"type\":\"string\",\"enum\":[\"ok\",\"unavailable\",\"stopping\"],"
    "\"description\":\"Whether it is well.\"},"
    "\"checks\":{\"type\":\"array\",\"description\":\"What /readyz looks at.\",\"items\":{"
    "\"type\":\"object\",\"required\":[\"name\",\"ok\"],\"properties\":{"
    "\"name\":{\"type\":\"string\",\"description\":\"Which part.\"},"
    "\"ok\":{\"type\":\"boolean\",\"description\":\"Whether it does its work.\"},"
    "\"reason\":{\"type\":\"string\",\"description\":\"What is amiss.\"}}}}}}";

struct health *health_new(const void *arena)
{
    return mem_new(arena, struct health);
}

void health_add(struct health *health, const char *name, health_check *check, void *user)
{
    health->checks = mem_grow(health, health->checks, struct check, health->count + 1);
    health->checks[health->count++] = (struct check){name, check, user};
}

void health_stopping(struct health *health)
{
    health->stopping = true;
}

bool health_is_stopping(const struct health *health)
{
    return health->stopping;
}

const char *health_live(void)
{
    return "{\"status\":\"ok\"}";
}

char *health_ready(const struct health *health, const void *arena, bool *ret_ready)
{
    bool ready = !health->stopping;
    json_t *checks = json_array();
    for (size_t i = 0; i < health->count; i++) {
        const struct check *check = &health->checks[i];
        const char *reason = NULL;
        bool ok = check->check(check->user, &reason);
        json_t *item = json_pack("{sssb}", "name", check->name, "ok", ok);
        if (!ok && reason != NULL)
            (void)json_object_set_new(item, "reason", json_string(reason));
        (void)json_array_append_new(checks, item);
        ready = ready && ok;
    }
    const char *status = health->stopping ? "stopping" : ready ? "ok" : "unavailable";
    json_t *page = json_pack("{ssso}", "status", status, "checks", checks);
    *ret_ready = ready;
    return json_text_take(arena, page);
}
