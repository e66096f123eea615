// Derived fields, from the child rows that count.
#include "engine/base/hash.hpp"
#include "engine/merge/cells.hpp"

#include <string>

namespace squall::merge {

namespace {

void append_number(std::string& out, std::int64_t n) {
  for (int i = 0; i < 8; ++i)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(n) >> (8 * i)));
}

std::int64_t product_of(const derivation& d, const row& child) {
  std::int64_t product = 1;
  for (const field_number f : d.factors)
    product = wrapping_multiply(product, integer_or_zero(child.fields[f].current));
  return product;
}

std::int64_t hash_of(const derivation& d, const row& child) {
  std::string bytes;
  append_number(bytes, digest_of(value{child.id}).number);
  for (const field_number f : d.factors) {
    const value_digest digest = digest_of(child.fields[f].current);
    bytes.push_back(static_cast<char>(digest.kind));
    append_number(bytes, digest.number);
  }
  return static_cast<std::int64_t>(content_hash(bytes));
}

} // namespace

std::int64_t derive(const derivation& d, const std::vector<const row*>& children) {
  std::int64_t total = 0;
  for (const row* child : children)
    total = wrapping_add(total, d.kind == derivation_kind::sum ? product_of(d, *child) : hash_of(d, *child));
  return total;
}

} // namespace squall::merge
