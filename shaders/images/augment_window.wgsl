// What a table (images/augment_draw.wgsl) makes of a batch's images, as bytes again: (batch, C, OUT_HEIGHT, OUT_WIDTH),
// each sample padded to whole words. byte = the image at M (X, Y, 1), bilinear, rounded; 0 outside of it. What
// images/augment_policy.wgsl begins with. A thread makes a word, a workgroup 64.
struct Params {
  count: u32, // words of all samples
  words: u32, // of one
}
@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> bytes: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = linear_workgroup(workgroup, grid) * 64 + lane;
  if (i >= params.count) {
    return;
  }
  let b = i / params.words;
  var word = 0u;
  for (var k = 0u; k < 4; k++) {
    let at = 4 * (i % params.words) + k;
    let c = at / (OUT_HEIGHT * OUT_WIDTH);
    if (c < CHANNELS) {
      let place = place_of(b, vec2f(f32(at % OUT_WIDTH), f32(at / OUT_WIDTH % OUT_HEIGHT)));
      if (place.is_inside) {
        word |= u32(channel(c, place) + 0.5) << (8 * k);
      }
    }
  }
  bytes[i] = word;
}
