/* held: records that wait for others to leave with. Copies; one thread. */
#pragma once

#include "libshared/kafka/producer.h"

struct held {
    void *arena; /* NULL: none is held */
    struct bus_record *records;
    size_t n;
};

void held_add(struct held *held, const struct bus_record *record);
/* Gives them to the caller, who frees ret_held->arena; none is held any more. */
void held_take(struct held *held, struct held *ret_held);
void held_clear(struct held *held);
