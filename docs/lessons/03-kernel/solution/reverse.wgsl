// y[64 g + i] = x[64 g + count - 1 - i]: workgroup g turns its part of x around, of count = 64 elements or, in the last
// workgroup, those that are left.

struct Params {
  n: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

// All threads of a workgroup share it, and nobody else sees it.
var<workgroup> part: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let begin = 64 * group.x;
  let count = min(64, params.n - begin);
  let i = local.x;
  if (i < count) { part[i] = x[begin + i]; }
  workgroupBarrier(); // all have put theirs, and all threads come here: no return before it
  if (i < count) { y[begin + i] = part[count - 1 - i]; }
}
