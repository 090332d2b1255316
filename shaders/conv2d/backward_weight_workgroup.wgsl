// dw[split, g, row, c, tap] = sum over the split's fours of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias: the sums of dy. Several splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A workgroup makes ROWS x 4 COLUMNS of one split, a thread 4 rows x 1 four of channels at one tap. Each step
// brings DEPTH fours of pixels of both operands to workgroup memory, where a vec4 that one thread loaded serves many:
// see conv2d/workgroup.wgsl.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<DW>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> conv: Weight;

const ROWS = 64u; // ROWS and COLUMNS divide THREADS
const COLUMNS = 16u; // fours
const DEPTH = 4u; // fours
const THREADS = ROWS * COLUMNS / 4;

var<workgroup> dy_tile: array<vec4f, DEPTH * ROWS>; // (four of pixels, (four of rows, pixel))
var<workgroup> x_tile: array<vec4f, DEPTH * 4 * COLUMNS>; // (pixel, column)

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let columns = conv.D * conv.taps_y * conv.taps_x; // fours of them
  let column_tiles = (columns + COLUMNS - 1) / COLUMNS;
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let tile = linear_workgroup(workgroup, grid);
  let split = tile / (column_tiles * row_tiles * conv.groups);
  if (split >= conv.splits) { // all threads alike
    return;
  }
  let first_row = ((tile / column_tiles) % row_tiles) * ROWS;
  let group = (tile / (column_tiles * row_tiles)) % conv.groups;
  let first_column = tile % column_tiles * COLUMNS;
  // What this thread brings: always the same four of rows at the same of four pixels of dy, and the same column of x.
  let four_dy = (first_row + thread % ROWS) / 4;
  let brings = column_of(group, first_column + thread % COLUMNS);
  // What it makes: rows 4 i + …, column j.
  let i = thread / COLUMNS * 4;
  let j = thread % COLUMNS;

  let start = split * conv.part;
  let end = min(start + conv.part, conv.N * ((conv.P + 3) / 4));
  var sum: array<vec4f, 4>;
  var sum_dy = vec4f();
  for (var first = start; first < end; first += DEPTH) {
    for (var k = thread / ROWS; k < DEPTH; k += THREADS / ROWS) {
      let pixels = pixels_at(min(first + k, end - 1));
      let d = dy_at(group, four_dy, pixels, thread % 4);
      dy_tile[k * ROWS + thread % ROWS] = select(vec4f(), d, first + k < end);
    }
    for (var k = thread / COLUMNS; k < 4 * DEPTH; k += THREADS / COLUMNS) {
      let seen = seen_by(brings, pixels_at(min(first + k / 4, end - 1)));
      let is_used = first + k / 4 < end;
      x_tile[k * COLUMNS + thread % COLUMNS] = select(vec4f(), vec4f(x[seen.at[k % 4]]), is_used && seen.inside[k % 4]);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let at = 4 * k * COLUMNS + j;
      let v = mat4x4f(x_tile[at], x_tile[at + COLUMNS], x_tile[at + 2 * COLUMNS], x_tile[at + 3 * COLUMNS]);
      let from_dy = k * ROWS + i;
      let d = mat4x4f(dy_tile[from_dy], dy_tile[from_dy + 1], dy_tile[from_dy + 2], dy_tile[from_dy + 3]);
      let turned = transpose(d);
      sum[0] += v * turned[0];
      sum[1] += v * turned[1];
      sum[2] += v * turned[2];
      sum[3] += v * turned[3];
      if (HAS_BIAS) {
        sum_dy += d[0] + d[1] + d[2] + d[3];
      }
    }
    workgroupBarrier();
  }

  let column = column_of(group, first_column + j);
  for (var r = 0u; r < 4; r++) {
    let row = first_row + i + r;
    if (row < conv.rows && first_column + j < columns) {
      write_columns(split, group, row, column, sum[r]);
      if (HAS_BIAS && first_column + j == 0) {
        write_bias(split, group, row, sum_dy[r]);
      }
    }
  }
}
