/* docs: the documents as pages to read, in a viewer that is served from here and calls no other
 * host; without a viewer, plain pages that link the documents. */
#pragma once

#include "libshared/service/facade.h"

struct docs;

/* `viewer` is the path of Redoc's script; NULL or "": none. One that cannot be read is told to the
 * log. Lives in `arena`; the script is mapped until the process ends. */
struct docs *docs_open(const void *arena, const char *viewer);

/* Local rows: of REST, and of Kafka; and the viewer's script. */
void docs_serve_rest(struct facade_call *call);
void docs_serve_kafka(struct facade_call *call);
void docs_serve_viewer(struct facade_call *call);
