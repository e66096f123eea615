#include "campaigns/lost_acks.hpp"

namespace squall::campaigns {

namespace {

constexpr std::uint8_t push_reply_class = 2;        // io::message_class::push_reply
constexpr std::uint64_t fault_id_base = 1ull << 62; // above every id that the planner gives

} // namespace

void acknowledgement_list::append(std::span<const history::entry> entries, const history::name_table&) {
  for (const history::entry& e : entries)
    if (e.kind == history::entry_kind::message_sent && e.actor == 0 && e.code == push_reply_class)
      all_.push_back({e.peer, ++sent_[e.peer]});
}

scenarios::Plan without_acknowledgement(const scenarios::Plan& plan, const acknowledgement& lost) {
  scenarios::Plan out = plan;
  auto& fault = *out.add_faults();
  fault.set_id(fault_id_base);
  fault.set_name("drop_message");
  fault.add_devices(lost.device);
  auto& anchor = *fault.mutable_message();
  anchor.set_message_class("push_reply");
  anchor.set_device(lost.device);
  anchor.set_ordinal(lost.ordinal);
  return out;
}

} // namespace squall::campaigns
