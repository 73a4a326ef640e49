/* SPDX-License-Identifier: Apache-2.0 */
/* The rec command: finds the command in the table, parses what follows, runs it. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <librec/librec.h>

#include "args.h"
#include "report.h"
#include "text.h"

static const struct command *find_command(const char *name)
{
    for (int i = 0; i < command_count; i++)
        if (strcmp(command_table[i].name, name) == 0)
            return &command_table[i];
    return NULL;
}

static int fail_unknown_command(const char *name)
{
    struct nearest nearest = {.word = name};
    for (int i = 0; i < command_count; i++)
        nearest_consider(&nearest, command_table[i].name);
    const char *hint = nearest.best;
    return fail_usage(NULL, "unknown %s \"%s\"%s%s%s", *name == '-' ? "option" : "command", name,
                      hint ? "; did you mean " : "", hint ? hint : "", hint ? "?" : "");
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct args args = {0};
    int status = args_parse(&args, command, argc, argv);
    if (!status && args_count(&args, OPT_HELP))
        print_command_help(command);
    else if (!status)
        status = command->run(&args);
    args_free(&args);
    return status;
}

static int print_version(void)
{
    printf("rec %s (%s kernels, %d threads)\n", rec_version(), rec_host_kernels(), (int)rec_host_threads());
    return 0;
}

static int dispatch(int argc, char **argv)
{
    if (argc < 2)
        return fail_usage(NULL, "a command is missing");
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_program_help();
        return 0;
    }
    const struct command *command = find_command(argv[1]);
    return command ? run_command(command, argc - 2, argv + 2) : fail_unknown_command(argv[1]);
}

int main(int argc, char **argv)
{
    hold_standard_files();
    /* A reader that goes away must not keep `rec tune -o FILE` from writing its file. */
    signal(SIGPIPE, SIG_IGN);
    return finish_output(dispatch(argc, argv));
}
