/* patience: how long suites wait for what must come.
 *
 * No suite promises a time: it is so long that a slow or busy machine changes no result, and short
 * of check_main.h's own limit. */
#pragma once

enum { PATIENCE_MS = 60000 };
