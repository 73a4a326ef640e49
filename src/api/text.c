/* SPDX-License-Identifier: Apache-2.0 */
/* The public face of a vectorizer's parameters. */
#include <librec/text.h>

#include "api/sized.h"
#include "base/status.h"
#include "base/text.h"
#include "text/vectorizer.h"

rec_status rec_text_parameter(int32_t index, rec_parameter *parameter)
{
    if (parameter == NULL)
        return rec__fail_null("parameter");
    if (index < 0 || index >= REC_TEXT_SETTINGS)
        return rec__fail(REC_ERR_RANGE, "index is %d; 0 to %d was expected", index, REC_TEXT_SETTINGS - 1);
    return rec__fill_parameter(parameter, &rec__text_table[index]);
}

/* row fills. */
static rec_status find(const rec_text *text, const char *name, int32_t *row)
{
    struct rec__text names = {0};
    if (text == NULL || name == NULL)
        return rec__fail_null(text == NULL ? "text" : "parameter");
    *row = rec__parameter_row(rec__text_table, REC_TEXT_SETTINGS, name);
    if (*row >= 0)
        return REC_OK;
    for (int32_t i = 0; i < REC_TEXT_SETTINGS; i++)
        rec__text_addf(&names, "%s%s", i > 0 ? ", " : "", rec__text_table[i].name);
    rec_status status = rec__fail(REC_ERR_NOT_FOUND, "parameter \"%s\" is not one of a vectorizer; it has %s",
                                  name, names.status == REC_OK ? names.bytes : "others");
    rec__text_clear(&names);
    return status;
}

static rec_status find_to_set(const rec_text *text, const char *name, int32_t *row)
{
    rec_status status = find(text, name, row);
    if (status == REC_OK && text->fitted && *row != REC_TEXT_THREADS)
        return rec__fail(REC_ERR_UNSUPPORTED, "%s cannot be set, as the vectorizer is fitted", name);
    return status;
}

rec_status rec_text_set(rec_text *text, const char *parameter, double value)
{
    int32_t row = -1;
    rec_status status = find_to_set(text, parameter, &row);
    if (status == REC_OK)
        status = rec__parameter_check(&rec__text_table[row], value);
    if (status == REC_OK)
        text->settings[row] = value;
    return status;
}

rec_status rec_text_set_text(rec_text *text, const char *parameter, const char *value)
{
    int32_t row = -1;
    if (value == NULL)
        return rec__fail_null("value");
    rec_status status = find_to_set(text, parameter, &row);
    return status == REC_OK ? rec__parameter_parse(&rec__text_table[row], value, &text->settings[row])
                            : status;
}

rec_status rec_text_get(const rec_text *text, const char *parameter, double *value)
{
    int32_t row = -1;
    if (value == NULL)
        return rec__fail_null("value");
    rec_status status = find(text, parameter, &row);
    if (status == REC_OK)
        *value = text->settings[row];
    return status;
}

rec_status rec_text_set_stop_words(rec_text *text, const rec_ids *words)
{
    if (text == NULL)
        return rec__fail_null("text");
    if (text->fitted)
        return rec__fail(REC_ERR_UNSUPPORTED, "stop words cannot be set, as the vectorizer is fitted");
    if (words != NULL && rec_ids_get_kind(words) != REC_IDS_TEXT)
        return rec__fail(REC_ERR_INVALID, "words are not text; ids made by rec_ids_from_text were expected");
    rec_ids_free(text->stop_words);
    text->stop_words = words == NULL ? NULL : rec_ids_retain(words);
    return REC_OK;
}
