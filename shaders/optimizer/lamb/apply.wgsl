// LAMB, the second pass: w = w - lr * ratio * u, u the direction of optimizer/lamb/moments.wgsl.
@group(0) @binding(0) var<storage, read> hyper: Hyper;
@group(0) @binding(1) var<storage, read> groups: array<vec2f>; // lr, weight decay
@group(0) @binding(2) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(3) var<storage, read> ratios: array<f32>; // of each parameter
@group(0) @binding(4) var<storage, read> m: array<vec4f>;
@group(0) @binding(5) var<storage, read> v: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> weight: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let index = linear_workgroup(workgroup, grid);
  if (index >= params.chunks || hyper.skip != 0) {
    return;
  }
  let chunk = chunks[params.first + index];
  let rate = rates_of(chunk.group, params.weight_decay);
  let correction = bias_corrections(params.rest1, params.rest2, step_of(chunk.group));
  let size = rate.x * ratios[chunk.parameter];
  for (var k = lane; k < chunk.count; k += 64) {
    let i = chunk.start + k - params.base;
    let w = weight[i];
    weight[i] = w - size * direction(w, m[i], v[i], correction, rate.y);
  }
}
