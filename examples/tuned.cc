/* SPDX-License-Identifier: Apache-2.0 */
/* Which parameters suit, and does a blend do better? In C++17: tuned RATINGS. Points of a space are fitted with progress, the best is compared with the
 * most popular items, and both are blended. */
#include <librec.hpp>

#include <iostream>

using namespace librec;

static Model best_of(const Ratings &train)
{
    Model model("ials");
    Space space("ials");
    space.values("factors", {8, 16}).values("unobserved", {0.01, 0.1});
    Search search;
    search.metric = "ndcg@10";
    const Folds folds = Folds::shuffled(2);
    search.folds = &folds;
    const Tuning tuning = tune(model, train, space, search, [](const rec_progress &progress) {
        std::cerr << progress.stage << ' ' << progress.step << " of " << progress.steps << '\n';
    });
    tuning.apply(model);
    std::cout << "ials: factors " << model.parameter("factors") << ", unobserved "
              << model.parameter("unobserved") << ", " << tuning.metric() << ' ' << tuning.points()[0].value
              << '\n';
    return std::move(model.fit(train));
}

static void report(const char *name, const Model &model, const Ratings &test)
{
    std::cout << name << ": ndcg@10 " << model.evaluate(test, "ndcg@10")["ndcg@10"] << '\n';
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        std::cerr << "usage: tuned RATINGS\n";
        return 2;
    }
    try {
        const Parts outer = Ratings::read(argv[1]).split_per_user(0.2, 1);
        const Parts inner = outer.train.split_per_user(0.2, 2);
        const Model ials = best_of(inner.train);
        Model popular("popular");
        popular.fit(inner.train);
        const BlendWeights found = tune_blend({&ials, &popular}, inner.test, "ndcg@10");
        report("popular", popular, outer.test);
        report("ials", ials, outer.test);
        report("both", blend({&ials, &popular}, found.weights), outer.test);
        const rec_compared compared = compare(ials, popular, outer.test, "ndcg@10")["ndcg@10"];
        std::cout << "ials is better by " << compared.difference << ", 95% between "
                  << compared.difference_interval.low << " and " << compared.difference_interval.high << '\n';
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
