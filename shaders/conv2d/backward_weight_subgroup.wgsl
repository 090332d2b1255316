enable subgroups;
// dw[split, g, row, c, tap] = sum over the split's fours of pixels of dy[n, g, row, p] * x[n, g, c, p at tap]; and, if
// HAS_BIAS, dbias: the sums of dy. Several splits are added up by conv2d/weight_sum.wgsl.
//
// As a matrix product, rows are output channels, columns are (tap, input channel), and the depth runs over images and
// pixels. A workgroup is one subgroup of S lanes and makes ROWS x 4 S elements of one split; a lane makes 4 channels at
// one tap of all ROWS rows. Per 4 pixels a lane loads the 4 vec4s of x that its tap sees there, and the lanes together
// load 4 pixels of dy of each four of rows, handed round by shuffles (see matmul/subgroup.wgsl).
@group(0) @binding(0) var<storage, read> x: array<E4>;
@group(0) @binding(1) var<storage, read> dy: array<E4>;
@group(0) @binding(2) var<storage, read_write> dw: array<DW>;
@group(0) @binding(3) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(4) var<uniform> conv: Weight;

const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S, or less than S; a multiple of 4
const LOADS = (ROWS + S - 1) / S;
const SHARE = ROWS / LOADS; // fours that one load of all lanes brings: 4 pixels of each four of rows

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

  let end = min((split + 1) * conv.part, conv.N * ((conv.P + 3) / 4));
  let first = pixels_at(0u);
  var pixels = pixels_at(split * conv.part);
  var sum: array<vec4f, ROWS>;
  var sum_dy: array<vec4f, LOADS>;
  for (var four = split * conv.part; four < end; four++) {
    let seen = seen_by(column, pixels);
    let v = mat4x4f(
      masked(vec4f(x[seen.at.x]), seen.inside.x),
      masked(vec4f(x[seen.at.y]), seen.inside.y),
      masked(vec4f(x[seen.at.z]), seen.inside.z),
      masked(vec4f(x[seen.at.w]), seen.inside.w),
    );
    // two loops: compilers unroll each, and then know where a sum is; longer bodies they do not unroll
    for (var l = 0u; l < min(2u, LOADS); l++) {
      let mine = dy_at(group, (first_row + l * S + lane) / 4, pixels, lane % 4);
      if (HAS_BIAS) {
        sum_dy[l] += mine;
      }
      for (var i = 0u; i < SHARE; i += 4) {
        let turned = transpose(mat4x4f(subgroupShuffle(mine, i), subgroupShuffle(mine, i + 1),
            subgroupShuffle(mine, i + 2), subgroupShuffle(mine, i + 3)));
        sum[l * S + i] += v * turned[0];
        sum[l * S + i + 1] += v * turned[1];
        sum[l * S + i + 2] += v * turned[2];
        sum[l * S + i + 3] += v * turned[3];
      }
    }
    for (var l = 2u; l < LOADS; l++) {
      let mine = dy_at(group, (first_row + l * S + lane) / 4, pixels, lane % 4);
      if (HAS_BIAS) {
        sum_dy[l] += mine;
      }
      for (var i = 0u; i < SHARE; i += 4) {
        let turned = transpose(mat4x4f(subgroupShuffle(mine, i), subgroupShuffle(mine, i + 1),
            subgroupShuffle(mine, i + 2), subgroupShuffle(mine, i + 3)));
        sum[l * S + i] += v * turned[0];
        sum[l * S + i + 1] += v * turned[1];
        sum[l * S + i + 2] += v * turned[2];
        sum[l * S + i + 3] += v * turned[3];
      }
    }
    pixels = next_pixels(pixels, first);
  }

  for (var r = 0u; r < ROWS; r++) {
    if (first_row + r < conv.rows && first_column + lane < columns) {
      write_columns(split, group, first_row + r, column, sum[r]);
    }
  }
  if (HAS_BIAS && first_column == 0) {
    for (var l = 0u; l < LOADS; l++) {
      var all = sum_dy[l]; // of 4 rows at one of 4 pixels
      all += subgroupShuffleXor(all, 1u);
      all += subgroupShuffleXor(all, 2u);
      if (lane < SHARE) {
        write_bias(split, group, first_row + l * S + lane, all[lane % 4]);
      }
    }
  }
}
