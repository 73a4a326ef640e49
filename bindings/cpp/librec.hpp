/* SPDX-License-Identifier: Apache-2.0 */
/*
 * librec for C++17: owners that free themselves, spans in, vectors out. Header-only, over the public C headers alone; docs/cpp.md.
 * This takes in all of it, easiest first; each header stands alone.
 */
#ifndef LIBREC_HPP
#define LIBREC_HPP

#include <librec/librec.h>

#include <librec/model.hpp>
#include <librec/ratings.hpp>
#include <librec/ids.hpp>
#include <librec/query.hpp>
#include <librec/features.hpp>
#include <librec/text.hpp>
#include <librec/evaluate.hpp>
#include <librec/compare.hpp>
#include <librec/tune.hpp>
#include <librec/blend.hpp>
#include <librec/elicit.hpp>
#include <librec/algorithm.hpp>
#include <librec/file.hpp>
#include <librec/host.hpp>

#endif
