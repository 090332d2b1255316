// Bytes of images at places between pixels; what images/augment_images.wgsl and images/augment_window.wgsl share. They
// declare images, four bytes a word, the first in the lowest bits, and table (images/augment_draw.wgsl).
override CHANNELS: u32 = 3;
override HEIGHT: u32 = 8;
override WIDTH: u32 = 8;
override OUT_HEIGHT: u32 = 8;
override OUT_WIDTH: u32 = 8;

const ROWS = 5u; // vec4s of a sample in the table

// The four pixels around a place of the image, and how far it lies from the first.
struct Place {
  plane: u32, // the image's first
  is_inside: bool,
  low: vec2u,
  high: vec2u,
  part: vec2f,
}

fn place_of(b: u32, pixel: vec2f) -> Place {
  let row_x = table[ROWS * b];
  let row_y = table[ROWS * b + 1];
  let at = vec2f(row_x.x * pixel.x + row_x.y * pixel.y + row_x.z, row_y.x * pixel.x + row_y.y * pixel.y + row_y.z);
  let last = vec2f(f32(WIDTH - 1), f32(HEIGHT - 1));
  let inside = clamp(at, vec2f(), last); // half a pixel around the outermost centres still is the image
  let low = floor(inside);
  return Place(
    u32(row_x.w) * CHANNELS,
    all(at >= vec2f(-0.5)) && all(at <= last + 0.5),
    vec2u(low),
    vec2u(min(low + 1, last)),
    inside - low,
  );
}

fn byte_at(i: u32) -> f32 {
  return f32((images[i / 4] >> (8 * (i % 4))) & 0xffu);
}

// Bilinear between pixel centres, 0 … 255.
fn channel(c: u32, place: Place) -> f32 {
  let top = ((place.plane + c) * HEIGHT + place.low.y) * WIDTH;
  let bottom = ((place.plane + c) * HEIGHT + place.high.y) * WIDTH;
  let first = byte_at(top + place.low.x);
  let above = first + (byte_at(top + place.high.x) - first) * place.part.x;
  let left = byte_at(bottom + place.low.x);
  let below = left + (byte_at(bottom + place.high.x) - left) * place.part.x;
  return above + (below - above) * place.part.y;
}
