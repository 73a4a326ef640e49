/* SPDX-License-Identifier: Apache-2.0 */
/* Data at the edges, and memory that runs out. */
#include "conformance.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Fit, and ask for every score: all finite. Only numbers of absurd size may end in a refusal, with a
 * sentence. */
static void check_finite(int index, rec_ratings *ratings, bool may_diverge)
{
    rec_model *model = make_model(index, 2, rec_ratings_items(ratings));
    rec_status status = rec_fit(model, ratings);
    if (may_diverge && status == REC_ERR_DIVERGED) {
        assert_sentence(NULL);
        ck_assert_int_eq(rec_model_fitted(model), 0);
    } else {
        must(status);
        for (int32_t u = 0; u < rec_ratings_users(ratings); u++) {
            int32_t items[64], n = 0;
            float scores[64], rating = NAN;
            must(rec_topk(model, u, NULL, 64, items, scores, &n));
            rec_row row;
            must(rec_ratings_user(ratings, u, &row));
            ck_assert_int_eq(n, rec_ratings_items(ratings) - row.n);
            for (int32_t i = 0; i < n; i++)
                ck_assert(isfinite(scores[i]));
            must(rec_predict(model, u, 0, &rating));
            ck_assert(isfinite(rating));
        }
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
}

/* n_users x n_items, every pair but each seventh, in order. */
static rec_ratings *grid(int32_t n_users, int32_t n_items, float (*rate)(int, int))
{
    int32_t users[512], items[512];
    float ratings[512];
    int64_t n = 0;
    for (int32_t u = 0; u < n_users; u++)
        for (int32_t i = 0; i < n_items; i++)
            if (n_users * n_items < 7 || (u + i) % 7 != 0) {
                users[n] = u;
                items[n] = i;
                ratings[n++] = rate(u, i);
            }
    return ratings_of(n_users, n_items, n, users, items, ratings);
}

static float constant(int user, int item)
{
    (void)user;
    (void)item;
    return 3.0f;
}

static float zero(int user, int item)
{
    (void)user;
    (void)item;
    return 0.0f;
}

static float mixed(int user, int item)
{
    return (float)((user * 5 + item * 3) % 9) / 2.0f - 1.0f;
}

static float huge(int user, int item)
{
    return (user + item) % 2 == 0 ? 1e30f : -1e30f;
}

START_TEST(test_edges)
{
    check_finite(_i, grid(12, 20, constant), false);
    check_finite(_i, grid(12, 20, zero), false);
    check_finite(_i, grid(12, 20, mixed), false);
    check_finite(_i, grid(1, 20, mixed), false);
    check_finite(_i, grid(20, 1, mixed), false);
    check_finite(_i, grid(1, 1, mixed), false);
    check_finite(_i, grid(12, 20, huge), true);
}
END_TEST

START_TEST(test_empty_rows)
{
    static const int32_t users[] = {1, 1, 4, 4, 4}, items[] = {0, 5, 0, 2, 5};
    static const float ratings[] = {4, 1, 5, 3, 2};
    check_finite(_i, ratings_of(9, 8, 5, users, items, ratings), false);
}
END_TEST

START_TEST(test_no_ratings)
{
    static const int64_t start[] = {0, 0, 0};
    rec_ratings *empty = NULL;
    must(rec_ratings_from_csr(&empty, 2, 3, start, NULL, NULL));
    rec_model *model = make_model(_i, 1, 3);
    ck_assert_int_eq(rec_fit(model, empty), REC_ERR_EMPTY);
    assert_sentence("at least one");
    rec_model_free(model);
    rec_ratings_free(empty);
}
END_TEST

/* The host's allocator, of which the n-th call from now fails. */
static int64_t calls_left, blocks;

static void *fail_in_turn(void *context, size_t bytes)
{
    (void)context;
    if (calls_left-- == 0)
        return NULL;
    blocks++;
    return malloc(bytes);
}

static void *move_in_turn(void *context, void *block, size_t bytes)
{
    (void)context;
    (void)block;
    (void)bytes;
    ck_abort_msg("the library does not move blocks in place");
    return NULL;
}

static void give_back(void *context, void *block)
{
    (void)context;
    blocks--;
    free(block);
}

/* A short life on one thread, so that the n-th allocation is always the same one. Returns the first failure.
 */
static rec_status live(const char *name, bool featured)
{
    static const int64_t start[] = {0, 3, 5, 8};
    static const int32_t items[] = {0, 1, 3, 1, 2, 0, 2, 3}, columns[] = {0, 1, 0, 1};
    static const int64_t feature_start[] = {0, 1, 2, 3, 4};
    rec_ratings *ratings = NULL;
    rec_features *features = NULL;
    rec_model *model = NULL;
    int32_t answer[2], n, counts[3], answers[6];
    rec_query query = REC_QUERY_INIT;
    query.history = items;
    query.n_history = 2;
    rec_status status = rec_ratings_from_csr(&ratings, 3, 4, start, items, NULL);
    if (status == REC_OK)
        status = rec_model_create(&model, name);
    if (status == REC_OK)
        status = rec_model_set(model, "threads", 1);
    if (status == REC_OK && featured)
        status = rec_features_from_csr(&features, NULL, NULL, 4, 2, feature_start, columns, NULL);
    if (status == REC_OK && featured)
        status = rec_model_set_item_features(model, features);
    if (status == REC_OK)
        status = rec_fit(model, ratings);
    if (status == REC_OK)
        status = rec_topk(model, 0, NULL, 2, answer, NULL, &n);
    if (status == REC_OK)
        status = rec_topk(model, REC_NEW_USER, &query, 2, answer, NULL, &n);
    if (status == REC_OK)
        status = rec_topk_batch(model, NULL, 3, NULL, 2, answers, NULL, counts);
    rec_model_free(model);
    rec_features_free(features);
    rec_ratings_free(ratings);
    return status;
}

START_TEST(test_no_memory)
{
    rec_algorithm algorithm = algorithm_at(_i);
    bool featured = (algorithm.abilities & REC_NEEDS_ITEM_FEATURES) != 0;
    rec_host host = REC_HOST_INIT;
    host.allocate = fail_in_turn;
    host.reallocate = move_in_turn;
    host.release = give_back;
    must(rec_host_set(&host));
    rec_status status = REC_ERR_NO_MEMORY;
    int64_t n = 0;
    for (; status != REC_OK && n < 5000; n++) {
        calls_left = n;
        status = live(algorithm.name, featured);
        ck_assert_int_eq(blocks, 0);
        if (status != REC_OK) {
            ck_assert_msg(status == REC_ERR_NO_MEMORY, "allocation %d: %s", (int)n, rec_last_error());
            assert_sentence("out of memory");
        }
    }
    ck_assert_int_eq(status, REC_OK);
    ck_assert_int_gt(n, 5);
    must(rec_host_set(NULL));
}
END_TEST

void add_trouble_tests(Suite *suite, int n)
{
    TCase *trouble = tcase_create("trouble");
    tcase_set_timeout(trouble, 120);
    tcase_add_loop_test(trouble, test_edges, 0, n);
    tcase_add_loop_test(trouble, test_empty_rows, 0, n);
    tcase_add_loop_test(trouble, test_no_ratings, 0, n);
    tcase_add_loop_test(trouble, test_no_memory, 0, n);
    suite_add_tcase(suite, trouble);
}
