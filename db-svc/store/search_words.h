/* search_words: the parts of a name, and what somebody types to find one. Pure; any thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#define SEARCH_WORDS_MAX 16 /* of one text; further ones are passed over */
struct search_words {
    const char *at[SEARCH_WORDS_MAX];
    size_t n;
};

/* Splits folded text at blanks, hyphens and apostrophes; the words live in the arena. A word with
 * an @ is an address, and stays whole. */
void search_words_split(const void *arena, const char *folded, struct search_words *ret_words);
bool search_words_is_address(const char *word);
/* The last SEARCH_PHONE_DIGITS digits of a number, by which it is found with and without the
 * country's code; NULL: the text is no phone number. */
#define SEARCH_PHONE_DIGITS 6
const char *search_words_phone_end(const void *arena, const char *text);
/* Whether `typed` is the phone number `phone` (E.164), whole or without its country's code. */
bool search_words_same_phone(const void *arena, const char *phone, const char *typed);
