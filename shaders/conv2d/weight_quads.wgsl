// q[g, tap, d, row] = w of group g at (row, depth 4 d … 4 d + 3, tap) as one vec4, zero past the last depth: the
// weights in the order in which the register kernels read them. Rows are output channels and depth input channels; the
// other way round for the gradient of the input (the strides say which).
@group(0) @binding(0) var<storage, read> w: array<f32>;
@group(0) @binding(1) var<storage, read_write> q: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

struct Params {
  groups: u32,
  taps: u32,
  D: u32,
  rows: u32,
  depth: u32,
  w_group: u32, // elements of w from group to group, …
  w_row: u32,
  w_depth: u32,
  inner: u32, // depth is (…, inner): neighbours of the inner index are 1 apart
  w_tap: u32,
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let row = i % params.rows;
  let k = i / params.rows % params.D * 4;
  let tap = i / (params.rows * params.D) % params.taps;
  let group = i / (params.rows * params.D * params.taps);
  if (group >= params.groups) {
    return;
  }
  let at = group * params.w_group + row * params.w_row + tap * params.w_tap;
  var v = vec4f();
  for (var j = 0u; j < 4; j++) {
    if (k + j < params.depth) {
      v[j] = w[at + (k + j) / params.inner * params.w_depth + (k + j) % params.inner];
    }
  }
  q[i] = v;
}
