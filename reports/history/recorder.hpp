// A history on disk: written while it happens, read back for judging offline, comparing and telling its story.
//
// File: a 16 byte header (magic, version), then blocks {kind, raw bytes, stored bytes, XXH3-64 of the stored bytes}, each
// compressed by zstd: entries as they are, intent names and record names in table order, texts, and one closing block with
// the number of entries. Names precede the entries that use them. A file without its closing block is refused: the run that
// wrote it did not finish.
#pragma once

#include "reports/history/sink.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace squall::history {

class recorder final : public sink {
public:
  /// Writes to `path` + ".part" until `finish`, so that `path` is never half a history.
  explicit recorder(std::string path);
  /// Without `finish`: the partial file is removed.
  ~recorder() override;
  recorder(const recorder&) = delete;
  recorder& operator=(const recorder&) = delete;

  void append(std::span<const entry> entries, const name_table& names) override;
  /// Writes what is left, syncs nothing, renames. False if anything failed, now or before; see `error`.
  [[nodiscard]] bool finish(const name_table& names);
  const std::string& error() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Reads a recorded history in chunks.
class reader {
public:
  /// Nullopt and a sentence in `error` if the file is not a finished history of a version that this build reads.
  static std::optional<reader> open(const std::string& path, std::string& error);
  reader(reader&&) noexcept;
  reader& operator=(reader&&) noexcept;
  ~reader();

  /// The next entries, empty at the end (or at damage: then `error` is not empty). Valid until the next call.
  std::span<const entry> next();
  /// Covers every entry handed out so far; texts are there from the start.
  const name_table& names() const;
  const std::string& error() const;

private:
  struct impl;
  explicit reader(std::unique_ptr<impl> state);
  std::unique_ptr<impl> impl_;
};

/// Feeds the whole file to `to`, then gives the names to `done`. False and a sentence in `error` if it could not.
[[nodiscard]] bool replay(const std::string& path, sink& to, const std::function<void(const name_table&)>& done,
                          std::string& error);

} // namespace squall::history
