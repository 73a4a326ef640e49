/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a file of ratings for benchmarks: users of log-normal activity, items of Zipf popularity, each pair
 * once, the same file for the same options.
 *
 *   make_ratings OUT [--lines N] [--users N] [--items N] [--seed N] [--format csv|lists|mtx]
 *                    [--ids number|text] [--order mixed|user] [--times] [--tastes K] [--held-out FILE]
 *
 * Ratings are half stars: any, or with --tastes those of hidden biases and vectors of length K, with noise of half a star. --held-out takes
 * a tenth of the lines, drawn at random. Both are for csv.
 */
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct plan {
    const char *path, *format, *held_out;
    int64_t lines, users, items;
    int64_t tastes; /* length of the hidden vectors; 0: none */
    uint64_t seed;
    bool text_ids, mixed, times;
};

struct pair {
    int32_t user, item;
};

static uint64_t state;

/* SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
static uint64_t draw(void)
{
    uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static double draw_uniform(void)
{
    return (double)(draw() >> 11) * 0x1p-53;
}

static int64_t draw_below(int64_t n)
{
    return (int64_t)(draw_uniform() * (double)n);
}

static double draw_normal(void)
{
    return sqrt(-2 * log(1 - draw_uniform())) * cos(2 * 3.14159265358979323846 * draw_uniform());
}

static void *allocate(int64_t n, size_t size)
{
    void *block = calloc((size_t)(n > 0 ? n : 1), size);
    if (block == NULL) {
        fprintf(stderr, "make_ratings: out of memory\n");
        exit(1);
    }
    return block;
}

/* Walker's alias table, for drawing items in proportion to 1 / rank^0.9. */
struct alias {
    double *keep;
    int32_t *other;
    int64_t n;
};

static struct alias make_zipf(int64_t n)
{
    struct alias a = {allocate(n, sizeof(double)), allocate(n, sizeof(int32_t)), n};
    int32_t *small = allocate(n, sizeof *small), *large = allocate(n, sizeof *large);
    int64_t n_small = 0, n_large = 0;
    double total = 0;
    for (int64_t i = 0; i < n; i++)
        total += pow((double)(i + 1), -0.9);
    for (int64_t i = 0; i < n; i++) {
        a.keep[i] = pow((double)(i + 1), -0.9) / total * (double)n;
        if (a.keep[i] < 1)
            small[n_small++] = (int32_t)i;
        else
            large[n_large++] = (int32_t)i;
    }
    while (n_small > 0 && n_large > 0) {
        int32_t s = small[--n_small], l = large[n_large - 1];
        a.other[s] = l;
        a.keep[l] -= 1 - a.keep[s];
        if (a.keep[l] < 1) {
            n_large--;
            small[n_small++] = l;
        }
    }
    while (n_small > 0)
        a.keep[small[--n_small]] = 1;
    free(small);
    free(large);
    return a;
}

static int32_t draw_item(const struct alias *a)
{
    int64_t i = draw_below(a->n);
    return draw_uniform() < a->keep[i] ? (int32_t)i : a->other[i];
}

/* How many items each user rates: the sum is exactly `lines`. */
static int64_t *share_lines(const struct plan *plan)
{
    int64_t *counts = allocate(plan->users, sizeof *counts), most = (plan->items + 3) / 4, sum = 0;
    double *weights = allocate(plan->users, sizeof *weights), total = 0;
    for (int64_t u = 0; u < plan->users; u++)
        total += weights[u] = exp(1.2 * draw_normal());
    for (int64_t u = 0; u < plan->users; u++) {
        double wanted = weights[u] / total * (double)plan->lines;
        counts[u] = wanted < 1 ? 1 : wanted > (double)most ? most : (int64_t)wanted;
        sum += counts[u];
    }
    while (sum != plan->lines) {
        int64_t u = draw_below(plan->users), step = sum < plan->lines ? 1 : -1;
        if (counts[u] + step >= 1 && counts[u] + step <= most) {
            counts[u] += step;
            sum += step;
        }
    }
    free(weights);
    return counts;
}

static struct pair *draw_pairs(const struct plan *plan)
{
    struct alias zipf = make_zipf(plan->items);
    struct pair *pairs = allocate(plan->lines, sizeof *pairs);
    int64_t *counts = share_lines(plan), n = 0;
    int32_t *last = allocate(plan->items, sizeof *last);
    for (int64_t u = 0; u < plan->users; u++)
        while (counts[u] > 0) {
            int32_t item = draw_item(&zipf);
            if (last[item] == (int32_t)u + 1)
                continue;
            last[item] = (int32_t)u + 1;
            pairs[n++] = (struct pair){(int32_t)u, item};
            counts[u]--;
        }
    free(last);
    free(counts);
    free(zipf.keep);
    free(zipf.other);
    return pairs;
}

static void mix_pairs(struct pair *pairs, int64_t n)
{
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = draw_below(i + 1);
        struct pair pair = pairs[i];
        pairs[i] = pairs[j];
        pairs[j] = pair;
    }
}

/* Numbers from 1; or letters and digits that look like a shop's codes, 14 and 10 of them. */
static int write_id(const struct plan *plan, char *out, int32_t row, bool user)
{
    if (!plan->text_ids)
        return sprintf(out, "%d", row + 1);
    uint64_t code = ((uint64_t)row + 1) * UINT64_C(0x9E3779B97F4A7C15);
    int length = user ? 14 : 10;
    out[0] = user ? 'A' : 'B';
    for (int i = 1; i < length; i++) {
        out[i] = "0123456789ABCDEFGHIJKLMNOPQRSTUV"[code & 31];
        code = code >> 5 | code << 59;
    }
    return length;
}

struct hidden {
    float *users, *items; /* K + 1 each: the vector and the bias */
    int64_t width;
};

static float *draw_hidden(int64_t n)
{
    float *values = allocate(n, sizeof *values);
    for (int64_t i = 0; i < n; i++)
        values[i] = (float)draw_normal();
    return values;
}

static struct hidden draw_tastes(const struct plan *plan)
{
    int64_t width = plan->tastes > 0 ? plan->tastes + 1 : 0;
    return (struct hidden){draw_hidden(plan->users * width), draw_hidden(plan->items * width), width};
}

/* 1 to 10 half stars: of all deviations, tastes make 0.6, biases 0.35 each and noise 0.5 stars. */
static int draw_half_stars(const struct hidden *hidden, struct pair pair)
{
    if (hidden->width == 0)
        return 1 + (int)draw_below(10);
    int64_t k = hidden->width - 1;
    const float *x = hidden->users + pair.user * hidden->width,
                *y = hidden->items + pair.item * hidden->width;
    double product = 0;
    for (int64_t i = 0; i < k; i++)
        product += (double)x[i] * (double)y[i];
    double stars = 3.3 + 0.35 * (double)x[k] + 0.35 * (double)y[k] + 0.6 * product / sqrt((double)k) +
                   0.5 * draw_normal();
    double half = floor(2 * stars + 0.5);
    return half < 1 ? 1 : half > 10 ? 10 : (int)half;
}

static void write_csv(const struct plan *plan, const struct pair *pairs, FILE *training, FILE *held_out)
{
    struct hidden hidden = draw_tastes(plan);
    for (int64_t i = 0; i < plan->lines; i++) {
        char line[96];
        FILE *file = held_out != NULL && draw_below(10) == 0 ? held_out : training;
        int n = write_id(plan, line, pairs[i].user, true), half = draw_half_stars(&hidden, pairs[i]);
        line[n++] = ',';
        n += write_id(plan, line + n, pairs[i].item, false);
        n += sprintf(line + n, half % 2 != 0 ? ",%d.5" : ",%d", half / 2);
        if (plan->times)
            n += sprintf(line + n, ",%" PRId64, 1000000000 + draw_below(500000000));
        line[n++] = '\n';
        fwrite(line, 1, (size_t)n, file);
    }
    free(hidden.users);
    free(hidden.items);
}

static void write_lists(const struct plan *plan, const struct pair *pairs, FILE *file)
{
    for (int64_t i = 0; i < plan->lines; i++) {
        char word[32];
        if (i == 0 || pairs[i].user != pairs[i - 1].user)
            fprintf(file, "%s%.*s", i == 0 ? "" : "\n", write_id(plan, word, pairs[i].user, true), word);
        int n = write_id(plan, word, pairs[i].item, false);
        fprintf(file, " %.*s", n, word);
    }
    fputc('\n', file);
}

static void write_mtx(const struct plan *plan, const struct pair *pairs, FILE *file)
{
    fprintf(file, "%%%%MatrixMarket matrix coordinate real general\n%" PRId64 " %" PRId64 " %" PRId64 "\n",
            plan->users, plan->items, plan->lines);
    for (int64_t i = 0; i < plan->lines; i++)
        fprintf(file, "%d %d %" PRId64 "\n", pairs[i].user + 1, pairs[i].item + 1, 1 + draw_below(5));
}

static int usage(void)
{
    fprintf(stderr, "usage: make_ratings OUT [--lines N] [--users N] [--items N] [--seed N] "
                    "[--format csv|lists|mtx] [--ids number|text] [--order mixed|user] [--times] "
                    "[--tastes K] [--held-out FILE]\n");
    return 2;
}

static bool take_option(struct plan *plan, const char *name, const char *value)
{
    if (strcmp(name, "--lines") == 0)
        plan->lines = atoll(value);
    else if (strcmp(name, "--users") == 0)
        plan->users = atoll(value);
    else if (strcmp(name, "--items") == 0)
        plan->items = atoll(value);
    else if (strcmp(name, "--seed") == 0)
        plan->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--tastes") == 0)
        plan->tastes = atoll(value);
    else if (strcmp(name, "--held-out") == 0)
        plan->held_out = value;
    else if (strcmp(name, "--format") == 0)
        plan->format = value;
    else if (strcmp(name, "--ids") == 0)
        plan->text_ids = strcmp(value, "text") == 0;
    else if (strcmp(name, "--order") == 0)
        plan->mixed = strcmp(value, "mixed") == 0;
    else
        return false;
    return true;
}

static bool take_arguments(struct plan *plan, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--times") == 0)
            plan->times = true;
        else if (argv[i][0] != '-' && plan->path == NULL)
            plan->path = argv[i];
        else if (i + 1 >= argc || !take_option(plan, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    return plan->path != NULL && plan->users > 0 && plan->items > 0 && plan->users < INT32_MAX &&
           plan->items < INT32_MAX && plan->lines >= plan->users &&
           plan->lines / plan->users < (plan->items + 3) / 4 && plan->tastes >= 0 &&
           (strcmp(plan->format, "csv") == 0 || (plan->tastes == 0 && plan->held_out == NULL));
}

static FILE *open_output(const char *path)
{
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    return file;
}

static void close_output(FILE *file, const char *path)
{
    if (ferror(file) || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    struct plan plan = {
        .format = "csv", .lines = 20000000, .users = 200000, .items = 50000, .seed = 1, .mixed = true};
    if (!take_arguments(&plan, argc, argv))
        return usage();
    state = plan.seed;
    FILE *file = open_output(plan.path);
    FILE *held_out = plan.held_out == NULL ? NULL : open_output(plan.held_out);
    struct pair *pairs = draw_pairs(&plan);
    bool lists = strcmp(plan.format, "lists") == 0;
    if (plan.mixed && !lists)
        mix_pairs(pairs, plan.lines);
    if (lists)
        write_lists(&plan, pairs, file);
    else if (strcmp(plan.format, "mtx") == 0)
        write_mtx(&plan, pairs, file);
    else
        write_csv(&plan, pairs, file, held_out);
    free(pairs);
    close_output(file, plan.path);
    if (held_out != NULL)
        close_output(held_out, plan.held_out);
    return 0;
}
