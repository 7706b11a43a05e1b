#include "db-svc/read/operation.h"

#include "libshared/contract/operation.h"
#include "libshared/contract/receipt_id.h"

int get_operation(const struct query *query, struct read_answer *ret_answer)
{
    const struct operation_request *asked = query->body->request;
    uint8_t ids[1][RECEIPT_ID];
    struct receipt *receipt = NULL;
    receipt_id(ids[0], asked->source, asked->command_id);
    const int r = store_load_receipts(query->store, query->arena, (const uint8_t(*)[RECEIPT_ID])ids,
                                      1, &receipt);
    if (r < 0)
        return r;
    struct operation operation = {.state = OPERATION_UNKNOWN};
    if (receipt != NULL)
        operation = (struct operation){
            .state = OPERATION_DONE, .status = {true, receipt->status}, .body = receipt->body};
    *ret_answer = query_shown(query, &operation_record, &operation);
    return 0;
}
