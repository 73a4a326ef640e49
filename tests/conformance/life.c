/* SPDX-License-Identifier: Apache-2.0 */
/* Life cycle, bad arguments, bounds of parameters, cancelling. */
#include "conformance.h"

#include <math.h>
#include <string.h>

START_TEST(test_life_cycle)
{
    int64_t before = rec_host_blocks();
    rec_model *model = fit_model(_i, 1);
    ck_assert_int_eq(rec_model_fitted(model), 1);
    ck_assert_int_eq(rec_model_users(model), USERS);
    ck_assert_int_eq(rec_model_items(model), ITEMS);
    ck_assert_str_eq(rec_model_algorithm(model), algorithm_at(_i).name);
    rec_model *shared = rec_model_retain(model);
    rec_model_free(model);
    float rating = NAN;
    must(rec_predict(shared, 5, 7, &rating));
    ck_assert(isfinite(rating));
    rec_ratings *ratings = planted_ratings(false);
    must(rec_fit(shared, ratings));
    rec_ratings_free(ratings);
    rec_model_free(shared);
    rec_model_free(NULL);
    ck_assert_int_eq(rec_host_blocks(), before);
}
END_TEST

START_TEST(test_not_fitted)
{
    rec_model *model = make_model(_i, 1, ITEMS);
    int32_t items[3], n;
    float rating;
    ck_assert_int_eq(rec_predict(model, 0, 0, &rating), REC_ERR_NOT_FITTED);
    assert_sentence(algorithm_at(_i).name);
    ck_assert_int_eq(rec_topk(model, 0, NULL, 3, items, NULL, &n), REC_ERR_NOT_FITTED);
    ck_assert_int_eq(rec_similar_items(model, 0, 3, items, NULL, &n), REC_ERR_NOT_FITTED);
    ck_assert_int_eq(rec_explain(model, 0, 0, 3, items, NULL, &n), REC_ERR_NOT_FITTED);
    ck_assert_int_eq(rec_model_save(model, "never-written"), REC_ERR_NOT_FITTED);
    ck_assert_int_eq(rec_model_fitted(model), 0);
    ck_assert_ptr_null(rec_model_item_ids(model));
    rec_model_free(model);
}
END_TEST

START_TEST(test_bad_arguments)
{
    rec_model *model = fit_model(_i, 1);
    int32_t items[3], n = -5, out_of_range = ITEMS;
    float rating = -1.0f, nan = NAN;
    ck_assert_int_eq(rec_predict(model, -1, 0, &rating), REC_ERR_RANGE);
    assert_sentence("user is -1");
    ck_assert_int_eq(rec_predict(model, 0, ITEMS, &rating), REC_ERR_RANGE);
    assert_sentence("item is 60; a row from 0 to 59");
    ck_assert_int_eq(rec_predict(model, 0, 0, NULL), REC_ERR_INVALID);
    assert_sentence("rating is NULL");
    ck_assert_int_eq(rec_predict(NULL, 0, 0, &rating), REC_ERR_INVALID);
    ck_assert_int_eq(rec_topk(model, USERS, NULL, 3, items, NULL, &n), REC_ERR_RANGE);
    assert_sentence("user is 90");
    ck_assert_int_eq(rec_topk(model, 0, NULL, 0, items, NULL, &n), REC_ERR_INVALID);
    assert_sentence("k is 0");
    ck_assert_int_eq(rec_topk(model, 0, NULL, 3, NULL, NULL, &n), REC_ERR_INVALID);
    rec_query query = REC_QUERY_INIT;
    query.except = &out_of_range;
    query.n_except = 1;
    ck_assert_int_eq(rec_topk(model, 0, &query, 3, items, NULL, &n), REC_ERR_RANGE);
    assert_sentence("query.except[0] is 60");
    query = (rec_query)REC_QUERY_INIT;
    query.flags = 1u << 30;
    ck_assert_int_eq(rec_topk(model, 0, &query, 3, items, NULL, &n), REC_ERR_INVALID);
    query = (rec_query)REC_QUERY_INIT;
    int32_t first = 0;
    query.history = &first;
    query.history_ratings = &nan;
    query.n_history = 1;
    ck_assert_int_eq(rec_topk(model, 0, &query, 3, items, NULL, &n), REC_ERR_INVALID);
    assert_sentence("history_ratings[0] is nan");
    ck_assert_int_eq(rec_fit(model, NULL), REC_ERR_INVALID);
    ck_assert_int_eq(rec_model_fitted(model), 1);
    rec_model_free(model);
}
END_TEST

/* Just outside either bound, something that is not a number, and a fraction where none belongs. */
static void check_parameter(rec_model *model, const rec_parameter *parameter)
{
    double before = NAN, after = NAN;
    must(rec_model_get(model, parameter->name, &before));
    double below = parameter->least - (fabs(parameter->least) + 1),
           above = parameter->greatest + fabs(parameter->greatest) + 1;
    ck_assert_int_eq(rec_model_set(model, parameter->name, below), REC_ERR_RANGE);
    assert_sentence(parameter->name);
    ck_assert_int_eq(rec_model_set(model, parameter->name, above), REC_ERR_RANGE);
    ck_assert_int_eq(rec_model_set(model, parameter->name, (double)NAN), REC_ERR_INVALID);
    ck_assert_int_eq(rec_model_set_text(model, parameter->name, "many"), REC_ERR_INVALID);
    assert_sentence("\"many\"");
    if (parameter->kind != REC_PARAMETER_REAL)
        ck_assert_int_eq(rec_model_set(model, parameter->name, parameter->least + 0.5), REC_ERR_INVALID);
    must(rec_model_get(model, parameter->name, &after));
    ck_assert(before == after);
    must(rec_model_set(model, parameter->name, parameter->least));
    must(rec_model_set(model, parameter->name, parameter->greatest));
    must(rec_model_get(model, parameter->name, &after));
    ck_assert(after == parameter->greatest);
    must(rec_model_set(model, parameter->name, before));
}

static void check_choices(rec_model *model, const rec_parameter *parameter)
{
    char word[64];
    int position = 0;
    for (const char *rest = parameter->choices; rest != NULL && *rest != '\0'; position++) {
        size_t length = strcspn(rest, "|");
        ck_assert_uint_lt(length, sizeof word);
        memcpy(word, rest, length);
        word[length] = '\0';
        must(rec_model_set_text(model, parameter->name, word));
        double value = -1;
        must(rec_model_get(model, parameter->name, &value));
        ck_assert(value == position);
        rest += length + (rest[length] == '|');
    }
    ck_assert(parameter->greatest == position - 1);
    must(rec_model_set(model, parameter->name, parameter->initial));
}

START_TEST(test_parameters)
{
    rec_algorithm algorithm = algorithm_at(_i);
    rec_model *model = make_model(_i, 1, ITEMS);
    for (int32_t p = 0; p < algorithm.parameters; p++) {
        rec_parameter parameter = REC_PARAMETER_INIT;
        must(rec_algorithm_parameter(algorithm.name, p, &parameter));
        ck_assert_uint_gt(strlen(parameter.help), 5);
        ck_assert(parameter.initial >= parameter.least && parameter.initial <= parameter.greatest);
        check_parameter(model, &parameter);
        if (parameter.kind == REC_PARAMETER_CHOICE)
            check_choices(model, &parameter);
    }
    ck_assert_int_eq(rec_model_set(model, "no_such_parameter", 1), REC_ERR_NOT_FOUND);
    assert_sentence("seed, threads");
    rec_model_free(model);
}
END_TEST

static int cancel_at_second(void *context, const rec_progress *progress)
{
    ck_assert_uint_eq(progress->size, sizeof *progress);
    ++*(int *)context;
    return progress->step >= 2;
}

START_TEST(test_cancel)
{
    rec_model *model = fit_model(_i, 2), *same = fit_model(_i, 2);
    rec_ratings *other = planted_ratings(true);
    int calls = 0;
    rec_model_set_progress(model, cancel_at_second, &calls);
    rec_status status = rec_fit(model, other);
    if (calls >= 2) {
        ck_assert_int_eq(status, REC_ERR_CANCELLED);
        ck_assert_int_eq(calls, 2);
        assert_same_arrays(model, same);
    } else {
        ck_assert_int_eq(status, REC_OK);
    }
    rec_ratings_free(other);
    rec_model_free(model);
    rec_model_free(same);
}
END_TEST

void add_life_tests(Suite *suite, int n)
{
    TCase *life = tcase_create("life");
    tcase_add_loop_test(life, test_life_cycle, 0, n);
    tcase_add_loop_test(life, test_not_fitted, 0, n);
    tcase_add_loop_test(life, test_bad_arguments, 0, n);
    tcase_add_loop_test(life, test_parameters, 0, n);
    tcase_add_loop_test(life, test_cancel, 0, n);
    suite_add_tcase(suite, life);
}
