/* dice: pseudo-random numbers that follow from a seed alone (SplitMix64). */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dice {
    uint64_t state;
};

uint64_t dice_next(struct dice *dice);
/* 0 to n - 1; n is at least 1. */
uint64_t dice_below(struct dice *dice, uint64_t n);
/* From `least` to `most`, both included. */
int64_t dice_between(struct dice *dice, int64_t least, int64_t most);
/* True `times` in a million. */
bool dice_chance(struct dice *dice, uint32_t times);
void dice_fill(struct dice *dice, void *bytes, size_t size);
