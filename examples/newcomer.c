/* SPDX-License-Identifier: Apache-2.0 */
/* Serve somebody the model has never seen: newcomer MODEL ITEM... opens a saved model and folds in what they
 * like. */
#include <librec/librec.h>
#include <stdio.h>

enum { LIKED_MOST = 32, ANSWERS = 10 };

static int fail(void)
{
    fprintf(stderr, "%s\n", rec_last_error());
    return 1;
}

int main(int argc, char **argv)
{
    rec_model *model = NULL;
    rec_workspace *workspace = NULL;
    int32_t liked[LIKED_MOST], items[ANSWERS], n_liked = 0, n = 0;
    if (argc < 3 || argc - 2 > LIKED_MOST)
        return fprintf(stderr, "usage: newcomer MODEL ITEM...  (at most %d items)\n", LIKED_MOST), 2;
    if (rec_model_open(&model, argv[1]) || rec_workspace_create(&workspace))
        return fail();
    for (; n_liked < argc - 2; n_liked++)
        if (rec_ids_find(rec_model_item_ids(model), argv[2 + n_liked], &liked[n_liked]))
            return fail();

    rec_query query = REC_QUERY_INIT;
    query.history = liked; /* no ratings given: each counts as the best rating of the training set */
    query.n_history = n_liked;
    query.workspace = workspace; /* a server keeps one a thread: queries then allocate nothing */
    if (rec_topk(model, REC_NEW_USER, &query, ANSWERS, items, NULL, &n))
        return fail();
    for (int32_t i = 0; i < n; i++) {
        char id[64];
        if (rec_ids_text(rec_model_item_ids(model), items[i], id, sizeof id, NULL))
            return fail();
        puts(id);
    }
    rec_workspace_free(workspace);
    rec_model_free(model);
    return 0;
}
