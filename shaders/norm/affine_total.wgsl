// sums (2, row) = the sum of parts (slots, 2, row) over its slots; dweight = sums[0], dbias = sums[1], (C) each,
// written where they belong: into the parameters' gradients, if those are empty. A thread makes both numbers of a
// channel.
struct Params {
  C: u32,
  row: u32,
  slots: u32,
}
@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let c = linear_workgroup(workgroup, grid) * 64 + lane;
  if (c >= params.C) {
    return;
  }
  var w = 0.0;
  var b = 0.0;
  for (var slot = 0u; slot < params.slots; slot++) {
    w += parts[2 * slot * params.row + c];
    b += parts[(2 * slot + 1) * params.row + c];
  }
  sums[c] = w;
  sums[params.row + c] = b;
  dweight[c] = w;
  dbias[c] = b;
}
