/* SPDX-License-Identifier: Apache-2.0 */
/* Text to features: documents, and the vectorizer. */
#ifndef LIBREC_TEXT_HPP
#define LIBREC_TEXT_HPP

#include <librec/text.h>
#include <librec/algorithm.hpp>
#include <librec/features.hpp>

#include <optional>

namespace librec
{

/** Texts with ids. */
class Documents : public detail::Shared<rec_documents, rec_documents_free, rec_documents_retain>
{
  public:
    using Shared::Shared;
    /** Of rows 0, 1, ... */
    static Documents from_text(const std::vector<std::string> &texts)
    {
        return make(nullptr, texts);
    }
    static Documents from_text(const Ids &ids, const std::vector<std::string> &texts)
    {
        return make(ids.get(), texts);
    }
    /** From a file of fields; columns: names with commas between, all after the first by default. */
    static Documents read(const std::string &path, const std::optional<std::string> &columns = std::nullopt)
    {
        return Documents(detail::create<rec_documents>(rec_documents_read, path.c_str(),
                                                       columns ? columns->c_str() : nullptr));
    }
    Documents share() const
    {
        return Documents(retained());
    }
    std::int32_t size() const
    {
        return rec_documents_count(get());
    }
    Ids ids() const
    {
        return Ids::retain(rec_documents_ids(get()));
    }
    std::string text(std::int32_t row) const
    {
        const char *text = rec_documents_text(get(), row);
        if (!text)
            throw Error(REC_ERR_RANGE, "document " + std::to_string(row) + ": there is no such row");
        return text;
    }

  private:
    static Documents make(const rec_ids *ids, const std::vector<std::string> &texts)
    {
        const std::vector<const char *> pointers = detail::pointers(texts);
        const Span<const char *const> span(pointers);
        return Documents(detail::create<rec_documents>(rec_documents_from_text, ids, detail::given(span),
                                                       std::int32_t(span.size())));
    }
};

/** Dense vectors of texts: weighted means of those of their words, whose ids are the words. */
inline Features embed(const Documents &documents, const Features &words,
                      const rec_embedding &how = REC_EMBEDDING_INIT)
{
    return Features(detail::create<rec_features>(rec_documents_embed,
                                                 static_cast<const rec_documents *>(documents.get()),
                                                 static_cast<const rec_features *>(words.get()), &how));
}

/** How text becomes vectors and, once fitted, its terms and how rare they are. */
class Vectorizer : public detail::Shared<rec_text, rec_text_free, rec_text_retain>
{
  public:
    using Shared::Shared;
    Vectorizer() : Shared(detail::create<rec_text>(rec_text_create))
    {
    }
    static Vectorizer open(const std::string &path)
    {
        return Vectorizer(detail::create<rec_text>(rec_text_open, path.c_str()));
    }
    static std::vector<rec_parameter> parameters()
    {
        return detail::parameters(
            [](std::int32_t index, rec_parameter *into) { return rec_text_parameter(index, into); });
    }
    Vectorizer share() const
    {
        return Vectorizer(retained());
    }
    Vectorizer &set(const std::string &parameter, double value)
    {
        check(rec_text_set(get(), parameter.c_str(), value));
        return *this;
    }
    Vectorizer &set(const std::string &parameter, const std::string &value)
    {
        check(rec_text_set_text(get(), parameter.c_str(), value.c_str()));
        return *this;
    }
    double parameter(const std::string &name) const
    {
        double value = 0;
        check(rec_text_get(get(), name.c_str(), &value));
        return value;
    }
    /** Words to leave out, besides those of the parameter. */
    Vectorizer &stop_words(const Ids &words)
    {
        check(rec_text_set_stop_words(get(), words.get()));
        return *this;
    }
    /** Learn terms and their rareness; the documents' vectors. */
    Features fit(const Documents &documents)
    {
        return made(rec_text_fit, get(), documents.get());
    }
    /** The same from terms counted elsewhere. */
    Features fit(const Features &counts)
    {
        return made(rec_text_fit_counts, get(), counts.get());
    }
    Features transform(const Documents &documents) const
    {
        return made(rec_text_transform, get(), documents.get());
    }
    Features transform(const Features &counts) const
    {
        return made(rec_text_transform_counts, get(), counts.get());
    }
    /** By dimension. */
    Ids terms() const
    {
        return Ids::retain(rec_text_terms(get()));
    }
    /** What each term's count is multiplied by: a view. */
    Span<const double> idf() const
    {
        const double *idf = nullptr;
        std::int32_t n = 0;
        check(rec_text_idf(get(), &idf, &n));
        return {idf, std::size_t(n)};
    }
    void save(const std::string &path) const
    {
        check(rec_text_save(get(), path.c_str()));
    }

  private:
    template <class Function, class Text, class Input>
    static Features made(Function function, Text *text, Input *input)
    {
        rec_features *features = nullptr;
        check(function(text, input, &features));
        return Features(features);
    }
};

} // namespace librec

#endif
