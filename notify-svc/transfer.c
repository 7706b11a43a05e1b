#include "notify-svc/transfer.h"

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

void transfer_list_free(struct curl_slist **list)
{
    curl_slist_free_all(*list);
}
