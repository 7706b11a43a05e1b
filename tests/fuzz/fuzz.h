/* fuzz: what a target of libFuzzer is given and what it says.
 *
 * A target is one file that defines LLVMFuzzerTestOneInput(); by libFuzzer's rules it bears any
 * bytes, keeps nothing from one call to the next, and returns 0. A promise that does not hold ends
 * the process. */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#define HOLDS(promise)                                                                             \
    do {                                                                                           \
        if (!(promise)) {                                                                          \
            (void)fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #promise);     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)
