/* SPDX-License-Identifier: Apache-2.0 */
/* rec fit: learn, write the model, and what the loss did on the way. */
#include "commands.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "inputs.h"
#include "plot.h"
#include "progress.h"
#include "report.h"
#include "text.h"

struct loss {
    const double *training, *validation;
    int64_t n, best; /* the row of the least validation loss */
};

/* What the losses are: a choice of another loss than the first, or an algorithm that ranks alone, has none of ratings. */
static const char *loss_name(const rec_model *model)
{
    rec_algorithm algorithm = REC_ALGORITHM_INIT;
    double loss = 0.0;
    if (rec_algorithm_find(rec_model_algorithm(model), &algorithm))
        return "loss";
    bool other = rec_model_get(model, "loss", &loss) == REC_OK && loss != 0.0;
    return algorithm.abilities & REC_PREDICTS_RATINGS && !other ? "RMSE" : "loss";
}

static int set_validation(rec_model *model, const struct args *args)
{
    rec_ratings *validation = NULL;
    const char *path = args_text(args, OPT_WATCH);
    int status = path ? read_chosen_ratings(&validation, args, &path, 1) : 0;
    if (path && !status) {
        rec_status set = rec_model_set_validation(model, validation);
        status = set ? fail_library(set) : 0;
    }
    rec_ratings_free(validation);
    return status;
}

static int read_loss(struct loss *loss, const rec_model *model, const struct args *args)
{
    static const enum option_id wanting[] = {OPT_WATCH, OPT_LOSS_CSV, OPT_PLOT};
    rec_status status = rec_model_loss(model, &loss->training, &loss->validation, &loss->n);
    if (status)
        return fail_library(status);
    for (int i = 0; i < 3 && loss->n == 0; i++)
        if (args_count(args, wanting[i]))
            return fail("%s has no loss per epoch, so --%s has nothing to show; nothing was written",
                        rec_model_algorithm(model), option_table[wanting[i]].name);
    for (int64_t e = 1; loss->validation && e < loss->n; e++)
        if (loss->validation[e] < loss->validation[loss->best])
            loss->best = e;
    return 0;
}

static int write_loss_csv(const struct loss *loss, const char *path)
{
    FILE *file = open_output(path);
    if (!file)
        return EXIT_FAILED;
    fprintf(file, "epoch%s%s\n", loss->training ? ",training" : "", loss->validation ? ",validation" : "");
    for (int64_t e = 0; e < loss->n; e++) {
        fprintf(file, "%" PRId64, e + 1);
        if (loss->training)
            fprintf(file, ",%.9g", loss->training[e]);
        if (loss->validation)
            fprintf(file, ",%.9g", loss->validation[e]);
        fputc('\n', file);
    }
    return close_output(file, path);
}

static int draw_loss(const struct loss *loss, const rec_model *model, const struct args *args)
{
    char title[96], subtitle[512], count[64];
    const char *valid = args_text(args, OPT_WATCH);
    snprintf(title, sizeof title, "Loss per epoch: %s", rec_model_algorithm(model));
    int at = snprintf(subtitle, sizeof subtitle, "%s from %.100s%s",
                      counted(count, rec_ratings_count(rec_model_ratings(model)), "rating"),
                      base_name(args->words[1]), args->n_words > 2 ? " and others" : "");
    if (valid)
        snprintf(subtitle + at, sizeof subtitle - (size_t)at, "; validation: %.100s", base_name(valid));
    struct plot plot = {title, subtitle, loss_name(model), loss->training, loss->validation, loss->n};
    return plot_write(&plot, args_text(args, OPT_PLOT));
}

static void json_loss(struct json *json, const struct loss *loss)
{
    json_whole(json, "epochs", loss->n);
    if (loss->n == 0)
        return;
    if (loss->training)
        json_real(json, "training", loss->training[loss->n - 1]);
    if (loss->validation) {
        json_real(json, "validation", loss->validation[loss->n - 1]);
        json_real(json, "least_validation", loss->validation[loss->best]);
        json_whole(json, "best_epoch", loss->best + 1);
    }
}

static void print_json(const rec_model *model, const struct loss *loss, const char *path, double seconds)
{
    struct json json = {.file = stdout};
    json_open(&json, NULL, '{');
    json_text(&json, "algorithm", rec_model_algorithm(model));
    json_parameters(&json, model);
    json_whole(&json, "users", rec_model_users(model));
    json_whole(&json, "items", rec_model_items(model));
    json_whole(&json, "ratings", rec_ratings_count(rec_model_ratings(model)));
    json_real(&json, "fit_seconds", seconds);
    json_loss(&json, loss);
    json_text(&json, "model", path);
    json_close(&json, '}');
}

static void print_summary(const rec_model *model, const struct loss *loss, const char *path, double seconds)
{
    char ratings[64], users[64], items[64], time[32];
    printf("%s learned from %s of %s by %s in %s\n", rec_model_algorithm(model),
           counted(ratings, rec_ratings_count(rec_model_ratings(model)), "rating"),
           counted(items, rec_model_items(model), "item"), counted(users, rec_model_users(model), "user"),
           duration(time, seconds));
    if (loss->n > 0 && loss->training)
        printf("training %s %.4f after %s\n", loss_name(model), loss->training[loss->n - 1],
               counted(ratings, loss->n, "epoch"));
    if (loss->n > 0 && loss->validation)
        printf("validation %s %.4f, lowest %.4f at epoch %" PRId64 "\n", loss_name(model),
               loss->validation[loss->n - 1], loss->validation[loss->best], loss->best + 1);
    printf("saved to %s\n", path);
}

static int write_results(const rec_model *model, const struct args *args, double seconds)
{
    struct loss loss = {0};
    const char *path = args_text(args, OPT_MODEL_OUT), *csv = args_text(args, OPT_LOSS_CSV);
    int status = read_loss(&loss, model, args);
    if (status)
        return status;
    status = save_model(model, args);
    if (!status && csv)
        status = write_loss_csv(&loss, csv);
    if (!status && args_count(args, OPT_PLOT))
        status = draw_loss(&loss, model, args);
    if (status)
        return status;
    if (args_count(args, OPT_JSON))
        print_json(model, &loss, path, seconds);
    else
        print_summary(model, &loss, path, seconds);
    return 0;
}

static int fit_and_write(rec_model *model, const struct args *args)
{
    rec_ratings *ratings = NULL;
    double seconds = 0.0;
    int status = read_chosen_ratings(&ratings, args, args->words + 1, args->n_words - 1);
    if (!status)
        status = set_validation(model, args);
    if (!status) {
        rec_status fitted = fit_watched(model, ratings, args, args->words[0], &seconds);
        status = fitted ? fail_library(fitted) : write_results(model, args, seconds);
    }
    rec_ratings_free(ratings);
    return status;
}

int run_fit(const struct args *args)
{
    rec_model *model = NULL;
    const char *csv = args_text(args, OPT_LOSS_CSV), *plot = args_text(args, OPT_PLOT);
    int status = make_model_from(&model, args, args->words[0]);
    if (!status)
        status = check_target(args_text(args, OPT_MODEL_OUT));
    if (!status && csv)
        status = check_folder(csv);
    if (!status && plot)
        status = check_folder(plot);
    if (!status)
        status = fit_and_write(model, args);
    rec_model_free(model);
    return status;
}
