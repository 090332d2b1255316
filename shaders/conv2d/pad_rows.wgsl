// q[r, x] = dy[r, x], rows of W padded with zeros to whole fours, as vec4s: how the gradient of the weights reads dy.
// A thread makes one vec4.
@group(0) @binding(0) var<storage, read> dy: array<E>;
@group(0) @binding(1) var<storage, read_write> q: array<E4>;
@group(0) @binding(2) var<uniform> params: Params;

alias E = f32; // stored elements
alias E4 = vec4f;

struct Params {
  rows: u32,
  W: u32,
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let fours = (params.W + 3) / 4;
  let r = divide(vec4u(i), fours).x;
  if (r >= params.rows) {
    return;
  }
  let column = (i - r * fours) * 4;
  var v = vec4f();
  for (var j = 0u; j < 4; j++) {
    if (column + j < params.W) {
      v[j] = f32(dy[r * params.W + column + j]);
    }
  }
  q[i] = E4(v);
}
