// A collection of a data model, as a person would write it.
#pragma once

#include "scenarios/scenario.pb.h"

namespace squall::scenarios {

CollectionSpec spec_of(const Collection& collection);

} // namespace squall::scenarios
