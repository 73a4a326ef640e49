/* SPDX-License-Identifier: Apache-2.0 */
/* Options are checked before anything is measured. */
#include "evaluate/terms.h"
#include "base/memory.h"
#include "base/sort.h"
#include "base/status.h"

#include <math.h>
#include <string.h>

enum { NEGATIVES_MOST = 100000 };

static rec_status check_only(const rec_evaluate_options *options, int32_t n_items)
{
    if (options->n_only < 0 || (options->n_only > 0) != (options->only != NULL))
        return rec__fail(REC_ERR_INVALID,
                         "options.n_only is %lld with %s rows; a count with that many rows was expected",
                         (long long)options->n_only, options->only == NULL ? "no" : "some");
    for (int64_t i = 0; i < options->n_only; i++)
        if (options->only[i] < 0 || options->only[i] >= n_items)
            return rec__fail(REC_ERR_RANGE, "options.only[%lld] is %d; an item row from 0 to %d was expected",
                             (long long)i, options->only[i], n_items - 1);
    return REC_OK;
}

static rec_status check_negatives(const rec_evaluate_options *options)
{
    if (options->negatives < 0 || options->negatives > NEGATIVES_MOST)
        return rec__fail(REC_ERR_INVALID, "options.negatives is %d; 0 to %d was expected", options->negatives,
                         NEGATIVES_MOST);
    if (options->sampling != REC_NEGATIVES_UNIFORM && options->sampling != REC_NEGATIVES_POPULAR)
        return rec__fail(
            REC_ERR_INVALID,
            "options.sampling is %d; REC_NEGATIVES_UNIFORM or REC_NEGATIVES_POPULAR was expected",
            options->sampling);
    if (options->negatives > 0 && options->only != NULL)
        return rec__fail(REC_ERR_INVALID,
                         "options.negatives and options.only are set; one of them was expected: all of only "
                         "compete, or a sample of all");
    return REC_OK;
}

static rec_status check_strata(const rec_evaluate_options *options)
{
    int32_t n = options->n_user_bounds;
    if (n < 0 || (n > 0) != (options->user_bounds != NULL))
        return rec__fail(REC_ERR_INVALID,
                         "options.n_user_bounds is %d with %s bounds; a count with that many bounds was "
                         "expected",
                         n, options->user_bounds == NULL ? "no" : "some");
    for (int32_t b = 0; b < n; b++)
        if (options->user_bounds[b] < 1 || (b > 0 && options->user_bounds[b] <= options->user_bounds[b - 1]))
            return rec__fail(REC_ERR_INVALID,
                             "options.user_bounds[%d] is %lld; rising numbers, at least 1, were expected", b,
                             (long long)options->user_bounds[b]);
    if (!(options->head >= 0.0 && options->head <= 1.0))
        return rec__fail(REC_ERR_INVALID, "options.head is %g; a share from 0 to 1 was expected",
                         options->head);
    return REC_OK;
}

/* The caller's contexts, or those that were set on the model. */
static rec_status choose_contexts(struct rec__terms *terms, const rec_model *model)
{
    const rec_evaluate_options *options = &terms->options;
    if ((options->flags & ~REC_EVALUATE_IN_CONTEXT) != 0)
        return rec__fail(REC_ERR_INVALID, "options.flags is 0x%x; REC_EVALUATE_IN_CONTEXT or 0 was expected",
                         (uint32_t)options->flags);
    if (options->flags == 0)
        return REC_OK;
    terms->contexts = options->contexts != NULL ? options->contexts : model->contexts;
    return terms->contexts != NULL
               ? REC_OK
               : rec__fail(REC_ERR_INVALID,
                           "options.flags has REC_EVALUATE_IN_CONTEXT, and there are no "
                           "contexts; options.contexts, or some set on the model, were expected");
}

/* Lists check them once more, when they rank. */
static rec_status check_factors(const rec_evaluate_options *options, int32_t n_items)
{
    for (int32_t i = 0; options->item_factors != NULL && i < n_items; i++)
        if (!(options->item_factors[i] > 0.0f) || !isfinite(options->item_factors[i]))
            return rec__fail(REC_ERR_INVALID,
                             "options.item_factors[%d] is %g; a finite number above 0 was expected", i,
                             (double)options->item_factors[i]);
    return REC_OK;
}

static int compare_rows(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

static rec_status copy_only(struct rec__terms *terms)
{
    int64_t n = terms->options.n_only;
    terms->only = rec__allocate(n, sizeof *terms->only);
    if (terms->only == NULL)
        return REC_ERR_NO_MEMORY;
    memcpy(terms->only, terms->options.only, (size_t)n * sizeof *terms->only);
    rec__sort(terms->only, n, sizeof *terms->only, compare_rows);
    for (int64_t i = 0; i < n; i++)
        if (terms->n_only == 0 || terms->only[terms->n_only - 1] != terms->only[i])
            terms->only[terms->n_only++] = terms->only[i];
    return REC_OK;
}

/* Which test items are ranked. */
struct ranked {
    const rec_ratings *test;
    uint8_t *is;
};

static bool is_ranked(const void *context, int32_t user, int64_t position)
{
    const struct ranked *ranked = context;
    (void)user;
    return ranked->is[ranked->test->user_items[position]] != 0;
}

/* The test ratings of the items that compete. */
static rec_status keep_ranked(struct rec__terms *terms, const rec_model *model, const rec_ratings *test)
{
    struct ranked ranked = {test, rec__allocate(test->n_items, 1)};
    struct rec__selection selection = {.chosen = is_ranked, .context = &ranked};
    if (ranked.is == NULL)
        return REC_ERR_NO_MEMORY;
    for (int32_t i = 0; i < test->n_items; i++) {
        int32_t row = rec__ids_match(test->items, i, model->result->items);
        ranked.is[i] = row >= 0 && rec__find_rising(terms->only, terms->n_only, row) >= 0;
    }
    selection.count = rec__selection_count(test, &selection);
    rec_status status =
        selection.count > 0
            ? rec__ratings_select(&terms->test, test, &selection)
            : rec__fail(REC_ERR_EMPTY, "none of the %lld test ratings is of an item of options.only",
                        (long long)test->count);
    rec__release(ranked.is);
    return status;
}

static rec_status match_histories(struct rec__terms *terms, const rec_model *model)
{
    const rec_ratings *given = terms->options.histories;
    int64_t lost = 0;
    rec_status status =
        rec__ratings_align(&terms->histories, given, terms->test->users, model->result->items, &lost);
    if (status == REC_OK && lost == given->count)
        status = rec__fail(REC_ERR_EMPTY,
                           "none of the %lld ratings of options.histories is of a test user and an item that "
                           "the model knows; matching ids were expected",
                           (long long)given->count);
    return status;
}

rec_status rec__terms_make(struct rec__terms *terms, const rec_model *model, const rec_ratings *test,
                           const rec_evaluate_options *options)
{
    *terms = (struct rec__terms){.options = REC_EVALUATE_OPTIONS_INIT};
    if (options != NULL)
        terms->options = *options;
    rec_status status = check_only(&terms->options, model->result->fitted.n_items);
    if (status == REC_OK)
        status = check_negatives(&terms->options);
    if (status == REC_OK)
        status = check_strata(&terms->options);
    if (status == REC_OK)
        status = check_factors(&terms->options, model->result->fitted.n_items);
    if (status == REC_OK)
        status = choose_contexts(terms, model);
    if (status == REC_OK && terms->options.only != NULL)
        status = copy_only(terms);
    if (status == REC_OK && terms->options.only != NULL)
        status = keep_ranked(terms, model, test);
    else if (status == REC_OK)
        terms->test = rec_ratings_retain((rec_ratings *)test);
    if (status == REC_OK && terms->options.histories != NULL)
        status = match_histories(terms, model);
    return status;
}

void rec__terms_clear(struct rec__terms *terms)
{
    rec_ratings_free(terms->test);
    rec_ratings_free(terms->histories);
    rec__release(terms->only);
    *terms = (struct rec__terms){0};
}

rec_status rec__terms_label(struct rec__metric_list *metrics)
{
    for (int32_t m = 0; m < metrics->count; m++)
        if (metrics->wanted[m].metric->of_exposure != NULL)
            return rec__fail(REC_ERR_INVALID,
                             "\"%s\" is of the lists of all users, which samples do not make; without "
                             "options.negatives, or metrics of single users, were expected",
                             metrics->wanted[m].name);
    return rec__metric_list_label(metrics, "sampled_");
}
