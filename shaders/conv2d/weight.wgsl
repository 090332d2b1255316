// What the kernels of the gradient of a convolution's weights over fours of channels share: columns, pixels, and how a
// sum is written.
alias E4 = vec4f; // x and dy as stored
override HAS_BIAS: bool = false;
const MASKED = true; // whether a tap may see what lies outside of x, or a plane is no whole fours of pixels
// dw lies as the forward kernels read it (src/tensor/layout.ts), DW = vec4f, or in rows.
const FILTER = false;
alias DW = f32;
fn stored(v: vec4f, i: u32) -> DW { return DW(v[i]); }

// Four columns of the product: channels 4 d … 4 d + 3 (or, folded, elements of depth) at one tap.
struct Column {
  tap: u32,
  d: u32,
  y: u32, // of pixel 0 in x
  x: u32,
  base: u32, // where its plane starts in an image
}

fn column_of(group: u32, number: u32) -> Column {
  let taps = conv.taps_y * conv.taps_x;
  let inside = min(number, conv.D * taps - 1); // columns past the end compute a copy that is not written
  let tap = inside % taps;
  let d = inside / taps;
  return Column(tap, d, conv.start_y + tap / conv.taps_x * conv.tap_y, conv.start_x + tap % conv.taps_x * conv.tap_x,
      (group * conv.D + d) * conv.H * conv.W);
}

// Four neighbouring pixels of dy; past the end of the plane there are none.
struct Pixels {
  n: u32,
  p: u32, // number of the first in its plane
  y: vec4u,
  x: vec4u,
}

fn pixels_at(four: u32) -> Pixels {
  let fours = (conv.P + 3) / 4;
  let n = four / fours;
  let p = (four - n * fours) * 4;
  let number = vec4u(p) + vec4u(0, 1, 2, 3);
  let y = divide(number, conv.oW);
  return Pixels(n, p, y, number - y * conv.oW);
}

// The next four, `first` being those that a plane starts with. Without branches: they cost more than the sums.
fn next_pixels(a: Pixels, first: Pixels) -> Pixels {
  let ends = a.p + 4 >= conv.P;
  let x = a.x + conv.next_x;
  let wraps = x >= vec4u(conv.oW);
  let y = a.y + conv.next_y + select(vec4u(0), vec4u(1), wraps);
  return Pixels(
    select(a.n, a.n + 1, ends),
    select(a.p + 4, 0u, ends),
    select(y, first.y, ends),
    select(select(x, x - conv.oW, wraps), first.x, ends),
  );
}

struct Seen {
  at: vec4u,
  inside: vec4<bool>,
}

// Where a column's tap sees them in x.
fn seen_by(column: Column, pixels: Pixels) -> Seen {
  let y = column.y + pixels.y * conv.step_y;
  let x = column.x + pixels.x * conv.step_x;
  let image = pixels.n * conv.groups * conv.D * conv.H * conv.W + column.base;
  if (!MASKED) {
    return Seen(image + y * conv.W + x, vec4<bool>(true));
  }
  let inside = (y < vec4u(conv.H)) & (x < vec4u(conv.W)) & (vec4u(pixels.p) + vec4u(0, 1, 2, 3) < vec4u(conv.P));
  return Seen(image + select(vec4u(), y * conv.W + x, inside), inside);
}

fn masked(v: vec4f, inside: bool) -> vec4f {
  if (!MASKED) {
    return v;
  }
  return select(vec4f(), v, inside);
}

// A four of channels of dy at pixel i of four; rows past the end are a copy.
fn dy_at(group: u32, four: u32, pixels: Pixels, i: u32) -> vec4f {
  let fours = (conv.rows + 3) / 4;
  let plane = (pixels.n * conv.groups + group) * fours + min(four, fours - 1);
  let p = pixels.p + i;
  return masked(vec4f(dy[plane * conv.P + min(p, conv.P - 1)]), p < conv.P);
}

fn write_columns(split: u32, group: u32, row: u32, column: Column, sum: vec4f) {
  let taps = conv.taps_y * conv.taps_x;
  if (FILTER) {
    let start = split * conv.groups * taps * conv.D * conv.rows;
    dw[start + ((group * taps + column.tap) * conv.D + column.d) * conv.rows + row] = stored(sum, 0u);
    return;
  }
  let start = split * conv.groups * conv.rows * conv.depth * taps;
  let to = start + (group * conv.rows + row) * conv.depth * taps + column.tap * conv.inner;
  for (var i = 0u; i < 4; i++) {
    let k = 4 * column.d + i;
    if (k < conv.depth) {
      dw[to + k / conv.inner * taps * conv.inner + k % conv.inner] = stored(sum, i);
    }
  }
}

fn write_bias(split: u32, group: u32, row: u32, sum: f32) {
  if (row < conv.rows) {
    dbias[(split * conv.groups + group) * conv.rows + row] = sum;
  }
}
