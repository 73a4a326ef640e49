/* SPDX-License-Identifier: Apache-2.0 */
/* Learn from a file of ratings and recommend: first RATINGS [USER]. */
#include <librec/librec.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "%s\n", rec_last_error());
    return 1;
}

int main(int argc, char **argv)
{
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    int32_t user = 0, items[10], n = 0;
    float scores[10];
    if (argc < 2)
        return fprintf(stderr, "usage: first RATINGS [USER]\n"), 2;
    if (rec_ratings_read(&ratings, argv[1], NULL) || rec_model_create(&model, "mf") ||
        rec_fit(model, ratings))
        return fail();
    if (argc > 2 && rec_ids_find(rec_model_user_ids(model), argv[2], &user))
        return fail();
    if (rec_topk(model, user, NULL, 10, items, scores, &n))
        return fail();
    for (int32_t i = 0; i < n; i++) {
        char id[64];
        if (rec_ids_text(rec_model_item_ids(model), items[i], id, sizeof id, NULL))
            return fail();
        printf("%-20s %.3f\n", id, (double)scores[i]);
    }
    rec_model_free(model);
    rec_ratings_free(ratings);
    return 0;
}
