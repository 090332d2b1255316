// Gradients of attention, with p[l, s] = exp(score[l, s] - log_sums[l]) and
// ds[l, s] = p[l, s] (dy[l] . v[s] - delta[l]), for each head: the obvious version.
//   dq[l] = scale sum over s of ds[l, s] k[s]
//   dk[s] = scale sum over l of ds[l, s] q[l],  dv[s] = sum over l of p[l, s] dy[l]   (OF_KEYS)
// A thread makes one element of dq, or one of dk and one of dv, and walks over the columns.
@group(0) @binding(0) var<storage, read> own: array<A>; // q; k with OF_KEYS
@group(0) @binding(1) var<storage, read> other: array<A>; // k; q
@group(0) @binding(2) var<storage, read> own_2: array<A>; // dy; v
@group(0) @binding(3) var<storage, read> other_2: array<A>; // v; dy
@group(0) @binding(4) var<storage, read> mask: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<A>; // dq; dk
@group(0) @binding(6) var<storage, read_write> result_2: array<A>; // nothing; dv
@group(0) @binding(7) var<storage, read> log_sums: array<f32>; // (items, heads, L)
@group(0) @binding(8) var<storage, read> deltas: array<f32>; // (items, heads, L)
@group(0) @binding(9) var<uniform> params: Params;

alias A = f32; // as stored
const SHARED = false; // dk and dv lie in one tensor, which is bound once

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let width = max(params.E, params.F);
  let f = i % width;
  let row = i / width % params.rows;
  let pair = i / width / params.rows;
  if (pair >= params.pairs) {
    return;
  }
  let at_own = head_of(params.own, pair) + row * params.own.w;
  let at_own_2 = head_of(params.own_2, pair) + row * params.own_2.w;
  var sum = 0f;
  var sum_2 = 0f;
  for (var column = first_column(row); column < end_of_columns(row, 1); column++) {
    let at_other = head_of(params.other, pair) + column * params.other.w;
    let at_other_2 = head_of(params.other_2, pair) + column * params.other_2.w;
    var product = 0f;
    for (var e = 0u; e < params.E; e++) {
      product += f32(own[at_own + e]) * f32(other[at_other + e]);
    }
    var dp = 0f;
    for (var e = 0u; e < params.F; e++) {
      dp += f32(own_2[at_own_2 + e]) * f32(other_2[at_other_2 + e]);
    }
    let p = p_of(product, pair, row, column);
    sum += p * (dp - delta_of(pair, row, column)) * f32(other[at_other + min(f, params.E - 1)]);
    sum_2 += p * f32(other_2[at_other_2 + min(f, params.F - 1)]);
  }
  if (f < params.E) {
    result[head_of(params.result, pair) + row * params.result.w + f] = A(params.scale * sum);
  }
  if (OF_KEYS && f < params.F) {
    let at = head_of(params.result_2, pair) + row * params.result_2.w + f;
    if (SHARED) {
      result[at] = A(sum_2);
    } else {
      result_2[at] = A(sum_2);
    }
  }
}
