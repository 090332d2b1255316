enable subgroups;
// y of attention, as in attention/naive.wgsl. A workgroup is one subgroup of S lanes and makes ROWS rows of y. It walks
// over the keys 4 S at a time: a lane makes the scores of 4 keys with all rows, from rows of q that the lanes load
// together and hand round by shuffles. The scores become p in the same registers, and are handed round in their turn
// for the sums with v, of which a lane makes 4 features of every 4 S. Nothing of the scores leaves the registers.
@group(0) @binding(0) var<storage, read> own: array<A4>; // q
@group(0) @binding(1) var<storage, read> other: array<A4>; // k
@group(0) @binding(2) var<storage, read> other_2: array<A4>; // v
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<A4>; // y
@group(0) @binding(5) var<storage, read_write> log_sums: array<f32>; // (items, heads, L)
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let tiles = (params.rows + ROWS - 1) / ROWS;
  let tile = linear_workgroup(workgroup, grid);
  let row = tile % tiles * ROWS;
  let pair = tile / tiles;
  if (pair >= params.pairs) {
    return;
  }
  var sums: Sums;
  var largest: array<f32, ROWS>;
  var total: array<f32, ROWS>; // of this lane's columns
  for (var r = 0u; r < ROWS; r++) {
    largest[r] = LOWEST;
  }
  for (var column = 0u; column < end_of_columns(row, ROWS); column += 4 * S) {
    var p = Tile();
    add_products(false, &p, pair, row, column, params.E, lane);
    for (var r = 0u; r < ROWS; r++) {
      let scores = four_scores(p[r], pair, row + r, column + 4 * lane);
      let most = max(max(scores.x, scores.y), max(scores.z, scores.w));
      let next = max(largest[r], subgroupMax(most));
      let kept = exp_of(largest[r] - next);
      p[r] = exp_of_four(scores - next);
      total[r] = total[r] * kept + dot(p[r], vec4f(1));
      largest[r] = next;
      for (var q = 0u; q < PASSES; q++) {
        sums[q][r] *= kept;
      }
    }
    add_values(true, &p, &sums, pair, column, params.F, lane);
  }
  for (var r = 0u; r < ROWS; r++) {
    let sum = subgroupAdd(total[r]);
    let inverse = inverse_of(sum);
    if (lane == 0 && row + r < params.rows) {
      log_sums[pair * params.rows + row + r] = log_sum_of(largest[r], sum);
    }
    for (var q = 0u; q < PASSES; q++) {
      let f = 4 * (q * S + lane);
      if (row + r < params.rows && f < params.F) {
        result[(head_of(params.result, pair) + (row + r) * params.result.w + f) / 4] = A4(sums[q][r] * inverse);
      }
    }
  }
}
