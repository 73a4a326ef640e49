/* SPDX-License-Identifier: Apache-2.0 */
/* In place of stem.c where libstemmer is not there. */
#include "base/status.h"
#include "text/stem.h"

#include <stddef.h>

rec_status rec__stemmer_create(struct rec__stemmer **out, const char *language)
{
    *out = NULL;
    return rec__fail(REC_ERR_UNSUPPORTED,
                     "stemmer is %s, and this library was built without libstemmer; none was expected",
                     language);
}

void rec__stemmer_free(struct rec__stemmer *stemmer)
{
    (void)stemmer;
}

const char *rec__stem(struct rec__stemmer *stemmer, const char *word, int32_t length, int32_t *stem_length)
{
    (void)stemmer;
    *stem_length = length;
    return word;
}
