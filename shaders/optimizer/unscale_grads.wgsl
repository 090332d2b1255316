// grad = grad / scale, in place: the gradients of a loss that was multiplied by scale (see
// optimizer/advance_scaled_step.wgsl). And found[k] = 1 where one of 16 vec4s was infinite or not a number, else 0:
// what does not fit a half became infinite on its way here. A workgroup takes 4,096 elements, a thread every 64th vec4
// of them.
struct Params {
  count: u32, // vec4s
}
@group(0) @binding(0) var<storage, read> scaling: array<f32>; // scale, …
@group(0) @binding(1) var<storage, read_write> grad: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> found: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let chunk = linear_workgroup(workgroup, grid);
  if (chunk * 1024 >= params.count) {
    return;
  }
  let factor = 1 / scaling[0]; // exact: a power of two
  var bad = false;
  for (var i = chunk * 1024 + lane; i < min(params.count, chunk * 1024 + 1024); i += 64) {
    let g = grad[i];
    // By its bits: compilers may take it that all numbers are finite.
    bad |= any((bitcast<vec4u>(g) & vec4u(0x7f800000)) == vec4u(0x7f800000));
    grad[i] = g * factor;
  }
  found[chunk * 64 + lane] = select(0.0, 1.0, bad);
}
