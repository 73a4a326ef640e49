/* SPDX-License-Identifier: Apache-2.0 */
/* A program of some version of the headers: ranks with a query, and says how it went. With an argument, and
 * headers that have the member `later`, sets that. */
#include <librec/librec.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    static const int64_t start[] = {0, 2, 4, 6};
    static const int32_t items[] = {0, 1, 1, 2, 0, 3}, except[] = {3};
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    rec_query query = REC_QUERY_INIT;
    int32_t answers[4], n = 0;
    (void)argv;
    query.except = except;
    query.n_except = 1;
#ifdef WITH_LATER
    query.later = argc > 1 ? answers : NULL;
#else
    (void)argc;
#endif
    if (rec_ratings_from_csr(&ratings, 3, 4, start, items, NULL) || rec_model_create(&model, "popular") ||
        rec_fit(model, ratings))
        return fprintf(stderr, "%s\n", rec_last_error()), 1;
    rec_status status = rec_topk(model, 0, &query, 4, answers, NULL, &n);
    printf("%s %d", rec_status_name(status), n);
    for (int32_t i = 0; i < n; i++)
        printf(" %d", answers[i]);
    printf(" %s\n", status == REC_OK ? "" : rec_last_error());
    rec_model_free(model);
    rec_ratings_free(ratings);
    return 0;
}
