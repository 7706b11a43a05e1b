#include "notify-svc/notify_settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "libshared/base/mem.h"
#include "notify-svc/channels.h"
#include "notify-svc/transfer.h"

static bool check_callback_url(const char *url, FILE *errors)
{
    bool valid = url == NULL || transfer_is_web_address(url);
    if (!valid)
        fprintf(errors, "CALLBACK_URL: \"%s\" is no address of http or https\n", url);
    return valid;
}

static bool check_ca_file(const char *path, FILE *errors)
{
    bool readable = path == NULL || access(path, R_OK) == 0;
    if (!readable)
        fprintf(errors, "SMTP_CA_FILE: cannot read %s: %s\n", path, strerror(errno));
    return readable;
}

bool notify_settings_check(const struct service_context *context, FILE *errors)
{
    const struct settings *settings = context->settings;
    bool channels = channels_check(settings, errors);
    bool callback = check_callback_url(settings->callback_url, errors);
    bool ca_file = check_ca_file(settings->smtp_ca_file, errors);
    return channels && callback && ca_file;
}
