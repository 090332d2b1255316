// The gradient of x of few channels: dx[n, c, iy, ix] = sum over o, ky, kx of w[o, c, ky, kx] * dy[n, o, oy, ox] where
// the window at (oy, ox) sees (iy, ix). dy is much larger than dx, so each number of dy is read once and given to all
// that see it: a thread walks down a strip of 4 columns of dy and keeps what K_H rows of x have got so far, SPAN
// numbers each (thin/window.wgsl). A row that is complete is written to spans[n, c, block, row]; neighbouring spans
// overlap, and thin/span_sum.wgsl adds them up.
struct Params {
  strips: u32, // of all images
}

const FILTERS = K_H * K_W;
const NEW = STRIDE_H; // at most K_H: rows of x that the next row of y does not see
const X_ROWS = (OUT_H - 1) * STRIDE_H + K_H; // that any row of y sees, with padding
const SPAN_FOURS = (SPAN + 3) / 4;
const STEPS = (X_ROWS + NEW - 1) / NEW;

fn make_strip(workgroup: u32, thread: u32, threads: u32, lane: u32) {
  let c = workgroup % (IN_C * GROUPS);
  let group = c / IN_C;
  let number = workgroup / (IN_C * GROUPS) * threads + thread;
  let strip = min(number, params.strips - 1);
  let n = strip / ROW_BLOCKS;
  let block = strip % ROW_BLOCKS;
  let to = ((n * IN_C * GROUPS + c) * ROW_BLOCKS + block) * X_ROWS;
  var sum: array<vec4f, K_H * SPAN_FOURS>; // row by row
  for (var step = 0u; step < STEPS; step++) {
    if (step < OUT_H) {
      for (var f = 0u; f < O_FOURS; f++) {
        let m = dy_block(n, group, f * 4, step, block * 4, true);
        let filters = vec4s_of((((group * O_FOURS + f) * IN_C) + c % IN_C) * FILTERS, lane);
        for (var ky = 0u; ky < K_H; ky++) {
          for (var kx = 0u; kx < K_W; kx++) {
            let v = filters[ky * K_W + kx] * m; // of 4 pixels
            for (var p = 0u; p < 4; p++) {
              let at = p * STRIDE_W + kx * DILATION_W;
              sum[ky * SPAN_FOURS + at / 4][at % 4] += v[p];
            }
          }
        }
      }
    }
    for (var i = 0u; i < NEW; i++) {
      if (step * NEW + i < X_ROWS && number < params.strips) {
        for (var j = 0u; j < SPAN_FOURS; j++) {
          spans[(to + step * NEW + i) * SPAN_FOURS + j] = sum[i * SPAN_FOURS + j];
        }
      }
    }
    for (var i = 0u; i < (K_H - NEW) * SPAN_FOURS; i++) {
      sum[i] = sum[i + NEW * SPAN_FOURS];
    }
    for (var i = (K_H - NEW) * SPAN_FOURS; i < K_H * SPAN_FOURS; i++) {
      sum[i] = vec4f();
    }
  }
}
