// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c when ACCUMULATE)), as in
// matmul/naive.wgsl.
//
// A thread makes ROWS rows of COLUMNS vec4s of c; a workgroup THREADS_M x THREADS_N such tiles. What it adds to the
// naive version: sums stay in registers, and operands come in as vec4s. Per 4 steps of k a thread loads ROWS x 4 of a
// and 4 x 4 COLUMNS of b, and uses an element of a 4 COLUMNS times and one of b ROWS times. It needs neither subgroups
// nor shared memory.
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
override ROW_SUMS: bool = false; // row_sums[b, m] = sum over k of a[b, m, k] as well, from the same loads
const ROWS = 8u; // a multiple of 4
const COLUMNS = 1u; // or 2
const THREADS_M = 8u;
const THREADS_N = 8u;
const TILE_M = ROWS * THREADS_M;
const TILE_N = 4 * COLUMNS * THREADS_N;
const NEXT = 4 * THREADS_N; // from a thread's vec4 to its next, so that neighbouring threads read neighbouring vec4s

@compute @workgroup_size(THREADS_N, THREADS_M)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_id) thread: vec3u,
) {
  let tiles_n = (params.N + TILE_N - 1) / TILE_N;
  let tiles_m = (params.M + TILE_M - 1) / TILE_M;
  let tile = linear_workgroup(workgroup, grid);
  let n = (tile % tiles_n) * TILE_N + thread.x * 4;
  let m = ((tile / tiles_n) % tiles_m) * TILE_M + thread.y * ROWS;
  let batch = tile / (tiles_n * tiles_m);
  if (batch >= params.batch || m >= params.M || n >= params.N) {
    return;
  }

  // Column r of a matrix is row r of four rows of c: loops over rows and columns of vec4s, one in the other, would not
  // be unrolled everywhere, and the sums would leave the registers.
  var sum: array<mat4x4f, ROWS / 4>;
  var other: array<mat4x4f, ROWS / 4>; // the second vec4s, with COLUMNS 2
  var row_sum: array<vec4f, ROWS / 4>;
  for (var k = 0u; k < params.K; k += 4) {
    let b_k = load_b(batch, k, n);
    var b_next = mat4x4f();
    if (COLUMNS == 2) {
      b_next = load_b(batch, k, n + NEXT);
    }
    for (var i = 0u; i < ROWS / 4; i++) {
      let a_k = load_a(batch, k, m + 4 * i);
      sum[i] += b_k * a_k;
      if (COLUMNS == 2) {
        other[i] += b_next * a_k;
      }
      if (ROW_SUMS) {
        row_sum[i] += vec4f(1) * a_k;
      }
    }
  }

  if (ROW_SUMS && n == 0) {
    for (var r = 0u; r < ROWS; r++) {
      if (m + r < params.M) {
        row_sums[batch * params.M + m + r] = row_sum[r / 4][r % 4];
      }
    }
  }
  let bias_n = bias_at(n);
  for (var r = 0u; r < ROWS; r++) {
    store_c(batch, m + r, n, sum[r / 4][r % 4] + bias_n);
  }
  if (COLUMNS == 2) {
    let bias_next = bias_at(n + NEXT);
    for (var r = 0u; r < ROWS; r++) {
      store_c(batch, m + r, n + NEXT, other[r / 4][r % 4] + bias_next);
    }
  }
}
