// A batch of augmented, normalised images out of packed bytes, in one pass: y (batch, C, OUT_HEIGHT, OUT_WIDTH), C 1 or
// 3. For output pixel (X, Y) of sample b, whose row of the table (images/augment_draw.wgsl) says M, its colour factors,
//    its hole and its share:
//   v = the image at M (X, Y, 1), bilinear between pixel centres, 0 (black) where that lies outside of the image, in 0
//     … 1
//   v = clamp(v * brightness);  clamp(v * contrast + grey of the data set * (1 - contrast));  clamp(v * saturation +
//     its grey * (1 - saturation))
//   z[b] = (v - mean) / std, or 0 in the hole;   y[b] = share * z[b] + (1 - share) * z[b + 1]
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

override CHANNELS: u32 = 3;
override HEIGHT: u32 = 8;
override WIDTH: u32 = 8;
override OUT_HEIGHT: u32 = 8;
override OUT_WIDTH: u32 = 8;
override COLOURED: bool = true;
override ERASED: bool = true;
override MIXED: bool = true;

const LUMA = vec3f(0.299, 0.587, 0.114); // Rec. 601

fn grey_of(v: vec3f) -> f32 {
  return select(v.x, dot(v, LUMA), CHANNELS == 3);
}

fn byte_at(i: u32) -> f32 {
  return f32((images[i / 4] >> (8 * (i % 4))) & 0xffu);
}

fn channel(plane: u32, low: vec2u, high: vec2u, part: vec2f) -> f32 {
  let top = (plane * HEIGHT + low.y) * WIDTH;
  let bottom = (plane * HEIGHT + high.y) * WIDTH;
  let above = byte_at(top + low.x) + (byte_at(top + high.x) - byte_at(top + low.x)) * part.x;
  let below = byte_at(bottom + low.x) + (byte_at(bottom + high.x) - byte_at(bottom + low.x)) * part.x;
  return (above + (below - above) * part.y) / 255;
}

// All channels of sample b at an output pixel, normalised; the first only when there is one.
fn sample_at(b: u32, pixel: vec2f, mean: vec3f, inverse_std: vec3f) -> vec3f {
  let row_x = table[4 * b];
  let row_y = table[4 * b + 1];
  let at = vec2f(row_x.x * pixel.x + row_x.y * pixel.y + row_x.z, row_y.x * pixel.x + row_y.y * pixel.y + row_y.z);
  let last = vec2f(f32(WIDTH - 1), f32(HEIGHT - 1));
  var v = vec3f();
  if (all(at >= vec2f(-0.5)) && all(at <= last + 0.5)) {
    let inside = clamp(at, vec2f(), last); // half a pixel around the outermost centres still is the image
    let low = floor(inside);
    let part = inside - low;
    let high = vec2u(min(low + 1, last));
    let plane = u32(row_x.w) * CHANNELS;
    v.x = channel(plane, vec2u(low), high, part);
    if (CHANNELS == 3) {
      v.y = channel(plane + 1, vec2u(low), high, part);
      v.z = channel(plane + 2, vec2u(low), high, part);
    }
  }
  if (COLOURED) {
    let colour = table[4 * b + 2];
    v = saturate(v * colour.x);
    v = saturate(v * colour.y + grey_of(mean) * (1 - colour.y));
    v = saturate(v * colour.z + grey_of(v) * (1 - colour.z));
  }
  v = (v - mean) * inverse_std;
  if (ERASED) {
    let hole = table[4 * b + 3];
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
    let share = table[4 * b + 1].w;
    let next = select(b + 1, 0u, b + 1 == params.batch);
    v = share * v + (1 - share) * sample_at(next, pixel, mean, inverse_std);
  }
  let to = n * CHANNELS * area + i % area;
  y[to] = v.x;
  if (CHANNELS == 3) {
    y[to + area] = v.y;
    y[to + 2 * area] = v.z;
  }
}
