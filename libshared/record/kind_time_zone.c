/* Time zones: names of the IANA database, which libical reads from where this looks. */
#include "libshared/record/kind.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define DATABASE "/usr/share/zoneinfo"

/* Folders and lists stand there too. */
static bool is_zone_file(const char *name)
{
    char path[160], magic[4];
    (void)snprintf(path, sizeof path, DATABASE "/%s", name);
    FILE *file = fopen(path, "re");
    bool is = file != NULL && fread(magic, 1, sizeof magic, file) == sizeof magic &&
              memcmp(magic, "TZif", sizeof magic) == 0;
    if (file != NULL)
        (void)fclose(file);
    return is;
}

/* Every name of the database begins with a capital letter; its other forms, below `posix` and
 * `right`, do not. */
static bool time_zone_valid(const char *text)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    size_t length = strlen(text);
    return length > 0 && length <= 64 && strspn(text, allowed) == length &&
           isupper((unsigned char)*text) && is_zone_file(text);
}

static void decode_time_zone(struct decoder *decoder, const struct field *field, const json_t *in,
                             void *member)
{
    (void)field;
    kind_checked_decode(decoder, in, member, time_zone_valid, VIOLATION_invalid_time_zone);
}

static json_t *schema_time_zone(const struct field *field)
{
    (void)field;
    return json_pack("{sssiss}", "type", "string", "maxLength", 64, "description",
                     "A name of the IANA time zone database, such as Europe/Madrid.");
}

const struct kind kind_time_zone = TEXT_KIND("time_zone", decode_time_zone, schema_time_zone);
