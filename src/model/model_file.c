/* SPDX-License-Identifier: Apache-2.0 */
/* Models in container files: docs/container.md lists what stands where. */
#include "base/memory.h"
#include "base/status.h"
#include "model/blend.h"

#include <stdio.h>
#include <string.h>

/* Where a model stands in a file: under a prefix, which is "" but for a member of a blend ("member.0", ...). */
struct place {
    struct rec__pack *pack;
    char prefix[REC_NAME_MOST];
};

static rec_status pack_text(const struct place *to, const char *key, const char *value)
{
    char full[REC_NAME_MOST];
    return rec__pack_text(to->pack, rec__container_join(full, to->prefix, key), value);
}

static rec_status pack_integer(const struct place *to, const char *key, int64_t value)
{
    char full[REC_NAME_MOST];
    return rec__pack_integer(to->pack, rec__container_join(full, to->prefix, key), value);
}

static rec_status pack_number(const struct place *to, const char *key, double value)
{
    char full[REC_NAME_MOST];
    return rec__pack_number(to->pack, rec__container_join(full, to->prefix, key), value);
}

static rec_status pack_parameters(const struct rec__result *result, const struct place *to)
{
    const struct rec_backend *backend = result->fitted.backend;
    /* `threads` says how to compute, not what was learned. */
    int32_t n = backend->n_parameters + REC_COMMON_THREADS;
    rec_status status = REC_OK;
    for (int32_t i = 0; status == REC_OK && i < n; i++) {
        const struct rec__parameter *parameter = rec__parameter_at(backend, i);
        char key[96], value[64];
        snprintf(key, sizeof key, "parameter.%s", parameter->name);
        rec__parameter_format(parameter, result->parameters[i], value, sizeof value);
        status = pack_text(to, key, value);
    }
    return status;
}

static rec_status pack_losses(const struct rec__result *result, const struct place *to)
{
    rec_array loss = {.size = sizeof loss,
                      .name = "loss",
                      .data = result->loss,
                      .rows = result->epochs,
                      .columns = 1,
                      .type = REC_F64,
                      .dimensions = 1};
    rec_status status = result->epochs > 0 ? rec__pack_array(to->pack, to->prefix, &loss) : REC_OK;
    loss.name = "validation_loss";
    loss.data = result->validation_loss;
    if (status == REC_OK && result->epochs > 0 && result->validation_loss != NULL)
        status = rec__pack_array(to->pack, to->prefix, &loss);
    return status;
}

static rec_status pack_numbers(const struct rec__result *result, const struct place *to)
{
    rec_status status = pack_text(to, "algorithm", result->fitted.backend->name);
    if (status == REC_OK)
        status = pack_text(to, "scorer", rec__scorer_name(result->fitted.scorer));
    if (status == REC_OK)
        status = pack_integer(to, "users", result->fitted.n_users);
    if (status == REC_OK)
        status = pack_integer(to, "items", result->fitted.n_items);
    if (status == REC_OK)
        status = pack_number(to, "mean", result->mean);
    if (status == REC_OK)
        status = pack_number(to, "least", (double)result->least);
    if (status == REC_OK)
        status = pack_number(to, "greatest", (double)result->greatest);
    return status;
}

static bool same_ratings(const rec_ratings *a, const rec_ratings *b)
{
    if (a == b || a == NULL || b == NULL)
        return a == b;
    return a->n_users == b->n_users && a->n_items == b->n_items && a->count == b->count &&
           memcmp(a->user_start, b->user_start, ((size_t)a->n_users + 1) * sizeof *a->user_start) == 0 &&
           memcmp(a->user_items, b->user_items, (size_t)a->count * sizeof *a->user_items) == 0 &&
           memcmp(a->user_ratings, b->user_ratings, (size_t)a->count * sizeof *a->user_ratings) == 0;
}

static rec_status pack_members(const struct rec__result *blend, uint32_t flags, struct rec__pack *pack);

/* above: the blend that it is a member of, or NULL; what both have is written once. */
static rec_status pack_result(const struct rec__result *result, const struct rec__result *above,
                              uint32_t flags, const struct place *to)
{
    char ratings[REC_NAME_MOST], names[REC_NAME_MOST], users[REC_NAME_MOST], contexts[REC_NAME_MOST];
    rec_status status = pack_numbers(result, to);
    if (status == REC_OK)
        status = pack_parameters(result, to);
    if (status == REC_OK)
        status = pack_losses(result, to);
    for (int32_t i = 0; status == REC_OK && i < result->arrays.count; i++)
        status = rec__pack_array(to->pack, to->prefix, &result->arrays.entries[i]);
    if (status == REC_OK && above == NULL)
        status = rec__ids_pack(result->users, to->pack, "users");
    if (status == REC_OK && above == NULL)
        status = rec__ids_pack(result->items, to->pack, "items");
    if (status == REC_OK && result->fitted.n_features > 0)
        status = pack_integer(to, "item_features", result->fitted.n_features);
    if (status == REC_OK && result->item_text != NULL && above == NULL)
        status = rec__text_pack(result->item_text, to->pack);
    if (status == REC_OK && result->feature_names != NULL)
        status = rec__ids_pack(result->feature_names, to->pack,
                               rec__container_join(names, to->prefix, "feature_names"));
    if (status == REC_OK && result->user_names != NULL)
        status = rec__ids_pack(result->user_names, to->pack,
                               rec__container_join(users, to->prefix, "user_features"));
    if (status == REC_OK && result->context_names != NULL)
        status = rec__ids_pack(result->context_names, to->pack,
                               rec__container_join(contexts, to->prefix, "contexts"));
    bool own = result->ratings != NULL && (above == NULL || !same_ratings(result->ratings, above->ratings));
    if (status == REC_OK && own && (flags & REC_SAVE_WITHOUT_RATINGS) == 0)
        status =
            rec__ratings_pack(result->ratings, to->pack, rec__container_join(ratings, to->prefix, "ratings"));
    return status == REC_OK && result->blend != NULL ? pack_members(result, flags, to->pack) : status;
}

static rec_status pack_members(const struct rec__result *blend, uint32_t flags, struct rec__pack *pack)
{
    rec_status status = rec__pack_integer(pack, "members", blend->blend->n);
    for (int32_t m = 0; status == REC_OK && m < blend->blend->n; m++) {
        struct place member = {.pack = pack};
        snprintf(member.prefix, sizeof member.prefix, "member.%d", m);
        status = pack_result(blend->blend->members[m]->result, blend, flags, &member);
    }
    return status;
}

/* The model, or the member, that scores from ratings of others; NULL when there is none. */
static const struct rec__result *find_neighborly(const struct rec__result *result)
{
    const struct rec__result *found = result->fitted.scorer == REC_SCORER_USER_GRAPH ? result : NULL;
    for (int32_t m = 0; found == NULL && result->blend != NULL && m < result->blend->n; m++)
        found = find_neighborly(result->blend->members[m]->result);
    return found;
}

rec_status rec_model_save_as(const rec_model *model, const char *path, uint32_t flags)
{
    rec_status status = rec__model_check_fitted(model);
    if (status != REC_OK)
        return status;
    if (path == NULL)
        return rec__fail_null("path");
    if ((flags & ~(uint32_t)REC_SAVE_WITHOUT_RATINGS) != 0)
        return rec__fail(REC_ERR_INVALID, "flags is 0x%x; REC_SAVE_ flags were expected", flags);
    const struct rec__result *neighborly = flags != 0 ? find_neighborly(model->result) : NULL;
    if (neighborly != NULL)
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "\"%s\" scores from the ratings of other users, so its models cannot be saved "
                         "without their ratings",
                         neighborly->fitted.backend->name);
    struct place whole = {0};
    status = rec__pack_create(&whole.pack, "model");
    if (status == REC_OK)
        status = pack_result(model->result, NULL, flags, &whole);
    if (status == REC_OK)
        status = rec__pack_write(whole.pack, path);
    rec__pack_free(whole.pack);
    return status;
}

rec_status rec_model_save(const rec_model *model, const char *path)
{
    return rec_model_save_as(model, path, 0);
}

static const char *text_of(const struct rec__container *container, const char *prefix, const char *key)
{
    char full[REC_NAME_MOST];
    return rec__container_text(container, rec__container_join(full, prefix, key));
}

/* Parameters that the file lacks keep their defaults: they came later than the file. */
static rec_status read_parameters(rec_model *model, const struct rec__container *container,
                                  const char *prefix)
{
    rec_status status = REC_OK;
    for (int32_t i = 0; status == REC_OK && i < rec__parameter_count(model->backend); i++) {
        const struct rec__parameter *parameter = rec__parameter_at(model->backend, i);
        char key[96];
        snprintf(key, sizeof key, "parameter.%s", parameter->name);
        const char *value = text_of(container, prefix, key);
        if (value != NULL && rec__parameter_parse(parameter, value, &model->parameters[i]) != REC_OK)
            status = rec__fail_within(REC_ERR_CORRUPT, "%s: ", rec__container_path(container));
    }
    return status;
}

static rec_status read_scorer(struct rec__result *result, const struct rec__container *container,
                              const char *prefix)
{
    const char *name = text_of(container, prefix, "scorer");
    for (int kind = REC_SCORER_TABLE; name != NULL && kind <= REC_SCORER_BLEND; kind++)
        if (strcmp(rec__scorer_name((enum rec__scorer_kind)kind), name) == 0) {
            result->fitted.scorer = (enum rec__scorer_kind)kind;
            return REC_OK;
        }
    return rec__fail(
        REC_ERR_CORRUPT,
        "%s: scorer is \"%s\"; table, dot, item graph, user graph, closest or blend was expected",
        rec__container_path(container), name == NULL ? "" : name);
}

static rec_status read_numbers(struct rec__result *result, const struct rec__container *container,
                               const char *prefix)
{
    int64_t users = 0, items = 0;
    double least = 0.0, greatest = 0.0;
    rec_status status = rec__container_integer(container, prefix, "users", 0, INT32_MAX, &users);
    if (status == REC_OK)
        status = rec__container_integer(container, prefix, "items", 0, INT32_MAX, &items);
    if (status == REC_OK)
        status = rec__container_number(container, prefix, "mean", &result->mean);
    if (status == REC_OK)
        status = rec__container_number(container, prefix, "least", &least);
    if (status == REC_OK)
        status = rec__container_number(container, prefix, "greatest", &greatest);
    result->fitted.n_users = (int32_t)users;
    result->fitted.n_items = (int32_t)items;
    result->least = (float)least;
    result->greatest = (float)greatest;
    return status;
}

static double *copy_losses(const struct rec__container *container, const char *prefix, const char *name,
                           int64_t *n, rec_status *status)
{
    char full[REC_NAME_MOST];
    const rec_array *array = rec__container_find(container, rec__container_join(full, prefix, name));
    if (array == NULL || array->type != REC_F64 || array->dimensions != 1)
        return NULL;
    double *copy = rec__allocate(array->rows, sizeof *copy);
    if (copy == NULL) {
        *status = REC_ERR_NO_MEMORY;
        return NULL;
    }
    memcpy(copy, array->data, (size_t)array->rows * sizeof *copy);
    *n = array->rows;
    return copy;
}

static rec_status read_losses(struct rec__result *result, const struct rec__container *container,
                              const char *prefix)
{
    int64_t n = 0;
    rec_status status = REC_OK;
    result->loss = copy_losses(container, prefix, "loss", &result->epochs, &status);
    result->validation_loss = copy_losses(container, prefix, "validation_loss", &n, &status);
    if (status == REC_OK && result->validation_loss != NULL && n != result->epochs)
        status = rec__fail(REC_ERR_CORRUPT, "%s: validation_loss has %lld numbers; %lld were expected",
                           rec__container_path(container), (long long)n, (long long)result->epochs);
    return status;
}

/* Ids, ratings and losses are not fitted arrays; everything else in the file is. */
static bool is_fitted_array(const char *name)
{
    return strchr(name, '.') == NULL && strcmp(name, "loss") != 0 && strcmp(name, "validation_loss") != 0;
}

/* The name that an array has in the model under the prefix; NULL: it is of another. */
static const char *name_under(const char *prefix, const char *name)
{
    size_t length = strlen(prefix);
    if (length == 0)
        return name;
    return strncmp(name, prefix, length) == 0 && name[length] == '.' ? name + length + 1 : NULL;
}

static rec_status take_arrays(struct rec__result *result, struct rec__container *container,
                              const char *prefix)
{
    for (int32_t i = 0; i < rec__container_array_count(container); i++) {
        const rec_array *array = rec__container_array_at(container, i);
        const char *name = name_under(prefix, array->name);
        if (name == NULL || !is_fitted_array(name))
            continue;
        if (result->arrays.count == REC_ARRAYS_MOST)
            return rec__fail(REC_ERR_CORRUPT, "%s: more than %d fitted arrays",
                             rec__container_path(container), REC_ARRAYS_MOST);
        result->arrays.entries[result->arrays.count] = *array;
        result->arrays.entries[result->arrays.count++].name = name;
    }
    return REC_OK;
}

static rec_status read_ids(struct rec__result *result, struct rec__container *container)
{
    rec_status status = rec__ids_unpack(&result->users, container, "users");
    return status == REC_OK ? rec__ids_unpack(&result->items, container, "items") : status;
}

/* A list of names that not every file has. */
static rec_status read_names(rec_ids **out, struct rec__container *container, const char *prefix,
                             const char *key)
{
    char names[REC_NAME_MOST], kind[REC_NAME_MOST];
    rec__container_join(names, prefix, key);
    bool there = rec__container_text(container, rec__container_join(kind, names, "kind")) != NULL;
    return there ? rec__ids_unpack(out, container, names) : REC_OK;
}

/* above: the blend that it is a member of, whose rows and, but for its own, ratings it has; or NULL. */
static rec_status read_rows(struct rec__result *result, const struct rec__result *above,
                            struct rec__container *container, const char *prefix)
{
    char name[REC_NAME_MOST], ratings[REC_NAME_MOST];
    rec_status status = REC_OK;
    if (above == NULL)
        status = read_ids(result, container);
    else {
        result->users = rec_ids_retain(above->users);
        result->items = rec_ids_retain(above->items);
    }
    if (status == REC_OK && (rec_ids_count(result->users) != result->fitted.n_users ||
                             rec_ids_count(result->items) != result->fitted.n_items))
        status =
            rec__fail(REC_ERR_CORRUPT, "%s: there are ids of %d users and %d items; %d and %d were expected",
                      rec__container_path(container), rec_ids_count(result->users),
                      rec_ids_count(result->items), result->fitted.n_users, result->fitted.n_items);
    if (status == REC_OK)
        status = read_names(&result->user_names, container, prefix, "user_features");
    if (status == REC_OK)
        status = read_names(&result->context_names, container, prefix, "contexts");
    if (status != REC_OK)
        return status;
    rec__container_join(ratings, prefix, "ratings");
    if (rec__container_find(container, rec__container_join(name, ratings, "user_start")) != NULL)
        return rec__ratings_unpack(&result->ratings, container, ratings, result->users, result->items);
    if (above != NULL && above->ratings != NULL)
        result->ratings = rec_ratings_retain(above->ratings);
    return REC_OK;
}

static rec_status open_part(rec_model **out, struct rec__container *container, const char *prefix,
                            const struct rec__result *above);

static rec_status read_members(struct rec__result *blend, struct rec__container *container)
{
    int64_t n = 0;
    rec_status status =
        rec__container_integer(container, "", "members", 1, rec__container_metadata_count(container), &n);
    if (status == REC_OK)
        status = rec__blend_room(blend, (int32_t)n);
    for (int32_t m = 0; status == REC_OK && m < n; m++) {
        char member[REC_NAME_MOST];
        snprintf(member, sizeof member, "member.%d", m);
        status = open_part(&blend->blend->members[m], container, member, blend);
    }
    return status;
}

/* What the columns of the item features were; files of older libraries do not tell. */
static rec_status read_features(struct rec__result *result, struct rec__container *container,
                                const char *prefix)
{
    int64_t n = 0;
    rec_status status = REC_OK;
    if (text_of(container, prefix, "item_features") == NULL)
        return REC_OK;
    status = rec__container_integer(container, prefix, "item_features", 1, INT32_MAX, &n);
    result->fitted.n_features = (int32_t)n;
    if (status == REC_OK)
        status = read_names(&result->feature_names, container, prefix, "feature_names");
    if (status == REC_OK && result->feature_names != NULL && rec_ids_count(result->feature_names) != n)
        status =
            rec__fail(REC_ERR_CORRUPT, "%s: there are %d feature_names; %lld were expected",
                      rec__container_path(container), rec_ids_count(result->feature_names), (long long)n);
    return status;
}

static rec_status read_result(struct rec__result *result, const struct rec__result *above,
                              struct rec__container *container, const char *prefix)
{
    result->container = rec__container_retain(container);
    rec_status status = read_scorer(result, container, prefix);
    if (status == REC_OK)
        status = read_numbers(result, container, prefix);
    if (status == REC_OK)
        status = read_rows(result, above, container, prefix);
    if (status == REC_OK)
        status = read_features(result, container, prefix);
    if (status == REC_OK && above == NULL)
        status = rec__text_unpack(&result->item_text, container);
    if (status == REC_OK)
        status = read_losses(result, container, prefix);
    if (status == REC_OK)
        status = take_arrays(result, container, prefix);
    if (status == REC_OK && result->fitted.backend == &rec__blend)
        status = read_members(result, container);
    if (status != REC_OK)
        return status;
    status = rec__result_bind(result);
    return status == REC_OK ? status : rec__fail_within(status, "%s: ", rec__container_path(container));
}

static rec_status open_part(rec_model **out, struct rec__container *container, const char *prefix,
                            const struct rec__result *above)
{
    const char *algorithm = text_of(container, prefix, "algorithm");
    bool blend = algorithm != NULL && above == NULL && strcmp(algorithm, rec__blend.name) == 0;
    rec_status status =
        blend ? rec__model_make(out, &rec__blend) : rec_model_create(out, algorithm == NULL ? "" : algorithm);
    if (status != REC_OK)
        return rec__fail_within(status, "%s: ", rec__container_path(container));
    status = read_parameters(*out, container, prefix);
    if (status == REC_OK)
        status = rec__result_create(&(*out)->result, (*out)->backend, (*out)->parameters);
    if (status == REC_OK)
        status = read_result((*out)->result, above, container, prefix);
    if (status != REC_OK) {
        rec_model_free(*out);
        *out = NULL;
    }
    return status;
}

static rec_status open_container(rec_model **out, struct rec__container *container)
{
    if (strcmp(rec__container_kind(container), "model") != 0)
        return rec__fail(REC_ERR_FORMAT, "%s holds %s; a model was expected", rec__container_path(container),
                         rec__container_kind(container));
    return open_part(out, container, "", NULL);
}

rec_status rec_model_open(rec_model **out, const char *path)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (path == NULL)
        return rec__fail_null("path");
    struct rec__container *container = NULL;
    rec_status status = rec__container_open(&container, path);
    if (status == REC_OK)
        status = open_container(out, container);
    rec__container_free(container);
    return status;
}
