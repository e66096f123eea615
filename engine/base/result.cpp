#include "engine/base/result.hpp"

namespace squall {

const char* to_string(errc code) noexcept {
  switch (code) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::not_found: return "not_found";
    case errc::corrupt: return "corrupt";
    case errc::unsupported: return "unsupported";
    case errc::storage: return "storage";
    case errc::in_doubt: return "in_doubt";
    case errc::unauthorized: return "unauthorized";
    case errc::unavailable: return "unavailable";
    case errc::queue_full: return "queue_full";
    case errc::offline_forbidden: return "offline_forbidden";
  }
  return "?";
}

} // namespace squall
