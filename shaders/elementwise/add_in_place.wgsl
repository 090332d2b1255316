// a[i] = a[i] + b[i]. A workgroup makes 64 * STEPS vec4s, a thread STEPS. What lies behind the last element stays as it
// is: in flat memory it is padding, which must stay zero so that norms over all of it are right.
alias E4 = vec4f; // as stored

struct Params {
  size: u32, // elements
}
@group(0) @binding(0) var<storage, read_write> a: array<E4>;
@group(0) @binding(1) var<storage, read> b: array<E4>;
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
    if (4 * i < params.size) {
      let inside = vec4u(4 * i) + vec4u(0, 1, 2, 3) < vec4u(params.size);
      let before = vec4f(a[i]);
      a[i] = E4(select(before, before + vec4f(b[i]), inside));
    }
  }
}
