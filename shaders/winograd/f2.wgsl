// F(2x2, 3x3): 2 x 2 pixels of the output from 4 x 4 of the input by 16 products instead of 36. A line of the output is
// y = A^T ((G w) .* (B^T x)); the matrices are those of the points 0, 1, -1 and infinity (A. Lavin, S. Gray: Fast
// Algorithms for Convolutional Neural Networks, 2016).

// B^T x
fn into_products_f2(x: array<vec4f, 4>) -> array<vec4f, 4> {
  return array<vec4f, 4>(x[0] - x[2], x[1] + x[2], x[2] - x[1], x[3] - x[1]);
}

// G w
fn window_products_f2(w: array<f32, 3>) -> array<f32, 4> {
  let sum = w[0] + w[2];
  return array<f32, 4>(w[0], 0.5 * (sum + w[1]), 0.5 * (sum - w[1]), w[2]);
}

// A^T p
fn from_products_f2(p: array<vec4f, 4>) -> array<vec4f, 2> {
  return array<vec4f, 2>(p[0] + (p[1] + p[2]), (p[1] - p[2]) + p[3]);
}

// A dy, for the gradient of the weights
fn gradient_products_f2(dy: array<vec4f, 2>) -> array<vec4f, 4> {
  return array<vec4f, 4>(dy[0], dy[0] + dy[1], dy[0] - dy[1], dy[1]);
}

// G^T p
fn window_of_f2(p: array<f32, 4>) -> array<f32, 3> {
  let half = 0.5 * (p[1] + p[2]);
  return array<f32, 3>(p[0] + half, 0.5 * (p[1] - p[2]), half + p[3]);
}
