// y = f(x) for every element. f is a row of the elementwise table (src/kernels/elementwise/unary_table.ts).
// A workgroup makes 64 * STEPS vec4s, a thread STEPS; the last vec4 may run past the tensor, into the buffer's padding.
alias V = vec4f;
alias E4 = vec4f; // as stored

struct Params {
  count: u32, // vec4s
  p0: f32,
  p1: f32,
}
@group(0) @binding(0) var<storage, read> x_data: array<E4>;
@group(0) @binding(1) var<storage, read_write> y_data: array<E4>;
@group(0) @binding(2) var<uniform> params: Params;

fn f(x: V, p0: f32, p1: f32) -> V { return x; }

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
      y_data[i] = E4(f(V(x_data[i]), params.p0, params.p1));
    }
  }
}
