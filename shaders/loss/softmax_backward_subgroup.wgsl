enable subgroups;
// softmax:     dx = y * (dy - sum over c of dy * y)
// log_softmax: dx = dy - exp(y) * sum over c of dy                                    (LOG), over rows (rows, C).
// The idea that it adds to loss/softmax_backward_workgroup.wgsl: a row is made by one subgroup, whose lanes add up
// without barriers or shared memory. A workgroup is one subgroup of S lanes and makes a row.
@group(0) @binding(0) var<storage, read> y: array<V>;
@group(0) @binding(1) var<storage, read> dy: array<V>;
@group(0) @binding(2) var<storage, read_write> dx: array<V>;
@group(0) @binding(3) var<uniform> params: Params;

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
  var sums = V();
  for (var i = first; i < end; i += S) {
    sums += dy[i] * select(y[i], V(1), LOG);
  }
  let sum = subgroupAdd(total(sums));
  for (var i = first; i < end; i += S) {
    if (LOG) {
      dx[i] = dy[i] - exp_kept(y[i]) * sum;
    } else {
      dx[i] = y[i] * (dy[i] - V(sum));
    }
  }
}
