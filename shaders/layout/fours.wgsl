// Activations (N, C, H, W) from rows to fours of channels (src/tensor/layout.ts) or back: planes of whole fours of
// pixels. A thread turns a block of 4 channels x 4 pixels.
@group(0) @binding(0) var<storage, read> source: array<E4>;
@group(0) @binding(1) var<storage, read_write> result: array<E4>;
@group(0) @binding(2) var<uniform> params: Params;

alias E4 = vec4f; // as stored
const TO_FOURS = true;

struct Params {
  blocks: u32,
  width: u32, // fours of pixels in a plane
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  for (var step = 0u; step < STEPS; step++) {
    let i = element_of(group, lane, step);
    if (i < params.blocks) {
      let plane = divide(vec4u(i), params.width).x; // of fours
      let in_rows = plane * 4 * params.width + i - plane * params.width;
      let rows = vec4u(in_rows) + vec4u(0, 1, 2, 3) * params.width;
      let fours = vec4u(i * 4) + vec4u(0, 1, 2, 3);
      let a = select(fours, rows, TO_FOURS);
      let b = select(rows, fours, TO_FOURS);
      let block = transpose(mat4x4f(vec4f(source[a.x]), vec4f(source[a.y]), vec4f(source[a.z]), vec4f(source[a.w])));
      result[b.x] = E4(block[0]);
      result[b.y] = E4(block[1]);
      result[b.z] = E4(block[2]);
      result[b.w] = E4(block[3]);
    }
  }
}
