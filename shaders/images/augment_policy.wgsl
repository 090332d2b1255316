// One operation (images/policy_draw.wgsl) on each image of a batch of bytes, (batch, C, HEIGHT, WIDTH), each padded to
// whole words; torchvision's, with nearest pixels and black outside. v a byte, f the factor, cut to 0 … 255, fractions
// cut off:
//   shear, translate, rotate   v at the pixel nearest to M (X, Y, 1)
//   brightness                 f v
//   colour                     f v + (1 - f) grey, grey = 0.2989 r + 0.587 g + 0.114 b, its fraction cut off
//   contrast                   f v + (1 - f) (mean of the image's grey)
//   sharpness                  f v + (1 - f) round((5 v + its 8 neighbours) / 13), not at the border
//   posterize, solarize        v without its low bits; 255 - v from the threshold on
//   autocontrast               (v - low) 255 / (high - low), low and high the channel's
//   equalize                   (pixels of the channel below v + step / 2) / step, whole numbers, step = (pixels below
//                              its highest value) / 255; 0: v
// A whole number that rounding leaves just below itself stays one, and halfway between two pixels the first is taken,
// so that adapters agree. All operations but those that move, colour and sharpness are a table of 256 values a channel,
// from a histogram where they look at the image. A workgroup makes an image.
struct Params {
  batch: u32,
  op: u32, // which of a sample's
  ops: u32,
  words: u32, // of an image
}
@group(0) @binding(0) var<storage, read> images: array<u32>;
@group(0) @binding(1) var<storage, read> table: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> bytes: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

override CHANNELS: u32 = 3;
override HEIGHT: u32 = 8;
override WIDTH: u32 = 8;

const THREADS = 256u; // and values of a byte
const SLACK = 0x1p-12f; // of a level
const TIE = 0x1p-14f; // of a pixel

var<workgroup> histogram: array<atomic<u32>, 3 * THREADS>;
var<workgroup> values: array<u32, 3 * THREADS>; // first the pixels below, of each channel; then the table
var<workgroup> summary: array<vec4u, 3>; // of a channel: lowest and highest value, equalize's step, sum of values

fn byte_of(base: u32, i: u32) -> u32 {
  return (images[base + i / 4] >> (8 * (i % 4))) & 0xffu;
}

fn cut(v: f32) -> u32 {
  return u32(clamp(v + SLACK, 0, 255));
}

fn grey_of(base: u32, p: u32) -> u32 {
  if (CHANNELS == 1) {
    return byte_of(base, p);
  }
  let area = HEIGHT * WIDTH;
  let v = vec3f(vec3u(byte_of(base, p), byte_of(base, p + area), byte_of(base, p + 2 * area)));
  return cut(dot(v, vec3f(0.2989, 0.587, 0.114)));
}

// Counts channels, or for contrast the grey of all.
fn count_values(base: u32, op: u32, lane: u32) {
  let area = HEIGHT * WIDTH;
  for (var c = 0u; c < CHANNELS; c++) {
    atomicStore(&histogram[c * THREADS + lane], 0u);
  }
  workgroupBarrier();
  if (op == CONTRAST) {
    for (var p = lane; p < area; p += THREADS) {
      atomicAdd(&histogram[grey_of(base, p)], 1u);
    }
  } else {
    for (var i = lane; i < CHANNELS * area; i += THREADS) {
      atomicAdd(&histogram[i / area * THREADS + byte_of(base, i)], 1u);
    }
  }
  workgroupBarrier();
  if (lane < CHANNELS) {
    var low = 256u;
    var high = 0u;
    var sum = 0u;
    var before = 0u;
    var below_high = 0u;
    for (var v = 0u; v < THREADS; v++) {
      let n = atomicLoad(&histogram[lane * THREADS + v]);
      values[lane * THREADS + v] = before;
      if (n > 0) {
        low = min(low, v);
        high = v;
        below_high = before;
      }
      before += n;
      sum += v * n;
    }
    summary[lane] = vec4u(low, high, below_high / 255, sum);
  }
  workgroupBarrier();
}

// The value that v becomes where that depends on nothing else of the image than summary and values.
fn becomes(op: u32, value: f32, c: u32, v: u32) -> u32 {
  if (op == BRIGHTNESS) {
    return cut(value * f32(v));
  }
  if (op == CONTRAST) {
    let mean = f32(summary[0].w) / f32(HEIGHT * WIDTH);
    return cut(value * f32(v) + (1 - value) * mean);
  }
  if (op == POSTERIZE) {
    return v & (0xffu << (8 - u32(value)));
  }
  if (op == SOLARIZE) {
    return select(v, 255 - v, f32(v) >= value);
  }
  if (op == AUTOCONTRAST) {
    let s = summary[c];
    if (s.x >= s.y || v < s.x) {
      return v;
    }
    return cut(f32(v - s.x) * (255 / f32(s.y - s.x)));
  }
  if (op == EQUALIZE) {
    let step = summary[c].z;
    if (step == 0) {
      return v;
    }
    return min((values[c * THREADS + v] + step / 2) / step, 255);
  }
  return v;
}

fn nearest(base: u32, plane: u32, at: vec2f) -> u32 {
  let pixel = vec2i(ceil(at - 0.5 - TIE));
  if (any(pixel < vec2i()) || pixel.x >= i32(WIDTH) || pixel.y >= i32(HEIGHT)) {
    return 0;
  }
  return byte_of(base, plane + u32(pixel.y) * WIDTH + u32(pixel.x));
}

// Where an operation that moves takes a pixel from.
fn origin(row: vec4f, x: f32, y: f32) -> vec2f {
  let op = u32(row.x);
  if (op == SHEAR_X) {
    return vec2f(x + row.y * (y + 0.5), y);
  }
  if (op == SHEAR_Y) {
    return vec2f(x, y + row.y * (x + 0.5));
  }
  if (op == TRANSLATE_X) {
    return vec2f(x - row.y, y);
  }
  if (op == TRANSLATE_Y) {
    return vec2f(x, y - row.y);
  }
  let middle = vec2f(f32(WIDTH - 1), f32(HEIGHT - 1)) / 2;
  let from_middle = vec2f(x, y) - middle;
  return middle
    + vec2f(row.z * from_middle.x - row.w * from_middle.y, row.w * from_middle.x + row.z * from_middle.y);
}

fn blurred(base: u32, plane: u32, x: u32, y: u32) -> f32 {
  var sum = 4 * byte_of(base, plane + y * WIDTH + x);
  for (var dy = 0u; dy < 3; dy++) {
    for (var dx = 0u; dx < 3; dx++) {
      sum += byte_of(base, plane + (y + dy - 1) * WIDTH + x + dx - 1);
    }
  }
  return floor((f32(sum) + 6) / 13 + SLACK); // 13 is odd: nothing lies halfway
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) grid: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let b = linear_workgroup(workgroup, grid);
  if (b >= params.batch) {
    return;
  }
  let row = table[b * params.ops + params.op];
  let op = u32(row.x);
  let base = b * params.words;
  let area = HEIGHT * WIDTH;
  if (op == CONTRAST || op == AUTOCONTRAST || op == EQUALIZE) {
    count_values(base, op, lane);
  }
  for (var c = 0u; c < CHANNELS; c++) {
    values[c * THREADS + lane] = becomes(op, row.y, c, lane); // reads its own place at most
  }
  workgroupBarrier();
  for (var w = lane; w < params.words; w += THREADS) {
    var word = 0u;
    for (var k = 0u; k < 4; k++) {
      let i = 4 * w + k;
      if (i < CHANNELS * area) {
        let p = i % area;
        let plane = i - p;
        let x = p % WIDTH;
        let y = p / WIDTH;
        var v = byte_of(base, i);
        if (op >= SHEAR_X && op <= ROTATE) {
          v = nearest(base, plane, origin(row, f32(x), f32(y)));
        } else if (op == COLOUR) {
          v = select(v, cut(row.y * f32(v) + (1 - row.y) * f32(grey_of(base, p))), CHANNELS == 3);
        } else if (op == SHARPNESS) {
          if (x > 0 && y > 0 && x + 1 < WIDTH && y + 1 < HEIGHT) {
            v = cut(row.y * f32(v) + (1 - row.y) * blurred(base, plane, x, y));
          }
        } else {
          v = values[plane / area * THREADS + v];
        }
        word |= v << (8 * k);
      }
    }
    bytes[base + w] = word;
  }
}
