// The convolution of conv2d/workgroup.wgsl for GPUs with matrix units and operands that may be rounded to halves: see
// common/matrix_product.wgsl. Rows are output channels, columns pixels of all images, depth is (tap, input channel).
//
// A thread brings blocks of four rows by a four of depth of w, and fours of depth of pixels of the input, two of them
// beside each other by neighbouring threads; the taps are walked through once, and what the next step needs is on its
// way while this one is computed.
@group(0) @binding(0) var<storage, read> input: array<E4>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<OUT>;
@group(0) @binding(4) var<storage, read_write> output: array<OUT>;
@group(0) @binding(5) var<uniform> conv: Gather;

alias E4 = vec4f; // as stored
const WHOLE = false; // whether DEEP divides the depth of a tap
const BLOCKS = DEEP * (TILE_M / 4); // of w
const W_ROUNDS = (BLOCKS + THREADS - 1) / THREADS;
const PIXELS = max(1, TILE_N * 2 / THREADS); // of which a thread brings something: 1, 2 or 4
const X_ROUNDS = (DEEP * TILE_N + THREADS - 1) / THREADS;

// A step: fours d … d + DEEP - 1 of a tap.
struct Step {
  tap: u32,
  d: u32,
  at_w: u32,
  seen: Seen, // by this thread's pixels
}

struct Coming {
  w: array<array<vec4f, 4>, W_ROUNDS>,
  x: array<E4, X_ROUNDS>,
}

fn step_at(tap: u32, d: u32, group: u32, mine: Pixels) -> Step {
  let ky = tap / conv.taps_x;
  let kx = tap - ky * conv.taps_x;
  return Step(tap, d, weights_of(group, ky, kx), seen_by(mine, ky, kx));
}

fn step_after(step: Step, group: u32, mine: Pixels) -> Step {
  var next = step;
  next.d += DEEP;
  if (next.d >= conv.D) {
    next = step_at(step.tap + 1, 0, group, mine);
  }
  return next;
}

// Which pixel of the tile, and which four of depth of a step, a thread brings in a round.
fn pixel_of(i: u32) -> u32 {
  return i / 2 % TILE_N;
}

fn depth_of(i: u32) -> u32 {
  return i / (2 * TILE_N) * 2 + i % 2;
}

fn fetch(step: Step, first_row: u32, thread: u32) -> Coming {
  var coming: Coming;
  for (var r = 0u; r < W_ROUNDS; r++) {
    let i = min(thread + r * THREADS, BLOCKS - 1);
    let at = step.at_w + min(step.d + i % DEEP, conv.D - 1) * weight_step();
    for (var j = 0u; j < 4; j++) {
      coming.w[r][j] = w[at + weight_row(min(first_row + i / DEEP * 4 + j, conv.rows - 1))];
    }
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    let d = step.d + depth_of(thread + r * THREADS);
    coming.x[r] = input[step.seen.at[r % PIXELS] + min(d, conv.D - 1) * conv.H * conv.W];
  }
  return coming;
}

fn put(coming: Coming, step: Step, thread: u32) {
  for (var r = 0u; r < W_ROUNDS; r++) {
    let i = thread + r * THREADS;
    if (BLOCKS % THREADS == 0 || i < BLOCKS) {
      var block = mat4x4h(mat4x4f(coming.w[r][0], coming.w[r][1], coming.w[r][2], coming.w[r][3]));
      if (TRANSPOSED) {
        block = transpose(block);
      }
      for (var j = 0u; j < 4; j++) {
        let v = select(vec4h(), block[j], WHOLE || step.d + i % DEEP < conv.D);
        left_tile[(i / DEEP * 4 + j) * PITCH + i % DEEP] = v;
      }
    }
  }
  for (var r = 0u; r < X_ROUNDS; r++) {
    let i = thread + r * THREADS;
    let inside = (!MASKED || step.seen.inside[r % PIXELS]) && (WHOLE || step.d + depth_of(i) < conv.D);
    if (DEEP * TILE_N % THREADS == 0 || i < DEEP * TILE_N) {
      right_tile[pixel_of(i) * PITCH + depth_of(i)] = select(vec4h(), vec4h(coming.x[r]), inside);
    }
  }
}

fn work(number: u32, thread: u32, subgroup: u32, lane: u32) {
  let row_tiles = (conv.rows + TILE_M - 1) / TILE_M;
  let column_tiles = (conv.N * conv.pH * conv.pW + TILE_N - 1) / TILE_N;
  let first_row = (number % row_tiles) * TILE_M; // neighbouring workgroups share pixels
  let first_pixel = (number / row_tiles) % column_tiles * TILE_N;
  let group = number / (row_tiles * column_tiles);
  if (group >= conv.groups) { // all threads alike
    return;
  }
  let mine = pixels_at(group, first_pixel + vec4u(pixel_of(thread), pixel_of(thread + THREADS),
      pixel_of(thread + 2 * THREADS), pixel_of(thread + 3 * THREADS)));

  var sums: Sums;
  let taps = conv.taps_y * conv.taps_x;
  if (taps > 0) {
    var step = step_at(0, 0, group, mine);
    put(fetch(step, first_row, thread), step, thread);
    workgroupBarrier();
    for (var left = taps * ((conv.D + DEEP - 1) / DEEP) - 1; left > 0; left--) {
      step = step_after(step, group, mine);
      let coming = fetch(step, first_row, thread);
      add_products(subgroup, &sums);
      workgroupBarrier();
      put(coming, step, thread);
      workgroupBarrier();
    }
    add_products(subgroup, &sums);
  }

  for (var p = 0u; p < DOWN; p++) {
    for (var q = 0u; q < ACROSS; q += TOGETHER) {
      for (var i = 0u; i < TOGETHER; i++) {
        stage(subgroup, i, sums[p][q + i]);
      }
      workgroupBarrier();
      for (var i = lane; i < FM / 4 * (STAGED_N / 4); i += S) {
        let row = i / (STAGED_N / 4) * 4;
        let four = i % (STAGED_N / 4);
        let s = mat4x4f(staged_four(subgroup, row, four), staged_four(subgroup, row + 1, four), staged_four(subgroup,
            row + 2, four), staged_four(subgroup, row + 3, four));
        let pixels = pixels_of(group, first_pixel + first_column_of(subgroup) + q * FN + four * 4);
        let first = first_row + first_row_of(subgroup) + p * FM + row;
        if (IN_FOURS) {
          write_fours(group, first, pixels, transpose(s));
        } else {
          for (var r = 0u; r < 4; r++) {
            write_row(group, first + r, pixels, s[r]);
          }
        }
      }
      workgroupBarrier();
    }
  }
}
