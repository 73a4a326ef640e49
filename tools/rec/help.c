/* SPDX-License-Identifier: Apache-2.0 */
/* Usage lines and help pages, written from the tables. */
#include "args.h"

#include <stdio.h>
#include <string.h>

static void print_synopsis(FILE *file, const struct command *command)
{
    fprintf(file, "rec %s", command->name);
    if (*command->arguments)
        fprintf(file, " %s", command->arguments);
    for (int id = 0; id < OPT_COUNT; id++) {
        const struct option *option = &option_table[id];
        if (!(command->needs & TAKES(id)))
            continue;
        fputs(option->letter ? " -" : " --", file);
        if (option->letter)
            fputc(option->letter, file);
        else
            fputs(option->name, file);
        fprintf(file, " %s", option->value);
    }
    fputs(" [options]", file);
}

void print_usage_line(const struct command *command)
{
    fputs("usage: ", stderr);
    if (command) {
        print_synopsis(stderr, command);
        fprintf(stderr, " (rec %s --help lists them)\n", command->name);
    } else {
        fputs("rec COMMAND [arguments] [options] (rec --help lists the commands)\n", stderr);
    }
}

void print_program_help(void)
{
    puts("rec: learn from ratings, recommend, evaluate.\n\nusage: rec COMMAND [arguments] [options]\n");
    for (int i = 0; i < command_count; i++)
        printf("  %-15s %s\n", command_table[i].name, command_table[i].summary);
    puts("\nrec COMMAND --help describes a command and its options; rec --version tells the version.");
    puts("Options stand anywhere; -- ends them. Exit status: 0 success, 1 failed, 2 wrong usage.");
}

static void print_option(int id, int needed)
{
    const struct option *option = &option_table[id];
    char left[64];
    snprintf(left, sizeof left, "%s%.1s%s--%s%s%s", option->letter ? "-" : "",
             option->letter ? &option->letter : "", option->letter ? ", " : "    ", option->name,
             option->value ? " " : "", option->value ? option->value : "");
    printf("  %-32s %s%s\n", left, option->help, needed ? " (needed)" : "");
    if (option->kind == KIND_CHOICE) {
        printf("  %-32s ", "");
        for (const char *c = option->choices; *c; c++)
            fputs(*c == '|' ? ", " : (char[]){*c, '\0'}, stdout);
        putchar('\n');
    }
}

void print_command_help(const struct command *command)
{
    printf("%s\n\nusage: ", command->summary);
    print_synopsis(stdout, command);
    printf("\n\n%s\n\noptions:\n", command->details);
    for (int id = 0; id < OPT_COUNT; id++)
        if ((command->needs | command->takes) & TAKES(id))
            print_option(id, (command->needs & TAKES(id)) != 0);
}
