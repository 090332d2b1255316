// The optimizer's step number goes up by one. One thread.
struct Hyper {
  lr: f32,
  step: f32,
}
@group(0) @binding(0) var<storage, read_write> hyper: Hyper;

@compute @workgroup_size(1)
fn main() {
  hyper.step += 1;
}
