/* SPDX-License-Identifier: Apache-2.0 */
/* Reading features from text: the file and its fields (features_fields.c), the two formats (features_read.c).
 */
#ifndef REC_STORE_FEATURES_READ_H
#define REC_STORE_FEATURES_READ_H

#include "store/features.h"
#include "store/read.h"

/** A value of a triple, and where its line stands in the file. */
struct rec__triple {
    int32_t row, column;
    float value;
    int64_t at;
};

struct rec__feature_reading {
    struct rec__source source;
    struct rec__text unquoted; /* a name whose quotes had to be undoubled */
    struct rec__id_table ids, names;
    struct rec__triple *triples;
    int64_t n_triples, triple_capacity;
    int32_t width; /* bags: columns so far */
    float *values; /* dense */
    int64_t value_capacity;
};

/** The formats of rec_features_read. */
enum rec__feature_format {
    REC_FEATURES_TRIPLES,
    REC_FEATURES_DENSE,
    REC_FEATURES_BAGS,
    REC_FEATURES_VECTORS,
    REC_FEATURES_NPY,
    REC_FEATURES_SAFETENSORS,
    REC_FEATURES_CONTAINER,
    REC_FEATURES_GUESSED
};

/** Read one of the formats of text, or find out which. */
rec_status rec__features_read_text(rec_features **out, const char *path, enum rec__feature_format format);

/** A line of "bags" (features_bags.c), and whether the first line looks like one. */
rec_status rec__feature_read_bag(struct rec__feature_reading *r, const char *line, const char **next);
bool rec__feature_is_bag(const struct rec__feature_reading *r);

/** Map a file. After any failure and at the end, rec__feature_reading_clear. */
rec_status rec__feature_reading_begin(struct rec__feature_reading *r, const char *path);
void rec__feature_reading_clear(struct rec__feature_reading *r);
/** Find how its fields are told apart, for the functions below but of bags. */
rec_status rec__feature_find_dialect(struct rec__feature_reading *r);

/** The first line that is not blank, or the end. */
const char *rec__feature_start(const struct rec__feature_reading *r);
/** What the fields after the first of the first line are. */
struct rec__first_line {
    int32_t fields, numbers;
};
struct rec__first_line rec__feature_first_line(const struct rec__feature_reading *r);

/** A line's start, for rec__feature_field. */
struct rec__token rec__feature_line(const struct rec__feature_reading *r, const char *line);
/** The next field of the line; `what` names it where it is missing. */
rec_status rec__feature_field(const struct rec__feature_reading *r, const char *what,
                              struct rec__token *token);
/** Fail when the line goes on. */
rec_status rec__feature_line_end(const struct rec__feature_reading *r, const struct rec__token *token);
/** The row of a name, which may not be empty. */
rec_status rec__feature_name(struct rec__feature_reading *r, struct rec__id_table *table, const char *what,
                             const struct rec__token *token, int32_t *row);
rec_status rec__feature_value(const struct rec__feature_reading *r, const struct rec__token *token,
                              float *value);

#endif
