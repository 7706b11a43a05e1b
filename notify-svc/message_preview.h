/* message_preview: an automatic message with example data as the page that mail programs show. */
#pragma once

#include "libshared/contract/message_texts.h"
#include "libshared/html/html_template.h"
#include "libshared/service/facade.h"

/* The page with its pictures in it, for a browser; in the arena. Pure; any thread. */
char *message_preview_page(const void *arena, const struct html_template *template,
                           const struct message_preview_text *preview);
/* Adds the page to what db-svc replied. The loop's thread. */
facade_show message_preview_show;
