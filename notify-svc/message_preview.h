/* message_preview: an automatic message with example data as the page that mail programs show. */
#pragma once

#include "libshared/service/facade.h"

/* Adds the page, with its pictures in it for a browser, to what db-svc replied. The loop's thread.
 */
facade_show message_preview_show;
