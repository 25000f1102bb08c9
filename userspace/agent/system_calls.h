// What sluiced never asks of the kernel, denied (seccomp): who gets to run code in it cannot start a program, look into
// other processes, change mounts, namespaces, modules or the clock.
#pragma once

#include <expected>
#include <string>

namespace sluice::agent {

/// For all threads, now and later; such calls fail with EPERM. Sets no_new_privs. Cannot be undone. Error: what the
/// kernel refused; nothing is denied then.
std::expected<void, std::string> deny_unused_system_calls();

}  // namespace sluice::agent
