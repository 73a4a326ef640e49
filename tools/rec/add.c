/* SPDX-License-Identifier: Apache-2.0 */
/* rec add: items enter a fitted model by their features or texts. */
#include "commands.h"

#include <stdio.h>

#include "args.h"
#include "features.h"
#include "inputs.h"
#include "report.h"
#include "text.h"

static void print_result(const struct args *args, const rec_model *grown, int32_t added)
{
    const char *path = args_text(args, OPT_MODEL_OUT);
    struct json json = {.file = stdout};
    char count[64];
    if (!args_count(args, OPT_JSON)) {
        printf("%s; saved to %s\n", counted(count, added, "new item"), path);
        return;
    }
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(grown));
    json_whole(&json, "added", added);
    json_whole(&json, "items", rec_model_items(grown));
    json_text(&json, "model", path);
    json_close(&json, '}');
}

int run_add(const struct args *args)
{
    rec_model *model = NULL, *grown = NULL;
    rec_features *features = NULL;
    int status = open_model(&model, args);
    if (!status)
        status = check_target(args_text(args, OPT_MODEL_OUT));
    if (!status)
        status = read_new_items(&features, model, args);
    if (!status) {
        rec_status failed = rec_model_add_items(&grown, model, features);
        status = failed ? fail_library(failed) : save_model(grown, args);
    }
    if (!status)
        print_result(args, grown, rec_model_items(grown) - rec_model_items(model));
    rec_features_free(features);
    rec_model_free(grown);
    rec_model_free(model);
    return status;
}
