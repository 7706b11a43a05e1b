/* transfer: what the channels share about libcurl. */
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

/* Why a transfer failed, as the `error` of an outcome; constant. */
const char *transfer_error(CURLcode result);

/* Reads an address; false: it is none of http or https. */
bool transfer_read_web_address(CURLU *url, const char *text);
bool transfer_is_web_address(const char *text);

void transfer_url_free(CURLU **url);       /* for _cleanup_ */
void transfer_text_free(char **curls_own); /* for _cleanup_ */
void transfer_list_free(struct curl_slist **list);
