// Keeps the house of docs/architecture.md: which folder may include which, which calls are banned and what to use instead,
// and how long a file may be. Reads the sources as text.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

struct source_file {
  std::string path; ///< from the root
  std::vector<std::string> lines;
};

std::vector<source_file> read_sources() {
  const fs::path root = SQUALL_SOURCE_DIR;
  std::vector<source_file> files;
  for (const char* top : {"engine", "faults", "scenarios", "actors", "reports", "campaigns", "cli", "tests", "bench"}) {
    for (const auto& item : fs::recursive_directory_iterator(root / top)) {
      const auto extension = item.path().extension();
      if (extension != ".cpp" && extension != ".hpp" && extension != ".def" && extension != ".proto")
        continue;
      source_file file{fs::relative(item.path(), root).generic_string(), {}};
      std::ifstream in(item.path());
      for (std::string line; std::getline(in, line);)
        file.lines.push_back(line);
      files.push_back(std::move(file));
    }
  }
  std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return files;
}

const std::vector<source_file>& sources() {
  static const std::vector<source_file> all = read_sources();
  return all;
}

/// What each folder may include besides itself; the longest matching prefix decides.
const std::map<std::string, std::vector<std::string>> allowed_includes = {
    {"engine/base", {}},
    {"engine/telemetry", {"engine/base"}},
    {"engine/io", {"engine/base", "engine/telemetry"}},
    {"engine/merge", {"engine/base", "engine/telemetry"}},
    {"engine/wire", {"engine/base", "engine/telemetry", "engine/merge"}},
    {"engine/store", {"engine/base"}},
    {"engine/security", {"engine/base", "engine/telemetry", "engine/io", "engine/wire", "engine/store"}},
    {"engine/client", {"engine"}},
    {"engine/server", {"engine"}},
    {"faults", {"engine/base"}},
    {"scenarios", {"engine/base", "faults"}},
    {"actors", {"engine", "faults", "scenarios", "reports/history"}},
    {"reports/history", {"scenarios"}},
    {"reports/invariants", {"reports", "scenarios"}},
    {"reports", {"scenarios"}},
    {"campaigns", {"actors", "reports", "scenarios", "faults", "engine/base", "engine/telemetry"}},
    {"campaigns/audit", {"campaigns", "actors", "scenarios", "engine"}},
    {"cli",
     {"campaigns", "actors", "reports", "scenarios", "faults", "engine/base", "engine/telemetry", "engine/merge"}},
};

/// Libraries that live in one place.
const std::map<std::string, std::vector<std::string>> library_homes = {
    {"caf/", {"actors", "bench", "tests/actors"}},
    {"sqlite3.h", {"engine/store", "faults/disk", "tests/faults", "tests/engine", "tests/actors"}},
    {"yaml-cpp/", {"scenarios", "tests"}},
    {"sodium.h", {"engine/security", "tests/engine/security"}},
    {"nlohmann/", {"reports/writers", "tests", "scenarios"}},
    {"CLI/", {"cli"}},
};

bool starts_with_folder(std::string_view path, std::string_view folder) {
  return path.substr(0, folder.size()) == folder &&
         (path.size() == folder.size() || path[folder.size()] == '/' || folder.back() == '/');
}

std::optional<std::string> folder_of(const std::string& path) {
  std::optional<std::string> best;
  for (const auto& [folder, rules] : allowed_includes)
    if (starts_with_folder(path, folder) && (!best || folder.size() > best->size()))
      best = folder;
  return best;
}

std::optional<std::string> included(const std::string& line) {
  std::istringstream in(line);
  std::string hash, name;
  in >> hash;
  if (hash == "#") {
    in >> name;
    hash += name;
  }
  if (hash != "#include")
    return std::nullopt;
  in >> name;
  if (name.size() < 2)
    return std::nullopt;
  return name.substr(1, name.size() - 2);
}

bool is_project_path(const std::string& include) {
  return std::any_of(allowed_includes.begin(), allowed_includes.end(), [&](const auto& rule) {
    return starts_with_folder(include, rule.first.substr(0, rule.first.find('/')));
  });
}

bool allowed(const std::string& from, const std::string& include) {
  const auto folder = folder_of(from);
  if (!folder)
    return true; // tests and benchmarks see everything
  if (starts_with_folder(include, *folder))
    return true;
  const auto& list = allowed_includes.at(*folder);
  return std::any_of(list.begin(), list.end(),
                     [&](const std::string& prefix) { return starts_with_folder(include, prefix); });
}

TEST(House, IncludesPointOneWay) {
  std::size_t seen = 0;
  for (const auto& file : sources())
    for (std::size_t i = 0; i < file.lines.size(); ++i)
      if (const auto include = included(file.lines[i]); include && is_project_path(*include)) {
        ++seen;
        EXPECT_TRUE(allowed(file.path, *include)) << file.path << ":" << i + 1 << " may not include " << *include;
      }
  EXPECT_GT(seen, 100u);
}

TEST(House, TheOracleIncludesNothingOfTheEngine) {
  EXPECT_FALSE(allowed("reports/invariants/judge.cpp", "engine/base/ids.hpp"));
  EXPECT_FALSE(allowed("reports/history/names.cpp", "engine/base/ids.hpp"));
  EXPECT_FALSE(allowed("engine/client/replica.cpp", "actors/simulation.hpp"));
  EXPECT_TRUE(allowed("actors/device.cpp", "engine/client/replica.hpp"));
}

TEST(House, EachLibraryHasOneHome) {
  for (const auto& file : sources())
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const auto include = included(file.lines[i]);
      if (!include)
        continue;
      for (const auto& [library, homes] : library_homes) {
        if (include->rfind(library, 0) != 0)
          continue;
        EXPECT_TRUE(std::any_of(homes.begin(), homes.end(),
                                [&](const std::string& home) { return starts_with_folder(file.path, home); }))
            << file.path << ":" << i + 1 << ": " << *include << " belongs in " << homes.front();
      }
    }
}

struct ban {
  std::string_view text;
  std::string_view instead;
  std::vector<std::string_view> except; ///< files where it is the point
};

const std::vector<ban> bans = {
    {"system_clock::now", "take a clock_reading", {}},
    {"steady_clock::now",
     "take a clock_reading; wall time of a run is measured in campaigns/stopwatch.hpp",
     {"campaigns/stopwatch.cpp"}},
    {"random_device", "draw(seed, domain, key)", {}},
    {"_distribution", "below() and happens() of engine/base/keyed_draw.hpp", {}},
    {"mt19937", "draw(seed, domain, key)", {}},
    {"std::thread", "worker processes (campaigns/workers.hpp)", {}},
    {"sleep_for", "a timer", {}},
    {"getenv", "an option", {"cli/"}},
    {"rand(", "draw(seed, domain, key)", {}},
    {"FIXME", "mend it or write an issue", {}},
};

/// The line without its string literals and trailing comment, so that words about a call are not the call.
std::string code_of(const std::string& line) {
  std::string out;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (!quoted && line.compare(i, 2, "//") == 0)
      break;
    if (line[i] == '"' && (i == 0 || line[i - 1] != '\\'))
      quoted = !quoted;
    else if (!quoted)
      out += line[i];
  }
  return out;
}

TEST(House, BannedCallsAreNotMade) {
  for (const auto& file : sources()) {
    if (file.path.rfind("tests/", 0) == 0 || file.path.rfind("bench/", 0) == 0)
      continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string code = code_of(file.lines[i]);
      for (const ban& b : bans) {
        const auto at = code.find(b.text);
        if (at == std::string::npos ||
            (b.text == "rand(" && at > 0 && (std::isalnum(code[at - 1]) || code[at - 1] == '_')))
          continue;
        const bool excepted = std::any_of(b.except.begin(), b.except.end(),
                                          [&](std::string_view e) { return file.path.rfind(e, 0) == 0; });
        EXPECT_TRUE(excepted) << file.path << ":" << i + 1 << ": `" << b.text << "` is banned; use " << b.instead;
      }
    }
  }
}

/// Names declared as unordered containers in a file, for the rule that nobody iterates them.
std::set<std::string> unordered_names(const source_file& file) {
  std::set<std::string> names;
  for (const auto& line : file.lines) {
    const std::string code = code_of(line);
    for (const char* container : {"unordered_map<", "unordered_set<", "robin_map<", "robin_set<"}) {
      if (code.find(container) == std::string::npos)
        continue;
      const auto end = code.find_last_of(";{=");
      auto stop = end == std::string::npos ? code.size() : end;
      while (stop > 0 && !(std::isalnum(code[stop - 1]) || code[stop - 1] == '_'))
        --stop;
      auto start = stop;
      while (start > 0 && (std::isalnum(code[start - 1]) || code[start - 1] == '_'))
        --start;
      if (start < stop)
        names.insert(code.substr(start, stop - start));
    }
  }
  return names;
}

TEST(House, UnorderedContainersAreNotIterated) {
  for (const auto& file : sources()) {
    if (file.path.rfind("tests/", 0) == 0)
      continue;
    const auto names = unordered_names(file);
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string code = code_of(file.lines[i]);
      if (code.find("for (") == std::string::npos)
        continue;
      for (const auto& name : names)
        EXPECT_EQ(code.find(": " + name + ")"), std::string::npos)
            << file.path << ":" << i + 1 << ": iterates the unordered `" << name << "`; use an ordered container";
    }
  }
}

TEST(House, TheEngineDoesNotKnowWhereItRuns) {
  for (const auto& file : sources()) {
    if (file.path.rfind("engine/", 0) != 0)
      continue;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      std::string word;
      for (const char c : file.lines[i] + " ") {
        if (std::isalpha(static_cast<unsigned char>(c))) {
          word += static_cast<char>(std::tolower(c));
          continue;
        }
        EXPECT_TRUE(word != "sim" && word != "test" && word != "tests" && word != "harness" && word != "simulation")
            << file.path << ":" << i + 1 << ": the engine may not speak of `" << word << "`";
        word.clear();
      }
    }
  }
}

TEST(House, FilesHoldOneConcept) {
  for (const auto& file : sources())
    EXPECT_LE(file.lines.size(), 400u) << file.path << " is longer than a file should be; split it";
}

} // namespace
