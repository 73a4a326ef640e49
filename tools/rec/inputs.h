/* SPDX-License-Identifier: Apache-2.0 */
/* What commands work on: ratings, models with their parameters, rows by id. All report what fails. */
#ifndef REC_TOOL_INPUTS_H
#define REC_TOOL_INPUTS_H

#include <librec/librec.h>

#include "args.h"
#include "json.h"

/** One name=value, and where it was given. */
struct setting {
    char *name, *value;
    const char *file; /* NULL: the command line */
    int line;
};

/** What a model is made with: parameters in their order, and features. */
struct setup {
    struct setting *all;
    size_t n;
    rec_features *user_features, *item_features; /* NULL: none */
    rec_text *item_text;                         /* likewise */
    rec_ratings *implicit, *weights;             /* likewise */
    rec_contexts *contexts;                      /* likewise */
    rec_model *start;                            /* likewise */
};

/** 1 when the file begins as a container does: a length of eight bytes, then a brace. A damaged one counts.
 */
int is_container(const char *path);

/** Read ratings, several files as one set, by --format, --duplicates and --threads. */
int read_ratings(rec_ratings **out, const struct args *args, const char *const *paths, int32_t n);

/** The same, of --where alone, which names columns of these files. */
int read_chosen_ratings(rec_ratings **out, const struct args *args, const char *const *paths, int32_t n);
/** Leave alone the ratings, read from these files, that were given where a condition says; NULL: all. */
int keep_where(rec_ratings **ratings, const char *where, const char *const *paths, int32_t n);
/** How much more often each item of the model is met there, by the model's ratings and columns of these files: free it. */
int read_lifts(float **lifts, const rec_model *model, const char *where, const char *const *paths, int32_t n);

/** Read the columns of --context from all files of ratings that the command is given; NULL without --context. */
int read_contexts(rec_contexts **out, const struct args *args);
/** Find the values of --context in the model's rows; query: of these commands that rank and predict. */
struct moment {
    int32_t rows[64], n;
};
int find_moment(struct moment *moment, const struct args *args, const rec_model *model);

/** Contexts of the fields that a condition names, hour, weekday and zone apart, from these files; NULL when it names no other. */
int read_named_contexts(rec_contexts **out, const char *where, const char *const *paths, int32_t n);

/** Refuse what is for an algorithm to be fitted; `those`: which options. who, are: end the sentence ("both", "are model files"). */
int refuse_fitting(const struct args *args, option_set those, const char *who, const char *are);

/** Collect -p and the parameter files in their order, then --seed; read --item-features and its like. Free with
 * setup_free, after a failure too. */
int setup_read(struct setup *setup, const struct args *args);
/** Add those of another option like -p, over what there is. */
int setup_add(struct setup *setup, const struct args *args, enum option_id id);
void setup_free(struct setup *setup);

/** Report what the library says about a parameter, and suggest the nearest name for one that is unknown. */
int fail_parameter(const struct args *args, const rec_model *model, const struct setting *setting);
/** Set one parameter, and suggest the nearest name for one that is unknown. */
int set_parameter(const struct args *args, rec_model *model, const struct setting *setting);
/** An unfitted model made with a setup and --threads. */
int make_model(rec_model **out, const struct args *args, const char *algorithm, const struct setup *setup);
/** As make_model, with the setup of the command line. */
int make_model_from(rec_model **out, const struct args *args, const char *algorithm);
/** Open the model file that is the first argument. */
int open_model(rec_model **out, const struct args *args);
/** Write a model to the file of --output, with its ratings where it has any, unless --without-ratings. */
int save_model(const rec_model *model, const struct args *args);

/** The row of an id; `what` is "user" or "item". */
int find_row(const rec_ids *ids, const char *what, const char *id, int32_t *row);
/** The id of a row: free it. */
char *row_id(const rec_ids *ids, int32_t row);
/** Write the id of a row as text. */
void json_row_id(struct json *json, const char *key, const rec_ids *ids, int32_t row);

/** The value of a parameter as -p takes it: free it. */
char *parameter_text(const rec_model *model, const char *name);
/** Every parameter of a model as an object "params". */
void json_parameters(struct json *json, const rec_model *model);
/** Describe the algorithm; reports one that is unknown, with the nearest name. */
int find_algorithm(const struct args *args, const char *name, rec_algorithm *algorithm);

#endif
