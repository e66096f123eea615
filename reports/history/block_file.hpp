// The container that a recorded history is kept in: compressed, checksummed blocks. No knowledge of what is in them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace squall::history {

enum class block_kind : std::uint32_t { entries = 1, intents = 2, records = 3, texts = 4, closing = 5 };

/// Raw bytes of one block are at most this; a header that claims more is damage.
constexpr std::uint32_t block_bytes_max = 64U << 20;

struct block {
  block_kind kind = block_kind::closing;
  std::vector<char> bytes;
};

struct block_header;

class block_writer {
public:
  explicit block_writer(const std::string& path);
  void write(block_kind kind, std::string_view bytes);
  /// False if any write failed.
  [[nodiscard]] bool close();
  bool good() const { return good_; }

private:
  struct closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, closer> file_;
  std::vector<char> packed_;
  bool good_ = false;
};

class block_reader {
public:
  /// `error()` is not empty if the file cannot be opened or is no history of this version.
  explicit block_reader(const std::string& path);
  /// False at the end of the file or at damage (then `error()` says what).
  bool next(block& out);
  /// Passes over a block without unpacking it: false as above. `kind` is the kind of the block passed.
  bool skip(block_kind& kind);
  void rewind();
  const std::string& error() const { return error_; }

private:
  bool read_header(block_header& out);

  struct closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, closer> file_;
  std::vector<char> packed_;
  std::string error_;
};

} // namespace squall::history
