// The gradient of conv2d/backward_weight_workgroup.wgsl for GPUs with matrix units and operands that may be rounded to
// halves: see common/matrix_product.wgsl. Rows are output channels, columns (tap, input channel), the depth runs over
// images and pixels.
//
// A thread brings blocks of a four of channels by a four of pixels, always the same fours of channels, and turns them
// round: in memory the channels of a pixel are neighbours, in the tiles the pixels of a channel. Which pixels a step
// takes is free, so that each of its DEEP fours goes on by itself, from neighbour to neighbour, without a division.
// DEEP divides THREADS.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<DW>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> conv: Weight;

const TOGETHER_FOURS = THREADS / DEEP; // fours of channels that all threads bring at a time
const DY_ROUNDS = (TILE_M / 4 + TOGETHER_FOURS - 1) / TOGETHER_FOURS;
const X_ROUNDS = (TILE_N / 4 + TOGETHER_FOURS - 1) / TOGETHER_FOURS;
alias Brings = array<Column, X_ROUNDS>;

struct Coming {
  dy: array<array<E4, 4>, DY_ROUNDS>,
  x: array<array<E4, 4>, X_ROUNDS>,
}

// Four pixels, and what the columns see of them.
struct Step {
  pixels: Pixels,
  is_used: vec4<bool>,
  seen: array<Seen, X_ROUNDS>,
}

fn step_of(pixels: Pixels, is_used: bool, brings: Brings) -> Step {
  var step: Step;
  step.pixels = pixels;
  step.is_used = vec4<bool>(is_used);
  if (MASKED) {
    step.is_used &= vec4u(pixels.p) + vec4u(0, 1, 2, 3) < vec4u(conv.P);
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    step.seen[r] = seen_by(brings[r], pixels);
  }
  return step;
}

fn fetch(step: Step, group: u32, first_four: u32) -> Coming {
  let fours = (conv.rows + 3) / 4;
  let plane = (step.pixels.n * conv.groups + group) * fours;
  var coming: Coming;
  for (var j = 0u; j < 4; j++) {
    for (var r = 0u; r < DY_ROUNDS; r++) {
      let four = min(first_four + r * TOGETHER_FOURS, fours - 1);
      let p = step.pixels.p + j;
      coming.dy[r][j] = dy[(plane + four) * conv.P + select(p, min(p, conv.P - 1), MASKED)];
    }
    for (var r = 0u; r < X_ROUNDS; r++) {
      coming.x[r][j] = x[step.seen[r].at[j]];
    }
  }
  return coming;
}

// Four pixels of four channels, as rows of channels, zero where nothing is to be counted.
fn turned(v: array<E4, 4>, inside: vec4<bool>) -> mat4x4h {
  var zero = vec4h();
  return transpose(mat4x4h(select(zero, vec4h(v[0]), inside.x), select(zero, vec4h(v[1]), inside.y), select(zero,
      vec4h(v[2]), inside.z), select(zero, vec4h(v[3]), inside.w)));
}

fn put(coming: Coming, step: Step, k: u32, which: u32) {
  for (var r = 0u; r < DY_ROUNDS; r++) {
    let four = which + r * TOGETHER_FOURS;
    if (TILE_M / 4 % TOGETHER_FOURS == 0 || four < TILE_M / 4) {
      let block = turned(coming.dy[r], step.is_used);
      for (var j = 0u; j < 4; j++) {
        left_tile[(four * 4 + j) * PITCH + k] = block[j];
      }
    }
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    let four = which + r * TOGETHER_FOURS;
    if (TILE_N / 4 % TOGETHER_FOURS == 0 || four < TILE_N / 4) {
      let block = turned(coming.x[r], step.is_used & step.seen[r].inside);
      for (var j = 0u; j < 4; j++) {
        right_tile[(four * 4 + j) * PITCH + k] = block[j];
      }
    }
  }
}

fn work(number: u32, thread: u32, subgroup: u32, lane: u32) {
  let columns = conv.D * conv.taps_y * conv.taps_x; // fours of them
  let column_tiles = (columns + TILE_N / 4 - 1) / (TILE_N / 4);
  let row_tiles = (conv.rows + TILE_M - 1) / TILE_M;
  let split = number / (column_tiles * row_tiles * conv.groups);
  if (split >= conv.splits) { // all threads alike
    return;
  }
  let first_row = ((number / column_tiles) % row_tiles) * TILE_M;
  let group = (number / (column_tiles * row_tiles)) % conv.groups;
  let first_column = number % column_tiles * (TILE_N / 4);
  let k = thread % DEEP;
  let which = thread / DEEP;
  var brings: Brings;
  for (var r = 0u; r < X_ROUNDS; r++) {
    brings[r] = column_of(group, first_column + which + r * TOGETHER_FOURS);
  }
  let start = split * conv.part;
  let end = min(start + conv.part, conv.N * ((conv.P + 3) / 4));
  let first_four = first_row / 4 + which;
  let sums_dy = HAS_BIAS && first_column == 0 && thread < TILE_M;

  var sums: Sums;
  var sum_dy = 0f; // of row `thread` of the tile
  let steps = (end - start + DEEP - 1) / DEEP;
  let mine = start + k * steps; // the first of this thread's fours of pixels
  let plane_start = pixels_at(0);
  var pixels = pixels_at(min(mine, end - 1));
  let first = step_of(pixels, mine < end, brings);
  put(fetch(first, group, first_four), first, k, which);
  workgroupBarrier();
  for (var i = 1u; i < steps; i++) {
    pixels = next_pixels(pixels, plane_start);
    let step = step_of(pixels, mine + i < end, brings);
    let coming = fetch(step, group, first_four);
    add_products(subgroup, &sums);
    if (sums_dy) {
      sum_dy += sum_of_row(thread);
    }
    workgroupBarrier();
    put(coming, step, k, which);
    workgroupBarrier();
  }
  add_products(subgroup, &sums);
  if (sums_dy) {
    write_bias(split, group, first_row + thread, sum_dy + sum_of_row(thread));
  }

  for (var p = 0u; p < DOWN; p++) {
    for (var q = 0u; q < ACROSS; q += TOGETHER) {
      for (var i = 0u; i < TOGETHER; i++) {
        stage(subgroup, i, sums[p][q + i]);
      }
      workgroupBarrier();
      for (var i = lane; i < FM * STAGED_N / 4; i += S) {
        let row = i / (STAGED_N / 4);
        let four = i % (STAGED_N / 4);
        let column = first_column + (first_column_of(subgroup) + q * FN) / 4 + four;
        let to = first_row + first_row_of(subgroup) + p * FM + row;
        if (to < conv.rows && column < columns) {
          write_columns(split, group, to, column_of(group, column), staged_four(subgroup, row, four));
        }
      }
      workgroupBarrier();
    }
  }
}
