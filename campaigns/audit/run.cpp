#include "campaigns/audit/run.hpp"

#include "actors/model.hpp"
#include "actors/simulation.hpp"
#include "actors/system/squall_system.hpp"

#include <optional>

namespace squall::campaigns::audit {

result<account> run_and_account(const scenarios::Plan& plan) {
  auto model = actors::model::from(plan);
  if (!model)
    return model.err();
  actors::squall_system system;
  std::optional<result<account>> found;
  actors::simulation_options how;
  how.system = &system;
  how.look_at_server = [&](const actors::store_place& place) {
    server::options o;
    o.model = model->schema();
    o.store = {.path = place.path, .vfs = place.vfs, .exclusive = !place.exchanged};
    auto server = server::replica::open(std::move(o));
    found = server ? account_of(**server, *model->schema()) : result<account>(server.err());
  };
  const auto outcome = actors::simulate(plan, how);
  if (!outcome)
    return outcome.err();
  if (!found)
    return error{errc::unavailable, "the run did not get to its end"};
  return std::move(*found);
}

} // namespace squall::campaigns::audit
