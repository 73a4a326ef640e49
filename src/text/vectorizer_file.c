/* SPDX-License-Identifier: Apache-2.0 */
/* Vectorizers in container files, alone or in a model's. */
#include "base/memory.h"
#include "base/status.h"
#include "store/pack.h"
#include "text/vectorizer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char prefix[] = "text";

static rec_status pack_settings(const rec_text *text, struct rec__pack *pack)
{
    rec_status status = REC_OK;
    /* `threads` says how to compute, not what was learned. */
    for (int32_t i = 0; status == REC_OK && i < REC_TEXT_THREADS; i++) {
        char key[96], value[64];
        snprintf(key, sizeof key, "text.parameter.%s", rec__text_table[i].name);
        rec__parameter_format(&rec__text_table[i], text->settings[i], value, sizeof value);
        status = rec__pack_text(pack, key, value);
    }
    return status;
}

rec_status rec__text_pack(const rec_text *text, struct rec__pack *pack)
{
    rec_status status = pack_settings(text, pack);
    if (status == REC_OK)
        status = rec__pack_real(pack, prefix, "mean_length", text->mean_length);
    if (status == REC_OK)
        status = rec__pack_vector(pack, prefix, "idf", REC_F64, text->idf, text->n_terms);
    if (status == REC_OK && text->terms != NULL)
        status = rec__ids_pack(text->terms, pack, "text.terms");
    if (status == REC_OK && text->stop_words != NULL)
        status = rec__ids_pack(text->stop_words, pack, "text.stop_words");
    return status;
}

/* Parameters that the file lacks keep their defaults: they came later than the file. */
static rec_status take_settings(rec_text *text, const struct rec__container *container)
{
    for (int32_t i = 0; i < REC_TEXT_THREADS; i++) {
        char key[96];
        snprintf(key, sizeof key, "text.parameter.%s", rec__text_table[i].name);
        const char *value = rec__container_text(container, key);
        if (value != NULL && rec__parameter_parse(&rec__text_table[i], value, &text->settings[i]) != REC_OK)
            return rec__fail_within(REC_ERR_CORRUPT, "%s: ", rec__container_path(container));
    }
    return REC_OK;
}

/* A list of ids that is there or not. */
static rec_status take_list(rec_ids **out, struct rec__container *container, const char *name)
{
    char key[64];
    snprintf(key, sizeof key, "%s.kind", name);
    return rec__container_text(container, key) == NULL ? REC_OK : rec__ids_unpack(out, container, name);
}

static rec_status take_idf(rec_text *text, const struct rec__container *container)
{
    rec_array idf = REC_ARRAY_INIT;
    rec_status status = rec__take_vector(&idf, container, prefix, "idf", REC_F64, -1);
    if (status == REC_OK &&
        (idf.rows > INT32_MAX || (text->terms != NULL && rec_ids_count(text->terms) != idf.rows)))
        return rec__fail(REC_ERR_CORRUPT, "%s: text.idf has %lld numbers; as many as terms were expected",
                         rec__container_path(container), (long long)idf.rows);
    if (status != REC_OK)
        return status;
    text->n_terms = (int32_t)idf.rows;
    text->idf = rec__allocate(idf.rows, sizeof *text->idf);
    if (text->idf == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(text->idf, idf.data, (size_t)idf.rows * sizeof *text->idf);
    return REC_OK;
}

rec_status rec__text_unpack(rec_text **out, const struct rec__container *container)
{
    struct rec__container *shared = (struct rec__container *)container;
    *out = NULL;
    if (rec__container_find(container, "text.idf") == NULL)
        return REC_OK;
    rec_text *text = NULL;
    rec_status status = rec_text_create(&text);
    if (status == REC_OK)
        status = take_settings(text, container);
    if (status == REC_OK)
        status = rec__container_number(container, prefix, "mean_length", &text->mean_length);
    if (status == REC_OK)
        status = take_list(&text->terms, shared, "text.terms");
    if (status == REC_OK)
        status = take_list(&text->stop_words, shared, "text.stop_words");
    if (status == REC_OK)
        status = take_idf(text, container);
    if (status != REC_OK) {
        rec_text_free(text);
        return status;
    }
    text->fitted = true;
    *out = text;
    return REC_OK;
}

rec_status rec__text_check(const rec_text *text)
{
    rec_status status = text->terms == NULL ? REC_OK : rec__ids_check(text->terms, "text.terms");
    if (status == REC_OK && text->stop_words != NULL)
        status = rec__ids_check(text->stop_words, "text.stop_words");
    for (int32_t t = 0; status == REC_OK && t < text->n_terms; t++)
        if (!isfinite(text->idf[t]))
            return rec__fail(REC_ERR_CORRUPT, "text.idf[%d] is %g; a finite number was expected", t,
                             text->idf[t]);
    return status;
}

rec_status rec_text_save(const rec_text *text, const char *path)
{
    struct rec__pack *pack = NULL;
    rec_status status = rec__text_check_fitted(text);
    if (status == REC_OK && path == NULL)
        return rec__fail_null("path");
    if (status == REC_OK)
        status = rec__pack_create(&pack, "text");
    if (status == REC_OK)
        status = rec__text_pack(text, pack);
    if (status == REC_OK)
        status = rec__pack_write(pack, path);
    rec__pack_free(pack);
    return status;
}

rec_status rec_text_open(rec_text **out, const char *path)
{
    struct rec__container *container = NULL;
    if (out == NULL || path == NULL)
        return rec__fail_null(out == NULL ? "out" : "path");
    *out = NULL;
    rec_status status = rec__open_kind(&container, path, "text");
    if (status == REC_OK)
        status = rec__text_unpack(out, container);
    if (status == REC_OK && *out == NULL)
        status = rec__fail(REC_ERR_CORRUPT, "%s: holds no text.idf", path);
    rec__container_free(container);
    return status;
}
