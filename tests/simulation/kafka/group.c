/* The groups' coordinator: the eager protocol with static members, sessions of six seconds, and the
 * assignor `range` over topics that have the same number of partitions. */
#include "tests/simulation/kafka/parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_US 6000000
#define LOOK_US 200000

static void free_member(struct member *member)
{
    if (member->consumer != NULL)
        member->consumer->member = NULL;
    free(member);
}

struct group *group_of(const char *name)
{
    for (size_t i = 0; i < BROKER_GROUPS; i++) {
        struct group *group = &broker->groups[i];
        if (group->name[0] == '\0')
            (void)snprintf(group->name, sizeof group->name, "%s", name);
        if (strcmp(group->name, name) == 0)
            return group;
    }
    abort();
}

static void clear(struct group *group)
{
    while (group->members != NULL) {
        struct member *member = group->members;
        group->members = member->next;
        free_member(member);
    }
    group->generation++;
    group->joining = false;
}

void groups_clear(void)
{
    for (size_t i = 0; i < BROKER_GROUPS; i++)
        clear(&broker->groups[i]);
    for (size_t i = 0; i < BROKER_TOPICS; i++)
        for (size_t p = 0; p < BROKER_PARTITIONS; p++)
            broker->offsets[i][p] = (struct offset_kept){.offset = -1};
}

static void call_together(struct group *group)
{
    group->joining = true;
    for (struct member *at = group->members; at != NULL; at = at->next)
        at->joined = false;
}

static int compare(const void *a, const void *b)
{
    return strcmp((*(struct member *const *)a)->instance, (*(struct member *const *)b)->instance);
}

static void assign(struct group *group)
{
    const struct simulated_topic *topic = broker_topic(group->topic);
    int32_t partitions = topic != NULL ? topic->partitions : 0, next = 0;
    struct member *sorted[64];
    int32_t n = 0;
    for (struct member *at = group->members; at != NULL && n < 64; at = at->next)
        sorted[n++] = at;
    qsort(sorted, (size_t)n, sizeof *sorted, compare);
    for (int32_t i = 0; i < n; i++) {
        sorted[i]->first = next;
        sorted[i]->n = partitions / n + (i < partitions % n);
        next += sorted[i]->n;
    }
    group->generation++;
    group->joining = false;
}

static void assign_if_all_joined(struct group *group)
{
    for (const struct member *at = group->members; at != NULL; at = at->next)
        if (!at->joined)
            return;
    if (group->members != NULL)
        assign(group);
}

static void add_member(struct bus_consumer *consumer, const char *instance)
{
    struct group *group = consumer->group;
    group->topic = consumer->topics[0];
    struct member *member = calloc(1, sizeof *member);
    *member =
        (struct member){.next = group->members, .group = group, .consumer = consumer, .told = -1};
    (void)snprintf(member->instance, sizeof member->instance, "%s", instance);
    group->members = member;
    consumer->member = member;
    call_together(group);
}

struct member *group_join(struct bus_consumer *consumer, const char *instance)
{
    struct member *at = consumer->group->members;
    while (at != NULL && strcmp(at->instance, instance) != 0)
        at = at->next;
    if (at == NULL) {
        add_member(consumer, instance);
        at = consumer->member;
    } else {
        if (at->consumer != NULL && at->consumer != consumer) {
            at->consumer->member = NULL;
            at->consumer->fenced = true;
        }
        at->consumer = consumer;
        at->told = -1;
        consumer->member = at;
    }
    at->seen_at = world->now;
    group_rejoin(at);
    return at;
}

void group_rejoin(struct member *member)
{
    member->joined = true;
    if (member->group->joining)
        assign_if_all_joined(member->group);
}

void group_leave(struct member *member)
{
    struct group *group = member->group;
    for (struct member **at = &group->members; *at != NULL; at = &(*at)->next)
        if (*at == member) {
            *at = member->next;
            break;
        }
    free_member(member);
    call_together(group);
    assign_if_all_joined(group);
}

static bool is_heard(const struct member *member)
{
    return member->consumer != NULL && !node_is_stopped(member->consumer->node);
}

static void look_at(struct group *group)
{
    for (struct member *at = group->members, *next; at != NULL; at = next) {
        next = at->next;
        if (broker_is_away() || is_heard(at))
            at->seen_at = world->now;
        else if (world->now - at->seen_at > SESSION_US)
            group_leave(at);
    }
}

void group_coordinate(void *context)
{
    (void)context;
    broker->coordinator.at = world->now + LOOK_US;
    for (size_t i = 0; i < BROKER_GROUPS; i++)
        look_at(&broker->groups[i]);
}
