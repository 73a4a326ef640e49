/* SPDX-License-Identifier: Apache-2.0 */
/* Choose parameters, then learn from all ratings with the best: tune RATINGS MODEL. */
#include <librec/librec.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "%s\n", rec_last_error());
    return 1;
}

int main(int argc, char **argv)
{
    static const double factors[] = {16, 32, 64};
    rec_ratings *ratings = NULL;
    rec_model *model = NULL;
    rec_space *space = NULL;
    rec_tuning *tuning = NULL;
    if (argc != 3)
        return fprintf(stderr, "usage: tune RATINGS MODEL\n"), 2;
    if (rec_ratings_read(&ratings, argv[1], NULL) || rec_model_create(&model, "mf") ||
        rec_space_create(&space, "mf") || rec_space_values(space, "factors", factors, 3) ||
        rec_space_range(space, "regularization", 0.01, 1.0, REC_RANGE_LOG))
        return fail();

    rec_tune_options options = REC_TUNE_OPTIONS_INIT;
    options.method = REC_TUNE_HALVING; /* 27 points, by RMSE over five shuffled folds */
    if (rec_tune(model, ratings, space, &options, &tuning))
        return fail();
    for (int32_t rank = 0; rank < 3 && rank < rec_tuning_count(tuning); rank++) {
        rec_tuned point = REC_TUNED_INIT;
        double chosen = 0.0, strength = 0.0;
        if (rec_tuning_at(tuning, rank, &point) || rec_tuning_parameters(tuning, rank, model) ||
            rec_model_get(model, "factors", &chosen) || rec_model_get(model, "regularization", &strength))
            return fail();
        printf("%g factors, regularization %g: RMSE %.4f (deviation %.4f)\n", chosen, strength, point.value,
               point.deviation);
    }
    if (rec_tuning_parameters(tuning, 0, model) || rec_fit(model, ratings) || rec_model_save(model, argv[2]))
        return fail();
    rec_tuning_free(tuning);
    rec_space_free(space);
    rec_model_free(model);
    rec_ratings_free(ratings);
    return 0;
}
