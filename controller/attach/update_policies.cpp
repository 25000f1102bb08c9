#include "controller/attach/round.h"

namespace sluice::attach {

void update_policies(Round&) {}

}  // namespace sluice::attach
