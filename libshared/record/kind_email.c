/* E-mail addresses: internationalised ones too (RFC 6531), as they were written. */
#include "libshared/record/kind.h"

#include <ctype.h>
#include <idn2.h>
#include <string.h>
#include <utf8proc.h>

/* local@domain: at most 254 octets (RFC 5321 section 4.5.3.1.3), 64 before the last @; no spaces,
 * controls or hidden characters; a domain of two or more dot-separated labels of letters, digits,
 * hyphens and non-ASCII: one label alone reaches nobody (RFC 5321 section 2.3.5). Quoted local
 * parts and address literals are not taken. */
static bool domain_valid(const char *domain)
{
    size_t label = 0, labels = 1;
    for (const char *c = domain; *c != '\0'; c++) {
        if (*c == '.') {
            if (label == 0 || c[-1] == '-')
                return false;
            label = 0;
            labels++;
            continue;
        }
        if (!isalnum((unsigned char)*c) && (unsigned char)*c < 0x80 && (*c != '-' || label == 0))
            return false;
        if (++label > 63 * 4)
            return false;
    }
    return label > 0 && labels > 1 && domain[strlen(domain) - 1] != '-';
}

/* Labels of letters, digits and single hyphens are on the wire what they are here (RFC 5890 section
 * 2.3.1). */
static bool is_its_own_form(const char *domain)
{
    size_t label = 0;
    for (const char *c = domain; *c != '\0'; c++) {
        label = *c == '.' ? 0 : label + 1;
        if ((unsigned char)*c >= 0x80 || (c[0] == '-' && c[1] == '-') || label > 63)
            return false;
    }
    return true;
}

/* Other domains must have a form for the wire (IDNA 2008). */
static bool domain_encodes(const char *domain)
{
    if (is_its_own_form(domain))
        return true;
    char *ascii = NULL;
    bool encodes = idn2_to_ascii_8z(domain, &ascii, IDN2_NONTRANSITIONAL) == IDN2_OK;
    idn2_free(ascii);
    return encodes;
}

static bool is_joiner(utf8proc_int32_t point)
{
    return point == 0x200c || point == 0x200d;
}

/* Blanks, controls and what is not seen: some of it is dropped when addresses are compared. */
static bool is_hidden(utf8proc_int32_t point)
{
    switch (utf8proc_category(point)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
        return true;
    default:
        return utf8proc_get_property(point)->ignorable;
    }
}

/* Labels of some scripts need joiners (RFC 5892 appendix A). */
static bool has_hidden(const char *text, const char *domain)
{
    utf8proc_int32_t point;
    for (utf8proc_ssize_t n; *text != '\0'; text += n) {
        n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &point);
        if (n <= 0 || (is_hidden(point) && (text < domain || !is_joiner(point))))
            return true;
    }
    return false;
}

static bool email_valid(const char *text)
{
    const char *at = strrchr(text, '@');
    if (at == NULL || at == text || at - text > 64 || strlen(text) > 254)
        return false;
    if (*text == '.' || at[-1] == '.' || has_hidden(text, at + 1))
        return false;
    for (const char *c = text; c < at; c++)
        if (*c == ' ' || strchr("\"(),:;<>@[\\]", *c) != NULL || (*c == '.' && c[1] == '.'))
            return false;
    return domain_valid(at + 1) && domain_encodes(at + 1);
}

static void decode_email(struct decoder *decoder, const struct field *field, const json_t *in,
                         void *member)
{
    (void)field;
    kind_checked_decode(decoder, in, member, email_valid, VIOLATION_invalid_email);
}

static json_t *schema_email(const struct field *field)
{
    (void)field;
    return json_pack("{sssssi}", "type", "string", "format", "idn-email", "maxLength", 254);
}

const struct kind kind_email = TEXT_KIND("email", decode_email, schema_email, .free_text = true);
