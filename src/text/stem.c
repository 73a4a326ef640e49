/* SPDX-License-Identifier: Apache-2.0 */
/* Stems from Snowball's libstemmer. */
#include "text/stem.h"
#include "base/status.h"

#include <libstemmer.h>

/* The handle is libstemmer's own. */
rec_status rec__stemmer_create(struct rec__stemmer **out, const char *language)
{
    *out = (struct rec__stemmer *)sb_stemmer_new(language, NULL);
    if (*out == NULL)
        return rec__fail(REC_ERR_UNSUPPORTED, "stemmer is %s, which this machine's libstemmer lacks",
                         language);
    return REC_OK;
}

void rec__stemmer_free(struct rec__stemmer *stemmer)
{
    sb_stemmer_delete((struct sb_stemmer *)stemmer);
}

const char *rec__stem(struct rec__stemmer *stemmer, const char *word, int32_t length, int32_t *stem_length)
{
    const sb_symbol *stem = sb_stemmer_stem((struct sb_stemmer *)stemmer, (const sb_symbol *)word, length);
    *stem_length = stem == NULL ? 0 : sb_stemmer_length((struct sb_stemmer *)stemmer);
    return (const char *)stem;
}
