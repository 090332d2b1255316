// Dynamic loss scaling (Micikevicius et al. 2018, "Mixed precision training"), once a step, by one thread. Where
// gradients overflowed the step is skipped and the scale halved; after INTERVAL steps without, it is doubled. The
// optimizer's step number counts the others.
override INTERVAL: f32 = 2000;
const LARGEST = 16777216.0; // 2^24: nothing is gained by more
const SMALLEST = 1.0;
struct Scaling {
  scale: f32, // a power of two
  good: f32, // steps since the scale last changed
  skipped: f32, // steps so far
}
struct Hyper {
  lr: f32,
  step: f32,
  skip: f32,
}
// how many threads of optimizer/unscale_grads.wgsl found one
@group(0) @binding(0) var<storage, read> overflows: array<f32>;
@group(0) @binding(1) var<storage, read_write> scaling: Scaling;
@group(0) @binding(2) var<storage, read_write> hyper: Hyper;

@compute @workgroup_size(1)
fn main() {
  if (overflows[0] > 0) {
    hyper.skip = 1;
    scaling.scale = max(scaling.scale / 2, SMALLEST);
    scaling.good = 0;
    scaling.skipped += 1;
    return;
  }
  hyper.skip = 0;
  hyper.step += 1;
  scaling.good += 1;
  if (scaling.good >= INTERVAL) {
    scaling.scale = min(scaling.scale * 2, LARGEST);
    scaling.good = 0;
  }
}
