#include "notify-svc/sms.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "libshared/base/mem.h"
#include "libshared/base/text.h"
#include "notify-svc/transfer.h"

#define KANNEL "kannel+"
#define TWILIO "twilio+"
#define DLR_ALL "31"     /* every report there is */
#define ANSWER_SIZE 4096 /* of which the id is taken */
#define PROVIDER_ID_MAX 200

bool sms_available(const struct settings *settings)
{
    return settings->sms_url != NULL;
}

/* `value` as it is goes encoded behind what the query has. */
static void add_parameter(CURLU *url, const char *name, const char *value)
{
    _cleanup_(mem_freep) char *parameter = mem_printf(NULL, "%s=%s", name, value);
    (void)curl_url_set(url, CURLUPART_QUERY, parameter, CURLU_APPENDQUERY | CURLU_URLENCODE);
}

/* Moves a part of the address into a parameter. */
static void move_to_parameter(CURLU *url, CURLUPart part, const char *name)
{
    _cleanup_(transfer_text_free) char *value = NULL;
    if (curl_url_get(url, part, &value, CURLU_URLDECODE) != CURLUE_OK)
        return;
    (void)curl_url_set(url, part, NULL, 0);
    add_parameter(url, name, value);
}

static char *url_text(const void *arena, CURLU *url)
{
    _cleanup_(transfer_text_free) char *text = NULL;
    return curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK ? mem_strdup(arena, text) : NULL;
}

static struct sms_config kannel_config(const void *arena, CURLU *url)
{
    move_to_parameter(url, CURLUPART_USER, "username");
    move_to_parameter(url, CURLUPART_PASSWORD, "password");
    return (struct sms_config){.url = url_text(arena, url)};
}

/* A part of the address, which has it no longer; NULL: it had none. */
static const char *take_part(const void *arena, CURLU *url, CURLUPart part, unsigned flags)
{
    _cleanup_(transfer_text_free) char *value = NULL;
    if (curl_url_get(url, part, &value, flags) != CURLUE_OK)
        return NULL;
    (void)curl_url_set(url, part, NULL, 0);
    return mem_strdup(arena, value);
}

static struct sms_config twilio_config(const void *arena, CURLU *url)
{
    struct sms_config config = {
        .user = take_part(arena, url, CURLUPART_USER, CURLU_URLDECODE),
        .password = take_part(arena, url, CURLUPART_PASSWORD, CURLU_URLDECODE),
        .parameters = take_part(arena, url, CURLUPART_QUERY, 0),
    };
    config.url = url_text(arena, url);
    return config;
}

int sms_configure(const void *arena, const struct settings *settings, struct sms_config *ret_config)
{
    if (!sms_available(settings)) {
        *ret_config = (struct sms_config){0};
        return 0;
    }
    _cleanup_(transfer_url_free) CURLU *url = curl_url();
    bool twilio = strncmp(settings->sms_url, TWILIO, strlen(TWILIO)) == 0;
    const char *adapter = twilio ? TWILIO : KANNEL;
    if (strncmp(settings->sms_url, adapter, strlen(adapter)) != 0 ||
        !transfer_read_web_address(url, settings->sms_url + strlen(adapter)))
        return -EINVAL;
    *ret_config = twilio ? twilio_config(arena, url) : kannel_config(arena, url);
    ret_config->callback = (struct callback_config){.url = settings->callback_url,
                                                    .secret = settings->callback_secret};
    return twilio && (ret_config->user == NULL || ret_config->password == NULL) ? -EINVAL : 0;
}

/* 3GPP TS 23.038 section 6.2.1, and the extension table 6.2.1.1. */
static const char gsm[] = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
                          "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
                          "^{}\\[~]|€";

static size_t character_length(const char *text)
{
    size_t length = 1;
    while (((unsigned char)text[length] & 0xc0) == 0x80)
        length++;
    return length;
}

bool sms_is_gsm(const char *text)
{
    for (size_t length; *text != '\0'; text += length) {
        length = character_length(text);
        if (memmem(gsm, sizeof gsm - 1, text, length) == NULL)
            return false;
    }
    return true;
}

char *sms_request(const void *arena, const struct sms_config *config,
                  const struct delivery_payload *order)
{
    const char *callback = callback_address(arena, &config->callback, order, "&dlr=%d");
    _cleanup_(transfer_url_free) CURLU *url = curl_url();
    (void)curl_url_set(url, CURLUPART_URL, config->url, 0);
    add_parameter(url, "to", order->address);
    add_parameter(url, "charset", "UTF-8");
    if (!sms_is_gsm(order->message))
        add_parameter(url, "coding", "2");
    add_parameter(url, "text", order->message);
    if (callback != NULL) {
        add_parameter(url, "dlr-mask", DLR_ALL);
        add_parameter(url, "dlr-url", callback);
    }
    return url_text(arena, url);
}

char *sms_form(const void *arena, const struct sms_config *config,
               const struct delivery_payload *order)
{
    const char *callback = callback_address(arena, &config->callback, order, "");
    _cleanup_(transfer_url_free) CURLU *url = curl_url();
    _cleanup_(transfer_text_free) char *form = NULL;
    (void)curl_url_set(url, CURLUPART_URL, config->url, 0);
    (void)curl_url_set(url, CURLUPART_QUERY, config->parameters, 0);
    add_parameter(url, "To", order->address);
    add_parameter(url, "Body", order->message);
    if (callback != NULL)
        add_parameter(url, "StatusCallback", callback);
    (void)curl_url_get(url, CURLUPART_QUERY, &form, 0);
    return mem_strdup(arena, form);
}

char *sms_provider_id(const void *arena, const char *answer)
{
    json_t *json = json_loads(answer, 0, NULL);
    const char *sid = json_string_value(json_object_get(json, "sid"));
    bool good = sid != NULL && strlen(sid) <= PROVIDER_ID_MAX && text_printable_ascii(sid);
    char *id = good ? mem_strdup(arena, sid) : NULL;
    json_decref(json);
    return id;
}

/* 401 and 403 refuse us, 408 and 429 the moment: the message may go later. */
static bool refuses_message(long status)
{
    return status >= 400 && status < 500 && status != 401 && status != 403 && status != 408 &&
           status != 429;
}

struct outcome sms_outcome(const void *arena, CURLcode result, long status)
{
    if (result != CURLE_OK)
        return (struct outcome){.status = DELIVERY_QUEUED, .error = transfer_error(result)};
    if (status >= 200 && status < 300)
        return (struct outcome){.status = DELIVERY_SENT};
    return (struct outcome){.status = refuses_message(status) ? DELIVERY_FAILED : DELIVERY_QUEUED,
                            .error = mem_printf(arena, "http_%ld", status)};
}

struct answer {
    char text[ANSWER_SIZE];
    size_t size;
};

/* Text that does not fit is dropped. */
static size_t keep(char *data, size_t size, size_t n, void *user)
{
    struct answer *answer = user;
    size_t room = sizeof answer->text - 1 - answer->size;
    size_t length = size * n < room ? size * n : room;
    memcpy(answer->text + answer->size, data, length);
    answer->size += length;
    return size * n;
}

static void ask_kannel(const void *arena, const struct sms_config *config, CURL *curl,
                       const struct delivery_payload *order)
{
    (void)curl_easy_setopt(curl, CURLOPT_URL, sms_request(arena, config, order));
}

static void ask_twilio(const void *arena, const struct sms_config *config, CURL *curl,
                       const struct delivery_payload *order)
{
    (void)curl_easy_setopt(curl, CURLOPT_URL, config->url);
    (void)curl_easy_setopt(curl, CURLOPT_USERNAME, config->user);
    (void)curl_easy_setopt(curl, CURLOPT_PASSWORD, config->password);
    (void)curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, sms_form(arena, config, order));
}

struct outcome sms_send(const void *arena, const struct sms_config *config, CURL *curl,
                        const struct delivery_payload *order)
{
    if (config->url == NULL)
        return (struct outcome){.status = DELIVERY_FAILED, .error = "channel_unavailable"};
    bool twilio = config->user != NULL;
    struct answer answer = {0};
    (twilio ? ask_twilio : ask_kannel)(arena, config, curl, order);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    CURLcode result = curl_easy_perform(curl);
    long status = 0;
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    struct outcome outcome = sms_outcome(arena, result, status);
    if (twilio && outcome.status == DELIVERY_SENT)
        outcome.provider_id = sms_provider_id(arena, answer.text);
    return outcome;
}
