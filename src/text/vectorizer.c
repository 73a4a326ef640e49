/* SPDX-License-Identifier: Apache-2.0 */
/* The vectorizer: fit and transform. Its files are in vectorizer_file.c. */
#include "text/vectorizer.h"
#include "base/memory.h"
#include "base/status.h"
#include "text/count.h"
#include "text/weigh.h"

#include <math.h>

rec_status rec_text_create(rec_text **out)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = rec__allocate_zeroed(1, sizeof **out);
    if (*out == NULL)
        return REC_ERR_NO_MEMORY;
    atomic_init(&(*out)->references, 1);
    for (int32_t i = 0; i < REC_TEXT_SETTINGS; i++)
        (*out)->settings[i] = rec__text_table[i].initial;
    return REC_OK;
}

rec_text *rec_text_retain(const rec_text *text)
{
    rec_text *shared = (rec_text *)text;
    atomic_fetch_add(&shared->references, 1);
    return shared;
}

void rec_text_free(rec_text *text)
{
    if (text == NULL || atomic_fetch_sub(&text->references, 1) > 1)
        return;
    rec_ids_free(text->stop_words);
    rec_ids_free(text->terms);
    rec__release(text->idf);
    rec__release(text);
}

rec_status rec__text_check_fitted(const rec_text *text)
{
    if (text == NULL)
        return rec__fail_null("text");
    return text->fitted ? REC_OK
                        : rec__fail(REC_ERR_NOT_FITTED,
                                    "the vectorizer is not fitted; rec_text_fit was expected first");
}

/* The words that are left out: those given and those of the language. out: creates, NULL when there are none. */
static rec_status all_stop_words(const rec_text *text, rec_ids **out)
{
    rec_ids *english = NULL;
    *out = NULL;
    if (text->settings[REC_TEXT_STOP_WORDS] == REC_STOP_NONE) {
        *out = text->stop_words == NULL ? NULL : rec_ids_retain(text->stop_words);
        return REC_OK;
    }
    rec_status status = rec_ids_from_text(&english, rec__english_stop_words, rec__english_stop_word_count);
    if (status == REC_OK && text->stop_words == NULL) {
        *out = english;
        return REC_OK;
    }
    if (status == REC_OK)
        status = rec__ids_union(out, english, text->stop_words);
    rec_ids_free(english);
    return status;
}

rec_status rec__text_count(const rec_text *text, const rec_ids *terms, const rec_documents *documents,
                           rec_features **out, int32_t **containing)
{
    rec_ids *stop_words;
    rec_status status = all_stop_words(text, &stop_words);
    struct rec__analyzer analyzer = {text->settings, stop_words};
    if (status == REC_OK)
        status = rec__count_terms(out, containing, &analyzer, terms, documents,
                                  (int32_t)text->settings[REC_TEXT_THREADS]);
    rec_ids_free(stop_words);
    return status;
}

/* Terms, their idf and the mean length, from counts. containing: as rec__weigh_learn has it. */
static rec_status learn(rec_text *text, const rec_features *counts, const int32_t *containing)
{
    double *idf = rec__allocate(counts->dimensions, sizeof *idf);
    rec_status status = idf == NULL
                            ? REC_ERR_NO_MEMORY
                            : rec__weigh_learn(text->settings, counts, containing, idf, &text->mean_length);
    if (status != REC_OK) {
        rec__release(idf);
        return status;
    }
    text->idf = idf;
    text->terms = counts->names == NULL ? NULL : rec_ids_retain(counts->names);
    text->n_terms = counts->dimensions;
    text->fitted = true;
    return REC_OK;
}

/* As it was before it learned. */
static void forget(rec_text *text)
{
    rec_ids_free(text->terms);
    rec__release(text->idf);
    text->terms = NULL;
    text->idf = NULL;
    text->fitted = false;
}

/* Do weights say how rare each term is? */
static bool tells_rareness(const rec_text *text)
{
    return text->settings[REC_TEXT_WEIGHTING] == REC_WEIGH_BM25 ||
           text->settings[REC_TEXT_IDF] != REC_IDF_NONE;
}

static rec_status weigh(const rec_text *text, const rec_features *counts, float *values)
{
    struct rec__weighing weighing = {text->settings, text->idf, text->mean_length};
    return rec__weigh(&weighing, counts, values, (int32_t)text->settings[REC_TEXT_THREADS]);
}

/* Features of the shape of counts, with weights. */
static rec_status weigh_copy(const rec_text *text, const rec_features *counts, rec_features **out)
{
    rec_status status =
        rec_features_from_csr(out, counts->ids, counts->names, counts->count, counts->dimensions,
                              counts->row_start, counts->columns, counts->values);
    if (status == REC_OK)
        status = weigh(text, *out, (float *)(*out)->blocks[2]);
    if (status == REC_OK)
        (*out)->weighted = tells_rareness(text);
    if (status != REC_OK) {
        rec_features_free(*out);
        *out = NULL;
    }
    return status;
}

static rec_status check_fit(const rec_text *text, const void *input, const char *name,
                            rec_features **features)
{
    if (features != NULL)
        *features = NULL;
    if (text == NULL || input == NULL)
        return rec__fail_null(text == NULL ? "text" : name);
    if (text->fitted)
        return rec__fail(REC_ERR_UNSUPPORTED, "the vectorizer is fitted already; a new one was expected");
    double least = text->settings[REC_TEXT_NGRAM_MIN], most = text->settings[REC_TEXT_NGRAM_MAX];
    if (least > most)
        return rec__fail(REC_ERR_INVALID,
                         "ngram_min is %g and ngram_max is %g; at least as much was expected", least, most);
    return REC_OK;
}

rec_status rec_text_fit(rec_text *text, const rec_documents *documents, rec_features **features)
{
    rec_features *made = NULL;
    int32_t *containing = NULL;
    rec_status status = check_fit(text, documents, "documents", features);
    if (status == REC_OK)
        status = rec__text_count(text, NULL, documents, &made, &containing);
    if (status == REC_OK)
        status = learn(text, made, containing);
    rec__release(containing);
    if (status == REC_OK && features != NULL &&
        (status = weigh(text, made, (float *)made->blocks[2])) != REC_OK)
        forget(text);
    if (status == REC_OK && features != NULL) {
        made->weighted = tells_rareness(text);
        *features = rec_features_retain(made);
    }
    rec_features_free(made);
    return status;
}

static rec_status check_counts(const rec_features *counts)
{
    if (counts->dense != NULL)
        return rec__fail(REC_ERR_INVALID, "counts are dense; sparse features were expected");
    for (int64_t e = 0; e < counts->row_start[counts->count]; e++)
        if (!(counts->values[e] >= 0.0f))
            return rec__fail(REC_ERR_INVALID, "a count is %g; 0 or more was expected",
                             (double)counts->values[e]);
    return REC_OK;
}

rec_status rec_text_fit_counts(rec_text *text, const rec_features *counts, rec_features **features)
{
    rec_status status = check_fit(text, counts, "counts", features);
    if (status == REC_OK && counts->container != NULL)
        status = rec__features_check(counts);
    if (status == REC_OK)
        status = check_counts(counts);
    if (status == REC_OK)
        status = learn(text, counts, NULL);
    if (status == REC_OK && features != NULL && (status = weigh_copy(text, counts, features)) != REC_OK)
        forget(text);
    return status;
}

rec_status rec_text_transform(const rec_text *text, const rec_documents *documents, rec_features **features)
{
    rec_features *made = NULL;
    if (features == NULL || documents == NULL)
        return rec__fail_null(features == NULL ? "features" : "documents");
    *features = NULL;
    rec_status status = rec__text_check_fitted(text);
    if (status == REC_OK && text->terms == NULL)
        status = rec__fail(REC_ERR_UNSUPPORTED,
                           "the vectorizer was fitted on counts without names, so it knows no words");
    if (status == REC_OK)
        status = rec__text_count(text, text->terms, documents, &made, NULL);
    if (status == REC_OK)
        status = weigh(text, made, (float *)made->blocks[2]);
    if (status != REC_OK) {
        rec_features_free(made);
        return status;
    }
    made->weighted = tells_rareness(text);
    *features = made;
    return REC_OK;
}

rec_status rec_text_transform_counts(const rec_text *text, const rec_features *counts,
                                     rec_features **features)
{
    if (features == NULL || counts == NULL)
        return rec__fail_null(features == NULL ? "features" : "counts");
    *features = NULL;
    rec_status status = rec__text_check_fitted(text);
    if (status == REC_OK && counts->dimensions != text->n_terms)
        status = rec__fail(REC_ERR_INVALID, "counts have %d dimensions; %d were expected, as in the fit",
                           counts->dimensions, text->n_terms);
    if (status == REC_OK && counts->container != NULL)
        status = rec__features_check(counts);
    if (status == REC_OK)
        status = check_counts(counts);
    return status == REC_OK ? weigh_copy(text, counts, features) : status;
}

const rec_ids *rec_text_terms(const rec_text *text)
{
    return text->terms;
}

rec_status rec_text_idf(const rec_text *text, const double **idf, int32_t *n)
{
    rec_status status = rec__text_check_fitted(text);
    if (status == REC_OK && (idf == NULL || n == NULL))
        return rec__fail_null(idf == NULL ? "idf" : "n");
    if (status == REC_OK) {
        *idf = text->idf;
        *n = text->n_terms;
    }
    return status;
}
