#include "faults/catalogue.hpp"

#include <algorithm>
#include <numeric>

namespace squall::faults {
namespace {

/// Levenshtein's distance, one row at a time.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

const char* nearest(const std::vector<const char*>& names, std::string_view name) {
  // Who wrote three letters or more of a name and no other meant it.
  if (name.size() >= 3)
    for (const char* candidate : names)
      if (std::string_view(candidate).starts_with(name))
        return candidate;
  const char* best = "";
  std::size_t distance = ~std::size_t{0};
  for (const char* candidate : names)
    if (const std::size_t d = edit_distance(name, candidate); d < distance) {
      distance = d;
      best = candidate;
    }
  return best;
}

error refused(std::string message) { return {errc::invalid_argument, std::move(message)}; }

std::string duration_complaint(const fault_info& fault, duration_ns duration) {
  const std::string name = fault.name;
  if (duration < 0)
    return name + ": a duration cannot be negative";
  if (fault.lasts == extent::momentary && duration != 0)
    return name + " is momentary: it takes no duration";
  if (fault.lasts == extent::lasting && duration == 0)
    return name + " needs a duration";
  return {};
}

std::string parameter_line(const parameter_info& p) {
  return std::string("| `") + p.name + "` | " + to_string(p.unit) + " | " + std::to_string(p.low) + " .. " +
         std::to_string(p.high) + " | " + std::to_string(p.fallback) + " | " + p.meaning + " |\n";
}

std::string chapter(const fault_info& f) {
  std::string text = std::string("## ") + f.name + "\n\n" + f.meaning + "\n\n";
  text += "- number " + std::to_string(static_cast<int>(f.number)) + ", target: " + to_string(f.target) +
          (f.planned ? std::string(", ") + to_string(f.lasts) : std::string(", not planned")) + "\n";
  text += std::string("- may destroy: ") + f.may_destroy + "\n";
  text += std::string("- effect, as counted: ") + f.effect + "\n";
  if (f.parameters.empty())
    return text + "\n";
  text += "\n| parameter | unit | range | default | meaning |\n|---|---|---|---|---|\n";
  for (const parameter_info& p : f.parameters)
    text += parameter_line(p);
  return text + "\n";
}

} // namespace

const char* to_string(target_kind kind) noexcept {
  switch (kind) {
    case target_kind::device: return "device";
    case target_kind::server: return "server";
    case target_kind::issuer: return "issuer";
    case target_kind::link: return "link";
    case target_kind::message: return "message";
  }
  return "?";
}

const char* to_string(extent lasts) noexcept {
  switch (lasts) {
    case extent::momentary: return "momentary";
    case extent::lasting: return "lasting";
    case extent::either: return "momentary or lasting";
  }
  return "?";
}

const char* to_string(parameter_unit unit) noexcept {
  switch (unit) {
    case parameter_unit::ns: return "ns";
    case parameter_unit::ppm: return "ppm";
    case parameter_unit::ppb: return "ppb";
    case parameter_unit::count: return "count";
    case parameter_unit::bytes: return "bytes";
  }
  return "?";
}

const fault_info* find_fault(std::string_view name) noexcept {
  for (const fault_info& f : catalogue())
    if (name == f.name)
      return &f;
  return nullptr;
}

const fault_info* find_fault(fault_number number) noexcept {
  for (const fault_info& f : catalogue())
    if (number == f.number)
      return &f;
  return nullptr;
}

const parameter_info* find_parameter(const fault_info& fault, std::string_view name) noexcept {
  for (const parameter_info& p : fault.parameters)
    if (name == p.name)
      return &p;
  return nullptr;
}

const char* nearest_fault(std::string_view name) {
  std::vector<const char*> names;
  for (const fault_info& f : catalogue())
    if (f.planned)
      names.push_back(f.name);
  return nearest(names, name);
}

const char* nearest_parameter(const fault_info& fault, std::string_view name) {
  std::vector<const char*> names;
  for (const parameter_info& p : fault.parameters)
    names.push_back(p.name);
  return nearest(names, name);
}

result<fault_values> fault_values::resolve(const fault_info& fault, duration_ns duration,
                                           const std::vector<std::pair<std::string, std::int64_t>>& given) {
  if (!fault.planned)
    return refused(std::string(fault.name) + " is the network's noise: a plan sets its rate, not single ones");
  if (std::string complaint = duration_complaint(fault, duration); !complaint.empty())
    return refused(std::move(complaint));
  fault_values v;
  v.fault_ = &fault;
  for (const parameter_info& p : fault.parameters)
    v.values_.push_back(p.fallback);
  std::vector<bool> seen(v.values_.size(), false);
  for (const auto& [name, value] : given) {
    const parameter_info* p = find_parameter(fault, name);
    if (p == nullptr) {
      const std::string hint = nearest_parameter(fault, name);
      return refused(std::string(fault.name) + " has no parameter \"" + name + "\"" +
                     (hint.empty() ? "; it takes none" : "; did you mean \"" + hint + "\"?"));
    }
    const auto index = static_cast<std::size_t>(p - fault.parameters.data());
    if (seen[index])
      return refused(std::string(fault.name) + ": " + name + " is given twice");
    if (value < p->low || value > p->high)
      return refused(std::string(fault.name) + ": " + name + " is " + std::to_string(value) + ", must be in " +
                     std::to_string(p->low) + " .. " + std::to_string(p->high) + " " + to_string(p->unit));
    seen[index] = true;
    v.values_[index] = value;
  }
  return v;
}

std::int64_t fault_values::get(std::string_view parameter) const {
  const parameter_info* p = find_parameter(*fault_, parameter);
  CHECK(p != nullptr);
  return values_[static_cast<std::size_t>(p - fault_->parameters.data())];
}

std::string catalogue_markdown() {
  std::string text =
      "# Faults\n\n"
      "Every fault that Squall injects. Generated from `faults/declarations.cpp`; a test keeps this page equal "
      "to it.\n\n"
      "Parameters are integers in the unit shown. A *momentary* fault takes no duration, a *lasting* one needs "
      "one. Targets: *device* and *link* faults name devices, a *link* being all that joins a device to the "
      "server and the issuer; a *message* fault names one message.\n\n";
  text += "When a fault is over and the system has had time to settle, none of this may be broken:";
  const char* separator = " ";
  for (std::string_view invariant : catalogue().front().must_keep) {
    text += std::string(separator) + "`" + std::string(invariant) + "`";
    separator = ", ";
  }
  text += ". A fault that may break some of it says so in its chapter.\n\n";
  for (const fault_info& f : catalogue()) {
    text += chapter(f);
    if (f.must_keep != catalogue().front().must_keep) {
      text += "Must keep only:";
      for (std::string_view invariant : f.must_keep)
        text += " `" + std::string(invariant) + "`";
      text += "\n\n";
    }
  }
  text.pop_back();
  return text;
}

} // namespace squall::faults
