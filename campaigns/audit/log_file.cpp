#include "campaigns/audit/log_file.hpp"

#include "actors/model.hpp"
#include "campaigns/audit/log_record.hpp"
#include "engine/base/hash.hpp"

#include <fmt/format.h>
#include <google/protobuf/util/json_util.h>

#include <optional>

namespace squall::campaigns::audit {

namespace {

namespace json = google::protobuf::util;

/// The check of a message that follows one whose check was `before`.
template <class Message>
std::string check_of(Message message, const std::string& before) {
  message.clear_check();
  return fmt::format("{:016x}", content_hash(message.SerializeAsString(), before));
}

class writer {
public:
  explicit writer(log_format format) : format_(format) {}

  template <class Message>
  void add(Message message) {
    before_ = check_of(message, before_);
    message.set_check(before_);
    if (format_ == log_format::protobuf) {
      const std::string bytes = message.SerializeAsString();
      for (int shift = 0; shift < 32; shift += 8)
        out_ += static_cast<char>(bytes.size() >> shift & 0xff);
      out_ += bytes;
      return;
    }
    json::JsonPrintOptions how;
    how.preserve_proto_field_names = true;
    std::string line;
    CHECK(json::MessageToJsonString(message, &line, how).ok());
    out_ += line + "\n";
  }
  std::string take() { return std::move(out_); }

private:
  log_format format_;
  std::string before_, out_;
};

class reader {
public:
  reader(std::string_view bytes, log_format format) : rest_(bytes), format_(format) {}

  bool done() const { return rest_.empty(); }
  /// The next message. Errors: `corrupt`.
  template <class Message>
  result<Message> next() {
    ++line_;
    Message message;
    if (auto read = format_ == log_format::protobuf ? next_bytes(message) : next_line(message); !read)
      return read.err();
    const std::string check = check_of(message, before_);
    if (check != message.check())
      return wrong("was changed, or one before it is missing");
    before_ = check;
    return message;
  }
  error wrong(std::string_view what) const {
    return {errc::corrupt, fmt::format("{} {} {}", format_ == log_format::protobuf ? "record" : "line", line_, what)};
  }

private:
  result<void> next_line(google::protobuf::Message& message) {
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos)
      return wrong("is cut");
    const auto status = json::JsonStringToMessage(std::string(rest_.substr(0, end)), &message);
    rest_.remove_prefix(end + 1);
    if (!status.ok())
      return wrong("is no line of a log: " + status.ToString());
    return {};
  }
  result<void> next_bytes(google::protobuf::Message& message) {
    constexpr std::size_t length_bytes = 4;
    if (rest_.size() < length_bytes)
      return wrong("is cut");
    std::size_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i)
      length |= static_cast<std::size_t>(static_cast<unsigned char>(rest_[i])) << (8 * i);
    if (rest_.size() - length_bytes < length)
      return wrong("is cut");
    const bool parsed = message.ParseFromArray(rest_.data() + length_bytes, static_cast<int>(length));
    rest_.remove_prefix(length_bytes + length);
    if (!parsed)
      return wrong("is no record of a log");
    return {};
  }

  std::string_view rest_;
  log_format format_;
  std::string before_;
  std::uint64_t line_ = 0;
};

} // namespace

log_format format_of(std::string_view file_name) {
  return file_name.ends_with(".pb") ? log_format::protobuf : log_format::json_lines;
}

std::string write_log(const captured& what, log_format format) {
  writer out(format);
  LogHeader header;
  header.set_format(1);
  header.set_scenario(what.scenario);
  header.set_seed(what.seed);
  *header.mutable_model() = what.on.model;
  *header.mutable_knobs() = what.on.knobs;
  out.add(header);
  const auto model = actors::model::from(what.on.model);
  static const merge::schema nothing_known;
  const merge::schema& names = model ? *model->schema() : nothing_known;
  std::uint64_t n = 0;
  for (const server::audit_record& r : what.records) {
    LogRecord record = to_log(r, names);
    record.set_n(++n);
    out.add(std::move(record));
  }
  LogRecord end;
  end.set_kind("end");
  end.set_n(n);
  out.add(std::move(end));
  return out.take();
}

result<captured> read_log(std::string_view bytes, log_format format) {
  reader in(bytes, format);
  if (in.done())
    return error{errc::corrupt, "the log is empty"};
  const auto header = in.next<LogHeader>();
  if (!header)
    return header.err();
  if (header->format() != 1)
    return in.wrong(fmt::format("is of format {}; this build reads format 1", header->format()));
  captured out{header->scenario(), header->seed(), {header->model(), header->knobs()}, {}};
  for (std::uint64_t n = 1; !in.done(); ++n) {
    const auto record = in.next<LogRecord>();
    if (!record)
      return record.err();
    if (record->kind() == "end") {
      if (record->n() != n - 1)
        return in.wrong(fmt::format("ends a log of {} records after {}", record->n(), n - 1));
      if (!in.done())
        return in.wrong("ends the log, and more follows");
      return out;
    }
    if (record->n() != n)
      return in.wrong(fmt::format("is record {} where {} is next", record->n(), n));
    auto read = from_log(*record);
    if (!read)
      return in.wrong("says what cannot be: " + read.err().message);
    out.records.push_back(std::move(*read));
  }
  return error{errc::corrupt, fmt::format("the log is cut after {} records: it has no end", out.records.size())};
}

} // namespace squall::campaigns::audit
