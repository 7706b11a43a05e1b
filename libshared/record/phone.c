#include "libshared/record/phone.h"

#include <stdbool.h>
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

const char *phone_read(const void *arena, const char *text)
{
    const char *number = without_punctuation(arena, text);
    const size_t prefix = *number == '+' ? 1 : strncmp(number, "00", 2) == 0 ? 2 : 0;
    const char *digits = number + prefix;
    size_t n = strspn(digits, "0123456789");
    bool valid =
        prefix > 0 && *digits != '0' && digits[n] == '\0' && n >= DIGITS_MIN && n <= DIGITS_MAX;
    return valid ? mem_printf(arena, "+%s", digits) : NULL;
}
