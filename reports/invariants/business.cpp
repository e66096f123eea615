#include "reports/invariants/business.hpp"

#include <optional>

namespace squall::invariants {

namespace {

using scenarios::RuleOperand;

class reader {
public:
  reader(const world& w, position at) : w_(w), at_(at) {}

  bool broken(const scenarios::BusinessRule& rule, record_index record) const {
    for (const auto& clause : rule.clauses()) {
      const auto left = value(clause.left(), record);
      const auto right = value(clause.right(), record);
      if (!left || !right || !holds(*left, clause.compare(), *right))
        return false;
    }
    return true;
  }

private:
  static bool holds(std::int64_t left, const std::string& compare, std::int64_t right) {
    if (compare == "=")
      return left == right;
    if (compare == "!=")
      return left != right;
    if (compare == "<")
      return left < right;
    if (compare == "<=")
      return left <= right;
    return compare == ">" ? left > right : left >= right;
  }

  /// A number, or the digest of a text or a reference.
  std::optional<std::int64_t> value(const RuleOperand& operand, record_index record) const {
    if (operand.of_case() == RuleOperand::kInteger)
      return operand.integer();
    if (operand.of_case() == RuleOperand::kText)
      return history::digest_of(operand.text());
    if (operand.through().empty())
      return field(record, operand.field());
    const auto reference = field(record, operand.through());
    const auto other = reference ? w_.server.record_of(*reference) : 0;
    return other == 0 ? std::nullopt : field(other, operand.field());
  }

  std::optional<std::int64_t> field(record_index record, const std::string& name) const {
    const auto* rules = w_.rules.collection(w_.server.collection_of(record));
    for (std::uint16_t f = 0; rules && f < rules->fields.size(); ++f) {
      if (rules->fields[f].name != name)
        continue;
      if (rules->fields[f].type == field_type::derived)
        return w_.server.derived(record, f, at_, *w_.names);
      const auto* cell = w_.server.cell(record, f, at_);
      return cell && cell->tag != value_tag::none ? std::optional(cell->number) : std::nullopt;
    }
    return std::nullopt;
  }

  const world& w_;
  position at_;
};

} // namespace

std::map<std::string, std::uint64_t> broken_rules(const scenarios::Plan& plan, const world& w) {
  std::map<std::string, std::uint64_t> out;
  if (plan.rules().empty())
    return out;
  const position at = w.server.head();
  const reader read(w, at);
  for (const auto& rule : plan.rules()) {
    std::uint64_t& count = out[rule.name()];
    for (std::uint32_t scope = 0; scope < w.server.scopes(); ++scope)
      for (const record_index record : w.server.records_of(scope)) {
        const auto* row = w.server.row(record, at);
        const auto* of = w.rules.collection(w.server.collection_of(record));
        if (row && row->live && row->scope == scope && of && of->name == rule.collection())
          count += read.broken(rule, record) ? 1 : 0;
      }
  }
  return out;
}

} // namespace squall::invariants
