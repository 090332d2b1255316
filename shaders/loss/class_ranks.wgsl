// rank[n] = how many classes come before the label's in logits x (N, C): those with a larger logit, and those with the
// same one and a smaller number. So rank 0 is where argmax finds the label, and the label is among the k first where
// the rank is below k. A label that is not a class has rank C. A workgroup makes a row.
struct Params {
  N: u32,
  C: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> label: array<u32>;
@group(0) @binding(2) var<storage, read_write> rank: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let n = linear_workgroup(workgroup, grid);
  let inside = n < params.N; // barriers below must be reached by all
  let base = n * params.C;
  let t = label[min(n, params.N - 1)];
  let own = order_key(x[min(base, (params.N - 1) * params.C) + min(t, params.C - 1)]);
  var before = 0.0; // whole numbers are exact up to 2^24
  for (var c = lane; c < select(0u, params.C, inside); c += THREADS) {
    let key = order_key(x[base + c]);
    before += select(0.0, 1.0, key > own || (key == own && c < t));
  }
  let all = row_sum(before, lane);
  if (lane == 0 && inside) {
    rank[n] = select(params.C, u32(all), t < params.C);
  }
}
