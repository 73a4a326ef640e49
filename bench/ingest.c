/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a csv file without quotes or repeated pairs is read, against a bare scan of its bytes, and how
 * much memory that takes. The lines that the store stands for are compared with those of the file before
 * anything is printed. bench/make_ratings makes such files.
 *
 *   ingest FILE [THREADS [ROUNDS]]
 */
#include "base/file.h"
#include "base/threads.h"
#include "store/read.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *path;
static int32_t threads;

static void stop_on(rec_status status)
{
    if (status == REC_OK)
        return;
    fprintf(stderr, "ingest: %s\n", rec_last_error());
    exit(1);
}

static void begin(struct rec__reading *reading)
{
    rec_ratings_options options = REC_RATINGS_OPTIONS_INIT;
    options.format = "csv";
    options.threads = threads;
    *reading = (struct rec__reading){0};
    stop_on(rec__reading_begin(reading, &path, 1, &options));
}

struct times {
    double parse, all;
};

static rec_ratings *read_once(struct times *times)
{
    struct rec__reading reading;
    rec_ratings *ratings;
    double start = rec__seconds();
    begin(&reading);
    stop_on(rec__reading_parse(&reading));
    times->parse = rec__seconds() - start;
    stop_on(rec__reading_finish(&reading, &ratings));
    rec__reading_clear(&reading);
    times->all = rec__seconds() - start;
    return ratings;
}

/* In a process of its own, so that nothing else counts. Bytes at the peak, above those of an idle process. */
static double measure_peak(void)
{
    struct rusage before, after;
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct times times;
        rec_ratings_free(read_once(&times));
        _exit(0);
    }
    getrusage(RUSAGE_SELF, &before);
    if (child < 0 || wait4(child, &status, 0, &after) != child || status != 0) {
        fprintf(stderr, "ingest: the child that measures memory failed\n");
        exit(1);
    }
    return (double)(after.ru_maxrss - before.ru_maxrss) * 1024;
}

static double ids_bytes(const rec_ids *ids)
{
    return (double)ids->offsets[ids->count] + 8.0 * (ids->count + 1) + 4.0 * (double)ids->n_slots;
}

static double store_bytes(const rec_ratings *r)
{
    return (double)r->count * (r->user_times != NULL ? 24 : 16) +
           8.0 * ((double)r->n_users + r->n_items + 2) + ids_bytes(r->users) + ids_bytes(r->items);
}

struct scan {
    const struct rec__mapping *mapping;
    int64_t parts;
    int64_t lines[REC_THREADS_MOST];
};

static rec_status scan_part(void *context, int64_t part, int32_t worker)
{
    (void)worker;
    struct scan *scan = context;
    const char *p = scan->mapping->bytes + scan->mapping->length * part / scan->parts;
    const char *end = scan->mapping->bytes + scan->mapping->length * (part + 1) / scan->parts;
    int64_t lines = 0;
    for (; (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        lines++;
    scan->lines[part] = lines;
    return REC_OK;
}

/* The bound: every newline found, from a fresh mapping, as reading has it. */
static double time_scan(double *megabytes)
{
    struct rec__mapping mapping;
    double start = rec__seconds();
    stop_on(rec__map_file(path, &mapping));
    *megabytes = (double)mapping.length / 1e6;
    struct scan scan = {.mapping = &mapping, .parts = threads};
    stop_on(rec__parallel(threads, scan.parts, scan_part, &scan));
    rec__unmap_file(&mapping);
    return rec__seconds() - start;
}

static uint64_t hash_line(const char *line)
{
    uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *line != '\0'; line++)
        h = (h ^ (unsigned char)*line) * UINT64_C(1099511628211);
    return h;
}

/* The sum of a hash of each line as `user,item,rating`. */
static uint64_t sum_file(void)
{
    char line[512];
    uint64_t sum = 0;
    FILE *file = fopen(path, "rb");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        char *third = strchr(line, ',');
        third = third != NULL ? strchr(third + 1, ',') : NULL;
        if (third == NULL) {
            fprintf(stderr, "ingest: a line that is not user,item,rating[,time]\n");
            exit(1);
        }
        float rating = strtof(third + 1, NULL);
        snprintf(third + 1, 32, "%g", (double)rating);
        sum += hash_line(line);
    }
    if (file != NULL)
        fclose(file);
    return sum;
}

static uint64_t sum_store(const rec_ratings *r, bool by_item)
{
    uint64_t sum = 0;
    const int64_t *start = by_item ? r->item_start : r->user_start;
    const int32_t *others = by_item ? r->item_users : r->user_items;
    const float *ratings = by_item ? r->item_ratings : r->user_ratings;
    for (int32_t row = 0; row < (by_item ? r->n_items : r->n_users); row++)
        for (int64_t i = start[row]; i < start[row + 1]; i++) {
            char line[512], user[200], item[200];
            stop_on(rec_ids_text(r->users, by_item ? others[i] : row, user, sizeof user, NULL));
            stop_on(rec_ids_text(r->items, by_item ? row : others[i], item, sizeof item, NULL));
            snprintf(line, sizeof line, "%s,%s,%g", user, item, (double)ratings[i]);
            sum += hash_line(line);
        }
    return sum;
}

static void check(const rec_ratings *ratings)
{
    uint64_t wanted = sum_file();
    if (sum_store(ratings, false) == wanted && sum_store(ratings, true) == wanted)
        return;
    fprintf(stderr, "ingest: the store does not hold the lines of %s\n", path);
    exit(1);
}

static void keep_least(double *least, double value)
{
    *least = *least == 0 || value < *least ? value : *least;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: ingest FILE [THREADS [ROUNDS]]\n");
        return 2;
    }
    path = argv[1];
    threads = argc > 2 ? atoi(argv[2]) : 2;
    threads = threads < 1 ? 1 : threads > REC_THREADS_MOST ? REC_THREADS_MOST : threads;
    int rounds = argc > 3 ? atoi(argv[3]) : 5;
    double peak = measure_peak(), megabytes = 0, scan = 0, bytes = 0;
    struct times best = {0};
    for (int i = 0; i < rounds; i++) {
        struct times times;
        keep_least(&scan, time_scan(&megabytes));
        rec_ratings *ratings = read_once(&times);
        keep_least(&best.parse, times.parse);
        keep_least(&best.all, times.all);
        bytes = store_bytes(ratings);
        if (i == 0)
            check(ratings);
        rec_ratings_free(ratings);
    }
    printf("%s: %.0f MB, %d threads, best of %d rounds\n", path, megabytes, threads, rounds);
    printf("%-34s %7.3f s %7.0f MB/s\n", "scan for newlines (the bound)", scan, megabytes / scan);
    printf("%-34s %7.3f s %7.0f MB/s  %.2f of the bound's speed\n", "parsed, ids mapped", best.parse,
           megabytes / best.parse, scan / best.parse);
    printf("%-34s %7.3f s %7.0f MB/s  %.2f of the bound's speed\n", "and both orders built", best.all,
           megabytes / best.all, scan / best.all);
    printf("%-34s %7.0f MB, %.2f of the store's %.0f MB\n", "peak memory", peak / 1e6, peak / bytes,
           bytes / 1e6);
    return 0;
}
