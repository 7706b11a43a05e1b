/* envelope_header: the headers that an envelope is read from, one by one. Only for envelope_read
 * and envelope_structured. Pure. */
#pragma once

#include "libshared/kafka/envelope.h"

/* The header of a copy that has the timestamp of the first message. */
#define ENVELOPE_ORIGINAL_TIMESTAMP "original_timestamp_ms"

enum { ENVELOPE_KNOWN_HEADERS = 16 };
enum { ENVELOPE_NO_PARTITION = -2 }; /* the reply address is unusable */

/* An envelope while it is read. */
struct envelope_reader {
    const void *arena;
    struct envelope *envelope;
    struct envelope_fault *faults;
    bool structured; /* says the content type */
};

/* One of the codes of libshared/record/violations.def, and what it says here. */
struct envelope_violation {
    const char *code, *detail;
};

/* Adds a fault of this header unless it has one: the first says the most. */
void envelope_fault_add(struct envelope_reader *reader, const char *header,
                        const struct envelope_violation *violation);

/* Which of the known headers this is; -1: none. */
int envelope_header_find(const char *name);
/* As it is spelled in faults. */
const char *envelope_header_name(int known);
/* Reads the header's value into the envelope, or adds a fault. */
void envelope_header_read(struct envelope_reader *reader, int known,
                          const struct bus_header *header);

/* Reads the body as a structured event; a fault if it is none. */
void envelope_read_structured(struct envelope_reader *reader);
/* The same of a message whose headers name no type; a body without a text `specversion` is left as
 * it is. */
void envelope_read_unmarked(struct envelope_reader *reader);
