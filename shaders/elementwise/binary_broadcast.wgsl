// y[i] = f(a[ia(i)], b[ib(i)]): operands of different shapes, each read with its own strides (see
// elementwise/walk.wgsl). A workgroup has 64 threads, each of which makes up to 8 elements of V.
alias V = f32;
alias A = f32; // f32 where a repeats along the last dimension, else V
alias B = f32;
@group(0) @binding(0) var<storage, read> a_data: array<A>;
@group(0) @binding(1) var<storage, read> b_data: array<B>;
@group(0) @binding(2) var<storage, read_write> y_data: array<V>;
@group(0) @binding(3) var<uniform> walk: Walk;

fn f(a: V, b: V, p0: f32) -> V { return a; }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= walk.threads) {
    return;
  }
  let place = first_place(i);
  var at = place.at;
  for (var index = place.index; index < walk.size[0].x; index += walk.blocks) {
    y_data[at.z] = f(V(a_data[at.x]), V(b_data[at.y]), walk.p0);
    at += walk.blocks * walk.stride[0];
  }
}
