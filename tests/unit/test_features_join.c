/* SPDX-License-Identifier: Apache-2.0 */
#include "unit.h"

#include "store/features.h"

#include <math.h>

static rec_ids *ids_of(const char *const *names, int64_t n)
{
    rec_ids *ids = NULL;
    EXPECT_OK(rec_ids_from_text(&ids, names, n));
    return ids;
}

static const char *const book_ids[] = {"a", "b", "c"}, *const more_ids[] = {"c", "d", "a"};
static const char *const tag_names[] = {"horror", "love"};

/* Tags of a, b and c, and vectors of c, d and a. */
static void make_blocks(rec_features **tags, rec_features **vectors)
{
    static const int64_t start[] = {0, 2, 3, 3};
    static const int32_t columns[] = {0, 1, 1};
    static const float numbers[] = {3, 4, 0, 0, 2, 0, 0, 1, 1};
    rec_ids *books = ids_of(book_ids, 3), *more = ids_of(more_ids, 3), *names = ids_of(tag_names, 2);
    EXPECT_OK(rec_features_from_csr(tags, books, names, 3, 2, start, columns, NULL));
    EXPECT_OK(rec_features_from_dense(vectors, more, NULL, 3, 3, numbers));
    rec_ids_free(books);
    rec_ids_free(more);
    rec_ids_free(names);
}

static double at(const rec_features *f, const char *id, int32_t column)
{
    int32_t row = -1;
    EXPECT_OK(rec_ids_find(f->ids, id, &row));
    if (f->dense != NULL)
        return (double)f->dense[row * f->dimensions + column];
    for (int64_t e = f->row_start[row]; e < f->row_start[row + 1]; e++)
        if (f->columns[e] == column)
            return (double)f->values[e];
    return 0;
}

static void expect_near(double got, double wanted)
{
    ck_assert_msg(fabs(got - wanted) < 1e-6, "%g; %g was expected", got, wanted);
}

START_TEST(test_sparse_and_dense)
{
    rec_features *tags = NULL, *vectors = NULL, *joined = NULL;
    make_blocks(&tags, &vectors);
    const rec_features *blocks[] = {tags, vectors};
    const char *const labels[] = {"tag", ""};
    const double weights[] = {0.25, 4};
    EXPECT_OK(rec_features_join(&joined, blocks, labels, weights, 2));
    ck_assert_int_eq(rec_features_count(joined), 4);
    ck_assert_int_eq(rec_features_dimensions(joined), 5);
    ck_assert(rec_features_sparse(joined));
    /* Of three rows, one has horror and two have love. */
    double horror = log(4.0 / 2.0) + 1, love = log(4.0 / 3.0) + 1, length = hypot(horror, love);
    expect_near(at(joined, "a", 0), 0.5 * horror / length);
    expect_near(at(joined, "a", 1), 0.5 * love / length);
    expect_near(at(joined, "b", 1), 0.5);
    expect_near(at(joined, "c", 2), 2 * 0.6);
    expect_near(at(joined, "c", 3), 2 * 0.8);
    expect_near(at(joined, "d", 3), 2);
    expect_near(at(joined, "a", 4), 2 / sqrt(2.0));
    int32_t row = -1;
    EXPECT_OK(rec_ids_find(rec_features_names(joined), "tag:love", &row));
    ck_assert_int_eq(row, 1);
    EXPECT_OK(rec_ids_find(rec_features_names(joined), "2", &row));
    ck_assert_int_eq(row, 4);
    rec_features_free(joined);
    rec_features_free(tags);
    rec_features_free(vectors);
}
END_TEST

START_TEST(test_dense_alone)
{
    rec_features *tags = NULL, *vectors = NULL, *joined = NULL;
    make_blocks(&tags, &vectors);
    const rec_features *blocks[] = {vectors, vectors};
    EXPECT_OK(rec_features_join(&joined, blocks, NULL, NULL, 2));
    ck_assert(!rec_features_sparse(joined));
    ck_assert_ptr_null(rec_features_names(joined));
    expect_near(at(joined, "c", 0), 0.6);
    expect_near(at(joined, "c", 4), 0.8);
    rec_features_free(joined);
    rec_features_free(tags);
    rec_features_free(vectors);
}
END_TEST

START_TEST(test_mistakes)
{
    rec_features *tags = NULL, *vectors = NULL, *joined = NULL;
    make_blocks(&tags, &vectors);
    const rec_features *blocks[] = {tags, tags}, *none[] = {tags, NULL};
    const char *const same[] = {"x", "x"};
    const double weights[] = {1, -1};
    EXPECT(rec_features_join(NULL, blocks, NULL, NULL, 2), REC_ERR_INVALID, "out");
    EXPECT(rec_features_join(&joined, NULL, NULL, NULL, 2), REC_ERR_INVALID, "blocks");
    EXPECT(rec_features_join(&joined, none, NULL, NULL, 2), REC_ERR_INVALID, "blocks[1]");
    EXPECT(rec_features_join(&joined, blocks, NULL, NULL, 0), REC_ERR_INVALID, "n is 0");
    EXPECT(rec_features_join(&joined, blocks, same, NULL, 2), REC_ERR_INVALID, "x:horror", "labels");
    EXPECT(rec_features_join(&joined, blocks, NULL, weights, 2), REC_ERR_RANGE, "weights[1] is -1");
    ck_assert_ptr_null(joined);
    rec_features_free(tags);
    rec_features_free(vectors);
}
END_TEST

static rec_status join_once(void *context)
{
    (void)context;
    rec_features *joined = NULL, *tags = NULL, *vectors = NULL;
    static const float numbers[] = {3, 4, 0, 0, 2, 0, 0, 1, 1};
    static const int64_t start[] = {0, 2, 3, 3};
    static const int32_t columns[] = {0, 1, 1};
    rec_status status = rec_features_from_csr(&tags, NULL, NULL, 3, 2, start, columns, NULL);
    if (status == REC_OK)
        status = rec_features_from_dense(&vectors, NULL, NULL, 3, 3, numbers);
    const rec_features *blocks[] = {tags, vectors};
    const char *const labels[] = {"tag", "vector"};
    if (status == REC_OK)
        status = rec_features_join(&joined, blocks, labels, NULL, 2);
    rec_features_free(joined);
    rec_features_free(tags);
    rec_features_free(vectors);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(join_once, NULL), 5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("features_join");
    TCase *tests = tcase_create("features_join");
    tcase_add_test(tests, test_sparse_and_dense);
    tcase_add_test(tests, test_dense_alone);
    tcase_add_test(tests, test_mistakes);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
