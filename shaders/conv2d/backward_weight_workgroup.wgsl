// dw[split, g, row, c, tap] = sum over the split's rows of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias behind it: the sums of dy. The splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A workgroup makes ROWS x 4 COLUMNS of one split, a thread 4 rows x 1 four of channels at one tap. Each step
// brings DEPTH fours of pixels of both operands to workgroup memory, where a vec4 that one thread loaded serves many:
// see conv2d/workgroup.wgsl. Rows of dy are padded with zeros to whole fours.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> conv: Weight;

alias E4 = vec4f; // as stored
override HAS_BIAS: bool = false;
const ROWS = 64u; // ROWS and COLUMNS divide THREADS
const COLUMNS = 16u; // fours
const DEPTH = 4u; // fours
const THREADS = ROWS * COLUMNS / 4;

var<workgroup> dy_tile: array<vec4f, DEPTH * ROWS>; // (four of pixels, row)
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
  let row_fours = conv.oW / 4; // of dy, padded
  let plane_dy = conv.oH * row_fours;
  // What this thread brings: always the same row of dy and the same column of x.
  // rows past the end: a copy
  let row_dy = (group * conv.rows + min(first_row + thread % ROWS, conv.rows - 1)) * plane_dy;
  let seen = column_of(group, first_column + thread % COLUMNS).seen;
  // What it makes: rows 4 i + …, column j.
  let i = thread / COLUMNS * 4;
  let j = thread % COLUMNS;

  let part = (conv.N * conv.oH + conv.splits - 1) / conv.splits; // rows of pixels of a split
  let start = split * part * row_fours;
  let end = min((split + 1) * part, conv.N * conv.oH) * row_fours;
  var sum: array<vec4f, 4>;
  var sum_dy: array<vec4f, 4>;
  for (var first = start; first < end; first += DEPTH) {
    for (var k = thread / ROWS; k < DEPTH; k += THREADS / ROWS) {
      let n = (first + k) / plane_dy;
      let at = n * conv.groups * conv.rows * plane_dy + row_dy + (first + k) % plane_dy;
      dy_tile[k * ROWS + thread % ROWS] = select(vec4f(), vec4f(dy[at]), first + k < end);
    }
    for (var k = thread / COLUMNS; k < 4 * DEPTH; k += THREADS / COLUMNS) {
      let four = min(first + k / 4, end - 1); // past the end dy is zero
      let n = four / plane_dy;
      let p = four % plane_dy;
      let ox = p % row_fours * 4 + k % 4;
      let at = n * conv.groups * conv.D * conv.plane + seen + p / row_fours * conv.step_y + ox * conv.step_x;
      x_tile[k * COLUMNS + thread % COLUMNS] = vec4f(x[at]);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let at = 4 * k * COLUMNS + j;
      let v = mat4x4f(x_tile[at], x_tile[at + COLUMNS], x_tile[at + 2 * COLUMNS], x_tile[at + 3 * COLUMNS]);
      for (var r = 0u; r < 4; r++) {
        let d = dy_tile[k * ROWS + i + r];
        sum[r] += v * d;
        if (HAS_BIAS) {
          sum_dy[r] += d;
        }
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
