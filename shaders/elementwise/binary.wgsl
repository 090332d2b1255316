// y = f(a, b) for operands of one shape; f is a row of the elementwise table. A workgroup makes 64 * STEPS vec4s, a
// thread STEPS.
alias V = vec4f;
alias E4 = vec4f; // as stored

struct Params {
  count: u32, // vec4s
  p0: f32,
}
@group(0) @binding(0) var<storage, read> a_data: array<E4>;
@group(0) @binding(1) var<storage, read> b_data: array<E4>;
@group(0) @binding(2) var<storage, read_write> y_data: array<E4>;
@group(0) @binding(3) var<uniform> params: Params;

fn f(a: V, b: V, p0: f32) -> V { return a; }

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
      y_data[i] = E4(f(V(a_data[i]), V(b_data[i]), params.p0));
    }
  }
}
