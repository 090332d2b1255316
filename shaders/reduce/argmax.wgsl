// out[o, i] = the c with the largest x[o, c, i] (or the smallest: `key` says), the first of equals; NaN wins, as in
// PyTorch. x (outer, C, inner) f32, out (outer, inner) u32. The obvious version, a thread per output: right when
// outputs are many or C is small.
struct Params {
  count: u32, // outputs: outer * inner
  C: u32,
  inner: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

fn key(v: f32) -> u32 { return order_key(v); }

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let k = linear_workgroup(workgroup, grid) * 64 + lane;
  if (k >= params.count) {
    return;
  }
  var at = (k / params.inner) * params.C * params.inner + k % params.inner;
  var best = 0u;
  var best_key = key(x[at]);
  for (var c = 1u; c < params.C; c++) {
    at += params.inner;
    let own = key(x[at]);
    if (own > best_key) {
      best = c;
      best_key = own;
    }
  }
  out[k] = best;
}
