// What TSan is to leave out where the tests run under it: gRPC and what it is made of are not instrumented, so it does
// not see how they order their own accesses, and reports them. Ours are judged: the owners' loops and the streams'
// meet under our own mutexes, and no code of ours is called from within gRPC but one that takes a mutex first.
extern "C" const char* __tsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier): TSan's name

extern "C" const char* __tsan_default_suppressions() {  // NOLINT(bugprone-reserved-identifier)
  return "called_from_lib:libgrpc.so\ncalled_from_lib:libgpr.so\ncalled_from_lib:libcrypto.so\n"
         "called_from_lib:libssl.so\ncalled_from_lib:libabsl_graphcycles_internal.so\n"
         "race:libgrpc\nrace:libgpr\nrace:libabsl_\nrace:libcrypto\nrace:libssl\n";
}
