enable subgroups;
// dw[split, g, row, c, tap] = sum over the split's rows of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias behind it: the sums of dy. The splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A workgroup is one subgroup of S lanes and makes ROWS x 4 S elements of one split; a lane makes 4 channels at
// one tap of all ROWS rows. Per 4 pixels of an output row a lane loads the 4 vec4s of x (in fours of channels,
// conv2d/quads.wgsl) that its tap sees there, and the lanes together load 4 pixels of dy of each row, handed round by
// shuffles (see matmul/subgroup.wgsl). Rows of dy are padded with zeros to whole fours.
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<f32>;
@group(0) @binding(3) var<uniform> conv: Weight;

alias E4 = vec4f; // as stored
override HAS_BIAS: bool = false;
const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S, or less than S
const LOADS = (ROWS + S - 1) / S;
const SHARE = ROWS / LOADS; // rows that one load of all lanes brings

@compute @workgroup_size(S)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let columns = conv.D * conv.taps_y * conv.taps_x; // fours of them
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
  let column = column_of(group, first_column + lane);
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
    var at = column.seen + n * conv.groups * conv.D * conv.plane + oy * conv.step_y;
    var to = n * conv.groups * conv.rows * plane_dy + oy * row_fours;
    for (var ox = 0u; ox < row_fours; ox++) {
      let v = mat4x4f(vec4f(x[at]), vec4f(x[at + conv.step_x]), vec4f(x[at + 2 * conv.step_x]), vec4f(x[at + 3
          * conv.step_x]));
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

  for (var r = 0u; r < ROWS; r++) {
    if (first_row + r < conv.rows && first_column + lane < columns) {
      write_columns(split, group, first_row + r, column, sum[r]);
    }
  }
  if (HAS_BIAS && first_column == 0) {
    for (var l = 0u; l < LOADS; l++) {
      let row = first_row + l * S + lane;
      if (row < min(first_row + ROWS, conv.rows)) {
        write_bias(split, group, row, sum_dy[l]);
      }
    }
  }
}
