/* SPDX-License-Identifier: Apache-2.0 */
/* Embeddings in safetensors files of other writers: one of their matrices. */
#include "base/status.h"
#include "base/text.h"
#include "store/features_numbers.h"

static bool is_matrix(const rec_array *array)
{
    bool real =
        array->type == REC_F32 || array->type == REC_F64 || array->type == REC_F16 || array->type == REC_BF16;
    return real && array->dimensions == 2;
}

/* The matrices of a file, for a sentence. */
static void list_matrices(const struct rec__container *container, struct rec__text *text)
{
    for (int32_t i = 0, n = 0; i < rec__container_array_count(container) && n < 10; i++) {
        const rec_array *array = rec__container_array_at(container, i);
        if (is_matrix(array))
            rec__text_addf(text, "%s\"%.80s\"", n++ > 0 ? ", " : "", array->name);
    }
}

static rec_status fail_choice(const struct rec__container *container, const char *name)
{
    struct rec__text names = {0};
    list_matrices(container, &names);
    const char *listed = names.status == REC_OK && names.length > 0 ? names.bytes : "none";
    const char *path = rec__container_path(container);
    rec_status status =
        name == NULL
            ? rec__fail(REC_ERR_INVALID,
                        "%s: the name of an array was expected; its matrices of real numbers are: %s", path,
                        listed)
            : rec__fail(REC_ERR_NOT_FOUND,
                        "%s: \"%.80s\" is not a matrix of real numbers in it; these are: %s", path, name,
                        listed);
    rec__text_clear(&names);
    return status;
}

/* The matrix of that name, or the only one; NULL when there is none, or no name among several. */
static const rec_array *choose(const struct rec__container *container, const char *name)
{
    const rec_array *found = NULL;
    if (name != NULL) {
        found = rec__container_find(container, name);
        return found != NULL && is_matrix(found) ? found : NULL;
    }
    for (int32_t i = 0; i < rec__container_array_count(container); i++) {
        const rec_array *array = rec__container_array_at(container, i);
        if (is_matrix(array) && found != NULL)
            return NULL;
        if (is_matrix(array))
            found = array;
    }
    return found;
}

rec_status rec__features_read_safetensors(rec_features **out, const char *path, const char *array,
                                          const rec_ids *ids)
{
    struct rec__container *container = NULL;
    rec_status status = rec__container_open(&container, path);
    if (status != REC_OK)
        return status;
    const rec_array *found = choose(container, array);
    if (found == NULL) {
        status = fail_choice(container, array);
    } else {
        struct rec__numbers numbers = {.path = path,
                                       .name = found->name,
                                       .data = found->data,
                                       .rows = found->rows,
                                       .columns = found->columns,
                                       .type = (rec_dtype)found->type};
        status = rec__features_of_numbers(out, &numbers, ids);
    }
    rec__container_free(container);
    return status;
}
