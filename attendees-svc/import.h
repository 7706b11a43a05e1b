/* import: takes a CSV body as it comes and hands it on in pages of rows, each a command whose id
 * follows from the Idempotency-Key: sent again, nothing happens twice. A few pages are on their way
 * at a time; the body is read no faster than they are taken in. If the client goes before the end,
 * the import is told to have failed, and goes on where it was when the body is sent again. Memory:
 * these pages. The loop's thread. */
#pragma once

#include "libshared/service/facade.h"

facade_serve import_begin, import_end;
