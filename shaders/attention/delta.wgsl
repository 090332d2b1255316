// delta[l] = sum over f of dy[l, f] y[l, f], for each head: what the gradient of softmax takes off. A thread makes one.
@group(0) @binding(0) var<storage, read> own: array<A>; // dy
@group(0) @binding(1) var<storage, read> other: array<A>; // y
@group(0) @binding(2) var<storage, read_write> deltas: array<f32>; // (items, heads, L)
@group(0) @binding(3) var<uniform> params: Params;

alias A = f32; // as stored

struct Params {
  own: vec4u, // places, as in heads.wgsl
  other: vec4u,
  count: u32,
  heads: u32,
  rows: u32,
  F: u32,
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let row = i % params.rows;
  let head = i / params.rows % params.heads;
  let item = i / params.rows / params.heads;
  let at_dy = params.own.x + item * params.own.y + head * params.own.z + row * params.own.w;
  let at_y = params.other.x + item * params.other.y + head * params.other.z + row * params.other.w;
  var sum = 0f;
  for (var f = 0u; f < params.F; f++) {
    sum += f32(own[at_dy + f]) * f32(other[at_y + f]);
  }
  deltas[i] = sum;
}
