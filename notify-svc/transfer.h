/* transfer: what the channels share about libcurl. */
#pragma once

#include <curl/curl.h>

/* Why a transfer failed, as the `error` of an outcome; constant. */
const char *transfer_error(CURLcode result);

void transfer_url_free(CURLU **url);       /* for _cleanup_ */
void transfer_text_free(char **curls_own); /* for _cleanup_ */
void transfer_list_free(struct curl_slist **list);
