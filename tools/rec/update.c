/* SPDX-License-Identifier: Apache-2.0 */
/* rec update: what users have done since the fit enters a fitted model. */
#include "commands.h"

#include <stdio.h>

#include "args.h"
#include "inputs.h"
#include "report.h"
#include "text.h"

static void print_result(const struct args *args, const rec_model *old, const rec_model *updated)
{
    const char *path = args_text(args, OPT_MODEL_OUT);
    struct json json = {.file = stdout};
    char users[64], items[64];
    int32_t new_users = rec_model_users(updated) - rec_model_users(old),
            new_items = rec_model_items(updated) - rec_model_items(old);
    if (!args_count(args, OPT_JSON)) {
        printf("%s, %s; saved to %s\n", counted(users, new_users, "new user"),
               counted(items, new_items, "new item"), path);
        return;
    }
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(updated));
    json_whole(&json, "new_users", new_users);
    json_whole(&json, "new_items", new_items);
    json_whole(&json, "users", rec_model_users(updated));
    json_whole(&json, "items", rec_model_items(updated));
    json_text(&json, "model", path);
    json_close(&json, '}');
}

int run_update(const struct args *args)
{
    rec_model *model = NULL, *updated = NULL;
    rec_ratings *ratings = NULL;
    int status = open_model(&model, args);
    if (!status)
        status = check_target(args_text(args, OPT_MODEL_OUT));
    if (!status)
        status = read_ratings(&ratings, args, args->words + 1, (int32_t)args->n_words - 1);
    if (!status) {
        rec_status failed = args_count(args, OPT_ITEMS) ? rec_model_update_items(&updated, model, ratings)
                                                        : rec_model_update_users(&updated, model, ratings);
        status = failed ? fail_library(failed) : save_model(updated, args);
    }
    if (!status)
        print_result(args, model, updated);
    rec_ratings_free(ratings);
    rec_model_free(updated);
    rec_model_free(model);
    return status;
}
