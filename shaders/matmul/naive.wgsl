// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c[b, m, n] when ACCUMULATE)): the obvious
// version. Either operand may lie transposed: element (m, k) of a is at m * a_m + k * a_k, and so on. A thread makes
// one element of c, a workgroup 64 neighbours in n. With ROW_SUMS also row_sums[b, m] = sum over k of a[b, m, k]: a
// bias's gradient beside its weight's. It is the specification of the faster versions and runs on every adapter.
@group(0) @binding(0) var<storage, read> a: array<A>;
@group(0) @binding(1) var<storage, read> b: array<B>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<C>;
@group(0) @binding(4) var<storage, read_write> row_sums: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

alias A = f32; // the operands and c as stored
alias B = f32;
alias C = f32;
override HAS_BIAS: bool = false;
override ACCUMULATE: bool = false;
override ROW_SUMS: bool = false;
alias V = f32;
fn activate(x: V) -> V { return x; } // a row of the elementwise table

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.batch * params.M * params.N) {
    return;
  }
  let n = i % params.N;
  let m = (i / params.N) % params.M;
  let batch = i / (params.N * params.M);
  var at_a = batch * params.a_batch + m * params.a_m;
  var at_b = batch * params.b_batch + n * params.b_n;
  var sum = 0.0;
  var row_sum = 0.0;
  for (var k = 0u; k < params.K; k++) {
    let a_k = f32(a[at_a]);
    sum += a_k * f32(b[at_b]);
    row_sum += a_k;
    at_a += params.a_k;
    at_b += params.b_k;
  }
  if (ROW_SUMS && n == 0) {
    row_sums[batch * params.M + m] = row_sum;
  }
  let at_c = params.c_offset + batch * params.c_batch + m * params.c_m + n;
  if (HAS_BIAS) {
    sum += f32(bias[params.bias_offset + n]);
  }
  if (ACCUMULATE) {
    sum += f32(c[at_c]);
  }
  c[at_c] = C(activate(sum));
}
