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
  // yours
}
