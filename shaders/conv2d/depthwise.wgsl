// y[n, c, pixel] = activate(bias[c] + sum over taps of w[c, tap] * input[n, c, pixel at tap] (+ residual)): a window
// for each channel. Forward and gradient of the input alike, in the terms of conv2d/gather.wgsl with a group for
// each four of channels. Channels do not mix, so fours of them (conv2d/quads.wgsl) are multiplied side by side: a
// thread makes 4 pixels of 4 channels, and per tap loads a vec4 of each pixel and one of the weights. A product's tile
// would have one row in use.
@group(0) @binding(0) var<storage, read> input: array<E4>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>; // (four of channels, tap)
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> residual: array<OUT>;
@group(0) @binding(4) var<storage, read_write> output: array<OUT>;
@group(0) @binding(5) var<uniform> conv: Gather;

alias E4 = vec4f; // as stored
const THREADS = 64u;

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pixel_tiles = (conv.N * conv.pH * conv.pW + 4 * THREADS - 1) / (4 * THREADS);
  let tile = linear_workgroup(workgroup, grid);
  let group = tile / pixel_tiles;
  if (group >= conv.groups) {
    return;
  }
  let pixels = pixels_of(group, tile % pixel_tiles * 4 * THREADS + lane * 4);
  var sum = mat4x4f(); // columns are pixels, rows channels
  for (var ky = 0u; ky < conv.taps_y; ky++) {
    for (var kx = 0u; kx < conv.taps_x; kx++) {
      let seen = seen_by(pixels, ky, kx);
      let wc = w[group * conv.all_taps + conv.w_start + ky * conv.w_y + kx * conv.w_x];
      sum += mat4x4f(
        wc * masked(vec4f(input[seen.at.x]), seen.inside.x),
        wc * masked(vec4f(input[seen.at.y]), seen.inside.y),
        wc * masked(vec4f(input[seen.at.z]), seen.inside.z),
        wc * masked(vec4f(input[seen.at.w]), seen.inside.w),
      );
    }
  }
  write_fours(group, 0u, pixels, sum);
}
