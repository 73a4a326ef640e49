/* SPDX-License-Identifier: Apache-2.0 */
/* The parameters of a vectorizer, by row of their table (settings.c). */
#ifndef REC_TEXT_SETTINGS_H
#define REC_TEXT_SETTINGS_H

#include "base/parameter.h"

enum rec__text_setting {
    REC_TEXT_ANALYZER,
    REC_TEXT_LOWERCASE,
    REC_TEXT_ACCENTS,
    REC_TEXT_LENGTH,
    REC_TEXT_STOP_WORDS,
    REC_TEXT_STEMMER,
    REC_TEXT_NGRAM_MIN,
    REC_TEXT_NGRAM_MAX,
    REC_TEXT_MIN_DF,
    REC_TEXT_MAX_DF,
    REC_TEXT_MAX_TERMS,
    REC_TEXT_WEIGHTING,
    REC_TEXT_TF,
    REC_TEXT_IDF,
    REC_TEXT_K1,
    REC_TEXT_B,
    REC_TEXT_NORM,
    REC_TEXT_THREADS,
    REC_TEXT_SETTINGS
};

enum { REC_ANALYZE_WORD, REC_ANALYZE_CHAR, REC_ANALYZE_CHAR_WB };
enum { REC_ACCENTS_KEEP, REC_ACCENTS_STRIP };
enum { REC_STOP_NONE, REC_STOP_ENGLISH };
enum { REC_WEIGH_TFIDF, REC_WEIGH_BM25 };
enum { REC_TF_RAW, REC_TF_LOG, REC_TF_BINARY };
enum { REC_IDF_NONE, REC_IDF_SMOOTH, REC_IDF_PLAIN };
enum { REC_NORM_NONE, REC_NORM_L1, REC_NORM_L2 };

extern const struct rec__parameter rec__text_table[REC_TEXT_SETTINGS];

/** Words of English grammar, sorted, which carry no topic. */
extern const char *const rec__english_stop_words[];
extern const int32_t rec__english_stop_word_count;

#endif
