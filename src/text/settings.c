/* SPDX-License-Identifier: Apache-2.0 */
/* What a vectorizer can be told. Names and defaults are those that data scientists know from scikit-learn. */
#include "text/settings.h"
#include "text/stem.h"

const struct rec__parameter rec__text_table[REC_TEXT_SETTINGS] = {
    [REC_TEXT_ANALYZER] = REC_CHOICE("analyzer", REC_ANALYZE_WORD, "word|char|char_wb", REC_ANALYZE_CHAR_WB,
                                     "terms are words, runs of characters, or such runs within words"),
    [REC_TEXT_LOWERCASE] = REC_FLAG("lowercase", 1, "lower the case first"),
    [REC_TEXT_ACCENTS] = REC_CHOICE("accents", REC_ACCENTS_KEEP, "keep|strip", REC_ACCENTS_STRIP,
                                    "strip: letters without their marks, and compatible forms as one (NFKD)"),
    [REC_TEXT_LENGTH] = REC_WHOLE("min_length", 2, 1, 1000, "letters of the shortest word that counts"),
    [REC_TEXT_STOP_WORDS] = REC_CHOICE("stop_words", REC_STOP_NONE, "none|english", REC_STOP_ENGLISH,
                                       "words that are left out, besides a list that is given"),
    [REC_TEXT_STEMMER] = REC_CHOICE("stemmer", 0, REC_STEM_CHOICES, REC_STEM_LANGUAGES,
                                    "bring words to their stems (Snowball)"),
    [REC_TEXT_NGRAM_MIN] = REC_WHOLE("ngram_min", 1, 1, 64, "words, or characters, of the shortest term"),
    [REC_TEXT_NGRAM_MAX] = REC_WHOLE("ngram_max", 1, 1, 64, "and of the longest"),
    [REC_TEXT_MIN_DF] = REC_REAL("min_df", 1, 0, 2147483647,
                                 "documents that a term must be in: a count, or below 1 a share of them"),
    [REC_TEXT_MAX_DF] =
        REC_REAL("max_df", 1, 0, 2147483647, "and may be in: a share of them up to 1, above that a count"),
    [REC_TEXT_MAX_TERMS] =
        REC_WHOLE("max_terms", 0, 0, 2147483647, "keep so many terms, the most frequent; 0: all"),
    [REC_TEXT_WEIGHTING] =
        REC_CHOICE("weighting", REC_WEIGH_TFIDF, "tfidf|bm25", REC_WEIGH_BM25, "what a count becomes"),
    [REC_TEXT_TF] = REC_CHOICE("tf", REC_TF_RAW, "raw|log|binary", REC_TF_BINARY,
                               "tfidf: the count, 1 + ln(count), or 1"),
    [REC_TEXT_IDF] =
        REC_CHOICE("idf", REC_IDF_SMOOTH, "none|smooth|plain", REC_IDF_PLAIN,
                   "tfidf, of n documents, d with the term: 1, ln((1+n)/(1+d)) + 1, ln(n/d) + 1"),
    [REC_TEXT_K1] = REC_REAL("k1", 1.2, 0, 1000, "bm25: how fast repeated terms saturate"),
    [REC_TEXT_B] = REC_REAL("b", 0.75, 0, 1, "bm25: how much long documents are held back"),
    [REC_TEXT_NORM] = REC_CHOICE("norm", REC_NORM_L2, "none|l1|l2", REC_NORM_L2, "bring vectors to length 1"),
    [REC_TEXT_THREADS] = REC_WHOLE("threads", 0, 0, 256,
                                   "threads to use; 0: all processors; results are the same for any number"),
};

/* Articles, pronouns, prepositions, conjunctions, auxiliaries and the commonest adverbs; what an apostrophe leaves behind among them. */
const char *const rec__english_stop_words[] = {
    "about",      "above",   "after",   "again",     "against", "all",   "also",      "am",      "an",
    "and",        "any",     "are",     "as",        "at",      "be",    "became",    "because", "been",
    "before",     "being",   "below",   "between",   "both",    "but",   "by",        "can",     "cannot",
    "could",      "did",     "do",      "does",      "doing",   "don",   "down",      "during",  "each",
    "either",     "else",    "ever",    "every",     "few",     "for",   "from",      "further", "had",
    "has",        "have",    "having",  "he",        "hence",   "her",   "here",      "hers",    "herself",
    "him",        "himself", "his",     "how",       "however", "if",    "in",        "into",    "is",
    "isn",        "it",      "its",     "itself",    "just",    "let",   "ll",        "may",     "me",
    "might",      "more",    "most",    "much",      "must",    "my",    "myself",    "neither", "no",
    "nor",        "not",     "now",     "of",        "off",     "on",    "once",      "only",    "onto",
    "or",         "other",   "others",  "ought",     "our",     "ours",  "ourselves", "out",     "over",
    "own",        "per",     "rather",  "re",        "same",    "shall", "she",       "should",  "since",
    "so",         "some",    "such",    "than",      "that",    "the",   "their",     "theirs",  "them",
    "themselves", "then",    "there",   "therefore", "these",   "they",  "this",      "those",   "though",
    "through",    "thus",    "to",      "too",       "under",   "until", "up",        "upon",    "us",
    "ve",         "very",    "was",     "we",        "were",    "what",  "whatever",  "when",    "where",
    "whether",    "which",   "while",   "who",       "whoever", "whom",  "whose",     "why",     "will",
    "with",       "within",  "without", "would",     "yet",     "you",   "your",      "yours",   "yourself",
    "yourselves"};
const int32_t rec__english_stop_word_count = sizeof rec__english_stop_words / sizeof *rec__english_stop_words;
