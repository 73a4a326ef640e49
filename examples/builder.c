/* SPDX-License-Identifier: Apache-2.0 */
/* Ratings from a program's own data, watched while fitting, cross-validated, saved: builder MODEL. */
#include <librec/librec.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "%s\n", rec_last_error());
    return 1;
}

static int report(void *context, const rec_progress *progress)
{
    (void)context;
    if (progress->step == progress->steps)
        printf("after %lld epochs: RMSE %.3f\n", (long long)progress->step, progress->loss);
    return 0;
}

/* Sixty readers of two tastes: even ones like the even books. */
static rec_status add_ratings(rec_ratings_builder *builder)
{
    rec_status status = REC_OK;
    for (int64_t user = 0; user < 60; user++)
        for (int64_t item = 0; status == REC_OK && item < 40; item++)
            if ((user * 7 + item * 11) % 5 < 3)
                status = rec_ratings_builder_add_ids(builder, 1000 + user, 500 + item,
                                                     user % 2 == item % 2 ? 5.0f : 2.0f, REC_NO_TIME);
    return status;
}

int main(int argc, char **argv)
{
    rec_ratings_builder *builder = NULL;
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    rec_evaluation *evaluation = NULL;
    rec_figure rmse = REC_FIGURE_INIT;
    if (argc != 2)
        return fprintf(stderr, "usage: builder MODEL\n"), 2;
    if (rec_ratings_builder_create(&builder, NULL) || add_ratings(builder) ||
        rec_ratings_builder_finish(builder, &ratings))
        return fail();
    rec_ratings_builder_free(builder);
    if (rec_model_create(&model, "mf") || rec_model_set(model, "factors", 4))
        return fail();
    if (rec_cross_validate(model, ratings, 5, 1, "rmse", &evaluation) ||
        rec_evaluation_at(evaluation, 0, &rmse))
        return fail();
    printf("cross-validated RMSE %.3f (deviation %.3f)\n", rmse.value, rmse.deviation);
    rec_evaluation_free(evaluation);
    rec_model_set_progress(model, report, NULL);
    if (rec_fit(model, ratings) || rec_model_save(model, argv[1]))
        return fail();
    rec_model_free(model);
    rec_ratings_free(ratings);
    return 0;
}
