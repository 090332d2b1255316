// y[l] = sum over s of p[l, s] v[s],  p[l] = softmax over s of (scale q[l] . k[s] + mask[l, s]), for each head: the
// obvious version, and the specification of the faster ones. q (L, E), k (S, E), v (S, F), y (L, F). A thread makes one
// element of y: it walks over the keys once, with the largest score so far, and what it has summed up is scaled down
// whenever a larger one comes. The scores of a row are so worked out F times, and never kept. The logarithm of the sum
// of exp(score), from which backward makes p again, is written by the thread of the row's first element.
@group(0) @binding(0) var<storage, read> own: array<A>; // q
@group(0) @binding(1) var<storage, read> other: array<A>; // k
@group(0) @binding(2) var<storage, read> other_2: array<A>; // v
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<A>; // y
@group(0) @binding(5) var<storage, read_write> log_sums: array<f32>; // (items, heads, L)
@group(0) @binding(6) var<uniform> params: Params;

alias A = f32; // as stored

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  let f = i % params.F;
  let row = i / params.F % params.rows;
  let pair = i / params.F / params.rows;
  if (pair >= params.pairs) {
    return;
  }
  let at_q = head_of(params.own, pair) + row * params.own.w;
  let at_k = head_of(params.other, pair);
  let at_v = head_of(params.other_2, pair) + f;
  var largest = LOWEST;
  var total = 0f;
  var sum = 0f;
  for (var s = 0u; s < end_of_columns(row, 1); s++) {
    var product = 0f;
    for (var e = 0u; e < params.E; e++) {
      product += f32(own[at_q + e]) * f32(other[at_k + s * params.other.w + e]);
    }
    let score = score_of(product, pair, row, s);
    let next = max(largest, score);
    let kept = exp_of(largest - next);
    let p = exp_of(score - next);
    total = total * kept + p;
    sum = sum * kept + p * f32(other_2[at_v + s * params.other_2.w]);
    largest = next;
  }
  result[head_of(params.result, pair) + row * params.result.w + f] = A(sum * inverse_of(total));
  if (f == 0) {
    log_sums[pair * params.rows + row] = log_sum_of(largest, total);
  }
}
