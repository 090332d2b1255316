// y[n, g, row, pixel] = activate(bias[row] + sum over taps and depth of w[row, tap, depth] * input[n, pixel at tap,
// depth] (+ residual)) for forward, gradient of the input, and transposed convolutions alike: see
// conv2d/gather.wgsl.
//
// As a matrix product, rows are output channels, columns are pixels of all images, and the depth is (tap, input
// channel). A thread makes 4 neighbouring pixels of ROWS channels, in registers: per 4 steps of depth it loads a vec4
// for each pixel and a vec4 of the weights for each row. It needs neither subgroups nor workgroup memory.
@group(0) @binding(0) var<storage, read> input: array<E4>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<OUT>;
@group(0) @binding(4) var<storage, read_write> output: array<OUT>;
@group(0) @binding(5) var<uniform> conv: Gather;

alias E4 = vec4f; // as stored
const THREADS = 64u;
const ROWS = 8u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row_tiles = (conv.rows + ROWS - 1) / ROWS;
  let pixel_tiles = (conv.N * conv.pH * conv.pW + 4 * THREADS - 1) / (4 * THREADS);
  let tile = linear_workgroup(workgroup, grid);
  // Neighbouring workgroups share pixels.
  let first_row = (tile % row_tiles) * ROWS;
  let group = tile / (row_tiles * pixel_tiles);
  if (group >= conv.groups) {
    return;
  }
  let pixels = pixels_of(group, (tile / row_tiles) % pixel_tiles * 4 * THREADS + lane * 4);
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
        // rows past the end compute a copy that is not written
        if (TRANSPOSED) {
          for (var i = 0u; i < ROWS; i += 4) {
            let first = at_w + weight_row(min(first_row + i, conv.rows - 4));
            let turned = transpose(mat4x4f(w[first], w[first + 1], w[first + 2], w[first + 3]));
            sum[i] += turned[0] * v;
            sum[i + 1] += turned[1] * v;
            sum[i + 2] += turned[2] * v;
            sum[i + 3] += turned[3] * v;
          }
        } else {
          for (var i = 0u; i < ROWS; i++) {
            sum[i] += w[at_w + min(first_row + i, conv.rows - 1)] * v;
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
