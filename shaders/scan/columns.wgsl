// y[o, j, i] = x[o, 0, i] + … + x[o, j, i]: the sums so far along the middle of x (outer, n, inner), from the last
// entry to the first where REVERSE. A thread takes a column i of a chunk of CHUNK entries, so that neighbours read
// neighbours; a workgroup has 64 threads. Also rows (inner 1) that are too short for a workgroup each.
// Columns of several chunks take two passes as in scan/rows.wgsl; TOTALS writes (outer, chunks, inner).
struct Params {
  count: u32, // threads: outer * chunks * inner
  n: u32, // entries of a column, in this window of x
  inner: u32,
  chunks: u32, // of a column, in this window
  first: u32, // the chunk of the column that the window starts with
  x_at: u32, // where the windows start in what is bound
  before_at: u32, // of the chunk before the first; may lie before what is bound: modulo 2^32
  y_at: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override REVERSE: bool = false;
override TOTALS: bool = false;
override CHUNK: u32 = 64;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let e = linear_workgroup(workgroup, grid) * 64 + lane;
  if (e >= params.count) {
    return;
  }
  let q = e / params.inner;
  let i = e - q * params.inner;
  let o = q / params.chunks;
  let c = q - o * params.chunks;
  let start = c * CHUNK;
  let end = min(start + CHUNK, params.n);
  var base = 0.0;
  if (!TOTALS && params.first + c > 0) {
    base = before[params.before_at + e];
  }
  var sum = 0.0;
  for (var j = start; j < end; j++) {
    let at = (o * params.n + select(j, params.n - 1 - j, REVERSE)) * params.inner + i;
    sum += x[params.x_at + at];
    if (!TOTALS) {
      y[params.y_at + at] = base + sum;
    }
  }
  if (TOTALS) {
    y[params.y_at + e] = sum;
  }
}
