/* SPDX-License-Identifier: Apache-2.0 */
/* rec plan: what a fit will cost. */
#include "commands.h"

#include <inttypes.h>
#include <stdio.h>

#include "args.h"
#include "inputs.h"
#include "report.h"
#include "text.h"

static void print_json(const rec_model *model, const rec_ratings *ratings, const rec_plan_estimate *plan)
{
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(model));
    json_parameters(&json, model);
    json_whole(&json, "ratings", rec_ratings_count(ratings));
    json_whole(&json, "users", rec_ratings_users(ratings));
    json_whole(&json, "items", rec_ratings_items(ratings));
    json_whole(&json, "threads", plan->threads);
    json_real(&json, "seconds", plan->seconds);
    json_real(&json, "first_seconds", plan->first_seconds);
    json_real(&json, "epoch_seconds", plan->epoch_seconds);
    json_whole(&json, "epochs", plan->epochs);
    json_whole(&json, "fit_bytes", plan->fit_bytes);
    json_whole(&json, "ratings_bytes", plan->ratings_bytes);
    json_real(&json, "flop_rate", plan->flop_rate);
    json_real(&json, "byte_rate", plan->byte_rate);
    json_real(&json, "step_rate", plan->step_rate);
    json_close(&json, '}');
}

static void print_text(const rec_model *model, const rec_ratings *ratings, const rec_plan_estimate *plan)
{
    char a[64], b[64], c[64];
    printf("%s on %s of %s by %s", rec_model_algorithm(model),
           counted(a, rec_ratings_count(ratings), "rating"), counted(b, rec_ratings_items(ratings), "item"),
           counted(c, rec_ratings_users(ratings), "user"));
    printf(", %s\n", counted(a, plan->threads, "thread"));
    printf("time    about %s", duration(a, plan->seconds));
    if (plan->epochs > 0)
        printf(": %s before %s of %s", duration(a, plan->first_seconds), counted(b, plan->epochs, "epoch"),
               duration(c, plan->epoch_seconds));
    printf("\nmemory  about %s: %s for the ratings, %s for the fit\n",
           byte_size(a, plan->ratings_bytes + plan->fit_bytes), byte_size(b, plan->ratings_bytes),
           byte_size(c, plan->fit_bytes));
}

int run_plan(const struct args *args)
{
    rec_model *model = NULL;
    rec_ratings *ratings = NULL;
    rec_plan_estimate plan = REC_PLAN_ESTIMATE_INIT;
    int status = make_model_from(&model, args, args->words[0]);
    if (!status)
        status = read_ratings(&ratings, args, args->words + 1, args->n_words - 1);
    if (!status) {
        rec_status planned = rec_plan(model, ratings, &plan);
        status = planned ? fail_library(planned) : 0;
    }
    if (!status && args_count(args, OPT_JSON))
        print_json(model, ratings, &plan);
    else if (!status)
        print_text(model, ratings, &plan);
    rec_ratings_free(ratings);
    rec_model_free(model);
    return status;
}
