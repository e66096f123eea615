#include "scenarios/data_model.hpp"

#include "scenarios/diagnostic.hpp"
#include "scenarios/field_rules.hpp"
#include "scenarios/formulas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace squall::scenarios {

namespace {

class resolver {
public:
  resolver(const Scenario& scenario, std::vector<path_problem>& problems) : scenario_(scenario), problems_(problems) {}

  DataModel resolve() {
    DataModel model;
    model.set_schema_version(1);
    model.set_policy_version(1);
    *model.mutable_roles() = scenario_.roles();
    for (const CollectionSpec& c : scenario_.collections()) {
      const std::string path = "collections." + c.name();
      Collection* out = model.add_collections();
      out->set_name(c.name());
      out->set_policy(c.policy());
      out->set_offline(c.offline());
      if (c.fields().empty())
        problem(path, fmt::format("collection `{}` has no fields", c.name()));
      for (const FieldSpec& f : c.fields())
        resolve_field(scenario_, c, f, path + ".fields." + f.name(), *out->add_fields(), problems_);
      unique(c, path, *out);
      deletes(c, path, *out);
      out->set_wide(c.wide());
      writers(c, path, *out);
    }
    // Formulas and references name other collections, so they wait until all are there.
    for (int c = 0; c < model.collections_size(); ++c)
      for (Field& f : *model.mutable_collections(c)->mutable_fields())
        links(model, model.collections(c), f);
    return model;
  }

private:
  void problem(std::string path, std::string message) { problems_.push_back({std::move(path), std::move(message)}); }

  void unique(const CollectionSpec& c, const std::string& path, Collection& out) {
    constexpr int keys_max = 8;
    if (c.unique_size() > keys_max)
      problem(path + ".unique", fmt::format("more than {} unique keys", keys_max));
    for (const KeySpec& k : c.unique()) {
      std::set<std::string_view> seen;
      if (k.fields().empty())
        problem(path + ".unique", "a unique key needs a field");
      for (const std::string& name : k.fields()) {
        const Field* f = find_field(out, name);
        if (!f)
          problem(path + ".unique",
                  fmt::format("unknown field `{}` of `{}`{}", name, c.name(), instead(name, written_fields(out))));
        else if (f->type() == "set" || f->type() == "counter" || f->type() == "derived")
          problem(path + ".unique",
                  fmt::format("`{}` is a {}; a key is of texts, integers and references", name, f->type()));
        if (!seen.insert(name).second)
          problem(path + ".unique", fmt::format("`{}` is listed twice", name));
      }
      *out.add_unique()->mutable_fields() = k.fields();
    }
  }

  void writers(const CollectionSpec& c, const std::string& path, Collection& out) {
    for (const std::string& role : c.writers())
      if (std::find(scenario_.roles().begin(), scenario_.roles().end(), role) == scenario_.roles().end())
        problem(path + ".writers", fmt::format("unknown role `{}`", role));
    *out.mutable_writers() = c.writers();
  }

  void deletes(const CollectionSpec& c, const std::string& path, Collection& out) {
    // Under another policy it says nothing; a variant may come from crdt and go back to it.
    if (c.policy() == "crdt" && c.deletes().empty())
      problem(path,
              fmt::format("collection `{}` needs `deletes`: add_wins or remove_wins, what becomes of a record that "
                          "one changes while another deletes it",
                          c.name()));
    if (c.policy() == "crdt")
      out.set_deletes(c.deletes());
  }

  void links(const DataModel& model, const Collection& in, Field& f) {
    const std::string path = fmt::format("collections.{}.fields.{}", in.name(), f.name());
    if (!f.target().empty() && !find_collection(model, f.target()))
      problem(path + ".ref",
              fmt::format("unknown collection `{}`{}", f.target(), instead(f.target(), collection_names(model))));
    if (f.type() == "derived")
      resolve_formula(model, in, written_formula(in.name(), f.name()), path + ".derived", f, problems_);
  }

  const std::string& written_formula(std::string_view collection, std::string_view field) const {
    for (const CollectionSpec& c : scenario_.collections())
      if (c.name() == collection)
        for (const FieldSpec& f : c.fields())
          if (f.name() == field)
            return f.derived();
    static const std::string none;
    return none;
  }

  const Scenario& scenario_;
  std::vector<path_problem>& problems_;
};

} // namespace

DataModel resolve_model(const Scenario& scenario, std::vector<path_problem>& problems) {
  return resolver(scenario, problems).resolve();
}

const Collection* find_collection(const DataModel& model, std::string_view name) {
  for (const Collection& c : model.collections())
    if (c.name() == name)
      return &c;
  return nullptr;
}

const Field* find_field(const Collection& collection, std::string_view name) {
  for (const Field& f : collection.fields())
    if (f.name() == name)
      return &f;
  return nullptr;
}

const Field* reference_to(const Collection& child, std::string_view parent) {
  for (const Field& f : child.fields())
    if (f.type() == "reference" && f.target() == parent)
      return &f;
  return nullptr;
}

const Collection* child_of(const DataModel& model, const Collection& parent) {
  for (const Field& f : parent.fields())
    if (f.type() == "derived" && !f.child().empty())
      return find_collection(model, f.child());
  for (const Collection& c : model.collections())
    if (reference_to(c, parent.name()))
      return &c;
  return nullptr;
}

std::vector<std::string_view> collection_names(const DataModel& model) {
  std::vector<std::string_view> out;
  for (const Collection& c : model.collections())
    out.emplace_back(c.name());
  return out;
}

std::vector<std::string_view> written_fields(const Collection& collection) {
  std::vector<std::string_view> out;
  for (const Field& f : collection.fields())
    if (f.type() != "derived")
      out.emplace_back(f.name());
  return out;
}

} // namespace squall::scenarios
