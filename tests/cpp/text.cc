/* SPDX-License-Identifier: Apache-2.0 */
/* The C++ headers over texts and features. */
#include "expect.hpp"

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#ifdef __cpp_lib_span
#include <span>
#endif

using namespace librec;

static void test_documents(const std::string &folder)
{
    const Ids ids = Ids::from_text({"a", "b"});
    const Documents documents = Documents::from_text(ids, {"red apple", "green apple"});
    EXPECT(documents.size() == 2 && documents.text(1) == "green apple" && documents.ids().text(0) == "a");
    EXPECT(documents.share().get() == documents.get() &&
           Documents::from_text({"x"}).ids().kind() == REC_IDS_ROWS);
    EXPECT(thrown([&] { documents.text(2); }) == REC_ERR_RANGE);
    EXPECT(thrown([&] { Documents::from_text(ids, {"one"}); }) == REC_ERR_INVALID);
    std::ofstream(folder + "/texts.csv") << "id,title,body\n1,one,red\n2,two,blue\n";
    EXPECT(Documents::read(folder + "/texts.csv").size() == 2);
    EXPECT(Documents::read(folder + "/texts.csv", "body").text(1).find("blue") == 0);
}

static void test_vectorizer(const std::string &folder)
{
    const Documents documents = Documents::from_text({"red apple", "green apple", "the red house"});
    Vectorizer vectorizer;
    vectorizer.set("norm", "none").set("min_df", 1).stop_words(Ids::from_text({"the"}));
    EXPECT(vectorizer.parameter("min_df") == 1 && Vectorizer::parameters().size() > 5);
    EXPECT(thrown([&] { vectorizer.transform(documents); }) == REC_ERR_NOT_FITTED);
    const Features features = vectorizer.fit(documents);
    EXPECT(features.size() == 3 && features.dimensions() == 4 && features.sparse());
    EXPECT(vectorizer.terms().text(0) == "apple" && features.names().text(3) == "red");
    /* ln((1 + n) / (1 + d)) + 1 of three documents, two with the term. */
    EXPECT(std::fabs(vectorizer.idf()[0] - (std::log(4.0 / 3) + 1)) < 1e-12);
    vectorizer.save(folder + "/text.librec");
    const Vectorizer opened = Vectorizer::open(folder + "/text.librec");
    EXPECT(opened.transform(Documents::from_text({"apple"})).dimensions() == 4 &&
           opened.share().idf().size() == 4);
    Vectorizer counted;
    const Features weighed = counted.fit(features);
    EXPECT(weighed.dimensions() == 4 && counted.transform(features).size() == 3);
}

static void test_embeddings(const std::string &folder)
{
    std::ofstream(folder + "/words.txt") << "2 2\nred 1 0\nblue 0 1\n";
    std::ofstream(folder + "/names.txt") << "red\nblue\n";
    const Ids names = Ids::read(folder + "/names.txt");
    EXPECT(names.size() == 2 && names.find("blue") == 1);
    rec_features_options options = REC_FEATURES_OPTIONS_INIT;
    options.format = "vectors";
    const Features words = Features::read(folder + "/words.txt", options);
    EXPECT(words.size() == 2 && !words.sparse() && words.ids().find("blue") == 1);
    const Features texts = embed(Documents::from_text({"red red", "blue", "green"}), words);
    EXPECT(texts.size() == 3 && texts.dimensions() == 2);
    options.ids = names.get();
    EXPECT(thrown([&] { Features::read(folder + "/words.txt", options); }) == REC_ERR_INVALID);
}

static void test_features(const std::string &folder)
{
    const std::vector<std::int64_t> start{0, 1, 3};
    const std::vector<std::int32_t> columns{2, 0, 1};
    const Features features = Features::from_csr(Ids::from_rows(2), 3, start, columns);
    EXPECT(features.sparse() && features.dimensions() == 3 && features.ids().size() == 2);
    EXPECT(thrown([&] { features.names(); }) == REC_ERR_NOT_FITTED);
    EXPECT(thrown([&] { Features::from_csr(Ids::from_rows(3), 3, start, columns); }) == REC_ERR_INVALID);
    features.save(folder + "/features.librec");
    EXPECT(Features::open(folder + "/features.librec").size() == 2 &&
           Features::read(folder + "/features.librec").sparse());
    EXPECT(features.share().get() == features.get());
    const std::vector<float> values{1, 2, 3, 4};
    EXPECT(!Features::from_dense(Ids::from_rows(2), 2, values).sparse());
    EXPECT(thrown([&] { Features::from_dense(Ids::from_rows(3), 2, values); }) == REC_ERR_INVALID);
}

/* A user who likes the two red items; why one of them, and another, suit. */
static void test_explanations()
{
    const Ids ids = Ids::from_integers(std::array<std::int64_t, 4>{0, 1, 2, 3});
    Vectorizer vectorizer;
    const Features words =
        vectorizer.fit(Documents::from_text(ids, {"red apple", "red car", "red house", "blue sea"}));
    const std::vector<std::int64_t> start{0, 1, 2, 3, 4};
    const std::vector<std::int32_t> columns{0, 1, 1, 0};
    const Features kinds = Features::from_csr(ids, 2, start, columns);
    const std::vector<double> weights{1, 0.5};
    EXPECT(Features::join({&words, &kinds}, {}, weights).dimensions() == words.dimensions() + 2);
    EXPECT(thrown([&] { Features::join({&words, &kinds}, {"one"}); }) == REC_ERR_INVALID);
    Builder builder;
    builder.add(std::int64_t(9), std::int64_t(0), 5);
    builder.add(std::int64_t(9), std::int64_t(1), 4);
    builder.add(std::int64_t(8), std::int64_t(3), 4);
    Model model("content");
    EXPECT(thrown([&] { model.item_text(); }) == REC_ERR_NOT_FOUND);
    model.item_features(words).item_text(vectorizer).fit(builder.finish());
    EXPECT(model.item_text().terms().size() == words.dimensions());
    EXPECT(model.features() == words.dimensions());
    EXPECT(thrown([&] { model.user_feature_names(); }) == REC_ERR_NOT_FITTED);
    Builder more;
    more.add(planted());
    Model factors("ials");
    factors.set("factors", 2).item_features(words).fit(more.finish());
    const Features later = vectorizer.transform(
        Documents::from_text(Ids::from_integers(std::array<std::int64_t, 1>{77}), {"red sea"}));
    EXPECT(factors.add_items(later).items() == factors.items() + 1);
    Builder known, raters;
    known.add(std::int64_t(500), std::int64_t(2));
    raters.add(std::int64_t(9), std::int64_t(501));
    const Model updated = factors.update_users(known.finish());
    EXPECT(updated.users() == factors.users() + 1 && updated.user_ids().find(std::int64_t(500)) >= 0);
    EXPECT(factors.update_items(raters.finish()).items() == factors.items() + 1);
    const std::int32_t item = model.item_ids().find(std::int64_t(2)),
                       user = model.user_ids().find(std::int64_t(9));
    const Ranking why = model.explain_features(user, item, 3);
    EXPECT(!why.rows.empty() && model.feature_names().text(why.rows[0]) == "red");
    Query query;
    const std::vector<std::int32_t> history{model.item_ids().find(std::int64_t(1))};
    query.history = history;
    EXPECT(model.explain(REC_NEW_USER, item, 3, query).rows == history);
}

static void test_span()
{
    std::vector<int> numbers{1, 2, 3};
    const Span<const int> span(numbers);
    EXPECT(span.size() == 3 && span[2] == 3 && *span.begin() == 1 && Span<const int>().empty());
#ifdef __cpp_lib_span
    const std::span<const int> standard = span;
    EXPECT(standard.size() == 3 && Span<const int>(standard.subspan(1))[0] == 2);
#endif
}

int main()
{
    const std::filesystem::path folder =
        std::filesystem::temp_directory_path() / ("librec-cpp-text-" + std::to_string(__cplusplus));
    std::filesystem::create_directories(folder);
    test_documents(folder.string());
    test_vectorizer(folder.string());
    test_embeddings(folder.string());
    test_features(folder.string());
    test_explanations();
    test_span();
    std::filesystem::remove_all(folder);
    EXPECT(blocks() == 0);
    return failures > 0;
}
