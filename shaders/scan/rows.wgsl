// y[o, j] = x[o, 0] + … + x[o, j]: the sums so far along rows x (outer, n), from the last entry to the first where
// REVERSE. A workgroup takes a chunk of CHUNK neighbours of a row. It reads them side by side into its memory, where
// each of 64 threads adds up a strip of STRIP; what comes before a strip are up to 7 strips of its run and up to 7 runs
// of 8 strips.
// Rows of several chunks take two passes. The first (TOTALS) writes the sum of each chunk, (outer, chunks); these are
// scanned in turn, and the second starts each chunk from what came before it. So an entry is made by about 32 sums for
// each factor of 1,024 in n, and its error does not grow with n.
struct Params {
  count: u32, // workgroups
  n: u32, // entries of a row, in this window of x
  inner: u32, // 1: as in scan/columns.wgsl
  chunks: u32, // of a row, in this window
  first: u32, // the chunk of the row that the window starts with
  x_at: u32, // where the windows start in what is bound
  before_at: u32, // of the chunk before the first; may lie one before what is bound: 2^32 - 1
  y_at: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override REVERSE: bool = false;
override TOTALS: bool = false;
const THREADS = 64u;
const STRIP = 16u;
const CHUNK = THREADS * STRIP;
const RUN = 8u;

var<workgroup> tile: array<f32, THREADS * (STRIP + 1)>; // room after each strip: threads meet different banks
var<workgroup> strips: array<f32, THREADS>;
var<workgroup> runs: array<f32, THREADS / RUN>;

fn slot(k: u32) -> u32 {
  return k + k / STRIP;
}

fn element(o: u32, j: u32) -> u32 {
  return o * params.n + select(j, params.n - 1 - j, REVERSE);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = linear_workgroup(workgroup, grid);
  if (group >= params.count) {
    return;
  }
  let o = group / params.chunks;
  let c = group - o * params.chunks;
  let start = c * CHUNK;
  let entries = min(CHUNK, params.n - start);
  for (var k = lane; k < CHUNK; k += THREADS) {
    var v = 0.0;
    if (k < entries) {
      v = x[params.x_at + element(o, start + k)];
    }
    tile[slot(k)] = v;
  }
  workgroupBarrier();

  let strip = lane * (STRIP + 1);
  var sum = 0.0;
  for (var s = 0u; s < STRIP; s++) {
    sum += tile[strip + s];
  }
  strips[lane] = sum;
  workgroupBarrier();
  var of_run = 0.0;
  for (var t = lane / RUN * RUN; t < lane; t++) {
    of_run += strips[t];
  }
  if (lane % RUN == RUN - 1) {
    runs[lane / RUN] = of_run + sum;
  }
  workgroupBarrier();

  var of_chunk = 0.0;
  for (var r = 0u; r < select(lane / RUN, THREADS / RUN, TOTALS); r++) {
    of_chunk += runs[r];
  }
  if (TOTALS) {
    if (lane == 0) {
      y[params.y_at + group] = of_chunk;
    }
    return;
  }
  var base = of_chunk + of_run;
  if (params.first + c > 0) {
    base += before[params.before_at + group];
  }
  sum = 0.0;
  for (var s = 0u; s < STRIP; s++) {
    sum += tile[strip + s];
    tile[strip + s] = base + sum;
  }
  workgroupBarrier();
  for (var k = lane; k < entries; k += THREADS) {
    y[params.y_at + element(o, start + k)] = tile[slot(k)];
  }
}
