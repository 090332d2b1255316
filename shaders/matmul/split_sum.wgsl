// c[m, n] = activate(sum over s of parts[s, m, n] + bias[n]): a product whose K was split into parts, each part's sums
// in memory of its own. With ROW_SUMS also row_sums[m] = sum over s of part_sums[s, m]. Always in the order of s. A
// thread makes LANES neighbours of c; the threads after the last of them make an element of row_sums each. A workgroup
// is 64 threads.
@group(0) @binding(0) var<storage, read> parts: array<V>;
@group(0) @binding(1) var<storage, read> bias: array<V>;
@group(0) @binding(2) var<storage, read> part_sums: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<C>;
@group(0) @binding(4) var<storage, read_write> row_sums: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

override HAS_BIAS: bool = false;
override ROW_SUMS: bool = false;
// Where N is a multiple of 4, four columns at once: the three are specialised together.
const C_LANES = 1u;
alias V = f32;
alias C = f32; // c as stored
fn activate(x: V) -> V { return x; } // a row of the elementwise table

struct Params {
  splits: u32,
  M: u32,
  N: u32,
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let columns = params.N / C_LANES;
  let count = params.M * columns;
  if (i < count) {
    var v = V();
    for (var s = 0u; s < params.splits; s++) {
      v += parts[s * count + i];
    }
    if (HAS_BIAS) {
      v += bias[i % columns];
    }
    c[i] = C(activate(v));
  } else if (ROW_SUMS && i - count < params.M) {
    let m = i - count;
    var v = 0.0;
    for (var s = 0u; s < params.splits; s++) {
      v += part_sums[s * params.M + m];
    }
    row_sums[m] = v;
  }
}
