enable subgroups;
// y[n, g, row, pixel] = activate(bias[row] + sum over taps and depth of w[row, tap, depth] * input[n, pixel at tap,
// depth] (+ residual)) for forward, gradient of the input, and transposed convolutions alike: see
// conv2d/gather.wgsl.
//
// As a matrix product, rows are output channels, columns are pixels of all images, and the depth is (tap, input
// channel). A workgroup is one subgroup of S lanes and makes ROWS channels x 4 S pixels; a lane makes 4 neighbouring
// pixels of all ROWS channels, in registers. Per 4 steps of depth a lane loads a vec4 for each of its pixels, and the
// lanes together load a vec4 of each row of the weights, handed round by shuffles (see matmul/subgroup.wgsl). Nothing
// is tested or divided in the loop.
@group(0) @binding(0) var<storage, read> input: array<E4>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<OUT>;
@group(0) @binding(4) var<storage, read_write> output: array<OUT>;
@group(0) @binding(5) var<uniform> conv: Gather;

alias E4 = vec4f; // as stored
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
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let pixel_tiles = (conv.N * conv.pH * conv.pW + 4 * S - 1) / (4 * S);
  let tile = linear_workgroup(workgroup, grid);
  // Neighbouring workgroups share pixels.
  let first_row = (tile % row_tiles) * ROWS;
  let group = tile / (row_tiles * pixel_tiles);
  if (group >= conv.groups) {
    return;
  }
  let pixels = pixels_of(group, (tile / row_tiles) % pixel_tiles * 4 * S + lane * 4);
  var row: array<u32, LOADS>;
  for (var l = 0u; l < LOADS; l++) {
    row[l] = weight_row(min(first_row + l * S + lane, conv.rows - 1)); // and so for rows
  }

  var sum: array<vec4f, ROWS>;
  for (var ky = 0u; ky < conv.taps_y; ky++) {
    for (var kx = 0u; kx < conv.taps_x; kx++) {
      let seen = seen_by(pixels, ky, kx);
      var at = seen.at;
      var at_w = weights_of(group, ky, kx);
      for (var d = 0u; d < conv.D; d++) {
        let v = mat4x4f(
          masked(vec4f(input[at.x]), seen.inside.x),
          masked(vec4f(input[at.y]), seen.inside.y),
          masked(vec4f(input[at.z]), seen.inside.z),
          masked(vec4f(input[at.w]), seen.inside.w),
        );
        for (var l = 0u; l < LOADS; l++) {
          let mine = w[at_w + row[l]];
          if (TRANSPOSED) {
            for (var i = 0u; i < SHARE; i += 4) {
              let turned = transpose(mat4x4f(subgroupShuffle(mine, i), subgroupShuffle(mine, i + 1),
                  subgroupShuffle(mine, i + 2), subgroupShuffle(mine, i + 3)));
              sum[l * S + i] += turned[0] * v;
              sum[l * S + i + 1] += turned[1] * v;
              sum[l * S + i + 2] += turned[2] * v;
              sum[l * S + i + 3] += turned[3] * v;
            }
          } else {
            for (var i = 0u; i < SHARE; i++) {
              sum[l * S + i] += subgroupShuffle(mine, i) * v;
            }
          }
        }
        at += conv.H * conv.W;
        at_w += weight_step();
      }
    }
  }

  for (var r = 0u; r < ROWS; r += select(1u, 4u, IN_FOURS)) {
    if (IN_FOURS) {
      write_fours(group, first_row + r, pixels, transpose(mat4x4f(sum[r], sum[r + 1], sum[r + 2], sum[r + 3])));
    } else {
      write_row(group, first_row + r, pixels, sum[r]);
    }
  }
}
