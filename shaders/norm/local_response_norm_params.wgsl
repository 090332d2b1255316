// The geometry is constants of the pipeline: every thread divides by it, and a division by a constant is a
// multiplication. A thread makes CHUNK neighbouring channels of one place (n, p): it walks along them with the window
// in registers, so that each number is read about once instead of SIZE times.
override C: u32 = 1;
override P: u32 = 1;
override IS_THREE_QUARTERS: bool = false;
const SIZE = 5u;
const CHUNK = 16u;
struct Lrn {
  N: u32,
  alpha: f32,
  beta: f32,
  k: f32,
}

// Where thread i works: image, first channel, place in the plane.
struct Column {
  n: u32,
  c: u32,
  p: u32,
}

fn column_of(i: u32) -> Column {
  let chunks = (C + CHUNK - 1) / CHUNK;
  return Column(i / P / chunks, i / P % chunks * CHUNK, i % P);
}

// AlexNet's 0.75 through roots: quicker than pow, and more accurate.
fn to_beta(d: f32) -> f32 {
  if (IS_THREE_QUARTERS) {
    let root = sqrt(d);
    return root * sqrt(root);
  }
  return select(pow(d, lrn.beta), d, is_nan(d));
}
