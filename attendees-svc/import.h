/* import: takes a CSV body as it comes and hands it on in pages of rows, one after the other, each
 * a command whose id follows from the Idempotency-Key: sent again, nothing happens twice. Memory:
 * one page. The loop's thread. */
#pragma once

#include "libshared/service/facade.h"

facade_serve import_begin, import_end;
