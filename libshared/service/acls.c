#include "libshared/service/acls.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/contract/topic.h"

/* A right on a topic or a group. */
struct right {
    const char *operation, *resource, *name;
};

struct list {
    void *arena;
    struct right *at;
    size_t n;
};

static void add(struct list *list, const char *operation, const char *resource, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (strcmp(list->at[i].operation, operation) == 0 && strcmp(list->at[i].name, name) == 0)
            return;
    list->at = mem_grow(list->arena, list->at, struct right, list->n + 1);
    list->at[list->n++] = (struct right){operation, resource, name};
}

static void add_reads(struct list *list, const struct service *service)
{
    for (size_t i = 0; i < all_topics_n; i++)
        if ((all_topics[i].readers & (unsigned)service->settings) != 0)
            add(list, "Read", "topic", all_topics[i].name);
    for (const char *const *group = service->groups; group != NULL && *group != NULL; group++)
        add(list, "Read", "group", *group);
}

static void add_writes(struct list *list, const struct service *service,
                       const struct route *const *tables)
{
    size_t n;
    const char *const *topics = facade_topics(list->arena, tables, service->asks, &n);
    for (size_t i = 0; i < n; i++)
        add(list, "Write", "topic", topics[i]);
}

/* db-svc answers, tells, sets aside, and asks itself; it also makes the topics. */
static void add_owner(struct list *list)
{
    for (size_t i = 0; i < all_topics_n; i++) {
        add(list, "Write", "topic", all_topics[i].name);
        add(list, "Create", "topic", all_topics[i].name);
    }
}

static struct list rights_of(void *arena, const struct service *service,
                             const struct route *const *tables)
{
    struct list list = {.arena = arena};
    add_reads(&list, service);
    add_writes(&list, service, tables);
    if (service->settings == SETTINGS_DB)
        add_owner(&list);
    return list;
}

void acls_print(const struct service *service, const struct route *const *tables, FILE *out)
{
    _cleanup_(mem_freep) void *arena = mem_arena(NULL, 0);
    const struct list list = rights_of(arena, service, tables);
    for (size_t i = 0; i < list.n; i++)
        (void)fprintf(
            out,
            "kafka-acls --bootstrap-server localhost:9092 --add --allow-principal User:%s "
            "--operation %s --%s %s\n",
            service->name, list.at[i].operation, list.at[i].resource, list.at[i].name);
}
