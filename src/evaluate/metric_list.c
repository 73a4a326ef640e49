/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the list of metrics, strictly: a slip of the pen must not pass for another metric. */
#include "evaluate/metric_list.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* "rmse, mae, ..., recall@K, ...", from the table. */
static void list_metrics(char *out, size_t capacity)
{
    size_t length = 0;
    for (int32_t i = 0; i < rec__metric_count() && length < capacity; i++) {
        const struct rec__metric *metric = rec__metric_at(i);
        length += (size_t)snprintf(out + length, capacity - length, "%s%s%s", i == 0 ? "" : ", ",
                                   metric->name, metric->takes_k ? "@K" : "");
    }
}

static rec_status fail_metric(const char *word, const char *what)
{
    char known[REC_SENTENCE];
    list_metrics(known, sizeof known);
    return rec__fail(REC_ERR_INVALID, "metrics has \"%.40s\", %s; the metrics are %s", word, what, known);
}

static const struct rec__metric *find_metric(const char *name, size_t length)
{
    for (int32_t i = 0; i < rec__metric_count(); i++) {
        const struct rec__metric *metric = rec__metric_at(i);
        if (strlen(metric->name) == length && memcmp(metric->name, name, length) == 0)
            return metric;
    }
    return NULL;
}

/* Digits without a sign, a space or a leading zero, so that one K has one name. */
static bool read_k(const char *digits, int32_t *k)
{
    int64_t value = 0;
    if (digits[0] < '1' || digits[0] > '9' || !rec__parse_integer(digits, (int64_t)strlen(digits), &value) ||
        value > INT32_MAX)
        return false;
    *k = (int32_t)value;
    return true;
}

static rec_status read_word(struct rec__wanted *wanted, const char *word)
{
    const char *at = strchr(word, '@');
    size_t length = at == NULL ? strlen(word) : (size_t)(at - word);
    *wanted = (struct rec__wanted){.metric = find_metric(word, length), .name = word};
    if (wanted->metric == NULL)
        return fail_metric(word, "which is no metric");
    if (at == NULL)
        return wanted->metric->takes_k ? fail_metric(word, "which needs a K from 1, as in \"recall@20\"")
                                       : REC_OK;
    if (!wanted->metric->takes_k)
        return fail_metric(word, "which takes no K");
    return read_k(at + 1, &wanted->k)
               ? REC_OK
               : fail_metric(word, "whose K is not a whole number from 1 to 2147483647");
}

static int32_t count_words(const char *text)
{
    int32_t count = 1;
    for (const char *comma = text; (comma = strchr(comma, ',')) != NULL; comma++)
        count++;
    return count;
}

static rec_status read_words(struct rec__metric_list *list)
{
    char *next = list->text;
    for (int32_t i = 0; i < list->count; i++) {
        char *word = next, *comma = strchr(word, ',');
        if (comma != NULL) {
            *comma = '\0';
            next = comma + 1;
        }
        rec_status status = read_word(&list->wanted[i], word);
        if (status != REC_OK)
            return status;
    }
    return REC_OK;
}

rec_status rec__metric_list_read(struct rec__metric_list *list, const char *text)
{
    *list = (struct rec__metric_list){.count = count_words(text), .text = rec__copy_string(text)};
    list->wanted = rec__allocate_zeroed(list->count, sizeof *list->wanted);
    rec_status status = list->text == NULL || list->wanted == NULL ? REC_ERR_NO_MEMORY : read_words(list);
    if (status != REC_OK)
        rec__metric_list_clear(list);
    return status;
}

void rec__metric_list_clear(struct rec__metric_list *list)
{
    rec__release(list->text);
    rec__release(list->labels);
    rec__release(list->wanted);
    *list = (struct rec__metric_list){0};
}

rec_status rec__metric_list_label(struct rec__metric_list *list, const char *prefix)
{
    size_t length = 0, most = strlen(prefix) + 1;
    for (int32_t i = 0; i < list->count; i++)
        length += strlen(list->wanted[i].name) + most;
    char *next = list->labels = rec__allocate((int64_t)length, 1);
    if (next == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < list->count; i++) {
        struct rec__wanted *wanted = &list->wanted[i];
        size_t room = strlen(wanted->name) + most;
        if (wanted->metric->of_errors != NULL)
            continue;
        snprintf(next, room, "%s%s", prefix, wanted->name);
        wanted->name = next;
        next += room;
    }
    return REC_OK;
}

/* All names in one block, each with its end. */
rec_status rec__metric_list_copy(struct rec__metric_list *list, const struct rec__metric_list *other)
{
    size_t length = 0;
    for (int32_t i = 0; i < other->count; i++)
        length += strlen(other->wanted[i].name) + 1;
    *list = (struct rec__metric_list){.count = other->count, .text = rec__allocate((int64_t)length, 1)};
    list->wanted = rec__allocate(other->count, sizeof *list->wanted);
    if (list->text == NULL || list->wanted == NULL) {
        rec__metric_list_clear(list);
        return REC_ERR_NO_MEMORY;
    }
    char *next = list->text;
    for (int32_t i = 0; i < other->count; i++) {
        size_t room = strlen(other->wanted[i].name) + 1;
        list->wanted[i] = other->wanted[i];
        list->wanted[i].name = memcpy(next, other->wanted[i].name, room);
        next += room;
    }
    return REC_OK;
}
