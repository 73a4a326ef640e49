/* SPDX-License-Identifier: Apache-2.0 */
/* The chart of the loss: two curves labelled where they end, round ticks, the best epoch marked. */
#include "plot.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "report.h"
#include "text.h"

enum { WIDTH = 880, HEIGHT = 500, LEFT = 72, RIGHT = 740, TOP = 100, BOTTOM = 436, DOTS_MOST = 12 };

static const char ink[] = "#1f2328", soft_ink[] = "#656d76", grid[] = "#e6e8eb", axis[] = "#8c959f";
/* Blue and vermilion of Okabe and Ito: told apart in every common kind of colour blindness. */
static const char training_colour[] = "#0072b2", validation_colour[] = "#d55e00";

struct canvas {
    FILE *file;
    const struct plot *plot;
    double least, greatest, step; /* of the vertical axis: multiples of the step */
    int64_t x_step;
};

static double round_step(double range, double most)
{
    double step = pow(10.0, floor(log10(range / most)));
    double parts = range / most / step;
    return step * (parts <= 1.0 ? 1.0 : parts <= 2.0 ? 2.0 : parts <= 5.0 ? 5.0 : 10.0);
}

static void widen(struct canvas *canvas, const double *losses)
{
    for (int64_t i = 0; losses && i < canvas->plot->n; i++) {
        canvas->least = fmin(canvas->least, losses[i]);
        canvas->greatest = fmax(canvas->greatest, losses[i]);
    }
}

static void set_axes(struct canvas *canvas)
{
    canvas->least = INFINITY;
    canvas->greatest = -INFINITY;
    widen(canvas, canvas->plot->training);
    widen(canvas, canvas->plot->validation);
    double range = canvas->greatest - canvas->least;
    if (range <= 1e-9 * fabs(canvas->greatest)) { /* a flat curve runs through the middle */
        range = fmax(1e-6, 0.1 * fabs(canvas->greatest));
        canvas->least -= range / 2.0;
        canvas->greatest += range / 2.0;
    }
    canvas->step = round_step(range, 6.0);
    canvas->least = canvas->step * floor(canvas->least / canvas->step);
    canvas->greatest = canvas->step * ceil(canvas->greatest / canvas->step);
    if (canvas->greatest <= canvas->least)
        canvas->greatest = canvas->least + canvas->step;
    double epochs = (double)canvas->plot->n;
    canvas->x_step = (int64_t)fmax(1.0, round_step(epochs, 10.0));
}

static double x_of(const struct canvas *canvas, int64_t epoch)
{
    if (canvas->plot->n == 1)
        return (LEFT + RIGHT) / 2.0;
    return LEFT + (double)(epoch - 1) / (double)(canvas->plot->n - 1) * (RIGHT - LEFT);
}

static double y_of(const struct canvas *canvas, double loss)
{
    return BOTTOM - (loss - canvas->least) / (canvas->greatest - canvas->least) * (BOTTOM - TOP);
}

static void write_escaped(FILE *file, const char *text)
{
    const char *end = text + strlen(text);
    while (text < end) {
        size_t n = utf8_length(text, end);
        if (*text == '&')
            fputs("&amp;", file);
        else if (*text == '<')
            fputs("&lt;", file);
        else if (n == 1 && (unsigned char)*text < 0x20)
            fputc(' ', file);
        else if (n > 0)
            fwrite(text, 1, n, file);
        else
            fputs("\xEF\xBF\xBD", file);
        text += n ? n : 1;
    }
}

static void write_text(FILE *file, double x, double y, const char *attributes, const char *text)
{
    fprintf(file, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
    write_escaped(file, text);
    fputs("</text>\n", file);
}

static void draw_frame(const struct canvas *canvas)
{
    FILE *file = canvas->file;
    char attributes[96];
    fprintf(file,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" "
            "font-family=\"Helvetica Neue, Helvetica, Arial, Liberation Sans, DejaVu Sans, sans-serif\" "
            "font-size=\"13\">\n<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n",
            WIDTH, HEIGHT, WIDTH, HEIGHT, WIDTH, HEIGHT);
    snprintf(attributes, sizeof attributes, "font-size=\"20\" font-weight=\"bold\" fill=\"%s\"", ink);
    write_text(file, 24, 38, attributes, canvas->plot->title);
    snprintf(attributes, sizeof attributes, "fill=\"%s\"", soft_ink);
    write_text(file, 24, 60, attributes, canvas->plot->subtitle);
    write_text(file, 24, TOP - 14, attributes, canvas->plot->loss);
    snprintf(attributes, sizeof attributes, "fill=\"%s\" text-anchor=\"middle\"", soft_ink);
    write_text(file, (LEFT + RIGHT) / 2.0, BOTTOM + 46, attributes, "epoch");
}

static void draw_y_ticks(const struct canvas *canvas)
{
    int decimals = (int)fmax(0.0, -floor(log10(canvas->step) + 1e-9));
    int64_t ticks = (int64_t)((canvas->greatest - canvas->least) / canvas->step + 0.5);
    for (int64_t t = 0; t <= ticks; t++) {
        double loss = canvas->least + (double)t * canvas->step, y = y_of(canvas, loss);
        fprintf(canvas->file,
                "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"%s\"/>\n"
                "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\" fill=\"%s\">%.*f</text>\n",
                LEFT, y, RIGHT, y, t ? grid : axis, LEFT - 10, y + 4.5, soft_ink, decimals, loss);
    }
}

static void draw_x_tick(const struct canvas *canvas, int64_t epoch)
{
    double x = x_of(canvas, epoch);
    fprintf(canvas->file,
            "<line x1=\"%.1f\" y1=\"%d\" x2=\"%.1f\" y2=\"%d\" stroke=\"%s\"/>\n"
            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"%s\">%" PRId64 "</text>\n",
            x, BOTTOM, x, BOTTOM + 5, axis, x, BOTTOM + 22, soft_ink, epoch);
}

static void draw_x_ticks(const struct canvas *canvas)
{
    int64_t step = canvas->x_step;
    if (step > 1)
        draw_x_tick(canvas, 1);
    for (int64_t epoch = step; epoch <= canvas->plot->n; epoch += step)
        draw_x_tick(canvas, epoch);
}

static void draw_curve(const struct canvas *canvas, const double *losses, const char *name,
                       const char *colour)
{
    int64_t n = canvas->plot->n;
    FILE *file = canvas->file;
    fprintf(file,
            "<polyline class=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2.5\" "
            "stroke-linejoin=\"round\" stroke-linecap=\"round\" points=\"",
            name, colour);
    for (int64_t i = 0; i < n; i++)
        fprintf(file, "%s%.2f,%.2f", i ? " " : "", x_of(canvas, i + 1), y_of(canvas, losses[i]));
    fputs("\"/>\n", file);
    for (int64_t i = 0; i < n && n <= DOTS_MOST; i++)
        fprintf(file, "<circle cx=\"%.2f\" cy=\"%.2f\" r=\"3\" fill=\"%s\"/>\n", x_of(canvas, i + 1),
                y_of(canvas, losses[i]), colour);
}

static void draw_end_label(const struct canvas *canvas, double y, const char *name, const char *colour,
                           double loss)
{
    fprintf(canvas->file,
            "<text x=\"%d\" y=\"%.1f\" fill=\"%s\" font-weight=\"bold\">%s</text>\n"
            "<text x=\"%d\" y=\"%.1f\" fill=\"%s\">%.4f</text>\n",
            RIGHT + 14, y - 2.0, colour, name, RIGHT + 14, y + 14.0, colour, loss);
}

/* Two lines of text a curve: labels of curves that end close together are moved apart. */
static void draw_end_labels(const struct canvas *canvas)
{
    const struct plot *plot = canvas->plot;
    const double apart = 38.0;
    double a = plot->training ? y_of(canvas, plot->training[plot->n - 1]) : 0.0;
    double b = plot->validation ? y_of(canvas, plot->validation[plot->n - 1]) : 0.0;
    if (plot->training && plot->validation && fabs(a - b) < apart) {
        double middle = fmin(fmax((a + b) / 2.0, TOP + apart / 2.0), BOTTOM - apart / 2.0);
        double sign = a < b ? -1.0 : 1.0;
        a = middle + sign * apart / 2.0;
        b = middle - sign * apart / 2.0;
    }
    if (plot->training)
        draw_end_label(canvas, a, "training", training_colour, plot->training[plot->n - 1]);
    if (plot->validation)
        draw_end_label(canvas, b, "validation", validation_colour, plot->validation[plot->n - 1]);
}

static void draw_least(const struct canvas *canvas)
{
    const struct plot *plot = canvas->plot;
    int64_t best = 0;
    for (int64_t i = 1; i < plot->n; i++)
        if (plot->validation[i] < plot->validation[best])
            best = i;
    double x = x_of(canvas, best + 1), y = y_of(canvas, plot->validation[best]);
    double below = plot->training ? y_of(canvas, plot->training[best]) - y : BOTTOM - y;
    double text_y = below > 44.0 && y + 30.0 < BOTTOM ? y + 24.0 : y - 14.0;
    double text_x = fmin(fmax(x, LEFT + 96.0), RIGHT - 96.0);
    fprintf(canvas->file,
            "<circle class=\"least\" cx=\"%.2f\" cy=\"%.2f\" r=\"5.5\" fill=\"#ffffff\" stroke=\"%s\" "
            "stroke-width=\"2.5\"/>\n"
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"%s\" stroke=\"#ffffff\" "
            "stroke-width=\"4\" paint-order=\"stroke\">lowest: %.4f at epoch %" PRId64 "</text>\n",
            x, y, validation_colour, text_x, text_y, validation_colour, plot->validation[best], best + 1);
}

int plot_write(const struct plot *plot, const char *path)
{
    struct canvas canvas = {.plot = plot, .file = open_output(path)};
    if (!canvas.file)
        return EXIT_FAILED;
    set_axes(&canvas);
    draw_frame(&canvas);
    draw_y_ticks(&canvas);
    draw_x_ticks(&canvas);
    if (plot->training)
        draw_curve(&canvas, plot->training, "training", training_colour);
    if (plot->validation)
        draw_curve(&canvas, plot->validation, "validation", validation_colour);
    draw_end_labels(&canvas);
    if (plot->validation)
        draw_least(&canvas);
    fputs("</svg>\n", canvas.file);
    return close_output(canvas.file, path);
}
