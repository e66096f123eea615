// What a time traveller and the process that stands in its run say to each other. Both are forks of one program.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace squall::campaigns::inspect {

enum class verb : std::uint8_t {
  stay,      ///< where are you?
  to_moment, ///< number
  to_time,   ///< number: ns. Everything up to and including that instant has happened
  to_entry,  ///< number: the history entry of this index, from 0, has been written
  next,      ///< number: so many moments on that wrote history
  find,      ///< text: on to the next moment that wrote an entry in which the text occurs
  back,      ///< number: so many moments back that wrote history
  find_back, ///< text
  to_end,
  show, ///< text: a view (views.hpp)
};

struct request {
  verb what = verb::stay;
  std::uint64_t number = 0;
  std::string text;
};

enum class answer : std::uint8_t {
  here,      ///< the run stands where it was asked to, or at its end
  behind,    ///< that lies before: ask one who stands earlier for moment `wanted`
  not_found, ///< the run stands still; nothing there is like that
  parked,    ///< a further process stands here (its channel is attached); more is to come
  woken,     ///< a copy of this parked process is ready (attached)
  failed,    ///< `text`: why the run cannot be made
};

struct reply {
  answer what = answer::here;
  std::uint64_t moment = 0;
  std::int64_t at_ns = 0;
  std::uint64_t entries = 0;
  std::uint64_t digest = 0;
  std::uint64_t wanted = 0;
  std::int64_t work_ns = 0; ///< real time spent on getting here from the start
  std::int32_t pid = 0;
  bool ended = false;
  std::string text;
};

std::string encode(const request& r);
std::string encode(const reply& r);
std::optional<request> decode_request(const std::string& bytes);
std::optional<reply> decode_reply(const std::string& bytes);

} // namespace squall::campaigns::inspect
