/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of items: files of ids, histories on the command line, and ranked results on the way out. */
#ifndef REC_TOOL_LISTS_H
#define REC_TOOL_LISTS_H

#include <librec/librec.h>

#include "args.h"
#include "json.h"
#include "names.h"
#include "table.h"

/** Item rows, and for a history their ratings. */
struct item_list {
    int32_t *rows;
    float *ratings; /* NULL: none was given */
    int64_t n;
};

/** Read a file of item ids, one a line. An id that the model lacks is an error when `strict`, else left out.
 */
int item_list_read(struct item_list *list, const rec_model *model, const char *path, int strict);
/** Parse "ITEM[=RATING],...". Where only some have a rating, the others get the greatest one of the training.
 */
int item_list_parse(struct item_list *list, const struct args *args, const rec_model *model,
                    const char *text);
/** Parse "NAME[=VALUE],..." of the users' features: columns in rows, values, 1 where none is given, in ratings. */
int attribute_list_parse(struct item_list *list, const struct args *args, const rec_model *model,
                         const char *text);
void item_list_free(struct item_list *list);

/** Rows with scores, best first, and what to call them. */
struct ranked {
    const rec_ids *ids;
    const struct names *names; /* NULL: no titles */
    const int32_t *rows;
    const float *scores;
    int32_t n;
};

/** Columns "rank", `what`, "score" and, with names, "title"; then a row for each, behind what `first` (may be
 * NULL) says for the column that the caller added before. */
void table_ranked_columns(struct table *table, const char *what, const struct names *names);
void table_ranked(struct table *table, const struct ranked *ranked, const char *first);
/** An array under `key` of objects with `what` ("item", "user"), "score" and, with names, "title". */
void json_ranked(struct json *json, const char *key, const char *what, const struct ranked *ranked);

/** Read --names when it was given; else *out is NULL. */
int read_names(struct names **out, const struct args *args);

#endif
