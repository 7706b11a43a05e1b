/* Phone numbers: read as people write them, kept by E.164. */
#include "libshared/record/kind.h"

#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"

#define DIGITS_MIN 7
#define DIGITS_MAX 15    /* E.164, section 6 */
#define TRUNK_ZERO "(0)" /* is dialled within the country only */

/* How many bytes of punctuation the text, which is folded, begins with. */
static size_t punctuation(const char *text)
{
    static const char *const marks[] = {" ", "-", ".", "/", "(", ")", "‐", "–", "—", "−"};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0)
            return strlen(marks[i]);
    return 0;
}

/* The number without its punctuation and its first "(0)", in the arena. */
static char *without_punctuation(const void *arena, const char *text)
{
    char *folded = text_fold(arena, text, true), *to = folded;
    bool zero = false;
    for (const char *from = folded; *from != '\0';) {
        size_t n = punctuation(from);
        if (!zero && to > folded && strncmp(from, TRUNK_ZERO, strlen(TRUNK_ZERO)) == 0) {
            zero = true;
            n = strlen(TRUNK_ZERO);
        }
        if (n == 0)
            *to++ = *from++;
        from += n;
    }
    *to = '\0';
    return folded;
}

/* NULL: it is no phone number with its country's code. */
static const char *phone_read(const void *arena, const char *text)
{
    const char *number = without_punctuation(arena, text);
    const char *digits = number;
    if (*number == '+')
        digits = number + 1;
    else if (strncmp(number, "00", 2) == 0)
        digits = number + 2;
    size_t n = strspn(digits, "0123456789");
    bool valid = digits > number && *digits != '0' && digits[n] == '\0' && n >= DIGITS_MIN &&
                 n <= DIGITS_MAX;
    return valid ? mem_printf(arena, "+%s", digits) : NULL;
}

static void decode_phone(struct decoder *decoder, const struct field *field, const json_t *in,
                         void *member)
{
    (void)field;
    const char *phone = NULL;
    if (!json_is_string(in))
        violations_add(decoder->violations, decoder->path, VIOLATION_wrong_type);
    else if ((phone = phone_read(decoder->arena, json_string_value(in))) == NULL)
        violations_add(decoder->violations, decoder->path, VIOLATION_invalid_phone);
    else
        *(const char **)member = phone;
}

#define MARK "[ ()./\\u00a0\\u2009\\u2010-\\u2014\\u202f\\u2212-]"
#define PLUS MARK "*(\\+|0" MARK "*0)" MARK "*"

static json_t *schema_phone(const struct field *field)
{
    (void)field;
    return json_pack(
        "{ssssss}", "type", "string", "pattern",
        "^" PLUS "[1-9]((" MARK "|\\(0\\))*[0-9]){6,14}" MARK "*$", "description",
        "A phone number with its country's code, behind + or 00. Blanks, hyphens, dots, "
        "slashes and brackets are read, and a (0) is passed over; it is kept and shown "
        "by E.164, such as +34600111222.");
}

const struct kind kind_phone = TEXT_KIND("phone", decode_phone, schema_phone, .free_text = true);
