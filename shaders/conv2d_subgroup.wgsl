enable subgroups;
// Forward:        y[n, o, p] = bias[o] + sum over c, tap of w[o, c, tap] * x[n, c, p at tap]
// Backward input: dx[n, c, p] = sum over o, tap of w[o, c, tap] * dy[n, o, p at tap]          (TRANSPOSED)
//                 and so, with a bias[c], the forward of a transposed convolution
// Both gather: an output plane is a sum over input planes, each seen through the taps of the window. Only two things differ: where a
// tap looks (forward q = p * stride - pad + k * dilation, backward the inverse of that), and how w is walked.
//
// As a matrix product, rows are output channels, columns are pixels of all images, and the depth is (tap, input channel). A workgroup
// is one subgroup of S lanes and makes ROWS channels x 4 S pixels; a lane makes 4 neighbouring pixels of all ROWS channels, in
// registers. Per step of depth a lane loads its 4 pixels, and the lanes together load ROWS weights, one row each, handed round by
// shuffles (see matmul_subgroup.wgsl). The tap is the outer loop, so that bounds are tested once a tap and not once a channel.
@group(0) @binding(0) var<storage, read> input: array<f32>;
@group(0) @binding(1) var<storage, read> w: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> output: array<f32>;
@group(0) @binding(4) var<uniform> conv: Conv2d;

override HAS_BIAS: bool = false;
override TRANSPOSED: bool = false;
const S = 8u; // lanes of a subgroup
const ROWS = 16u; // a multiple of S
const LOADS = ROWS / S;

@compute @workgroup_size(S)
fn main(@builtin(workgroup_id) workgroup: vec3u, @builtin(num_workgroups) grid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let taps = conv.kH * conv.kW;
  // Channels of a group: `rows` of the output, `depth` of the input. Planes: P of the output, Q of the input.
  let rows = select(conv.O, conv.C, TRANSPOSED) / conv.groups;
  let depth = select(conv.C, conv.O, TRANSPOSED) / conv.groups;
  let P = select(vec2u(conv.oW, conv.oH), vec2u(conv.W, conv.H), TRANSPOSED);
  let Q = select(vec2u(conv.W, conv.H), vec2u(conv.oW, conv.oH), TRANSPOSED);
  let plane_p = P.x * P.y;
  let plane_q = Q.x * Q.y;
  let w_row = select(depth * taps, taps, TRANSPOSED);
  let w_depth = select(taps, rows * taps, TRANSPOSED);

  let pixels = conv.N * plane_p;
  let pixel_tiles = (pixels + 4 * S - 1) / (4 * S);
  let row_tiles = (rows + ROWS - 1) / ROWS;
  let tile = linear_workgroup(workgroup, grid);
  if (tile >= pixel_tiles * row_tiles * conv.groups) {
    return;
  }
  let first_row = ((tile / pixel_tiles) % row_tiles) * ROWS;
  let group = tile / (pixel_tiles * row_tiles);
  let pixel = vec4u((tile % pixel_tiles) * 4 * S + lane * 4) + vec4u(0, 1, 2, 3);
  let image = pixel / plane_p;
  let p = pixel % plane_p;
  let px = vec4i(p % P.x);
  let py = vec4i(p / P.x);
  let input_base = (image * conv.groups + group) * depth * plane_q;
  let w_base = group * rows * depth * taps;

  let stride = vec2i(i32(conv.stride_w), i32(conv.stride_h));
  let pad = vec2i(i32(conv.pad_w), i32(conv.pad_h));
  var sum: array<vec4f, ROWS>;
  for (var ky = 0u; ky < conv.kH; ky++) {
    for (var kx = 0u; kx < conv.kW; kx++) {
      let offset = vec2i(i32(kx * conv.dilation_w), i32(ky * conv.dilation_h));
      var qx = px * stride.x - pad.x + offset.x;
      var qy = py * stride.y - pad.y + offset.y;
      var inside = pixel < vec4u(pixels);
      if (TRANSPOSED) {
        let nx = px + pad.x - offset.x;
        let ny = py + pad.y - offset.y;
        qx = nx / stride.x;
        qy = ny / stride.y;
        inside &= (nx >= vec4i(0)) & (ny >= vec4i(0)) & (qx * stride.x == nx) & (qy * stride.y == ny);
      }
      inside &= (qx >= vec4i(0)) & (qx < vec4i(i32(Q.x))) & (qy >= vec4i(0)) & (qy < vec4i(i32(Q.y)));
      var at = select(vec4u(0), input_base + vec4u(qy) * Q.x + vec4u(qx), inside);
      var at_w = w_base + ky * conv.kW + kx;
      for (var d = 0u; d < depth; d++) {
        let v = select(vec4f(), vec4f(input[at.x], input[at.y], input[at.z], input[at.w]), inside);
        for (var l = 0u; l < LOADS; l++) {
          let row = min(first_row + l * S + lane, rows - 1); // rows past the end compute a copy that is not written
          let mine = w[at_w + row * w_row];
          for (var i = 0u; i < S; i++) {
            sum[l * S + i] += v * subgroupShuffle(mine, i);
          }
        }
        at += plane_q;
        at_w += w_depth;
      }
    }
  }

  for (var r = 0u; r < ROWS; r++) {
    let row = first_row + r;
    if (row < rows) {
      var v = sum[r];
      if (HAS_BIAS) {
        v += bias[group * rows + row];
      }
      let to = ((image * conv.groups + group) * rows + row) * plane_p + p;
      for (var i = 0u; i < 4; i++) {
        if (pixel[i] < pixels) {
          output[to[i]] = v[i];
        }
      }
    }
  }
}
