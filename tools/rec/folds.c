/* SPDX-License-Identifier: Apache-2.0 */
/* The options --split, --folds and --repeats. */
#include "folds.h"

int32_t folds_kind(const struct args *args)
{
    static const int32_t kinds[] = {REC_FOLDS_SHUFFLED, REC_FOLDS_ONE, REC_FOLDS_LAST, REC_FOLDS_TIME};
    return kinds[args_choice(args, OPT_SPLIT)];
}

int folds_check(const struct args *args, int32_t kind)
{
    if ((kind == REC_FOLDS_ONE || kind == REC_FOLDS_LAST) && args_count(args, OPT_FOLDS))
        return fail_usage(args->command, "--folds goes with --split shuffled or time, not %s",
                          args_text(args, OPT_SPLIT));
    if ((kind == REC_FOLDS_LAST || kind == REC_FOLDS_TIME) && args_count(args, OPT_REPEATS))
        return fail_usage(args->command, "--repeats goes with --split shuffled or leave-one-out, not %s",
                          args_text(args, OPT_SPLIT));
    return args_whole(args, OPT_FOLDS, 5) == 1 && kind == REC_FOLDS_SHUFFLED
               ? fail_usage(args->command, "--folds is 1; shuffled folds are at least 2")
               : 0;
}

int folds_refuse(const struct args *args, const char *given)
{
    static const enum option_id divides[] = {OPT_SPLIT, OPT_FOLDS, OPT_REPEATS, OPT_HOLDOUT};
    for (int i = 0; i < 4; i++)
        if (args_count(args, divides[i]))
            return fail_usage(args->command, "--%s is for ratings to be divided; %s",
                              option_table[divides[i]].name, given);
    if (args->n_words > 1)
        return fail_usage(args->command, "\"%s\" is to be divided, but %s", args->words[1], given);
    return 0;
}

void folds_read(rec_folds *plan, const struct args *args)
{
    plan->folds = (int32_t)args_whole(args, OPT_FOLDS, 0);
    plan->repeats = (int32_t)args_whole(args, OPT_REPEATS, 0);
}
