// dw[split, g, row, c, tap] = sum over the split's fours of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias: the sums of dy. Several splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A workgroup makes ROWS x COLUMNS of one split, a thread THREAD_ROWS x THREAD_COLUMNS, fours of channels at
// one tap each. Each step brings PIXELS pixels of both operands to workgroup memory, as they lie, in fours of channels:
// see conv2d/workgroup.wgsl. Threads beside each other bring pixels beside each other; a pixel's row there has one vec4
// more than it needs, or they would all write to the same bank.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<DW>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> conv: Weight;

const ROWS = 64u;
const COLUMNS = 64u;
const THREAD_ROWS = 8u; // 4 or 8
const THREAD_COLUMNS = 8u; // 4 or 8
const PIXELS = 16u; // divides THREADS
const TILE_FOURS = COLUMNS / 4; // of columns
const THREAD_FOURS = THREAD_COLUMNS / 4;
const THREADS_X = TILE_FOURS / THREAD_FOURS;
const THREADS = ROWS / THREAD_ROWS * THREADS_X; // at least ROWS
const FOURS = THREAD_ROWS / 4;
const TOGETHER = THREADS / PIXELS; // fours that all threads bring at a time
const DY_ROUNDS = (ROWS / 4 + TOGETHER - 1) / TOGETHER;
const X_ROUNDS = (TILE_FOURS + TOGETHER - 1) / TOGETHER;
const PITCH_DY = ROWS / 4 + 1;
const PITCH_X = TILE_FOURS + 1;

var<workgroup> dy_tile: array<vec4f, PIXELS * PITCH_DY>; // (pixel, four of rows)
var<workgroup> x_tile: array<vec4f, PIXELS * PITCH_X>; // (pixel, column)

struct Coming {
  dy: array<vec4f, DY_ROUNDS>,
  x: array<vec4f, X_ROUNDS>,
}

// What this thread brings of one pixel, of those before `end` (in fours of a plane, as the splits are).
fn fetch(pixel: u32, end: u32, group: u32, first_four: u32, columns: array<Column, X_ROUNDS>) -> Coming {
  let pixels = pixels_at(min(pixel / 4, end - 1));
  let i = pixel % 4;
  let is_used = pixel / 4 < end;
  var coming: Coming;
  for (var r = 0u; r < DY_ROUNDS; r++) {
    let d = dy_at(group, first_four + r * TOGETHER, pixels, i);
    coming.dy[r] = select(vec4f(), d, is_used);
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    let seen = seen_by(columns[r], pixels);
    coming.x[r] = select(vec4f(), vec4f(x[seen.at[i]]), is_used && seen.inside[i]);
  }
  return coming;
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let columns = conv.D * conv.taps_y * conv.taps_x; // fours of them
  let column_tiles = (columns + TILE_FOURS - 1) / TILE_FOURS;
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let tile = linear_workgroup(workgroup, grid);
  let split = tile / (column_tiles * row_tiles * conv.groups);
  if (split >= conv.splits) { // all threads alike
    return;
  }
  let first_row = ((tile / column_tiles) % row_tiles) * ROWS;
  let group = (tile / (column_tiles * row_tiles)) % conv.groups;
  let first_column = tile % column_tiles * TILE_FOURS;
  // What this thread brings: always the same of PIXELS pixels, and the same fours of rows and columns.
  let mine = thread % PIXELS;
  let which = thread / PIXELS;
  var brings: array<Column, X_ROUNDS>;
  for (var r = 0u; r < X_ROUNDS; r++) {
    brings[r] = column_of(group, first_column + which + r * TOGETHER);
  }
  // What it makes: fours of rows from i on, columns THREADS_X apart from j on.
  let i = thread / THREADS_X * FOURS;
  let j = thread % THREADS_X;

  let start = split * conv.part;
  let end = min(start + conv.part, conv.N * ((conv.P + 3) / 4));
  var sum: array<array<vec4f, THREAD_FOURS>, THREAD_ROWS>;
  var sum_dy = 0f; // of row `thread` of the tile
  var coming = fetch(4 * start + mine, end, group, first_row / 4 + which, brings);
  for (var first = 4 * start; first < 4 * end; first += PIXELS) {
    for (var r = 0u; r < DY_ROUNDS; r++) {
      if (ROWS / 4 % TOGETHER == 0 || which + r * TOGETHER < ROWS / 4) {
        dy_tile[mine * PITCH_DY + which + r * TOGETHER] = coming.dy[r];
      }
    }
    for (var r = 0u; r < X_ROUNDS; r++) {
      if (TILE_FOURS % TOGETHER == 0 || which + r * TOGETHER < TILE_FOURS) {
        x_tile[mine * PITCH_X + which + r * TOGETHER] = coming.x[r];
      }
    }
    workgroupBarrier();
    if (first + PIXELS < 4 * end) {
      coming = fetch(first + PIXELS + mine, end, group, first_row / 4 + which, brings);
    }
    for (var k = 0u; k < PIXELS; k++) {
      var v = array<vec4f, THREAD_FOURS>();
      for (var q = 0u; q < THREAD_FOURS; q++) {
        v[q] = x_tile[k * PITCH_X + q * THREADS_X + j];
      }
      for (var p = 0u; p < FOURS; p++) {
        let d = dy_tile[k * PITCH_DY + i + p];
        for (var r = 0u; r < 4; r++) {
          for (var q = 0u; q < THREAD_FOURS; q++) {
            sum[p * 4 + r][q] += d[r] * v[q];
          }
        }
      }
    }
    if (HAS_BIAS && first_column == 0 && thread < ROWS) {
      for (var k = 0u; k < PIXELS; k++) {
        sum_dy += dy_tile[k * PITCH_DY + thread / 4][thread % 4];
      }
    }
    workgroupBarrier();
  }

  for (var q = 0u; q < THREAD_FOURS; q++) {
    let number = first_column + q * THREADS_X + j;
    let column = column_of(group, number);
    for (var r = 0u; r < THREAD_ROWS; r++) {
      let row = first_row + i * 4 + r;
      if (row < conv.rows && number < columns) {
        write_columns(split, group, row, column, sum[r][q]);
      }
    }
  }
  if (HAS_BIAS && first_column == 0 && thread < ROWS) {
    write_bias(split, group, first_row + thread, sum_dy);
  }
}
