// Activations (N, C, H, W) from fours of channels (src/tensor/layout.ts) to rows, planes of any size. A thread reads
// a four.
@group(0) @binding(0) var<storage, read> fours: array<E4>;
@group(0) @binding(1) var<storage, read_write> rows: array<E>;
@group(0) @binding(2) var<uniform> params: Params;

alias E = f32; // as stored
alias E4 = vec4f;

struct Params {
  count: u32, // fours
  plane: u32, // pixels
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
    if (i < params.count) {
      let d = divide(vec4u(i), params.plane).x; // planes of fours
      let at = i + d * 3 * params.plane;
      let v = fours[i];
      for (var c = 0u; c < 4; c++) {
        rows[at + c * params.plane] = v[c];
      }
    }
  }
}
