/* Replies that reached nobody are counted by topic and cause. */
#include "tests/support/check_main.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "db-svc/reply_drops.h"
#include "libshared/base/mem.h"

static char seen[20000];

static void append(void *user, const struct reply_drop *drop)
{
    (void)user;
    size_t used = strlen(seen);
    snprintf(seen + used, sizeof seen - used, "%s %s %llu\n", drop->topic, drop->cause,
             (unsigned long long)drop->count);
}

static const char *all(struct reply_drops *drops)
{
    seen[0] = '\0';
    reply_drops_each(drops, append, NULL);
    return seen;
}

START_TEST(each_topic_and_cause_has_a_count_of_its_own)
{
    void *arena = mem_arena(NULL, 0);
    struct reply_drops *drops = reply_drops_new(arena);
    ck_assert_str_eq(all(drops), "");
    reply_drops_count(drops, "a.replies", -ENOENT);
    reply_drops_count(drops, "a.replies", -ENOENT);
    reply_drops_count(drops, "a.replies", -ENXIO);
    reply_drops_not_allowed(drops, "letters");
    reply_drops_count(drops, "b.reply", -EIO);
    ck_assert_str_eq(all(drops), "a.replies no_topic 2\na.replies no_partition 1\n"
                                 "letters not_allowed 1\nb.reply failed 1\n");
    mem_free(arena);
}
END_TEST

START_TEST(a_flood_of_topics_is_counted_without_their_names)
{
    void *arena = mem_arena(NULL, 0);
    struct reply_drops *drops = reply_drops_new(arena);
    for (int i = 0; i < REPLY_DROPS_MAX + 50; i++) {
        char topic[20];
        snprintf(topic, sizeof topic, "t%d.reply", i);
        reply_drops_count(drops, topic, -ENOENT);
    }
    const char *text = all(drops);
    ck_assert_ptr_nonnull(strstr(text, "t99.reply no_topic 1\n"));
    ck_assert_ptr_null(strstr(text, "t100.reply"));
    ck_assert_ptr_nonnull(strstr(text, "\n any 50\n"));
    mem_free(arena);
}
END_TEST

CHECK_MAIN("reply_drops", each_topic_and_cause_has_a_count_of_its_own,
           a_flood_of_topics_is_counted_without_their_names)
