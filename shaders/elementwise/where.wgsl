// y[i] = condition[ic(i)] != 0 ? a[ia(i)] : b[ib(i)], where NaN is not 0: three operands, each read with its own
// strides (see elementwise/walk.wgsl). A workgroup has 64 threads, each of which makes up to 8 elements of V.
alias V = f32;
alias C = f32; // f32 where condition repeats along the last dimension, else V
alias A = f32;
alias B = f32;
@group(0) @binding(0) var<storage, read> condition: array<C>;
@group(0) @binding(1) var<storage, read> a: array<A>;
@group(0) @binding(2) var<storage, read> b: array<B>;
@group(0) @binding(3) var<storage, read_write> y: array<V>;
@group(0) @binding(4) var<uniform> walk: Walk;

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
    y[at.w] = select(V(b[at.z]), V(a[at.y]), magnitude(V(condition[at.x])) != U(0u));
    at += walk.blocks * walk.stride[0];
  }
}
