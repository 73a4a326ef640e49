/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_readers CATALOGUE.csv RATINGS.csv SUBJECTS.csv [readers=2000] [seed=1]
 *
 * Writes the ratings of simulated readers, and the subjects and author of each book as features.
 *
 * Every quantity is a whole number: ratings, qualities and tastes are in thousandths of a star. No floating
 * point takes part, so the same arguments give the same bytes on every machine. Below, u is uniform on
 * [0, 1) in steps of 1/65536, and z is the sum of twelve u less 6: mean 0, variance 1, nearly normal.
 * Draw n of stream s is mix(key(seed, s) + n * golden), the splitmix64 generator (Steele, Lea and Flood,
 * OOPSLA 2014). Each reader has a stream, and each book another, named by a hash of its id.
 *
 * Book b, at place i of the catalogue (0 is the most famous):
 *     popularity  w[b] = 2^30 * (1/2 + 3/2 u) / (i + 50)
 *     quality     q[b] = 300 z
 * Reader r:
 *     tastes      2 to 4 liked subjects, 1 or 2 disliked ones. A subject is drawn by taking one of a random
 *                 book twice and keeping the commoner; liked subjects after the first come from books that
 *                 carry the first, so that tastes go together as subjects do.
 *     favourite   one reader in two has a favourite author, among those with several books
 *     mean        m[r] = 3350 + 350 z
 *     spread      s[r] = 0.7 + 0.6 u
 *     ratings     n[r] = 8 + floor(72 u u'), at most the number of books
 * With h liked and d disliked subjects in the book, and a = 1 if its author is the favourite, else 0:
 *     choice      without replacement, in proportion to
 *                 w[b] * (1, 8, 24 or 40 for h = 0, 1, 2, more) * 4^a / 2^d
 *     opinion     t = q[b] + (-600, 600, 1000 or 1200 for h = 0, 1, 2, more) - 1000 d + 500 a + 350 z
 *     rating      m[r] + s[r] * t, clipped to 0.5 .. 5.0 stars and rounded to half-stars
 *
 * Times ascend. A reader joins in the first two of the three years that end on 2024-01-01 00:00 UTC, and
 * random gaps divide the rest of the three years.
 */
#include "csv.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_SUBJECTS = 16, MAX_READERS = 10000000 };

static const int64_t first_second = 1609459200; /* 2021-01-01 00:00 UTC */
static const int64_t last_second = 1704067200;  /* 2024-01-01 00:00 UTC */
static const int64_t joining_seconds = 2 * 365 * 86400;

static const char usage[] =
    "usage: make_readers CATALOGUE.csv RATINGS.csv SUBJECTS.csv [readers=2000] [seed=1]";

struct name {
    char *text;
    int books;
};

struct names {
    struct name *name;
    int count;
};

struct book {
    char *id;
    int author;                /* row of catalogue.authors, or -1: the book is anonymous */
    int subject[MAX_SUBJECTS]; /* rows of catalogue.subjects */
    int subjects;
    uint64_t popularity;
    int64_t quality;
};

struct catalogue {
    struct book *book;
    int books;
    struct names subjects;
    struct names authors;
    int prolific; /* authors with several books */
};

struct reader {
    int8_t *taste; /* for each subject: 1 liked, -1 disliked, 0 neither */
    int favourite; /* row of catalogue.authors, or -1 */
    int64_t mean;
    int64_t spread; /* in thousandths */
    int ratings;
};

struct stream {
    uint64_t key;
    uint64_t draw;
};

/* Random numbers. */

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static struct stream open_stream(uint64_t seed, uint64_t name)
{
    return (struct stream){.key = mix(mix(seed + UINT64_C(0x9e3779b97f4a7c15)) + name), .draw = 0};
}

static uint64_t next_random(struct stream *s)
{
    return mix(s->key + ++s->draw * UINT64_C(0x9e3779b97f4a7c15));
}

/* The remainder is uneven by less than limit / 2^64, which no output of this program could show. */
static uint64_t next_below(struct stream *s, uint64_t limit)
{
    return next_random(s) % limit;
}

static int next_index(struct stream *s, int limit)
{
    return (int)next_below(s, (uint64_t)limit);
}

static int64_t next_uniform(struct stream *s)
{
    return (int64_t)(next_random(s) >> 48);
}

/* `deviation` times z, rounded towards zero. */
static int64_t next_normal(struct stream *s, int64_t deviation)
{
    int64_t sum = 0;
    for (int i = 0; i < 12; ++i) {
        sum += next_uniform(s);
    }
    return (sum - 6 * 65536) * deviation / 65536;
}

/* FNV-1a, so that a book keeps its quality when others are added to the catalogue. */
static uint64_t hash_text(const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (; *text; ++text) {
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    }
    return hash;
}

/* The catalogue. */

/* The row of the name, which is added if it is new; either way it counts one book more. */
static int count_name(struct names *names, char *text)
{
    int i = 0;
    while (i < names->count && strcmp(names->name[i].text, text) != 0) {
        ++i;
    }
    if (i == names->count) {
        names->name = grow(names->name, (size_t)names->count + 1, sizeof *names->name);
        names->name[names->count++] = (struct name){.text = text, .books = 0};
    }
    names->name[i].books += 1;
    return i;
}

static bool has_subject(const struct book *b, int subject)
{
    for (int i = 0; i < b->subjects; ++i) {
        if (b->subject[i] == subject) {
            return true;
        }
    }
    return false;
}

static void add_subject(struct catalogue *k, struct book *b, char *name, const struct csv *c)
{
    if (!*name) {
        fail(FAILED, "%s, line %d: book %s has an empty subject", c->path, c->record_line, b->id);
    }
    int subject = count_name(&k->subjects, name);
    if (has_subject(b, subject)) {
        fail(FAILED, "%s, line %d: book %s has the subject %s twice", c->path, c->record_line, b->id, name);
    }
    if (b->subjects == MAX_SUBJECTS) {
        fail(FAILED, "%s, line %d: book %s has more than %d subjects", c->path, c->record_line, b->id,
             MAX_SUBJECTS);
    }
    b->subject[b->subjects++] = subject;
}

static void add_subjects(struct catalogue *k, struct book *b, char *list, const struct csv *c)
{
    for (char *semicolon; (semicolon = strchr(list, ';')); list = semicolon + 1) {
        *semicolon = '\0';
        add_subject(k, b, list, c);
    }
    add_subject(k, b, list, c);
}

static void add_book(struct catalogue *k, char *id, char *author, char *subjects, const struct csv *c)
{
    if (!*id || !*author) {
        fail(FAILED, "%s, line %d: the %s is empty", c->path, c->record_line, *id ? "author" : "id");
    }
    for (int i = 0; i < k->books; ++i) {
        if (strcmp(k->book[i].id, id) == 0) {
            fail(FAILED, "%s, line %d: the id %s was used before", c->path, c->record_line, id);
        }
    }
    k->book = grow(k->book, (size_t)k->books + 1, sizeof *k->book);
    struct book *b = &k->book[k->books++];
    *b = (struct book){.id = id, .author = -1};
    if (strcmp(author, "Anonymous") != 0) {
        b->author = count_name(&k->authors, author);
        k->prolific += k->authors.name[b->author].books == 2;
    }
    add_subjects(k, b, subjects, c);
}

static int find_column(const char *name, char *header[], int columns, const char *path)
{
    for (int i = 0; i < columns; ++i) {
        if (strcmp(header[i], name) == 0) {
            return i;
        }
    }
    fail(FAILED, "%s, line 1: no column named %s in the header", path, name);
}

static void read_books(struct catalogue *k, struct csv *c)
{
    char *field[MAX_COLUMNS];
    int columns = read_record(c, field), count;
    int id = find_column("id", field, columns, c->path);
    int author = find_column("author", field, columns, c->path);
    int subjects = find_column("subjects", field, columns, c->path);
    while ((count = read_record(c, field)) > 0) {
        if (count != columns) {
            fail(FAILED, "%s, line %d: the number of fields is %d, where the header has %d", c->path,
                 c->record_line, count, columns);
        }
        add_book(k, field[id], field[author], field[subjects], c);
    }
    if (k->books == 0) {
        fail(FAILED, "%s: no book after the header", c->path);
    }
}

static void draw_books(struct catalogue *k, uint64_t seed)
{
    for (int i = 0; i < k->books; ++i) {
        struct book *b = &k->book[i];
        struct stream s = open_stream(seed, hash_text(b->id));
        uint64_t fame = 32768 + (uint64_t)next_uniform(&s) * 3 / 2;
        b->popularity = (fame << 14) / ((uint64_t)i + 50);
        b->quality = next_normal(&s, 300);
    }
}

/* Returns the text that the names in `k` point into; the caller frees it after `k`. */
static char *read_catalogue(struct catalogue *k, const char *path, uint64_t seed)
{
    size_t length;
    char *text = read_file(path, &length);
    if (memchr(text, '\0', length)) {
        fail(FAILED, "%s: a zero byte; this is not a text file", path);
    }
    bool marked = strncmp(text, "\xef\xbb\xbf", 3) == 0;
    struct csv c = {.path = path, .at = text + (marked ? 3 : 0), .end = text + length, .line = 1};
    read_books(k, &c);
    draw_books(k, seed);
    return text;
}

static void free_catalogue(struct catalogue *k)
{
    free(k->book);
    free(k->subjects.name);
    free(k->authors.name);
}

/* Readers. */

/* A random subject of a random book; if `beside` is a subject, of a random book that carries it. */
static int draw_from_book(struct stream *s, const struct catalogue *k, int beside)
{
    int skip = next_index(s, beside < 0 ? k->books : k->subjects.name[beside].books), i = 0;
    for (;; ++i) {
        const struct book *b = &k->book[i];
        if ((beside < 0 || has_subject(b, beside)) && skip-- == 0) {
            return b->subject[next_index(s, b->subjects)];
        }
    }
}

static int draw_subject(struct stream *s, const struct catalogue *k, int beside)
{
    int one = draw_from_book(s, k, beside);
    int other = draw_from_book(s, k, beside);
    return k->subjects.name[one].books >= k->subjects.name[other].books ? one : other;
}

/* Marks `count` subjects; fewer only where a small catalogue keeps offering those already marked. */
static void draw_tastes(struct reader *r, struct stream *s, const struct catalogue *k, int count,
                        int8_t taste)
{
    int first = -1;
    for (int attempt = 0; count > 0 && attempt < 100; ++attempt) {
        int subject = draw_subject(s, k, taste > 0 ? first : -1);
        if (r->taste[subject] == 0) {
            r->taste[subject] = taste;
            first = first < 0 ? subject : first;
            count -= 1;
        }
    }
}

static int draw_author(struct stream *s, const struct catalogue *k)
{
    if (k->prolific == 0 || next_index(s, 2) == 0) {
        return -1;
    }
    int author = 0;
    for (int skip = next_index(s, k->prolific);; ++author) {
        if (k->authors.name[author].books >= 2 && skip-- == 0) {
            return author;
        }
    }
}

static void draw_reader(struct reader *r, struct stream *s, const struct catalogue *k)
{
    memset(r->taste, 0, (size_t)k->subjects.count);
    draw_tastes(r, s, k, 2 + next_index(s, 3), 1);
    draw_tastes(r, s, k, 1 + next_index(s, 2), -1);
    r->favourite = draw_author(s, k);
    r->mean = 3350 + next_normal(s, 350);
    r->spread = 700 + next_uniform(s) * 600 / 65536;
    int64_t u = next_uniform(s);
    int ratings = 8 + (int)(72 * u * next_uniform(s) / (INT64_C(65536) * 65536));
    r->ratings = ratings < k->books ? ratings : k->books;
}

struct match {
    int liked; /* at most 3 */
    int disliked;
    bool favourite;
};

static struct match match_book(const struct reader *r, const struct book *b)
{
    struct match m = {.favourite = b->author >= 0 && b->author == r->favourite};
    for (int i = 0; i < b->subjects; ++i) {
        m.liked += r->taste[b->subject[i]] > 0;
        m.disliked += r->taste[b->subject[i]] < 0;
    }
    m.liked = m.liked > 3 ? 3 : m.liked;
    return m;
}

static uint64_t choice_weight(const struct reader *r, const struct book *b)
{
    static const uint64_t by_liked[] = {1, 8, 24, 40};
    struct match m = match_book(r, b);
    return (b->popularity * by_liked[m.liked] * (m.favourite ? 4 : 1)) >> m.disliked;
}

/* The rating in half-stars, 1 .. 10. */
static int rate_book(const struct reader *r, const struct book *b, struct stream *s)
{
    static const int64_t by_liked[] = {-600, 600, 1000, 1200};
    struct match m = match_book(r, b);
    int64_t opinion = b->quality + by_liked[m.liked] - 1000 * m.disliked + (m.favourite ? 500 : 0);
    int64_t rating = r->mean + r->spread * (opinion + next_normal(s, 350)) / 1000;
    int64_t clipped = rating < 500 ? 500 : rating > 5000 ? 5000 : rating;
    return (int)((clipped + 250) / 500);
}

/* Takes a book in proportion to its weight and sets that weight to 0. */
static int take_book(struct stream *s, uint64_t *weight, int books)
{
    uint64_t total = 0;
    for (int i = 0; i < books; ++i) {
        total += weight[i];
    }
    uint64_t ticket = next_below(s, total);
    int book = 0;
    for (; ticket >= weight[book]; ++book) {
        ticket -= weight[book];
    }
    weight[book] = 0;
    return book;
}

/* Output. */

static FILE *open_output(const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file) {
        fail(FAILED, "cannot write %s: %s", path, strerror(errno));
    }
    return file;
}

static void close_output(FILE *file, const char *path)
{
    bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        fail(FAILED, "cannot write all of %s: %s; the file is incomplete", path, strerror(errno));
    }
}

static void write_field(FILE *file, const char *prefix, const char *text)
{
    if (!strpbrk(text, ",\"\r\n")) {
        fprintf(file, "%s%s", prefix, text);
        return;
    }
    fprintf(file, "\"%s", prefix);
    for (; *text; ++text) {
        fputs(*text == '"' ? "\"" : "", file);
        fputc(*text, file);
    }
    fputc('"', file);
}

static void write_feature(FILE *file, const char *book, const char *kind, const char *name)
{
    write_field(file, "", book);
    fputc(',', file);
    write_field(file, kind, name);
    fputs(",1\n", file);
}

static void write_features(const struct catalogue *k, const char *path)
{
    FILE *file = open_output(path);
    fputs("book,feature,weight\n", file);
    for (int i = 0; i < k->books; ++i) {
        const struct book *b = &k->book[i];
        for (int j = 0; j < b->subjects; ++j) {
            write_feature(file, b->id, "subject:", k->subjects.name[b->subject[j]].text);
        }
        if (b->author >= 0) {
            write_feature(file, b->id, "author:", k->authors.name[b->author].text);
        }
    }
    close_output(file, path);
}

/* Fills `time` with `count` strictly ascending seconds: random gaps, none shorter than a few seconds. */
static void draw_times(struct stream *s, int64_t *time, int count)
{
    int64_t joined = first_second + (int64_t)next_below(s, (uint64_t)joining_seconds);
    int64_t total = 0;
    for (int i = 0; i < count; ++i) {
        total += 1 + next_uniform(s);
        time[i] = total;
    }
    total += 1 + next_uniform(s);
    for (int i = 0; i < count; ++i) {
        time[i] = joined + (last_second - joined) * time[i] / total;
    }
}

struct scratch {
    struct reader reader;
    uint64_t *weight;
    int64_t *time;
};

static void write_reader(FILE *file, int64_t number, uint64_t seed, const struct catalogue *k,
                         struct scratch *scratch)
{
    struct stream s = open_stream(seed, (uint64_t)number);
    struct reader *r = &scratch->reader;
    draw_reader(r, &s, k);
    draw_times(&s, scratch->time, r->ratings);
    for (int i = 0; i < k->books; ++i) {
        scratch->weight[i] = choice_weight(r, &k->book[i]);
    }
    for (int i = 0; i < r->ratings; ++i) {
        const struct book *b = &k->book[take_book(&s, scratch->weight, k->books)];
        int half_stars = rate_book(r, b, &s);
        fprintf(file, "reader-%04" PRId64 ",", number);
        write_field(file, "", b->id);
        fprintf(file, ",%d.%d,%" PRId64 "\n", half_stars / 2, half_stars % 2 * 5, scratch->time[i]);
    }
}

static void write_ratings(const struct catalogue *k, const char *path, int64_t readers, uint64_t seed)
{
    struct scratch scratch = {.reader.taste = make_zeroed((size_t)k->subjects.count, 1),
                              .weight = make_zeroed((size_t)k->books, sizeof *scratch.weight),
                              .time = make_zeroed((size_t)k->books, sizeof *scratch.time)};
    FILE *file = open_output(path);
    fputs("reader,book,rating,time\n", file);
    for (int64_t number = 1; number <= readers; ++number) {
        write_reader(file, number, seed, k, &scratch);
    }
    close_output(file, path);
    free(scratch.reader.taste);
    free(scratch.weight);
    free(scratch.time);
}

static uint64_t parse_option(const char *text, const char *name, uint64_t least, uint64_t greatest)
{
    char *end = NULL;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || errno || value < least || value > greatest) {
        fail(USAGE, "%s=%s: expected a whole number from %" PRIu64 " to %" PRIu64, name, text, least,
             greatest);
    }
    return value;
}

int main(int argc, char **argv)
{
    uint64_t readers = 2000, seed = 1;
    if (argc < 4) {
        fail(USAGE, "three files are needed\n%s", usage);
    }
    for (int i = 4; i < argc; ++i) {
        if (strncmp(argv[i], "readers=", 8) == 0) {
            readers = parse_option(argv[i] + 8, "readers", 1, MAX_READERS);
        } else if (strncmp(argv[i], "seed=", 5) == 0) {
            seed = parse_option(argv[i] + 5, "seed", 0, UINT64_MAX);
        } else {
            fail(USAGE, "unknown option %s\n%s", argv[i], usage);
        }
    }
    if (!strcmp(argv[1], argv[2]) || !strcmp(argv[1], argv[3]) || !strcmp(argv[2], argv[3])) {
        fail(USAGE, "the three files must differ");
    }
    struct catalogue catalogue = {0};
    char *text = read_catalogue(&catalogue, argv[1], seed);
    write_ratings(&catalogue, argv[2], (int64_t)readers, seed);
    write_features(&catalogue, argv[3]);
    free_catalogue(&catalogue);
    free(text);
    return EXIT_SUCCESS;
}
