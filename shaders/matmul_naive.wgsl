// c[b, m, n] = activate(sum over k of a[b, m, k] * b[b, k, n] + bias[n] (+ c[b, m, n] when ACCUMULATE)): the obvious version.
// Either operand may lie transposed: element (m, k) of a is at m * a_m + k * a_k, and so on. A thread makes one element of c,
// a workgroup 64 neighbours in n. It is the specification of the faster versions and runs on every adapter.
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

override HAS_BIAS: bool = false;
override ACCUMULATE: bool = false;
alias V = f32;
fn activate(x: V) -> V { return x; } // a row of the elementwise table

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
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
  for (var k = 0u; k < params.K; k++) {
    sum += a[at_a] * b[at_b];
    at_a += params.a_k;
    at_b += params.b_k;
  }
  let at_c = params.c_offset + batch * params.c_batch + m * params.c_m + n;
  if (HAS_BIAS) {
    sum += bias[params.bias_offset + n];
  }
  if (ACCUMULATE) {
    sum += c[at_c];
  }
  c[at_c] = activate(sum);
}
