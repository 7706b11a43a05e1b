#include "libshared/record/currency.h"

#include <stdlib.h>
#include <string.h>

struct currency {
    char code[4];
    int digits;
};

static const struct currency currencies[] = {
#define CURRENCY(code, digits) {#code, digits},
#include "libshared/record/currencies.def"
#undef CURRENCY
};

static int compare(const void *code, const void *currency)
{
    return strcmp(code, ((const struct currency *)currency)->code);
}

int currency_digits(const char *code)
{
    const struct currency *found = bsearch(code, currencies, sizeof currencies / sizeof *currencies,
                                           sizeof *currencies, compare);
    return found != NULL ? found->digits : -1;
}
