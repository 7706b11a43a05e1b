#include "tests/simulation/world/dice.h"

#include <string.h>

uint64_t dice_next(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t dice_below(struct dice *dice, uint64_t n)
{
    return dice_next(dice) % n;
}

int64_t dice_between(struct dice *dice, int64_t least, int64_t most)
{
    return least + (int64_t)dice_below(dice, (uint64_t)(most - least) + 1);
}

bool dice_chance(struct dice *dice, uint32_t times)
{
    return dice_below(dice, 1000000) < times;
}

void dice_fill(struct dice *dice, void *bytes, size_t size)
{
    uint8_t *to = bytes;
    while (size > 0) {
        uint64_t drawn = dice_next(dice);
        size_t n = size < sizeof drawn ? size : sizeof drawn;
        memcpy(to, &drawn, n);
        to += n;
        size -= n;
    }
}
