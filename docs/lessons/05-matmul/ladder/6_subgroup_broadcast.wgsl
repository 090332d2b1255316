// c = a b: a is (M, K), b is (K, N), c is (M, N). A workgroup makes 8 rows of 64 columns, a thread 8 rows of one
// column. The idea: lanes of a subgroup hand numbers round without any memory. Each lane fetches another depth of a; in
// turn each of them tells its own to all. No barrier, no tile.

enable subgroups;

struct Params {
  m: u32,
  k: u32,
  n: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LANES = 32u; // of a subgroup: the adapter says how many
const ROWS = 8u;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let groups = (params.n + 63) / 64; // in a row of them
  let first_row = group.x / groups * ROWS;
  let column = group.x % groups * 64 + thread;
  let seen = min(column, params.n - 1); // all lanes must go on: others hear what they have fetched
  var sum: array<f32, ROWS>;
  for (var first = 0u; first < params.k; first += LANES) {
    var from_a: array<f32, ROWS>;
    for (var r = 0u; r < ROWS; r++) {
      let row = min(first_row + r, params.m - 1);
      from_a[r] = select(0.0, a[row * params.k + first + lane], first + lane < params.k);
    }
    for (var l = 0u; l < LANES; l++) {
      let from_b = b[min(first + l, params.k - 1) * params.n + seen];
      for (var r = 0u; r < ROWS; r++) { sum[r] += subgroupShuffle(from_a[r], l) * from_b; }
    }
  }
  for (var r = 0u; r < ROWS; r++) {
    let row = first_row + r;
    if (row < params.m && column < params.n) { c[row * params.n + column] = sum[r]; }
  }
}
