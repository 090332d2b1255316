// y[n, o, oy, ox] = activate(bias[o] + sum over c, ky, kx of w[o, c, ky, kx] * x[n, c, iy, ix] (+ residual)) for x of
// few channels, or of any number that is no multiple of 4, in rows. A thread makes a block of 4 pixels of FOURS fours
// of output channels. For each channel and row of the window it reads one span (thin/window.wgsl), which holds what
// all taps of that row see from all 4 pixels; the weights of the row lie side by side (thin/filter.wgsl).
struct Params {
  blocks: u32, // of all images
}

const OUT_C = 32u; // of a group
const FOURS = 4u; // of output channels in a tile
const TILES = ((OUT_C + 3) / 4 + FOURS - 1) / FOURS;
const FILTERS = K_W * FOURS; // vec4s of weights of one row of the window

alias V = vec4f;
fn activate(x: V) -> V { return x; } // a row of the elementwise table
override HAS_BIAS: bool = false;
override HAS_RESIDUAL: bool = false;
const IN_FOURS = true; // whether y lies in fours of channels, else in rows
// Where a store is not a vec4 but one pixel of one channel, WIDTH is 1 and these pick it.
alias OUT = vec4f;
const WIDTH = 4u;
fn narrow(v: vec4f, i: u32) -> OUT { return OUT(v); }
fn widen(v: OUT) -> vec4f { return vec4f(v); }

fn finish(to: u32, v: vec4f, i: u32) {
  if (HAS_RESIDUAL) {
    output[to] = narrow(activate(v + widen(residual[to])), i);
  } else {
    output[to] = narrow(activate(v), i);
  }
}

// sum += what one row of the window gives, of channel c of the group.
fn add_row(sum: ptr<function, array<mat4x4f, FOURS>>, tile: u32, block: Block, c: u32, ky: u32, lane: u32) {
  let filters = vec4s_of((tile * IN_C * K_H + c * K_H + ky) * FILTERS, lane);
  let plane = (block.n * GROUPS + tile / TILES) * IN_C + c;
  let span = span_of(plane, block.oy * STRIDE_H + ky * DILATION_H - PAD_H, block.ox * STRIDE_W - PAD_W);
  for (var kx = 0u; kx < K_W; kx++) {
    for (var f = 0u; f < FOURS; f++) {
      for (var p = 0u; p < 4; p++) {
        (*sum)[f][p] += filters[kx * FOURS + f] * span[p * STRIDE_W + kx * DILATION_W];
      }
    }
  }
}

// A workgroup makes one tile of channels; each thread makes one block.
fn make_block(workgroup: u32, thread: u32, threads: u32, lane: u32) {
  let tile = workgroup % (TILES * GROUPS);
  let number = workgroup / (TILES * GROUPS) * threads + thread;
  let block = block_of(min(number, params.blocks - 1)); // those past the end make a copy that is not written
  var sum: array<mat4x4f, FOURS>; // columns are pixels, rows channels
  if (HAS_BIAS) {
    let biases = vec4s_of(TILES * GROUPS * IN_C * K_H * FILTERS + tile * FOURS, lane);
    for (var f = 0u; f < FOURS; f++) {
      sum[f] = mat4x4f(biases[f], biases[f], biases[f], biases[f]);
    }
  }
  for (var c = 0u; c < IN_C; c++) {
    for (var ky = 0u; ky < K_H; ky++) {
      add_row(&sum, tile, block, c, ky, lane);
    }
  }
  if (number < params.blocks) {
    for (var f = 0u; f < FOURS; f++) {
      write_four(block, tile / TILES, (tile % TILES * FOURS + f) * 4, sum[f]);
    }
  }
}

// Residual, activation and store of 4 pixels (columns) of 4 channels.
fn write_four(block: Block, group: u32, o: u32, sum: mat4x4f) {
  if (OUT_C % (4 * FOURS) == 0 || o < OUT_C) {
    if (IN_FOURS) {
      let to = ((block.n * GROUPS * OUT_C + group * OUT_C + o) / 4 * OUT_H + block.oy) * OUT_W + block.ox;
      for (var p = 0u; p < 4; p++) {
        if (OUT_W % 4 == 0 || block.ox + p < OUT_W) {
          finish(to + p, sum[p], 0);
        }
      }
    } else {
      let t = transpose(sum);
      for (var r = 0u; r < 4; r++) {
        let to = (((block.n * GROUPS + group) * OUT_C + o + r) * OUT_H + block.oy) * OUT_W + block.ox;
        for (var i = 0u; i < 4; i += WIDTH) {
          if ((OUT_C % 4 == 0 || o + r < OUT_C) && (OUT_W % 4 == 0 || block.ox + i < OUT_W)) {
            finish((to + i) / WIDTH, t[r], i);
          }
        }
      }
    }
  }
}
