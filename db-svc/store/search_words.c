#include "db-svc/store/search_words.h"

#include <string.h>

#include "libshared/base/mem.h"

#define PHONE_PUNCTUATION " -./()"

/* Apostrophes and hyphens as keyboards and word processors write them, once folded. */
static const char *const separators[] = {" ", "-", "'", "‘", "’", "ʼ", "´", "`", "‐", "–", "—"};

/* The length in bytes of the separator that the text begins with; 0: it begins with none. */
static size_t separator_length(const char *text)
{
    for (size_t i = 0; i < sizeof separators / sizeof *separators; i++) {
        size_t length = strlen(separators[i]);
        if (strncmp(text, separators[i], length) == 0)
            return length;
    }
    return 0;
}

static void add(const void *arena, struct search_words *words, const char *text, size_t length)
{
    if (length > 0 && words->n < SEARCH_WORDS_MAX)
        words->at[words->n++] = mem_strndup(arena, text, length);
}

static void split_part(const void *arena, const char *text, size_t length,
                       struct search_words *words)
{
    const char *begin = text, *end = text + length;
    while (text < end) {
        size_t separator = separator_length(text);
        if (separator == 0) {
            text++;
            continue;
        }
        add(arena, words, begin, (size_t)(text - begin));
        text += separator;
        begin = text;
    }
    if (begin < end)
        add(arena, words, begin, (size_t)(end - begin));
}

void search_words_split(const void *arena, const char *folded, struct search_words *ret_words)
{
    ret_words->n = 0;
    while (*folded != '\0') {
        size_t length = strcspn(folded, " ");
        if (memchr(folded, '@', length) != NULL)
            add(arena, ret_words, folded, length);
        else
            split_part(arena, folded, length, ret_words);
        folded += length;
        folded += strspn(folded, " ");
    }
}

bool search_words_is_address(const char *word)
{
    return strchr(word, '@') != NULL;
}

/* The digits of a phone number, in the arena, with a "+" before them if its country's code is
 * there; NULL: it has anything else. */
static const char *phone_digits(const void *arena, const char *text)
{
    char *digits = mem_zeroed(arena, strlen(text) + 1);
    size_t n = 0;
    text += strspn(text, PHONE_PUNCTUATION);
    if (*text == '+' || strncmp(text, "00", 2) == 0) {
        digits[n++] = '+';
        text += *text == '+' ? 1 : 2;
    }
    for (; *text != '\0'; text++)
        if (*text >= '0' && *text <= '9')
            digits[n++] = *text;
        else if (strchr(PHONE_PUNCTUATION, *text) == NULL)
            return NULL;
    return digits;
}

const char *search_words_phone_end(const void *arena, const char *text)
{
    const char *digits = phone_digits(arena, text);
    size_t length = digits == NULL ? 0 : strlen(digits);
    if (length < SEARCH_PHONE_DIGITS || (*digits == '+' && length == SEARCH_PHONE_DIGITS))
        return NULL;
    return digits + length - SEARCH_PHONE_DIGITS;
}

bool search_words_same_phone(const void *arena, const char *phone, const char *typed)
{
    const char *digits = phone_digits(arena, typed);
    if (digits == NULL || phone == NULL)
        return false;
    if (*digits == '+')
        return strcmp(phone, digits) == 0;
    digits += strspn(digits, "0"); /* of a call within the country */
    size_t length = strlen(digits), whole = strlen(phone);
    return length > 0 && length < whole && strcmp(phone + whole - length, digits) == 0;
}
