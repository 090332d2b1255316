// dw[split, g, row, c, tap] = sum over the split's fours of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias: the sums of dy. Several splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A workgroup makes ROWS x COLUMNS of one split, a thread THREAD_ROWS x THREAD_COLUMNS, fours of channels at
// one tap each. Each step brings PIXELS pixels of both operands to workgroup memory, as they lie, in fours of channels:
// see conv2d/workgroup.wgsl. Which pixels a step takes is free, so that each of its fours goes on by itself, from
// neighbour to neighbour, without a division; four threads beside each other bring one. A pixel's row in the tiles has
// one vec4 more than it needs, or they would all write to the same bank.
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
alias Sums = array<array<vec4f, THREAD_FOURS>, THREAD_ROWS>;
const PITCH_DY = ROWS / 4 + 1;
const PITCH_X = TILE_FOURS + 1;

var<workgroup> dy_tile: array<vec4f, PIXELS * PITCH_DY>; // (pixel, four of rows)
var<workgroup> x_tile: array<vec4f, PIXELS * PITCH_X>; // (pixel, column)

// A pixel of dy: image, row and column.
struct Place {
  n: u32,
  y: u32,
  x: u32,
}

// A pixel, and what each of this thread's columns sees of it.
struct Step {
  place: Place,
  is_used: bool,
  inside: array<bool, X_ROUNDS>,
  at: array<u32, X_ROUNDS>,
}

// What this thread brings: always the same fours of rows and columns, counted from where a pixel's image starts. Its
// rows are TOGETHER fours apart; those past the end are whatever comes next in memory, as no sum of theirs is written.
struct Brings {
  dy: u32, // the first
  y: array<u32, X_ROUNDS>, // of pixel 0 in x
  x: array<u32, X_ROUNDS>,
  at: array<u32, X_ROUNDS>,
}

struct Coming {
  dy: array<E4, DY_ROUNDS>,
  x: array<E4, X_ROUNDS>,
}

fn place_at(four: u32, i: u32) -> Place {
  let pixels = pixels_at(four);
  return Place(pixels.n, pixels.y[i], pixels.x[i]);
}

// Its number in its plane.
fn number_of(place: Place) -> u32 {
  return place.y * conv.oW + place.x;
}

// Pixel i of the next four: see next_pixels. `first` is 4 y + x of that of a plane's first four: one register.
fn next_place(a: Place, first: u32, i: u32) -> Place {
  let ends = number_of(a) - i + 4 >= conv.P;
  let x = a.x + conv.next_x;
  let wraps = x >= conv.oW;
  let y = a.y + conv.next_y + select(0u, 1u, wraps);
  return Place(select(a.n, a.n + 1, ends), select(y, first / 4, ends), select(select(x, x - conv.oW, wraps),
      first % 4, ends));
}

fn brings_of(thread: u32, group: u32, first_row: u32, first_column: u32) -> Brings {
  let which = thread / PIXELS;
  var brings: Brings;
  brings.dy = (group * ((conv.rows + 3) / 4) + first_row / 4 + which) * conv.P;
  for (var r = 0u; r < X_ROUNDS; r++) {
    let column = column_of(group, first_column + which + r * TOGETHER);
    brings.y[r] = column.y;
    brings.x[r] = column.x;
    brings.at[r] = column.base + column.y * conv.W + column.x;
  }
  return brings;
}

fn step_of(place: Place, is_used: bool, brings: Brings) -> Step {
  var step: Step;
  step.place = place;
  step.is_used = is_used && (!MASKED || number_of(place) < conv.P);
  let y = place.y * conv.step_y;
  let x = place.x * conv.step_x;
  let at = place.n * (conv.groups * conv.D * conv.H * conv.W) + y * conv.W + x;
  for (var r = 0u; r < X_ROUNDS; r++) {
    let sees = brings.y[r] + y < conv.H && brings.x[r] + x < conv.W;
    step.inside[r] = step.is_used && (!MASKED || sees);
    step.at[r] = select(0u, at + brings.at[r], !MASKED || step.inside[r]);
  }
  return step;
}

fn fetch(step: Step, brings: Brings) -> Coming {
  let number = number_of(step.place);
  let p = select(min(number, conv.P - 1), number, !MASKED);
  let at = step.place.n * (conv.groups * ((conv.rows + 3) / 4) * conv.P) + brings.dy + p;
  var coming: Coming;
  for (var r = 0u; r < DY_ROUNDS; r++) {
    coming.dy[r] = dy[at + r * TOGETHER * conv.P];
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    coming.x[r] = x[step.at[r]];
  }
  return coming;
}

fn put(thread: u32, coming: Coming, step: Step) {
  let pixel = thread % PIXELS;
  let which = thread / PIXELS % TOGETHER;
  for (var r = 0u; r < DY_ROUNDS; r++) {
    let four = which + r * TOGETHER;
    if (ROWS / 4 % TOGETHER == 0 || four < ROWS / 4) {
      dy_tile[pixel * PITCH_DY + four] = select(vec4f(), vec4f(coming.dy[r]), step.is_used);
    }
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    let four = which + r * TOGETHER;
    if (TILE_FOURS % TOGETHER == 0 || four < TILE_FOURS) {
      x_tile[pixel * PITCH_X + four] = select(vec4f(), vec4f(coming.x[r]), step.inside[r]);
    }
  }
}

// What the tiles hold, times each other. The remainder changes nothing: it shows that no index is past the end, or all
// would be tested.
fn add_products(thread: u32, sum: ptr<function, Sums>) {
  let i = thread / THREADS_X * FOURS % (ROWS / 4);
  let j = thread % THREADS_X;
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
}

// The sum of the tile's row `thread`.
fn sum_of_row(thread: u32) -> f32 {
  var v = 0f;
  for (var k = 0u; k < PIXELS; k++) {
    v += dy_tile[k * PITCH_DY + thread / 4][thread % 4];
  }
  return v;
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
  let pixel = thread % PIXELS; // that this thread brings of a step: of its four always the same one
  let brings = brings_of(thread, group, first_row, first_column);
  let start = split * conv.part;
  let end = min(start + conv.part, conv.N * ((conv.P + 3) / 4));
  let sums_dy = HAS_BIAS && first_column == 0 && thread < ROWS;

  var sum: Sums;
  var sum_dy = 0f; // of row `thread` of the tile
  let steps = (end - start + PIXELS / 4 - 1) / (PIXELS / 4);
  let mine = start + pixel / 4 * steps; // the first of its fours
  let plane_start = place_at(0, pixel % 4);
  let packed_start = plane_start.y * 4 + plane_start.x;
  var place = place_at(min(mine, end - 1), pixel % 4);
  let first = step_of(place, mine < end, brings);
  put(thread, fetch(first, brings), first);
  workgroupBarrier();
  for (var s = 1u; s < steps; s++) {
    place = next_place(place, packed_start, pixel % 4);
    let step = step_of(place, mine + s < end, brings);
    let coming = fetch(step, brings);
    add_products(thread, &sum);
    if (sums_dy) {
      sum_dy += sum_of_row(thread);
    }
    workgroupBarrier();
    put(thread, coming, step);
    workgroupBarrier();
  }
  add_products(thread, &sum);
  if (sums_dy) {
    write_bias(split, group, first_row + thread, sum_dy + sum_of_row(thread));
  }

  let i = thread / THREADS_X * FOURS;
  let j = thread % THREADS_X;
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
}
