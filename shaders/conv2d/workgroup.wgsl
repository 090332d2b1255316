// y[n, g, row, pixel] = activate(bias[row] + sum over taps and depth of w[row, tap, depth] * input[n, pixel at tap,
// depth] (+ residual)) for forward, gradient of the input, and transposed convolutions alike: see
// conv2d/gather.wgsl.
//
// As a matrix product, rows are output channels, columns are pixels of all images, and the depth is (tap, input
// channel). A workgroup makes ROWS x COLUMNS of it, a thread 4 x 4. Each step brings DEPTH fours of depth of both
// operands to workgroup memory, where a vec4 that one thread loaded serves 16: that is what GPUs want, whose barriers
// cost little and whose loads cost much.
@group(0) @binding(0) var<storage, read> input: array<E4>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<OUT>;
@group(0) @binding(4) var<storage, read_write> output: array<OUT>;
@group(0) @binding(5) var<uniform> conv: Gather;

alias E4 = vec4f; // as stored
const ROWS = 64u; // ROWS and COLUMNS divide THREADS
const COLUMNS = 64u;
const DEPTH = 4u; // fours
const THREADS = ROWS * COLUMNS / 16;

var<workgroup> w_tile: array<vec4f, DEPTH * ROWS>; // (four of depth, row)
var<workgroup> x_tile: array<vec4f, DEPTH * COLUMNS>; // (four of depth, pixel)

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let column_tiles = (conv.N * conv.pH * conv.pW + COLUMNS - 1) / COLUMNS;
  let tile = linear_workgroup(workgroup, grid);
  let first_row = (tile % row_tiles) * ROWS;
  let first_pixel = (tile / row_tiles) % column_tiles * COLUMNS;
  let group = tile / (row_tiles * column_tiles);
  if (group >= conv.groups) { // all threads alike
    return;
  }
  // What this thread brings: always the same row and the same pixel. Past the end, a copy that is not written.
  let row = weight_row(min(first_row + thread % ROWS, conv.rows - 1));
  let mine = pixels_of(group, first_pixel + thread % COLUMNS);
  let taps_w = (group * conv.all_taps + conv.w_start) * conv.D * conv.rows;
  // What it makes: rows 4 i + …, pixels 4 j + ….
  let i = thread / (COLUMNS / 4) * 4;
  let j = thread % (COLUMNS / 4) * 4;

  let depth = conv.taps_y * conv.taps_x * conv.D;
  var sum = mat4x4f(); // columns are pixels, rows channels
  for (var first = 0u; first < depth; first += DEPTH) {
    for (var k = thread / ROWS; k < DEPTH; k += THREADS / ROWS) {
      let tap = (first + k) / conv.D;
      let at = (tap / conv.taps_x * conv.w_y + tap % conv.taps_x * conv.w_x) * conv.D * conv.rows + (first + k) % conv.D
          * weight_step();
      w_tile[k * ROWS + thread % ROWS] = select(vec4f(), w[taps_w + row + at], first + k < depth);
    }
    for (var k = thread / COLUMNS; k < DEPTH; k += THREADS / COLUMNS) {
      let tap = (first + k) / conv.D;
      let seen = seen_by(mine, tap / conv.taps_x, tap % conv.taps_x);
      let at = seen.at.x + (first + k) % conv.D * conv.H * conv.W;
      x_tile[k * COLUMNS + thread % COLUMNS] = select(vec4f(), vec4f(input[at]), first + k < depth && seen.inside.x);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let at = k * COLUMNS + j;
      let v = mat4x4f(x_tile[at], x_tile[at + 1], x_tile[at + 2], x_tile[at + 3]);
      let from_w = k * ROWS + i;
      let block = mat4x4f(w_tile[from_w], w_tile[from_w + 1], w_tile[from_w + 2], w_tile[from_w + 3]);
      if (TRANSPOSED) {
        sum += block * v;
      } else {
        sum += transpose(block) * v;
      }
    }
    workgroupBarrier();
  }

  let pixels = pixels_of(group, first_pixel + j);
  if (IN_FOURS) {
    write_fours(group, first_row + i, pixels, sum);
  } else {
    let channels = transpose(sum);
    for (var r = 0u; r < 4; r++) {
      write_row(group, first_row + i + r, pixels, channels[r]);
    }
  }
}
