/* color: colours as #rrggbb in hexadecimal (sRGB), and what can be read on them. Pure; any thread.
 */
#pragma once

#include <stdbool.h>

bool color_valid(const char *text);

/* Each from 0 to 1. */
struct color_rgb {
    double red, green, blue;
};
/* Of a valid one. */
struct color_rgb color_rgb(const char *color);

/* White, or black where white on a valid colour has less contrast than 4.5 to 1 (WCAG 2.2, 1.4.3);
 * black has more then. Constant. */
const char *color_on(const char *color);
