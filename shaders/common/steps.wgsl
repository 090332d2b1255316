// Which elements a thread makes that makes STEPS of them. RUN neighbouring threads share one contiguous run, which they
// walk side by side:
//   workgroup of 64 * STEPS elements = 64 / RUN runs of RUN * STEPS; the thread's elements lie RUN apart.
// On a software adapter RUN threads are one vector of lanes, and the vectors of a workgroup run one after the other: so
// memory is read in order, which the prefetcher of a CPU needs (docs/performance/elementwise.md). On a GPU RUN vec4s
// are a cache line.
override STEPS: u32 = 1;
const RUN = 8u;

fn element_of(group: u32, lane: u32, step: u32) -> u32 {
  return (group * 64 + lane / RUN * RUN) * STEPS + lane % RUN + step * RUN;
}
