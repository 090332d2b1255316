// softmax:     dx = y * (dy - sum over c of dy * y)
// log_softmax: dx = dy - exp(y) * sum over c of dy                                    (LOG), over rows (rows, C).
// The idea that it adds to loss/softmax_backward_naive.wgsl: T threads share a row, so that neighbours read neighbours,
// by vec4s where rows allow it. A workgroup makes 64 / T rows.
@group(0) @binding(0) var<storage, read> y: array<V>;
@group(0) @binding(1) var<storage, read> dy: array<V>;
@group(0) @binding(2) var<storage, read_write> dx: array<V>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_workgroup(workgroup, grid) * (THREADS / T) + lane / T;
  let base = row * params.C;
  let first = base + lane % T;
  let end = select(0u, base + params.C, row < params.rows); // barriers below must be reached by all
  var sums = V();
  for (var i = first; i < end; i += T) {
    sums += dy[i] * select(y[i], V(1), LOG);
  }
  let sum = row_sum(total(sums), lane);
  for (var i = first; i < end; i += T) {
    if (LOG) {
      dx[i] = dy[i] - exp_kept(y[i]) * sum;
    } else {
      dx[i] = y[i] * (dy[i] - V(sum));
    }
  }
}
