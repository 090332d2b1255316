// y of attention, as in attention/naive.wgsl; for GPUs. A workgroup makes TILE_ROWS rows of y. For TILE_COLUMNS keys at
// a time it makes the scores in registers (tiles.wgsl), puts them into workgroup memory, where one thread for each row
// makes p of them, and adds p v to the sums, which stay in registers from the first key to the last.
@group(0) @binding(0) var<storage, read> own: array<A4>; // q
@group(0) @binding(1) var<storage, read> other: array<A4>; // k
@group(0) @binding(2) var<storage, read> other_2: array<A4>; // v
@group(0) @binding(3) var<storage, read> mask: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<A4>; // y
@group(0) @binding(5) var<storage, read_write> log_sums: array<f32>; // (items, heads, L)
@group(0) @binding(6) var<uniform> params: Params;
const KEPT = 1u; // kinds of scores
var<workgroup> factors: array<f32, TILE_ROWS>; // what each row's sums are multiplied by

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
  var largest = LOWEST; // of row `thread` of the tile
  var total = 0f;
  for (var column = 0u; column < end_of_columns(row, TILE_ROWS); column += TILE_COLUMNS) {
    var products = Scores();
    add_products(false, &products, pair, row, column, params.E, thread);
    for (var p = 0u; p < FOURS; p++) {
      for (var c = 0u; c < 4; c++) {
        scores[(4 * x + c) * PITCH + y * FOURS + p] = scores_of(products[p][c], pair, row + 4 * (y * FOURS + p), column
            + 4 * x + c);
      }
    }
    workgroupBarrier();
    if (thread < TILE_ROWS) {
      let at = thread % TILE_ROWS / 4;
      var most = largest;
      for (var c = 0u; c < TILE_COLUMNS; c++) {
        most = max(most, scores[c * PITCH + at][thread % 4]);
      }
      let kept = exp_of(largest - most);
      total *= kept;
      for (var c = 0u; c < TILE_COLUMNS; c++) {
        let p = exp_of(scores[c * PITCH + at][thread % 4] - most);
        scores[c * PITCH + at][thread % 4] = p;
        total += p;
      }
      factors[thread % TILE_ROWS] = kept;
      largest = most;
    }
    workgroupBarrier();
    scale_rows(&sums, y);
    add_values(true, 0, &sums, pair, column, params.F, thread);
  }
  workgroupBarrier();
  if (thread < TILE_ROWS) {
    factors[thread % TILE_ROWS] = inverse_of(total);
    if (row + thread < params.rows) {
      log_sums[pair * params.rows + row + thread] = log_sum_of(largest, total);
    }
  }
  workgroupBarrier();
  scale_rows(&sums, y);
  let head = head_of(params.result, pair);
  for (var r = 0u; r < THREAD_ROWS; r++) {
    let own_row = row + y * THREAD_ROWS + r;
    for (var q = 0u; q < PASSES; q++) {
      let f = 4 * (q * THREADS_X + x);
      if (own_row < params.rows && f < params.F) {
        result[(head + own_row * params.result.w + f) / 4] = A4(sums[q][r]);
      }
    }
  }
}

fn scale_rows(sums: ptr<function, Sums>, y: u32) {
  for (var r = 0u; r < THREAD_ROWS; r++) {
    let factor = factors[y % THREADS_Y * THREAD_ROWS + r];
    for (var q = 0u; q < PASSES; q++) {
      (*sums)[q][r] *= factor;
    }
  }
}
