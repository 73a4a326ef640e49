/* SPDX-License-Identifier: Apache-2.0 */
/* Documents inside: texts one after the other, each with a NUL after it. */
#ifndef REC_TEXT_DOCUMENTS_H
#define REC_TEXT_DOCUMENTS_H

#include "store/ids.h"

#include <librec/text.h>

struct rec_documents {
    atomic_int references;
    rec_ids *ids;
    int32_t count;
    int64_t *offsets; /* count + 1: document d is bytes[offsets[d] .. offsets[d + 1] - 1), then a NUL */
    char *bytes;
};

/** Errors: REC_ERR_NO_MEMORY. ids: retained. offsets, bytes: taken over, whatever is returned. */
rec_status rec__documents_create(rec_documents **out, const rec_ids *ids, int64_t *offsets, char *bytes);

#endif
