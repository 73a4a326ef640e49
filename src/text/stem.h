/* SPDX-License-Identifier: Apache-2.0 */
/* Stems of words: Snowball's stemmers from libstemmer (stem.c), or none in a build without it (no_stem.c). */
#ifndef REC_TEXT_STEM_H
#define REC_TEXT_STEM_H

#include <librec/status.h>

/** The languages in alphabetical order, for a parameter's choices; "none" is before them. */
#define REC_STEM_CHOICES                                                                                     \
    "none|arabic|armenian|basque|catalan|danish|dutch|english|finnish|french|german|greek|hindi|hungarian|"  \
    "indonesian|irish|italian|lithuanian|nepali|norwegian|porter|portuguese|romanian|russian|serbian|"       \
    "spanish|swedish|tamil|turkish|yiddish"
#define REC_STEM_LANGUAGES 29

/** One thread's stemmer of a language. */
struct rec__stemmer;

/** language: a word of the choices. Errors: REC_ERR_UNSUPPORTED (not in this build), REC_ERR_NO_MEMORY. */
rec_status rec__stemmer_create(struct rec__stemmer **out, const char *language);
void rec__stemmer_free(struct rec__stemmer *stemmer);
/** The stem of a lower-case word: a view until the next call. NULL when there is no memory. */
const char *rec__stem(struct rec__stemmer *stemmer, const char *word, int32_t length, int32_t *stem_length);

#endif
