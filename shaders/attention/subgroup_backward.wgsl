enable subgroups;
// Gradients of attention, as in attention/naive_backward.wgsl. A workgroup is one subgroup and has ROWS rows, as in
// attention/subgroup.wgsl: the products of own and other become p, those of own_2 and other_2 ds, in registers, and are
// handed round for the sums with other and other_2.
@group(0) @binding(0) var<storage, read> own: array<A4>; // q; k with OF_KEYS
@group(0) @binding(1) var<storage, read> other: array<A4>; // k; q
@group(0) @binding(2) var<storage, read> own_2: array<A4>; // dy; v
@group(0) @binding(3) var<storage, read> other_2: array<A4>; // v; dy
@group(0) @binding(4) var<storage, read> mask: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<A4>; // dq; dk
@group(0) @binding(6) var<storage, read_write> result_2: array<A4>; // nothing; dv
@group(0) @binding(7) var<storage, read> log_sums: array<f32>; // (items, heads, L)
@group(0) @binding(8) var<storage, read> deltas: array<f32>; // (items, heads, L)
@group(0) @binding(9) var<uniform> params: Params;
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
  var sums_2: Sums;
  for (var column = first_column(row); column < end_of_columns(row, ROWS); column += 4 * S) {
    var p = Tile();
    var ds = Tile();
    add_products(false, &p, pair, row, column, params.E, lane);
    add_products(true, &ds, pair, row, column, params.F, lane);
    for (var r = 0u; r < ROWS; r++) {
      for (var c = 0u; c < 4; c++) {
        let mine = column + 4 * lane + c;
        p[r][c] = p_of(p[r][c], pair, row + r, mine);
        ds[r][c] = p[r][c] * (ds[r][c] - delta_of(pair, row + r, mine));
      }
    }
    add_values(false, &ds, &sums, pair, column, params.E, lane);
    if (OF_KEYS) {
      add_values(true, &p, &sums_2, pair, column, params.F, lane);
    }
  }
  for (var r = 0u; r < ROWS; r++) {
    for (var q = 0u; q < PASSES; q++) {
      let f = 4 * (q * S + lane);
      if (row + r < params.rows && f < params.E) {
        store((head_of(params.result, pair) + (row + r) * params.result.w + f) / 4, params.scale * sums[q][r]);
      }
      if (OF_KEYS && row + r < params.rows && f < params.F) {
        store_2((head_of(params.result_2, pair) + (row + r) * params.result_2.w + f) / 4, sums_2[q][r]);
      }
    }
  }
}
