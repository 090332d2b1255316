// One gradient's terms at the broadcast shape: d[i] = g(a, b, y, dy), a and b read with their own strides (see
// elementwise/walk.wgsl). Summing over the dimensions along which an operand was repeated is a reduction of its own. A
// workgroup has 64 threads, each of which makes up to 8 elements of V.
alias V = f32;
alias A = f32; // f32 where a repeats along the last dimension, else V
alias B = f32;
alias E = f32; // y, dy and d, as stored
@group(0) @binding(0) var<storage, read> a_data: array<A>;
@group(0) @binding(1) var<storage, read> b_data: array<B>;
@group(0) @binding(2) var<storage, read> y_data: array<E>;
@group(0) @binding(3) var<storage, read> dy_data: array<E>;
@group(0) @binding(4) var<storage, read_write> d_data: array<E>;
@group(0) @binding(5) var<uniform> walk: Walk;

fn g(a: V, b: V, y: V, dy: V, p0: f32) -> V { return dy; }

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
    d_data[at.z] = E(g(V(a_data[at.x]), V(b_data[at.y]), V(y_data[at.z]), V(dy_data[at.z]), walk.p0));
    at += walk.blocks * walk.stride[0];
  }
}
