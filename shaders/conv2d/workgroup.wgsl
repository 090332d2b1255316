// y[n, g, row, pixel] = activate(bias[row] + sum over taps and depth of w[row, tap, depth] * input[n, pixel at tap,
// depth] (+ residual)) for forward, gradient of the input, and transposed convolutions alike: see
// conv2d/gather.wgsl.
//
// As a matrix product, rows are output channels, columns are pixels of all images, and the depth is (tap, input
// channel). A workgroup makes ROWS x COLUMNS of it, a thread THREAD_ROWS x THREAD_COLUMNS. Each step brings DEPTH fours
// of depth of both operands to workgroup memory, where a vec4 that one thread loaded serves many: that is what GPUs
// want, whose barriers cost little and whose loads cost much. With 8 x 8 a thread reads 16 vec4s for 256 multiply-adds,
// one byte each. A thread's pixels are THREADS_X apart: neighbouring threads read neighbouring vec4s, no bank is asked
// twice. Taps are the outer loop, so that the inner one only adds. A step is not fetched while the one before is added
// up: that takes the registers of the subgroups that would compute meanwhile, and RADV moves such loads behind the
// loop anyway.
@group(0) @binding(0) var<storage, read> input: array<E4>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<OUT>;
@group(0) @binding(4) var<storage, read_write> output: array<OUT>;
@group(0) @binding(5) var<uniform> conv: Gather;

alias E4 = vec4f; // as stored
const ROWS = 64u;
const COLUMNS = 64u;
const THREAD_ROWS = 8u; // 4 or 8
const THREAD_COLUMNS = 8u; // 4 or 8
const DEPTH = 4u; // fours
const WHOLE = false; // whether DEPTH divides the depth of a tap
const THREADS_X = COLUMNS / THREAD_COLUMNS;
const THREADS = ROWS / THREAD_ROWS * THREADS_X; // ROWS and COLUMNS are multiples of it, or divide it
const FOURS = THREAD_ROWS / 4;
const QUADS = THREAD_COLUMNS / 4;
const W_ROUNDS = (DEPTH * ROWS + THREADS - 1) / THREADS;
const PIXELS = (COLUMNS + THREADS - 1) / THREADS; // of whose depth a thread brings something, at most 4
const X_ROUNDS = (DEPTH * COLUMNS + THREADS - 1) / THREADS;

var<workgroup> w_tile: array<vec4f, DEPTH * ROWS>; // (four of depth, row)
var<workgroup> x_tile: array<vec4f, DEPTH * COLUMNS>; // (four of depth, pixel)

struct Coming {
  w: array<vec4f, W_ROUNDS>,
  x: array<E4, X_ROUNDS>,
}

// What this thread brings of fours d … d + DEPTH - 1 of a tap, as it lies in memory: whatever is done to it waits for
// it. Its pixels are THREADS apart.
fn fetch(thread: u32, first_row: u32, at_w: u32, seen: Seen, d: u32) -> Coming {
  var coming: Coming;
  for (var r = 0u; r < W_ROUNDS; r++) {
    let i = thread + r * THREADS;
    let k = d + i / ROWS;
    let row = weight_row(min(first_row + i % ROWS, conv.rows - 1));
    coming.w[r] = w[at_w + row + min(k, conv.D - 1) * weight_step()];
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    let k = d + (thread + r * THREADS) / COLUMNS;
    coming.x[r] = input[seen.at[r % PIXELS] + min(k, conv.D - 1) * conv.H * conv.W];
  }
  return coming;
}

fn put(thread: u32, coming: Coming, seen: Seen, d: u32) {
  for (var r = 0u; r < W_ROUNDS; r++) {
    let i = thread + r * THREADS;
    if (DEPTH * ROWS % THREADS == 0 || i < DEPTH * ROWS) {
      w_tile[i] = select(vec4f(), coming.w[r], WHOLE || d + i / ROWS < conv.D);
    }
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    let i = thread + r * THREADS;
    if (DEPTH * COLUMNS % THREADS == 0 || i < DEPTH * COLUMNS) {
      let v = select(vec4f(), vec4f(coming.x[r]), WHOLE || d + i / COLUMNS < conv.D);
      x_tile[i] = masked(v, seen.inside[r % PIXELS]);
    }
  }
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let column_tiles = (conv.N * conv.pH * conv.pW + COLUMNS - 1) / COLUMNS;
  let tile = linear_workgroup(workgroup, grid);
  let first_row = (tile % row_tiles) * ROWS; // neighbouring workgroups share pixels
  let first_pixel = (tile / row_tiles) % column_tiles * COLUMNS;
  let group = tile / (row_tiles * column_tiles);
  if (group >= conv.groups) { // all threads alike
    return;
  }
  let mine = pixels_at(group, first_pixel + thread % COLUMNS + THREADS * vec4u(0, 1, 2, 3));
  let y = thread / THREADS_X * FOURS;
  let x = thread % THREADS_X;

  var sum: array<array<vec4f, QUADS>, THREAD_ROWS>; // lanes are pixels
  for (var tap = 0u; tap < conv.taps_y * conv.taps_x; tap++) {
    let ky = tap / conv.taps_x;
    let kx = tap - ky * conv.taps_x;
    let seen = seen_by(mine, ky, kx);
    let at_w = weights_of(group, ky, kx);
    for (var d = 0u; d < conv.D; d += DEPTH) {
      put(thread, fetch(thread, first_row, at_w, seen, d), seen, d);
      workgroupBarrier();
      for (var k = 0u; k < DEPTH; k++) {
        var v = array<mat4x4f, QUADS>(); // columns are depth
        for (var q = 0u; q < QUADS; q++) {
          let first_x = k * COLUMNS + q * 4 * THREADS_X + x;
          v[q] = transpose(mat4x4f(x_tile[first_x], x_tile[first_x + THREADS_X], x_tile[first_x + 2 * THREADS_X],
              x_tile[first_x + 3 * THREADS_X]));
        }
        for (var p = 0u; p < FOURS; p++) {
          for (var j = 0u; j < 4; j++) { // a vec4 at a time: registers are what a SIMD has least of
            let four = w_tile[k * ROWS + (y + p) * 4 + j]; // of depth, of row j; TRANSPOSED of rows, at depth j
            for (var i = 0u; i < 4; i++) {
              for (var q = 0u; q < QUADS; q++) {
                if (TRANSPOSED) {
                  sum[p * 4 + i][q] += four[i] * v[q][j];
                } else {
                  sum[p * 4 + j][q] += four[i] * v[q][i];
                }
              }
            }
          }
        }
      }
      workgroupBarrier();
    }
  }

  for (var q = 0u; q < QUADS; q++) {
    let pixels = pixels_at(group, first_pixel + q * 4 * THREADS_X + x + THREADS_X * vec4u(0, 1, 2, 3));
    for (var p = 0u; p < FOURS; p++) {
      let row = first_row + (y + p) * 4;
      let s = mat4x4f(sum[p * 4][q], sum[p * 4 + 1][q], sum[p * 4 + 2][q], sum[p * 4 + 3][q]);
      if (IN_FOURS) {
        write_fours(group, row, pixels, transpose(s));
      } else {
        for (var r = 0u; r < 4; r++) {
          write_row(group, row + r, pixels, s[r]);
        }
      }
    }
  }
}
