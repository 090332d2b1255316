// out[k] = scale * combine over (r0, r1) of term(x[kept(k) + r0 * stride0 + r1 * stride1]): the obvious version, a
// thread per output. The right one when outputs are many and each reduces few elements.
struct Params {
  count: u32, // outputs
  rank: u32, // of the kept dimensions
  r0: u32, // sizes of the reduced dimensions
  r1: u32,
  stride0: u32,
  stride1: u32,
  scale: f32,
  splits: u32, // not used here: shared layout with reduce_workgroup
  init: f32, // the value of no elements
  size: array<vec4u, 2>, // of each kept dimension, outermost first
  stride: array<vec4u, 2>,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const BLOCK = 64u;
alias V = f32;
fn combine(a: V, b: V) -> V { return a + b; }
fn term(v: V) -> V { return v; }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = linear_workgroup(workgroup, grid) * 64 + lane;
  if (k >= params.count) {
    return;
  }
  var rest = k;
  var base = 0u;
  for (var d = params.rank; d > 0; d--) {
    let q = (d - 1) / 4;
    let r = (d - 1) % 4;
    base += (rest % params.size[q][r]) * params.stride[q][r];
    rest /= params.size[q][r];
  }
  var total = params.init;
  for (var i = 0u; i < params.r0; i++) {
    var at = base + i * params.stride0;
    for (var j = 0u; j < params.r1;) {
      var block = params.init; // blocks keep the rounding error of long sums small, as in reduce/workgroup.wgsl
      for (let end = min(j + BLOCK, params.r1); j < end; j++) {
        block = combine(block, term(x[at]));
        at += params.stride1;
      }
      total = combine(total, block);
    }
  }
  out[k] = total * params.scale;
}
