/* SPDX-License-Identifier: Apache-2.0 */
/* Parses a command line against the tables. */
#include "args.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "text.h"

/* Where the parser stands in argv. */
struct cursor {
    int argc, at;
    char **argv;
};

int fail_usage(const struct command *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fputs("rec: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    print_usage_line(command);
    return EXIT_USAGE;
}

static int takes(const struct command *command, int id)
{
    return ((command->needs | command->takes) & TAKES(id)) != 0;
}

/* "--k" or "-k", whichever is the name people know. */
static const char *spelled(char buffer[40], int id)
{
    const struct option *option = &option_table[id];
    if (option->letter)
        snprintf(buffer, 40, "-%c", option->letter);
    else
        snprintf(buffer, 40, "--%s", option->name);
    return buffer;
}

static int fail_unknown_option(const struct command *command, const char *name)
{
    struct nearest nearest = {.word = name};
    int elsewhere = 0;
    for (int id = 0; id < OPT_COUNT; id++) {
        if (takes(command, id))
            nearest_consider(&nearest, option_table[id].name);
        else
            elsewhere |= strcmp(option_table[id].name, name) == 0;
    }
    const char *hint = nearest.best;
    if (elsewhere)
        return fail_usage(command, "rec %s takes no option --%s", command->name, name);
    return fail_usage(command, "unknown option --%s%s%s%s", name, hint ? "; did you mean --" : "",
                      hint ? hint : "", hint ? "?" : "");
}

static int position_among(const char *choices, const char *word)
{
    size_t length = strlen(word);
    int position = 0;
    for (const char *at = choices; *at; position++) {
        size_t n = strcspn(at, "|");
        if (n == length && strncmp(at, word, n) == 0)
            return position;
        at += n + (at[n] == '|');
    }
    return -1;
}

static int check_value(const struct args *args, int id, const char *value)
{
    const struct option *option = &option_table[id];
    char name[40], *end;
    errno = 0;
    if (option->kind == KIND_CHOICE && position_among(option->choices, value) < 0)
        return fail_usage(args->command, "%s is \"%s\"; expected one of %s", spelled(name, id), value,
                          option->choices);
    if (option->kind != KIND_WHOLE)
        return 0;
    long long number = strtoll(value, &end, 10);
    if (end == value || *end || errno || number < option->least || number > option->greatest)
        return fail_usage(args->command, "%s is \"%s\"; expected a whole number from %" PRId64 " to %" PRId64,
                          spelled(name, id), value, option->least, option->greatest);
    return 0;
}

static int add_option(struct args *args, int id, const char *value)
{
    char name[40];
    if (!option_table[id].repeats && args_count(args, (enum option_id)id))
        return fail_usage(args->command, "%s is given twice", spelled(name, id));
    args->given[args->n_given++] = (struct given){(enum option_id)id, value};
    return value ? check_value(args, id, value) : 0;
}

/* `attached` is the value in the same word ("--name=value", "-k5"), or NULL. */
static int take_option(struct args *args, struct cursor *cursor, int id, const char *attached)
{
    char name[40];
    if (option_table[id].kind == KIND_FLAG) {
        if (attached)
            return fail_usage(args->command, "%s takes no value", spelled(name, id));
        return add_option(args, id, NULL);
    }
    if (!attached && cursor->at + 1 >= cursor->argc)
        return fail_usage(args->command, "%s needs a value: %s", spelled(name, id), option_table[id].value);
    return add_option(args, id, attached ? attached : cursor->argv[++cursor->at]);
}

static int parse_long(struct args *args, struct cursor *cursor, const char *word)
{
    size_t length = strcspn(word, "=");
    const char *attached = word[length] ? word + length + 1 : NULL;
    for (int id = 0; id < OPT_COUNT; id++) {
        const char *name = option_table[id].name;
        if (takes(args->command, id) && strlen(name) == length && strncmp(name, word, length) == 0)
            return take_option(args, cursor, id, attached);
    }
    char *name = copy_text(word, length);
    int status = fail_unknown_option(args->command, name);
    free(name);
    return status;
}

static int parse_short(struct args *args, struct cursor *cursor, const char *word)
{
    for (int id = 0; id < OPT_COUNT; id++)
        if (takes(args->command, id) && option_table[id].letter == *word)
            return take_option(args, cursor, id, !word[1] ? NULL : word + 1 + (word[1] == '='));
    return fail_usage(args->command, "unknown option -%c", *word);
}

static int parse_words(struct args *args, struct cursor *cursor)
{
    int only_words = 0, status = 0;
    for (; cursor->at < cursor->argc && !status; cursor->at++) {
        const char *word = cursor->argv[cursor->at];
        if (only_words || word[0] != '-' || !word[1])
            args->words[args->n_words++] = word;
        else if (strcmp(word, "--") == 0)
            only_words = 1;
        else if (word[1] == '-')
            status = parse_long(args, cursor, word + 2);
        else
            status = parse_short(args, cursor, word + 1);
    }
    return status;
}

/* The n-th word of "MODEL USER ITEM", without brackets or dots. */
static const char *argument_name(char buffer[40], const char *arguments, int n)
{
    while (n-- > 0)
        arguments += strcspn(arguments, " ") + 1;
    size_t length = strcspn(arguments, " .");
    snprintf(buffer, 40, "%.*s", (int)length, arguments);
    return buffer;
}

static int check_complete(const struct args *args)
{
    const struct command *command = args->command;
    char name[40];
    if (args->n_words < command->least)
        return fail_usage(command, "%s is missing", argument_name(name, command->arguments, args->n_words));
    if (args->n_words > command->greatest)
        return fail_usage(command, "\"%s\" is one argument too many", args->words[command->greatest]);
    for (int id = 0; id < OPT_COUNT; id++)
        if ((command->needs & TAKES(id)) && !args_count(args, (enum option_id)id))
            return fail_usage(command, "%s %s is missing", spelled(name, id), option_table[id].value);
    return 0;
}

int args_parse(struct args *args, const struct command *command, int argc, char **argv)
{
    struct cursor cursor = {argc, 0, argv};
    args->command = command;
    args->words = allocate((size_t)argc, sizeof *args->words);
    args->given = allocate((size_t)argc, sizeof *args->given);
    int status = parse_words(args, &cursor);
    if (!status && !args_count(args, OPT_HELP))
        status = check_complete(args);
    return status;
}

void args_free(struct args *args)
{
    free(args->words);
    free(args->given);
}

int args_count(const struct args *args, enum option_id id)
{
    int count = 0;
    for (int i = 0; i < args->n_given; i++)
        count += args->given[i].id == id;
    return count;
}

const char *args_text_at(const struct args *args, enum option_id id, int index)
{
    for (int i = 0; i < args->n_given; i++)
        if (args->given[i].id == id && index-- == 0)
            return args->given[i].value;
    return NULL;
}

const char *args_text(const struct args *args, enum option_id id)
{
    return args_text_at(args, id, 0);
}

const char **args_collect(const struct args *args, enum option_id id)
{
    int n = args_count(args, id);
    const char **values = allocate((size_t)n, sizeof *values);
    for (int i = 0; i < n; i++)
        values[i] = args_text_at(args, id, i);
    return values;
}

int64_t args_whole(const struct args *args, enum option_id id, int64_t initial)
{
    const char *text = args_text(args, id);
    return text ? strtoll(text, NULL, 10) : initial;
}

int args_choice(const struct args *args, enum option_id id)
{
    const char *text = args_text(args, id);
    return text ? position_among(option_table[id].choices, text) : 0;
}
