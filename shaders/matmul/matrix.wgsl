// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c when ACCUMULATE)), as in
// matmul/naive.wgsl; for GPUs with matrix units, and operands that may be rounded to halves: see
// common/matrix_product.wgsl.
//
// What comes in are blocks of 4 x 4, which a thread turns round in registers where memory does not run along k. Threads
// beside each other bring blocks beside each other along k. Blocks of the next step are on their
// way while this one is computed.
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
alias Four = vec4h; // as computed with
alias Block = mat4x4h;
override ROW_SUMS: bool = false; // row_sums[b, m] = sum over k of a[b, m, k] as well

const BLOCKS_A = DEEP * (TILE_M / 4);
const BLOCKS_B = DEEP * (TILE_N / 4);
const ROUNDS_A = (BLOCKS_A + THREADS - 1) / THREADS;
const ROUNDS_B = (BLOCKS_B + THREADS - 1) / THREADS;

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
    coming.a[r] = fetch_a(tile.batch, first_k + i % DEEP * 4, tile.m + i / DEEP * 4);
  }
  for (var r = 0u; r < ROUNDS_B; r++) {
    let i = min(thread + r * THREADS, BLOCKS_B - 1);
    coming.b[r] = fetch_b(tile.batch, first_k + i % DEEP * 4, tile.n + i / DEEP * 4);
  }
  return coming;
}

fn put(coming: Coming, first_k: u32, thread: u32) {
  for (var r = 0u; r < ROUNDS_A; r++) {
    let i = thread + r * THREADS;
    if (BLOCKS_A % THREADS == 0 || i < BLOCKS_A) {
      let block = rows_of_a(coming.a[r], first_k + i % DEEP * 4);
      for (var j = 0u; j < 4; j++) {
        left_tile[(i / DEEP * 4 + j) * PITCH + i % DEEP] = block[j];
      }
    }
  }
  for (var r = 0u; r < ROUNDS_B; r++) {
    let i = thread + r * THREADS;
    if (BLOCKS_B % THREADS == 0 || i < BLOCKS_B) {
      let block = transpose(rows_of_b(coming.b[r], first_k + i % DEEP * 4));
      for (var j = 0u; j < 4; j++) {
        right_tile[(i / DEEP * 4 + j) * PITCH + i % DEEP] = block[j];
      }
    }
  }
}

fn work(number: u32, thread: u32, subgroup: u32, lane: u32) {
  let tile = tile_of(number);
  if (tile.batch >= params.batch) {
    return;
  }
  let sums_row = ROW_SUMS && tile.n == 0 && thread < TILE_M;
  var sums: Sums;
  var row_sum = 0f; // of row `thread` of the tile
  put(fetch(tile, 0, thread), 0, thread);
  workgroupBarrier();
  for (var next_k = TILE_K; next_k < params.K; next_k += TILE_K) {
    let coming = fetch(tile, next_k, thread);
    add_products(subgroup, &sums);
    if (sums_row) {
      row_sum += sum_of_row(thread);
    }
    workgroupBarrier();
    put(coming, next_k, thread);
    workgroupBarrier();
  }
  add_products(subgroup, &sums);
  if (sums_row) {
    row_sum += sum_of_row(thread);
    if (tile.m + thread < params.M) {
      row_sums[tile.batch * params.M + tile.m + thread] = row_sum;
    }
  }
  for (var p = 0u; p < DOWN; p++) {
    for (var q = 0u; q < ACROSS; q += TOGETHER) {
      for (var i = 0u; i < TOGETHER; i++) {
        stage(subgroup, i, sums[p][q + i]);
      }
      workgroupBarrier();
      for (var i = lane; i < FM * STAGED_N / 4; i += S) {
        let row = i / (STAGED_N / 4);
        let four = i % (STAGED_N / 4);
        let n = tile.n + first_column_of(subgroup) + q * FN + four * 4;
        let v = staged_four(subgroup, row, four) + bias_at(n);
        store_c(tile.batch, tile.m + first_row_of(subgroup) + p * FM + row, n, v);
      }
      workgroupBarrier();
    }
  }
}
