// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c when ACCUMULATE)), as in
// matmul/naive.wgsl; for GPUs.
//
// A workgroup makes a tile of TILE_M x TILE_N elements of c, a thread THREAD_M x THREAD_N of it, in registers. What it
// adds to the naive version: an element of a or b is read from memory once per tile instead of once per element of c,
// and from workgroup memory once per thread, which uses it THREAD_N or THREAD_M times.
@group(0) @binding(0) var<storage, read> a: array<A>;
@group(0) @binding(1) var<storage, read> a4: array<A4>; // the same memory, for loads of four
@group(0) @binding(2) var<storage, read> b: array<B>;
@group(0) @binding(3) var<storage, read> b4: array<B4>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> c: array<C>;
@group(0) @binding(6) var<storage, read_write> row_sums: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

alias A = f32; // the operands as stored
alias A4 = vec4f;
alias B = f32;
alias B4 = vec4f;
alias Four = vec4f; // as computed with
alias Block = mat4x4f;
override ROW_SUMS: bool = false; // row_sums[b, m] = sum over k of a[b, m, k] as well
const TILE_M = 64u; // all five are multiples of 4
const TILE_N = 64u;
const TILE_K = 16u;
const THREAD_M = 8u;
const THREAD_N = 8u;
const THREADS_N = TILE_N / THREAD_N;
const THREADS = TILE_M / THREAD_M * THREADS_N; // at least TILE_M
const ROWS = THREAD_M / 4; // of a thread, in fours, and columns
const COLUMNS = THREAD_N / 4;
alias Sums = array<array<vec4f, COLUMNS>, THREAD_M>;

// The workgroup walks along K in steps of TILE_K. In each it brings TILE_K x TILE_M of a and TILE_K x TILE_N of b to
// workgroup memory; then every thread reads, per k, ROWS vec4s of a and COLUMNS of b: with 8 x 8 elements that are 64
// multiply-adds for 4 loads, one byte of workgroup memory each. Both tiles lie with k outermost. Threads beside each
// other read the same vec4 of a and neighbouring vec4s of b: a thread's fours of columns are THREADS_N fours apart, so
// that no bank is asked twice. What comes in are blocks of 4 x 4, which a thread turns round in registers where memory
// runs along k; a row has one vec4 more than it needs, or threads that bring blocks below each other would write to the
// same bank. Blocks of the next step are on their way while this one is computed.
const PITCH_A = TILE_M / 4 + 1;
const PITCH_B = TILE_N / 4 + 1;
const BLOCKS_A = TILE_K / 4 * (TILE_M / 4);
const BLOCKS_B = TILE_K / 4 * (TILE_N / 4);
const ROUNDS_A = (BLOCKS_A + THREADS - 1) / THREADS;
const ROUNDS_B = (BLOCKS_B + THREADS - 1) / THREADS;
var<workgroup> tile_a: array<vec4f, TILE_K * PITCH_A>;
var<workgroup> tile_b: array<vec4f, TILE_K * PITCH_B>;

// Place (k, m / 4) of a block of a in its tile, for neighbouring threads along whichever of m and k runs contiguously.
fn place_a(i: u32) -> vec2u {
  return select(vec2u(i % (TILE_K / 4) * 4, i / (TILE_K / 4)), vec2u(i / (TILE_M / 4) * 4, i % (TILE_M / 4)), A_VEC_M);
}

fn place_b(i: u32) -> vec2u {
  return select(vec2u(i / (TILE_N / 4) * 4, i % (TILE_N / 4)), vec2u(i % (TILE_K / 4) * 4, i / (TILE_K / 4)),
    B_VEC_K && !B_VEC_N);
}

// The blocks that a thread brings, as they lie in memory.
struct Coming {
  a: array<array<A4, 4>, ROUNDS_A>,
  b: array<array<B4, 4>, ROUNDS_B>,
}

// Threads that have none bring the last again: a branch would wait for what it loads.
fn fetch(tile: Tile, first_k: u32, thread: u32) -> Coming {
  var coming: Coming;
  for (var r = 0u; r < ROUNDS_A; r++) {
    let i = min(thread + r * THREADS, BLOCKS_A - 1);
    let at = place_a(i);
    coming.a[r] = fetch_a(tile.batch, first_k + at.x, tile.m + at.y * 4);
  }
  for (var r = 0u; r < ROUNDS_B; r++) {
    let i = min(thread + r * THREADS, BLOCKS_B - 1);
    let at = place_b(i);
    coming.b[r] = fetch_b(tile.batch, first_k + at.x, tile.n + at.y * 4);
  }
  return coming;
}

fn put(coming: Coming, first_k: u32, thread: u32) {
  for (var r = 0u; r < ROUNDS_A; r++) {
    let i = thread + r * THREADS;
    if (BLOCKS_A % THREADS == 0 || i < BLOCKS_A) {
      let at = place_a(i);
      let block = transpose(rows_of_a(coming.a[r], first_k + at.x));
      for (var j = 0u; j < 4; j++) {
        tile_a[(at.x + j) * PITCH_A + at.y] = block[j];
      }
    }
  }
  for (var r = 0u; r < ROUNDS_B; r++) {
    let i = thread + r * THREADS;
    if (BLOCKS_B % THREADS == 0 || i < BLOCKS_B) {
      let at = place_b(i);
      let block = rows_of_b(coming.b[r], first_k + at.x);
      for (var j = 0u; j < 4; j++) {
        tile_b[(at.x + j) * PITCH_B + at.y] = block[j];
      }
    }
  }
}

// What the tiles hold, times each other. The remainder changes nothing: it shows that no index is past the end, or all
// would be tested.
fn add_products(thread: u32, sum: ptr<function, Sums>) {
  let x = thread % THREADS_N;
  let y = thread / THREADS_N % (TILE_M / THREAD_M);
  for (var k = 0u; k < TILE_K; k++) {
    var b_k = array<vec4f, COLUMNS>();
    for (var q = 0u; q < COLUMNS; q++) {
      b_k[q] = tile_b[k * PITCH_B + q * THREADS_N + x];
    }
    for (var p = 0u; p < ROWS; p++) {
      let a_k = tile_a[k * PITCH_A + y * ROWS + p];
      for (var i = 0u; i < 4; i++) {
        for (var q = 0u; q < COLUMNS; q++) {
          sum[p * 4 + i][q] += a_k[i] * b_k[q];
        }
      }
    }
  }
}

// The sum of the tile's row `thread` of a.
fn row_of_tile(thread: u32) -> f32 {
  var v = 0f;
  for (var k = 0u; k < TILE_K; k++) {
    v += tile_a[k * PITCH_A + thread / 4][thread % 4];
  }
  return v;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tile = tile_of(linear_workgroup(workgroup, grid));
  if (tile.batch >= params.batch) {
    return;
  }
  let sums_row = ROW_SUMS && tile.n == 0 && thread < TILE_M;

  var sum: Sums;
  var row_sum = 0f; // of row `thread` of the tile
  put(fetch(tile, 0, thread), 0, thread);
  workgroupBarrier();
  for (var next_k = TILE_K; next_k < params.K; next_k += TILE_K) {
    let coming = fetch(tile, next_k, thread);
    add_products(thread, &sum);
    if (sums_row) {
      row_sum += row_of_tile(thread);
    }
    workgroupBarrier();
    put(coming, next_k, thread);
    workgroupBarrier();
  }
  add_products(thread, &sum);
  if (sums_row) {
    row_sum += row_of_tile(thread);
    if (tile.m + thread < params.M) {
      row_sums[tile.batch * params.M + tile.m + thread] = row_sum;
    }
  }
  let x = thread % THREADS_N;
  let y = thread / THREADS_N;
  for (var q = 0u; q < COLUMNS; q++) {
    let n = tile.n + (q * THREADS_N + x) * 4;
    let bias_n = bias_at(n);
    for (var r = 0u; r < THREAD_M; r++) {
      store_c(tile.batch, tile.m + y * THREAD_M + r, n, sum[r][q] + bias_n);
    }
  }
}
