#include "reports/history/recorder.hpp"

#include "reports/history/block_file.hpp"

#include <cstdio>
#include <cstring>
#include <fmt/format.h>
#include <limits>

namespace squall::history {

namespace {

// Large enough to compress well, small enough to stay in the cache.
constexpr std::size_t entries_per_block = 16'384;
constexpr std::size_t names_per_block = 65'536;

struct stored_record {
  intent_name creator;
  std::uint64_t ordinal = 0;
};

template <class T>
std::string_view bytes_of(const std::vector<T>& items) {
  return {reinterpret_cast<const char*>(items.data()), items.size() * sizeof(T)};
}

void append_text(std::string& to, std::int64_t digest, const std::string& text) {
  const std::uint64_t size = text.size();
  to.append(reinterpret_cast<const char*>(&digest), sizeof digest);
  to.append(reinterpret_cast<const char*>(&size), sizeof size);
  to.append(text);
}

} // namespace

// -- recorder ---------------------------------------------------------------------------------------------------------

struct recorder::impl {
  explicit impl(std::string to) : path(std::move(to)), part(path + ".part"), out(part) {
    waiting.reserve(entries_per_block);
  }

  void write_names(const name_table& names) {
    while (intents_done < names.intents()) {
      std::vector<intent_name> items;
      while (intents_done < names.intents() && items.size() < names_per_block)
        items.push_back(names.intent(static_cast<intent_index>(++intents_done)));
      out.write(block_kind::intents, bytes_of(items));
    }
    while (records_done < names.records()) {
      std::vector<stored_record> items;
      while (records_done < names.records() && items.size() < names_per_block) {
        const auto& name = names.record(static_cast<record_index>(++records_done));
        items.push_back({name.creator, name.ordinal});
      }
      out.write(block_kind::records, bytes_of(items));
    }
  }

  void write_entries() {
    if (!waiting.empty())
      out.write(block_kind::entries, bytes_of(waiting));
    count += waiting.size();
    waiting.clear();
  }

  void write_texts(const name_table& names) {
    std::string bytes;
    for (const auto& [digest, text] : names.texts()) {
      if (!bytes.empty() && bytes.size() + text.size() > (1U << 20)) {
        out.write(block_kind::texts, bytes);
        bytes.clear();
      }
      append_text(bytes, digest, text);
    }
    if (!bytes.empty())
      out.write(block_kind::texts, bytes);
  }

  std::string path;
  std::string part;
  block_writer out;
  std::vector<entry> waiting;
  std::size_t intents_done = 0;
  std::size_t records_done = 0;
  std::uint64_t count = 0;
  bool finished = false;
  std::string error;
};

recorder::recorder(std::string path) : impl_(std::make_unique<impl>(std::move(path))) {}

recorder::~recorder() {
  if (impl_->finished)
    return;
  static_cast<void>(impl_->out.close());
  std::remove(impl_->part.c_str());
}

void recorder::append(std::span<const entry> entries, const name_table& names) {
  auto& self = *impl_;
  while (!entries.empty()) {
    const auto take = std::min(entries.size(), entries_per_block - self.waiting.size());
    self.waiting.insert(self.waiting.end(), entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(take));
    entries = entries.subspan(take);
    if (self.waiting.size() == entries_per_block) {
      self.write_names(names);
      self.write_entries();
    }
  }
}

bool recorder::finish(const name_table& names) {
  auto& self = *impl_;
  self.write_names(names);
  self.write_entries();
  self.write_texts(names);
  self.out.write(block_kind::closing, {reinterpret_cast<const char*>(&self.count), sizeof self.count});
  const bool written = self.out.close();
  self.finished = written && std::rename(self.part.c_str(), self.path.c_str()) == 0;
  if (!self.finished)
    self.error = fmt::format("{}: could not be written", self.path);
  return self.finished;
}

const std::string& recorder::error() const { return impl_->error; }

// -- reader -----------------------------------------------------------------------------------------------------------

struct reader::impl {
  explicit impl(const std::string& path) : in(path), error(in.error()) {}

  bool take_texts() {
    std::string_view bytes(current.bytes.data(), current.bytes.size());
    while (!bytes.empty()) {
      std::int64_t digest = 0;
      std::uint64_t size = 0;
      if (bytes.size() < 16)
        return false;
      std::memcpy(&digest, bytes.data(), 8);
      std::memcpy(&size, bytes.data() + 8, 8);
      bytes.remove_prefix(16);
      if (size > bytes.size())
        return false;
      names.remember_text(digest, std::string(bytes.substr(0, size)));
      bytes.remove_prefix(size);
    }
    return true;
  }

  template <class Stored, class Intern>
  bool take_names(Intern intern) {
    if (current.bytes.size() % sizeof(Stored) != 0)
      return false;
    for (std::size_t at = 0; at < current.bytes.size(); at += sizeof(Stored)) {
      Stored item{};
      std::memcpy(&item, current.bytes.data() + at, sizeof item);
      intern(item);
    }
    return true;
  }

  bool take(block_kind kind) {
    switch (kind) {
      case block_kind::intents: return take_names<intent_name>([&](const intent_name& name) { names.intern(name); });
      case block_kind::records:
        return take_names<stored_record>([&](const stored_record& item) {
          names.intern(record_name{item.creator, static_cast<std::uint8_t>(item.ordinal)});
        });
      case block_kind::entries: return current.bytes.size() % sizeof(entry) == 0;
      case block_kind::texts: // taken at the start
      case block_kind::closing: return true;
    }
    return false;
  }

  // Texts and the closing block are at the end; what lies between is passed over unread.
  bool survey() {
    block_kind kind{};
    std::vector<block_kind> kinds;
    while (in.skip(kind))
      kinds.push_back(kind);
    if (!in.error().empty() || kinds.empty() || kinds.back() != block_kind::closing) {
      error = in.error().empty() ? "the history is not finished: whoever wrote it stopped before its end" : in.error();
      return false;
    }
    in.rewind();
    for (const auto expected : kinds) {
      const bool wanted = expected == block_kind::texts || expected == block_kind::closing;
      if (!(wanted ? in.next(current) : in.skip(kind)) || (expected == block_kind::texts && !take_texts())) {
        error = in.error().empty() ? "the history is damaged: a block of texts makes no sense" : in.error();
        return false;
      }
    }
    if (current.bytes.size() != sizeof expected_entries) {
      error = "the history is damaged: its closing block makes no sense";
      return false;
    }
    std::memcpy(&expected_entries, current.bytes.data(), sizeof expected_entries);
    in.rewind();
    return true;
  }

  block_reader in;
  block current;
  std::vector<entry> entries;
  name_table names;
  std::uint64_t expected_entries = 0;
  std::uint64_t given = 0;
  std::string error;
};

reader::reader(std::unique_ptr<impl> state) : impl_(std::move(state)) {}
reader::reader(reader&&) noexcept = default;
reader& reader::operator=(reader&&) noexcept = default;
reader::~reader() = default;

std::optional<reader> reader::open(const std::string& path, std::string& error) {
  auto state = std::make_unique<impl>(path);
  if (!state->error.empty() || !state->survey()) {
    error = state->error;
    return std::nullopt;
  }
  return reader(std::move(state));
}

std::span<const entry> reader::next() {
  auto& self = *impl_;
  while (self.error.empty() && self.in.next(self.current)) {
    if (!self.take(self.current.kind)) {
      self.error = "the history is damaged: a block makes no sense";
      return {};
    }
    if (self.current.kind == block_kind::entries && !self.current.bytes.empty()) {
      self.entries.resize(self.current.bytes.size() / sizeof(entry));
      std::memcpy(self.entries.data(), self.current.bytes.data(), self.current.bytes.size());
      self.given += self.entries.size();
      return self.entries;
    }
  }
  if (self.error.empty())
    self.error = self.in.error();
  if (self.error.empty() && self.given != self.expected_entries)
    self.error = "the history is damaged: entries are missing";
  return {};
}

const name_table& reader::names() const { return impl_->names; }
const std::string& reader::error() const { return impl_->error; }

bool replay(const std::string& path, sink& to, const std::function<void(const name_table&)>& done, std::string& error) {
  auto source = reader::open(path, error);
  if (!source)
    return false;
  for (auto entries = source->next(); !entries.empty(); entries = source->next())
    to.append(entries, source->names());
  error = source->error();
  if (error.empty())
    done(source->names());
  return error.empty();
}

} // namespace squall::history
