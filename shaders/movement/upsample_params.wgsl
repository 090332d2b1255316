// The geometry of an interpolation: x (planes, H, W), y (planes, oH, oW). Sizes are constants of the pipeline: every
// thread divides by them. scale is input places per output place.
override H: u32 = 14;
override W: u32 = 14;
override oH: u32 = 28;
override oW: u32 = 28;
override ALIGN_CORNERS: bool = false;
override EXACT: bool = false;
struct Upsample {
  planes: u32,
  scale_h: f32,
  scale_w: f32,
}

// Nearest: the input place of output o's left edge, or EXACT that of its centre.
fn nearest(o: u32, scale: f32, n: u32) -> u32 {
  return min(u32((f32(o) + select(0.0, 0.5, EXACT)) * scale), n - 1);
}

// Linear: output o lies between the input places low and high, `weight` of the way; past the ends, on the end.
struct Between {
  low: u32,
  high: u32,
  weight: f32,
}

fn between(o: u32, scale: f32, n: u32) -> Between {
  let at = select(max(0.0, (f32(o) + 0.5) * scale - 0.5), f32(o) * scale, ALIGN_CORNERS);
  let low = min(u32(at), n - 1);
  return Between(low, min(low + 1, n - 1), min(at - f32(low), 1.0));
}

// Cubic: output o is made of four places, the weights of which are those of cubic convolution with a = -0.75.
struct Cubic {
  places: vec4u,
  weights: vec4f,
}

fn cubic(o: u32, scale: f32, n: u32) -> Cubic {
  const a = -0.75;
  let at = select((f32(o) + 0.5) * scale - 0.5, f32(o) * scale, ALIGN_CORNERS);
  let low = floor(at);
  let t = at - low;
  let near = vec2f(t, 1 - t); // distances to the two places next to it, and to those behind them
  let far = near + 1;
  let inner = ((a + 2) * near - (a + 3)) * near * near + 1;
  let outer = ((a * far - 5 * a) * far + 8 * a) * far - 4 * a;
  let places = vec4i(i32(low)) + vec4i(-1, 0, 1, 2);
  return Cubic(
    vec4u(clamp(places, vec4i(0), vec4i(i32(n) - 1))),
    vec4f(outer.x, inner.x, inner.y, outer.y),
  );
}

// The outputs that may have a share in input place i, first and one past the last, a place too many on either side for
// rounding. `reach`: an output looks at places less than so far from where it lies.
fn outputs_of(i: u32, reach: f32, scale: f32, n: u32, size: u32) -> vec2u {
  if (scale == 0) {
    return vec2u(0, size);
  }
  // Centres lie up to half a place before o scale, so the last outputs to reach i are half a place further on.
  let first = u32(max(0.0, (f32(i) - reach) / scale - 2));
  let end = min(size, u32((f32(i) + reach + 0.5) / scale) + 3);
  return vec2u(select(first, 0u, i == 0), select(end, size, i + 1 == n));
}
