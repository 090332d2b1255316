enable subgroups;
// Over rows x (rows, C): softmax y = exp(x - max) / sum, or log_softmax y = x - max - log(sum) (LOG). The idea that it
// adds to loss/softmax_workgroup.wgsl: a row is made by one subgroup, whose lanes add up without barriers or shared
// memory. A workgroup is one subgroup of S lanes and makes a row.
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read_write> y: array<V>;
@group(0) @binding(2) var<uniform> params: Params;

const S = 8u;

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = linear_workgroup(workgroup, grid);
  if (row >= params.rows) {
    return;
  }
  let first = row * params.C + lane;
  let end = (row + 1) * params.C;
  var peaks = V(LOWEST);
  for (var i = first; i < end; i += S) {
    peaks = max(peaks, x[i]);
  }
  let top = subgroupMax(largest(peaks));
  var sums = V();
  for (var i = first; i < end; i += S) {
    sums += exp_kept(x[i] - V(top));
  }
  let sum = subgroupAdd(total(sums));
  let log_sum = log_of(sum);
  for (var i = first; i < end; i += S) {
    if (LOG) {
      y[i] = (x[i] - V(top)) - V(log_sum); // in this order: top + log_sum would lose log_sum's digits
    } else {
      y[i] = exp_kept(x[i] - V(top)) / sum;
    }
  }
}
