/* Currencies: the codes of ISO 4217 that prices can be in. */
#include "libshared/record/kind.h"

#include "libshared/record/currency.h"

bool kind_currency_valid(const char *text)
{
    return currency_digits(text) >= 0;
}

static void decode_currency(struct decoder *decoder, const struct field *field, const json_t *in,
                            void *member)
{
    (void)field;
    kind_checked_decode(decoder, in, member, kind_currency_valid, VIOLATION_invalid_currency);
}

json_t *kind_currency_schema(const struct field *field)
{
    (void)field;
    return json_pack("{ssssss}", "type", "string", "pattern", "^[A-Z]{3}$", "description",
                     "An active currency of ISO 4217 with a minor unit, such as EUR.");
}

const struct kind kind_currency = TEXT_KIND("currency", decode_currency, kind_currency_schema);
