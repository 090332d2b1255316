// Gradients of attention, as in attention/naive_backward.wgsl; for GPUs. A workgroup has TILE_ROWS rows, as in
// attention/workgroup.wgsl. For TILE_COLUMNS columns at a time it makes the products of own and other and those of
// own_2 and other_2, turns them into p and ds where they are, puts them into workgroup memory, and adds their products
// with other and other_2 to the sums, which stay in registers from the first column to the last.
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
const KEPT = 2u; // kinds of scores: ds, and p behind it

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let tiles = (params.rows + TILE_ROWS - 1) / TILE_ROWS;
  let number = linear_workgroup(workgroup, grid);
  let row = number % tiles * TILE_ROWS;
  let pair = number / tiles;
  if (pair >= params.pairs) {
    return;
  }
  let x = thread % THREADS_X;
  let y = thread / THREADS_X % THREADS_Y;
  var sums: Sums;
  var sums_2: Sums;
  for (var column = first_column(row); column < end_of_columns(row, TILE_ROWS); column += TILE_COLUMNS) {
    var products = Scores();
    var products_2 = Scores();
    add_products(false, &products, pair, row, column, params.E, thread);
    add_products(true, &products_2, pair, row, column, params.F, thread);
    for (var four = 0u; four < FOURS; four++) {
      for (var c = 0u; c < 4; c++) {
        let at = (4 * x + c) * PITCH + y * FOURS + four;
        let mine = row + 4 * (y * FOURS + four);
        let p = four_p(products[four][c], pair, mine, column + 4 * x + c);
        scores[at] = p * (products_2[four][c] - four_deltas(pair, mine, column + 4 * x + c));
        if (OF_KEYS) {
          scores[NEXT_SCORES + at] = p;
        }
      }
    }
    add_values(false, 0, &sums, pair, column, params.E, thread);
    if (OF_KEYS) {
      add_values(true, NEXT_SCORES, &sums_2, pair, column, params.F, thread);
    }
  }
  for (var r = 0u; r < THREAD_ROWS; r++) {
    let mine = row + y * THREAD_ROWS + r;
    for (var q = 0u; q < PASSES; q++) {
      let f = 4 * (q * THREADS_X + x);
      if (mine < params.rows && f < params.E) {
        store((head_of(params.result, pair) + mine * params.result.w + f) / 4, params.scale * sums[q][r]);
      }
      if (OF_KEYS && mine < params.rows && f < params.F) {
        store_2((head_of(params.result_2, pair) + mine * params.result_2.w + f) / 4, sums_2[q][r]);
      }
    }
  }
}

// p_of and delta_of for four rows.
fn four_p(products: vec4f, pair: u32, row: u32, column: u32) -> vec4f {
  return vec4f(p_of(products.x, pair, row, column), p_of(products.y, pair, row + 1, column), p_of(products.z, pair, row
      + 2, column), p_of(products.w, pair, row + 3, column));
}

fn four_deltas(pair: u32, row: u32, column: u32) -> vec4f {
  return vec4f(delta_of(pair, row, column), delta_of(pair, row + 1, column), delta_of(pair, row + 2, column), delta_of(
      pair, row + 3, column));
}
