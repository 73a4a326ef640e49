/* SPDX-License-Identifier: Apache-2.0 */
/* first.c in C++17: modern RATINGS [USER]. */
#include <librec.hpp>

#include <iostream>

int main(int argc, char **argv)
{
    if (argc < 2) {
        std::cerr << "usage: modern RATINGS [USER]\n";
        return 2;
    }
    try {
        librec::Model model("mf");
        model.fit(librec::Ratings::read(argv[1]));
        const librec::Ids items = model.item_ids();
        const std::int32_t user = argc > 2 ? model.user_ids().find(argv[2]) : 0;
        const librec::Ranking best = model.recommend(user, 10);
        for (std::size_t i = 0; i < best.rows.size(); i++)
            std::cout << items.text(best.rows[i]) << '\t' << best.scores[i] << '\n';
    } catch (const std::exception &error) {
        std::cerr << error.what() << '\n';
        return 1;
    }
}
