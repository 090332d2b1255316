// The geometry is constants of the pipeline: every thread divides by it, and a division by a constant is a multiplication.
override C: u32 = 1;
override P: u32 = 1;
override SIZE: u32 = 5;
override IS_THREE_QUARTERS: bool = false;
struct Lrn {
  count: u32, // elements
  alpha: f32,
  beta: f32,
  k: f32,
}

// AlexNet's 0.75 through roots: quicker than pow, and more accurate.
fn to_beta(d: f32) -> f32 {
  if (IS_THREE_QUARTERS) {
    let root = sqrt(d);
    return root * sqrt(root);
  }
  return pow(d, lrn.beta);
}
