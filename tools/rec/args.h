/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and options as tables, and a command line parsed against them. The tables are in tables.c. */
#ifndef REC_TOOL_ARGS_H
#define REC_TOOL_ARGS_H

#include <stdint.h>

enum option_id {
    OPT_MODEL_OUT,
    OPT_BEST_OUT,
    OPT_PARAMETER,
    OPT_PARAMETER_A,
    OPT_PARAMETER_B,
    OPT_TRAIN,
    OPT_TEST,
    OPT_TESTS,
    OPT_WATCH,
    OPT_VALID,
    OPT_GRID,
    OPT_RANGE,
    OPT_METHOD,
    OPT_POINTS,
    OPT_FACTOR,
    OPT_RESOURCE,
    OPT_PATH,
    OPT_HOLDOUT,
    OPT_AT_ONCE,
    OPT_METRIC,
    OPT_BLEND_WEIGHTS,
    OPT_BLEND_BY,
    OPT_METRICS,
    OPT_FOLD_IN,
    OPT_NEGATIVES,
    OPT_STRATA,
    OPT_FOLDS,
    OPT_REPEATS,
    OPT_SPLIT,
    OPT_UNIT,
    OPT_RESAMPLES,
    OPT_CONFIDENCE,
    OPT_LOSS_CSV,
    OPT_PLOT,
    OPT_WITHOUT_RATINGS,
    OPT_K,
    OPT_HISTORY,
    OPT_ATTRIBUTES,
    OPT_WITH_SEEN,
    OPT_TIME,
    OPT_ONLY,
    OPT_EXCEPT,
    OPT_NAMES,
    OPT_QUESTIONS,
    OPT_STRATEGY,
    OPT_USERS,
    OPT_LIKE_TEXT,
    OPT_ITEMS,
    OPT_TO,
    OPT_FEATURES,
    OPT_IDS,
    OPT_ARRAY,
    OPT_ITEM_FEATURES,
    OPT_ITEM_TEXT,
    OPT_TEXT_COLUMNS,
    OPT_TEXT_PARAMETER,
    OPT_USER_FEATURES,
    OPT_IMPLICIT,
    OPT_WEIGHTS,
    OPT_CONTEXT,
    OPT_CONTEXT_NOW,
    OPT_WHERE,
    OPT_REWEIGH,
    OPT_IN_CONTEXT,
    OPT_EVENTS,
    OPT_START,
    OPT_FORMAT,
    OPT_DUPLICATES,
    OPT_SEED,
    OPT_THREADS,
    OPT_QUIET,
    OPT_JSON,
    OPT_HELP,
    OPT_COUNT
};

enum option_kind { KIND_FLAG, KIND_TEXT, KIND_WHOLE, KIND_CHOICE };

struct option {
    const char *name;
    char letter;       /* short form, or 0 */
    const char *value; /* what --help calls the value; NULL for a flag */
    enum option_kind kind;
    int repeats;      /* may be given more than once */
    int64_t greatest; /* of a whole number; the least is `least` */
    int64_t least;
    const char *choices; /* of a choice: "a|b|c" */
    const char *help;    /* one line */
};

/** A set of options. There are more than 64. */
__extension__ typedef unsigned __int128 option_set;

#define TAKES(id) ((option_set)1 << (id))

/* What an algorithm is made ready to fit with. */
#define SETTING                                                                                              \
    (TAKES(OPT_PARAMETER) | TAKES(OPT_ITEM_FEATURES) | TAKES(OPT_ITEM_TEXT) | TAKES(OPT_TEXT_COLUMNS) |      \
     TAKES(OPT_TEXT_PARAMETER) | TAKES(OPT_USER_FEATURES) | TAKES(OPT_IMPLICIT) | TAKES(OPT_WEIGHTS) |       \
     TAKES(OPT_START) | TAKES(OPT_SEED))

struct args;

struct command {
    const char *name;
    const char *arguments; /* as in the usage line: words; one that ends in "..." may repeat */
    int least, greatest;   /* how many arguments */
    option_set needs;      /* options that must be given */
    option_set takes;      /* options that may be given */
    const char *summary;   /* one line */
    const char *details;   /* what --help says besides: paragraphs, an example */
    int (*run)(const struct args *args);
};

extern const struct option option_table[OPT_COUNT];
extern const struct command command_table[];
extern const int command_count;

struct given {
    enum option_id id;
    const char *value;
};

/** A parsed command line: views of argv. */
struct args {
    const struct command *command;
    const char **words; /* the arguments that are not options */
    int n_words;
    struct given *given; /* the options in the order given */
    int n_given;
};

/** Parse what follows the command's name. Returns 0 or EXIT_USAGE after reporting. Free with args_free. */
int args_parse(struct args *args, const struct command *command, int argc, char **argv);
void args_free(struct args *args);

/** How often an option was given, its value (NULL when absent), the i-th of its values. */
int args_count(const struct args *args, enum option_id id);
const char *args_text(const struct args *args, enum option_id id);
const char *args_text_at(const struct args *args, enum option_id id, int index);
/** All values of an option, in order: free the array. */
const char **args_collect(const struct args *args, enum option_id id);
/** A whole number, checked when it was parsed; `initial` when absent. */
int64_t args_whole(const struct args *args, enum option_id id, int64_t initial);
/** The position of a choice's value among its words; 0 when absent. */
int args_choice(const struct args *args, enum option_id id);

/** Print the sentence and the command's usage line on standard error. Returns EXIT_USAGE. */
int fail_usage(const struct command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* help.c: written from the tables. */
void print_usage_line(const struct command *command); /* standard error; NULL: of the program */
void print_program_help(void);
void print_command_help(const struct command *command);

#endif
