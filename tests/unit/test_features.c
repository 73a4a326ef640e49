/* SPDX-License-Identifier: Apache-2.0 */
/* Features from arrays, in the rows of other ids, saved and opened, damaged. */
#include "store/features.h"
#include "store/pack.h"

#include "files.h"
#include "unit.h"

#include <math.h>

static const float dense_values[] = {1, 2, 3, 4, 5, 6};
static const int64_t starts[] = {0, 3, 3, 5};
static const int32_t columns[] = {4, 0, 2, 1, 0}, sorted_columns[] = {0, 2, 4, 0, 1};
static const float values[] = {1, 2, 3, 4, 5}, sorted_values[] = {2, 3, 1, 5, 4};

static rec_ids *text_list(const char *const *ids, int64_t n)
{
    rec_ids *list = NULL;
    EXPECT_OK(rec_ids_from_text(&list, ids, n));
    return list;
}

static rec_ids *row_names(void)
{
    static const char *const rows[] = {"x", "y", "z"};
    return text_list(rows, 3);
}

static rec_features *make_dense(void)
{
    static const char *const names[] = {"height", "width"};
    rec_ids *ids = row_names(), *columns_ids = text_list(names, 2);
    rec_features *features = NULL;
    EXPECT_OK(rec_features_from_dense(&features, ids, columns_ids, 3, 2, dense_values));
    rec_ids_free(ids);
    rec_ids_free(columns_ids);
    return features;
}

static rec_features *make_sparse(void)
{
    rec_ids *ids = row_names();
    rec_features *features = NULL;
    EXPECT_OK(rec_features_from_csr(&features, ids, NULL, 3, 5, starts, columns, values));
    rec_ids_free(ids);
    return features;
}

START_TEST(test_dense)
{
    rec_features *features = make_dense(), *again = rec_features_retain(features);
    int32_t row = -1;
    ck_assert_ptr_eq(again, features);
    rec_features_free(features);
    ck_assert_int_eq(rec_features_count(again), 3);
    ck_assert_int_eq(rec_features_dimensions(again), 2);
    ck_assert_int_eq(rec_features_sparse(again), 0);
    ck_assert_ptr_ne(again->dense, dense_values);
    ck_assert_mem_eq(again->dense, dense_values, sizeof dense_values);
    EXPECT_OK(rec_ids_find(rec_features_ids(again), "z", &row));
    ck_assert_int_eq(row, 2);
    EXPECT_OK(rec_ids_find(rec_features_names(again), "width", &row));
    ck_assert_int_eq(row, 1);
    EXPECT_OK(rec__features_check(again));
    rec_features_free(again);
    rec_features_free(NULL);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_sparse)
{
    rec_features *features = make_sparse();
    ck_assert_int_eq(rec_features_count(features), 3);
    ck_assert_int_eq(rec_features_dimensions(features), 5);
    ck_assert_int_eq(rec_features_sparse(features), 1);
    ck_assert_ptr_null(rec_features_names(features));
    ck_assert_int_eq(features->n_values, 5);
    ck_assert_mem_eq(features->row_start, starts, sizeof starts);
    ck_assert_mem_eq(features->columns, sorted_columns, sizeof sorted_columns);
    ck_assert_mem_eq(features->values, sorted_values, sizeof sorted_values);
    EXPECT_OK(rec__features_check(features));
    rec_features_free(features);
    EXPECT_OK(rec_features_from_csr(&features, NULL, NULL, 3, 5, starts, columns, NULL));
    ck_assert_int_eq(rec_ids_get_kind(rec_features_ids(features)), REC_IDS_ROWS);
    for (int i = 0; i < 5; i++)
        ck_assert(features->values[i] == 1.0f);
    rec_features_free(features);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

/* A row long enough to be sorted by digits: the columns are all of 0..999, in the order of 7 i mod 1000. */
START_TEST(test_long_row)
{
    enum { N = 1000 };
    static const int64_t start[] = {0, N};
    static int32_t mixed[N];
    static float numbers[N];
    rec_features *features = NULL;
    for (int i = 0; i < N; i++) {
        mixed[i] = i * 7 % N;
        numbers[i] = (float)mixed[i] + 0.5f;
    }
    EXPECT_OK(rec_features_from_csr(&features, NULL, NULL, 1, N, start, mixed, numbers));
    for (int i = 0; i < N; i++) {
        ck_assert_int_eq(features->columns[i], i);
        ck_assert(features->values[i] == (float)i + 0.5f);
    }
    rec_features_free(features);
    mixed[900] = mixed[10];
    EXPECT(rec_features_from_csr(&features, NULL, NULL, 1, N, start, mixed, numbers), REC_ERR_FORMAT, "row 0",
           "column 70 twice");
}
END_TEST

START_TEST(test_bad_dense)
{
    float bad[] = {1, 2, NAN, 4, 5, 6};
    rec_ids *ids = row_names();
    rec_features *f = (rec_features *)(void *)bad;
    EXPECT(rec_features_from_dense(&f, NULL, NULL, 3, 2, bad), REC_ERR_FORMAT, "values[2] is nan", "finite");
    ck_assert_ptr_null(f);
    EXPECT(rec_features_from_dense(&f, ids, NULL, 2, 2, dense_values), REC_ERR_INVALID, "ids has 3", "2");
    EXPECT(rec_features_from_dense(&f, NULL, ids, 3, 2, dense_values), REC_ERR_INVALID, "names has 3", "2");
    EXPECT(rec_features_from_dense(&f, NULL, NULL, -1, 2, dense_values), REC_ERR_INVALID, "n is -1");
    EXPECT(rec_features_from_dense(&f, NULL, NULL, 3, 0, dense_values), REC_ERR_INVALID, "dimensions is 0");
    EXPECT(rec_features_from_dense(&f, NULL, NULL, 3, 2, NULL), REC_ERR_INVALID, "values is NULL");
    EXPECT(rec_features_from_dense(NULL, NULL, NULL, 3, 2, bad), REC_ERR_INVALID, "out is NULL");
    rec_ids_free(ids);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_bad_sparse)
{
    static const int64_t falling[] = {0, 3, 2, 5}, late[] = {1, 3, 3, 5};
    static const int32_t high[] = {4, 0, 5, 1, 0}, low[] = {4, 0, -1, 1, 0}, twice[] = {4, 0, 2, 1, 1};
    static const float bad[] = {1, 2, 3, 4, -INFINITY};
    rec_features *f = (rec_features *)(void *)test_folder;
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, falling, columns, values), REC_ERR_FORMAT,
           "row_start[2] is 2", "3 or more");
    ck_assert_ptr_null(f);
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, late, columns, values), REC_ERR_FORMAT,
           "row_start[0] is 1");
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, starts, high, values), REC_ERR_RANGE,
           "columns[2] is 5", "0 to 4");
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, starts, low, values), REC_ERR_RANGE,
           "columns[2] is -1");
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, starts, twice, values), REC_ERR_FORMAT, "row 2",
           "column 1 twice");
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, starts, columns, bad), REC_ERR_FORMAT,
           "values[4] is -inf");
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, NULL, columns, values), REC_ERR_INVALID,
           "row_start is NULL");
    EXPECT(rec_features_from_csr(&f, NULL, NULL, 3, 5, starts, NULL, values), REC_ERR_INVALID,
           "columns is NULL");
    ck_assert_ptr_null(f);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_align_dense)
{
    static const char *const order[] = {"z", "none", "x"};
    static const float wanted[] = {5, 6, 0, 0, 1, 2};
    rec_features *from = make_dense(), *to = NULL;
    rec_ids *ids = text_list(order, 3), *same = row_names();
    EXPECT_OK(rec__features_align(&to, from, ids));
    ck_assert_mem_eq(to->dense, wanted, sizeof wanted);
    ck_assert_ptr_eq(rec_features_ids(to), ids);
    ck_assert_ptr_eq(rec_features_names(to), rec_features_names(from));
    rec_features_free(to);
    EXPECT_OK(rec__features_align(&to, from, same));
    ck_assert_ptr_eq(to, from);
    rec_features_free(to);
    rec_features_free(from);
    rec_ids_free(ids);
    rec_ids_free(same);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_align_sparse)
{
    static const char *const order[] = {"none", "z", "y", "x"};
    static const int64_t wanted_starts[] = {0, 0, 2, 2, 5};
    static const int32_t wanted_columns[] = {0, 1, 0, 2, 4};
    static const float wanted_values[] = {5, 4, 2, 3, 1};
    rec_features *from = make_sparse(), *to = NULL;
    rec_ids *ids = text_list(order, 4), *first = text_list(order + 2, 2);
    EXPECT_OK(rec__features_align(&to, from, ids));
    ck_assert_int_eq(rec_features_count(to), 4);
    ck_assert_mem_eq(to->row_start, wanted_starts, sizeof wanted_starts);
    ck_assert_mem_eq(to->columns, wanted_columns, sizeof wanted_columns);
    ck_assert_mem_eq(to->values, wanted_values, sizeof wanted_values);
    EXPECT_OK(rec__features_check(to));
    rec_features_free(to);
    EXPECT_OK(rec__features_align(&to, from, first));
    ck_assert_int_eq(to->n_values, 3);
    rec_features_free(to);
    rec_features_free(from);
    rec_ids_free(ids);
    rec_ids_free(first);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_save_and_open)
{
    rec_features *dense = make_dense(), *sparse = make_sparse(), *opened = NULL;
    EXPECT_OK(rec_features_save(dense, path_of("dense")));
    EXPECT_OK(rec_features_open(&opened, path_of("dense")));
    ck_assert_int_eq(rec_features_sparse(opened), 0);
    ck_assert_int_eq(rec_features_dimensions(opened), 2);
    ck_assert_mem_eq(opened->dense, dense_values, sizeof dense_values);
    ck_assert_int_eq(rec_ids_count(rec_features_names(opened)), 2);
    EXPECT_OK(rec__features_check(opened));
    rec_features_free(opened);
    EXPECT_OK(rec_features_save(sparse, path_of("sparse")));
    EXPECT_OK(rec_features_read(&opened, path_of("sparse"), NULL));
    ck_assert_int_eq(rec_features_sparse(opened), 1);
    ck_assert_ptr_null(rec_features_names(opened));
    ck_assert_mem_eq(opened->row_start, starts, sizeof starts);
    ck_assert_mem_eq(opened->columns, sorted_columns, sizeof sorted_columns);
    ck_assert_mem_eq(opened->values, sorted_values, sizeof sorted_values);
    EXPECT_OK(rec__features_check(opened));
    rec_features_free(opened);
    rec_features_free(dense);
    rec_features_free(sparse);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_bad_files)
{
    rec_features *features = make_sparse(), *opened = features;
    EXPECT(rec_features_save(NULL, "x"), REC_ERR_INVALID, "features is NULL");
    EXPECT(rec_features_save(features, NULL), REC_ERR_INVALID, "path is NULL");
    EXPECT(rec_features_open(NULL, "x"), REC_ERR_INVALID, "out is NULL");
    EXPECT(rec_features_open(&opened, NULL), REC_ERR_INVALID, "path is NULL");
    ck_assert_ptr_null(opened);
    struct rec__pack *pack = NULL;
    EXPECT_OK(rec__pack_create(&pack, "ratings"));
    EXPECT_OK(rec__pack_write(pack, path_of("other")));
    rec__pack_free(pack);
    EXPECT(rec_features_open(&opened, path_of("other")), REC_ERR_FORMAT, "other", "holds ratings",
           "features");
    rec_features broken = *features;
    broken.n_values--;
    EXPECT_OK(rec_features_save(&broken, path_of("broken")));
    EXPECT(rec_features_open(&opened, path_of("broken")), REC_ERR_CORRUPT, "broken", "features.row_start",
           "0 to 4");
    broken = *features;
    broken.names = rec_ids_retain(features->ids);
    EXPECT_OK(rec_features_save(&broken, path_of("names")));
    EXPECT(rec_features_open(&opened, path_of("names")), REC_ERR_CORRUPT, "3 names", "5");
    rec_ids_free(broken.names);
    rec_features_free(features);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

START_TEST(test_damage)
{
    rec_features *sparse = make_sparse(), *dense = make_dense(), broken = *sparse;
    int64_t bad_starts[] = {0, 6, 3, 5};
    int32_t bad_columns[] = {0, 2, 5, 0, 1};
    float bad_values[] = {2, 3, 1, 5, NAN, 1};
    broken.row_start = bad_starts;
    EXPECT(rec__features_check(&broken), REC_ERR_CORRUPT, "features.row_start[1] is 6");
    broken = *sparse;
    broken.columns = bad_columns;
    EXPECT(rec__features_check(&broken), REC_ERR_CORRUPT, "features.columns[2] is 5", "3 to 4");
    bad_columns[2] = 2;
    EXPECT(rec__features_check(&broken), REC_ERR_CORRUPT, "features.columns[2] is 2", "3 to 4");
    broken = *sparse;
    broken.values = bad_values;
    EXPECT(rec__features_check(&broken), REC_ERR_CORRUPT, "features.values[4] is nan");
    broken = *dense;
    broken.dense = bad_values;
    EXPECT(rec__features_check(&broken), REC_ERR_CORRUPT, "features.dense[4] is nan");
    rec_features_free(sparse);
    rec_features_free(dense);
}
END_TEST

/* Opening does not look at the contents; using them all does, before they are places in arrays. */
START_TEST(test_use_of_a_damaged_file)
{
    static const char *const order[] = {"z", "x"};
    rec_features *sparse = make_sparse(), *opened = NULL, *to = sparse, broken = *sparse;
    rec_ids *ids = text_list(order, 2);
    int32_t bad_columns[] = {0, 2, 1 << 30, 0, 1};
    broken.columns = bad_columns;
    EXPECT_OK(rec_features_save(&broken, path_of("broken")));
    EXPECT_OK(rec_features_open(&opened, path_of("broken")));
    EXPECT(rec__features_align(&to, opened, ids), REC_ERR_CORRUPT, "features.columns[2] is 1073741824");
    ck_assert_ptr_null(to);
    rec_ids_free(ids);
    rec_features_free(opened);
    rec_features_free(sparse);
    ck_assert_int_eq(rec_host_blocks(), 0);
}
END_TEST

static rec_status use_features(void *context)
{
    static const char *const order[] = {"z", "none", "x"};
    int64_t kept = allocations_left;
    allocations_left = INT64_MAX;
    rec_ids *ids = text_list(order, 3);
    rec_features *made[4] = {NULL};
    allocations_left = kept;
    rec_status status = rec_features_from_dense(&made[0], ids, NULL, 3, 2, dense_values);
    if (status == REC_OK)
        status = rec_features_from_csr(&made[1], NULL, NULL, 3, 5, starts, columns, values);
    if (status == REC_OK)
        status = rec__features_align(&made[2], made[1], ids);
    if (status == REC_OK)
        status = rec_features_save(made[1], context);
    if (status == REC_OK)
        status = rec_features_open(&made[3], context);
    for (int i = 0; i < 4; i++)
        rec_features_free(made[i]);
    rec_ids_free(ids);
    return status;
}

START_TEST(test_no_memory)
{
    ck_assert_int_gt(fail_each_allocation(use_features, (void *)path_of("features")), 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("features");
    TCase *tests = tcase_create("features");
    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, test_dense);
    tcase_add_test(tests, test_sparse);
    tcase_add_test(tests, test_long_row);
    tcase_add_test(tests, test_bad_dense);
    tcase_add_test(tests, test_bad_sparse);
    tcase_add_test(tests, test_align_dense);
    tcase_add_test(tests, test_align_sparse);
    tcase_add_test(tests, test_save_and_open);
    tcase_add_test(tests, test_bad_files);
    tcase_add_test(tests, test_damage);
    tcase_add_test(tests, test_use_of_a_damaged_file);
    tcase_add_test(tests, test_no_memory);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
