// What a node does with a change, without sockets and system calls: attach, compile, store, the kernel's tables (the
// mapped arrays are plain memory here) and the engine's.
#pragma once

#include <span>
#include <vector>

#include "controller/attach/attach.h"
#include "controller/compile/compile.h"
#include "userspace/l4/service_table.h"
#include "userspace/l7/listeners.h"

namespace sluice::bench {

/// The mapped arrays of the datapath at their built sizes; pages are used as they are written.
class KernelArrays {
 public:
  KernelArrays();
  ~KernelArrays();
  KernelArrays(const KernelArrays&) = delete;
  KernelArrays& operator=(const KernelArrays&) = delete;

  std::span<service> services;
  std::span<backend> backends;
  std::span<std::uint32_t> rings;

 private:
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
};

class Pipeline {
 public:
  Pipeline();

  /// Objects to model: what a controller does.
  model::v1::Delta compile(const api::ObjectSet& objects, std::span<const api::ObjectRef> changed);

  /// Model to tables: what a node does.
  void apply(const model::v1::Delta& delta);

  [[nodiscard]] const model::Store& store() const { return store_; }
  /// Services that forward to somebody, and rules of the engine's tables: that the work was done.
  [[nodiscard]] std::size_t forwarding() const;

 private:
  attach::Attacher attacher_;
  compile::Compiler compiler_;
  model::Store store_;
  KernelArrays arrays_;
  l4::ServicePlanner planner_;
  l4::BackendTable backends_;
  l4::RingTable rings_;
  l4::ServiceTable services_;
  l7::TlsKeysBuilder keys_;
  l7::ListenersBuilder listeners_builder_;
  l7::TablesBuilder tables_builder_;
  std::shared_ptr<const l7::Listeners> listeners_;
  std::shared_ptr<const l7::Tables> tables_;
};

}  // namespace sluice::bench
