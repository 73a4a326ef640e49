/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One pass over the bytes makes normalized words (or characters) in a buffer of the thread; terms are parts of that buffer, so n-grams
 * are not copied. ASCII, most of most text, goes by a table.
 */
#include "text/analyze.h"
#include "base/memory.h"
#include "base/status.h"
#include "base/text.h"
#include "kernels/kernels.h"
#include "text/unicode.h"

#include <string.h>

enum { CAPITAL_SIGMA = 0x3A3, FINAL_SIGMA = 0x3C2 };
enum { BLOCK = REC_TEXT_BLOCK, RUN = 16 };

rec_status rec__analysis_start(struct rec__analysis *analysis, const struct rec__analyzer *analyzer)
{
    const struct rec__parameter *row = &rec__text_table[REC_TEXT_STEMMER];
    char language[32];
    if (analyzer->settings[REC_TEXT_STEMMER] == 0.0 || analysis->stemmer != NULL)
        return REC_OK;
    rec__parameter_format(row, analyzer->settings[REC_TEXT_STEMMER], language, sizeof language);
    return rec__stemmer_create(&analysis->stemmer, language);
}

void rec__analysis_clear(struct rec__analysis *analysis)
{
    if (analysis->stemmer != NULL)
        rec__stemmer_free(analysis->stemmer);
    rec__release(analysis->bytes);
    rec__release(analysis->pieces);
    rec__release(analysis->ngrams);
    rec__release(analysis->keys);
}

/* A code point of the document after lower-casing and stripping, or several. */
struct points {
    int32_t all[REC_UNICODE_MOST];
    int32_t n;
};

static void strip_points(struct points *points)
{
    struct points stripped = {.n = 0};
    for (int32_t i = 0; i < points->n; i++) {
        int32_t parts[REC_UNICODE_MOST], n = rec__unicode_strip(points->all[i], parts);
        for (int32_t k = 0; k < n && stripped.n < REC_UNICODE_MOST; k++)
            stripped.all[stripped.n++] = parts[k];
    }
    *points = stripped;
}

static void normalize(const struct rec__analyzer *analyzer, int32_t point, struct points *points)
{
    points->all[0] = point;
    points->n = 1;
    if (analyzer->settings[REC_TEXT_LOWERCASE] != 0.0)
        points->n = rec__unicode_lower(point, points->all);
    if (analyzer->settings[REC_TEXT_ACCENTS] == REC_ACCENTS_STRIP)
        strip_points(points);
}

/* A document being read. */
struct reading {
    const struct rec__analyzer *analyzer;
    struct rec__analysis *analysis;
    const char *p, *end;
    int64_t word, letters; /* where the open word begins in the buffer, and its code points */
    int64_t least;         /* letters that a word must have */
    bool lower, blank;     /* blank: the last code point was a space */
    bool plain;            /* words are neither stemmed nor left out */
};

static rec_status fail_byte(const struct reading *r, const char *text)
{
    return rec__fail(REC_ERR_FORMAT, "byte %lld is 0x%02x, which is not valid UTF-8 there",
                     (long long)(r->p - text + 1), (unsigned)(unsigned char)*r->p);
}

static rec_status make_room_for_words(struct rec__analysis *a, int64_t more)
{
    int64_t n = a->n_pieces + more;
    rec_status status = rec__grow((void **)(void *)&a->pieces, &a->piece_capacity, n, sizeof *a->pieces);
    return status == REC_OK ? rec__grow((void **)(void *)&a->keys, &a->key_capacity, n, sizeof *a->keys)
                            : status;
}

static inline rec_status add_piece(struct rec__analysis *a, int64_t from, int64_t to)
{
    if (a->n_pieces == a->piece_capacity && rec__grow((void **)(void *)&a->pieces, &a->piece_capacity,
                                                      a->n_pieces + 1, sizeof *a->pieces) != REC_OK)
        return REC_ERR_NO_MEMORY;
    a->pieces[a->n_pieces++] = (struct rec__piece){from, to};
    return REC_OK;
}

/* Beside what is asked for, a run of letters is copied RUN bytes at a time, and of each term REC_TERM_READ are read. */
static rec_status make_room(struct rec__analysis *a, int64_t more)
{
    return rec__grow((void **)(void *)&a->bytes, &a->capacity, a->length + more + RUN + REC_TERM_READ, 1);
}

static rec_status stem_word(struct reading *r)
{
    struct rec__analysis *a = r->analysis;
    int32_t length;
    const char *stem = rec__stem(a->stemmer, a->bytes + r->word, (int32_t)(a->length - r->word), &length);
    if (stem == NULL)
        return rec__fail(REC_ERR_NO_MEMORY, "the stemmer is out of memory");
    a->length = r->word;
    rec_status status = make_room(a, length + 2 * (r->end - r->p));
    if (status == REC_OK) {
        memcpy(a->bytes + a->length, stem, (size_t)length);
        a->length += length;
    }
    return status;
}

static bool is_stop_word(const struct reading *r, const char *word, int64_t length)
{
    return r->analyzer->stop_words != NULL && rec__ids_row(r->analyzer->stop_words, word, length) >= 0;
}

/* The open word ends: it becomes a piece, or is taken back. */
static rec_status end_word(struct reading *r)
{
    struct rec__analysis *a = r->analysis;
    int64_t from = r->word, letters = r->letters;
    rec_status status = REC_OK;
    r->letters = 0;
    if (letters < r->least || is_stop_word(r, a->bytes + from, a->length - from)) {
        a->length = from;
        return REC_OK;
    }
    if (a->stemmer != NULL)
        status = stem_word(r);
    if (status == REC_OK)
        status = make_room_for_words(a, 1);
    if (status != REC_OK || a->length == from)
        return status;
    a->keys[a->n_pieces] = rec__term_key_make(a->bytes + from, (uint32_t)(a->length - from));
    a->pieces[a->n_pieces++] = (struct rec__piece){from, a->length};
    a->bytes[a->length++] = ' ';
    r->word = a->length;
    return REC_OK;
}

/* A sigma that ends a word is written otherwise (Unicode's SpecialCasing). */
static bool is_final_sigma(const struct reading *r, const char *text, int32_t point, int32_t length)
{
    const char *before = r->p, *next = r->p + length;
    if (point != CAPITAL_SIGMA || !r->lower || r->p == text)
        return false;
    do
        before--;
    while (before > text && ((unsigned char)*before & 0xC0) == 0x80);
    int32_t width = rec__utf8_length(next);
    bool after_letter = rec__unicode_letter(rec__unicode_decode(before, (int32_t)(r->p - before)));
    return after_letter && (width == 0 || !rec__unicode_letter(rec__unicode_decode(next, width)));
}

/* The code points of the next sequence, normalized. `text`: the document, for sentences. */
static rec_status next_points(struct reading *r, const char *text, struct points *points)
{
    unsigned char byte = (unsigned char)*r->p;
    if (byte < 0x80) {
        points->all[0] = byte + (r->lower && byte >= 'A' && byte <= 'Z' ? 'a' - 'A' : 0);
        points->n = 1;
        r->p++;
        return REC_OK;
    }
    int32_t length = rec__utf8_length(r->p);
    if (length == 0 || length > r->end - r->p)
        return fail_byte(r, text);
    int32_t point = rec__unicode_decode(r->p, length);
    if (point >= 0x80 && !rec__unicode_known())
        return rec__fail(REC_ERR_UNSUPPORTED,
                         "byte %lld is beyond ASCII, and this library was built without utf8proc",
                         (long long)(r->p - text + 1));
    if (is_final_sigma(r, text, point, length))
        *points = (struct points){.all = {FINAL_SIGMA}, .n = 1};
    else
        normalize(r->analyzer, point, points);
    r->p += length;
    return REC_OK;
}

static rec_status add_points(struct reading *r, const struct points *points)
{
    struct rec__analysis *a = r->analysis;
    rec_status status = make_room(a, 4 * (int64_t)points->n);
    for (int32_t i = 0; status == REC_OK && i < points->n; i++)
        if (rec__unicode_word(points->all[i])) {
            a->length += rec__unicode_encode(points->all[i], a->bytes + a->length);
            r->letters++;
        } else if (r->letters > 0) {
            status = end_word(r);
        }
    return status;
}

/* A block of text: lower-cased, and a bit for each byte that is part of a word, and for each beyond ASCII. */
struct block {
    char bytes[BLOCK + RUN];
    uint64_t word, high;
};

static inline void copy_run(char *to, const char *bytes, int n)
{
    for (int i = 0; i < n; i += RUN)
        memcpy(to + i, bytes + i, RUN);
}

/* How many bytes from `at` on are part of a word. */
static inline int run_at(uint64_t word, int at)
{
    uint64_t others = ~(word >> at);
    return others == 0 ? BLOCK : __builtin_ctzll(others);
}

/*
 * The words of a block, where words are kept as they are: what end_word does, in registers, as a byte written might otherwise be any of the counts.
 * word: of the first n bytes; a word that reaches the n-th stays open.
 */
static rec_status take_plain(struct reading *r, const struct block *block, uint64_t word, int n)
{
    struct rec__analysis *a = r->analysis;
    if (make_room_for_words(a, BLOCK / 2 + 1) != REC_OK)
        return REC_ERR_NO_MEMORY;
    char *bytes = a->bytes;
    int64_t from = r->word, length = a->length, letters = r->letters, least = r->least,
            n_pieces = a->n_pieces;
    for (int at = 0;;) {
        int run = run_at(word, at);
        copy_run(bytes + length, block->bytes + at, run);
        length += run;
        letters += run;
        if (at + run >= n)
            break;
        if (letters >= least) {
            /* What lies in the block whole is read there, as what has just been written in parts is slow to read. */
            const char *start = letters == run ? block->bytes + at : bytes + from;
            a->keys[n_pieces] = rec__term_key_make(start, (uint32_t)(length - from));
            a->pieces[n_pieces++] = (struct rec__piece){from, length};
            bytes[length++] = ' ';
            from = length;
        }
        length = from;
        letters = 0;
        at += run;
        if (word >> at == 0)
            break;
        at += __builtin_ctzll(word >> at);
    }
    a->n_pieces = n_pieces;
    a->length = length;
    r->word = from;
    r->letters = letters;
    return REC_OK;
}

/* The words of the first n bytes of a block; one that reaches the end stays open. */
static rec_status take_block(struct reading *r, const struct block *block, int n)
{
    struct rec__analysis *a = r->analysis;
    uint64_t word = n < BLOCK ? block->word & ((UINT64_C(1) << n) - 1) : block->word;
    rec_status status = REC_OK;
    if (r->plain)
        return take_plain(r, block, word, n);
    for (int at = 0; status == REC_OK;) {
        int run = run_at(word, at);
        copy_run(a->bytes + a->length, block->bytes + at, run);
        a->length += run;
        r->letters += run;
        at += run;
        if (at >= n)
            break;
        if (r->letters > 0)
            status = end_word(r);
        if (word >> at == 0)
            break;
        at += __builtin_ctzll(word >> at);
    }
    return status;
}

/* The ASCII from p on: up to a byte that is not, or the end. The last bytes are looked at in a copy, padded. */
static rec_status read_ascii(struct reading *r)
{
    const struct rec__kernels *kernels = rec__kernels();
    struct block block;
    char padded[BLOCK];
    rec_status status = REC_OK;
    while (status == REC_OK && r->p < r->end) {
        int64_t left = r->end - r->p;
        int n = left < BLOCK ? (int)left : BLOCK;
        if (left < BLOCK) {
            memset(padded, ' ', sizeof padded);
            memcpy(padded, r->p, (size_t)n);
        }
        kernels->letters(left < BLOCK ? padded : r->p, r->lower, block.bytes, &block.word, &block.high);
        int ascii = block.high == 0 ? n : __builtin_ctzll(block.high);
        status = take_block(r, &block, ascii);
        r->p += ascii;
        if (ascii < n)
            break;
    }
    return status;
}

static rec_status read_words(struct reading *r, const char *text)
{
    struct points points;
    rec_status status = REC_OK;
    while (status == REC_OK && r->p < r->end) {
        /* Room for all that is left as it is, and a blank a word. */
        status = make_room(r->analysis, 2 * (r->end - r->p));
        if (status == REC_OK)
            status = read_ascii(r);
        if (status == REC_OK && r->p < r->end)
            status = next_points(r, text, &points);
        else
            continue;
        if (status == REC_OK)
            status = add_points(r, &points);
    }
    return status == REC_OK && r->letters > 0 ? end_word(r) : status;
}

/* Characters: two spaces or more become one blank; by words, each space ends one. */
static rec_status add_character(struct reading *r, int32_t point)
{
    struct rec__analysis *a = r->analysis;
    bool space = rec__unicode_space(point),
         words = r->analyzer->settings[REC_TEXT_ANALYZER] == REC_ANALYZE_CHAR_WB;
    int64_t from = a->length;
    if (space && r->blank) {
        a->bytes[a->pieces[a->n_pieces - 1].from] = ' ';
        a->length = a->pieces[a->n_pieces - 1].from + 1;
        a->pieces[a->n_pieces - 1].to = a->length;
        return REC_OK;
    }
    rec_status status = make_room(a, 4);
    if (status != REC_OK)
        return status;
    r->blank = space;
    a->length += rec__unicode_encode(space && words ? ' ' : point, a->bytes + a->length);
    return add_piece(a, from, a->length);
}

static rec_status read_characters(struct reading *r, const char *text)
{
    struct points points;
    bool words = r->analyzer->settings[REC_TEXT_ANALYZER] == REC_ANALYZE_CHAR_WB;
    rec_status status = words ? add_character(r, ' ') : REC_OK;
    while (status == REC_OK && r->p < r->end) {
        status = next_points(r, text, &points);
        for (int32_t i = 0; status == REC_OK && i < points.n; i++)
            status = add_character(r, points.all[i]);
    }
    return status == REC_OK && words ? add_character(r, ' ') : status;
}

static rec_status add_ngram(struct rec__analysis *a, int64_t from, int64_t to)
{
    rec_status status =
        rec__grow((void **)(void *)&a->ngrams, &a->ngram_capacity, a->n_ngrams + 1, sizeof *a->ngrams);
    if (status == REC_OK)
        a->ngrams[a->n_ngrams++] = (struct rec__piece){from, to};
    return status;
}

/* The n-grams of pieces from..to. */
static rec_status make_ngrams(struct rec__analysis *a, struct rec__piece range, int64_t n)
{
    rec_status status = REC_OK;
    for (int64_t i = range.from; status == REC_OK && i + n <= range.to; i++)
        status = add_ngram(a, a->pieces[i].from, a->pieces[i + n - 1].to);
    return status;
}

/* Each word with a blank on either side; a word shorter than n is one term, once. */
static rec_status make_word_ngrams(const struct rec__analyzer *analyzer, struct rec__analysis *a,
                                   struct rec__piece word)
{
    rec_status status = REC_OK;
    int64_t most = (int64_t)analyzer->settings[REC_TEXT_NGRAM_MAX], width = word.to - word.from;
    for (int64_t n = (int64_t)analyzer->settings[REC_TEXT_NGRAM_MIN]; status == REC_OK && n <= most; n++) {
        if (width <= n)
            return make_ngrams(a, word, width);
        status = make_ngrams(a, word, n);
    }
    return status;
}

static bool is_blank(const struct rec__analysis *a, int64_t piece)
{
    return a->bytes[a->pieces[piece].from] == ' ';
}

static rec_status make_within_words(const struct rec__analyzer *analyzer, struct rec__analysis *a)
{
    rec_status status = REC_OK;
    int64_t from = 0;
    for (int64_t i = 1; status == REC_OK && i < a->n_pieces; i++) {
        if (!is_blank(a, i))
            continue;
        if (i > from + 1)
            status = make_word_ngrams(analyzer, a, (struct rec__piece){from, i + 1});
        from = i;
    }
    return status;
}

static rec_status make_all_ngrams(const struct rec__analyzer *analyzer, struct rec__analysis *a)
{
    rec_status status = REC_OK;
    int64_t most = (int64_t)analyzer->settings[REC_TEXT_NGRAM_MAX];
    for (int64_t n = (int64_t)analyzer->settings[REC_TEXT_NGRAM_MIN]; status == REC_OK && n <= most; n++)
        status = make_ngrams(a, (struct rec__piece){0, a->n_pieces}, n);
    return status;
}

/* Those of words have been made with them. */
static rec_status make_keys(struct rec__analysis *a)
{
    rec_status status = rec__grow((void **)(void *)&a->keys, &a->key_capacity, a->n_terms, sizeof *a->keys);
    for (int64_t t = 0; status == REC_OK && t < a->n_terms; t++)
        a->keys[t] =
            rec__term_key_make(a->bytes + a->terms[t].from, (uint32_t)(a->terms[t].to - a->terms[t].from));
    return status;
}

static rec_status make_terms(const struct rec__analyzer *analyzer, struct rec__analysis *a)
{
    double kind = analyzer->settings[REC_TEXT_ANALYZER];
    a->n_ngrams = 0;
    a->terms = a->pieces;
    a->n_terms = a->n_pieces;
    if (kind != REC_ANALYZE_CHAR_WB && analyzer->settings[REC_TEXT_NGRAM_MAX] == 1.0)
        return kind == REC_ANALYZE_WORD ? REC_OK : make_keys(a);
    rec_status status =
        kind == REC_ANALYZE_CHAR_WB ? make_within_words(analyzer, a) : make_all_ngrams(analyzer, a);
    a->terms = a->ngrams;
    a->n_terms = a->n_ngrams;
    return status == REC_OK ? make_keys(a) : status;
}

rec_status rec__analyze(const struct rec__analyzer *analyzer, struct rec__analysis *analysis,
                        const char *text, int64_t length)
{
    struct reading r = {.analyzer = analyzer,
                        .analysis = analysis,
                        .p = text,
                        .end = text + length,
                        .least = (int64_t)analyzer->settings[REC_TEXT_LENGTH],
                        .lower = analyzer->settings[REC_TEXT_LOWERCASE] != 0.0,
                        .plain = analysis->stemmer == NULL && analyzer->stop_words == NULL};
    analysis->length = 0;
    analysis->n_pieces = 0;
    bool words = analyzer->settings[REC_TEXT_ANALYZER] == REC_ANALYZE_WORD;
    rec_status status = words ? read_words(&r, text) : read_characters(&r, text);
    return status == REC_OK ? make_terms(analyzer, analysis) : status;
}
