/* availability_texts: the texts of availability that were encoded last, so that what is read over
 * and over is encoded once a change.
 *
 * A text is found by all that it shows, so that it cannot be shown of anything else. Few are kept,
 * and none that is long. One thread. */
#pragma once

#include "libshared/contract/query.h"
#include "tickets-svc/availability.h"

struct availability_texts;
struct availability_texts *availability_texts_new(const void *arena);
/* The text in `arena`, and the tag of its content. `ticket_type_id` NULL: of the whole event. */
const char *availability_texts_of(struct availability_texts *texts, const void *arena,
                                  const struct availability *shown, const char *ticket_type_id,
                                  char ret_tag[AVAILABILITY_TAG_SIZE]);
/* How often one was encoded. */
uint64_t availability_texts_encoded(const struct availability_texts *texts);
