/* SPDX-License-Identifier: Apache-2.0 */
/* Ratings that were given in some context: chosen (pre-filtering), or counted by item (post-filtering). */
#include "base/memory.h"
#include "base/status.h"
#include "store/clock.h"
#include "store/contexts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is asked: of the clock a bit for each value, of the given fields a mark for each value. */
struct where {
    const char *text;
    const rec_ratings *ratings;
    const rec_contexts *contexts; /* NULL: the clock alone */
    uint32_t hours, weekdays;     /* 0: any */
    double zone;
    bool asked[REC_CONTEXT_FIELDS_MOST];
    uint8_t *wanted;  /* of the contexts' values */
    int32_t *numbers; /* of each rating its combination */
};

/* A part of the text. */
struct word {
    const char *bytes;
    int64_t length;
};

static bool is_word(struct word word, const char *text)
{
    return (int64_t)strlen(text) == word.length && memcmp(word.bytes, text, (size_t)word.length) == 0;
}

/* The part before a byte, which is taken off with it; rest->bytes NULL: there is no more. */
static struct word cut(struct word *rest, char at)
{
    const char *found = memchr(rest->bytes, at, (size_t)rest->length);
    struct word part = {rest->bytes, found == NULL ? rest->length : found - rest->bytes};
    rest->length -= found == NULL ? rest->length : part.length + 1;
    rest->bytes = found == NULL ? NULL : found + 1;
    return part;
}

static int32_t hour_of(struct word word)
{
    int32_t hour = 0;
    for (int64_t i = 0; i < word.length; i++)
        hour = word.length > 2 || word.bytes[i] < '0' || word.bytes[i] > '9'
                   ? REC_CLOCK_HOURS
                   : 10 * hour + (word.bytes[i] - '0');
    return word.length > 0 && hour < REC_CLOCK_HOURS ? hour : -1;
}

static int32_t weekday_of(struct word word)
{
    static const char *const names[REC_CLOCK_DAYS] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    for (int32_t day = 0; day < REC_CLOCK_DAYS; day++)
        if (is_word(word, names[day]))
            return day;
    return -1;
}

/* "A" or "A-B", which goes on over the end: 22-3. */
static rec_status take_span(const struct where *w, struct word span, int32_t (*value_of)(struct word),
                            int32_t n, uint32_t *mask)
{
    struct word rest = span;
    int32_t first = value_of(cut(&rest, '-')), last = rest.bytes == NULL ? first : value_of(rest);
    if (first < 0 || last < 0)
        return rec__fail(REC_ERR_INVALID, "\"%.*s\" in \"%s\" is no part of the clock; %s were expected",
                         (int)span.length, span.bytes, w->text,
                         n == REC_CLOCK_HOURS ? "hours, as in 18-23" : "days, as in mon-fri");
    *mask |= 1u << last;
    for (int32_t value = first; value != last; value = (value + 1) % n)
        *mask |= 1u << value;
    return REC_OK;
}

static rec_status take_zone(struct where *w, struct word value)
{
    char digits[REC_NUMBER_TEXT];
    if (rec__parse_double(value.bytes, value.length, &w->zone) && fabs(w->zone) <= 24.0)
        return REC_OK;
    snprintf(digits, sizeof digits, "%.*s", (int)value.length, value.bytes);
    return rec__fail(REC_ERR_INVALID, "zone is \"%s\"; hours from -24 to 24 were expected", digits);
}

static rec_status fail_field(const struct where *w, struct word field)
{
    struct rec__text known = {0};
    for (int32_t k = 0; w->contexts != NULL && k < w->contexts->n_fields; k++) {
        int64_t length;
        const char *name = rec__ids_bytes(w->contexts->fields, k, &length);
        rec__text_add(&known, name, length);
        rec__text_add(&known, ", ", 2);
    }
    rec_status status = rec__fail(REC_ERR_NOT_FOUND,
                                  "there is no context \"%.*s\"; one of %shour, weekday, zone was expected",
                                  (int)field.length, field.bytes, known.bytes == NULL ? "" : known.bytes);
    rec__text_clear(&known);
    return status;
}

/* One value of a given field. A value that no event has is no mistake. */
static rec_status mark(struct where *w, int32_t field, struct word value)
{
    struct rec__text name = {0};
    int64_t length;
    const char *bytes = rec__ids_bytes(w->contexts->fields, field, &length);
    rec__text_add(&name, bytes, length);
    rec__text_add(&name, "=", 1);
    rec__text_add(&name, value.bytes, value.length);
    int32_t row = name.status == REC_OK ? rec__ids_row(w->contexts->values, name.bytes, name.length) : -1;
    if (row >= 0)
        w->wanted[row] = 1;
    w->asked[field] = true;
    rec_status status = name.status;
    rec__text_clear(&name);
    return status;
}

/* FIELD=VALUE|VALUE */
static rec_status take_term(struct where *w, struct word term)
{
    struct word rest = term, field = cut(&rest, '=');
    rec_status status = REC_OK;
    if (rest.bytes == NULL || field.length == 0 || rest.length == 0)
        return rec__fail(REC_ERR_INVALID, "\"%.*s\" in \"%s\" is no context; FIELD=VALUE was expected",
                         (int)term.length, term.bytes, w->text);
    int32_t given = w->contexts == NULL ? -1 : rec__ids_row(w->contexts->fields, field.bytes, field.length);
    bool hour = given < 0 && is_word(field, "hour"), weekday = given < 0 && is_word(field, "weekday");
    if (given < 0 && is_word(field, "zone"))
        return take_zone(w, rest);
    if (given < 0 && !hour && !weekday)
        return fail_field(w, field);
    while (status == REC_OK && rest.bytes != NULL) {
        struct word value = cut(&rest, '|');
        status = hour      ? take_span(w, value, hour_of, REC_CLOCK_HOURS, &w->hours)
                 : weekday ? take_span(w, value, weekday_of, REC_CLOCK_DAYS, &w->weekdays)
                           : mark(w, given, value);
    }
    return status;
}

static void clear_where(struct where *w)
{
    rec__release(w->wanted);
    rec__release(w->numbers);
}

static rec_status read_where(struct where *w, const rec_ratings *ratings, const rec_contexts *contexts,
                             const char *text)
{
    struct word rest = {text, (int64_t)strlen(text)};
    *w = (struct where){.text = text, .ratings = ratings, .contexts = contexts};
    rec_status status = REC_OK;
    if (contexts != NULL) {
        w->wanted = rec__allocate_zeroed(rec_ids_count(contexts->values), sizeof *w->wanted);
        w->numbers = rec__allocate(ratings->count, sizeof *w->numbers);
        status = w->wanted == NULL || w->numbers == NULL ? REC_ERR_NO_MEMORY
                                                         : rec__contexts_match(contexts, ratings, w->numbers);
    }
    while (status == REC_OK && rest.bytes != NULL)
        status = take_term(w, cut(&rest, ','));
    if (status == REC_OK && (w->hours | w->weekdays) != 0 && rec_ratings_timed(ratings) == 0)
        status = rec__fail(REC_ERR_UNSUPPORTED, "the ratings have no times; \"%s\" asks for them", text);
    return status;
}

static bool given_matches(const struct where *w, int64_t position)
{
    const rec_contexts *c = w->contexts;
    for (int32_t k = 0; c != NULL && k < c->n_fields; k++) {
        if (!w->asked[k])
            continue;
        int32_t number = w->numbers[position];
        int32_t value = number < 0 ? -1 : c->combinations[(int64_t)number * c->n_fields + k];
        if (value < 0 || w->wanted[value] == 0)
            return false;
    }
    return true;
}

static bool matches(const void *context, int32_t user, int64_t position)
{
    const struct where *w = context;
    (void)user;
    if (!given_matches(w, position))
        return false;
    if ((w->hours | w->weekdays) == 0)
        return true;
    int64_t time = w->ratings->user_times[position];
    return time != REC_NO_TIME && (w->hours == 0 || (w->hours >> rec__clock_hour(time, w->zone) & 1u) != 0) &&
           (w->weekdays == 0 || (w->weekdays >> rec__clock_weekday(time, w->zone) & 1u) != 0);
}

static rec_status fail_none(const struct where *w)
{
    return rec__fail(REC_ERR_EMPTY, "none of the %lld ratings was given where \"%s\"",
                     (long long)w->ratings->count, w->text);
}

rec_status rec_ratings_where(rec_ratings **out, const rec_ratings *ratings, const rec_contexts *contexts,
                             const char *where)
{
    if (out == NULL)
        return rec__fail_null("out");
    *out = NULL;
    if (ratings == NULL || where == NULL)
        return rec__fail_null(ratings == NULL ? "ratings" : "where");
    struct where w;
    struct rec__selection selection = {.chosen = matches, .context = &w};
    rec_status status = read_where(&w, ratings, contexts, where);
    if (status == REC_OK) {
        selection.count = rec__selection_count(ratings, &selection);
        status = selection.count == 0 ? fail_none(&w) : rec__ratings_select(out, ratings, &selection);
    }
    clear_where(&w);
    return status;
}

rec_status rec_ratings_lifts(const rec_ratings *ratings, const rec_contexts *contexts, const char *where,
                             double smoothing, float *lifts)
{
    if (ratings == NULL || where == NULL || lifts == NULL)
        return rec__fail_null(ratings == NULL ? "ratings" : where == NULL ? "where" : "lifts");
    if (!(smoothing > 0.0) || !isfinite(smoothing))
        return rec__fail(REC_ERR_INVALID, "smoothing is %g; a number above 0 was expected", smoothing);
    struct where w;
    int64_t total = 0, *counts = rec__allocate_zeroed(ratings->n_items, sizeof *counts);
    rec_status status = read_where(&w, ratings, contexts, where);
    if (status == REC_OK && counts == NULL)
        status = REC_ERR_NO_MEMORY;
    for (int64_t e = 0; status == REC_OK && e < ratings->count; e++)
        if (matches(&w, 0, e)) {
            counts[ratings->user_items[e]]++;
            total++;
        }
    if (status == REC_OK && total == 0)
        status = fail_none(&w);
    double share = status == REC_OK ? (double)total / (double)ratings->count : 0.0;
    for (int32_t i = 0; status == REC_OK && i < ratings->n_items; i++)
        lifts[i] = (float)(((double)counts[i] + smoothing * share) /
                           ((double)rec__item_count(ratings, i) + smoothing) / share);
    rec__release(counts);
    clear_where(&w);
    return status;
}
