#include "libshared/base/color.h"

#include <math.h>
#include <string.h>

#include "libshared/base/text.h"

bool color_valid(const char *text)
{
    return *text == '#' && strlen(text) == 7 && strspn(text + 1, "0123456789abcdefABCDEF") == 6;
}

static double part(const char *digits)
{
    return (text_hex_value(digits[0]) * 16 + text_hex_value(digits[1])) / 255.0;
}

struct color_rgb color_rgb(const char *color)
{
    return (struct color_rgb){part(color + 1), part(color + 3), part(color + 5)};
}

static double linear(double part)
{
    return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4);
}

const char *color_on(const char *color)
{
    const struct color_rgb rgb = color_rgb(color);
    double light =
        0.2126 * linear(rgb.red) + 0.7152 * linear(rgb.green) + 0.0722 * linear(rgb.blue);
    return 1.05 / (light + 0.05) >= 4.5 ? "#ffffff" : "#000000";
}
