enable subgroups;
// dw[split, g, row, c, tap] = sum over the split's rows of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if HAS_BIAS, dbias
// behind it: the sums of dy. The splits are added up by conv2d_weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and pixels. A
// workgroup is one subgroup of S lanes and makes ROWS x 4 S elements of one split; a lane makes 4 channels at one tap of all ROWS
// rows. Per 4 pixels of an output row a lane loads the 4 vec4s of x (in fours of channels, conv2d_quads.wgsl) that its tap sees
// there, and the lanes together load 4 pixels of dy of each row, handed round by shuffles (see matmul_subgroup.wgsl).
// Rows of dy are padded with zeros to whole fours.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> conv: Weight;

alias E = f32; // stored elements
alias E4 = vec4f;
override HAS_BIAS: bool = false;
const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S, or less than S
const LOADS = (ROWS + S - 1) / S;
const SHARE = ROWS / LOADS; // rows that one load of all lanes brings

@compute @workgroup_size(S)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let taps = conv.taps_y * conv.taps_x;
  let columns = conv.D * taps; // fours of them
  let column_tiles = (columns + S - 1) / S;
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let tile = linear_workgroup(workgroup, grid);
  let split = tile / (column_tiles * row_tiles * conv.groups);
  if (split >= conv.splits) {
    return;
  }
  let first_row = ((tile / column_tiles) % row_tiles) * ROWS;
  let group = (tile / (column_tiles * row_tiles)) % conv.groups;
  let first_column = tile % column_tiles * S;
  let column = first_column + lane;
  let tap = min(column, columns - 1) % taps;
  let d = min(column, columns - 1) / taps;
  let seen = (group * conv.D + d) * conv.plane + tap / conv.taps_x * conv.tap_y + tap % conv.taps_x * conv.tap_x;
  let row_fours = conv.oW / 4; // of dy, padded
  let plane_dy = conv.oH * row_fours;
  var at_dy: array<u32, LOADS>;
  for (var l = 0u; l < LOADS; l++) {
    at_dy[l] = (group * conv.rows + min(first_row + l * S + lane, conv.rows - 1)) * plane_dy;
  }

  let part = (conv.N * conv.oH + conv.splits - 1) / conv.splits; // rows of pixels of a split
  let end = min(split * part + part, conv.N * conv.oH);
  var n = split * part / conv.oH;
  var oy = split * part % conv.oH;
  var sum: array<vec4f, ROWS>;
  var sum_dy: array<vec4f, LOADS>;
  for (var r = split * part; r < end; r++) {
    var at = seen + n * conv.groups * conv.D * conv.plane + oy * conv.step_y;
    var to = n * conv.groups * conv.rows * plane_dy + oy * row_fours;
    for (var ox = 0u; ox < row_fours; ox++) {
      let v = mat4x4f(vec4f(x[at]), vec4f(x[at + conv.step_x]), vec4f(x[at + 2 * conv.step_x]), vec4f(x[at + 3 * conv.step_x]));
      for (var l = 0u; l < LOADS; l++) {
        let mine = vec4f(dy[at_dy[l] + to]);
        if (HAS_BIAS) {
          sum_dy[l] += mine;
        }
        for (var i = 0u; i < SHARE; i++) {
          sum[l * S + i] += v * subgroupShuffle(mine, i);
        }
      }
      at += 4 * conv.step_x;
      to++;
    }
    oy++;
    if (oy == conv.oH) {
      oy = 0u;
      n++;
    }
  }

  let elements = conv.groups * conv.rows * conv.depth * taps;
  let base = split * (elements + select(0u, conv.groups * conv.rows, HAS_BIAS));
  for (var r = 0u; r < ROWS; r++) {
    if (first_row + r < conv.rows && column < columns) {
      let to = base + (group * conv.rows + first_row + r) * conv.depth * taps + tap * conv.inner;
      for (var i = 0u; i < 4; i++) {
        if (4 * d + i < conv.depth) {
          let k = 4 * d + i;
          dw[to + k / conv.inner * taps * conv.inner + k % conv.inner] = sum[r][i];
        }
      }
    }
  }
  if (HAS_BIAS && first_column == 0) {
    for (var l = 0u; l < LOADS; l++) {
      let row = first_row + l * S + lane;
      if (row < min(first_row + ROWS, conv.rows)) {
        dw[base + elements + group * conv.rows + row] = dot(sum_dy[l], vec4f(1));
      }
    }
  }
}

struct Weight {
  N: u32,
  groups: u32,
  rows: u32, // output channels of a group
  depth: u32, // input channels of a group; with folded columns, times those
  D: u32, // fours of them
  taps_y: u32,
  taps_x: u32,
  oH: u32,
  oW: u32, // of dy as it lies here: a multiple of 4
  plane: u32, // fours in a plane of x, and the steps in it
  step_y: u32,
  step_x: u32,
  tap_y: u32,
  tap_x: u32,
  splits: u32,
  inner: u32, // depth is (c, inner), inner the columns of the window where those are folded into it, else 1
}
