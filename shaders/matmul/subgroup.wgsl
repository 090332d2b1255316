enable subgroups;
// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c when ACCUMULATE)), as in
// matmul/naive.wgsl.
//
// A workgroup is one subgroup of S lanes and makes a tile of ROWS x 4 S elements of c; a lane makes ROWS rows of 4
// neighbouring columns, in registers. Per 4 steps of k a lane loads 4 x 4 of b for its columns, and the lanes together
// load ROWS x 4 of a, which every lane then gets from its neighbours by shuffles: a shuffle costs a quarter of a load,
// and a load of an address that is the same in all lanes costs as much as any other. Where k, m or n runs contiguously
// and in whole fours, four elements are one vec4 load: that is what the *_VEC constants say.
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
override A_VEC_K: bool = false; // a_k = 1 and rows of a start on whole fours
override A_VEC_M: bool = false; // a_m = 1 and columns of a do
override ROW_SUMS: bool = false; // row_sums[b, m] = sum over k of a[b, m, k] as well, from the same loads
const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const LOADS = ROWS / S;

// Four elements of a for rows m .. m + S - 1 and steps k .. k + 3: four steps of row m + lane; with A_VEC_M, at step k
// + lane % 4, four rows from m + lane / 4 * 4. Steps outside are zero, rows outside are others of a (see load_b).
fn load_a(batch: u32, m: u32, k: u32, lane: u32) -> vec4f {
  let at = batch * params.a_batch;
  if (A_VEC_M) {
    let step = k + lane % 4;
    let row = at + min(m + lane / 4 * 4, params.M - 4);
    return select(vec4f(), vec4f(a4[(row + min(step, params.K - 1) * params.a_k) / 4]), step < params.K);
  }
  let row = at + min(m + lane, params.M - 1) * params.a_m;
  if (A_VEC_K) {
    return vec4f(a4[(row + k * params.a_k) / 4]);
  }
  var v: vec4f;
  for (var j = 0u; j < 4; j++) {
    v[j] = select(0.0, f32(a[row + min(k + j, params.K - 1) * params.a_k]), k + j < params.K);
  }
  return v;
}

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tiles_n = (params.N + 4 * S - 1) / (4 * S);
  let tiles_m = (params.M + ROWS - 1) / ROWS;
  let tile = linear_workgroup(workgroup, grid);
  let n = (tile % tiles_n) * 4 * S + lane * 4;
  let m = ((tile / tiles_n) % tiles_m) * ROWS;
  let batch = tile / (tiles_n * tiles_m);
  if (batch >= params.batch) {
    return;
  }

  var sum: array<vec4f, ROWS>;
  var loaded: array<vec4f, LOADS>; // sums of what this lane loads of a
  for (var k = 0u; k < params.K; k += 4) {
    let bk = load_b(batch, k, n);
    for (var l = 0u; l < LOADS; l++) {
      let mine = load_a(batch, m + l * S, k, lane);
      if (ROW_SUMS) {
        loaded[l] += mine;
      }
      if (A_VEC_M) {
        for (var q = 0u; q < S; q++) {
          let four = subgroupShuffle(mine, q); // rows q / 4 * 4 .. + 3 at step q % 4
          for (var i = 0u; i < 4; i++) {
            sum[l * S + q / 4 * 4 + i] += bk[q % 4] * four[i];
          }
        }
      } else {
        for (var i = 0u; i < S; i++) {
          sum[l * S + i] += bk * subgroupShuffle(mine, i);
        }
      }
    }
  }

  if (ROW_SUMS) {
    for (var l = 0u; l < LOADS; l++) {
      var v = dot(loaded[l], vec4f(1));
      if (A_VEC_M) {
        // The four lanes of a group hold steps 0 to 3 modulo 4 of the same four rows; lane q keeps row q.
        let all = loaded[l] + subgroupShuffleXor(loaded[l], 1u);
        v = (all + subgroupShuffleXor(all, 2u))[lane % 4];
      }
      let row = m + l * S + lane;
      if (tile % tiles_n == 0 && row < params.M) {
        row_sums[batch * params.M + row] = v;
      }
    }
  }
  let bias_n = bias_at(n);
  for (var r = 0u; r < ROWS; r++) {
    store_c(batch, m + r, n, sum[r] + bias_n);
  }
}
