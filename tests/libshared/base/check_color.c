/* Colours, and text that can be read on them. */
#include "libshared/base/color.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tests/support/check_main.h"

START_TEST(a_color_is_six_hexadecimal_digits)
{
    ck_assert(color_valid("#1e2a5a"));
    ck_assert(color_valid("#FFFFFF"));
    static const char *const wrong[] = {"",        "#fff",     "1e2a5a", "#1e2a5", "#1e2a5ag",
                                        "#1e2a5g", "#1e2a5a;", "red",    "# 1e2a5"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!color_valid(wrong[i]), "%s", wrong[i]);
}
END_TEST

START_TEST(its_parts_are_known)
{
    const struct color_rgb rgb = color_rgb("#ff0033");
    ck_assert_double_eq(rgb.red, 1);
    ck_assert_double_eq(rgb.green, 0);
    ck_assert_double_eq_tol(rgb.blue, 0.2, 1e-9);
}
END_TEST

/* As WCAG 2 says it (relative luminance). */
static double light(const char *color)
{
    const struct color_rgb rgb = color_rgb(color);
    const double parts[] = {rgb.red, rgb.green, rgb.blue}, weights[] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (size_t i = 0; i < 3; i++)
        sum += weights[i] *
               (parts[i] <= 0.04045 ? parts[i] / 12.92 : pow((parts[i] + 0.055) / 1.055, 2.4));
    return sum;
}

START_TEST(text_on_any_color_can_be_read)
{
    for (unsigned i = 0; i < 1 << 12; i++) {
        char color[8];
        (void)snprintf(color, sizeof color, "#%02x%02x%02x", (i >> 8) * 17, (i >> 4 & 15) * 17,
                       (i & 15) * 17);
        double one = light(color), other = light(color_on(color));
        double contrast = (fmax(one, other) + 0.05) / (fmin(one, other) + 0.05);
        ck_assert_msg(contrast >= 4.5, "%s on %s: %f", color_on(color), color, contrast);
    }
    ck_assert_str_eq(color_on("#1e2a5a"), "#ffffff");
    ck_assert_str_eq(color_on("#ffe066"), "#000000");
}
END_TEST

CHECK_MAIN("color", a_color_is_six_hexadecimal_digits, its_parts_are_known,
           text_on_any_color_can_be_read)
