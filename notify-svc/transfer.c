#include "notify-svc/transfer.h"

#include <string.h>

#include "libshared/base/mem.h"

const char *transfer_error(CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return "host_not_found";
    case CURLE_COULDNT_CONNECT:
        return "connection_failed";
    case CURLE_OPERATION_TIMEDOUT:
        return "timeout";
    case CURLE_USE_SSL_FAILED:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return "tls_failed";
    case CURLE_LOGIN_DENIED:
        return "login_denied";
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return "connection_lost";
    default:
        return "transfer_failed";
    }
}

void transfer_url_free(CURLU **url)
{
    curl_url_cleanup(*url);
}

void transfer_text_free(char **curls_own)
{
    curl_free(*curls_own);
}

bool transfer_read_web_address(CURLU *url, const char *text)
{
    _cleanup_(transfer_text_free) char *scheme = NULL;
    return curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
           curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
           (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0);
}

bool transfer_is_web_address(const char *text)
{
    _cleanup_(transfer_url_free) CURLU *url = curl_url();
    return transfer_read_web_address(url, text);
}

void transfer_list_free(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}
