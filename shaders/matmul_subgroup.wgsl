enable subgroups;
// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c when ACCUMULATE)), as in matmul_naive.wgsl.
//
// A workgroup is one subgroup of S lanes and makes a tile of ROWS x 4 S elements of c; a lane makes ROWS rows of 4 neighbouring
// columns, in registers. Per 4 steps of k a lane loads 4 x 4 of b for its columns, and the lanes together load ROWS x 4 of a, one
// row each, which every lane then gets from its neighbour by a shuffle: a shuffle costs a quarter of a load, and a load of an
// address that is the same in all lanes costs as much as any other.
// Where k (or n) runs contiguously and in whole fours, four elements are one vec4 load: that is what the *_VEC constants say.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> a4: array<vec4f>; // the same memory, for loads of four
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> b4: array<vec4f>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> c: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

override HAS_BIAS: bool = false;
override ACCUMULATE: bool = false;
alias V = f32;
fn activate(x: V) -> V { return x; } // a row of the elementwise table
override A_VEC_K: bool = false; // a_k = 1 and rows of a start on whole fours
override B_VEC_K: bool = false; // b_k = 1, likewise
override B_VEC_N: bool = false; // b_n = 1, likewise
const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const LOADS = ROWS / S;

// a[m, k .. k + 3], zero outside.
fn load_a(batch: u32, m: u32, k: u32) -> vec4f {
  if (m >= params.M) {
    return vec4f();
  }
  let at = batch * params.a_batch + m * params.a_m + k * params.a_k;
  if (A_VEC_K) {
    return a4[at / 4];
  }
  var v = vec4f();
  for (var j = 0u; j < 4; j++) {
    if (k + j < params.K) {
      v[j] = a[at + j * params.a_k];
    }
  }
  return v;
}

// Rows k .. k + 3 of b at columns n .. n + 3, zero outside.
fn load_b(batch: u32, k: u32, n: u32) -> mat4x4f {
  let at = batch * params.b_batch + k * params.b_k + n * params.b_n;
  var v = mat4x4f();
  if (B_VEC_N) {
    if (n < params.N) {
      for (var j = 0u; j < 4; j++) {
        if (k + j < params.K) {
          v[j] = b4[(at + j * params.b_k) / 4];
        }
      }
    }
    return v;
  }
  if (B_VEC_K) {
    for (var i = 0u; i < 4; i++) {
      if (n + i < params.N) {
        v[i] = b4[(at + i * params.b_n) / 4];
      }
    }
    return transpose(v);
  }
  for (var j = 0u; j < 4; j++) {
    for (var i = 0u; i < 4; i++) {
      if (k + j < params.K && n + i < params.N) {
        v[j][i] = b[at + j * params.b_k + i * params.b_n];
      }
    }
  }
  return v;
}

@compute @workgroup_size(S)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
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
  for (var k = 0u; k < params.K; k += 4) {
    let bk = load_b(batch, k, n);
    for (var l = 0u; l < LOADS; l++) {
      let mine = load_a(batch, m + l * S + lane, k);
      for (var i = 0u; i < S; i++) {
        sum[l * S + i] += bk * subgroupShuffle(mine, i);
      }
    }
  }

  var bias_n = vec4f();
  if (HAS_BIAS) {
    for (var i = 0u; i < 4; i++) {
      if (n + i < params.N) {
        bias_n[i] = bias[params.bias_offset + n + i];
      }
    }
  }
  for (var r = 0u; r < ROWS; r++) {
    for (var i = 0u; i < 4; i++) {
      if (m + r < params.M && n + i < params.N) {
        let at = params.c_offset + batch * params.c_batch + (m + r) * params.c_m + n + i;
        var v = sum[r][i] + bias_n[i];
        if (ACCUMULATE) {
          v += c[at];
        }
        c[at] = activate(v);
      }
    }
  }
}
