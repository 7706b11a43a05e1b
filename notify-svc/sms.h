/* sms: a delivery as a text message, handed to a gateway by HTTP.
 *
 * SMS_URL is kannel+http:// or kannel+https:// and the address of Kannel's sendsms, with
 * user:password and further parameters such as ?from=; or twilio+https:// and the address of
 * Twilio's messages, with the account's id:token and ?From=. With a callback's configuration the
 * gateway is asked to report what becomes of each message. Any thread; a configuration is constant
 * once made. Results live in the arena given. */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

#include "libshared/base/settings.h"
#include "notify-svc/callback.h"
#include "notify-svc/outcome.h"

struct sms_config {
    const char *url; /* Kannel's with user, password and parameters; NULL: no SMS */
    /* Twilio's. */
    const char *user, *password; /* NULL: it is Kannel */
    const char *parameters;      /* of the form; NULL: none */
    struct callback_config callback;
};

/* Whether this installation sends text messages at all. */
bool sms_available(const struct settings *settings);

/* -EINVAL: SMS_URL makes no sense. Not set is no error. */
int sms_configure(const void *arena, const struct settings *settings, struct sms_config *ret_config)
    __attribute__((warn_unused_result));

/* Whether a text can be written in GSM 03.38's default alphabet and its extension. */
bool sms_is_gsm(const char *text);
/* The request to the gateway. */
char *sms_request(const void *arena, const struct sms_config *config,
                  const struct delivery_payload *order);
/* The form that is posted to Twilio. */
char *sms_form(const void *arena, const struct sms_config *config,
               const struct delivery_payload *order);
/* The id of the message in Twilio's answer; NULL: it has none, or one that is no id. */
char *sms_provider_id(const void *arena, const char *answer);
/* `status` is HTTP's, 0: none. */
struct outcome sms_outcome(const void *arena, CURLcode result, long status);

/* Blocks until it is over. `curl` has its limits set; its connection is used again. */
struct outcome sms_send(const void *arena, const struct sms_config *config, CURL *curl,
                        const struct delivery_payload *order);
