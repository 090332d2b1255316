// Over rows x (rows, C): softmax y = exp(x - max) / sum, or log_softmax y = x - max - log(sum) (LOG). The idea that it
// adds to loss/softmax_naive.wgsl: T threads share a row, so that neighbours read neighbours, by vec4s where rows allow
// it. A workgroup makes 64 / T rows.
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read_write> y: array<V>;
@group(0) @binding(2) var<uniform> params: Params;

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
  var peaks = V(LOWEST);
  for (var i = first; i < end; i += T) {
    peaks = max(peaks, x[i]);
  }
  let top = row_max(largest(peaks), lane);
  var sums = V();
  for (var i = first; i < end; i += T) {
    sums += exp_kept(x[i] - V(top));
  }
  let sum = row_sum(total(sums), lane);
  let log_sum = log_of(sum);
  for (var i = first; i < end; i += T) {
    if (LOG) {
      y[i] = (x[i] - V(top)) - V(log_sum); // in this order: top + log_sum would lose log_sum's digits
    } else {
      y[i] = exp_kept(x[i] - V(top)) / sum;
    }
  }
}
