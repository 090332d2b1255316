// The geometry of an interpolation: x (planes, H, W), y (planes, oH, oW). Sizes are constants of the pipeline: every
// thread divides by them. scale is input places per output place.
override H: u32 = 14;
override W: u32 = 14;
override oH: u32 = 28;
override oW: u32 = 28;
override ALIGN_CORNERS: bool = false;
struct Upsample {
  planes: u32,
  scale_h: f32,
  scale_w: f32,
}

// Nearest: the input place of output o.
fn nearest(o: u32, scale: f32, n: u32) -> u32 {
  return min(u32(f32(o) * scale), n - 1);
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

// The outputs that may have a share in input place i, first and one past the last, a place too many on either side for
// rounding.
fn outputs_of(i: u32, scale: f32, n: u32, size: u32) -> vec2u {
  if (scale == 0) {
    return vec2u(0, size);
  }
  let first = u32(max(0.0, (f32(i) - 1) / scale - 2));
  let end = min(size, u32((f32(i) + 1) / scale) + 3);
  return vec2u(select(first, 0u, i == 0), select(end, size, i + 1 == n));
}
