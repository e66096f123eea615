#include "reports/history/block_file.hpp"

#include <array>
#include <cstring>
#include <fmt/format.h>
#include <zstd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace squall::history {

namespace {

constexpr std::array<char, 8> magic{'S', 'Q', 'L', 'L', 'H', 'I', 'S', 'T'};
constexpr std::uint32_t version = 1;
// Histories are mostly zero bytes: the fastest level already packs them tenfold.
constexpr int compression_level = 1;

struct file_header {
  std::array<char, 8> magic;
  std::uint32_t version;
  std::uint32_t reserved;
};
static_assert(sizeof(file_header) == 16);

} // namespace

struct block_header {
  std::uint32_t kind;
  std::uint32_t raw_bytes;
  std::uint32_t stored_bytes;
  std::uint32_t reserved;
  std::uint64_t checksum;
};

block_writer::block_writer(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
  const file_header head{magic, version, 0};
  good_ = file_ && std::fwrite(&head, sizeof head, 1, file_.get()) == 1;
}

void block_writer::write(block_kind kind, std::string_view bytes) {
  if (!good_)
    return;
  packed_.resize(ZSTD_compressBound(bytes.size()));
  const auto size = ZSTD_compress(packed_.data(), packed_.size(), bytes.data(), bytes.size(), compression_level);
  if (ZSTD_isError(size) != 0 || bytes.size() > block_bytes_max) {
    good_ = false;
    return;
  }
  const block_header head{static_cast<std::uint32_t>(kind), static_cast<std::uint32_t>(bytes.size()),
                          static_cast<std::uint32_t>(size), 0, XXH3_64bits(packed_.data(), size)};
  good_ =
      std::fwrite(&head, sizeof head, 1, file_.get()) == 1 && std::fwrite(packed_.data(), 1, size, file_.get()) == size;
}

bool block_writer::close() {
  if (file_)
    good_ = std::fclose(file_.release()) == 0 && good_;
  return good_;
}

block_reader::block_reader(const std::string& path) : file_(std::fopen(path.c_str(), "rb")) {
  if (!file_) {
    error_ = fmt::format("{}: cannot be opened", path);
    return;
  }
  file_header head{};
  if (std::fread(&head, sizeof head, 1, file_.get()) != 1 || head.magic != magic)
    error_ = fmt::format("{}: is not a recorded history", path);
  else if (head.version != version)
    error_ = fmt::format("{}: is a history of version {}, this build reads version {}", path, head.version, version);
}

bool block_reader::read_header(block_header& out) {
  if (!error_.empty())
    return false;
  const auto got = std::fread(&out, 1, sizeof out, file_.get());
  if (got == 0 && std::feof(file_.get()) != 0)
    return false;
  if (got != sizeof out || out.raw_bytes > block_bytes_max || out.stored_bytes > ZSTD_compressBound(out.raw_bytes)) {
    error_ = "the history is damaged: a block's header makes no sense";
    return false;
  }
  return true;
}

bool block_reader::next(block& out) {
  block_header head{};
  if (!read_header(head))
    return false;
  packed_.resize(head.stored_bytes);
  if (std::fread(packed_.data(), 1, packed_.size(), file_.get()) != packed_.size()) {
    error_ = "the history is damaged: it ends within a block";
    return false;
  }
  if (XXH3_64bits(packed_.data(), packed_.size()) != head.checksum) {
    error_ = "the history is damaged: a block's checksum is wrong";
    return false;
  }
  out.kind = static_cast<block_kind>(head.kind);
  out.bytes.resize(head.raw_bytes);
  if (ZSTD_decompress(out.bytes.data(), out.bytes.size(), packed_.data(), packed_.size()) != head.raw_bytes) {
    error_ = "the history is damaged: a block does not unpack";
    return false;
  }
  return true;
}

bool block_reader::skip(block_kind& kind) {
  block_header head{};
  if (!read_header(head))
    return false;
  kind = static_cast<block_kind>(head.kind);
  if (std::fseek(file_.get(), static_cast<long>(head.stored_bytes), SEEK_CUR) != 0) {
    error_ = "the history is damaged: it ends within a block";
    return false;
  }
  return true;
}

void block_reader::rewind() {
  if (file_)
    std::fseek(file_.get(), sizeof(file_header), SEEK_SET);
}

} // namespace squall::history
