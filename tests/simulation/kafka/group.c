/* The group's coordinator: the eager protocol with static members, sessions of six seconds, and the
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

void group_clear(void)
{
    struct group *group = &broker->group;
    while (group->members != NULL) {
        struct member *member = group->members;
        group->members = member->next;
        free_member(member);
    }
    int64_t generation = group->generation;
    *group = (struct group){.generation = generation + 1};
    for (size_t i = 0; i < BROKER_TOPICS; i++)
        for (size_t p = 0; p < BROKER_PARTITIONS; p++)
            group->offsets[i][p].offset = -1;
}

static void call_together(void)
{
    struct group *group = &broker->group;
    group->joining = true;
    for (struct member *at = group->members; at != NULL; at = at->next)
        at->joined = false;
}

static int compare(const void *a, const void *b)
{
    return strcmp((*(struct member *const *)a)->instance, (*(struct member *const *)b)->instance);
}

static void assign(void)
{
    struct group *group = &broker->group;
    const struct simulated_topic *topic = broker_topic("tickets.commands");
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

static void assign_if_all_joined(void)
{
    struct group *group = &broker->group;
    for (const struct member *at = group->members; at != NULL; at = at->next)
        if (!at->joined)
            return;
    if (group->members != NULL)
        assign();
}

static void add_member(struct bus_consumer *consumer, const char *instance)
{
    struct member *member = calloc(1, sizeof *member);
    (void)snprintf(member->instance, sizeof member->instance, "%s", instance);
    *member = (struct member){.next = broker->group.members, .consumer = consumer, .told = -1};
    (void)snprintf(member->instance, sizeof member->instance, "%s", instance);
    broker->group.members = member;
    consumer->member = member;
    call_together();
}

struct member *group_join(struct bus_consumer *consumer, const char *instance)
{
    struct member *at = broker->group.members;
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
    if (broker->group.joining)
        assign_if_all_joined();
}

void group_leave(struct member *member)
{
    for (struct member **at = &broker->group.members; *at != NULL; at = &(*at)->next)
        if (*at == member) {
            *at = member->next;
            break;
        }
    free_member(member);
    call_together();
    assign_if_all_joined();
}

static bool is_heard(const struct member *member)
{
    return member->consumer != NULL && !node_is_stopped(member->consumer->node);
}

void group_coordinate(void *context)
{
    (void)context;
    broker->coordinator.at = world->now + LOOK_US;
    for (struct member *at = broker->group.members, *next; at != NULL; at = next) {
        next = at->next;
        if (broker_is_away() || is_heard(at))
            at->seen_at = world->now;
        else if (world->now - at->seen_at > SESSION_US)
            group_leave(at);
    }
}
