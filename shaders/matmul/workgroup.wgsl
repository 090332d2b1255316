// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c when ACCUMULATE)), as in
// matmul/naive.wgsl; for GPUs.
//
// A workgroup makes a tile of TILE_M x TILE_N elements of c, a thread THREAD_M rows of 4 neighbouring columns of it, in
// registers. What it adds to the naive version: an element of a or b is read from memory once per tile instead of once
// per element of c.
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
override ROW_SUMS: bool = false; // row_sums[b, m] = sum over k of a[b, m, k] as well
const TILE_M = 64u; // all four are multiples of 4
const TILE_N = 64u;
const TILE_K = 16u;
const THREAD_M = 8u;
const THREADS_N = TILE_N / 4;
const THREADS = TILE_M / THREAD_M * THREADS_N;

// The workgroup walks along K in steps of TILE_K. In each it brings TILE_K x TILE_M of a and TILE_K x TILE_N of b to
// shared memory; then every thread reads, per k, THREAD_M numbers of a and 4 of b, and uses each several times:
// THREAD_M * 4 products for THREAD_M + 4 numbers. Both tiles lie with k outermost, so that what a thread needs of a
// step is whole vec4s: threads of a row of the tile read the same vec4 of a, neighbours read neighbouring vec4s of b.
// They come in as blocks of 4 x 4, which a thread turns round in registers where memory runs along k. A row has one
// vec4 more than it needs: threads that bring in blocks below each other would otherwise write to the same bank.
const PITCH_A = TILE_M / 4 + 1;
const PITCH_B = TILE_N / 4 + 1;
var<workgroup> tile_a: array<vec4f, TILE_K * PITCH_A>;
var<workgroup> tile_b: array<vec4f, TILE_K * PITCH_B>;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tiles_n = (params.N + TILE_N - 1) / TILE_N;
  let tiles_m = (params.M + TILE_M - 1) / TILE_M;
  let tile = linear_workgroup(workgroup, grid);
  let first_n = (tile % tiles_n) * TILE_N;
  let first_m = ((tile / tiles_n) % tiles_m) * TILE_M;
  let batch = tile / (tiles_n * tiles_m);
  if (batch >= params.batch) {
    return;
  }
  let x = thread % THREADS_N;
  let y = thread / THREADS_N;

  var sum: array<vec4f, THREAD_M>;
  var row_sum: array<vec4f, THREAD_M / 4>;
  for (var first_k = 0u; first_k < params.K; first_k += TILE_K) {
    for (var i = thread; i < TILE_K / 4 * (TILE_M / 4); i += THREADS) {
      // Neighbouring threads along whichever of m and k runs contiguously.
      let k = select(i % (TILE_K / 4), i / (TILE_M / 4), A_VEC_M) * 4;
      let m = select(i / (TILE_K / 4), i % (TILE_M / 4), A_VEC_M);
      let block = transpose(load_a(batch, first_k + k, first_m + m * 4));
      for (var j = 0u; j < 4; j++) {
        tile_a[(k + j) * PITCH_A + m] = block[j];
      }
    }
    for (var i = thread; i < TILE_K / 4 * (TILE_N / 4); i += THREADS) {
      let k = select(i / (TILE_N / 4), i % (TILE_K / 4), B_VEC_K && !B_VEC_N) * 4;
      let n = select(i % (TILE_N / 4), i / (TILE_K / 4), B_VEC_K && !B_VEC_N);
      let block = load_b(batch, first_k + k, first_n + n * 4);
      for (var j = 0u; j < 4; j++) {
        tile_b[(k + j) * PITCH_B + n] = block[j];
      }
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE_K; k++) {
      let b_k = tile_b[k * PITCH_B + x];
      for (var q = 0u; q < THREAD_M / 4; q++) {
        let a_k = tile_a[k * PITCH_A + y * (THREAD_M / 4) + q];
        for (var i = 0u; i < 4; i++) {
          sum[q * 4 + i] += a_k[i] * b_k;
        }
        if (ROW_SUMS) {
          row_sum[q] += a_k;
        }
      }
    }
    workgroupBarrier();
  }

  let m = first_m + y * THREAD_M;
  let n = first_n + x * 4;
  if (ROW_SUMS && first_n == 0 && x == 0) {
    for (var r = 0u; r < THREAD_M; r++) {
      if (m + r < params.M) {
        row_sums[batch * params.M + m + r] = row_sum[r / 4][r % 4];
      }
    }
  }
  let bias_n = bias_at(n);
  for (var r = 0u; r < THREAD_M; r++) {
    store_c(batch, m + r, n, sum[r] + bias_n);
  }
}
