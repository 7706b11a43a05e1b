#include "libshared/service/descriptions.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *record; /* NULL: any */
    const char *member, *description;
} descriptions[] = {
#define DESCRIPTION(record, member, description) {record, member, description},
#include "libshared/service/descriptions.def"
#undef DESCRIPTION
};

const char *description_of(const char *record, const char *member)
{
    const char *found = NULL;
    for (size_t i = 0; i < sizeof descriptions / sizeof *descriptions; i++) {
        const char *of = descriptions[i].record;
        if (strcmp(descriptions[i].member, member) != 0)
            continue;
        if (of != NULL && record != NULL && strcmp(of, record) == 0)
            return descriptions[i].description;
        if (of == NULL)
            found = descriptions[i].description;
    }
    return found;
}
