#include "libshared/kafka/partitioner.h"

#include <string.h>

#include "tests/support/check_main.h"

/* The vectors of Kafka's own UtilsTest. */
static const struct {
    const char *key;
    int32_t hash;
} vectors[] = {
    {"21", -973932308},
    {"foobar", -790332482},
    {"a-little-bit-long-string", -985981536},
    {"a-little-bit-longer-string", -1486304829},
    {"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971},
    {"abc", 479470107},
};

START_TEST(hashes_are_javas)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        ck_assert_int_eq(partitioner_hash(vectors[i].key, strlen(vectors[i].key)), vectors[i].hash);
}
END_TEST

START_TEST(every_byte_of_the_tail_counts)
{
    int32_t last = partitioner_hash("", 0);
    for (size_t n = 1; n <= 8; n++) {
        const int32_t hash = partitioner_hash("\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8", n);
        ck_assert_int_ne(hash, last);
        last = hash;
    }
}
END_TEST

START_TEST(a_partition_is_the_positive_hash_modulo_the_count)
{
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        const int32_t expected = (vectors[i].hash & 0x7fffffff) % 8;
        ck_assert_int_eq(partitioner_murmur2(vectors[i].key, strlen(vectors[i].key), 8), expected);
    }
    ck_assert_int_eq(partitioner_murmur2("21", 2, 1), 0);
}
END_TEST

CHECK_MAIN("partitioner", hashes_are_javas, every_byte_of_the_tail_counts,
           a_partition_is_the_positive_hash_modulo_the_count)
