// What an average is divided by. Needs pool2d/params.wgsl.
override DIVISOR: f32 = 0.0; // the same for every window; 0: each window's own number of places
override COUNT_PAD: bool = true; // the padding's places count, as if they held zeros

fn window_divisor(ox: u32, oy: u32) -> f32 {
  if (DIVISOR != 0.0) {
    return DIVISOR;
  }
  let plane = vec2i(i32(W), i32(H));
  let corner = window_corner(ox, oy);
  let pad = select(vec2i(), vec2i(i32(pad_w), i32(pad_h)), COUNT_PAD);
  let first = max(corner, -pad);
  let end = select(min(corner + vec2i(i32(kW), i32(kH)), plane + pad), window_end(ox, oy), ADAPTIVE);
  let places = end - first;
  return f32(places.x * places.y);
}
