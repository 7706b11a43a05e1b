#include "libshared/kafka/partitioner.h"

#define SEED 0x9747b28cu
#define M 0x5bd1e995u

static uint32_t word(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int32_t partitioner_hash(const void *key, size_t size)
{
    const uint8_t *p = key;
    uint32_t h = SEED ^ (uint32_t)size;
    size_t left = size;

    for (; left >= 4; p += 4, left -= 4) {
        uint32_t k = word(p) * M;
        k ^= k >> 24;
        h = h * M ^ k * M;
    }
    for (size_t i = left; i > 0; i--)
        h ^= (uint32_t)p[i - 1] << 8 * (i - 1);
    if (left > 0)
        h *= M;
    h ^= h >> 13;
    h *= M;
    h ^= h >> 15;
    return (int32_t)h;
}

int32_t partitioner_murmur2(const void *key, size_t size, int32_t partitions)
{
    return (partitioner_hash(key, size) & INT32_MAX) % partitions;
}
