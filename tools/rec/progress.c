/* SPDX-License-Identifier: Apache-2.0 */
/* The progress line and the interrupt. */
#include "progress.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "text.h"

enum { BAR_WIDTH = 24, LINE_MOST = 256 };

static volatile sig_atomic_t interrupted;

static void note_interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

static int terminal_width(void)
{
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

static int append(char *line, int at, const char *what, double number)
{
    if (!isfinite(number))
        return at;
    return at + snprintf(line + at, (size_t)(LINE_MOST - at), "  %s %.4f", what, number);
}

static void draw(const struct progress *progress, const rec_progress *step, double elapsed)
{
    char line[LINE_MOST], bar[BAR_WIDTH + 1], past[32], left[32];
    double share = step->steps > 0 ? (double)step->step / (double)step->steps : 0.0;
    int full = (int)(share * BAR_WIDTH), width = terminal_width();
    memset(bar, '-', BAR_WIDTH);
    memset(bar, '#', (size_t)(full > BAR_WIDTH ? BAR_WIDTH : full));
    bar[BAR_WIDTH] = '\0';
    int at = snprintf(line, sizeof line, "%.60s %.20s [%s] %" PRId64 "/%" PRId64, progress->label,
                      step->stage, bar, step->step, step->steps);
    at = append(line, at, "loss", step->loss);
    at = append(line, at, "valid", step->validation);
    at += snprintf(line + at, (size_t)(LINE_MOST - at), "  %s", duration(past, elapsed));
    if (share > 0.0 && share < 1.0)
        snprintf(line + at, (size_t)(LINE_MOST - at), ", %s left",
                 duration(left, elapsed * (1.0 - share) / share));
    fprintf(stderr, "\r\033[K%.*s", width - 1, line);
}

static int watch(void *context, const rec_progress *step)
{
    struct progress *progress = context;
    double now = seconds_now();
    if (step->step < progress->last_step) /* the next fold begins */
        progress->begun = now;
    progress->last_step = step->step;
    if (progress->shown && now - progress->drawn > 0.05) {
        draw(progress, step, now - progress->begun);
        progress->drawn = now;
    }
    return interrupted;
}

void progress_begin(struct progress *progress, rec_model *model, const struct args *args, const char *label)
{
    /* One interrupt cancels; the handler then takes itself away, so that a second one kills as ever. */
    struct sigaction cancel = {.sa_handler = note_interrupt, .sa_flags = (int)SA_RESETHAND}, before;
    *progress = (struct progress){.label = label, .begun = seconds_now()};
    progress->shown = isatty(STDERR_FILENO) && !args_count(args, OPT_JSON) && !args_count(args, OPT_QUIET);
    rec_model_set_progress(model, watch, progress);
    /* A shell that runs the command in the background has interrupts ignored: keep it so. */
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGINT, &cancel, NULL);
}

void progress_end(struct progress *progress, rec_model *model)
{
    struct sigaction before;
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler == note_interrupt)
        signal(SIGINT, SIG_DFL);
    rec_model_set_progress(model, NULL, NULL);
    if (progress->drawn > 0.0)
        fputs("\r\033[K", stderr);
}

rec_status fit_watched(rec_model *model, const rec_ratings *ratings, const struct args *args,
                       const char *label, double *seconds)
{
    struct progress progress;
    double begun = seconds_now();
    progress_begin(&progress, model, args, label);
    rec_status status = rec_fit(model, ratings);
    progress_end(&progress, model);
    *seconds = seconds_now() - begun;
    return status;
}
