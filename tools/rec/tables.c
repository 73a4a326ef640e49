/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options and the table of commands: the parser and the help pages read nothing else. */
#include <limits.h>

#include "args.h"
#include "commands.h"
#include "terms.h"

#define FORMATS "csv|lists|counted-lists|mtx"

const struct option option_table[OPT_COUNT] = {
    [OPT_MODEL_OUT] = {"output", 'o', "MODEL", .kind = KIND_TEXT, .help = "write the fitted model here"},
    [OPT_BEST_OUT] = {"output", 'o', "FILE", .kind = KIND_TEXT,
                      .help = "write the best parameters here, for -p @FILE"},
    [OPT_PARAMETER] = {"param", 'p', "NAME=VALUE", .kind = KIND_TEXT, .repeats = 1,
                       .help = "set a parameter; @FILE reads one NAME=VALUE a line"},
    [OPT_PARAMETER_A] = {"param-a", 0, "NAME=VALUE", .kind = KIND_TEXT, .repeats = 1,
                         .help = "as -p, for A alone"},
    [OPT_PARAMETER_B] = {"param-b", 0, "NAME=VALUE", .kind = KIND_TEXT, .repeats = 1,
                         .help = "as -p, for B alone"},
    [OPT_TRAIN] = {"train", 0, "FILE", .kind = KIND_TEXT, .repeats = 1,
                   .help = "ratings to learn from; several are read as one set"},
    [OPT_TEST] = {"test", 0, "FILE", .kind = KIND_TEXT, .help = "ratings to measure on"},
    [OPT_TESTS] = {"test", 0, "FILE", .kind = KIND_TEXT, .repeats = 1,
                   .help = "ratings to measure on: a fold with the --train in the same place"},
    [OPT_WATCH] = {"valid", 0, "FILE", .kind = KIND_TEXT,
                   .help = "ratings to watch the loss on, and to stop early by"},
    [OPT_VALID] = {"valid", 0, "FILE", .kind = KIND_TEXT,
                   .help = "ratings to measure on, after learning from --train"},
    [OPT_GRID] = {"grid", 0, "NAME=A,B,...", .kind = KIND_TEXT, .repeats = 1,
                  .help = "values to try; several grids are combined"},
    [OPT_RANGE] = {"range", 0, "NAME=LOW..HIGH[:log]", .kind = KIND_TEXT, .repeats = 1,
                   .help = "draw from this range, evenly or evenly in the logarithm"},
    [OPT_METHOD] = {"method", 0, "METHOD", .kind = KIND_CHOICE, .choices = "grid|random|halving",
                    .help = "how to search (grid; random with a --range):"},
    [OPT_POINTS] = {"points", 0, "N", .kind = KIND_WHOLE, .least = 1, .greatest = 100000,
                    .help = "how many are drawn (27)"},
    [OPT_FACTOR] = {"factor", 0, "N", .kind = KIND_WHOLE, .least = 2, .greatest = 1000,
                    .help = "halving: one in N goes on, at N times the resource (3)"},
    [OPT_RESOURCE] = {"resource", 0, "NAME", .kind = KIND_TEXT,
                      .help = "halving: the parameter that early rounds have less of (epochs)"},
    [OPT_PATH] = {"path", 0, "NAME", .kind = KIND_TEXT,
                  .help = "fit along this parameter, greatest first, each from the one before"},
    [OPT_HOLDOUT] = {"holdout", 0, "PERCENT", .kind = KIND_WHOLE, .least = 1, .greatest = 99,
                     .help = "measure on so many of the ratings, drawn at random, not on folds"},
    [OPT_AT_ONCE] = {"at-once", 0, "N", .kind = KIND_WHOLE, .least = 1, .greatest = 4096,
                     .help = "fits at once, at most (as many as there are threads)"},
    [OPT_METRIC] = {"metric", 0, "NAME", .kind = KIND_TEXT, .help = "what to compare by, such as ndcg@20"},
    [OPT_BLEND_WEIGHTS] = {"blend-weights", 0, "A,B,...", .kind = KIND_TEXT,
                           .help = "a weight for each model, in place of looking for them on --valid"},
    [OPT_BLEND_BY] = {"by", 0, "RULE", .kind = KIND_CHOICE, .choices = "sum|ranks",
                      .help = "what is added up: standardized scores, or reciprocal ranks (sum):"},
    [OPT_METRICS] = {"metrics", 0, "NAMES", .kind = KIND_TEXT,
                     .help = "what to measure, such as rmse,recall@20"},
    [OPT_FOLD_IN] = {"fold-in", 0, "FILE", .kind = KIND_TEXT,
                     .help = "ratings of the test users, folded in in place of what the model has"},
    [OPT_NEGATIVES] = {"negatives", 0, "N[:popular]", .kind = KIND_TEXT,
                       .help = "rank each test item among N items drawn evenly, or as they are popular"},
    [OPT_STRATA] = {"strata", 0, "users=N,...|head=PERCENT", .kind = KIND_TEXT, .repeats = 1,
                    .help = "measure apart: users by their ratings; most rated items and the others"},
    [OPT_FOLDS] = {"folds", 0, "N", .kind = KIND_WHOLE, .least = 1, .greatest = 10000,
                   .help = "parts to divide the ratings into (5)"},
    [OPT_REPEATS] = {"repeats", 0, "N", .kind = KIND_WHOLE, .least = 1, .greatest = 10000,
                     .help = "divide anew so often (1)"},
    [OPT_SPLIT] = {"split", 0, "KIND", .kind = KIND_CHOICE,
                   .choices = "shuffled|leave-one-out|leave-last|time",
                   .help = "what the folds are (shuffled):"},
    [OPT_UNIT] = {"unit", 0, "UNIT", .kind = KIND_CHOICE, .choices = "user|pair",
                  .help = "what the tests take as one observation of an error (user):"},
    [OPT_RESAMPLES] = {"resamples", 0, "N", .kind = KIND_WHOLE, .least = 100, .greatest = 10000000,
                       .help = "random draws of the tests and intervals (2000)"},
    [OPT_CONFIDENCE] = {"confidence", 0, "PERCENT", .kind = KIND_WHOLE, .least = 1, .greatest = 99,
                        .help = "of the intervals (95)"},
    [OPT_LOSS_CSV] = {"history", 0, "FILE", .kind = KIND_TEXT, .help = "write the loss of each epoch as csv"},
    [OPT_PLOT] = {"plot", 0, "FILE", .kind = KIND_TEXT,
                  .help = "draw the loss of each epoch as an SVG chart"},
    [OPT_WITHOUT_RATINGS] = {"without-ratings", .help = "leave the ratings out of the model file"},
    [OPT_K] = {"k", 'k', "N", .kind = KIND_WHOLE, .least = 1, .greatest = INT_MAX,
               .help = "how many results (10)"},
    [OPT_HISTORY] = {"history", 0, "ITEM[=RATING],...", .kind = KIND_TEXT,
                     .help = "rank for somebody new who rated these"},
    [OPT_ATTRIBUTES] = {"attributes", 0, "NAME[=VALUE],...", .kind = KIND_TEXT,
                        .help = "rank for somebody new with these user features"},
    [OPT_WITH_SEEN] = {"with-seen", .help = "do not leave out what the user has rated"},
    [OPT_TIME] = {"time", 0, "T", .kind = KIND_WHOLE, .least = INT64_MIN + 1, .greatest = INT64_MAX,
                  .help = "the moment asked about, for models that drift with time"},
    [OPT_ONLY] = {"only", 0, "FILE", .kind = KIND_TEXT, .help = "rank only the items in FILE, one id a line"},
    [OPT_EXCEPT] = {"except", 0, "FILE", .kind = KIND_TEXT, .help = "never the items in FILE, one id a line"},
    [OPT_NAMES] = {"names", 0, "FILE", .kind = KIND_TEXT,
                   .help = "show titles: a delimited file of id and title"},
    [OPT_QUESTIONS] = {"questions", 'n', "N", .kind = KIND_WHOLE, .least = 0, .greatest = INT_MAX,
                       .help = "ask so many times at most (10)"},
    [OPT_STRATEGY] = {"strategy", 0, "STRATEGY", .kind = KIND_CHOICE,
                      .choices = "best|error|volume|trace|entropy|popular|random",
                      .help = "what to ask about first (best):"},
    [OPT_USERS] = {"users", .help = "compare users: the second argument is a user"},
    [OPT_LIKE_TEXT] = {"text", 0, "WORDS", .kind = KIND_TEXT,
                       .help = "list the items most like this text, in place of ITEM"},
    [OPT_ITEMS] = {"items", .help = "items get these ratings in place of theirs, not users"},
    [OPT_TO] = {"to", 0, "FORMAT", .kind = KIND_CHOICE, .choices = FORMATS "|librec",
                .help = "format of OUT (told from its name):"},
    [OPT_FEATURES] = {"features", .help = "IN is a file of features, not of ratings"},
    [OPT_IDS] = {"ids", 0, "FILE", .kind = KIND_TEXT,
                 .help = "ids of the rows of a .npy or safetensors file, one a line, in their order"},
    [OPT_ARRAY] = {"array", 0, "NAME", .kind = KIND_TEXT,
                   .help = "of a safetensors file of another writer: the matrix (the only one)"},
    [OPT_ITEM_FEATURES] = {"item-features", 0, "[NAME=]FILE[:WEIGHT]", .kind = KIND_TEXT, .repeats = 1,
                           .help = "features of the items: text, or a container; several are joined"},
    [OPT_ITEM_TEXT] = {"item-text", 0, "FILE", .kind = KIND_TEXT,
                       .help = "texts of the items, made into features: id, text, ..."},
    [OPT_TEXT_COLUMNS] = {"text-columns", 0, "NAME,...", .kind = KIND_TEXT,
                          .help = "columns of --item-text that are the text (all but the first)"},
    [OPT_TEXT_PARAMETER] = {"text", 0, "NAME=VALUE", .kind = KIND_TEXT, .repeats = 1,
                            .help = "how text becomes features: ngram_max=2, stemmer=english, ..."},
    [OPT_USER_FEATURES] = {"user-features", 0, "FILE", .kind = KIND_TEXT,
                           .help = "features of the users: text, or a container"},
    [OPT_IMPLICIT] = {"implicit", 0, "FILE", .kind = KIND_TEXT,
                      .help = "ratings whose values do not count: what users have seen"},
    [OPT_WEIGHTS] = {"weights", 0, "FILE", .kind = KIND_TEXT,
                     .help = "how much each rating counts: user, item, weight; 1 where it has none"},
    [OPT_CONTEXT] = {"context", 0, "NAME,...", .kind = KIND_TEXT,
                     .help = "columns of the rating files that are their context: device,place"},
    [OPT_CONTEXT_NOW] = {"context", 0, "NAME=VALUE,...", .kind = KIND_TEXT,
                         .help = "the context of the moment: device=mobile,place=home"},
    [OPT_WHERE] = {"where", 0, "NAME=VALUE,...", .kind = KIND_TEXT,
                   .help = "learn from, and test on, these ratings alone: device=mobile|tv,hour=18-23"},
    [OPT_REWEIGH] = {"reweigh", 0, "NAME=VALUE,...", .kind = KIND_TEXT,
                     .help = "rank by scores times how much more often than all an item is met there"},
    [OPT_IN_CONTEXT] = {"in-context", 0, NULL, .kind = KIND_FLAG,
                        .help = "rank once for each user and context of test ratings, in that context"},
    [OPT_EVENTS] = {"events", 0, "FILE", .kind = KIND_TEXT, .repeats = 1,
                    .help = "--reweigh: ratings with the columns that it names"},
    [OPT_START] = {"start", 0, "MODEL", .kind = KIND_TEXT,
                   .help = "begin from what this model of the same algorithm has learned"},
    [OPT_FORMAT] = {"format", 0, "FORMAT", .kind = KIND_CHOICE, .choices = FORMATS,
                    .help = "format of the ratings (guessed):"},
    [OPT_DUPLICATES] = {"duplicates", 0, "POLICY", .kind = KIND_CHOICE, .choices = "last|sum|mean|greatest",
                        .help = "what becomes of a pair given twice (last):"},
    [OPT_SEED] = {"seed", 0, "N", .kind = KIND_WHOLE, .greatest = LLONG_MAX,
                  .help = "start of the random numbers; the same as -p seed=N"},
    [OPT_THREADS] = {"threads", 0, "N", .kind = KIND_WHOLE, .greatest = 4096,
                     .help = "threads to use (0: every processor)"},
    [OPT_QUIET] = {"quiet", 'q', .help = "no progress bar"},
    [OPT_JSON] = {"json", .help = "print one JSON value"},
    [OPT_HELP] = {"help", 'h', .help = "print this page"},
};

#define READING  (TAKES(OPT_FORMAT) | TAKES(OPT_DUPLICATES) | TAKES(OPT_THREADS))
#define PRINTING (TAKES(OPT_JSON) | TAKES(OPT_HELP))

const struct command command_table[] = {
    {"algorithms", "[NAME]", 0, 1, 0, PRINTING, "List the algorithms, or the parameters of one.",
     "Without NAME, a line for each algorithm; with it, every parameter with its default, its\n"
     "bounds and what it does.\n\n"
     "  rec algorithms mf",
     run_algorithms},
    {"fit", "ALGORITHM RATINGS...", 2, INT_MAX, TAKES(OPT_MODEL_OUT),
     READING | SETTING | PRINTING | TAKES(OPT_CONTEXT) | TAKES(OPT_WHERE) | TAKES(OPT_WATCH) |
         TAKES(OPT_LOSS_CSV) | TAKES(OPT_PLOT) | TAKES(OPT_WITHOUT_RATINGS) | TAKES(OPT_QUIET),
     "Learn from ratings and write a model file.",
     "Several RATINGS are read as one set. A fit that fails or is interrupted writes nothing. Columns "
     "behind\n"
     "user, item, rating and time, in a file whose first line names them, may be --context.\n\n"
     "  rec fit mf ratings.csv -o films.librec -p factors=64 --valid held-out.csv --plot loss.svg\n"
     "  rec fit fm ratings.csv -o films.librec --context device,place\n"
     "  rec fit ials ratings.csv -o evenings.librec --where hour=18-23,zone=1",
     run_fit},
    {"add", "MODEL", 1, 1, TAKES(OPT_MODEL_OUT),
     TAKES(OPT_ITEM_FEATURES) | TAKES(OPT_ITEM_TEXT) | TAKES(OPT_TEXT_COLUMNS) | PRINTING,
     "Add items to a fitted model by their features or texts, and write it anew.",
     "The model must have vectors, or be of content, and have been fitted with --item-features, or with\n"
     "--item-text when new items come with texts. They get what the fit would have given them, and enter\n"
     "every list.\n\n"
     "  rec add films.librec --item-features new.csv -o more.librec\n"
     "  rec add books.librec --item-text new.csv --text-columns title,plot -o more.librec",
     run_add},
    {"update", "MODEL RATINGS...", 2, INT_MAX, TAKES(OPT_MODEL_OUT), READING | PRINTING | TAKES(OPT_ITEMS),
     "Put what users have done since the fit into a fitted model, and write it anew.",
     "Each user in RATINGS gets these in place of those of the model, all of them; new users are\n"
     "added. Nothing is fitted: users are folded in. With --items, items get new ratings instead.\n\n"
     "  rec update films.librec today.csv -o newer.librec",
     run_update},
    {"plan", "ALGORITHM RATINGS...", 2, INT_MAX, 0,
     READING | TAKES(OPT_PARAMETER) | TAKES(OPT_SEED) | PRINTING,
     "Estimate the time and memory of a fit before it begins.",
     "Counts the work that the algorithm would do on these RATINGS, and measures how fast this machine\n"
     "does such work. Features, and epochs that a fit leaves out, are not counted.\n\n"
     "  rec plan ials ratings.csv -p factors=128 -p solver=cg",
     run_plan},
    {"topk", "MODEL [USER...]", 1, INT_MAX, 0,
     PRINTING | TAKES(OPT_K) | TAKES(OPT_HISTORY) | TAKES(OPT_ATTRIBUTES) | TAKES(OPT_WITH_SEEN) |
         TAKES(OPT_TIME) | TAKES(OPT_CONTEXT_NOW) | TAKES(OPT_REWEIGH) | TAKES(OPT_EVENTS) | TAKES(OPT_ONLY) |
         TAKES(OPT_EXCEPT) | TAKES(OPT_NAMES) | TAKES(OPT_THREADS),
     "Recommend items to users, best first.",
     "Give users of the model, or --history or --attributes for somebody it has never seen. A rating that\n"
     "the history leaves out is the greatest of the training ratings. What an answer rests on is the first\n"
     "of ratings, history, attributes (features of users that the model was fitted with), what users of the\n"
     "same features rate most, what all rate most; where it is not ratings, a line says so.\n\n"
     "  rec topk films.librec 196 186 -k 5 --names u.item\n"
     "  rec topk films.librec --history 50=5,172=5,181=4\n"
     "  rec topk films.librec --attributes student,M\n"
     "  rec topk films.librec 196 --context device=mobile\n"
     "  rec topk films.librec 196 --reweigh hour=18-23\n"
     "  rec topk films.librec 196 --reweigh device=mobile --events ratings.csv",
     run_topk},
    {"interview", "MODEL", 1, 1, 0,
     PRINTING | TAKES(OPT_QUESTIONS) | TAKES(OPT_STRATEGY) | TAKES(OPT_K) | TAKES(OPT_NAMES) |
         TAKES(OPT_SEED),
     "Ask somebody new about the items that say most, then recommend.",
     "Answers are lines of standard input: a rating (or y and n, where all ratings are alike), s for what\n"
     "is not known, q for enough. Each question builds on the answers before it. A vector model asks what\n"
     "leaves the least error (best is error), any other by popularity and entropy.\n\n"
     "  rec interview films.librec --names u.item -n 10",
     run_interview},
    {"predict", "MODEL USER ITEM", 3, 3, 0, PRINTING | TAKES(OPT_TIME) | TAKES(OPT_CONTEXT_NOW),
     "Predict the rating of one item by one user.",
     "For algorithms that only rank, the number is the score that topk ranks by.\n\n"
     "  rec predict films.librec 196 242",
     run_predict},
    {"similar", "MODEL [ITEM]", 1, 2, 0,
     PRINTING | TAKES(OPT_K) | TAKES(OPT_USERS) | TAKES(OPT_LIKE_TEXT) | TAKES(OPT_NAMES),
     "List the items most like one, or like a text, or the users.",
     "--text is for models fitted with --item-text, which keep how texts become features.\n\n"
     "  rec similar films.librec 50 --names u.item\n"
     "  rec similar films.librec 196 --users\n"
     "  rec similar books.librec --text \"a castle in the mountains\"",
     run_similar},
    {"explain", "MODEL [USER] ITEM", 2, 3, 0, PRINTING | TAKES(OPT_K) | TAKES(OPT_HISTORY) | TAKES(OPT_NAMES),
     "Tell which of a user's items speak for a recommendation, and by which features.",
     "Contributions are parts of the score; what no item accounts for is not listed. Where scores are\n"
     "made of features (content), the greatest that an item shares with the recommended one are named.\n\n"
     "  rec explain films.librec 196 50 --names u.item\n"
     "  rec explain books.librec carmilla --history dracula,frankenstein",
     run_explain},
    {"evaluate", "ALGORITHM|MODEL", 1, 1, TAKES(OPT_TEST),
     READING | SETTING | PRINTING | TAKES(OPT_CONTEXT) | TAKES(OPT_IN_CONTEXT) | TAKES(OPT_WHERE) |
         TAKES(OPT_REWEIGH) | TAKES(OPT_EVENTS) | MEASURING | TAKES(OPT_TRAIN) | TAKES(OPT_METRICS) |
         TAKES(OPT_QUIET),
     "Fit an algorithm, or take a fitted model, and measure it on test ratings.",
     "Without --metrics: rmse,mae for an algorithm that predicts ratings, else recall@20,ndcg@20.\n"
     "--train, -p, --seed and --item-features are for an ALGORITHM; a MODEL file has its own.\n"
     "--only FILE ranks these items alone and measures the test ratings of these alone. Figures with\n"
     "--negatives (drawn by --seed) are called sampled_..., and say nothing of rankings among all items.\n"
     "--reweigh learns from all, tests on the ratings of a context, and ranks for it.\n\n"
     "  rec evaluate mf --train u1.base --test u1.test --metrics rmse,mae --json\n"
     "  rec evaluate ials --train train.txt --test test.txt --strata users=10,50 --strata head=50\n"
     "  rec evaluate ease --train most-users.csv --fold-in some.csv --test the-rest.csv\n"
     "  rec evaluate fm --train log.csv --test later.csv --context device --in-context --metrics ndcg@10\n"
     "  rec evaluate ials --train log.csv --test later.csv --where device=mobile",
     run_evaluate},
    {"cross-validate", "ALGORITHM [RATINGS...]", 1, INT_MAX, 0,
     READING | SETTING | PRINTING | TAKES(OPT_CONTEXT) | TAKES(OPT_WHERE) | TAKES(OPT_SPLIT) |
         TAKES(OPT_FOLDS) | TAKES(OPT_REPEATS) | TAKES(OPT_TRAIN) | TAKES(OPT_TESTS) | TAKES(OPT_METRICS) |
         TAKES(OPT_QUIET),
     "Fit and measure once a fold, and average.",
     "RATINGS are divided by --split: into shuffled parts; one random rating of each user left out,\n"
     "or the latest; by time, each slice tested on after learning from all before it. Or give the\n"
     "folds: as many --train as --test, in the same order.\n"
     "Prints each metric's mean over the folds, its sample standard deviation, and every fold.\n\n"
     "  rec cross-validate baseline u.data --folds 5 --repeats 3\n"
     "  rec cross-validate mf --train u1.base --test u1.test --train u2.base --test u2.test",
     run_cross_validate},
    {"compare", "A B", 2, 2, TAKES(OPT_TEST),
     READING | SETTING | PRINTING | TAKES(OPT_CONTEXT) | TAKES(OPT_WHERE) | TAKES(OPT_PARAMETER_A) |
         TAKES(OPT_PARAMETER_B) | TAKES(OPT_TRAIN) | TAKES(OPT_METRICS) | TAKES(OPT_UNIT) |
         TAKES(OPT_RESAMPLES) | TAKES(OPT_CONFIDENCE) | TAKES(OPT_QUIET),
     "Measure two models on the same test ratings and test their difference.",
     "A and B are algorithms, to be fitted on --train, or model files. Prints each metric of both,\n"
     "the difference with its bootstrap interval, and how probable a difference so great is by chance:\n"
     "by the paired t-test and by random flips of signs.\n\n"
     "  rec compare mf baseline --train u1.base --test u1.test --param-a factors=64\n"
     "  rec compare old.librec new.librec --test u1.test --metrics rmse,ndcg@10",
     run_compare},
    {"blend", "MODEL...", 1, INT_MAX, 0,
     READING | PRINTING | TAKES(OPT_VALID) | TAKES(OPT_METRIC) | TAKES(OPT_BLEND_WEIGHTS) |
         TAKES(OPT_BLEND_BY) | TAKES(OPT_TEST) | TAKES(OPT_METRICS) | TAKES(OPT_SEED) | MEASURING |
         TAKES(OPT_MODEL_OUT) | TAKES(OPT_WITHOUT_RATINGS),
     "Add up the scores of several models: find the weights, save the blend, and measure.",
     "Models are files, of the same users and items. Weights are looked for on --valid, ratings that no "
     "model\n"
     "learned from, by --metric (ndcg@20), or given by --blend-weights; --test measures the blend, -o saves\n"
     "it in one file that every command takes as any other model.\n\n"
     "  rec blend svd.librec p3.librec --valid valid.txt --metric ndcg@20\n"
     "  rec blend svd.librec p3.librec --blend-weights 0.7,0.3 --test test.txt -o blend.librec",
     run_blend},
    {"tune", "ALGORITHM [RATINGS...]", 1, INT_MAX, 0,
     READING | SETTING | PRINTING | TAKES(OPT_CONTEXT) | TAKES(OPT_WHERE) | TAKES(OPT_BEST_OUT) |
         TAKES(OPT_QUIET) | TAKES(OPT_GRID) | TAKES(OPT_RANGE) | TAKES(OPT_METHOD) | TAKES(OPT_POINTS) |
         TAKES(OPT_FACTOR) | TAKES(OPT_RESOURCE) | TAKES(OPT_PATH) | TAKES(OPT_METRIC) | TAKES(OPT_SPLIT) |
         TAKES(OPT_FOLDS) | TAKES(OPT_REPEATS) | TAKES(OPT_HOLDOUT) | TAKES(OPT_TRAIN) | TAKES(OPT_VALID) |
         TAKES(OPT_AT_ONCE),
     "Fit at points of a space of parameters and list the points, best first.",
     "Points are measured on folds of RATINGS (--split, --folds, --repeats), on a share of them\n"
     "(--holdout), or on the ratings of --valid after learning from those of --train. Errors and\n"
     "gini are best when small, other metrics when great; equal points keep their order. A point\n"
     "whose fit diverges is listed last.\n\n"
     "  rec tune mf a.csv --grid factors=16,64 --grid regularization=0.05,0.1 -o best.params\n"
     "  rec tune mf a.csv --range regularization=0.01..1:log --range learning_rate=0.001..0.1:log \\\n"
     "      --method halving --points 40 --holdout 20 -p epochs=60 -o best.params\n"
     "  rec fit mf a.csv -p @best.params -o model.librec",
     run_tune},
    {"info", "FILE", 1, 1, 0, READING | PRINTING, "Describe a model, ratings or features file.",
     "A container is described from its header alone; a text file of ratings is read.\n\n"
     "  rec info films.librec",
     run_info},
    {"verify", "FILE", 1, 1, 0, PRINTING, "Check every array of a container against its checksum.",
     "  rec verify films.librec", run_verify},
    {"convert", "IN OUT", 2, 2, 0,
     READING | TAKES(OPT_TO) | TAKES(OPT_FEATURES) | TAKES(OPT_IDS) | TAKES(OPT_ARRAY) |
         TAKES(OPT_ITEM_TEXT) | TAKES(OPT_TEXT_COLUMNS) | TAKES(OPT_TEXT_PARAMETER) | PRINTING,
     "Convert ratings between text formats and containers, or features to a container.",
     "OUT is a container when it ends in .librec or .safetensors, Matrix Market for .mtx, csv for\n"
     ".csv; --to says otherwise. Of a model, its ratings are taken.\n\n"
     "With --features, IN may also be NumPy's .npy, a safetensors file of another writer (--array, --ids), "
     "or\n"
     "word vectors (word2vec, GloVe, fastText); --item-text makes vectors of texts from these.\n\n"
     "  rec convert u.data u.librec\n"
     "  rec convert --features --ids ids.txt embeddings.npy items.librec\n"
     "  rec convert --features --item-text plots.csv glove.txt items.librec",
     run_convert},
};

const int command_count = (int)(sizeof command_table / sizeof *command_table);
