// out[k * splits + s] = scale * combine over the s-th part of (r0, r1) of term(x[kept(k) + r0 * stride0 + r1 * stride1]).
// A workgroup makes one output. Its 64 threads step through the reduced elements side by side, in blocks of BLOCK partial results
// (long sums stay accurate: the error grows with the block's length and the number of blocks, not with their product), then
// combine pairwise in workgroup memory. With few outputs and many elements the range is split over several workgroups; a second
// launch combines the parts.
struct Params {
  count: u32, // outputs times splits
  rank: u32, // of the kept dimensions
  r0: u32, // sizes of the reduced dimensions
  r1: u32,
  stride0: u32,
  stride1: u32,
  scale: f32,
  splits: u32,
  size: array<vec4u, 2>, // of each kept dimension, outermost first
  stride: array<vec4u, 2>,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

const INIT = 0.0;
const THREADS = 64u;
const BLOCK = 64u;
fn combine(a: f32, b: f32) -> f32 { return a + b; }
fn term(v: f32) -> f32 { return v; }

var<workgroup> partial: array<f32, THREADS>;

@compute @workgroup_size(THREADS)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let k = linear_workgroup(workgroup, grid);
  let inside = k < params.count; // uniform in the workgroup, but barriers below must be reached by all
  let split = k % params.splits;
  var rest = k / params.splits;
  var base = 0u;
  for (var d = params.rank; d > 0; d--) {
    let q = (d - 1) / 4;
    let r = (d - 1) % 4;
    base += (rest % params.size[q][r]) * params.stride[q][r];
    rest /= params.size[q][r];
  }

  let total_elements = params.r0 * params.r1;
  let part = (total_elements + params.splits - 1) / params.splits;
  let end = select(0u, min(total_elements, (split + 1) * part), inside);
  // (i, j) = (r / r1, r % r1), kept by stepping instead of dividing.
  var r = split * part + lane;
  var i = r / params.r1;
  var j = r % params.r1;
  let step_i = THREADS / params.r1;
  let step_j = THREADS % params.r1;

  var total = INIT;
  while (r < end) {
    var block = INIT;
    for (var n = 0u; n < BLOCK && r < end; n++) {
      block = combine(block, term(x[base + i * params.stride0 + j * params.stride1]));
      r += THREADS;
      i += step_i;
      j += step_j;
      if (j >= params.r1) {
        j -= params.r1;
        i++;
      }
    }
    total = combine(total, block);
  }

  partial[lane] = total;
  for (var width = THREADS / 2; width > 0; width /= 2) {
    workgroupBarrier();
    if (lane < width) {
      partial[lane] = combine(partial[lane], partial[lane + width]);
    }
  }
  if (lane == 0 && inside) {
    out[k] = partial[0] * params.scale;
  }
}
