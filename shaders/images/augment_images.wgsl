// A batch of augmented, normalised images out of packed bytes, in one pass: y (batch, C, OUT_HEIGHT, OUT_WIDTH), C 1 or
// 3. For output pixel (X, Y) of sample b, whose rows of the table (images/augment_draw.wgsl) say M, its colour factors,
//    its hole, its share and its patch:
//   v = the image at M (X, Y, 1), bilinear between pixel centres, 0 (black) where that lies outside of the image, in 0
//     … 1; or (PLACED) pixel (X, Y) of sample b of bytes that have been through M, each sample padded to whole words
//   v = clamp(v * brightness);  clamp(v * contrast + grey of the data set * (1 - contrast));  clamp(v * saturation +
//     its grey * (1 - saturation))
//   z[b] = (v - mean) / std, or 0 in the hole
//   y[b] = share * z[b] + (1 - share) * z[b + 1], or z[b + 1] in the patch
// Contrast is about the mean of the data set, not of the picture, which would need a pass of its own. A thread makes
// all channels of a pixel (saturation needs them together), a workgroup 64 pixels.
struct Params {
  count: u32, // pixels of y bound here
  first: u32, // number of the first sample bound here
  batch: u32,
}
@group(0) @binding(0) var<storage, read> images: array<u32>; // four bytes a word, the first in the lowest bits
@group(0) @binding(1) var<storage, read> statistics: array<vec2f>; // mean and 1 / std of each channel
@group(0) @binding(2) var<storage, read> table: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

override PLACED: bool = false;
override COLOURED: bool = true;
override ERASED: bool = true;
override MIXED: bool = true;

const LUMA = vec3f(0.299, 0.587, 0.114); // Rec. 601

fn grey_of(v: vec3f) -> f32 {
  return select(v.x, dot(v, LUMA), CHANNELS == 3);
}

// All channels of sample b at an output pixel, normalised; the first only when there is one.
fn sample_at(b: u32, pixel: vec2f, mean: vec3f, inverse_std: vec3f) -> vec3f {
  var v = vec3f();
  if (PLACED) {
    let area = OUT_HEIGHT * OUT_WIDTH;
    let i = b * ((CHANNELS * area + 3) / 4 * 4) + u32(pixel.y) * OUT_WIDTH + u32(pixel.x);
    v.x = byte_at(i) / 255;
    if (CHANNELS == 3) {
      v.y = byte_at(i + area) / 255;
      v.z = byte_at(i + 2 * area) / 255;
    }
  } else {
    let place = place_of(b, pixel);
    if (place.is_inside) {
      v.x = channel(0, place) / 255;
      if (CHANNELS == 3) {
        v.y = channel(1, place) / 255;
        v.z = channel(2, place) / 255;
      }
    }
  }
  if (COLOURED) {
    let colour = table[ROWS * b + 2];
    v = saturate(v * colour.x);
    v = saturate(v * colour.y + grey_of(mean) * (1 - colour.y));
    v = saturate(v * colour.z + grey_of(v) * (1 - colour.z));
  }
  v = (v - mean) * inverse_std;
  if (ERASED) {
    let hole = table[ROWS * b + 3];
    let centre = pixel + 0.5;
    v = select(v, vec3f(), all(centre >= hole.xy) && all(centre < hole.zw));
  }
  return v;
}

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
  let area = OUT_HEIGHT * OUT_WIDTH;
  let n = i / area;
  let b = params.first + n;
  let pixel = vec2f(f32(i % OUT_WIDTH), f32(i / OUT_WIDTH % OUT_HEIGHT));
  let red = statistics[0];
  let green = statistics[min(1u, CHANNELS - 1)];
  let blue = statistics[CHANNELS - 1];
  let mean = vec3f(red.x, green.x, blue.x);
  let inverse_std = vec3f(red.y, green.y, blue.y);
  var v = sample_at(b, pixel, mean, inverse_std);
  if (MIXED) {
    let share = table[ROWS * b + 1].w;
    let patch_of = table[ROWS * b + 4];
    let centre = pixel + 0.5;
    let own = select(share, 0.0, all(centre >= patch_of.xy) && all(centre < patch_of.zw));
    let next = select(b + 1, 0u, b + 1 == params.batch);
    v = own * v + (1 - own) * sample_at(next, pixel, mean, inverse_std);
  }
  let to = n * CHANNELS * area + i % area;
  y[to] = v.x;
  if (CHANNELS == 3) {
    y[to + area] = v.y;
    y[to + 2 * area] = v.z;
  }
}
