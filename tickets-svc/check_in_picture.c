#include "tickets-svc/check_in_picture.h"

#include <string.h>
#include <talloc.h>

#include "libshared/base/clock.h"
#include "libshared/contract/check_in_list.h"
#include "libshared/record/tolerant.h"

#define BARS 60 /* minutes */
#define BAR 6   /* their width */
#define HEIGHT 60
#define TOP 66
#define MINUTE_MS (INT64_C(60) * 1000)

static const char head[] = "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 384 136\" "
                           "width=\"384\" height=\"136\" "
                           "role=\"img\" font-family=\"sans-serif\"><title>%lld admitted, %lld "
                           "inside, %lld refused</title>"
                           "<rect width=\"384\" height=\"136\" rx=\"8\" fill=\"#fff\"/>";

static char *draw_number(char *svg, int column, json_int_t number, const char *label,
                         const char *colour)
{
    int x = 12 + column * 93;
    return talloc_asprintf_append_buffer(
        svg,
        "<text x=\"%d\" y=\"32\" font-size=\"22\" font-weight=\"bold\" fill=\"%s\">%lld</text>"
        "<text x=\"%d\" y=\"50\" font-size=\"12\" fill=\"#555\">%s</text>",
        x, colour, (long long)number, x, label);
}

/* What was let in and refused in each of the last minutes. */
struct bars {
    int64_t admitted[BARS], refused[BARS], most;
};

static struct bars bars_of(const struct check_in_numbers *numbers)
{
    struct bars bars = {.most = 1};
    int64_t last = numbers->as_of / MINUTE_MS;
    for (size_t i = 0; i < numbers->minutes.n; i++) {
        const struct check_in_minute *minute = &numbers->minutes.at[i];
        int64_t ago = last - minute->at / MINUTE_MS, all = minute->admitted + minute->refused;
        if (ago < 0 || ago >= BARS)
            continue;
        bars.admitted[BARS - 1 - ago] = minute->admitted;
        bars.refused[BARS - 1 - ago] = minute->refused;
        bars.most = all > bars.most ? all : bars.most;
    }
    return bars;
}

static char *draw_bar(char *svg, size_t place, int64_t from, int64_t n, int64_t most,
                      const char *colour)
{
    if (n == 0)
        return svg;
    double scale = (double)HEIGHT / (double)most;
    return talloc_asprintf_append_buffer(
        svg, "<rect x=\"%zu\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\"/>",
        12 + place * BAR, TOP + HEIGHT - (double)(from + n) * scale, BAR - 1, (double)n * scale,
        colour);
}

static char *draw_bars(char *svg, const struct check_in_numbers *numbers)
{
    const struct bars bars = bars_of(numbers);
    for (size_t i = 0; i < BARS; i++) {
        svg = draw_bar(svg, i, 0, bars.admitted[i], bars.most, "#2a7d4f");
        svg = draw_bar(svg, i, bars.admitted[i], bars.refused[i], bars.most, "#c0392b");
    }
    return svg;
}

void check_in_picture(struct facade_call *call, const void *body, size_t size)
{
    void *arena = facade_request(call)->arena;
    struct check_in_numbers numbers;
    json_t *json = json_loadb(body, size, 0, NULL);
    int r = record_decode_tolerant(arena, &check_in_numbers_record, json, &numbers);
    json_decref(json);
    if (r < 0) {
        facade_refuse(call, PROBLEM_unavailable);
        return;
    }
    char *svg = talloc_asprintf(arena, head, (long long)numbers.admitted, (long long)numbers.inside,
                                (long long)numbers.refused);
    svg = draw_number(svg, 0, numbers.admitted, "admitted", "#2a7d4f");
    svg = draw_number(svg, 1, numbers.inside, "inside", "#1f4e79");
    svg = draw_number(svg, 2, numbers.expected, "expected", "#333");
    svg = draw_number(svg, 3, numbers.refused, "refused", "#c0392b");
    svg = draw_bars(svg, &numbers);
    svg = talloc_strdup_append_buffer(svg, "</svg>\n");
    facade_header(call, "Cache-Control", "private, no-store");
    facade_respond(call, &(struct http_response){.status = 200,
                                                 .content_type = "image/svg+xml",
                                                 .body = svg,
                                                 .body_size = strlen(svg)});
}
