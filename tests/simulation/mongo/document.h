/* document: members of a BSON document. */
#pragma once

#include <bson/bson.h>
#include <stdbool.h>

/* A member that is a document or an array; borrows. False: there is none. */
bool document_sub(const bson_t *from, const char *name, bson_t *ret_document);
/* False, too, if there is none. */
bool document_flag(const bson_t *from, const char *name);
/* 0, too, if there is none. */
int64_t document_number(const bson_t *from, const char *name);
/* Borrows; "", too, if it is no text. */
const char *document_text(const bson_t *from, const char *name);
