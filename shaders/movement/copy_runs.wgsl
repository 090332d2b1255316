// out[row * out_row + out_first + i] = x[row * x_row + x_first + i], i = 0 .. run - 1, of each row: what lies side by
// side in x and in out is copied by vec4s, of words as they are. A workgroup has 64 threads.
struct Params {
  count: u32, // rows * run; all in vec4s
  run: u32,
  x_row: u32, // from row to row
  x_first: u32,
  out_row: u32,
  out_first: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4u>;
@group(0) @binding(2) var<uniform> params: Params;

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
      let row = divide(vec4u(i), params.run).x;
      let at = i - row * params.run;
      out[row * params.out_row + params.out_first + at] = x[row * params.x_row + params.x_first + at];
    }
  }
}
