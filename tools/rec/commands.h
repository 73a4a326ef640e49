/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands do: each returns the exit status. tables.c says which arguments and options they take. */
#ifndef REC_TOOL_COMMANDS_H
#define REC_TOOL_COMMANDS_H

struct args;

int run_algorithms(const struct args *args);
int run_add(const struct args *args);
int run_update(const struct args *args);
int run_fit(const struct args *args);
int run_plan(const struct args *args);
int run_topk(const struct args *args);
int run_interview(const struct args *args);
int run_predict(const struct args *args);
int run_similar(const struct args *args);
int run_explain(const struct args *args);
int run_evaluate(const struct args *args);
int run_cross_validate(const struct args *args);
int run_blend(const struct args *args);
int run_compare(const struct args *args);
int run_tune(const struct args *args);
int run_info(const struct args *args);
int run_verify(const struct args *args);
int run_convert(const struct args *args);

#endif
